"""Below the controls: buttons, whether it is working, what was saved, the choice in writing."""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

import ipywidgets as widgets

from opsbook.lab.written import VARIABLE, job_entry, report_command
from opsbook.language import language, speaking, t
from opsbook.report.clean import secrets_in
from opsbook.report.schema import Schema

__all__ = ["STYLE", "Panel", "state_html"]

STYLE = (
    ".opsbook-lab{border:1px solid var(--jp-border-color2,#ccc);border-radius:8px;padding:8px 14px}"
    ".opsbook-lab h4{margin:4px 0}"
    ".opsbook-row{flex-wrap:wrap;align-items:center}"
    ".opsbook-lab .widget-text,.opsbook-lab .widget-dropdown{width:270px}"
    # What is written out, a list of offers say, is longer than a number.
    ".opsbook-lab .opsbook-words{width:410px}"
    ".opsbook-lab .widget-label{width:120px;text-align:left}"
    # An explanation stays beside its control as long as there is room for a column.
    ".opsbook-row>.widget-html{flex:1 1 240px;min-width:0}"
    ".opsbook-row .widget-html-content{line-height:1.4}"
    # Out of sight, not out of reach: who hears the page must be told what a slider sets.
    ".opsbook-beside{position:relative}"
    ".opsbook-lab .opsbook-beside>.widget-label{position:absolute;width:1px;height:1px;"
    "min-width:0;margin:0;padding:0;overflow:hidden;clip-path:inset(50%);white-space:nowrap}"
    ".opsbook-names{display:none}"
    ".opsbook-help{color:var(--jp-ui-font-color2,#555);font-size:12px;line-height:1.4}"
    ".opsbook-wrong{color:var(--jp-error-color0,#b00020);font-weight:600;line-height:1.5}"
    ".opsbook-state{line-height:28px;margin-left:8px}"
    ".opsbook-busy::before{content:'';display:inline-block;width:11px;height:11px;margin-right:7px;"
    "border:2px solid currentColor;border-right-color:transparent;border-radius:50%;"
    "animation:opsbook-turn 1s linear infinite}"
    "@keyframes opsbook-turn{to{transform:rotate(360deg)}}"
    ".opsbook-stale{opacity:.45}"
    ".opsbook-lab pre{white-space:pre-wrap;overflow-wrap:anywhere;user-select:text;"
    "margin:2px 0 8px;padding:8px;background:var(--jp-layout-color2,#eee)}"
)

Words = Callable[[], tuple[Schema, Mapping[str, Any], Sequence[str]]]


def state_html(words: str, *, busy: bool) -> str:
    """What the lab is doing, for eyes and for screen readers."""
    mark = "opsbook-state opsbook-busy" if busy else "opsbook-state"
    return f'<span class="{mark}" role="status">{escape(words)}</span>'


class Panel:
    """Buttons and words of one explorer.

    Args:
        reset: Puts the controls back.
        save: Saves what is shown.
        words: Gives the notebook, the choice, and what no report can be told.
    """

    def __init__(
        self, *, reset: Callable[[], None], save: Callable[[], None], words: Words
    ) -> None:
        self._words, self._lang = words, language()
        self.state = widgets.HTML()
        self.notice = widgets.HTML()
        self.text = widgets.HTML()
        self.reset = widgets.Button(description=t("Start again"), icon="undo")
        self.save = widgets.Button(description=t("Save CSV and PNG"), icon="download")
        self.show = widgets.ToggleButton(description=t("As command and job"), icon="terminal")
        for button in (self.reset, self.save, self.show):
            button.layout.width = "auto"
        self.reset.on_click(lambda _: reset())
        self.save.on_click(lambda _: save())
        self.show.observe(lambda _: self.renew(), "value")
        buttons = widgets.HBox([self.reset, self.save, self.show, self.state])
        buttons.add_class("opsbook-row")
        self.rows = (buttons, self.notice, self.text)

    def tell(self, lines: Sequence[str], *, wrong: bool = False) -> None:
        """Show lines of text; none clears them."""
        role, mark = ("alert", "opsbook-wrong") if wrong else ("status", "opsbook-saved")
        inside = "<br>".join(map(escape, lines))
        self.notice.value = f'<span class="{mark}" role="{role}">{inside}</span>' if lines else ""

    def renew(self) -> None:
        """Write the choice down anew, if it is to be seen."""
        if not self.show.value:
            self.text.value = ""
            return
        schema, choice, notes = self._words()
        with speaking(self._lang):
            said = list(notes)
            if secrets_in(str(choice.get("source", ""))):
                said.append(t("Put the address of the data into {name} first.", name=VARIABLE))
            parts = [
                t("This report now:"),
                f"<pre>{escape(report_command(schema, choice))}</pre>",
                t("Every week, in reports/jobs.toml:"),
                f"<pre>{escape(job_entry(schema, choice))}</pre>",
                *(f'<span class="opsbook-help">{escape(note)}</span><br>' for note in said),
            ]
        self.text.value = "".join(parts)
