"""What was spent to win new customers, by channel: advertising, rewards and coupons."""

import pandas as pd

from opsbook.errors import CannotTell
from opsbook.language import N_
from opsbook.lifecycle.newcomers import Newcomers
from opsbook.lifecycle.unnamed import UNSTATED, called
from opsbook.shop.periods import Period
from opsbook.shop.sales import in_days, paid_orders
from opsbook.shop.shop import Shop

__all__ = ["channel_costs", "costs_by_channel"]


def costs_by_channel(shop: Shop, new: Newcomers, period: Period) -> pd.DataFrame:
    """New customers, advertising, rewards and coupons by channel."""
    return called(channel_costs(shop, new, period), "channel", UNSTATED)


def channel_costs(shop: Shop, new: Newcomers, period: Period) -> pd.DataFrame:
    """``costs_by_channel``, what names no channel under its English word."""
    nobody = UNSTATED
    cells = new.cells
    inside = cells["first_day"].between(
        pd.Timestamp(period.start), pd.Timestamp(period.end), inclusive="left"
    )
    came = cells[inside].groupby(cells["channel"].fillna(nobody))["customers"].sum()
    if not came.sum():
        raise CannotTell(
            N_("nobody bought for the first time in {period}, as far as can be told"),
            period=str(period),
        )
    spend = in_days(shop.ad_spend, period.start, period.end, "date")
    label = spend.channel.fill_null(nobody)
    paid = spend.group_by(channel=label).aggregate(ad_cost=spend.cost.sum()).execute()
    parts = [came.rename("customers"), paid.set_index("channel")["ad_cost"]]
    parts += [_rewards(shop, new, period, nobody), _coupons(shop, new, period, nobody)]
    frame = pd.concat(parts, axis=1).astype(float).fillna(0.0)
    frame = frame.rename_axis("channel").reset_index()
    frame["cost"] = frame["ad_cost"] + frame["reward_cost"]
    return frame


def _rewards(shop: Shop, new: Newcomers, period: Period, nobody: str) -> pd.Series:
    """Rewards for referrals, by the channel of who came."""
    if not shop.has("referrals", "reward", "invitee_id"):
        return pd.Series(dtype=float, name="reward_cost")
    sent = in_days(shop.referrals, period.start, period.end, "invite_ts")
    known = new.table.select("customer_id", "channel")
    joined = sent.left_join(known, sent.invitee_id == known.customer_id)
    label = joined.channel.fill_null(nobody)
    sums = joined.group_by(channel=label).aggregate(reward_cost=joined.reward.sum()).execute()
    found: pd.Series = sums.set_index("channel")["reward_cost"]
    return found[found.fillna(0) != 0]


def _coupons(shop: Shop, new: Newcomers, period: Period, nobody: str) -> pd.Series:
    """Discounts by coupon on the first day's orders of new customers."""
    if not shop.has("orders", "discount", "coupon_id"):
        return pd.Series(dtype=float, name="coupons")
    orders = paid_orders(shop)
    orders = in_days(orders.filter(orders.coupon_id.notnull()), period.start, period.end)
    orders = orders.select("customer_id", "day", "discount")
    joined = orders.inner_join(
        new.table.select("customer_id", "first_day", "channel"), "customer_id"
    )
    first = joined.filter(joined.day == joined.first_day)
    label = first.channel.fill_null(nobody)
    sums = first.group_by(channel=label).aggregate(coupons=first.discount.sum()).execute()
    return sums.set_index("channel")["coupons"]
