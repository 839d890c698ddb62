"""One parameter under the hand: a box, a slider or calendar beside it, and what is wrong with it.

Whatever is typed goes through the check that a report's parameters go through, and its
message stands beside the control.
"""

from collections.abc import Callable
from datetime import date
from html import escape
from typing import Any

import ipywidgets as widgets

from opsbook.errors import ParameterError
from opsbook.lab.kinds import span_of
from opsbook.lab.written import typed
from opsbook.language import language, speaking, t
from opsbook.report.parameters import resolve
from opsbook.report.schema import Parameter, Schema

__all__ = ["Control"]


class Control:
    """A row of the lab.

    Args:
        report: Name of the notebook, for messages.
        parameter: What the sidecar says of it.
        start: Value to begin with, valid.
        changed: Called after every change, valid or not.
        own: Whether only the lab has it.
        week_start: ``monday`` or ``sunday``, for dates such as ``-1week_start``.
    """

    def __init__(
        self,
        report: str,
        parameter: Parameter,
        start: Any,
        changed: Callable[[], None],
        *,
        own: bool = False,
        week_start: str = "monday",
    ) -> None:
        self.parameter = parameter
        self.fault = ""
        self.value: Any = start
        self._alone = Schema(report, parameters=(parameter,))
        self._start, self._changed, self._week_start = start, changed, week_start
        self._following, self._lang, self._said = False, language(), start
        self.box = _box(parameter, start)
        self.slider = _beside(parameter)
        self.said = widgets.HTML()
        self._check()
        self.box.observe(self._typed, "value")
        if self.slider is not None:
            self.slider.observe(self._moved, "value")
            # Its label is there for those who cannot see that it stands beside the box.
            self.slider.add_class("opsbook-beside")
        parts = [self.box] if self.slider is None else [self.box, self.slider]
        help_text = widgets.HTML(
            f'<span class="opsbook-help">{escape(_says(parameter, own))}</span>'
        )
        self.row = widgets.VBox([widgets.HBox([*parts, help_text]), self.said])
        self.row.add_class(f"opsbook-control-{parameter.name}")
        self.row.children[0].add_class("opsbook-row")

    @property
    def written(self) -> Any:
        """The value for a command or job; a date as typed, so that it may stay relative."""
        return self._said if self.parameter.type == "date" else self.value

    def reset(self) -> None:
        """Back to the value it began with."""
        self.box.value = _for_box(self.parameter, self._start)

    def blame(self, fault: str) -> None:
        """Show a message beside the control; an empty one clears it."""
        words = f'<span class="opsbook-wrong" role="alert">{escape(fault)}</span>' if fault else ""
        self.said.value = words

    def _moved(self, change: Any) -> None:
        if self._following:
            return
        value = change["new"]
        span = span_of(self.parameter)
        if span is not None:
            value = span.rounded(value) if self.parameter.type != "integer" else int(value)
        self.box.value = "" if value is None else typed(value)

    def _typed(self, _: Any) -> None:
        self._check()
        self._changed()

    def _check(self) -> None:
        given = list(self.box.value) if isinstance(self.box.value, tuple) else self.box.value
        name = self.parameter.name
        try:
            # A change may come in on a thread that speaks another language than the notebook.
            with speaking(self._lang):
                found = resolve(self._alone, {name: given}, week_start=self._week_start)
        except ParameterError as wrong:
            with speaking(self._lang):
                self.fault = str(wrong)
        else:
            # 24 is not 24.0 where a question is known by its words: what stands in the notebook
            # is handed on as it stands there, and the answer of the cell above is found.
            own = found[name] == self._start
            self.fault, self.value = "", self._start if own else found[name]
            self._said = given.strip() if isinstance(given, str) else given
            self._follow()
        self.blame(self.fault)

    def _follow(self) -> None:
        """Bring slider or calendar to what was typed; it must not answer with its own value."""
        if self.slider is None:
            return
        self._following = True
        try:
            if self.parameter.type == "date":
                self.slider.value = date.fromisoformat(self.value) if self.value else None
            else:
                self.slider.value = self.value
        finally:
            self._following = False


def _says(parameter: Parameter, own: bool) -> str:
    only = t("for exploring only") if own else ""
    parts = (parameter.says, parameter.valid(), parameter.written, only)
    return "; ".join(part for part in parts if part)


def _for_box(parameter: Parameter, value: Any) -> Any:
    if parameter.type == "choice":
        return tuple(value) if parameter.many else value
    return bool(value) if parameter.type == "boolean" and not parameter.many else typed(value)


def _box(parameter: Parameter, start: Any) -> Any:
    value = _for_box(parameter, start)
    words = {"description": parameter.name, "tooltip": parameter.says}
    if parameter.type == "choice" and parameter.many:
        return widgets.SelectMultiple(options=parameter.choices, value=value, **words)
    if parameter.type == "choice":
        return widgets.Dropdown(options=parameter.choices, value=value, **words)
    if parameter.type == "boolean" and not parameter.many:
        return widgets.Checkbox(value=value, indent=False, **words)
    box = widgets.Text(value=value, continuous_update=False, **words)
    if parameter.type == "text" or parameter.many:
        box.add_class("opsbook-words")
    return box


def _beside(parameter: Parameter) -> Any:
    if parameter.many:
        return None
    words = {"description": parameter.name, "tooltip": parameter.says}
    if parameter.type == "date":
        return widgets.DatePicker(**words)
    span = span_of(parameter)
    if span is None:
        return None
    kind = widgets.IntSlider if parameter.type == "integer" else widgets.FloatSlider
    return kind(
        min=span.low,
        max=span.high,
        step=span.step,
        readout=False,
        continuous_update=False,
        **words,
    )
