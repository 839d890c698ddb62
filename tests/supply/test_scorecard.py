"""Scorecard: metrics by hand, weights that sum, ranks and grades no surer than the data."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from supplier_shop import END, dated, history, order, sales, shop_with

from opsbook.errors import CannotTell, ParameterError
from opsbook.supply.procurement import procurement
from opsbook.supply.quota import quota
from opsbook.supply.score_metrics import METRICS, grade_of, parse_weights
from opsbook.supply.scorecard import Scorecard, scorecard
from opsbook.supply.scorecard_chart import metrics_table, score_words, scorecard_table
from opsbook.supply.sourcing_findings import procurement_findings, supplier_tier_findings
from opsbook.supply.supplier_costs import CostRates, supplier_costs
from opsbook.supply.supplier_findings import quota_findings, scorecard_findings
from opsbook.supply.supplier_tiers import supplier_tiers


def on_file(*rows: tuple[str, str, int, str | None]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"supplier_id": s, "tier": tier, "terms_days": terms, "backup_of": backs or "-",
             "response_hours": 10.0, "after_sales_score": 0.9, "moq": 5.0, "lead_time_days": 5.0}
            for s, tier, terms, backs in rows
        ]
    )  # fmt: skip


def values(card: Scorecard, metric: str) -> "pd.Series[float]":
    part = card.metrics[card.metrics["metric"] == metric]
    return part.set_index("supplier_id")["raw"]


def test_twelve_metrics_three_named_by_the_source() -> None:
    origins = [m.origin for m in METRICS]
    assert len(METRICS) == len({m.key for m in METRICS}) == 12
    assert origins.count("source 000") == 3 and origins.count("source 001") == 3
    assert sum(m.weight for m in METRICS) == pytest.approx(1)


def test_own_figures_are_those_counted_by_hand() -> None:
    rows = [
        order("1", "S", date(2025, 3, 1), 4, qty=10, ok=8),
        order("2", "S", date(2025, 3, 9), 7, qty=10, invoice=50.0),
        order("3", "S", date(2025, 3, 17), 4, qty=20),
        order("4", "S", date(2025, 3, 25), 5, qty=10),
    ]
    card = scorecard(shop_with(rows, suppliers=on_file(("S", "core", 60, None))), END)
    # On time 3 of 4; passed 48 of 50; invoice 2 billed 50 for 40; mean (4 + 7 + 4 + 5) / 4.
    assert values(card, "on_time")["S"] == pytest.approx(0.75)
    assert values(card, "quality_pass")["S"] == pytest.approx(48 / 50)
    assert values(card, "invoices")["S"] == pytest.approx(0.75)
    assert values(card, "delivery")["S"] == pytest.approx(5)
    assert values(card, "flexibility")["S"] == pytest.approx(5 / 12.5)
    assert values(card, "credit")["S"] == 60


def test_price_growth_is_found_within_products() -> None:
    # Both products rise by 10 % a year; the mix moves to the cheap one and must not hide it.
    rows = []
    for k in range(24):
        day = END - timedelta(days=700 - 28 * k)
        growth = np.exp(np.log(1.1) * (28 * k) / 365.25)
        rows.append(order(f"a{k}", "S", day, 4, sku="A", price=100 * growth, qty=max(20 - k, 1)))
        rows.append(order(f"b{k}", "S", day, 4, sku="B", price=5 * growth, qty=5 + 2 * k))
    card = scorecard(shop_with(rows), END, weights="price=1")
    assert values(card, "price")["S"] == pytest.approx(np.log(1.1), abs=0.005)


def test_defects_are_returns_for_a_defect_of_lines_old_enough() -> None:
    shop = shop_with(
        history("S", [4] * 12),
        **sales({"A": 10.0}),
        returns=dated(
            [
                {"return_id": "r1", "order_id": "o40", "sku": "A", "reason": "quality defect",
                 "request_ts": pd.Timestamp(END) - pd.Timedelta(days=35)},
                {"return_id": "r2", "order_id": "o41", "sku": "A", "reason": "no longer wanted",
                 "request_ts": pd.Timestamp(END) - pd.Timedelta(days=35)},
                {"return_id": "r3", "order_id": "o2", "sku": "A", "reason": "质量问题",
                 "request_ts": pd.Timestamp(END) - pd.Timedelta(days=1)},
            ]
        ),
    )  # fmt: skip
    card = scorecard(shop, END, weights="defects=1, on_time=1")
    # 60 days of sales, the last 30 are too young; one of 30 lines came back for a defect.
    assert values(card, "defects")["S"] == pytest.approx(1 / 30)


def test_weight_of_a_missing_metric_goes_to_the_others_and_is_said() -> None:
    card = scorecard(shop_with(history("S", [4] * 10) + history("T", [6] * 10)), END)
    assert set(card.absent) == {
        "emergency_response",
        "after_sales",
        "credit",
        "flexibility",
        "defects",
        "price",
    }
    sums = card.metrics.groupby("supplier_id")["weight"].sum()
    assert sums.tolist() == pytest.approx([1, 1])
    assert "their weight went to the others" in score_words(card)


def test_score_is_the_weighted_sum_of_points() -> None:
    card = scorecard(shop_with(history("S", [4, 6] * 10) + history("T", [6, 5] * 10)), END)
    by_hand = (card.metrics["points"] * card.metrics["weight"]).groupby(card.metrics["supplier_id"])
    said = card.suppliers.set_index("supplier_id")["score"]
    assert said.sort_index().tolist() == pytest.approx(by_hand.sum().tolist())


def test_four_orders_are_not_ranked_like_four_hundred() -> None:
    # Six suppliers late in 2, 4, ... 12 of 20.
    rows = [
        r
        for k in range(1, 7)
        for r in history(f"S{k}", ([6] * 2 * k + [4] * (20 - 2 * k)) * 7, every=2)
    ]
    rows += history("FEW", [4, 4, 4, 4])
    card = scorecard(shop_with(rows), END, weights="on_time=1")
    few = card.suppliers.set_index("supplier_id").loc["FEW"]
    # All four in time: first by its own cases, and nowhere in particular by what is known.
    assert few["raw_rank"] == 1 and few["raw_score"] == 100
    assert few["score"] < 95 and few["rank_high"] - few["rank_low"] >= 3
    assert few["grade"] == ""


def test_a_grade_is_given_only_where_the_interval_lies_within_one() -> None:
    card = scorecard(shop_with(history("S", [4, 5, 4, 6] * 12) + history("T", [9] * 40)), END)
    for row in card.suppliers.itertuples():
        assert (row.grade != "") == (grade_of(row.low) == grade_of(row.high))
        assert row.low <= row.score <= row.high
        assert row.rank_low <= row.rank <= row.rank_high


def test_supplier_without_a_delivery_is_named_not_scored() -> None:
    files = on_file(("S", "core", 60, None), ("IDLE", "ordinary", 30, None))
    card = scorecard(shop_with(history("S", [4] * 9), suppliers=files), END)
    assert card.unscored == ("IDLE",)
    assert "IDLE" in score_words(card)
    assert card.suppliers["supplier_id"].tolist() == ["S"]


def test_weights_are_read_and_refused() -> None:
    assert parse_weights("on_time=1，price=3")["price"] == 0.75
    for wrong in ("speed=1", "on_time=-1", "on_time=x", "on_time=0", "price=inf"):
        with pytest.raises(ParameterError):
            parse_weights(wrong)


def test_costs_are_those_counted_by_hand() -> None:
    # Promised for 15 May, came on the 20th; no stock on the 16th and 17th. One piece a day at
    # 10, cost 5, in stock on 58 of 60 days: 60 x 5 / 58 a day. Two rejects at 4, half each.
    rows = [
        order("1", "S", date(2025, 5, 10), 10, ok=8),
        order("2", "S", date(2025, 3, 1), 4, invoice=50.0),
    ]
    stock = dated(
        [
            {"date": END - timedelta(days=k + 1), "sku": "A", "warehouse_id": w,
             "on_hand": 0.0 if END - timedelta(days=k + 1) in EMPTY else 3.0, "reserved": 0.0}
            for k in range(60)
            for w in ("W1", "W2")
        ]
    )  # fmt: skip
    shop = shop_with(rows, inventory_daily=stock, **sales({"A": 10.0}))
    found = supplier_costs(shop, END, rates=CostRates(reject=0.5)).suppliers.iloc[0]
    assert found["lost_days"] == 2
    assert found["lost_margin"] == pytest.approx(2 * 60 * 5 / 58)
    assert found["rejected"] == 2 and found["reject_cost"] == pytest.approx(2 * 4 * 0.5)
    assert found["wrong_invoices"] == 1 and found["overcharged"] == pytest.approx(10)
    parts = found[["lost_margin", "reject_cost", "overcharged", "safety_cost"]].sum()
    assert found["total"] == pytest.approx(parts)


EMPTY = {date(2025, 5, 16), date(2025, 5, 17)}


def test_without_stock_lost_margin_is_not_guessed() -> None:
    found = supplier_costs(shop_with(history("S", [4] * 5), **sales({"A": 10.0})), END)
    assert not found.has_stock and found.suppliers["lost_margin"].isna().all()


def test_tiers_name_who_has_no_stand_in() -> None:
    rows = history("S", [4] * 9, sku="A") + history("T", [4] * 9, sku="B")
    goods = pd.DataFrame({"sku": ["A", "B"], "category": ["food", "food"]})
    files = on_file(("S", "core", 30, None), ("T", "ordinary", 30, "S"))
    shop = shop_with(rows, products=goods, suppliers=files, **sales({"A": 30.0, "B": 10.0}))
    found = supplier_tiers(shop, END).suppliers.set_index("supplier_id")
    assert found.loc["S", "backup"] == "T" and found.loc["S", "at_risk"] == 0
    # One piece a day, half of 10 is margin, 45 days until a new source delivers.
    assert found.loc["T", "at_risk"] == pytest.approx(5 * 45)
    assert found.loc["S", "share"] == pytest.approx(0.75)
    assert found.loc["S", "proposed"] == "strategic"
    assert "accepts_returns" in found.loc["S", "unrecorded"]
    assert supplier_tier_findings(supplier_tiers(shop, END))[0].money == pytest.approx(-225)


def quota_case(**limits: float) -> pd.DataFrame:
    good = history("G", [4, 4, 5] * 16, sku="A", qty=10)
    bad = history("B", [9, 8, 9] * 16, sku="B", qty=10)
    alone = history("X", [4] * 20, sku="C")
    goods = pd.DataFrame({"sku": ["A", "B", "C"], "category": ["food", "food", "home"]})
    shop = shop_with(good + bad + alone, products=goods)
    found = quota(shop, scorecard(shop, END), **limits)  # type: ignore[arg-type]
    assert found.alone == ("home",) and found.score_then >= found.score_now
    return found.shares.set_index("supplier_id")


def test_quota_moves_volume_to_the_better_within_its_limits() -> None:
    shares = quota_case(headroom=1.0, step=0.15)
    assert shares.loc["G", "proposed"] == pytest.approx(0.65)
    assert shares.groupby("category")["proposed"].sum().tolist() == pytest.approx([1, 1])
    assert shares.loc["X", "proposed"] == 1 and shares.loc["X", "why"] == "alone"
    assert quota_case(headroom=1.0, step=0.5, top_share=0.6).loc["G", "proposed"] == pytest.approx(
        0.6
    )
    assert quota_case(headroom=1.0, step=0.5, top_share=1.0, keep=0.9).loc[
        "B", "proposed"
    ] == pytest.approx(0.45)


def test_quota_gives_nobody_more_than_it_has_shown() -> None:
    shares = quota_case(headroom=0.0, step=0.5, days=365)
    best = 4 * 40 * 19  # at most 19 orders of 10 pieces at 4 in the best 91 days
    whole = shares[shares["category"] == "food"]["spend"].sum()
    assert shares.loc["G", "proposed"] * whole <= max(best, shares.loc["G", "spend"]) + 1e-6


def test_equal_suppliers_keep_their_shares() -> None:
    rows = history("G", [4, 6, 5] * 10, sku="A") + history("H", [5, 4, 6] * 10, sku="B")
    goods = pd.DataFrame({"sku": ["A", "B"], "category": ["food", "food"]})
    shop = shop_with(rows, products=goods)
    found = quota(shop, scorecard(shop, END), headroom=1.0)
    assert found.shares["change"].abs().max() < 1e-9
    assert set(found.shares["why"]) == {"same"} and quota_findings(found) == []


def test_procurement_says_which_core_products_are_slow() -> None:
    rows = history("F", [3, 4] * 12, sku="A", promise=4) + history("L", [12, 13] * 12, sku="B",
                                                                  promise=12)  # fmt: skip
    shop = shop_with(rows, **sales({"A": 60.0, "B": 35.0, "NEVER": 5.0}))
    found = procurement(shop, END, core_share=0.9)
    table = found.skus.set_index("sku")
    assert table["within"].to_dict() == {"A": "yes", "B": "no"}
    assert found.over == 1 and found.core == 2
    # One piece a day at 17.5 of cost, 5.5 days beyond the limit, a quarter a year.
    assert table.loc["B", "extra_cost"] == pytest.approx(5.5 * 1 * 17.5 * 0.25, rel=0.05)
    [note] = procurement_findings(found)
    assert note.money == pytest.approx(-table.loc["B", "extra_cost"])


def test_tables_and_findings_are_made_in_both_languages() -> None:
    from opsbook.language import speaking

    shop = shop_with(history("S", [4, 9] * 8, ok=9.0, invoice=60.0), **sales({"A": 10.0}))
    card, costs = scorecard(shop, END), supplier_costs(shop, END)
    for lang in ("en", "zh"):
        with speaking(lang):
            assert len(metrics_table(card).frame) == 12
            assert len(scorecard_table(card).frame) == 1
            notes = scorecard_findings(card, None, costs)
            assert notes and all(n.chapter == "supply/C08-supplier-scorecard" for n in notes)


def test_nothing_to_score_is_said() -> None:
    with pytest.raises(CannotTell):
        scorecard(shop_with([order("1", "S", END - timedelta(days=2), None)]), END)
    for wrong in ({"holding": 9.0}, {"service": 0.2}, {"switch_days": 0}):
        with pytest.raises(ParameterError):
            CostRates(**wrong)  # type: ignore[arg-type]


def test_a_shop_with_the_bare_order_table_gets_what_it_can_have() -> None:
    bare = ["po_id", "supplier_id", "sku", "order_date", "received_date", "qty"]
    rows = [{k: r[k] for k in bare} for r in history("S", [4, 5, 6] * 8) + history("T", [8] * 24)]
    shop = shop_with(rows)
    card = scorecard(shop, END)
    # No promise, no inspection, no price: lead time and its unevenness are left.
    assert set(card.metrics["metric"]) == {"delivery", "evenness"}
    assert set(card.suppliers["supplier_id"]) == {"S", "T"}
    costs = supplier_costs(shop, END)
    assert costs.suppliers["total"].tolist() == [0, 0] and not costs.has_stock
    with pytest.raises(CannotTell):
        quota(shop, card)
    with pytest.raises(CannotTell):
        procurement(shop, END)


def test_edge_orders_are_counted_and_never_crash() -> None:
    rows = [
        *history("S", [4, -292, 5, None, 400, 4]),
        order("z", "S", date(2025, 5, 2), 3, qty=0),
        order("one", "ONCE", date(2025, 5, 2), 3, sku="B"),
        order("never", "NEVER", date(2025, 5, 2), None, sku="C"),
    ]
    stock = dated(
        [{"date": END - timedelta(days=k + 1), "sku": "A", "warehouse_id": "W", "on_hand": -3.0}
         for k in range(60)]
    )  # fmt: skip
    shop = shop_with(rows, inventory_daily=stock, **sales({"A": 10.0, "Z": 5.0}))
    card = scorecard(shop, END)
    assert card.unscored == ("NEVER",)
    assert set(card.suppliers["supplier_id"]) == {"S", "ONCE"}
    costs = supplier_costs(shop, END).suppliers
    assert set(costs["supplier_id"]) == {"S", "ONCE", "NEVER"} and np.isfinite(costs["total"]).all()
    # Of the two impossible ones the 400 days are not over yet: that order is still open.
    assert procurement(shop, END).left_out == 1
