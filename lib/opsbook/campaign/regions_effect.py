"""Regions an event spared, as a mirror of those it reached: a synthetic control."""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import pandas as pd

from opsbook.campaign.event import Event
from opsbook.common.synthetic_control import SyntheticControl, synthetic_control
from opsbook.errors import CannotTell
from opsbook.language import N_, count, per_cent, t
from opsbook.shop.periods import data_days
from opsbook.shop.sales import in_days, paid_orders
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["NEEDS", "RegionsEffect", "regions_effect"]

NEEDS = {"orders": ("order_id", "order_ts", "region", "campaign_id")}
_SPARED = 0.2
"""Uptake against the region with most below which a region counts as spared."""
_LEAST_ORDERS = 30
_BEFORE_BLOCKS, _LEAST_BLOCKS = 12, 4


@dataclass(frozen=True)
class RegionsEffect:
    """Regions reached against the mix of spared ones that moved like them before.

    Args:
        uptake: One row per region, most first: ``region, orders`` (on the event's days),
            ``uptake`` (share that carried the campaign), ``spared``.
        twin: The synthetic control, in blocks of days as long as the event (a week at least).
        added: Orders added in the regions reached.
        block_days: Length of a block.
        name: Event.
        source: Name of the shop.
    """

    uptake: pd.DataFrame
    twin: SyntheticControl
    added: float
    block_days: int
    name: str
    source: str

    def headline(self) -> str:
        """What the regions reached did beyond their mirror."""
        return t(
            "{event}: regions reached sold {effect} against their mirror of spared regions",
            event=self.name,
            effect=per_cent(self.twin.effect, sign=True),
        )

    def words(self) -> str:
        """Effect, placebos, and which regions were spared."""
        spared = self.uptake.loc[self.uptake["spared"], "region"].astype(str)
        return t(
            "Spared: {names}. Added orders {added}; placebo p {p} ({n} other choices of "
            "regions); fit before {fit}.",
            names=", ".join(spared),
            added=count(self.added),
            p=count(self.twin.p, 2),
            n=count(len(self.twin.placebos)),
            fit=per_cent(self.twin.fit),
        )


@shared
def regions_effect(shop: Shop, event: Event) -> RegionsEffect:
    """Compare regions that the event reached with those it spared.

    A region was spared where orders carry the campaign at less than a fifth of the
    rate of the region with most. A nationwide event leaves no mirror, and the section says so.

    Args:
        shop: Needs ``orders`` with ``region`` and ``campaign_id``.
        event: The event, begun.

    Raises:
        CannotTell: No region was spared, or fewer than two, or there is too little before.
    """
    shop.require(NEEDS)
    if event.observed is None:
        raise CannotTell(
            N_("{event} lies outside the data: what it brought can be told when it has begun"),
            event=event.name,
        )
    uptake = _uptake(shop, event)
    spared = uptake.loc[uptake["spared"], "region"].tolist()
    reached = uptake.loc[~uptake["spared"], "region"].tolist()
    if not spared or not reached:
        raise CannotTell(
            N_(
                "{event} spared no region (uptake {least} to {most}): regions cannot tell what "
                "it brought"
            ),
            event=event.name,
            least=per_cent(float(uptake["uptake"].min()) if len(uptake) else 0.0),
            most=per_cent(float(uptake["uptake"].max()) if len(uptake) else 0.0),
        )
    length = max(event.observed.days, 7)
    panel = _panel(shop, event.observed.start, length, [*reached, *spared])
    twin = synthetic_control(panel, reached, 0)
    after = twin.frame[twin.frame["after"]]
    actual = float(panel.loc[panel.index >= 0, reached].to_numpy().sum())
    share = float(after["gap"].sum() / after["actual"].sum()) if after["actual"].sum() else 0.0
    return RegionsEffect(uptake, twin, actual * share, length, event.name, shop.title)


def _uptake(shop: Shop, event: Event) -> pd.DataFrame:
    inside = event.observed
    assert inside is not None
    orders = in_days(paid_orders(shop), inside.start, inside.end)
    carried = (orders.campaign_id.cast("string") == event.id).fill_null(False)
    orders = orders.filter(orders.region.notnull())
    found = (
        orders.group_by("region")
        .aggregate(orders=orders.count(), uptake=carried.cast("float64").mean())
        .order_by(ibis.desc("uptake"), "region")
        .execute()
    )
    found = found[found["orders"] >= _LEAST_ORDERS].reset_index(drop=True)
    most = float(found["uptake"].max()) if len(found) else 0.0
    found["spared"] = (found["uptake"] < _SPARED * most) if most > 0 else False
    return found


def _panel(shop: Shop, start: date, length: int, regions: list[str]) -> pd.DataFrame:
    """Orders by block of days (0 is the event's) and region."""
    span = data_days(shop)
    blocks = min(_BEFORE_BLOCKS, (start - span.start).days // length)
    if blocks < _LEAST_BLOCKS:
        raise CannotTell(
            N_("a synthetic control needs four times before, one after and two untouched units")
        )
    first = start - timedelta(days=blocks * length)
    orders = in_days(paid_orders(shop), first, start + timedelta(days=length))
    orders = orders.filter(orders.region.isin(regions))
    found = orders.group_by("day", "region").aggregate(n=orders.count()).execute()
    found["block"] = (pd.to_datetime(found["day"]) - pd.Timestamp(start)).dt.days // length
    table: pd.DataFrame = found.pivot_table(
        index="block", columns="region", values="n", aggfunc="sum", fill_value=0.0
    )
    return table.reindex(range(-blocks, 1), fill_value=0.0).astype(float)
