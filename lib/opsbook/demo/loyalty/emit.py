"""The tables of loyalty: referrals, points, rewards, group buys and identities."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from opsbook.demo.arrow import numbered
from opsbook.demo.draw import Ints
from opsbook.demo.loyalty.customers import MemberPlan
from opsbook.demo.loyalty.groupbuys import GroupBuyPlan, group_buys_table
from opsbook.demo.loyalty.identities import Accounts, IdentityPlan, identity_tables
from opsbook.demo.loyalty.invitations import Invitations, first_orders, invitations_table, invite
from opsbook.demo.loyalty.points import emit_points
from opsbook.demo.loyalty.referrals import depths
from opsbook.demo.service.experience import experience
from opsbook.demo.service.plan import ServicePlan
from opsbook.demo.service.reviews import write_reviews

if TYPE_CHECKING:
    from opsbook.demo.business import Business
    from opsbook.demo.write import Sink

__all__ = ["emit"]


def emit(b: "Business", sink: "Sink") -> None:
    """Write referrals, points_ledger, rewards, group_buys and identities, and their truth.

    Args:
        b: The shop.
        sink: Takes the tables.
    """
    plan = b.setting.referral
    sent = invite(b, plan)
    sink.table("referrals", invitations_table(b, plan, sent))
    sink.truth("referral_tree", _tree(b))
    points = emit_points(b, sink, (sent.inviter, sent.second), _reviewed(b))
    groups = GroupBuyPlan()
    sink.table("group_buys", group_buys_table(b, groups))
    identities = IdentityPlan()
    table, truth, accounts = identity_tables(b, identities)
    sink.table("identities", table)
    sink.truth("identities", truth)
    sink.fact(
        loyalty={
            "referrals": asdict(plan) | {"k": plan.k} | _counted(b, sent),
            "membership": asdict(MemberPlan()),
            "points": points,
            "group_buys": asdict(groups),
            "identities": asdict(identities) | _persons(accounts),
        }
    )


def _reviewed(b: "Business") -> tuple[Ints, Ints]:
    """Customer and second of every review, as they stand in the table reviews."""
    plan = ServicePlan().reviews
    reviews = write_reviews(b, plan, experience(b, plan))
    return b.orders.customer[b.lines.order[reviews.line]], reviews.second


def _persons(accounts: Accounts) -> dict[str, float | int]:
    persons, count = len(np.unique(accounts.person)), len(accounts)
    return {"accounts": count, "persons": persons, "duplicate_share": 1 - persons / max(count, 1)}


def _tree(b: "Business") -> pa.Table:
    """One row per referred customer: inviter, the one at the top of the chain, the depth."""
    referrer = b.people.referrer
    depth = depths(referrer)
    top: Ints = np.arange(len(referrer))
    for _ in range(int(depth.max(initial=0))):
        top = np.where(referrer[top] >= 0, referrer[top], top)
    some = np.flatnonzero(referrer >= 0)
    return pa.table(
        {
            "customer_id": numbered("C", some + 1, 7),
            "referrer_id": numbered("C", referrer[some] + 1, 7),
            "root_id": numbered("C", top[some] + 1, 7),
            "depth": depth[some],
            "ordered": first_orders(b)[some] >= 0,
        }
    )


def _counted(b: "Business", sent: Invitations) -> dict[str, float | int | list[int]]:
    """What chance made of the plan."""
    buyers, won = int((first_orders(b) >= 0).sum()), int(sent.converted.sum())
    depth = sent.depth[sent.converted]
    return {
        "buyers": buyers,
        "invitations": len(sent),
        "converted": won,
        "k_counted": won / max(buyers, 1),
        "conversion_counted": won / max(len(sent), 1),
        "second_degree_counted": float((depth == 2).sum()) / max(won, 1),
        "converted_by_depth": np.bincount(depth, minlength=2)[1:].tolist(),
        "inviters": len(np.unique(sent.inviter)),
    }
