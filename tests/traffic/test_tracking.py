"""Tracking: lost events are told from lost visitors, rows at fault are counted and named."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from visit_shops import START, on_days, opened, walked

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import speaking
from opsbook.shop.periods import Period
from opsbook.traffic.faults import Fault, Faults
from opsbook.traffic.paid_unseen import paid_in_visit
from opsbook.traffic.tracking import tracking, verdict_of
from opsbook.traffic.tracking_chart import (
    gaps_table,
    plot_gaps,
    rows_table,
    steps_table,
    tracking_words,
)
from opsbook.traffic.tracking_findings import tracking_findings
from opsbook.traffic.tracking_gaps import find_gaps
from opsbook.traffic.tracking_rows import ROW_FAULTS, fault_rows, row_faults

FIRST = START.date()
WHOLE = Period(FIRST, FIRST + timedelta(days=98))


def at(day: int) -> date:
    return FIRST + timedelta(days=day)


def cube(seed, days=120, festival=1.0):
    """Daily counts of three devices whose days vary more than chance."""
    rng = np.random.default_rng(seed)
    season = np.where((np.arange(days) % 40) < 5, festival, 1.0) * rng.gamma(60, 1 / 60, days)
    parts = []
    for device, size in (("mobile", 800), ("desktop", 150), ("tablet", 40)):
        visits = rng.poisson(size * rng.gamma(40, 1 / 40, days))
        cart = rng.binomial(visits, np.clip(0.11 * season * rng.gamma(150, 1 / 150, days), 0, 1))
        parts.append(
            pd.DataFrame(
                {
                    "date": pd.date_range(START, periods=days), "device": device,
                    "visits": visits, "product_view": visits, "cart": cart,
                    "search": rng.binomial(visits, 0.08), "pay": rng.binomial(cart, 0.3),
                }
            )
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


EVENTS = ["cart", "search", "pay"]


def test_shops_without_gaps_give_none_through_festivals():
    found = [g for seed in range(12) for g in find_gaps(cube(seed, festival=1.8), EVENTS)]
    assert not found


def test_a_gap_of_one_device_is_found_on_its_days():
    days = cube(3)
    hit = (days["device"] == "desktop") & days["date"].between(
        pd.Timestamp(at(60)), pd.Timestamp(at(66))
    )
    days.loc[hit, "cart"] = (days.loc[hit, "cart"] * 0.3).astype(int)
    (gap,) = find_gaps(days, ["cart", "search"])
    assert (gap.event, gap.device) == ("cart", "desktop")
    assert abs((gap.first - at(60)).days) <= 1
    assert abs((gap.last - at(66)).days) <= 1
    assert gap.low < 0.3 < gap.high


def test_an_event_gone_on_all_devices_is_found_once():
    days = cube(4)
    hit = days["date"].between(pd.Timestamp(at(80)), pd.Timestamp(at(82)))
    days.loc[hit, "search"] = 0
    (gap,) = find_gaps(days, EVENTS)
    assert (gap.event, gap.device, gap.first, gap.last) == ("search", "", at(80), at(82))


def test_a_rise_on_one_device_is_no_gap_of_the_others():
    days = cube(5)
    hit = (days["device"] == "mobile") & days["date"].between(
        pd.Timestamp(at(60)), pd.Timestamp(at(70))
    )
    days.loc[hit, "search"] *= 2
    assert not find_gaps(days, ["search"])


def test_below_six_weeks_nothing_is_said():
    days = cube(6, days=41)
    days.loc[days["date"] > pd.Timestamp(at(35)), "cart"] = 0
    assert find_gaps(days, EVENTS) == []
    assert find_gaps(days.head(0), EVENTS) == []


def test_a_healthy_shop_can_be_trusted():
    found = tracking(opened(walked()), WHOLE)
    assert found.healthy
    assert not found.rows["rows"].any()
    assert not found.steps["lacking"].any()
    assert found.unseen == 0
    assert found.orders == len(walked()["orders"])
    assert tracking_findings(found) == []
    assert "can be trusted" in tracking_words(found)


def test_lost_checkout_events_are_a_fault_because_payments_went_on():
    tables = walked()
    events = tables["events"]
    lost = on_days(events, 70, 76, "mobile") & (events["type"] == "checkout")
    found = tracking(opened({**tables, "events": events[~lost]}), WHOLE)
    (fault,) = found.faults
    assert (fault.event, fault.device, fault.verdict) == ("checkout", "mobile", "fault")
    assert (fault.first, fault.last) == (at(70), at(76))
    assert fault.seen == 0
    assert fault.later_without == fault.later > 0
    with speaking("zh"):
        assert plot_gaps(found).title and gaps_table(found).html()
    assert tracking_findings(found)[0].confidence == "high"


def test_visitors_who_stop_filling_carts_are_an_incident_and_no_fault():
    tables = walked()
    events = tables["events"]
    after = events["type"].isin(["cart", "checkout", "pay"])
    gone = on_days(events, 70, 76, "mobile") & after
    # Nine in ten of these visits went no further: nothing of them is there, nor an order.
    stop = events["session_id"].str[-1] != "7"
    stopped = set(events[gone & stop]["session_id"].str.replace("s", "c"))
    orders = tables["orders"]
    orders = orders[~orders["customer_id"].isin(stopped)]
    shop = opened({**tables, "events": events[~(gone & stop)], "orders": orders})
    found = tracking(shop, WHOLE)
    cart = next(f for f in found.faults if f.event == "cart")
    assert cart.verdict == "incident"
    assert not [f for f in found.in_period if f.verdict == "fault"]
    assert not found.faults.touching("cart", at(70), at(76))
    assert found.faults.touching("cart", at(70), at(76), verdicts=("incident",))
    assert "no event was lost" in plot_gaps(found).title or found.in_period


def test_lost_payment_events_are_told_by_the_orders():
    tables = walked()
    events = tables["events"]
    lost = on_days(events, 70, 76, "mobile") & (events["type"] == "pay")
    shop = opened({**tables, "events": events[~lost]})
    found = tracking(shop, WHOLE)
    (fault,) = found.faults
    assert (fault.event, fault.device, fault.verdict) == ("pay", "mobile", "fault")
    assert found.unseen == int(lost.sum())
    orders = paid_in_visit(shop, WHOLE)
    assert int(orders.filter(orders.seen == 0).count().execute()) == found.unseen
    assert set(orders.filter(orders.seen == 0).device.execute()) == {"mobile"}


def test_orders_without_a_visit_prove_nothing():
    tables = walked(days=50)
    till = (
        tables["orders"]
        .head(40)
        .assign(order_id=[f"t{i}" for i in range(40)], customer_id=[f"k{i}" for i in range(40)])
    )
    shop = opened({**tables, "orders": pd.concat([tables["orders"], till])})
    found = tracking(shop, Period(FIRST, at(50)))
    assert found.orders == len(tables["orders"])
    assert found.unseen == 0


def test_silence_of_all_events_is_a_fault_of_the_page_views():
    tables = walked()
    events = tables["events"]
    kept = events[~on_days(events, 80, 82, "desktop")]
    found = tracking(opened({**tables, "events": kept}), WHOLE)
    views = [f for f in found.faults if f.event == "view"]
    assert [(f.device, f.verdict) for f in views] == [("desktop", "fault")]
    assert found.faults.touching("product_view", at(81), at(81), "desktop")
    assert not found.faults.touching("product_view", at(81), at(81), "mobile")
    assert {f.verdict for f in found.faults} == {"fault"}
    rows = found.rows.set_index("kind")["rows"]
    assert rows["silent_visit"] == on_days(tables["sessions"], 80, 82, "desktop").sum()


def spoilt():
    tables = walked(days=50)
    events, sessions = tables["events"], tables["sessions"]
    none = pd.Timedelta(0)
    early = events.iloc[10:13].assign(shift=pd.Timedelta(hours=-3))
    late = events.iloc[20:24].assign(shift=pd.Timedelta(hours=30))
    moved = pd.concat([early, late])
    events = events.assign(
        event_ts=events["event_ts"] + moved["shift"].reindex(events.index, fill_value=none)
    )
    events.loc[events.index[30:32], "session_id"] = "nobody"
    events.loc[events.index[40:60], "type"] = "swipe"
    events = pd.concat([events, events.iloc[100:105], events.iloc[100:101]])
    return opened(
        {**tables, "events": events, "sessions": pd.concat([sessions, sessions.iloc[5:7]])}
    )


def test_rows_at_fault_are_counted_and_the_lists_reconcile():
    shop, period = spoilt(), Period(FIRST, at(50))
    rows = row_faults(shop, period).set_index("kind")["rows"]
    assert rows["repeated_event"] == 6
    assert rows["repeated_visit"] == 2
    assert rows["orphan_event"] == 2
    assert rows["early_event"] == 3
    assert rows["late_event"] == 4
    assert rows["unknown_type"] == 20
    for kind in ROW_FAULTS:
        listed = fault_rows(shop, period, kind).execute()
        more = listed["times"].sum() - len(listed) if "times" in listed else len(listed)
        assert more == rows[kind], kind
    with pytest.raises(ParameterError, match="kind"):
        fault_rows(shop, period, "ugly")


def test_rows_at_fault_ask_for_a_repair():
    found = tracking(spoilt(), Period(FIRST, at(50)))
    (note,) = [n for n in tracking_findings(found) if "rows are" in n.statement]
    assert note.money is None
    assert note.chapter == "traffic/D32-tracking"
    assert "nan" not in rows_table(found).html().lower().replace("nanum", "")
    assert steps_table(found).html()


def test_a_verdict_needs_proof():
    assert verdict_of(0.7, 0, 0, 0.0) == "unclear"
    assert verdict_of(0.3, 3, 0, 0.1) == "unclear"
    assert verdict_of(0.7, 30, 3, 0.1) == "incident"
    assert verdict_of(0.7, 30, 22, 0.1) == "fault"


def test_faults_answer_by_event_days_and_device():
    one = Fault("cart", "desktop", at(3), at(5), 9, 1, 5.0, 0.0, 0.5, "fault", 4, 4, 0.0)
    every = Fault("pay", "", at(3), at(5), 9, 1, 5.0, 0.0, 0.5, "unclear", 0, 0, 0.0)
    faults = Faults((one, every), at(0), at(9))
    assert faults.touching("cart", at(5), at(9)) == (one,)
    assert faults.touching("cart", at(6), at(9)) == ()
    assert faults.touching("cart", at(0), at(9), "mobile") == ()
    assert faults.touching("pay", at(0), at(9), "mobile") == (every,)
    assert len(faults) == 2


def test_odd_shops_are_told_in_words():
    tables = walked(days=3)
    with pytest.raises(CannotTell, match=r"sessions"):
        tracking(opened({k: v for k, v in tables.items() if k != "sessions"}), WHOLE)
    with pytest.raises(CannotTell, match="no visit"):
        tracking(opened(tables), Period(at(50), at(60)))
    with pytest.raises(ParameterError, match="history_weeks"):
        tracking(opened(tables), WHOLE, history_weeks=-1)


def test_a_shop_without_devices_orders_or_times_still_gets_an_answer():
    tables = walked(days=50)
    events = tables["events"].assign(event_ts=START)
    sessions = tables["sessions"].drop(columns=["device", "customer_id"]).assign(start_ts=START)
    found = tracking(opened({"events": events, "sessions": sessions}), Period(FIRST, at(1)))
    assert found.orders is None
    assert "no customer" in tracking_words(found)
    assert "six weeks" in tracking_words(found)
    assert len(found.faults) == 0


@pytest.mark.slow
def test_planted_dirt_is_found_and_clean_shops_are_not_accused(tmp_path):
    import opsbook
    from opsbook.demo.build import simulate
    from opsbook.shop.periods import data_days

    for seed in (1, 2, 3, 4):
        shop = opsbook.open_shop(simulate(tmp_path / f"clean{seed}", orders=3000, seed=seed))
        found = tracking(shop, data_days(shop))
        assert not found.rows["rows"].any()
        assert not [f for f in found.faults if f.verdict == "fault"]
    folder = simulate(tmp_path / "dirty", orders=3000, seed=1, dirt=True)
    dirt = pd.read_parquet(folder / "truth" / "dirt.parquet")
    planted = dirt[dirt["table"] == "events"].groupby("kind").size()
    shop = opsbook.open_shop(folder)
    rows = row_faults(shop, data_days(shop)).set_index("kind")["rows"]
    assert rows["repeated_event"] == planted["duplicate_row"] + planted["duplicate_key"]
    assert rows["unread"] == planted["missing_id"]
    assert rows["unknown_type"] == planted["unknown_word"]
    # A visit whose own time was soiled takes all of its events along.
    moved = dirt[(dirt["table"] == "sessions") & (dirt["column"] == "start_ts")]
    visits = pd.read_parquet(folder / "sessions.parquet", columns=["session_id"])["session_id"]
    sent = pd.read_parquet(folder / "events.parquet", columns=["session_id"])["session_id"]
    taken = {
        kind: sent.isin(visits.iloc[part["row"]]).sum() for kind, part in moved.groupby("kind")
    }
    early = planted["clock_behind"] + planted["year_1970"] + taken["in_future"]
    late = planted["late_event"] + planted["in_future"] + taken["year_1970"]
    assert rows["early_event"] == pytest.approx(early, rel=0.03)
    assert rows["late_event"] == pytest.approx(late, rel=0.03)
