"""Reviews, tickets, NPS, scores and crises: they tie, and what was planted is found again."""

from dataclasses import asdict
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from opsbook.demo.scenarios import setting_of
from opsbook.demo.service import emit
from opsbook.demo.service.emit import serve
from opsbook.demo.service.plan import ServicePlan
from opsbook.demo.simulation import run
from opsbook.demo.stock.parcels import look_into, parcels

PLAN = ServicePlan()


class Kept:
    """A sink that keeps what it is given."""

    def __init__(self) -> None:
        self.parts: dict[str, list[pa.Table]] = {}
        self.hidden: dict[str, list[pa.Table]] = {}
        self.facts: dict[str, Any] = {}

    def table(self, name: str, table: pa.Table) -> None:
        self.parts.setdefault(name, []).append(table)

    def truth(self, name: str, table: pa.Table) -> None:
        self.hidden.setdefault(name, []).append(table)

    def fact(self, **facts: Any) -> None:
        self.facts.update(facts)

    def __getattr__(self, name: str) -> pd.DataFrame:
        frame = pa.concat_tables(self.parts[name]).to_pandas()
        setattr(self, name, frame)
        return frame

    def latent(self, name: str) -> pd.DataFrame:
        return pa.concat_tables(self.hidden[name]).to_pandas()


@pytest.fixture(scope="module")
def told(business: Any) -> Kept:
    """The service of the shop of 40,000 orders."""
    sink = Kept()
    emit(business, sink)
    return sink


def logit(yes: np.ndarray, drivers: dict[str, Any]) -> dict[str, tuple[float, float]]:
    """Logistic regression by Newton's method: estimate and standard error by driver."""
    names = ["constant", *drivers]
    x = np.column_stack([np.ones(len(yes)), *(np.asarray(d, float) for d in drivers.values())])
    beta = np.zeros(x.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-x @ beta))
        inverse = np.linalg.inv((x * (p * (1 - p))[:, None]).T @ x)
        beta += inverse @ (x.T @ (yes - p))
    error = np.sqrt(np.diag(inverse))
    return {n: (float(b), float(e)) for n, b, e in zip(names, beta, error, strict=True)}


def near(found: tuple[float, float], planted: float) -> bool:
    """Within four standard errors: missed by chance once in 16,000 comparisons."""
    return abs(found[0] - planted) < 4 * found[1]


def reviewed(told: Kept) -> pd.DataFrame:
    truth = told.latent("reviews")
    return pd.concat([told.reviews.drop(columns="sku"), truth], axis=1)


def test_reviews_follow_deliveries_of_what_was_bought(business: Any, told: Kept) -> None:
    seen = reviewed(told)
    order = seen.order_id.str[1:].astype(int).to_numpy() - 1
    orders, lines = business.orders, business.lines
    delivered = pd.to_datetime(business.clock.times(orders.delivered[order]))
    assert (seen.review_ts > delivered).all()
    customer = seen.customer_id.str[1:].astype(int).to_numpy() - 1
    assert (orders.customer[order] == customer).all()
    bought = set(zip(lines.order.tolist(), lines.product.tolist(), strict=True))
    product = seen["sku"].astype(str).str[1:].astype(int).to_numpy() - 1
    assert set(zip(order.tolist(), product.tolist(), strict=True)) <= bought
    assert seen.review_ts.is_monotonic_increasing
    assert not seen.duplicated(["order_id", "sku"]).any()
    assert (seen.reply_ts.dropna() > seen.review_ts[seen.reply_ts.notna()]).all()


def test_share_of_reviewed_lines_and_shape_of_stars_are_plausible(
    business: Any, told: Kept
) -> None:
    arrived = serve(business).lived.arrived.sum()
    assert 0.12 < len(told.reviews) / arrived < 0.18
    share = told.reviews.stars.value_counts(normalize=True)
    assert share[5] > share[4] > share[3] > share[2]
    assert share[1] > share[2]
    assert 4.6 < told.reviews.stars.mean() < 4.8


@pytest.mark.parametrize("least", [2, 4, 5])
def test_drivers_of_stars_are_found_at_every_cut(told: Kept, least: int) -> None:
    seen = reviewed(told)
    seen = seen[~seen.fake & ~seen.batch]
    plan = PLAN.reviews
    found = logit(
        (seen.stars >= least).to_numpy(float),
        {
            "late": seen.late,
            "flaw": seen.flaw,
            "quality": seen.latent_quality,
            "discount": seen.log_discount - 0.1,
        },
    )
    for name in ("late", "flaw", "quality", "discount"):
        assert near(found[name], getattr(plan, name)), (name, found[name])
    assert near(found["constant"], plan.cuts[least - 2])
    assert found["late"][1] < 0.2


def test_log_discount_is_that_of_the_tables(business: Any, told: Kept) -> None:
    seen, lines = reviewed(told), business.lines
    order = seen.order_id.str[1:].astype(int).to_numpy() - 1
    product = seen["sku"].astype(str).str[1:].astype(int).to_numpy() - 1
    paid = pd.Series(lines.price, pd.MultiIndex.from_arrays([lines.order, lines.product]))
    own = paid.loc[list(zip(order, product, strict=True))].to_numpy()
    expected = np.clip(np.log(business.range_.list_price[product] / own), 0, 1.5)
    assert np.allclose(seen.log_discount, expected, atol=1e-6)


def test_quality_drop_is_seen_in_stars_from_its_date(told: Kept) -> None:
    """Mean stars before and after, against the difference of means' standard error."""
    fact = told.facts["service"]["quality_drop"]
    seen = reviewed(told)
    own = seen[seen["sku"].astype(str) == fact["sku"]]
    days = (own.review_ts - pd.Timestamp(fact["from"])).dt.days
    before, after = own.stars[days < 0], own.stars[days > 10]
    error = np.sqrt(before.var() / len(before) + after.var() / len(after))
    assert (before.mean() - after.mean()) / error > 3
    # The split of the series that fits best (least squares) lies within six weeks of it.
    stars = own.stars.to_numpy(float)
    sse = [stars[:n].var() * n + stars[n:].var() * (len(stars) - n) for n in range(5, len(stars))]
    split = own.review_ts.iloc[5 + int(np.argmin(sse))]
    assert abs((split - pd.Timestamp(fact["from"])).days) < 42


def test_bad_batch_is_a_week_of_accusations(told: Kept) -> None:
    fact = told.facts["service"]["bad_batch"]
    seen = reviewed(told)
    batch = seen[seen.batch]
    assert len(batch) == fact["reviews"] > 10
    assert set(batch["sku"].astype(str)) == {fact["sku"]}
    assert batch.accusation.notna().all()
    assert seen.accusation[~seen.batch].isna().all()
    # With a flaw and the batch's fault 1 star is expected in 9 of 10: odds(6.8 - 4.3) = 0.92.
    assert batch.stars.mean() < 1.8
    assert (batch.review_ts.max() - batch.review_ts.min()).days < 28
    opened = told.incidents.set_index("incident_id").open_ts
    (number,) = [n for n, why in told.facts["service"]["incidents"].items() if why == "bad batch"]
    assert batch.review_ts.min() < opened[number] < batch.review_ts.max() + pd.Timedelta(days=2)


def test_what_broke_on_the_way_is_a_flaw_of_its_order(business: Any) -> None:
    """The same parcels as in the table of shipments, one line of each at least."""
    rows = pd.concat([t.to_pandas() for t, _ in parcels(business, look_into(business))])
    lived = serve(business).lived
    order = set((rows.order_id[rows.breakage.fillna(False)].str[1:].astype(int) - 1).tolist())
    own = lived.broken & lived.arrived
    assert set(business.lines.order[own].tolist()) == order
    assert lived.flaw[lived.broken].all()


def test_fake_praise_comes_from_fraudsters_and_is_all_stars(business: Any, told: Kept) -> None:
    seen = reviewed(told)
    fake = seen[seen.fake]
    order = fake.order_id.str[1:].astype(int).to_numpy() - 1
    assert len(fake) >= 5
    assert business.orders.fraud[order].all()
    assert (fake.stars == 5).all()
    assert fake["sku"].nunique() == 1
    assert fake.review_text.nunique() <= 9


def test_bad_reviews_are_answered_as_planned(told: Kept) -> None:
    """Share answered, and share within 24 hours: the normal probability of log hours."""
    plan = PLAN.reviews
    known = told.reviews[told.reviews.review_ts < told.reviews.review_ts.max().normalize()]
    bad = known[known.stars <= 3]
    error = np.sqrt(plan.reply_bad * (1 - plan.reply_bad) / len(bad))
    assert abs(bad.reply_ts.notna().mean() - plan.reply_bad) < 4 * error + 0.01
    hours = (bad.reply_ts - bad.review_ts).dt.total_seconds().dropna() / 3600
    # P(log hours < log 24) with median 7 and spread 1 is the normal probability of 1.232.
    assert abs((hours < 24).mean() - 0.891) < 4 * np.sqrt(0.891 * 0.109 / len(hours)) + 0.01


def test_tickets_run_forward_and_end_with_the_period(business: Any, told: Kept) -> None:
    tickets = told.tickets
    assert tickets.open_ts.is_monotonic_increasing
    assert tickets.ticket_id.is_unique
    replied = tickets.dropna(subset=["first_reply_ts"])
    assert (replied.first_reply_ts > replied.open_ts).all()
    solved = tickets.dropna(subset=["close_ts"])
    assert (solved.close_ts > solved.first_reply_ts).all()
    end = pd.Timestamp(business.clock.last) + pd.Timedelta(days=1)
    assert tickets[["open_ts", "first_reply_ts", "close_ts"]].max().max() < end
    assert tickets.csat.notna().sum() > 0.35 * len(tickets)
    assert tickets.close_ts[tickets.csat.notna()].notna().all()
    waits = replied.first_reply_ts.dt.hour
    assert (waits[replied.open_ts.dt.hour < PLAN.tickets.opens] >= PLAN.tickets.opens).all()


def test_wait_grows_with_load_as_planted(told: Kept) -> None:
    """Least squares of log minutes on log load with a level per group, by day's tickets."""
    tickets = told.tickets
    tickets = tickets[tickets.open_ts.dt.hour >= PLAN.tickets.opens].dropna(
        subset=["first_reply_ts"]
    )
    days = told.latent("service_days")
    days["date"] = pd.to_datetime(days.date)
    joined = tickets.assign(date=tickets.open_ts.dt.normalize()).merge(
        days, on=["date", "service_group"]
    )
    # The last evening's late answers lie after the period and are not known.
    joined = joined[joined.date < joined.date.max() - pd.Timedelta(days=2)]
    minutes = (joined.first_reply_ts - joined.open_ts).dt.total_seconds() / 60
    groups = pd.get_dummies(joined.service_group)[list(PLAN.tickets.groups)]
    x = np.column_stack([np.log(joined.load), groups]).astype(float)
    y = np.log(minutes).to_numpy()
    beta, rss, *_ = np.linalg.lstsq(x, y, rcond=None)
    error = np.sqrt(np.diag(np.linalg.inv(x.T @ x)) * rss[0] / (len(y) - 4))
    assert near((beta[0], error[0]), PLAN.tickets.queue)
    for level, wrong, planted in zip(beta[1:], error[1:], PLAN.tickets.reply_minutes, strict=True):
        assert near((level, wrong), np.log(planted))
    # Answers within 20 seconds are none, which trims the spread by a hair.
    assert np.sqrt(rss[0] / len(y)) == pytest.approx(PLAN.tickets.reply_spread, rel=0.03)


def test_load_of_a_day_is_its_tickets_over_capacity(told: Kept) -> None:
    days = told.latent("service_days")
    count = told.tickets.groupby(
        [told.tickets.open_ts.dt.date, "service_group"], observed=True
    ).size()
    own = count.reindex(pd.MultiIndex.from_frame(days[["date", "service_group"]])).fillna(0)
    assert np.allclose(np.maximum(own.to_numpy(), 1) / days.capacity, days.load)


def test_great_sales_make_customers_wait(business: Any, told: Kept) -> None:
    tickets = told.tickets[told.tickets.service_group == "pre_sale"]
    day = (tickets.open_ts - pd.Timestamp(business.clock.first)).dt.days
    minutes = (tickets.first_reply_ts - tickets.open_ts).dt.total_seconds() / 60
    open_ = tickets.open_ts.dt.hour >= PLAN.tickets.opens
    great = business.clock.festival[day] > 2
    assert minutes[open_ & great].median() > 1.6 * minutes[open_ & ~great].median()


@pytest.mark.parametrize("least", [4, 5])
def test_satisfaction_falls_with_every_doubling_of_the_wait(told: Kept, least: int) -> None:
    tickets = told.tickets.dropna(subset=["csat"])
    hours = (tickets.first_reply_ts - tickets.open_ts).dt.total_seconds() / 3600
    found = logit(
        (tickets.csat >= least).to_numpy(float),
        {
            "slope": np.log2(np.maximum(hours / 0.25, 1)),
            "complaint": tickets.type == "complaint",
        },
    )
    plan = PLAN.tickets
    assert near(found["slope"], plan.slope)
    assert near(found["complaint"], plan.complaint)
    assert near(found["constant"], plan.cuts[least - 2])


def test_tickets_are_solved_faster_from_the_planted_date(business: Any, told: Kept) -> None:
    tickets = told.tickets.dropna(subset=["close_ts"])
    change = business.clock.first + pd.Timedelta(days=PLAN.tickets.solve_cut_at * 730)
    log = np.log((tickets.close_ts - tickets.first_reply_ts).dt.total_seconds())
    after = tickets.open_ts >= pd.Timestamp(change)
    for group in ("pre_sale", "after_sale"):
        own = tickets.service_group == group
        a, b = log[own & after], log[own & ~after]
        error = np.sqrt(a.var() / len(a) + b.var() / len(b))
        assert near((a.mean() - b.mean(), error), np.log(PLAN.tickets.solve_cut))


def test_late_orders_bring_complaints(business: Any, told: Kept) -> None:
    """Complaints about late orders over those without a flaw: the planted share."""
    lived = serve(business).lived
    flawed = np.zeros(len(business.orders), bool)
    flawed[business.lines.order[lived.flaw]] = True
    o = business.orders
    late = o.kept & o.late & ~flawed & (o.delivered >= 0)
    late &= o.delivered < business.clock.seconds - 10 * 86400
    tickets = pd.concat([told.tickets.type, told.latent("tickets").order_id], axis=1)
    about = tickets.order_id[tickets.type == "complaint"].str[1:].astype(int) - 1
    share = np.isin(np.flatnonzero(late), about).mean()
    planted = PLAN.tickets.complain_late
    assert abs(share - planted) < 4 * np.sqrt(planted * (1 - planted) / late.sum())


def test_drivers_of_nps_are_found(told: Kept) -> None:
    answers = told.nps.join(told.latent("nps"))
    years = (pd.to_datetime(answers.date) - pd.to_datetime(answers.date).min()).dt.days / 365.25
    for cut, least in enumerate((9, 7)):
        found = logit(
            (answers.score >= least).to_numpy(float),
            {name: answers[name] for name in ("late", "returned", "flaw", "unhappy")}
            | {"trend": years},
        )
        for name in ("late", "returned", "flaw", "unhappy", "trend"):
            assert near(found[name], getattr(PLAN.nps, name)), (name, found[name])
        # Years count from the first answer, a fortnight after the start.
        assert abs(found["constant"][0] - PLAN.nps.cuts[cut]) < 4 * found["constant"][1] + 0.02


def test_nps_is_that_of_a_decent_shop(told: Kept) -> None:
    score = told.nps.score
    assert score.between(0, 10).all()
    assert 32 < 100 * ((score >= 9).mean() - (score <= 6).mean()) < 48


def test_scores_stay_on_their_scale_and_follow_reviews(business: Any, told: Kept) -> None:
    scores = told.shop_scores
    best = scores.platform.map({"JD": 10.0, "Douyin": 100.0}).astype(float).fillna(5.0)
    assert (scores.score <= best).all()
    assert (scores.score > 0.8 * best).all()
    assert (scores.industry_score <= best).all()
    assert not scores.duplicated(["date", "platform", "dimension"]).any()
    assert len(scores) == 730 * 5 * 3
    # By hand for one day: last 60 days of Tmall's stars, and 25 answers at the industry's mean.
    seen = reviewed(told)
    order = seen.order_id.str[1:].astype(int).to_numpy() - 1
    day = pd.Timestamp(2026, 6, 30)
    recent = (seen.review_ts < day + pd.Timedelta(days=1)) & (
        seen.review_ts >= day - pd.Timedelta(days=59)
    )
    stars = seen.stars[recent & (business.orders.platform[order] == 0)]
    expected = (stars.sum() + 25 * 4.72) / (len(stars) + 25)
    row = scores[
        (pd.to_datetime(scores.date) == day)
        & (scores.platform == "Tmall")
        & (scores.dimension == "description")
    ]
    assert row.score.item() == pytest.approx(expected, abs=0.0051)


def test_incidents_keep_the_order_of_the_clock(told: Kept) -> None:
    rows = told.incidents
    assert 3 <= len(rows) <= 6
    assert rows.open_ts.is_monotonic_increasing
    assert (rows.open_ts < rows.respond_ts).all()
    assert (rows.respond_ts < rows.plan_ts).all()
    assert (rows.plan_ts < rows.close_ts).all()
    within = (rows.respond_ts - rows.open_ts) <= pd.Timedelta(hours=1)
    assert within.any()
    assert not within.all()


def test_same_shop_says_the_same_twice(business: Any, told: Kept) -> None:
    again = Kept()
    emit(business, again)
    pd.testing.assert_frame_equal(again.reviews, told.reviews)
    pd.testing.assert_frame_equal(again.tickets, told.tickets)
    assert again.facts == told.facts


def test_planted_numbers_stand_in_the_truth(told: Kept) -> None:
    facts = told.facts["service"]
    for part in ("reviews", "tickets", "nps"):
        assert facts[part] == asdict(PLAN)[part]


@pytest.mark.parametrize(("orders", "days", "end"), [(500, 60, date(2026, 5, 15))])
def test_small_shop_without_a_festival_works(orders: int, days: int, end: date) -> None:
    shop = run(setting_of("healthy", intervene=False), orders=orders, days=days, seed=5, end=end)
    sink = Kept()
    emit(shop, sink)
    assert {"reviews", "tickets", "nps", "shop_scores", "incidents"} == set(sink.parts)
    assert len(sink.reviews) > 20
    assert len(sink.tickets) > 50
