"""The strip of key figures at the top of a report, from the metric dictionary."""

from collections.abc import Callable, Mapping, Sequence

from opsbook.chart.blocks import KeyFigure, KeyFigures
from opsbook.language import change, count, money, per_cent, points, t
from opsbook.shop.metrics import METRICS, Metric, key_figures
from opsbook.shop.periods import Period
from opsbook.shop.shop import Shop

__all__ = ["key_figure_strip", "strip_of_period"]

_FLAT = 0.0005
_LESS_IS_GOOD = ("refunds", "stock_days")
_NEITHER = ("discount_depth", "promo_share", "stock_value")


def strip_of_period(
    shop: Shop,
    period: Period,
    ids: Sequence[str],
    *,
    figures: Callable[[Shop, Period], Mapping[str, float]] = key_figures,
) -> KeyFigures:
    """Key figures of a period against the period before.

    Args:
        shop: The shop.
        period: The period.
        ids: Metrics to show, in order.
        figures: What counts them.
    """
    return key_figure_strip(
        figures(shop, period),
        figures(shop, period.before()),
        ids=ids,
        currency=shop.currency,
        against=t("against the day before")
        if period.days == 1
        else t("against the {days} days before", days=period.days),
    )


def key_figure_strip(
    now: Mapping[str, float],
    before: Mapping[str, float],
    *,
    ids: Sequence[str],
    currency: str,
    against: str,
    year_ago: Mapping[str, float] | None = None,
    sparks: Mapping[str, Sequence[float]] | None = None,
) -> KeyFigures:
    """Key figures against the period before, and last year where the data hold it.

    Args:
        now: Metric id to value for the period; a metric that is not there is left out.
        before: The same for what it is compared with; may be empty.
        ids: Metrics to show, in order.
        currency: ISO code of money.
        against: What ``before`` is, in words.
        year_ago: The same figures a year earlier.
        sparks: Metric id to its recent course.
    """
    figures = [
        _figure(METRICS[name], now, before, currency, against, year_ago or {}, sparks or {})
        for name in ids
        if name in now
    ]
    return KeyFigures(tuple(figures))


def _figure(
    metric: Metric,
    now: Mapping[str, float],
    before: Mapping[str, float],
    currency: str,
    against: str,
    year_ago: Mapping[str, float],
    sparks: Mapping[str, Sequence[float]],
) -> KeyFigure:
    value = now[metric.id]
    base = before.get(metric.id)
    moved = _relative(metric, value, base) if base is not None else 0.0
    direction = "flat" if abs(moved) < _FLAT else "up" if moved > 0 else "down"
    good = None
    if direction != "flat" and metric.id not in _NEITHER:
        good = (direction == "up") != (metric.id in _LESS_IS_GOOD)
    beside = against if base is not None else ""
    if metric.id in year_ago:
        last = t("{change} on last year", change=_change(metric, value, year_ago[metric.id]))
        beside = f"{beside} · {last}" if beside else last
    return KeyFigure(
        metric.id,
        t(metric.label),
        _shown(metric, value, currency),
        value,
        _change(metric, value, base) if base is not None else "",
        direction,  # type: ignore[arg-type]
        good,
        beside,
        tuple(sparks.get(metric.id, ())),
    )


def _relative(metric: Metric, now: float, before: float) -> float:
    if metric.kind == "fraction":
        return now - before
    return now / before - 1 if before else 0.0


def _change(metric: Metric, now: float, before: float) -> str:
    return points(now - before) if metric.kind == "fraction" else change(now, before)


def _shown(metric: Metric, value: float, currency: str) -> str:
    if metric.kind == "money":
        return money(value, currency)
    if metric.kind == "fraction":
        return per_cent(value)
    return count(value, 0 if metric.kind == "count" else 2)
