"""The five key figures of daily operation against the bands that the course teaches.

Each figure comes with its bounds, so that a band missed by chance is not called missed. The
bands are claims of the source documents; nobody knows for which kind of shop they hold.
"""

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_, per_cent, t
from opsbook.reference.figures import Figure, figures
from opsbook.shop.periods import Period
from opsbook.shop.shop import Shop
from opsbook.traffic.key_sheet_counts import FIGURES, Counted, counted

__all__ = ["KeySheet", "Line", "key_sheet"]

Judged = Literal["met", "missed", "open"]


@dataclass(frozen=True)
class Line:
    """One key figure.

    Args:
        name: Id of the reference figure, such as ``cvr_mean``.
        label: What it is, in words.
        value: The figure; fraction, or ratio for ``roi``.
        low: Lower bound of chance; missing where none is known.
        high: Upper bound.
        basis: How it was counted.
        reference: The band it is held against, None where there is none.
    """

    name: str
    label: str
    value: float
    low: float
    high: float
    basis: str
    reference: Figure | None

    @property
    def judged(self) -> Judged:
        """Whether the lower end of the band is reached: open where chance could decide."""
        least = self.reference.low if self.reference else None
        if least is None and self.reference:
            least = self.reference.value
        low = self.low if self.low == self.low else self.value
        high = self.high if self.high == self.high else self.value
        if least is None or low < least <= high:
            return "open"
        return "met" if low >= least else "missed"


@dataclass(frozen=True)
class KeySheet:
    """The key figures of a period.

    Args:
        lines: Those that the data allows.
        lacking: Names of the others, in words.
        period: Days counted.
        level: Confidence of the bounds.
        currency: ISO code.
        shop: Title of the shop.
    """

    lines: tuple[Line, ...]
    lacking: tuple[str, ...]
    period: Period
    level: float
    currency: str
    shop: str

    def frame(self) -> pd.DataFrame:
        """One row per figure: ``name, label, value, low, high, judged, basis``."""
        names = ["name", "label", "value", "low", "high", "judged", "basis"]
        return pd.DataFrame([[getattr(x, n) for n in names] for x in self.lines], columns=names)


def key_sheet(shop: Shop, period: Period, *, level: float = 0.95) -> KeySheet:
    """Visitors, conversion, sales, repeat purchase and return on advertising of a period.

    Args:
        shop: Orders; sessions, customers and ad spend for the figures that need them.
        period: Whole weeks; growth is against as many weeks before.
        level: Confidence of the bounds, 0.5 to 0.999.

    Raises:
        CannotTell: Not one of the figures can be computed.
        ParameterError: The level is out of bounds.
    """
    if not 0.5 <= level <= 0.999:
        raise ParameterError(N_("level {value} is out of bounds; use 0.5 to 0.999"), value=level)
    found = {figure.name: figure for figure in counted(shop, period, level)}
    if not found:
        raise CannotTell(N_("none of the key figures can be computed for {period}"),
                         period=str(period))  # fmt: skip
    labels = _labels()
    lines = [
        Line(name, labels[name], one.value, one.low, one.high, _basis(one), figures().get(name))
        for name, one in found.items()
    ]
    lacking = [labels[name] for name in FIGURES if name not in found]
    return KeySheet(tuple(lines), tuple(lacking), period, level, shop.currency, shop.title)


def _labels() -> dict[str, str]:
    return {
        "visitors_wow": t("visitors, week on week"),
        "cvr_mean": t("orders per visitor"),
        "gmv_mom": t("sales, month on month"),
        "repeat_30d": t("repeat purchase in 30 days"),
        "roi": t("sales over advertising cost (ROAS)"),
    }


def _basis(one: Counted) -> str:
    """How a figure was counted, in words."""
    return {
        "visitors_wow": t("mean visitors of a week against the weeks before, per week"),
        "cvr_mean": t(
            "orders over visitors, all orders counted; {buyers} buyers per visitor, {visits} "
            "orders per visit",
            buyers=per_cent(one.buyers_per_visitor),
            visits=per_cent(one.orders_per_visit),
        ),
        "gmv_mom": t(
            "mean sales of a week against the weeks before, per month; season not taken out"
        ),
        "repeat_30d": t("buyers of a month who bought again on another day within 30 days"),
        "roi": t(
            "sales of orders last touched by an advertised channel; revenue over cost, which is "
            "no profit (X09)"
        ),
    }[one.name]
