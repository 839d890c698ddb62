"""All tables of marketing and of the market around the shop, with what is true about them."""

from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from opsbook.demo.arrow import numbered, words
from opsbook.demo.clock import DAY
from opsbook.demo.draw import Floats, Ints
from opsbook.demo.marketing.abroad import cross_border, platform_rules
from opsbook.demo.marketing.campaigns import campaign_of
from opsbook.demo.marketing.capacity import CapacityPlan, capacity
from opsbook.demo.marketing.causes import attribution, draw_causes
from opsbook.demo.marketing.contacts import contact_plan, contact_rows, contacts
from opsbook.demo.marketing.experiments import experiments
from opsbook.demo.marketing.goals import campaign_table, campaign_truth
from opsbook.demo.marketing.history import History, order_value
from opsbook.demo.marketing.lessons import benchmarks, lessons
from opsbook.demo.marketing.mailings import (
    MailingPlan,
    mailing_fact,
    mailings,
    without_goodbye,
)
from opsbook.demo.marketing.market import MarketPlan, market_growth, market_shares, market_size
from opsbook.demo.marketing.paths import (
    PathPlan,
    Touches,
    account_credit,
    lost_paths,
    order_paths,
)
from opsbook.demo.marketing.rivals import RivalPlan, competitor_prices, rival_prices
from opsbook.demo.marketing.searches import SearchPlan, search_terms, terms
from opsbook.demo.marketing.spend import ad_spend, slice_truth
from opsbook.demo.marketing.trials import TrialPlan

if TYPE_CHECKING:
    from opsbook.demo.business import Business
    from opsbook.demo.write import Sink

__all__ = ["emit"]


def emit(b: "Business", sink: "Sink") -> None:
    """Write the tables of marketing.

    Args:
        b: The shop.
        sink: Takes tables, latent tables and facts.
    """
    value = order_value(b)
    sink.table("campaigns", campaign_table(b, value))
    _media(b, sink, value)
    history = History(b.orders.customer, b.orders.placed, value, b.clock.seconds, b.orders.kept)
    _tests(b, sink, history, value)
    _contacts(b, sink, history)
    del history
    sink.table("capacity", capacity(b, CapacityPlan()))
    _market(b, sink)
    sink.table("platform_rules", platform_rules())
    sink.table("cross_border", cross_border())
    sink.table("benchmarks", benchmarks())
    sink.table("lessons", lessons())
    sink.fact(capacity=asdict(CapacityPlan()), campaign_effects=campaign_truth(b.campaigns))


def _media(b: "Business", sink: "Sink", value: Floats) -> None:
    """Paths first: the ad accounts claim the orders they find on them."""
    plan, media = PathPlan(), b.media
    cause = draw_causes(b)
    history = History(b.orders.customer, b.orders.placed, value, b.clock.seconds)
    main = campaign_of(b.clock, b.campaigns)
    shape = (len(media.names), b.clock.days)
    orders, revenue = np.zeros(shape), np.zeros(shape)
    for touches in order_paths(b, plan, history, cause):
        sink.table("touchpoints", _touchpoints(b, touches, main))
        count, money = account_credit(b, plan, touches, value)
        orders, revenue = orders + count, revenue + money
    for touches in lost_paths(b, plan, history):
        sink.table("touchpoints", _touchpoints(b, touches, main))
    sink.table("ad_spend", ad_spend(b, orders, revenue))
    causes = ("none", *media.names)
    for low in range(0, len(cause), 1_000_000):
        part = np.arange(low, min(low + 1_000_000, len(cause)))
        sink.truth(
            "orders_cause",
            pa.table(
                {
                    "order_id": numbered("O", part + 1, 8),
                    "caused_by": words(cause[part].astype(np.int64), causes),
                }
            ),
        )
    sink.truth("media", _media_truth(b))
    table = attribution(b, cause, orders)
    sink.truth("attribution", table)
    sink.truth("ad_slices", slice_truth(b))
    geo = media.geo
    sink.fact(
        media={
            **asdict(media.plan),
            "daily_orders": media.daily_orders,
            "half_saturation_cny_a_day": {
                c.name: c.half * media.daily_orders for c in media.plan.channels
            },
        },
        paths={**asdict(plan), "early": dict(plan.early)},
        attribution=table.to_pylist(),
        geo_test=None
        if geo is None
        else {
            "channel": media.names[geo.channel],
            "regions": [b.plan.regions[r].name for r in geo.regions],
            "first_date": str(b.clock.dates(np.array([geo.first]))[0]),
            "last_date": str(b.clock.dates(np.array([geo.last]))[0]),
            "lift_elsewhere": float(media.response[geo.channel, geo.first : geo.last + 1].mean()),
            "orders_against_untested": float(
                (
                    (1 + media.lift_in(geo.regions[0]).sum(axis=0))
                    / (1 + media.response.sum(axis=0))
                )[geo.first : geo.last + 1].mean()
            ),
        },
    )


def _touchpoints(b: "Business", touches: Touches, main: Ints) -> pa.Table:
    """Rows of the table; ads and the campaign page carry the campaign of their day."""
    carries = np.zeros(len(b.plan.channels), bool)
    carries[b.media.index] = True
    carries |= np.array([c.source_class == "event" for c in b.plan.channels])
    campaign = np.where(carries[touches.channel], main[touches.second // DAY], -1)
    return pa.table(
        {
            "customer_id": numbered("C", touches.customer + 1, 7),
            "touch_ts": pa.array(b.clock.times(touches.second)),
            "channel": words(touches.channel, [c.name for c in b.plan.channels]),
            "campaign_id": words(campaign, [c.id for c in b.campaigns]),
            "order_id": numbered("O", np.where(touches.order < 0, -1, touches.order + 1), 8),
        }
    )


def _media_truth(b: "Business") -> pa.Table:
    media, days = b.media, b.clock.days
    at = np.repeat(np.arange(len(media.names)), days)
    columns = {
        name: getattr(media, name).ravel()
        for name in ("spend", "price", "delivered", "adstock", "response", "lift")
    }
    return pa.table(
        {
            "date": pa.array(b.clock.dates(np.tile(np.arange(days), len(media.names)))),
            "channel": words(at, media.names),
            **columns,
        }
    )


def _tests(b: "Business", sink: "Sink", history: History, value: Floats) -> None:
    plan = TrialPlan()
    for table in experiments(b, plan, history, value):
        sink.table("experiments", table)
    sink.fact(experiments={trial.id: asdict(trial) for trial in plan.trials})


def _contacts(b: "Business", sink: "Sink", history: History) -> None:
    plan = contact_plan(b.setting)
    naive = {}
    for found in contacts(b, plan, history):
        sink.table("contacts", contact_rows(b, plan, found))
        there, left = found.ordered[found.contacted], found.ordered[~found.contacted]
        if len(there) and left.sum():
            naive[found.journey] = float(there.mean() / left.mean() - 1)
    sink.fact(contacts={**asdict(plan), "plain_comparison": naive})
    mailed = MailingPlan()
    quiet = replace(plan, means=without_goodbye(plan.means))
    sent = []
    for drawn, found in mailings(b, mailed, history):
        sink.table("contacts", contact_rows(b, quiet, found))
        sent.append(mailing_fact(b, drawn, found))
    sink.fact(mailings={**asdict(mailed), "sent": sent})


def _market(b: "Business", sink: "Sink") -> None:
    rival_plan, search_plan, market_plan = RivalPlan(), SearchPlan(), MarketPlan()
    sink.table("competitor_prices", competitor_prices(b, rival_plan, rival_prices(b, rival_plan)))
    found = terms(b, search_plan)
    sink.table("search_terms", search_terms(b, search_plan, found))
    sink.table("market_size", market_size(b, market_plan))
    sink.truth(
        "search_trends",
        pa.table(
            {
                "term": [t.text for t in found],
                "category": [
                    b.plan.categories[t.category].name if t.category >= 0 else None for t in found
                ],
                "intent": [t.intent for t in found],
                "growth": [t.growth for t in found],
                "rise": [t.rise for t in found],
                "own_share": [t.own for t in found],
            }
        ),
    )
    growth, shares = market_growth(b, market_plan), market_shares(b, market_plan)
    names = [c.name for c in b.plan.categories]
    sink.fact(
        rivals=asdict(rival_plan),
        searches=asdict(search_plan),
        market={
            **asdict(market_plan),
            "growth": dict(zip(names, growth.tolist(), strict=True)),
            "own_share": dict(zip(names, shares.tolist(), strict=True)),
        },
    )
