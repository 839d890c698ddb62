(() => {
  "use strict";

  const order = new Intl.Collator(document.documentElement.lang, { numeric: true });

  function sorter(table, head, at) {
    const body = table.tBodies[0];
    const made = [...body.rows];
    const key = (row) => row.cells[at].dataset.value ?? row.cells[at].textContent.trim();
    const numbers = head.classList.contains("num");
    const first = numbers ? "descending" : "ascending";
    const second = numbers ? "ascending" : "descending";
    return () => {
      const was = head.getAttribute("aria-sort");
      const now = was === first ? second : was === second ? null : first;
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      const turn = now === "descending" ? -1 : 1;
      const rows = [...made];
      if (now) {
        head.setAttribute("aria-sort", now);
        rows.sort((a, b) => {
          const [x, y] = [key(a), key(b)];
          if (x === "" || y === "") return (x === "") - (y === "");
          return turn * (numbers ? x - y : order.compare(x, y));
        });
      }
      body.append(...rows);
    };
  }

  for (const table of document.querySelectorAll("table.sortable")) {
    if (table.tBodies[0].rows.length < 2) continue;
    [...table.tHead.rows[0].cells].forEach((head, at) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      button.addEventListener("click", sorter(table, head, at));
      head.append(button);
    });
  }

  const links = new Map();
  for (const link of document.querySelectorAll("nav a[href^='#']")) {
    const part = document.getElementById(link.hash.slice(1));
    if (part) links.set(part, link);
  }
  const inView = new Set();
  const watch = new IntersectionObserver((seen) => {
    for (const { target, isIntersecting } of seen) {
      if (isIntersecting) inView.add(target);
      else inView.delete(target);
    }
    const here = [...links.keys()].find((part) => inView.has(part));
    if (!here) return;
    for (const link of links.values()) link.removeAttribute("aria-current");
    links.get(here).setAttribute("aria-current", "location");
  }, { rootMargin: "-8% 0px -72% 0px" });
  for (const part of links.keys()) watch.observe(part);

  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    for (const fold of opened) fold.open = true;
  });
  addEventListener("afterprint", () => {
    for (const fold of opened) fold.open = false;
    opened = [];
  });
})();
