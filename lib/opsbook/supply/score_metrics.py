"""The twelve metrics of a supplier, each defined once: what, in which unit, from which table.

The source speaks of twelve and names three; a second document names four areas. The other
names, all formulas, marks and weights are ours and are shown as such.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from opsbook.errors import ParameterError
from opsbook.language import N_, t

__all__ = ["GRADES", "METRICS", "Metric", "grade_of", "origin_words", "parse_weights"]

Kind = Literal["share", "positive", "signed", "recorded"]
Origin = Literal["source 000", "source 001", "ours"]


@dataclass(frozen=True)
class Metric:
    """One metric of the scorecard.

    Args:
        key: Its name in code and configuration.
        name: What people call it, marked for translation.
        unit: Unit of the value.
        formula: How it is computed, marked for translation.
        table: Tables it needs.
        origin: Who named it.
        poor: Value that earns 0 points.
        good: Value that earns 100 points; better is up if it is above ``poor``.
        weight: Default weight; weights are scaled to sum to 1.
        kind: How its uncertainty behaves; ``recorded`` values have none.
    """

    key: str
    name: str
    unit: str
    formula: str
    table: str
    origin: Origin
    poor: float
    good: float
    weight: float
    kind: Kind

    @property
    def higher_is_better(self) -> bool:
        """Whether more is better."""
        return self.good > self.poor


METRICS: tuple[Metric, ...] = (
    Metric("on_time", N_("on-time delivery"), N_("share"),
           N_("deliveries in by the promised day / deliveries whose promised day is over"),
           "purchase_orders", "source 000", 0.75, 1.0, 0.18, "share"),
    Metric("quality_pass", N_("quality pass rate"), N_("share"),
           N_("pieces that passed inspection / pieces received"),
           "purchase_orders", "source 000", 0.90, 1.0, 0.18, "share"),
    Metric("emergency_response", N_("emergency response"), N_("hours"),
           N_("usual hours to answer an urgent request, as recorded"),
           "suppliers", "source 000", 48.0, 2.0, 0.07, "recorded"),
    Metric("price", N_("price growth"), N_("share per year"),
           N_("yearly growth of the agreed price of the same product"),
           "purchase_orders", "source 001", 0.10, -0.05, 0.12, "signed"),
    Metric("delivery", N_("lead time"), N_("days"),
           N_("mean days from order to receipt, open orders as censored"),
           "purchase_orders", "source 001", 14.0, 2.0, 0.08, "positive"),
    Metric("after_sales", N_("after-sales service"), N_("share"),
           N_("judged 0 to 1, as recorded"),
           "suppliers", "source 001", 0.5, 1.0, 0.07, "recorded"),
    Metric("evenness", N_("unevenness of lead times"), N_("ratio"),
           N_("standard deviation of lead time / its mean"),
           "purchase_orders", "ours", 0.40, 0.05, 0.07, "positive"),
    Metric("completeness", N_("completeness"), N_("share"),
           N_("pieces received / pieces ordered, deliveries that came"),
           "purchase_orders", "ours", 0.85, 1.0, 0.07, "share"),
    Metric("invoices", N_("correct invoices"), N_("share"),
           N_("invoice lines within 1 % of price x accepted pieces / invoice lines"),
           "purchase_orders", "ours", 0.90, 1.0, 0.04, "share"),
    Metric("defects", N_("returns for defects"), N_("share"),
           N_("sold lines returned for a defect within 30 days / sold lines of its products"),
           "returns, order_lines", "ours", 0.05, 0.0, 0.06, "share"),
    Metric("credit", N_("days of credit"), N_("days"),
           N_("days until an invoice is due, as recorded"),
           "suppliers", "ours", 0.0, 90.0, 0.03, "recorded"),
    Metric("flexibility", N_("smallest order"), N_("ratio"),
           N_("smallest order it accepts / usual pieces of an order"),
           "suppliers, purchase_orders", "ours", 1.0, 0.0, 0.03, "recorded"),
)  # fmt: skip
"""All twelve, in the order of the card."""

GRADES: tuple[tuple[str, float], ...] = (("A", 80.0), ("B", 65.0), ("C", 50.0), ("D", 0.0))
"""Grades and the points from which they are given; ours, the source gives none."""


def grade_of(points: float) -> str:
    """Grade for points from 0 to 100."""
    return next(name for name, least in GRADES if points >= least or least == 0.0)


def origin_words(metric: Metric) -> str:
    """Who named the metric, for people."""
    return {
        "source 000": t("named by source 000"),
        "source 001": t("area named by source 001"),
        "ours": t("our choice"),
    }[metric.origin]


def parse_weights(text: str = "") -> Mapping[str, float]:
    """Weights from a parameter such as ``on_time=30, quality_pass=30, price=40``.

    Args:
        text: Names and weights; empty takes the defaults, a name left out weighs nothing.

    Returns:
        One weight per metric of the card, summing to 1.

    Raises:
        ParameterError: A name is not known, or a weight is no number of 0 or more.

    Example:
        >>> {k: v for k, v in parse_weights("on_time=3, price=1").items() if v}
        {'on_time': 0.75, 'price': 0.25}
    """
    known = {m.key: m.weight for m in METRICS}
    found = dict(known)
    if text.strip():
        found = dict.fromkeys(known, 0.0)
        for part in text.replace("，", ",").split(","):
            name, _, value = (piece.strip() for piece in part.partition("="))
            if name not in known:
                raise ParameterError(
                    N_('weights: metric "{value}" is not known; use {known}'),
                    value=name,
                    known=", ".join(known),
                )
            try:
                found[name] = float(value)
            except ValueError:
                found[name] = -1.0
            if not 0 <= found[name] < float("inf"):
                raise ParameterError(
                    N_('weights: "{value}" is no weight for {name}; use a number of 0 or more'),
                    value=value,
                    name=name,
                )
    total = sum(found.values())
    if total <= 0:
        raise ParameterError(N_("weights: all weights are 0; give one metric at least a weight"))
    return {name: value / total for name, value in found.items()}
