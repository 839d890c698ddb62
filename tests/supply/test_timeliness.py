"""Dispatch and delivery counted by hand."""

from datetime import date

import pytest
from service_shop import at, orders, parcels

from made_shop import shop_of
from opsbook.errors import CannotTell, ParameterError
from opsbook.language import speaking
from opsbook.shop.periods import Period
from opsbook.supply.timeliness import timeliness
from opsbook.supply.timeliness_chart import (
    groups_table,
    hours_table,
    plot_punctuality,
    punctuality_table,
    timeliness_words,
)
from opsbook.supply.timeliness_findings import timeliness_findings

WEEK = Period(date(2025, 1, 6), date(2025, 1, 13))


def one_week(sent, **more):
    ids = sorted({r["order_id"] for r in sent} | set(more.get("extra", {})))
    when = more.get("when", {})
    made = orders([{"order_id": o, "order_ts": at(when.get(o, 0.0)), "region": "east",
                    **more.get("extra", {}).get(o, {})} for o in ids])  # fmt: skip
    return shop_of(orders=made, shipments=parcels(sent))


def parcel(order, ship, door=None, promise=3.0, **more):
    return {
        "order_id": order, "ship_ts": at(ship), "deliver_ts": None if door is None else at(door),
        "promised_ts": None if promise is None else at(promise), **more,
    }  # fmt: skip


def test_limits_and_promises_are_counted():
    shop = one_week([parcel("a", 0.5, 2), parcel("b", 1.5, 2.5), parcel("c", 2.5, 5)])
    found = timeliness(shop, WEEK)
    shares = found.shares.set_index("measure")
    assert shares.loc["ship_short", ["hits", "cases"]].tolist() == [1, 3]
    assert shares.loc["ship_long", ["hits", "cases"]].tolist() == [2, 3]
    assert shares.loc["order_promise", ["hits", "cases"]].tolist() == [2, 3]
    assert (found.late, found.late_sent_late, found.payout) == (1, 1, 5.0)


def test_a_parcel_under_way_is_open_until_its_promise_is_over():
    early = parcel("early", 1, 2, promise=9.0)
    waiting = parcel("waiting", 1, None, promise=9.0)
    overdue = parcel("overdue", 1, None, promise=5.0)
    found = timeliness(one_week([early, waiting, overdue]), WEEK)
    promise = found.share("parcel_promise")
    assert (promise["hits"], promise["cases"], promise["open"]) == (0, 1, 2)


def test_what_comes_after_the_end_is_not_known():
    shop = one_week([parcel("a", 1, 9, promise=8.0), parcel("b", 8, 9, promise=9.5)])
    now = timeliness(shop, WEEK)
    later = timeliness(shop, WEEK, known=date(2025, 2, 1))
    assert now.share("order_promise")["cases"] == 0
    assert now.share("ship_long")["hits"] == 1
    assert later.share("order_promise")[["hits", "cases"]].tolist() == [1, 2]


def test_an_order_is_late_when_one_of_its_parcels_is():
    found = timeliness(one_week([parcel("a", 1, 2), parcel("a", 1, 4)]), WEEK)
    assert found.late == 1 and found.several == 1
    assert found.share("parcel_promise")["hits"] == 1
    assert found.hours.set_index("leg").loc["door", "mean"] == pytest.approx(96.5)


def test_impossible_times_are_counted_left_out_and_said():
    sent = [
        parcel("a", 1, 2),
        parcel("back", 3, 2),
        parcel("early", -1, 2),
        parcel("old", 1, 500, promise=3.0),
        parcel("plain", 1, 2, promise=None),
        parcel("nobody", 1, 2),
    ]
    shop = one_week([p for p in sent if p["order_id"] != "nobody"])
    shop = shop_of(
        orders=shop.orders.execute()[["order_id", "order_ts", "status"]], shipments=parcels(sent)
    )
    found = timeliness(shop, WEEK, known=date(2027, 1, 4))
    out = found.left_out
    assert (out["backwards"], out["before_order"], out["too_long"]) == (1, 1, 1)
    assert (out["no_promise"], out["no_order"]) == (1, 1)
    assert found.share("order_promise")["cases"] == 1
    assert found.share("ship_short")["cases"] == 2
    words = timeliness_words(found)
    for said in ("delivered before they were sent", "before they were ordered", "without an order"):
        assert said in words


def test_an_order_that_never_left_counts_as_not_sent_unless_paid_back_or_in_store():
    extra = {"never": {}, "paid_back": {"status": "refunded"}, "shop": {"store_id": "s1"}}
    found = timeliness(one_week([parcel("a", 0.5, 2)], extra=extra), WEEK)
    assert found.share("ship_long")[["hits", "cases"]].tolist() == [1, 2]
    assert found.left_out["refunded"] == 1 and found.left_out["in_store"] == 1
    assert found.hours.set_index("leg").loc["dispatch", "waiting"] == 1


def test_a_presale_is_timed_from_its_payment():
    extra = {"a": {"is_presale": True, "pay_ts": at(4)}}
    found = timeliness(one_week([parcel("a", 4.5, 6, promise=6.5)], extra=extra), WEEK)
    assert found.share("ship_short")["hits"] == 1


def test_the_period_before_is_compared_with():
    sent = [parcel(f"n{i}", 1, 2 if i else 4) for i in range(10)]
    sent += [parcel(f"o{i}", -6, -5 if i < 5 else -2, promise=-4.0) for i in range(10)]
    shop = one_week(sent, when={f"o{i}": -7.0 for i in range(10)})
    row = timeliness(shop, WEEK).share("order_promise")
    assert row["value"] == 0.9 and row["before"] == 0.5
    assert row["change_p"] == pytest.approx(0.0510, abs=5e-4)  # z = .4 / sqrt(.7 * .3 * .2)


def test_groups_add_up_to_all_parcels():
    sent = [parcel(f"p{i}", 1, 2 + i % 3, carrier_id=f"k{i % 4}") for i in range(40)]
    found = timeliness(one_week(sent), WEEK)
    whole = found.share("parcel_promise")
    for _, part in found.groups.groupby("by"):
        assert part["hits"].sum() == whole["hits"] and part["cases"].sum() == whole["cases"]
    assert found.weeks["hits"].sum() == whole["hits"]


def test_without_shipments_or_with_nothing_sent_it_says_so():
    alone = shop_of(orders=orders([{"order_id": "a", "order_ts": at(0)}]))
    with pytest.raises(CannotTell, match="shipments"):
        timeliness(alone, WEEK)
    with pytest.raises(CannotTell, match="left yet"):
        timeliness(one_week([parcel("a", 20, 21)]), WEEK)


@pytest.mark.parametrize("bad", [{"limits": (48, 24)}, {"pay_per_late": -1}, {"level": 0.2}])
def test_parameters_out_of_bounds_are_refused(bad):
    with pytest.raises(ParameterError):
        timeliness(one_week([parcel("a", 1, 2)]), WEEK, **bad)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_it_is_shown_in_both_languages(lang):
    found = timeliness(one_week([parcel("a", 1.5, 2), parcel("b", 1.5, 4)]), WEEK)
    with speaking(lang):
        assert plot_punctuality(found).figure().axes
        assert len(punctuality_table(found).frame) == 4 and len(hours_table(found).frame) == 3
        assert len(groups_table(found).frame) == len(found.groups)
        first = timeliness_findings(found)[0]
    assert first.id == "C18" and first.money == pytest.approx(-5 * 365 / 7)


def test_the_period_before_is_told_as_if_it_were_asked_for() -> None:
    sent = [parcel("a", 0.5, 2), parcel("b", 1.5, 5), parcel("c", 8, 9, promise=10.0)]
    sent += [parcel("d", 7.5, 13, promise=9.0), parcel("e", 8.5, 9, promise=10.0)]
    shop = one_week(sent, when={"c": 7.2, "d": 7.1, "e": 7.3})
    after = Period(date(2025, 1, 13), date(2025, 1, 20))
    now = timeliness(shop, after).share("parcel_promise")
    was = timeliness(shop, WEEK, known=after.end).share("parcel_promise")
    assert now["before"] == was["value"] == 0.5
    assert now["value"] == pytest.approx(2 / 3)


def test_the_strip_counts_parcels_once_and_shows_both_periods(monkeypatch) -> None:
    from opsbook.supply import overview

    asked = []

    def counted(shop, period, **more):
        asked.append(period)
        return timeliness(shop, period, **more)

    monkeypatch.setattr(overview, "timeliness", counted)
    sent = [parcel("a", 0.5, 2), parcel("b", 1.5, 5), parcel("c", 8, 9, promise=10.0)]
    shop = one_week(sent, when={"c": 7.2})
    after = Period(date(2025, 1, 13), date(2025, 1, 20))
    strip = overview.key_strip(shop, after)
    on_time = next(f for f in strip.figures if f.id == "parcels_on_time")
    # Half of the week before, all of this one.
    assert on_time.raw == 1.0 and on_time.change.startswith("+50")
    assert set(asked) == {after}
