"""Projects and what they report: values before and after, whether or not they caused them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from opsbook.demo.clock import DAY
from opsbook.demo.draw import Floats, Ints
from opsbook.demo.service.emit import Service
from opsbook.demo.team.plan import TeamPlan
from opsbook.demo.team.requests import Requests, change_second

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["CAUSAL", "projects"]

CAUSAL = {"PJ01": True, "PJ02": True, "PJ03": False, "PJ04": False}
"""Whether the difference a project reports is planted, or would have come anyhow."""
_WINDOW = 90
"""Days before and after a change that are compared."""


@dataclass(frozen=True)
class _Claim:
    """A metric of a project: a figure of many cases, by the second of each case."""

    project: str
    metric: str
    unit: str
    at: int
    second: Ints
    figure: Floats

    def values(self) -> tuple[float, float] | None:
        """Before and after: medians of hours, means of all else; None without cases."""
        away = (self.second - self.at) / DAY
        sides = (away >= -_WINDOW) & (away < 0), (away >= 0) & (away < _WINDOW)
        if not all(side.any() for side in sides):
            return None
        mean = np.median if self.unit == "hours" else np.mean
        before, after = (round(float(mean(self.figure[side])), 4) for side in sides)
        return before, after


def projects(b: "Business", plan: TeamPlan, service: Service, requests: Requests) -> pa.Table:
    """Values before and after by project and metric; no row where there is nothing to compare.

    Args:
        b: The shop.
        plan: Planted parameters.
        service: Tickets.
        requests: Requests between teams.
    """
    t, r, o = service.tickets, requests, b.orders
    cut = int(service.plan.tickets.solve_cut_at * b.clock.seconds)
    change, middle = change_second(b, plan), b.clock.days // 2 * DAY
    solved = (t.close < b.clock.seconds) & (t.group > 0)
    rated = (t.type == 1) & (t.csat > 0)
    done = r.close < b.clock.seconds
    kept = o.kept
    arrived = kept & (o.delivered >= 0) & (o.delivered < b.clock.seconds)
    value = np.asarray(np.bincount(b.lines.order, b.lines.amount, minlength=len(o)), np.float64)
    claims = (
        _Claim(
            *("PJ01", "hours from first reply to solution", "hours", cut),
            *(t.open[solved], (t.close - t.reply)[solved] / 3600),
        ),
        _Claim(
            *("PJ01", "satisfied complaints", "fraction", cut),
            *(t.open[rated], (t.csat[rated] >= 4).astype(np.float64)),
        ),
        _Claim(
            *("PJ02", "hours to first response", "hours", change),
            *(r.open[done], (r.respond - r.open)[done] / 3600),
        ),
        _Claim(
            *("PJ02", "hours from request to result", "hours", change),
            *(r.open[done], (r.close - r.open)[done] / 3600),
        ),
        _Claim(
            *("PJ02", "passed at first attempt", "fraction", change),
            *(r.open[done], r.passed[done].astype(np.float64)),
        ),
        _Claim("PJ03", "average order value", "CNY", middle, o.placed[kept], value[kept]),
        _Claim(
            *("PJ04", "late parcels", "fraction", middle),
            *(o.delivered[arrived], o.late[arrived].astype(np.float64)),
        ),
    )
    found = [(claim, values) for claim in claims if (values := claim.values())]
    return pa.table(
        {
            "project_id": pa.array([c.project for c, _ in found], pa.string()),
            "metric": pa.array([c.metric for c, _ in found], pa.string()),
            "before_value": pa.array([v[0] for _, v in found], pa.float64()),
            "after_value": pa.array([v[1] for _, v in found], pa.float64()),
            "unit": pa.array([c.unit for c, _ in found], pa.string()),
        }
    )
