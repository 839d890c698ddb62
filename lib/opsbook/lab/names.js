// A slider of ipywidgets has its label beside it, but the handle that takes the keyboard has
// no name: a screen reader says "slider" and not what it sets. The label is read out for it.
// `element` is where JupyterLab shows this script, inside the widget that it is about.
(function begin(tries) {
  const lab = element.closest(".opsbook-lab");
  if (!lab) {
    // The script may run before its place is put into the page.
    if (tries > 0) setTimeout(begin, 50, tries - 1);
    return;
  }
  const name = () => {
    for (const slider of lab.querySelectorAll(".widget-slider")) {
      const words = slider.querySelector(".widget-label")?.textContent;
      const handle = slider.querySelector(".noUi-handle");
      if (words && handle) handle.setAttribute("aria-label", words);
    }
  };
  // Controls come one by one, and again when a cell is shown a second time.
  new MutationObserver(name).observe(lab, { childList: true, subtree: true });
  name();
})(200);
