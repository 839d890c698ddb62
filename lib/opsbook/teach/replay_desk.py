"""The trainee's desk: sliders for a decision, what they amount to, and what is wrong with it."""

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

import ipywidgets as widgets

from opsbook.demo.decisions import Assortment, Capacity, ChannelMix, Decision, WinBack
from opsbook.errors import ParameterError
from opsbook.language import N_, language, speaking, t
from opsbook.teach.replay_cases import replayed
from opsbook.teach.replay_words import decision_words

__all__ = ["Desk", "decide"]

_ADDED, _TESTED = N_("products added"), N_("tested before, %")
_REACH, _OFFER = N_("reached, %"), N_("offer, CNY")
_FACTOR, _DEAR = N_("room, average days"), N_("becomes dear")


class Desk(widgets.VBox):
    """Sliders for one decision; ``decision`` is what they say now.

    Args:
        start: The decision to begin with.
    """

    def __init__(self, start: Decision) -> None:
        self._lang = language()
        self.controls, self._make = _controls(start)
        self.said = widgets.HTML()
        for control in self.controls.values():
            control.observe(self._touched, "value")
        super().__init__([*self.controls.values(), self.said])
        self.add_class("opsbook-desk")
        self._touched(None)

    @property
    def decision(self) -> Decision:
        """The decision.

        Raises:
            ParameterError: It is not one, such as shares that do not make 100 %.
        """
        return self._make({name: control.value for name, control in self.controls.items()})

    def _touched(self, _: Any) -> None:
        # A change may come in on a thread that speaks another language than the notebook.
        with speaking(self._lang):
            try:
                words, role = decision_words(self.decision), "status"
            except ParameterError as wrong:
                words, role = str(wrong), "alert"
        self.said.value = f'<span role="{role}">{escape(words)}</span>'


def decide(case_id: str) -> Desk:
    """Sliders for the decision of a case, beginning with what its shop did.

    Args:
        case_id: ``J18``, ``J19``, ``J20`` or ``J21``.

    Raises:
        ParameterError: The case cannot be replayed.
    """
    return Desk(replayed(case_id).untouched)


Made = Callable[[dict[str, Any]], Decision]


def _controls(start: Decision) -> tuple[dict[str, Any], Made]:
    """A control per value, and what makes a decision of their values."""
    if isinstance(start, Assortment):
        added = _slider(t(_ADDED), start.added, 17_000, 100)
        tested = _slider(t(_TESTED), round(100 * start.tested), 100, 5)
        return {"added": added, "tested": tested}, lambda v: Assortment(
            v["added"], v["tested"] / 100
        )
    if isinstance(start, ChannelMix):
        whole = _whole_per_cent(start.shares)
        shares = {name: _slider(name, share, 90, 1) for name, share in whole.items()}
        dear = widgets.Dropdown(
            options=list(shares), value=start.dear, description=t(_DEAR), **_WIDE
        )
        return {**shares, "dear": dear}, lambda v: ChannelMix(
            {name: v[name] / 100 for name in shares}, v["dear"]
        )
    if isinstance(start, WinBack):
        reach = _slider(t(_REACH), round(100 * start.reach), 100, 5)
        offer = _slider(t(_OFFER), round(start.offer), 100, 1)
        return {"reach": reach, "offer": offer}, lambda v: WinBack(
            v["reach"] / 100, float(v["offer"])
        )
    factor = widgets.FloatSlider(
        value=start.factor, min=1, max=25, step=0.2, description=t(_FACTOR), **_SLOW, **_WIDE
    )
    return {"factor": factor}, lambda v: Capacity(round(v["factor"], 1))


def _whole_per_cent(shares: Mapping[str, float]) -> dict[str, int]:
    """Shares in whole per cent that make 100: what is left goes where most was cut off."""
    cut = {name: int(100 * share + 1e-9) for name, share in shares.items()}
    nearest = sorted(shares, key=lambda name: cut[name] - 100 * shares[name])
    more = nearest[: 100 - sum(cut.values())]
    return {name: share + (name in more) for name, share in cut.items()}


_WIDE: dict[str, Any] = {"style": {"description_width": "12em"}, "layout": {"width": "34em"}}
_SLOW: dict[str, Any] = {"continuous_update": False}


def _slider(label: str, value: int, high: int, step: int) -> Any:
    return widgets.IntSlider(
        value=value, min=0, max=high, step=step, description=label, **_SLOW, **_WIDE
    )
