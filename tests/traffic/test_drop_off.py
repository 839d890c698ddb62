"""Drop-off in money: against the past, the other devices, and the faults."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from made_shop import shop_of
from opsbook.errors import CannotTell, ParameterError
from opsbook.shop.periods import Period
from opsbook.shop.shop import Shop
from opsbook.traffic.drop_off import DropOff, drop_off
from opsbook.traffic.drop_off_chart import plot_devices, plot_faults, plot_steps
from opsbook.traffic.drop_off_table import drop_off_table, faults_table
from opsbook.traffic.funnel_findings import drop_off_findings
from opsbook.traffic.step_days import step_days
from opsbook.traffic.step_rates import clustered_share, corrected

FIRST = pd.Timestamp("2026-01-01 10:00")
PERIOD = Period(date(2026, 1, 8), date(2026, 1, 15))
KINDS = ("view", "cart", "checkout", "pay")


def made(*, costs: bool = True, visits: int = 60, days: int = 14) -> Shop:
    """Every day 40 mobile and 20 desktop visits; of their carts a quarter and a half go on."""
    sessions, events = [], []
    for day in range(days):
        for n in range(visits):
            device = "mobile" if n % 3 else "desktop"
            # Every visit views; every second one fills a cart; then the device decides.
            depth = 1 + (n % 2 == 0)
            if depth == 2 and n % (4 if device == "desktop" else 8) == 0:
                depth = 4
            at = FIRST + pd.Timedelta(days=day, minutes=n)
            name = f"s{day}-{n}"
            sessions.append((name, f"v{name}", at, device))
            for step in range(depth):
                events.append((name, KINDS[step], at + pd.Timedelta(seconds=step), "P1"))
    frames = {
        "sessions": pd.DataFrame(
            sessions, columns=["session_id", "visitor_id", "start_ts", "device"]
        ),
        "events": pd.DataFrame(events, columns=["session_id", "type", "event_ts", "sku"]),
    }
    frames["events"]["event_id"] = [str(n) for n in range(len(events))]
    paid = frames["events"][frames["events"]["type"] == "pay"]
    frames["orders"] = pd.DataFrame(
        {"order_id": "o" + paid["event_id"], "order_ts": paid["event_ts"]}
    )
    lines = frames["orders"][["order_id"]].assign(
        line_id="1", sku="P1", qty=1, paid_price=100.0, paid_amount=100.0
    )
    frames["order_lines"] = lines.assign(unit_cost=60.0) if costs else lines
    return shop_of(**frames)


@pytest.fixture(scope="module")
def found() -> DropOff:
    return drop_off(made(), PERIOD, fewest=30)


def test_visits_and_steps_by_day_reconcile():
    days = step_days(made())
    assert len(days) == 2 * 14
    day = days[days["date"] == "2026-01-05"].set_index("group")
    # 20 desktop visits (n = 0, 3 ... 57): 10 even, 5 of them multiples of 4 (and of 12).
    assert day.loc["desktop", "step_0":"step_4"].tolist() == [20, 20, 10, 5, 5]
    # 40 mobile visits: 20 even; multiples of 8 that are none of 3: 8, 16, 32, 40, 56.
    assert day.loc["mobile", "step_0":"step_4"].tolist() == [40, 40, 20, 5, 5]


def test_rates_of_the_period_and_of_all_devices(found):
    rows = found.of().set_index("step")
    assert rows["before"].tolist() == [420, 420, 210, 70]
    assert rows["reached"].tolist() == [420, 210, 70, 70]
    assert rows["rate"].tolist() == pytest.approx([1, 0.5, 1 / 3, 1])
    assert ((rows["low"] <= rows["rate"]) & (rows["rate"] <= rows["high"])).all()
    assert found.groups == ["mobile", "desktop"]


def test_a_paying_visit_is_worth_its_margin_else_its_sales(found):
    assert found.worth.amount == pytest.approx(40)
    assert found.worth.basis == "margin"
    sales = drop_off(made(costs=False), PERIOD, fewest=30).worth
    assert (sales.amount, sales.basis) == (pytest.approx(100), "sales")


def test_money_of_the_device_that_lags_behind(found):
    rows = found.of("mobile").set_index("step")
    # 140 mobile carts, a quarter goes on, on desktop a half; all who go on pay: 35 x 40.
    assert rows.loc[3, "peer"] == "desktop"
    assert rows.loc[3, "peer_money"] == pytest.approx(140 * 0.25 * 40)
    # All lost at the step, had they gone on like the others: 105 x 40.
    assert rows.loc[3, "loss_money"] == pytest.approx(105 * 40)
    (note,) = drop_off_findings(found)
    assert note.money == pytest.approx(1400)
    assert "mobile" in note.statement
    assert "desktop" in note.statement
    assert note.chapter == "traffic/D01-funnel"


def test_a_finding_on_broken_tracking_says_so(found):
    asked = []

    def doubts(kind, days, device):
        asked.append((kind, days, device))
        return "checkout events are missing on 9 January"

    (note,) = drop_off_findings(found, doubts=doubts)
    assert asked == [("checkout", PERIOD, "mobile")]
    assert "missing on 9 January" in note.evidence
    assert note.confidence == "low"
    (sound,) = drop_off_findings(found, doubts=lambda *_: "")
    assert "missing" not in sound.evidence


def test_the_period_before_is_the_past_where_a_year_is_not_known(found):
    assert found.past == Period(date(2026, 1, 1), date(2026, 1, 8))
    assert not found.a_year
    assert found.of()["past_change"].abs().max() == pytest.approx(0)
    assert not (found.of()["past_p"] < 0.9).any()


def test_without_a_past_nothing_is_compared():
    whole = drop_off(made(), Period(date(2026, 1, 1), date(2026, 1, 15)), fewest=30)
    assert whole.past is None
    assert whole.steps["past_change"].isna().all()


def test_days_are_the_clusters_of_a_share():
    # Two days of 10 visits, 2 and 8 of them: 0.5; residuals -3, 3; sqrt(18) / 20 x sqrt(2).
    rate, error = clustered_share(np.array([10.0, 10.0]), np.array([2.0, 8.0]))
    assert rate == 0.5
    assert error == pytest.approx(18**0.5 / 20 * 2**0.5)


def test_many_comparisons_are_corrected_and_missing_ones_stay_missing():
    found = corrected(np.array([0.01, np.nan, 0.04]))
    assert found[[0, 2]].tolist() == pytest.approx([0.02, 0.04])
    assert np.isnan(found[1])


def test_figures_and_tables_stand_without_faults(found):
    for chart in (plot_steps(found), plot_devices(found), plot_faults(found)):
        assert "nan" not in chart.svg() + chart.title + chart.alt
    assert "75" in plot_devices(found).title or "25" in plot_devices(found).title
    assert len(faults_table(found).frame) == 0
    assert "1,400" in drop_off_table(found).html()


def test_nobody_pays_is_said_without_money():
    shop = made()
    events = shop.events.execute()
    none = shop_of(
        sessions=shop.sessions.execute(),
        events=events[events["type"].isin(["view", "cart"])],
        orders=shop.orders.execute(),
        order_lines=shop.order_lines.execute(),
    )
    found = drop_off(none, PERIOD, fewest=30)
    assert found.worth.basis == "none"
    assert all(note.money is None for note in drop_off_findings(found))
    assert "nan" not in drop_off_table(found).html()
    assert plot_steps(found).title


def test_a_shop_that_sold_nothing_has_a_funnel_without_money():
    shop = made()
    orders = shop.orders.execute().iloc[:0]
    found = drop_off(
        shop_of(sessions=shop.sessions.execute(), events=shop.events.execute(), orders=orders),
        PERIOD,
        fewest=30,
    )
    assert found.of()["reached"].tolist() == [420, 210, 70, 70]
    assert found.worth.basis == "none"
    assert "no amounts" in drop_off_table(found).note


def test_what_is_missing_or_out_of_range_is_said():
    with pytest.raises(CannotTell, match="sessions"):
        drop_off(shop_of(orders=made().orders.execute()), PERIOD)
    with pytest.raises(CannotTell, match="product view"):
        drop_off(made(), Period(date(2027, 1, 8), date(2027, 1, 15)))
    with pytest.raises(ParameterError, match="fewest"):
        drop_off(made(), PERIOD, fewest=3)
