"""Carriers alike for alike."""

from datetime import date

import numpy as np
import pytest
from service_shop import at, orders, parcels

from made_shop import shop_of
from opsbook.errors import CannotTell, ParameterError
from opsbook.shop.periods import Period
from opsbook.supply.carrier_gap import carrier_gap
from opsbook.supply.timeliness import timeliness
from opsbook.supply.timeliness_findings import carrier_findings

END = date(2025, 6, 1)


def carried(rows):
    made = orders([{"order_id": f"o{i}", "order_ts": at(r["day"]), "region": r["region"]}
                   for i, r in enumerate(rows)])  # fmt: skip
    sent = parcels(
        [{"order_id": f"o{i}", "ship_ts": at(r["day"] + 1), "carrier_id": r["carrier"],
          "deliver_ts": at(r["day"] + (5 if r["late"] else 2)), "promised_ts": at(r["day"] + 3)}
         for i, r in enumerate(rows)]
    )  # fmt: skip
    return shop_of(orders=made, shipments=sent)


def unfair(seed=0, n=3000):
    """Two carriers equally good; one of them gets the far region."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        carrier = "near" if i % 2 else "far"
        region = "remote" if rng.random() < (0.1 if carrier == "near" else 0.9) else "city"
        late = rng.random() < (0.3 if region == "remote" else 0.05)
        rows.append({"carrier": carrier, "region": region, "day": i % 120, "late": late})
    return rows


def test_a_carrier_with_the_far_region_is_not_blamed_for_it():
    found = carrier_gap(carried(unfair()), END)
    by = found.carriers.set_index("carrier")
    assert by.loc["near", "value"] - by.loc["far", "value"] > 0.15
    assert abs(by.loc["near", "alike"] - by.loc["far", "alike"]) < 0.03
    assert (by["odds_low"] <= 1).all()


def test_odds_are_those_of_a_two_by_two_table_where_nothing_else_differs():
    rows = [{"carrier": c, "region": "r", "day": 3, "late": i < late}
            for c, late in (("a", 40), ("b", 100)) for i in range(400)]  # fmt: skip
    by = carrier_gap(carried(rows), END).carriers.set_index("carrier")
    assert by.loc["b", "odds"] == pytest.approx((100 / 300) / (40 / 360), rel=0.02)
    half = 1.96 * np.sqrt(1 / 100 + 1 / 300 + 1 / 40 + 1 / 360)
    assert np.log(by.loc["b", "odds_high"] / by.loc["b", "odds"]) == pytest.approx(half, rel=0.02)
    assert by.loc["b", "extra_late"] == pytest.approx(60, abs=1)


def test_only_a_carrier_that_is_worse_beyond_chance_is_named():
    rows = [{"carrier": c, "region": "r", "day": 3, "late": i < late}
            for c, late in (("a", 40), ("b", 100)) for i in range(400)]  # fmt: skip
    worse, even = carried(rows), carried(unfair())
    week = Period(date(2025, 1, 6), date(2025, 1, 13))
    notes = carrier_findings(timeliness(worse, week, known=END), carrier_gap(worse, END))
    assert [n.statement.split()[0] for n in notes] == ["b"] and notes[0].money < 0
    assert carrier_findings(timeliness(even, week, known=END), carrier_gap(even, END)) == []


def test_a_carrier_without_a_late_parcel_has_finite_odds():
    rows = [{"carrier": c, "region": "r", "day": 3, "late": c == "b" and i < 5}
            for c in "ab" for i in range(50)]  # fmt: skip
    table = carrier_gap(carried(rows), END).carriers
    assert np.isfinite(table[["odds", "odds_low", "odds_high"]].to_numpy()).all()


def test_one_carrier_or_an_unknown_one_is_refused():
    rows = [{"carrier": "a", "region": "r", "day": 3, "late": False}] * 5
    with pytest.raises(CannotTell, match="two carriers"):
        carrier_gap(carried(rows), END)
    with pytest.raises(ParameterError, match="nobody"):
        carrier_gap(carried(unfair(n=40)), END, reference="nobody")
