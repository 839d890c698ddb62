"""The axes that charts are drawn into: matplotlib's, without what it does over and over.

To lay a figure out and to draw it, matplotlib asks each axis up to a dozen times where its
ticks stand and what room their labels take, and it builds every tick from nothing. Here an
axis answers once as long as nothing moves, and a tick is a copy of the first one of its axis.
Nothing else differs; a method that a later matplotlib does not call any more is idle.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from typing import Any

from matplotlib.axes import Axes
from matplotlib.axis import Tick, XAxis, YAxis
from matplotlib.figure import Figure

__all__ = ["PageFigure"]


class _Calm:
    """What both axes do once instead of many times."""

    _kept: dict[str, Any] | None = None

    def _update_ticks(self) -> Any:
        if self._kept is None:
            return super()._update_ticks()  # type: ignore[misc]
        if "ticks" not in self._kept:
            self._kept["ticks"] = super()._update_ticks()  # type: ignore[misc]
        return self._kept["ticks"]

    def _get_ticklabel_bboxes(self, ticks: Any, renderer: Any) -> Any:
        if self._kept is None or ticks is not self._kept.get("ticks"):
            return super()._get_ticklabel_bboxes(ticks, renderer)  # type: ignore[misc]
        if "boxes" not in self._kept:
            self._kept["boxes"] = super()._get_ticklabel_bboxes(ticks, renderer)  # type: ignore[misc]
        return self._kept["boxes"]

    def get_major_ticks(self, numticks: int | None = None) -> list[Tick]:
        axis: Any = self
        wanted = len(axis.get_majorticklocs()) if numticks is None else numticks
        while 0 < len(axis.majorTicks) < wanted:
            axis.majorTicks.append(_like(axis.majorTicks[0]))
        ticks: list[Tick] = super().get_major_ticks(wanted)  # type: ignore[misc]
        return ticks


class _XAxis(_Calm, XAxis):
    pass


class _YAxis(_Calm, YAxis):
    pass


def _like(tick: Tick) -> Tick:
    """A tick that looks like another one, to be put in its place and named by its axis."""
    same: Any = copy(tick)
    for part in ("tick1line", "tick2line", "gridline", "label1", "label2"):
        setattr(same, part, copy(getattr(tick, part)))
    for label in (same.label1, same.label2):
        # The font is the label's own: one label may be made smaller than the others.
        label.set_fontproperties(label.get_fontproperties())
        label.set_text("")
    new: Tick = same
    return new


class _PageAxes(Axes):
    """Axes that stand still while they are measured and while they are drawn."""

    def _init_axis(self) -> None:
        own: Any = self
        own.xaxis, own.yaxis = _XAxis(self, clear=False), _YAxis(self, clear=False)
        for side, axis in zip(
            ("bottom", "top", "left", "right"),
            (own.xaxis, own.xaxis, own.yaxis, own.yaxis),
            strict=True,
        ):
            own.spines[side].register_axis(axis)

    def get_tightbbox(self, *args: Any, **options: Any) -> Any:
        with self._still():
            return super().get_tightbbox(*args, **options)

    def draw(self, renderer: Any) -> None:
        with self._still():
            super().draw(renderer)

    def apply_aspect(self, position: Any = None) -> None:
        super().apply_aspect(position)
        axes: tuple[Any, Any] = (self.xaxis, self.yaxis)
        for axis in axes:
            if axis._kept:
                axis._kept = {}

    @contextmanager
    def _still(self) -> Iterator[None]:
        axes: tuple[Any, Any] = (self.xaxis, self.yaxis)
        before = [axis._kept for axis in axes]
        for axis in axes:
            axis._kept = {}
        try:
            yield
        finally:
            for axis, kept in zip(axes, before, strict=True):
                axis._kept = kept


class PageFigure(Figure):
    """A figure that is measured and drawn with as little effort as it takes."""

    def add_subplot(self, *args: Any, **options: Any) -> Any:
        """Axes at a place of the grid, as in matplotlib."""
        usual = not {"projection", "polar", "axes_class"} & set(options)
        if usual and not (args and isinstance(args[0], Axes)):
            options["axes_class"] = _PageAxes
        return super().add_subplot(*args, **options)
