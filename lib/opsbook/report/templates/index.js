(() => {
  "use strict";
  const words = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto" });
  const units = [["day", 86400], ["hour", 3600], ["minute", 60]];
  for (const time of document.querySelectorAll("time[datetime]")) {
    const age = (Date.now() - Date.parse(time.dateTime)) / 1000;
    if (!(age >= 0)) continue;
    const [unit, size] = units.find(([, size]) => age >= size) ?? units[2];
    time.append(` (${words.format(-Math.floor(age / size), unit)})`);
    if (time.dataset.late && age > Number(time.dataset.late)) time.classList.add("old");
  }
})();
