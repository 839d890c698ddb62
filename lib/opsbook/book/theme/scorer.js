/* Sphinx gives a page that names a word once as many points as a chapter about it. Here the kind
   of page decides first, its points second, and each result says which kind it is. */
{
  const kinds = __KINDS__;
  const asked = (new URLSearchParams(window.location.search).get("q") || "").toLowerCase().trim();
  const words = asked.split(/\s+/);
  Scorer.score = (result) => {
    const [page, title, , , points] = result;
    const [rank, label] = kinds[page.split("/")[0]] || [0, ""];
    result[3] = label;
    // Whoever types a name of the code in full wants that and no chapter; a plain word such as
    // "growth" is the name of a function too, but is meant as a word.
    const named = /[._]/.test(asked) && title.toLowerCase().split(" > ").pop() === asked;
    // Any heading that has the word counts alike; the page whose title has it is about it.
    const top = title.toLowerCase().split(" > ")[0];
    const about = words.filter((word) => top.includes(word)).length / words.length;
    return (named ? 9 : rank) * 1000 + points + 20 * about + (top.startsWith(asked) ? 20 : 0);
  };
}
