"""Visits and events of the demo shop: whole, in order, and silent about what is latent."""

import sys
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from opsbook.demo.clock import DAY, Clock
from opsbook.demo.plan import Plan
from opsbook.demo.scenarios import setting_of
from opsbook.demo.simulation import run
from opsbook.demo.visits import emit as emitting
from opsbook.demo.visits import incidents, order_factor, traffic
from opsbook.demo.visits.between import visit_values, visits_between
from opsbook.demo.visits.columns import visitor_ids, visitor_numbers
from opsbook.demo.visits.emit import emit
from opsbook.demo.visits.traffic import plan_traffic
from opsbook.demo.visits.visits import draw_visits
from opsbook.demo.write import shop_folder
from opsbook.shop.contract import contract

END = date(2026, 10, 31)
VITALS = ["load_ms", "lcp_ms", "fid_ms", "cls"]


class Kept:
    """A sink that keeps what it is given."""

    def __init__(self) -> None:
        self.rows: dict[str, list[pa.Table]] = {}

    def table(self, name: str, table: pa.Table) -> None:
        self.rows.setdefault(name, []).append(table)

    def truth(self, name: str, table: pa.Table) -> None:
        pass

    def fact(self, **facts: Any) -> None:
        pass

    def frame(self, name: str) -> pd.DataFrame:
        return pa.concat_tables(self.rows[name]).to_pandas()


def made(b: Any) -> Kept:
    kept = Kept()
    emit(b, kept)  # type: ignore[arg-type]
    return kept


@cache
def business(orders: int = 4000, days: int = 420, seed: int = 3) -> Any:
    return run(setting_of("healthy"), orders=orders, days=days, seed=seed, end=END)


@cache
def shop() -> Kept:
    return made(business())


@cache
def sessions() -> pd.DataFrame:
    return shop().frame("sessions")


@cache
def events() -> pd.DataFrame:
    return shop().frame("events")


@cache
def paths() -> pd.DataFrame:
    """Events of the visits of orders, with the order; found as an analyst would find them."""
    b = business()
    orders = pd.DataFrame(
        {
            "order": np.arange(len(b.orders)),
            "customer_id": [f"C{number:07d}" for number in b.orders.customer + 1],
            "placed": pd.to_datetime(b.clock.times(b.orders.placed)),
            "paid": pd.to_datetime(b.clock.times(b.orders.paid)),
            "device": np.array([d.name for d in b.plan.devices])[b.orders.device],
            "channel": np.array([c.name for c in b.plan.channels])[b.orders.channel],
        }
    )
    orders.loc[b.orders.paid < 0, "paid"] = pd.NaT
    checkout = events()[events().type == "checkout"].merge(sessions(), on="session_id")
    checkout = checkout[checkout.customer_id.notna()]
    kinds = {"customer_id": "object", "event_ts": "datetime64[us]"}
    checkout, orders = checkout.astype(kinds), orders.astype({"customer_id": "object"})
    found = pd.merge_asof(
        orders.sort_values("placed"),
        checkout[["customer_id", "event_ts", "session_id", "start_ts", "dwell_s"]].sort_values(
            "event_ts"
        ),
        left_on="placed",
        right_on="event_ts",
        by="customer_id",
        tolerance=pd.Timedelta(seconds=25),
    )
    return found.sort_values("order").reset_index(drop=True)


def test_every_order_has_a_visit_of_its_customer_that_begins_before_it() -> None:
    found = paths()
    assert found.session_id.notna().all()
    assert found.session_id.is_unique
    assert (found.start_ts < found.placed).all()
    assert (found.placed <= found.start_ts + pd.to_timedelta(found.dwell_s, "s")).all()
    own = found.merge(sessions(), on="session_id")
    assert (own.device_x == own.device_y.astype(str)).all()
    assert (own.channel_x == own.channel_y.astype(str)).all()
    assert not own.bounced.any()


def test_every_ordered_product_was_seen_and_put_into_the_cart_before_checkout() -> None:
    b = business()
    line = pd.DataFrame({"order": b.lines.order, "sku": b.lines.product + 1})
    line["sku"] = line.sku.map("P{:05d}".format)
    line = line.merge(paths()[["order", "session_id", "event_ts"]], on="order")
    own = events()[events().session_id.isin(line.session_id)].astype({"sku": str, "type": str})
    for type_ in ("view", "cart"):
        first = own[own.type == type_].groupby(["session_id", "sku"]).event_ts.min()
        line = line.merge(first.rename(type_).reset_index(), on=["session_id", "sku"], how="left")
    assert line.view.notna().all()
    assert (line.view < line.cart).all()
    assert (line.cart < line.event_ts).all()


def test_payment_is_seen_when_and_only_when_an_order_was_paid_in_its_visit() -> None:
    b = business()
    pay = events()[events().type == "pay"].set_index("session_id").event_ts
    assert pay.index.is_unique
    found = paths().set_index("session_id")
    delay = b.orders.paid - b.orders.placed
    soon = (b.orders.paid >= 0) & (delay <= 7200)
    assert set(pay.index) == set(found.index[soon])
    assert (pay == found.paid.reindex(pay.index)).all()
    assert soon.mean() > 0.9


def test_ids_are_unique_and_rise_with_time() -> None:
    for table, key, time in ((sessions(), "session_id", "start_ts"), (events(), "event_id", "")):
        assert table[key].is_unique
        assert table[key].is_monotonic_increasing
        if time:
            assert table[time].is_monotonic_increasing
    day = sessions().start_ts.dt.strftime("%y%m%d")
    assert (sessions().session_id.str[1:7] == day).all()
    assert (events().event_id.str[1:7] == events().session_id.str[1:7]).all()


def test_events_lie_within_their_visits_and_begin_with_a_view() -> None:
    rows = events().merge(sessions(), on="session_id", how="left")
    assert rows.start_ts.notna().all()
    second = pd.Timedelta(seconds=2)
    assert (rows.event_ts >= rows.start_ts).all()
    assert (rows.event_ts <= rows.start_ts + pd.to_timedelta(rows.dwell_s, "s") + second).all()
    assert (rows.groupby("session_id").event_ts.diff().dropna() > pd.Timedelta(0)).all()
    opening = rows.groupby("session_id").first()
    assert len(opening) == len(sessions())
    assert (opening.type == "view").all()
    assert (opening.event_ts == opening.start_ts).all()
    assert (opening.page.astype(str) == opening.landing_page.astype(str)).all()
    end = pd.Timestamp(END) + pd.Timedelta(days=1)
    assert rows.event_ts.max() < end
    assert (sessions().start_ts + pd.to_timedelta(sessions().dwell_s, "s")).max() <= end


def test_a_visit_bounces_when_it_is_one_view_and_stays_otherwise_mostly() -> None:
    number = events().groupby("session_id").size().reindex(sessions().session_id).to_numpy()
    bounced = sessions().bounced.to_numpy()
    assert (number[bounced] == 1).all()
    assert 0.42 < bounced.mean() < 0.48
    assert sessions().dwell_s[bounced].median() < sessions().dwell_s[~bounced].median() / 3
    assert 2.3 < number.mean() < 3.5


def test_a_funnel_never_widens() -> None:
    steps = [events()[events().type == "view"]]
    steps[0] = steps[0][steps[0].sku.notna()]
    steps += [events()[events().type == step] for step in ("cart", "checkout", "pay")]
    reached = [set(step.session_id) for step in steps]
    assert all(later <= earlier for earlier, later in pairwise(reached))


def test_products_concern_products_and_pages_do_not() -> None:
    with_sku = events().groupby("type", observed=True).sku.agg(lambda s: s.notna().mean())
    for type_ in ("cart", "favourite", "share", "impression"):
        assert with_sku[type_] == 1.0
    for type_ in ("search", "checkout", "pay", "login", "sign_in"):
        assert with_sku[type_] == 0.0
    view = events()[events().type == "view"]
    assert (view.sku.notna() == (view.page == "product")).all()
    assert (events()[events().type == "search"].page == "search").all()


def test_nobody_is_logged_in_before_registration() -> None:
    b = business()
    known = sessions()[sessions().customer_id.notna()]
    signup = b.people.signup[known.customer_id.astype(str).str[1:].astype(int).to_numpy() - 1]
    day = (known.start_ts - pd.Timestamp(b.clock.first)).dt.days
    assert (signup <= day).all()
    account = events()[events().type.isin(["login", "sign_in"])]
    assert account.session_id.isin(known.session_id).all()
    assert len(account) > 100


def test_check_in_is_daily() -> None:
    checks = events()[events().type == "sign_in"].merge(sessions(), on="session_id")
    assert len(checks) > 20
    assert (
        not pd.DataFrame({"customer": checks.customer_id, "day": checks.start_ts.dt.date})
        .duplicated()
        .any()
    )


def test_a_customer_is_one_visitor_and_a_cookie_one_device() -> None:
    rows = sessions()
    known = rows[rows.customer_id.notna()]
    assert known.groupby("customer_id").visitor_id.nunique().max() == 1
    assert known.groupby("visitor_id").customer_id.nunique().max() == 1
    stranger = rows[~rows.visitor_id.isin(known.visitor_id)]
    assert stranger.groupby("visitor_id").device.nunique().max() == 1
    # Who has been there lately makes 28 % of anonymous visits, fewer in the first weeks.
    assert 1 - stranger.visitor_id.nunique() / len(stranger) == pytest.approx(0.27, abs=0.02)


def test_buyers_come_before_they_buy() -> None:
    """0.8 earlier visits per order within three weeks, cut at the beginning of the period."""
    b = business()
    late = b.orders.placed >= 30 * DAY
    number = 0
    early = visits_between(b, 0, b.clock.days - 1)
    number = ((early.later >= 0) & late[np.maximum(early.later, 0)]).sum()
    assert number == pytest.approx(0.8 * late.sum(), abs=4 * np.sqrt(0.8 * late.sum()))
    assert len(set(early.channel[early.later >= 0])) == len(b.plan.channels)


def test_campaigns_bring_visits_to_their_page_and_by_advertising() -> None:
    brought = sessions()[sessions().campaign_id.notna()]
    assert set(brought.source_class.astype(str)) == {"event", "paid"}
    b = business()
    span = {c.id: (c.first, c.end) for c in b.campaigns}
    day = (brought.start_ts - pd.Timestamp(b.clock.first)).dt.days
    first, last = np.array([span[c] for c in brought.campaign_id.astype(str)]).T
    # An order belongs to a campaign's last day though its visit begins before midnight.
    assert ((day >= first - 1) & (day <= last)).all()


def test_visitor_numbers_are_one_to_one_and_fit_nine_digits() -> None:
    number = visitor_numbers(np.arange(2_000_000))
    assert len(np.unique(number)) == 2_000_000
    assert number.min() >= 0
    assert number.max() < 10**9


def test_visitor_ids_do_not_tell_who_buys() -> None:
    """Rank correlations of n unrelated pairs have a standard error of 1/sqrt(n)."""
    visitors = sessions().groupby("visitor_id").customer_id.agg(lambda s: s.notna().any())
    number = visitors.index.str[1:].astype(int).to_series().rank().to_numpy()
    bound = 4 / np.sqrt(len(visitors))
    assert abs(np.corrcoef(number, visitors.to_numpy(np.float64))[0, 1]) < bound
    first = sessions().drop_duplicates("visitor_id").visitor_id.str[1:].astype(int)
    assert abs(np.corrcoef(first.rank(), np.arange(len(first)))[0, 1]) < bound
    # Nor does the last digit, nor where a visitor stands beside another.
    buys = visitors.to_numpy(np.float64)
    assert abs(np.corrcoef(buys[1:], buys[:-1])[0, 1]) < bound


def test_chunks_can_be_made_in_any_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traffic, "_CHUNK", 20_000)
    b = business()
    plan = plan_traffic(b)
    chunks = len(plan.edges) - 1
    assert chunks > 4
    backwards = [draw_visits(b, plan, chunk) for chunk in reversed(range(chunks))][::-1]
    start = np.concatenate([part.start for part in backwards])
    assert (np.diff(start) >= 0).all()
    again = visits_between(b, 100, 130, plan)
    inside = (start // DAY >= 100) & (start // DAY <= 130)
    visitor = np.concatenate([part.visitor for part in backwards])
    assert (again.start == start[inside]).all()
    assert (again.visitor == visitor[inside]).all()
    order = np.concatenate([part.order for part in backwards])
    assert (np.sort(order[order >= 0]) == np.arange(len(b.orders))).all()
    later = np.concatenate([part.later for part in backwards])
    assert np.bincount(later[later >= 0]).max() <= 6


def test_visits_made_again_are_those_of_the_table() -> None:
    b = business()
    again = visits_between(b, 50, 60)
    day = (sessions().start_ts - pd.Timestamp(b.clock.first)).dt.days
    rows = sessions()[day.between(50, 60)]
    assert rows.visitor_id.tolist() == visitor_ids(again.visitor).to_pylist()
    value = visit_values(b, again)
    order = again.order[again.order >= 0]
    assert value.sum() == pytest.approx(b.lines.amount[np.isin(b.lines.order, order)].sum())
    assert (value[again.order < 0] == 0).all()


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")
def test_parts_written_by_several_processes_hold_the_same_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traffic, "_CHUNK", 20_000)
    b = business()
    alone = made(b)
    monkeypatch.setattr(emitting, "_PARTS_FROM", 2)
    with shop_folder(tmp_path / "shop") as sink:
        emit(b, sink)
    for name in ("sessions", "events"):
        files = sorted((tmp_path / "shop" / name).iterdir())
        assert len(files) > 4
        together = pd.concat([pq.read_table(file).to_pandas() for file in files])
        one = alone.frame(name)
        assert len(together) == len(one)
        for column in one.columns:
            left, right = (frame[column].astype(object).fillna("") for frame in (together, one))
            assert left.tolist() == right.tolist(), column


def test_same_seed_same_rows_and_another_seed_others() -> None:
    b = business(600, 90, 8)
    one, two = made(b).frame("events"), made(b).frame("events")
    pd.testing.assert_frame_equal(one, two)
    other = made(replace(b, seed=9)).frame("events")
    assert len(other) != len(one)


def test_sample_keeps_all_visits_and_events_of_a_tenth_of_visitors() -> None:
    b = business()
    sample = made(replace(b, events="sample"))
    some, whole = sample.frame("sessions"), sessions()
    visitors = set(some.visitor_id)
    kept = whole[whole.visitor_id.isin(visitors)]
    assert some.visitor_id.tolist() == kept.visitor_id.tolist()
    assert some.start_ts.tolist() == kept.start_ts.tolist()
    share = len(visitors) / whole.visitor_id.nunique()
    assert share == pytest.approx(0.1, abs=4 * np.sqrt(0.09 / whole.visitor_id.nunique()))
    assert set(sample.frame("events").session_id) == set(some.session_id)
    # Rates are those of the shop; the error counts that visits of one visitor are alike.
    paid = events().session_id[events().type == "pay"]
    flags = kept.assign(pays=kept.session_id.isin(paid)).groupby("visitor_id")
    sums = flags[["pays", "bounced"]].sum().assign(visits=flags.size())
    for rate, of_shop in (("pays", len(paid) / len(whole)), ("bounced", whole.bounced.mean())):
        error = np.sqrt(((sums[rate] - of_shop * sums.visits) ** 2).sum()) / len(kept)
        assert sums[rate].sum() / len(kept) == pytest.approx(of_shop, abs=3.5 * error)


def test_without_events_all_visits_are_kept() -> None:
    kept = made(replace(business(), events="none"))
    assert set(kept.rows) == {"sessions"}
    pd.testing.assert_frame_equal(kept.frame("sessions"), sessions())


def test_smallest_shop_has_visits_too() -> None:
    b = business(500, 60, 4)
    assert incidents(b.plan, b.clock) == ()
    rows = made(b).frame("sessions")
    assert len(b.orders) / len(rows) == pytest.approx(0.032, abs=0.008)
    assert rows[VITALS].notna().all().all()


def test_columns_and_words_are_those_of_the_contract() -> None:
    for name, frame in (("sessions", sessions()), ("events", events())):
        columns = contract()[name].columns
        assert list(frame.columns) == [column.name for column in columns]
        for column in columns:
            if column.choices:
                assert set(frame[column.name].astype(str)) <= set(column.choices)
            if column.required:
                assert frame[column.name].notna().all()
    assert set(events().type.astype(str)) == set(contract()["events"].column("type").choices)


@pytest.mark.parametrize("days", [200, 365, 420, 730])
def test_incidents_keep_away_from_festivals_and_from_each_other(days: int) -> None:
    clock = Clock(END - timedelta(days=days - 1), days)
    found = incidents(Plan(), clock)
    assert [i.step for i in found] == ["cart", "pay", "view"]
    for incident in found:
        assert (clock.festival[incident.first - 3 : incident.last + 4] == 1).all()
    assert all(b.first - a.last > 20 for a, b in pairwise(found))
    hit = order_factor(Plan(), clock) < 1
    assert hit.sum() == 7 + 4 + 7


def test_short_periods_have_no_incidents() -> None:
    clock = Clock(END - timedelta(days=198), 199)
    assert incidents(Plan(), clock) == ()
    assert (order_factor(Plan(), clock) == 1).all()
