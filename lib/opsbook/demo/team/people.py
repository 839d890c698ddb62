"""What people are measured by, what they learn, and how many they are."""

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from opsbook.demo.draw import Floats, choose, stream
from opsbook.demo.team.figures import SUMS, Months
from opsbook.demo.team.plan import LOWER, PEOPLE, TeamPlan

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["headcount", "team_kpis", "training"]

_HOURS = (2.0, 3.0, 4.0, 8.0, 16.0)
_CERTIFICATES = (
    *("Platform rules", "Data analysis", "Service level 1"),
    *("Live streaming", "Warehouse safety", "Consumer protection law"),
)


def team_kpis(
    b: "Business", plan: TeamPlan, months: Months, figures: dict[str, Floats]
) -> pa.Table:
    """Target, actual and weight by month, person and KPI.

    Args:
        b: The shop.
        plan: Planted parameters.
        months: Months of the period.
        figures: Figures of the shop by month.
    """
    rng = stream(b.seed, "team kpis")
    own = {
        "reports_on_time": np.minimum(rng.normal(0.95, 0.03, len(months)), 1.0),
        "data_errors": rng.poisson(2.6, len(months)).astype(np.float64),
    }
    actual = figures | own
    fixed = dict(plan.targets)
    load = np.bincount(months.of[months.of >= 0], b.clock.festival[months.of >= 0])
    share = load / load.sum()
    rows: dict[str, list[object]] = {name: [] for name in _COLUMNS}
    for m, first in enumerate(months.first):
        for person in PEOPLE:
            for (kpi, _), weight in zip(
                person.kpis, _weights(person.kpis, plan.sale_shift * months.sale[m]), strict=True
            ):
                value = float(actual[kpi][m])
                if kpi in SUMS:
                    target = float(actual[kpi].sum() * share[m] * (1 + plan.ambition))
                    target = float(f"{target:.3g}")
                else:
                    target = fixed[kpi]
                digits = 2 if kpi in SUMS or abs(fixed.get(kpi, 0)) > 2 else 4
                row = (
                    *(first, person.name, person.role, kpi, target),
                    *(None if np.isnan(value) else round(value, digits), weight, kpi in LOWER),
                )
                for name, cell in zip(_COLUMNS, row, strict=True):
                    rows[name].append(cell)
    return pa.table({name: pa.array(rows[name], kind) for name, kind in _COLUMNS.items()})


_COLUMNS = {
    "period_date": pa.date32(),
    "person": pa.string(),
    "role": pa.string(),
    "kpi": pa.string(),
    "target": pa.float64(),
    "actual": pa.float64(),
    "weight": pa.float64(),
    "lower_is_better": pa.bool_(),
}


def _weights(kpis: tuple[tuple[str, int], ...], shift: int) -> list[float]:
    """Weights that sum to 1; a great sale moves some from the last KPI to the first."""
    hundredths = [weight for _, weight in kpis]
    hundredths[0] += shift
    hundredths[-1] -= shift
    return [weight / 100 for weight in hundredths]


def training(b: "Business", plan: TeamPlan, solve_cut_day: int) -> pa.Table:
    """Trainings attended; the service team's before its change is among them.

    Args:
        b: The shop.
        plan: Planted parameters.
        solve_cut_day: Day from which tickets are solved faster.
    """
    rng = stream(b.seed, "training")
    each = rng.poisson(plan.trainings * b.clock.days / 365.25, len(PEOPLE))
    person = np.repeat(np.arange(len(PEOPLE)), each)
    day = rng.integers(0, b.clock.days, len(person))
    hours = np.array(_HOURS)[choose(rng, np.array([0.3, 0.2, 0.25, 0.2, 0.05]), len(person))]
    certificate = rng.integers(0, len(_CERTIFICATES), len(person))
    passed = rng.random(len(person)) < plan.certified
    service = np.array([n for n, p in enumerate(PEOPLE) if p.team == "Service"])
    person = np.concatenate([person, service])
    day = np.concatenate([day, np.full(len(service), max(solve_cut_day - 6, 0))])
    hours = np.concatenate([hours, np.full(len(service), 8.0)])
    certificate = np.concatenate([certificate, np.full(len(service), 2)])
    passed = np.concatenate([passed, np.full(len(service), True)])
    at = np.argsort(day, kind="stable")
    return pa.table(
        {
            "person": pa.array([PEOPLE[n].name for n in person[at].tolist()], pa.string()),
            "training_date": pa.array(b.clock.dates(day[at])),
            "hours": pa.array(hours[at]),
            "certificate": pa.array(
                [
                    _CERTIFICATES[c] if p else None
                    for c, p in zip(certificate[at].tolist(), passed[at].tolist(), strict=True)
                ],
                pa.string(),
            ),
        }
    )


def headcount(b: "Business", plan: TeamPlan, months: Months) -> pa.Table:
    """People by month and team, in halves; more in service and logistics at great sales."""
    scale = (len(b.orders) / b.clock.days / 55.0) ** plan.size_power
    first, team, people = [], [], []
    for m, month in enumerate(months.first):
        years = (month - b.clock.first).days / 365.25
        for name, size in plan.sizes:
            busy = 1 + plan.temps * (months.sale[m] and name in ("Service", "Logistics"))
            number = size * scale * float(np.exp(plan.growth * years)) * busy
            first.append(month)
            team.append(name)
            people.append(max(round(2 * number) / 2, 0.5))
    return pa.table({"period_date": pa.array(first), "team": team, "people": pa.array(people)})
