"""Writes the tables of the team: team_kpis, requests, training, headcount, projects."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from opsbook.demo.arrow import numbered, when, words
from opsbook.demo.clock import DAY
from opsbook.demo.service.emit import serve
from opsbook.demo.team.figures import monthly, months_of
from opsbook.demo.team.people import headcount, team_kpis, training
from opsbook.demo.team.plan import TeamPlan
from opsbook.demo.team.projects import CAUSAL, projects
from opsbook.demo.team.requests import ask_for, change_second

if TYPE_CHECKING:
    from opsbook.demo.business import Business
    from opsbook.demo.write import Sink

__all__ = ["emit"]


def emit(b: "Business", sink: "Sink") -> None:
    """Write the tables of the team and what is planted in them."""
    plan, service = TeamPlan(), serve(b)
    months = months_of(b)
    figures = monthly(b, service, months)
    sink.table("team_kpis", team_kpis(b, plan, months, figures))
    sink.table("headcount", headcount(b, plan, months))
    cut_day = int(service.plan.tickets.solve_cut_at * b.clock.days)
    sink.table("training", training(b, plan, cut_day))
    r = ask_for(b, plan)
    teams = [name for name, _ in plan.sizes]
    done = r.close < b.clock.seconds
    sink.table(
        "requests",
        pa.table(
            {
                "request_id": numbered("Q", np.arange(1, len(r) + 1), 6),
                "from_team": words(r.asks, teams),
                "to_team": words(r.answers, teams),
                "open_ts": when(b.clock, r.open),
                "respond_ts": when(b.clock, r.respond),
                "passed": pa.array(r.passed, mask=~done),
                "close_ts": when(b.clock, r.close),
            }
        ),
    )
    sink.table("projects", projects(b, plan, service, r))
    changed = b.clock.dates(np.array([change_second(b, plan) // DAY, cut_day]))
    sink.fact(
        team={
            **asdict(plan),
            "changed_on": str(changed[0]),
            "tickets_solved_faster_from": str(changed[1]),
            "projects_causal": CAUSAL,
        }
    )
