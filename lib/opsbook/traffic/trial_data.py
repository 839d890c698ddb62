"""What the experiments recorded, counted in the engine: arms by day, and units with a past."""

from collections.abc import Iterable

import ibis
import pandas as pd
from ibis import Table as Frame

from opsbook.errors import CannotTell
from opsbook.language import N_
from opsbook.shop.sales import line_amounts, paid_orders
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["CONTROLS", "NEEDS", "control_of", "region_trials", "trial_days", "trial_units"]

NEEDS = {"experiments": ("exp_id", "unit_id", "variant")}
CONTROLS = ("control", "对照组", "对照", "baseline", "base", "a", "off", "holdout", "original")
"""Names of the unchanged arm, tried in this order whatever the case."""
_DAY = 86_400


def control_of(names: Iterable[str]) -> str:
    """The arm that others are compared with: by its name, else the first by alphabet."""
    known = {str(name).strip().lower(): str(name) for name in names}
    return next((known[c] for c in CONTROLS if c in known), min(known.values()))


def region_trials(shop: Shop) -> tuple[str, ...]:
    """Experiments whose units are regions of orders, so that orders are their outcome."""
    if not shop.has("orders", "region"):
        return ()
    rows = shop.experiments
    regions = shop.orders.select(unit_id=shop.orders.region).distinct()
    # Eight regions or eight hundred; a test on customers has none of them.
    hits = rows.semi_join(regions, "unit_id").exp_id
    return tuple(sorted(str(v) for v in hits.name("exp_id").as_table().distinct().execute().exp_id))


def trial_units(shop: Shop, *, before_days: int = 180) -> Frame:
    """Units of all experiments, once each, with what they spent before it began.

    Args:
        shop: Needs ``experiments``; uses ``exposed_ts, converted, value, factors`` and paid
            orders of named customers.
        before_days: Days before the experiment's first exposure that count as the past.

    Returns:
        One row per experiment and unit: ``exp_id, unit_id, variant, arms`` (variants it was
        seen in), ``day, start`` (dates, null without exposed_ts), ``converted`` (0 or 1),
        ``value, before`` (money), ``has_converted, has_value`` (0 where not recorded).
    """
    shop.require(NEEDS)
    rows = shop.experiments
    null = {"converted": ibis.null("boolean"), "value": ibis.null("float64"),
            "exposed_ts": ibis.null("timestamp"), "factors": ibis.null("string")}  # fmt: skip
    rows = rows.mutate(**{k: v for k, v in null.items() if k not in rows.columns})
    once = rows.group_by("exp_id", "unit_id").aggregate(
        variant=rows.variant.min(),
        arms=rows.variant.nunique(),
        seen=rows.exposed_ts.min(),
        converted=rows.converted.cast("int64").max(),
        value=rows.value.max(),
        factorial=rows.factors.notnull().cast("int64").max(),
    )
    starts = rows.group_by("exp_id").aggregate(start=rows.exposed_ts.min().date())
    units = once.join(starts, "exp_id").mutate(
        day=once.seen.date(),
        has_converted=once.converted.notnull().cast("int64"),
        has_value=once.value.notnull().cast("int64"),
    )
    units = units.mutate(
        converted=units.converted.fill_null(0), value=units.value.fill_null(0.0)
    ).drop("seen")
    spent = _spent(shop, units, before_days)
    if spent is None:
        units = units.mutate(before=ibis.literal(0.0))
    else:
        units = units.left_join(spent, ["exp_id", "unit_id"])
        units = units.mutate(before=units.before.fill_null(0.0))
        units = units.drop(*(c for c in units.columns if c.endswith("_right")))
    return shop.kept(f"traffic trial units {before_days}", units, rows=shop.experiments)


def _spent(shop: Shop, units: Frame, before_days: int) -> Frame | None:
    """Money by experiment and unit in the days before the start; None where it is not known."""
    if not shop.has("orders", "customer_id") or "exposed_ts" not in shop.experiments.columns:
        return None
    orders = paid_orders(shop)
    if shop.has("order_lines"):
        lines = line_amounts(shop)
        sums = lines.group_by("order_id").aggregate(amount=lines.amount.sum())
        orders = orders.join(sums, "order_id")
    else:
        orders = orders.mutate(amount=ibis.literal(1.0))
    asked = units.select("exp_id", "unit_id", "start")
    past = asked.join(
        orders.select(unit_id=orders.customer_id, when=orders.day, amount=orders.amount), "unit_id"
    )
    ago = (past.start.epoch_seconds() - past.when.epoch_seconds()) / _DAY
    past = past.filter(ago > 0, ago <= before_days)
    return past.group_by("exp_id", "unit_id").aggregate(before=past.amount.sum())


@shared
def trial_days(shop: Shop, *, before_days: int = 180) -> pd.DataFrame:
    """Every arm of every experiment by day of exposure.

    Units that were seen in more than one arm are counted in ``double`` and nowhere else.

    Returns:
        One row per experiment, variant and day (one without days where there is no
        ``exposed_ts``), in this order: ``exp_id, variant, day, units, converted, value,
        value_sq, before, before_sq, double, has_converted, has_value, factorial``.

    Raises:
        CannotTell: There is no experiment on visitors or customers.
    """
    units = trial_units(shop, before_days=before_days)
    geo = region_trials(shop)
    if geo:
        units = units.filter(units.exp_id.notin(list(geo)))
    clear = units.arms == 1
    frame = (
        units.group_by("exp_id", "variant", "day")
        .aggregate(
            units=clear.cast("int64").sum(),
            converted=units.converted.sum(where=clear),
            value=units.value.sum(where=clear),
            value_sq=(units.value * units.value).sum(where=clear),
            before=units.before.sum(where=clear),
            before_sq=(units.before * units.before).sum(where=clear),
            double=(~clear).cast("int64").sum(),
            has_converted=units.has_converted.sum(where=clear),
            has_value=units.has_value.sum(where=clear),
            factorial=units.factorial.max(),
        )
        .order_by("exp_id", "variant", "day")
        .execute()
    )
    if not len(frame):
        raise CannotTell(N_("the shop has recorded no experiment on visitors or customers"))
    frame["day"] = pd.to_datetime(frame["day"])
    numbers = frame.columns[3:]
    frame[numbers] = frame[numbers].fillna(0.0).astype(float)
    return frame
