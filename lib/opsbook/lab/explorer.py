"""Explore a section of a report: controls from its parameters, the same figures below them.

A change waits a moment for the next one, then the view is asked once, between cells and on
the thread that runs them: figures are drawn as a cell would draw them. What was seen before
comes back at once.
"""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Mapping
from html import escape
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from opsbook.errors import CannotTell, OpsbookError, ParameterError, RunError
from opsbook.lab.control import Control
from opsbook.lab.panel import STYLE, Panel, state_html
from opsbook.lab.remembered import remembering
from opsbook.lab.shown import as_outputs, save
from opsbook.lab.view import View, beginning
from opsbook.language import count, language, speaking, t
from opsbook.report.schema import Schema

if TYPE_CHECKING:
    from opsbook.shop.shop import Shop

__all__ = ["FOLDER", "Explorer"]

FOLDER = "lab"
"""Beside the notebooks: what is saved from the lab, and its start page."""
_PAUSE_SECONDS = 0.15
_REMEMBERED = 16


class Explorer(widgets.VBox):
    """The lab's widget for one view; made by ``explore``.

    Args:
        view: What to explore.
        shop: The shop.
        start: Values to begin with; what is missing or not valid begins at its default.
        schema: What the notebook declares.
        folder: Where tables and charts are saved.
        given: Arguments of the view that get no control.
    """

    def __init__(
        self,
        view: View,
        shop: "Shop",
        start: Mapping[str, Any],
        *,
        schema: Schema,
        folder: str | Path = FOLDER,
        given: Mapping[str, Any] | None = None,
    ) -> None:
        self.view, self.shop, self.schema, self.folder = view, shop, schema, Path(folder)
        self.given = dict(given or {})
        self.blocks: tuple[Any, ...] = ()
        self._lang = language()
        self._seen: OrderedDict[str, tuple[tuple[Any, ...], Any]] = OrderedDict()
        self._timer: asyncio.TimerHandle | None = None
        self._loop = _running_loop()
        week_start = shop.settings.week_start
        asked = view.parameters(schema, self.given)
        self._start = beginning(Schema(schema.name, parameters=schema.parameters + view.own), start)
        self.controls = {
            p.name: Control(
                schema.name,
                p,
                self._start[p.name],
                self._touched,
                own=p in view.own,
                week_start=week_start,
            )
            for p in asked
        }
        self.panel = Panel(reset=self.reset, save=self.save, words=self._words)
        self.out = widgets.Output()
        self.out.add_class("opsbook-shown")
        title = t("Explore: {title}", title=t(view.title))
        head = widgets.HTML(f"<style>{STYLE}</style><h4>{escape(title)}</h4>")
        rows = [control.row for control in self.controls.values()]
        super().__init__([head, *rows, *self.panel.rows, self.out, _names()])
        self.add_class("opsbook-lab")
        self.add_class(f"opsbook-view-{view.name}")
        self.refresh()

    @property
    def values(self) -> dict[str, Any]:
        """What the view is asked with: the last valid value of every control."""
        return {name: control.value for name, control in self.controls.items()}

    @property
    def choice(self) -> dict[str, Any]:
        """What a report would be rendered with: the notebook's parameters, controls put in."""
        chosen = {name: control.written for name, control in self.controls.items()}
        known = [p.name for p in self.schema.parameters]
        return {name: chosen.get(name, self._start[name]) for name in known}

    def reset(self) -> None:
        """All controls back to where they began."""
        for control in self.controls.values():
            control.reset()

    def save(self) -> None:
        """Save the tables and charts shown; say where they are."""
        with speaking(self._lang):
            try:
                saved = save(self.blocks, self.folder, stem=self.view.name)
            except RunError as fault:
                self.panel.tell([str(fault)], wrong=True)
                return
            lines = [t("Saved: {file}", file=one.path.as_posix()) for one in saved]
            for one in saved:
                if one.rows < one.all_rows:
                    cut = t(
                        "{file} holds the first {n} of {all} rows.",
                        file=one.path.name,
                        n=count(one.rows),
                        all=count(one.all_rows),
                    )
                    lines.append(cut)
            self.panel.tell(lines or [t("There is nothing to save.")])

    def refresh(self) -> None:
        """Ask the view with the current values and show what it gives."""
        self._timer = None
        began = monotonic()
        with speaking(self._lang):
            try:
                self.blocks, self.out.outputs = self._ask(self.values)
            except OpsbookError as wrong:
                self._blame(wrong)
            except Exception as fault:
                # The last frame before the browser: an error that got away would leave the
                # widget busy for ever, with nobody to see why.
                words = t("This choice cannot be computed.")
                self.panel.tell([words, f"{type(fault).__name__}: {fault}"], wrong=True)
                self._state(t("Not computed"))
            else:
                for control in self.controls.values():
                    control.blame(control.fault)
                self.panel.tell([])
                seconds = count(monotonic() - began, 1)
                self._state(t("Done in {seconds} s", seconds=seconds))
            self.panel.renew()

    def _ask(self, values: Mapping[str, Any]) -> tuple[tuple[Any, ...], Any]:
        key = repr(sorted(values.items()))
        if key not in self._seen:
            try:
                with remembering(self.shop):
                    blocks = tuple(self.view.see(self.shop, **values, **self.given))
            except CannotTell as reason:
                from opsbook.chart.blocks import Missing

                blocks = (Missing(str(reason)),)
            self._seen[key] = (blocks, as_outputs(blocks))
            while len(self._seen) > _REMEMBERED:
                self._seen.popitem(last=False)
        self._seen.move_to_end(key)
        return self._seen[key]

    def _touched(self) -> None:
        """A control changed; may be called on another thread than the one that draws."""
        with speaking(self._lang):
            if any(control.fault for control in self.controls.values()):
                self._state(t("Waiting for a valid value; below is the last valid choice"))
                self.panel.renew()
                return
            self._state(t("Working…"), busy=True)
        if self._loop is None:
            self.refresh()
        else:
            self._loop.call_soon_threadsafe(self._soon)

    def _soon(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._loop is not None:
            self._timer = self._loop.call_later(_PAUSE_SECONDS, self.refresh)

    def _blame(self, wrong: OpsbookError) -> None:
        """Beside the control that the message begins with; above the figures where none fits."""
        first = re.match(r"\w+", wrong.message)
        word = first[0] if first else ""
        # A method calls "weights" what a notebook calls "supplier_weights".
        fits = [n for n in self.controls if n == word or n.endswith(f"_{word}")] if word else []
        control = self.controls[fits[0]] if len(fits) == 1 else None
        if isinstance(wrong, ParameterError) and control is not None:
            control.blame(str(wrong))
            self.panel.tell([])
        else:
            self.panel.tell([str(wrong)], wrong=True)
        self._state(t("Not computed"))

    def _state(self, words: str, *, busy: bool = False) -> None:
        self.panel.state.value = state_html(words, busy=busy)
        if busy:
            self.out.add_class("opsbook-stale")
        else:
            self.out.remove_class("opsbook-stale")

    def _words(self) -> tuple[Schema, dict[str, Any], list[str]]:
        """For the panel: the notebook, what is chosen, and what no report can be told."""
        own = [p.name for p in self.view.own if p.name in self.controls]
        with speaking(self._lang):
            notes = [
                t("{name} is for exploring only: the report chooses it itself.", name=name)
                for name in own
            ]
            if any(control.fault for control in self.controls.values()):
                notes.insert(0, t("A value is not valid: the last valid choice is written here."))
        return self.schema, self.choice, notes


def _names() -> widgets.Output:
    """The script that names what ipywidgets leaves without a name."""
    script = (Path(__file__).parent / "names.js").read_text(encoding="utf-8")
    data = {"application/javascript": script}
    shown = {"output_type": "display_data", "data": data, "metadata": {}}
    names = widgets.Output(outputs=(shown,))
    names.add_class("opsbook-names")
    return names


def _running_loop() -> asyncio.AbstractEventLoop | None:
    """The loop of the thread that runs cells; None outside a kernel."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
