"""The team's figures are the shop's, and what one project changed is found again."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from opsbook.demo.scenarios import setting_of
from opsbook.demo.service.emit import emit as serve_all
from opsbook.demo.simulation import run
from opsbook.demo.team import emit
from opsbook.demo.team.plan import LOWER, PEOPLE, TeamPlan

PLAN = TeamPlan()


class Kept:
    """A sink that keeps what it is given."""

    def __init__(self) -> None:
        self.parts: dict[str, list[pa.Table]] = {}
        self.facts: dict[str, Any] = {}

    def table(self, name: str, table: pa.Table) -> None:
        self.parts.setdefault(name, []).append(table)

    def truth(self, name: str, table: pa.Table) -> None:
        pass

    def fact(self, **facts: Any) -> None:
        self.facts.update(facts)

    def __getattr__(self, name: str) -> pd.DataFrame:
        frame = pa.concat_tables(self.parts[name]).to_pandas()
        setattr(self, name, frame)
        return frame


@pytest.fixture(scope="module")
def team(business: Any) -> Kept:
    """Team and service of the shop of 40,000 orders."""
    sink = Kept()
    serve_all(business, sink)
    emit(business, sink)
    return sink


def kpi(team: Kept, name: str) -> pd.Series:
    rows = team.team_kpis[team.team_kpis.kpi == name].drop_duplicates("period_date")
    return rows.set_index(pd.PeriodIndex(pd.to_datetime(rows.period_date), freq="M")).actual


def test_weights_sum_to_one_per_person_and_month(team: Kept) -> None:
    sums = team.team_kpis.groupby(["period_date", "person"]).weight.sum()
    assert np.allclose(sums, 1.0)
    assert len(sums) == 24 * len(PEOPLE)
    assert not team.team_kpis.duplicated(["period_date", "person", "kpi"]).any()
    assert (team.team_kpis.weight > 0).all()
    assert (team.team_kpis.lower_is_better == team.team_kpis.kpi.isin(LOWER)).all()


def test_weights_move_in_months_of_a_great_sale(team: Kept) -> None:
    director = team.team_kpis[(team.team_kpis.person == "Chen Wei") & (team.team_kpis.kpi == "gmv")]
    weight = director.set_index(pd.PeriodIndex(pd.to_datetime(director.period_date), freq="M"))
    assert weight.weight["2025-11"] == pytest.approx(0.5)
    assert weight.weight["2025-09"] == pytest.approx(0.4)


def test_gmv_is_that_of_the_orders_to_the_cent(business: Any, team: Kept) -> None:
    o, lines = business.orders, business.lines
    value = np.bincount(lines.order, lines.amount, minlength=len(o))
    month = pd.PeriodIndex(pd.to_datetime(business.clock.times(o.placed)), freq="M")
    expected = pd.Series(value[o.kept]).groupby(month[o.kept]).sum().round(2)
    found = kpi(team, "gmv")
    assert np.allclose(found, expected.reindex(found.index), atol=0.005)
    live = [c.name for c in business.plan.channels].index("Live stream")
    own = o.kept & (o.channel == live)
    expected = pd.Series(value[own]).groupby(month[own]).sum().round(2)
    found = kpi(team, "live_gmv")
    assert np.allclose(found, expected.reindex(found.index), atol=0.005)


def test_service_figures_are_those_of_the_tickets(team: Kept) -> None:
    tickets = team.tickets
    month = tickets.open_ts.dt.to_period("M")
    wait = (tickets.first_reply_ts - tickets.open_ts).dt.total_seconds() / 60
    pre = tickets.service_group == "pre_sale"
    found = kpi(team, "first_reply_minutes")
    assert np.allclose(found, wait[pre].groupby(month[pre]).median(), atol=0.006)
    rated = (tickets.type == "complaint") & tickets.csat.notna()
    satisfied = (tickets.csat[rated] >= 4).groupby(month[rated]).mean()
    found = kpi(team, "complaint_csat")
    assert np.allclose(found, satisfied.reindex(found.index), atol=6e-5)


def test_targets_of_sums_add_up_to_the_ambition(team: Kept) -> None:
    rows = team.team_kpis[(team.team_kpis.person == "Chen Wei") & (team.team_kpis.kpi == "gmv")]
    # Three significant digits of 24 months: far less than one per cent off.
    assert rows.target.sum() / rows.actual.sum() == pytest.approx(1 + PLAN.ambition, rel=0.005)


def test_change_in_requests_is_found(team: Kept) -> None:
    """Difference in mean log hours by team asked, against its standard error."""
    rows = team.requests.dropna(subset=["close_ts"])
    after = rows.open_ts >= pd.Timestamp(team.facts["team"]["changed_on"])
    for hours, factor in (
        (rows.respond_ts - rows.open_ts, PLAN.respond_factor),
        (rows.close_ts - rows.respond_ts, PLAN.cycle_factor),
    ):
        log = np.log(hours.dt.total_seconds())
        slow = (rows.to_team == PLAN.slow_team).to_numpy(float)
        x = np.column_stack([np.ones(len(rows)), after, slow]).astype(float)
        beta, rss, *_ = np.linalg.lstsq(x, log, rcond=None)
        error = np.sqrt(np.diag(np.linalg.inv(x.T @ x)) * rss[0] / (len(rows) - 3))
        assert abs(beta[1] - np.log(factor)) < 4 * error[1]
        assert abs(beta[2] - np.log(PLAN.slow_factor)) < 4 * error[2]
        assert error[1] < 0.08
    passed = rows.passed.astype(bool)
    for side, planted in ((passed[~after], PLAN.pass_rate), (passed[after], PLAN.pass_after)):
        assert abs(side.mean() - planted) < 4 * np.sqrt(planted * (1 - planted) / len(side))


def test_requests_go_to_another_team_on_working_days(business: Any, team: Kept) -> None:
    rows = team.requests
    assert (rows.from_team.astype(str) != rows.to_team.astype(str)).all()
    assert (rows.open_ts.dt.day_of_week < 5).all()
    answered = rows.dropna(subset=["close_ts"])
    assert (answered.respond_ts > answered.open_ts).all()
    assert (answered.close_ts > answered.respond_ts).all()
    assert rows.passed[rows.close_ts.isna()].isna().all()


def test_project_reports_what_the_tables_show(team: Kept) -> None:
    """Median hours 90 days before and after, by hand from the tickets."""
    tickets = team.tickets.dropna(subset=["close_ts"])
    tickets = tickets[tickets.service_group != "pre_sale"]
    at = pd.Timestamp(team.facts["team"]["tickets_solved_faster_from"])
    at += pd.Timedelta(seconds=round(0.65 * 730 * 86400) % 86400)
    away = (tickets.open_ts - at) / pd.Timedelta(days=1)
    hours = (tickets.close_ts - tickets.first_reply_ts).dt.total_seconds() / 3600
    row = team.projects.iloc[0]
    assert row.before_value == pytest.approx(hours[(away >= -90) & (away < 0)].median(), abs=1e-3)
    assert row.after_value == pytest.approx(hours[(away >= 0) & (away < 90)].median(), abs=1e-3)
    assert set(team.projects.project_id) == set(team.facts["team"]["projects_causal"])
    assert not team.projects.duplicated(["project_id", "metric"]).any()


def test_teams_grow_and_take_on_help_for_great_sales(team: Kept) -> None:
    people = team.headcount.assign(month=pd.to_datetime(team.headcount.period_date))
    by = people.pivot(index="month", columns="team", values="people")
    assert (by * 2 == (by * 2).round()).all().all()
    assert by.loc["2025-11-01", "Service"] > by.loc["2025-09-01", "Service"]
    assert by.loc["2025-11-01", "Content"] == by.loc["2025-09-01", "Content"]
    assert by.sum(axis=1).iloc[-2] > by.sum(axis=1).iloc[1]


def test_service_team_was_trained_before_it_got_faster(team: Kept) -> None:
    rows = team.training
    assert set(rows.person) <= {p.name for p in PEOPLE}
    day = pd.to_datetime(rows.training_date)
    change = pd.Timestamp(team.facts["team"]["tickets_solved_faster_from"])
    recent = rows[(day < change) & (day >= change - pd.Timedelta(days=7))]
    trained = recent.person[recent.certificate == "Service level 1"]
    assert {p.name for p in PEOPLE if p.team == "Service"} <= set(trained)
    assert rows.certificate.isna().any()


@pytest.mark.parametrize(("orders", "days", "end"), [(500, 60, date(2026, 5, 15))])
def test_small_shop_has_a_team_too(orders: int, days: int, end: date) -> None:
    shop = run(setting_of("healthy", intervene=False), orders=orders, days=days, seed=5, end=end)
    sink = Kept()
    emit(shop, sink)
    assert {"team_kpis", "requests", "training", "headcount", "projects"} == set(sink.parts)
    assert len(sink.team_kpis) > 0
    assert (sink.headcount.people > 0).all()
