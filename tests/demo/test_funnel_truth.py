"""Planted funnel, incidents and load times are found again by textbook estimators."""

from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from opsbook.demo.scenarios import setting_of
from opsbook.demo.simulation import run
from opsbook.demo.visits.emit import emit

STEPS = ("view", "cart", "checkout", "pay")


class Kept:
    """A sink that keeps what it is given."""

    def __init__(self) -> None:
        self.rows: dict[str, list[pa.Table]] = {}
        self.latent: dict[str, pd.DataFrame] = {}
        self.facts: dict[str, Any] = {}

    def table(self, name: str, table: pa.Table) -> None:
        self.rows.setdefault(name, []).append(table)

    def truth(self, name: str, table: pa.Table) -> None:
        self.latent[name] = table.to_pandas()

    def fact(self, **facts: Any) -> None:
        self.facts.update(facts)

    def frame(self, name: str) -> pd.DataFrame:
        return pa.concat_tables(self.rows[name]).to_pandas()


@cache
def shop() -> tuple[Any, Kept]:
    b = run(setting_of("healthy"), orders=14_000, days=420, seed=5, end=date(2026, 10, 31))
    kept = Kept()
    emit(b, kept)  # type: ignore[arg-type]
    return b, kept


@cache
def visits() -> pd.DataFrame:
    """One row per visit with the steps it took, and its day and device."""
    _, kept = shop()
    sessions, events = kept.frame("sessions"), kept.frame("events")
    seen = events[(events.type == "view") & events.sku.notna()].session_id
    steps = {"view": seen}
    for step in STEPS[1:]:
        steps[step] = events[events.type == step].session_id
    for step, rows in steps.items():
        sessions[step] = sessions.session_id.isin(rows.unique())
    sessions["date"] = sessions.start_ts.dt.normalize()
    return sessions


def z_by_day(rows: pd.DataFrame, step: str) -> float:
    """Visits that took a step against those expected of who reached the one before."""
    _, kept = shop()
    before = STEPS.index(step) - 1
    reached = rows if before < 0 else rows[rows[STEPS[before]]]
    days = reached.groupby(["date", "device"], observed=True)[step].agg(["size", "sum"])
    truth = kept.latent["visit_days"]
    truth["date"] = pd.to_datetime(truth.date)
    rate = truth.set_index(["date", "device"])[step].reindex(days.index)
    expected = days["size"] * rate
    return float((days["sum"] - expected).sum() / np.sqrt((expected * (1 - rate)).sum()))


def logit(y: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients of a logistic regression and their standard errors, by Newton's steps."""
    beta = np.zeros(x.shape[1])
    for _ in range(12):
        p = 1 / (1 + np.exp(-x @ beta))
        information = (x * (p * (1 - p))[:, None]).T @ x
        beta = beta + np.linalg.solve(information, x.T @ (y - p))
    return beta, np.sqrt(np.diag(np.linalg.inv(information)))


def design(rows: pd.DataFrame) -> np.ndarray:
    devices = pd.get_dummies(rows.device.astype(str)).to_numpy(np.float64)
    return np.column_stack([np.log(rows.load_ms.to_numpy(np.float64)) - 7.2, devices])


def test_step_rates_by_device_are_those_planted() -> None:
    """Twelve independent standard normals: a sum of squares above 32.9 in one run of 1,000."""
    rows = visits()
    z = [
        z_by_day(rows[rows.device == device], step)
        for device in ("mobile", "tablet", "desktop")
        for step in STEPS
    ]
    assert max(abs(value) for value in z) < 4
    assert sum(value**2 for value in z) < 32.9


def test_counts_by_device_give_the_steps_of_the_answer_key() -> None:
    _, kept = shop()
    truth = kept.facts["visits"]["steps"]
    rows = visits()
    for device in ("mobile", "desktop"):
        before = np.ones(len(rows), bool) & (rows.device == device)
        for step in STEPS:
            reached, passed = before.sum(), (before & rows[step]).sum()
            error = np.sqrt(truth[device][step] * (1 - truth[device][step]) / reached)
            # Steps vary from day to day, and what the key averages is expected traffic.
            assert passed / reached == pytest.approx(truth[device][step], abs=4.5 * error)
            before &= rows[step]


def test_scatter_of_daily_orders_is_that_of_independent_visits() -> None:
    """Traffic is not made to fit the day's orders, nor do orders vary beyond chance.

    The index of dispersion of 420 Poisson counts has a standard error of 0.07.
    """
    b, kept = shop()
    truth = kept.latent["visit_days"]
    planned = (truth.expected_visits * truth.orders_per_visit).groupby(truth.date).sum()
    made = np.bincount(b.orders.placed // 86_400, minlength=b.clock.days)
    visits_by_day = visits().groupby("date", observed=True).size().to_numpy()
    rate = planned.to_numpy() / truth.groupby("date").expected_visits.sum().to_numpy()
    expected = visits_by_day * rate
    assert ((made - expected) ** 2 / expected).mean() == pytest.approx(1.0, abs=0.25)


@pytest.mark.parametrize(
    ("step", "device", "healthy"),
    [("cart", "desktop", ("view",)), ("pay", "mobile", ("view", "cart", "checkout"))],
)
def test_incident_shows_in_its_step_and_device_only(
    step: str, device: str, healthy: tuple[str, ...]
) -> None:
    _, kept = shop()
    (incident,) = [i for i in kept.facts["visits"]["incidents"] if i["step"] == step]
    assert incident["device"] == device
    first, last = pd.Timestamp(incident["first"]), pd.Timestamp(incident["last"])
    rows = visits()
    during = rows.date.between(first, last)
    month = pd.Timedelta(days=15)
    around = rows.date.between(first - month, last + month) & ~during

    def rate(where: Any, what: str) -> tuple[float, int]:
        before = STEPS.index(what) - 1
        reached = rows[where & (rows[STEPS[before]] if before >= 0 else True)]
        return reached[what].mean(), len(reached)

    own = rows.device == device
    for where, what, factor in (
        (own, step, incident["factor"]),
        *((own, other, 1.0) for other in healthy),
        (~own, step, 1.0),
    ):
        (now, n), (usual, m) = rate(where & during, what), rate(where & around, what)
        wanted = usual * factor
        error = np.sqrt(wanted * (1 - wanted) / n + factor**2 * usual * (1 - usual) / m)
        assert abs(now - wanted) < 4 * error, what
    now, n = rate(own & during, step)
    usual, _ = rate(own & around, step)
    assert usual - now > 3 * np.sqrt(usual * (1 - usual) / n)


def test_odds_of_an_order_fall_with_load_time_as_planted() -> None:
    """A logistic regression on log load time and device, as an analyst would run it."""
    _, kept = shop()
    rows = visits()
    ordered = (rows.checkout & rows.pay).to_numpy(np.float64)
    beta, error = logit(ordered, design(rows))
    planted = kept.facts["visits"]["load_effect"]
    assert error[0] < 0.03
    assert beta[0] == pytest.approx(planted, abs=3.5 * error[0])
    assert beta[0] < -8 * error[0]


def test_odds_to_bounce_rise_with_load_time_as_planted() -> None:
    _, kept = shop()
    rows = visits()
    rows = rows[~rows.pay]
    beta, error = logit(rows.bounced.to_numpy(np.float64), design(rows))
    planted = kept.facts["visits"]["funnel"]["bounce_load"]
    assert beta[0] == pytest.approx(planted, abs=max(3.5 * error[0], 0.03))


def test_slow_week_is_seen_in_load_times() -> None:
    _, kept = shop()
    (incident,) = [i for i in kept.facts["visits"]["incidents"] if i["slower"] > 0]
    rows = visits()
    log = np.log(rows.load_ms[rows.device == "mobile"])
    during = rows.date[log.index].between(
        pd.Timestamp(incident["first"]), pd.Timestamp(incident["last"])
    )
    error = log.std() / np.sqrt(during.sum())
    rise = log[during].mean() - log[~during].mean()
    assert rise == pytest.approx(incident["slower"], abs=4 * error)


def test_product_views_by_category_are_those_expected() -> None:
    """Views of one visit often share a category: variance up to five times the Poisson's."""
    b, kept = shop()
    events = kept.frame("events")
    views = events[(events.type == "view") & events.sku.notna()]
    category = b.range_.category[views.sku.astype(str).str[1:].astype(int).to_numpy() - 1]
    truth = kept.latent["category_views"]
    seen = np.bincount(category, minlength=len(truth))
    assert (np.abs(seen - truth.expected_views) < 4 * np.sqrt(5 * truth.expected_views)).all()
    # What is expected is near what is planned; festivals convert better and shift it a little.
    assert np.allclose(truth.expected_cvr, truth.planned_cvr, rtol=0.15)
    cvr = dict(zip(truth.category, truth.order_lines / seen, strict=True))
    assert 0.02 < cvr["Apparel"] < 0.05
    assert 0.01 < cvr["Digital Accessories"] < 0.03
    assert 0.05 < cvr["Food"] < 0.10


def test_channels_convert_as_planned() -> None:
    """Orders per visit of a channel against the shop's, within four standard errors."""
    b, _ = shop()
    rows = visits()
    made = np.bincount(b.orders.channel, minlength=len(b.plan.channels))
    names = [c.name for c in b.plan.channels]
    came = rows.channel.astype(str).value_counts().reindex(names).to_numpy()
    gain = np.array([c.conversion for c in b.plan.channels])
    scale = made.sum() / (came * gain).sum()
    expected = came * gain * scale
    assert (np.abs(made - expected) < 4 * np.sqrt(expected)).all()
