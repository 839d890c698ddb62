"""Loyalty: points, rewards, referrals and group buys."""

from opsbook.language import N_
from opsbook.shop.contract import Column, Link, Table

__all__ = ["TABLES"]

_CUSTOMER = Link("customers", "customer_id")
_REWARD = Link("rewards", "reward_id")

TABLES = (
    Table(
        "points_ledger",
        N_("One row per booking of loyalty points."),
        key=(),
        time="book_ts",
        entries=("B21", "B22"),
        columns=(
            Column(
                "customer_id",
                "text",
                N_("Customer whose points they are."),
                required=True,
                link=_CUSTOMER,
            ),
            Column("book_ts", "timestamp", N_("When the points were booked."), required=True),
            Column(
                "kind",
                "choice",
                N_("Direction of the booking: earned, redeemed or expired."),
                required=True,
                choices=("earn", "redeem", "expire"),
            ),
            Column(
                "source", "text", N_("What earned the points: shopping, sign_in, share, review ...")
            ),
            Column(
                "points",
                "number",
                N_("Points booked; always positive, kind says the direction."),
                required=True,
                at_least=0,
                unit="points",
            ),
            Column(
                "reward_id",
                "text",
                N_("Reward the points were redeemed for."),
                link=_REWARD,
                sparse=True,
            ),
        ),
    ),
    Table(
        "rewards",
        N_("One row per reward that points can be redeemed for."),
        key=("reward_id",),
        entries=("B22",),
        columns=(
            Column("reward_id", "text", N_("Reward number."), required=True),
            Column("type", "text", N_("Kind of reward: coupon, product, service ...")),
            Column("cost", "money", N_("Cost of one redemption to the shop."), at_least=0),
            Column("gmv", "money", N_("GMV of the orders that redemptions brought."), at_least=0),
            Column(
                "offered",
                "number",
                N_("Pieces put up for redemption; the base of the redemption rate."),
                at_least=0,
                unit="pieces",
            ),
        ),
    ),
    Table(
        "referrals",
        N_("One row per invitation sent to a person."),
        key=(),
        time="invite_ts",
        entries=("B12", "B14", "B15", "B16", "B18", "E19"),
        columns=(
            Column(
                "inviter_id", "text", N_("Customer who invited."), required=True, link=_CUSTOMER
            ),
            Column("invitee_id", "text", N_("Person invited; a customer number once registered.")),
            Column("invite_ts", "timestamp", N_("When the invitation was sent."), required=True),
            Column(
                "depth",
                "integer",
                N_("Steps from the first inviter of the chain; 2 is a second-degree referral."),
                at_least=1,
            ),
            Column("converted", "boolean", N_("Whether the person invited ordered.")),
            Column("reward", "money", N_("Cost of the rewards for both sides."), at_least=0),
        ),
    ),
    Table(
        "group_buys",
        N_("One row per group opened to buy together."),
        key=("group_buy_id",),
        time="open_ts",
        entries=("B17",),
        columns=(
            Column("group_buy_id", "text", N_("Group-buy number."), required=True),
            Column("leader_id", "text", N_("Customer who leads the group."), link=_CUSTOMER),
            Column(
                "target_people",
                "integer",
                N_("People needed for the group price."),
                at_least=1,
                unit="people",
            ),
            Column(
                "joined_people",
                "integer",
                N_("People who joined, leader included."),
                at_least=0,
                unit="people",
            ),
            Column("open_ts", "timestamp", N_("When the group was opened."), required=True),
            Column("close_ts", "timestamp", N_("When the group was completed or ran out.")),
            Column("price", "money", N_("Group price of one piece."), at_least=0),
        ),
    ),
)
