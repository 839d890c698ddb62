"""Net promoter score, its groups, later purchases, and satisfaction with service."""

import sys
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq, minimize_scalar

sys.path.insert(0, str(Path(__file__).parents[1] / "market"))
from small_shops import shop_of, shop_of_lines

from opsbook.errors import CannotTell, ParameterError
from opsbook.lifecycle.nps import nps, nps_interval, score_gap
from opsbook.lifecycle.nps_chart import (
    plot_nps,
    plot_nps_segments,
    repurchase_table,
    satisfaction_table,
)
from opsbook.lifecycle.nps_findings import nps_findings
from opsbook.lifecycle.nps_repurchase import nps_repurchase
from opsbook.lifecycle.nps_segments import nps_segments
from opsbook.lifecycle.satisfaction import satisfaction
from opsbook.shop.periods import Period

ORDERS = [{"day": 0, "sku": "a", "price": 1.0, "customer": "c0"}]
YEAR = Period(date(2024, 1, 1), date(2025, 1, 1))


def shop_with(scores, days=None, customers=None, rows=ORDERS, people=None, **tables):
    """A shop with answers; days count from 1 January 2024."""
    if people is not None:
        tables["customers"] = people
    n = len(scores)
    day = pd.Timestamp("2024-01-01") + pd.to_timedelta(days if days is not None else [5] * n, "D")
    frame = pd.DataFrame({"date": day.date, "score": scores})
    frame["customer_id"] = customers if customers is not None else [f"c{i}" for i in range(n)]
    return shop_of_lines(rows, nps=frame, **tables)


def test_score_counts_nine_and_ten_against_zero_to_six():
    found = nps(shop_with([10, 9, 8, 7, 6, 0, 10, 9, 9, 5]), YEAR)
    assert (found.promoters, found.passives, found.detractors) == (5, 2, 3)
    assert found.score == pytest.approx(0.2)
    assert found.low < 0.2 < found.high
    assert "only 10 answers" in found.headline()


def test_interval_inverts_the_score_test():
    # Against the definition: z at the end is 1.96 with the likelihood maximised under the gap.
    p, d, n = 30, 12, 60

    def z(gap):
        def loss(q):
            return -(p * np.log(q + gap) + d * np.log(q) + (n - p - d) * np.log(1 - 2 * q - gap))

        q = minimize_scalar(loss, bounds=(1e-9 + max(0, -gap), (1 - gap) / 2 - 1e-9),
                            method="bounded", options={"xatol": 1e-12}).x  # fmt: skip
        return (p - d - n * gap) / np.sqrt(n * (2 * q + gap - gap**2))

    want = [brentq(lambda g: z(g) - 1.959964, -0.5, 0.29),
            brentq(lambda g: z(g) + 1.959964, 0.31, 0.9)]  # fmt: skip
    low, high = nps_interval([p], [d], [n])
    assert [low[0], high[0]] == pytest.approx(want, abs=1e-5)


@pytest.mark.parametrize(("p", "d", "n"), [(10, 0, 10), (0, 10, 10), (0, 0, 10), (1, 0, 1)])
def test_interval_keeps_a_width_at_the_ends(p, d, n):
    low, high = nps_interval([p], [d], [n])
    assert -1 <= low[0] <= (p - d) / n <= high[0] <= 1
    assert high[0] - low[0] > 0.2


def test_interval_covers_with_few_answers():
    rng = np.random.default_rng(0)
    draws = rng.multinomial(25, [0.6, 0.25, 0.15], 4000)
    low, high = nps_interval(draws[:, 0], draws[:, 2], np.full(4000, 25))
    assert ((low <= 0.45) & (high >= 0.45)).mean() == pytest.approx(0.95, abs=0.015)


def test_gap_test_keeps_its_error_rate():
    rng = np.random.default_rng(1)
    draws = rng.multinomial(60, [0.5, 0.3, 0.2], (2, 600))
    p_values = [
        score_gap((a[0], a[2], 60), (b[0], b[2], 60))[3] for a, b in zip(*draws, strict=True)
    ]
    assert 0.02 < (np.array(p_values) < 0.05).mean() < 0.08


def test_change_against_the_period_before_is_seen():
    scores = [10] * 80 + [3] * 120 + [10] * 150 + [3] * 50
    days = [40] * 200 + [70] * 200
    found = nps(shop_with(scores, days), Period(date(2024, 3, 1), date(2024, 3, 31)))
    assert found.before == pytest.approx(-0.2)
    assert found.change == pytest.approx(0.7)
    assert found.change_low > 0
    assert "rose" in found.headline()
    assert [f.id for f in nps_findings(found)] == ["B30"]


def test_a_trend_of_months_is_told_from_noise():
    rng = np.random.default_rng(2)
    days = np.sort(rng.integers(0, 366, 3000))
    level = rng.random(3000) < 0.4 + 0.4 * days / 366
    rising = nps(shop_with(np.where(level, 10, 5), days), YEAR)
    flat = nps(shop_with(rng.choice([10, 8, 4], 3000), days), YEAR)
    assert rising.slope == pytest.approx(0.8, abs=0.2)  # 2 x 0.4 a year
    assert rising.slope_p < 0.001
    assert flat.slope_p > 0.05


def test_scores_outside_the_scale_are_left_out_and_counted():
    found = nps(shop_with([10, 11, 5]), YEAR)
    assert (found.answers, found.outside) == (2, 1)


def test_no_survey_and_no_answer_say_so():
    with pytest.raises(CannotTell, match="nps"):
        nps(shop_of_lines(ORDERS), YEAR)
    with pytest.raises(CannotTell, match="nobody answered"):
        nps(shop_with([9]), Period(date(2023, 1, 1), date(2023, 2, 1)))


def buyers(n, late):
    """One order each on 1 January, delivered late for the first ``late`` customers."""
    rows = [{"order": f"o{i}", "day": 0, "sku": "a", "price": 10.0, "customer": f"c{i}"}
            for i in range(n)]  # fmt: skip
    promised = pd.Timestamp("2024-01-03")
    shipments = pd.DataFrame({
        "shipment_id": [f"h{i}" for i in range(n)], "order_id": [f"o{i}" for i in range(n)],
        "promised_ts": promised,
        "deliver_ts": [promised + pd.Timedelta(days=1 if i < late else -1) for i in range(n)],
    })  # fmt: skip
    return rows, shipments


def test_late_parcels_stand_out_and_one_mirrored_pair_is_one_test():
    rows, shipments = buyers(200, 50)
    scores = [3] * 35 + [9] * 15 + [9] * 120 + [3] * 30
    found = nps_segments(shop_with(scores, rows=rows, shipments=shipments), by=("late",))
    late = found.frame.set_index("group").loc["late"]
    assert late["score"] == pytest.approx(-0.4)  # 15 - 35 of 50
    assert late["gap"] == pytest.approx(-0.4 - 0.6)  # others: 120 - 30 of 150
    assert late["is_real"]
    assert found.tested == 1
    assert "Parcel late" in plot_nps_segments(found).title


def test_weighting_uses_the_buyers_mix():
    # 40 answer of 200: 20 late ones (score -1) and 20 on time (+1); of all orders 1/4 is late.
    rows, shipments = buyers(200, 50)
    customers = [f"c{i}" for i in [*range(20), *range(100, 120)]]
    shop = shop_with([2] * 20 + [10] * 20, customers=customers, rows=rows, shipments=shipments)
    found = nps_segments(shop, by=("late",))
    assert found.score == 0
    assert found.weighted == pytest.approx(0.5)  # -1/4 + 3/4
    assert (found.answered, found.asked) == (40, 200)


def test_many_groups_without_a_difference_yield_none():
    rng = np.random.default_rng(3)
    rows = [{"order": f"o{i}", "day": 0, "sku": "a", "price": 1.0, "customer": f"c{i}"}
            for i in range(600)]  # fmt: skip
    people = pd.DataFrame({"customer_id": [f"c{i}" for i in range(600)],
                           "tier": rng.choice(list("abcdefghij"), 600)})  # fmt: skip
    shop = shop_with(rng.choice([10, 8, 3], 600), rows=rows, people=people)
    found = nps_segments(shop, by=("tier",))
    assert found.tested == 10
    assert not found.frame["is_real"].any()
    assert (found.frame["p_corrected"] >= found.frame["p_value"]).all()


def test_later_purchases_are_compared_among_like_customers():
    rows, scores = [], []
    for i in range(120):
        promoter = i < 60
        scores.append(10 if promoter else 2)
        rows.append({"day": 0, "sku": "a", "price": 10.0, "customer": f"c{i}"})
        if i % 2 == 0 or (promoter and i % 4 == 1):  # promoters 3/4, detractors 1/2
            rows.append({"day": 20, "sku": "a", "price": 30.0, "customer": f"c{i}"})
    rows.append({"day": 200, "sku": "a", "price": 1.0, "customer": "x"})
    found = nps_repurchase(shop_with(scores, rows=rows), days=30)
    assert found.gap == pytest.approx(0.25)
    assert found.gap_low < 0.25 < found.gap_high
    table = found.frame.set_index("group")
    assert table.loc["detractor", ["before", "after"]].tolist() == pytest.approx([10, 15])
    assert table.loc["promoter", ["before", "after"]].tolist() == pytest.approx([10, 22.5])
    assert found.lost == pytest.approx(5 - 12.5)
    assert table.loc["passive", "customers"] == 0
    assert "nan" not in repurchase_table(found).html().lower()


def test_answers_without_a_full_window_are_left_out():
    rows = [{"day": d, "sku": "a", "price": 1.0, "customer": "c0"} for d in (0, 40)]
    with pytest.raises(CannotTell, match="90 days"):
        nps_repurchase(shop_with([10, 3], rows=rows))
    found = nps_repurchase(shop_with([10, 3], days=[5, 35], rows=rows), days=30)
    assert found.left_out == 1
    assert "Too few" in found.headline()


def tickets(rated):
    """``rated``: (type, group, satisfied, unsatisfied, silent)."""
    rows = [(kind, group, mark) for kind, group, good, bad, silent in rated
            for mark in [5] * good + [2] * bad + [None] * silent]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["type", "service_group", "csat"])
    frame["csat"] = frame["csat"].astype("Int64")
    frame["ticket_id"] = [f"t{i}" for i in range(len(frame))]
    return frame.assign(open_ts=pd.Timestamp("2024-02-03 10:00"))


def service(*rated):
    return satisfaction(shop_of_lines(ORDERS, tickets=tickets(rated)))


def test_complaints_are_held_against_the_claim():
    missed = service(("complaint", "after_sale", 80, 20, 100), ("inquiry", "pre_sale", 95, 5, 0))
    assert missed.complaints["share"] == pytest.approx(0.8)
    assert missed.verdict == "missed"
    assert missed.tickets == 300
    assert "40 %" in missed.words()  # 80 of 200 if the silent were not satisfied
    assert service(("complaint", "after_sale", 19, 1, 0)).verdict == "open"
    assert service(("complaint", "after_sale", 995, 5, 0)).verdict == "met"


def test_groups_add_up_and_differ():
    found = service(("complaint", "after_sale", 80, 20, 10), ("inquiry", "pre_sale", 190, 10, 40))
    sums = found.groups.groupby("split")[["tickets", "answers", "satisfied"]].sum()
    assert sums.to_numpy().tolist() == [[350, 300, 270]] * 2
    complaint = found.groups.set_index("group").loc["complaint"]
    assert complaint["gap"] == pytest.approx(0.8 - 0.95)
    assert complaint["is_real"]
    assert "nan" not in satisfaction_table(found).html().lower()


def test_no_tickets_and_no_ratings_say_so():
    with pytest.raises(CannotTell, match="tickets"):
        satisfaction(shop_of_lines(ORDERS))
    with pytest.raises(CannotTell, match="none of 3"):
        service(("inquiry", "pre_sale", 0, 0, 3))


def test_charts_of_few_answers_draw():
    assert plot_nps(nps(shop_with([10]), YEAR)).svg().startswith("<svg")


def test_a_customer_less_survey_cannot_be_split():
    frame = pd.DataFrame({"date": [date(2024, 1, 5)], "score": [9]})
    shop = shop_of_lines(ORDERS, nps=frame)
    assert nps(shop, YEAR).answers == 1
    with pytest.raises(CannotTell):
        nps_segments(shop)


def test_level_out_of_range_is_refused():
    with pytest.raises(ParameterError):
        nps_interval([1], [0], [2], 1.0)


def test_orders_without_lines_still_link():
    orders = pd.DataFrame({"order_id": ["a", "b"], "customer_id": ["c0", "c0"],
                           "order_ts": pd.to_datetime(["2024-01-01", "2024-06-01"])})  # fmt: skip
    frame = pd.DataFrame({"date": [date(2024, 1, 6)], "score": [9], "customer_id": ["c0"]})
    found = nps_repurchase(shop_of(orders=orders, nps=frame))
    assert found.frame["customers"].sum() == 1
    assert "nan" not in found.words().lower()
