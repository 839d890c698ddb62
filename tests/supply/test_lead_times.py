"""Lead times: counted by hand, open orders not flattering, impossible ones left out and said."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from supplier_shop import END, history, order, shop_with

from opsbook.errors import CannotTell, ParameterError
from opsbook.supply.deliveries import deliveries
from opsbook.supply.lead_curve import lead_moments, lead_quantile
from opsbook.supply.lead_times import lead_times, lead_times_on
from opsbook.supply.shrinkage import shrink_means, shrink_shares
from opsbook.supply.suppliers_chart import left_out_words


def test_lines_of_one_lorry_are_one_delivery() -> None:
    day = date(2025, 5, 1)
    rows = [order("p1", "S", day, 4, sku=s) for s in "ABCD"] + [order("p2", "S", day, 8)]
    row = lead_times(shop_with(rows), END).iloc[0]
    # Two deliveries of 4 and 8 days: mean 6, not (4 x 4 + 8) / 5 = 4.8.
    assert row["n"] == 2 and row["raw_mean_days"] == 6.0
    assert row["due"] == 2 and row["late"] == 1
    frame = deliveries(shop_with(rows), END).execute()
    assert sorted(frame["lines"]) == [1, 4] and frame["qty"].sum() == 50


def test_open_orders_are_censored_not_dropped() -> None:
    # Four came after 2, 4, 4 and 6 days, two have been open for 5: product limit by hand:
    # S(2) = 5/6, S(4) = 5/6 x 3/5 = 1/2, after that one case is left, come on day 6.
    seen, gone = np.zeros((1, 10)), np.zeros((1, 10))
    seen[0, 2], seen[0, 4], seen[0, 6], gone[0, 5] = 1, 2, 1, 2
    mean, sd, _, _ = lead_moments(seen, gone)
    expected = 1 + 1 + 5 / 6 + 5 / 6 + 1 / 2 + 1 / 2
    assert mean[0] == pytest.approx(expected)
    square = 1 + 3 + 5 * 5 / 6 + 7 * 5 / 6 + 9 / 2 + 11 / 2
    assert sd[0] == pytest.approx(np.sqrt(square - expected**2))
    assert lead_quantile(seen, gone, 0.5)[0] == 4


def test_without_open_orders_the_variance_is_the_usual_one() -> None:
    draws = np.random.default_rng(1).integers(2, 12, 500)
    seen = np.bincount(draws, minlength=20)[None, :].astype(float)
    mean, sd, of_mean, of_sd = lead_moments(seen, np.zeros_like(seen))
    assert mean[0] == pytest.approx(draws.mean())
    assert sd[0] == pytest.approx(draws.std())
    assert of_mean[0] == pytest.approx(draws.var() / 500)
    fourth = ((draws - draws.mean()) ** 4).mean()
    assert of_sd[0] == pytest.approx((fourth - draws.var() ** 2) / (4 * 500 * draws.var()))


def test_supplier_whose_late_orders_are_open_does_not_look_good() -> None:
    good = history("G", [4, 5, 4, 5, 4, 5] * 5)
    # The quick half has come; the slow half is open, long past its day.
    stuck = history("B", [4, None, 5, None, 4, None] * 5)
    times = lead_times(shop_with(good + stuck), END).set_index("supplier_id")
    assert times.loc["B", "overdue"] == 15 and times.loc["B", "late"] == 15
    assert times.loc["B", "late_share"] > 0.4 > times.loc["G", "late_share"]
    assert times.loc["B", "raw_mean_days"] > 2 * times.loc["G", "raw_mean_days"]


def test_orders_not_yet_due_do_not_count_as_on_time() -> None:
    # Ordered two days ago, one in already, one open, promised in three: neither is decided.
    fresh = [order("f1", "S", END - timedelta(days=2), 1),
             order("f2", "S", END - timedelta(days=2), None)]  # fmt: skip
    row = lead_times(shop_with(history("S", [4, 7, 4, 7]) + fresh), END).iloc[0]
    assert (row["due"], row["late"], row["open"]) == (4, 2, 1)


def test_what_came_later_is_not_known_yet() -> None:
    rows = [*history("S", [4, 4, 4, 4]), order("x", "S", END - timedelta(days=3), 9)]
    row = lead_times(shop_with(rows), END).iloc[0]
    assert row["n"] == 4 and row["open"] == 1


def test_impossible_dates_are_counted_and_said() -> None:
    rows = [
        *history("S", [4, 5, 4, 5]),
        order("n", "S", date(2025, 5, 1), -292),
        order("l", "S", date(2024, 8, 1), 400),
    ]
    times = lead_times(shop_with(rows), date(2026, 1, 1), days=730)
    row = times.iloc[0]
    assert (row["n"], row["negative"], row["too_long"]) == (4, 1, 1)
    assert row["raw_mean_days"] == 4.5
    assert "received before they were ordered" in left_out_words(times)


def test_supplier_without_a_delivery_gets_the_shops_figures_and_says_so() -> None:
    suppliers = pd.DataFrame({"supplier_id": ["S", "NEW"], "lead_time_days": [5.0, 10.0]})
    shop = shop_with(history("S", [4, 5, 4, 5, 4, 5, 4, 5]), suppliers=suppliers)
    times = lead_times(shop, END).set_index("supplier_id")
    new = times.loc["NEW"]
    assert new["n"] == 0 and new["weight"] == 0 and np.isnan(new["raw_mean_days"])
    # The shop takes 0.9 of the agreed days; ten agreed make nine.
    assert new["mean_days"] == pytest.approx(9.0, rel=0.02)
    assert "1 suppliers have received nothing" in left_out_words(times.reset_index())


def test_few_cases_are_drawn_to_the_shop_many_are_not() -> None:
    rows = [r for k in range(8) for r in history(f"S{k}", [4 + k % 2, 5, 4, 5] * 12)]
    rows += history("FEW", [12, 13])
    times = lead_times(shop_with(rows), END).set_index("supplier_id")
    assert times.loc["FEW", "weight"] < times.loc["S1", "weight"]
    assert times.loc["FEW", "mean_days"] < times.loc["FEW", "raw_mean_days"] - 0.3
    wide = np.log(times["mean_high"] / times["mean_low"])
    assert wide["FEW"] > 1.5 * wide["S1"]


def test_products_lean_on_their_supplier() -> None:
    rows = [r for sku in "ABCDEF" for r in history("S", [8, 9, 7, 9, 8] * 4, sku=sku, promise=9)]
    rows.append(order("one", "S", date(2025, 5, 1), 6, sku="NEW", promise=9))
    times = lead_times(shop_with(rows), END, by="sku").set_index("sku")
    assert times.loc["NEW", "n"] == 1 and times.loc["NEW", "raw_mean_days"] == 6
    assert 6.5 < times.loc["NEW", "mean_days"] < 8.2


def test_counts_reconcile_with_the_orders() -> None:
    rows = history("S", [4, None, -3, 5, None, 7]) + history("T", [3] * 9)
    times = lead_times(shop_with(rows), END)
    assert times[["n", "open", "negative", "too_long"]].to_numpy().sum() == len(rows)


def test_shrunk_means_are_by_hand_where_the_spread_is_known() -> None:
    # Equal variances 1 and values -3, 0, 3: Q(t) = 18 / (1 + t) = 2 gives t = 8, weight 8 / 9.
    found = shrink_means([-3.0, 0.0, 3.0], [1.0, 1.0, 1.0])
    assert found.spread == pytest.approx(np.sqrt(8))
    assert found.value.tolist() == pytest.approx([-8 / 3, 0, 8 / 3])


def test_equal_suppliers_are_drawn_together_entirely() -> None:
    found = shrink_means([5.0, 5.1, 4.9], [1.0, 1.0, 1.0])
    assert found.spread == 0 and found.value.tolist() == pytest.approx([5.0] * 3)


def test_shrunk_shares_recover_a_planted_prior() -> None:
    rng = np.random.default_rng(2)
    true = rng.beta(3, 27, 400)
    n = rng.integers(5, 200, 400)
    found = shrink_shares(rng.binomial(n, true), n)
    assert found.common == pytest.approx(0.1, abs=0.015)
    assert np.mean((found.low <= true) & (true <= found.high)) > 0.92


def test_bounds_are_refused_and_nothing_is_said_so() -> None:
    shop = shop_with(history("S", [4, 5]))
    for wrong in ({"days": 3}, {"level": 0.2}, {"by": "brand"}):
        with pytest.raises(ParameterError):
            lead_times(shop, END, **wrong)  # type: ignore[arg-type]
    with pytest.raises(CannotTell):
        lead_times(shop, date(2020, 1, 1))


def test_several_mornings_at_once_are_told_as_each_by_itself() -> None:
    rows = history("G", [4, 5, 4, 5, 4, 5] * 5) + history("B", [4, None, 5, None, 4, None] * 5)
    rows += [order("late", "L", END - timedelta(days=3), 2)]
    shop = shop_with(rows)
    first = min(row["order_date"] for row in rows)
    ends = [END, END - timedelta(days=20), END - timedelta(days=2), first]
    found = lead_times_on(shop, ends, days=90)
    for end, said in zip(ends[:3], found[:3], strict=True):
        pd.testing.assert_frame_equal(said, lead_times(shop, end, days=90))
    # What lay on the way that morning had come by the last one.
    assert not found[0].equals(found[1])
    assert found[3] is None
