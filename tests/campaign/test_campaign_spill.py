"""Halo, cannibalisation, new customers, spared regions, and all methods side by side."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from made_shop import shop_of
from opsbook.campaign.baseline import event_lift
from opsbook.campaign.control_categories import against_other_categories
from opsbook.campaign.event import event_of
from opsbook.campaign.methods import methods_side_by_side
from opsbook.campaign.methods_chart import (
    methods_table,
    newcomers_table,
    plot_methods,
    plot_spill,
    spill_table,
)
from opsbook.campaign.newcomers import newcomers
from opsbook.campaign.promoted import promoted_products
from opsbook.campaign.pull_forward import pull_forward
from opsbook.campaign.regions_effect import regions_effect
from opsbook.campaign.spill import spill_over
from opsbook.campaign.uplift_chart import parts_table, plot_parts, plot_placebos, plot_uplift
from opsbook.campaign.uplift_findings import newcomer_findings, spill_findings, uplift_findings
from opsbook.errors import CannotTell

START, DAYS = date(2025, 1, 6), 500
SALE = range(300, 310)
CATEGORIES = ("Tea", "Cups", "Shoes")
REGIONS = ("North", "South", "East", "West", "Centre")


def made(
    factors: dict[str, float],
    *,
    name: str = "Tea days",
    spared: tuple[str, ...] = (),
    seed: int = 1,
    level: int = 30,
):
    """Orders of one line each; in the sale a category is multiplied by its factor."""
    rng = np.random.default_rng(seed)
    rows = []
    for category in CATEGORIES:
        for region in REGIONS:
            mean = np.full(DAYS, level / len(REGIONS))
            if region not in spared:
                mean[list(SALE)] *= factors.get(category, 1.0)
            day = np.repeat(np.arange(DAYS), rng.poisson(mean))
            rows.append(pd.DataFrame({"day": day, "category": category, "region": region}))
    orders = pd.concat(rows, ignore_index=True)
    orders["order_id"] = [f"O{i:06d}" for i in range(len(orders))]
    # Customers come in order of time and buy three times or so.
    order = orders["day"].rank(method="first").astype(int)
    orders["customer_id"] = [f"C{i - rng.integers(0, 4) * 37:06d}" for i in order]
    orders["order_ts"] = pd.Timestamp(START) + pd.to_timedelta(orders["day"], unit="D")
    inside = orders["day"].isin(SALE) & ~orders["region"].isin(spared)
    orders["campaign_id"] = np.where(inside & (rng.random(len(orders)) < 0.6), "K1", None)
    lines = orders[["order_id"]].assign(
        line_id="1", sku=orders["category"].str[0], qty=1, paid_price=50.0, list_price=50.0
    )
    products = pd.DataFrame({"sku": [c[0] for c in CATEGORIES], "category": CATEGORIES})
    first = START + timedelta(days=SALE.start)
    campaigns = pd.DataFrame(
        {"campaign_id": ["K1"], "name": [name], "start_date": [first],
         "end_date": [first + timedelta(days=len(SALE) - 1)]}
    )  # fmt: skip
    return shop_of(
        orders=orders.drop(columns=["day", "category"]),
        order_lines=lines,
        products=products,
        campaigns=campaigns,
    )


def test_a_category_named_by_the_event_is_the_one_pushed():
    shop = made({})
    found = promoted_products(shop, event_of(shop))
    assert found.category == "Tea"
    assert found.groups.set_index("sku")["group"].to_dict() == {
        "T": "promoted", "C": "others", "S": "others",
    }  # fmt: skip


def test_cannibalised_sales_are_found_in_the_other_categories():
    shop = made({"Tea": 2.0, "Cups": 0.6})
    found = spill_over(shop, event_of(shop))
    rows = found.categories.set_index("category")
    # Ten days of 30 orders at 50: Tea gains 15,000, Cups lose 6,000, Shoes nothing.
    assert rows.loc["Tea", "low"] < 15_000 < rows.loc["Tea", "high"]
    assert rows.loc["Cups", "low"] < -6_000 < rows.loc["Cups", "high"] < 0
    assert rows.loc["Shoes", "low"] < 0 < rows.loc["Shoes", "high"]
    assert found.verdict == "cannibalised"
    assert spill_findings(found)[0].money < 0
    assert found.categories["p_adj"].ge(found.categories["p"] - 1e-12).all()


def test_halo_is_found_and_nothing_is_found_in_nothing():
    shop = made({"Tea": 2.0, "Cups": 1.6, "Shoes": 1.3})
    assert spill_over(shop, event_of(shop)).verdict == "halo"
    quiet = made({}, seed=3)
    found = spill_over(quiet, event_of(quiet))
    assert found.verdict == "neither"
    assert not spill_findings(found)


def test_controls_tell_the_same_as_the_plain_baseline_where_others_are_left_alone():
    shop = made({"Tea": 2.0})
    gain = against_other_categories(shop, event_of(shop)).event
    assert gain.low < 15_000 < gain.high
    assert gain.real


def test_an_event_of_the_whole_shop_has_no_control_category():
    shop = made({}, name="Spring sale")
    with pytest.raises(CannotTell, match="no category alone"):
        against_other_categories(shop, event_of(shop))


def test_spared_regions_are_a_mirror():
    shop = made(dict.fromkeys(CATEGORIES, 1.5), spared=("East", "West", "Centre"), level=90)
    found = regions_effect(shop, event_of(shop))
    assert set(found.uptake.loc[found.uptake["spared"], "region"]) == {"East", "West", "Centre"}
    assert found.twin.effect == pytest.approx(0.5, abs=0.12)
    # 10 days x 3 categories x 36 orders in two regions x one half.
    assert found.added == pytest.approx(540, rel=0.25)


def test_no_region_spared_is_said():
    shop = made({"Tea": 2.0})
    with pytest.raises(CannotTell, match="spared no region"):
        regions_effect(shop, event_of(shop))


def test_new_customers_are_counted_against_ordinary_days():
    shop = made(dict.fromkeys(CATEGORIES, 2.0))
    found = newcomers(shop, event_of(shop))
    assert found.horizon == 90
    assert found.lift.event.real
    assert 0 < found.frame["back"].min() <= found.frame["back"].max() < 1
    assert found.headline()
    assert isinstance(newcomer_findings(found), list)
    assert len(newcomers_table(found).frame) == 2


def test_methods_stand_side_by_side_and_every_figure_draws():
    shop = made({"Tea": 2.0}, spared=("East", "West", "Centre"), level=90)
    event = event_of(shop)
    found = methods_side_by_side(shop, event)
    said = set(found.frame["method"])
    assert {"before", "claimed", "baseline", "net", "categories", "regions"} <= said
    assert found.agree is not None
    # Six tenths of the orders in two regions carry it, most of which would have come anyway.
    assert found.value("claimed") > 1.5 * found.value("baseline")
    brought = event_lift(shop, event)
    dip, spill = pull_forward(brought), spill_over(shop, event)
    charts = (plot_uplift(brought), plot_placebos(brought), plot_parts(dip), plot_spill(spill))
    for chart in (*charts, plot_methods(found)):
        assert chart.title
        assert "nan" not in chart.title + chart.subtitle + chart.alt
        assert "<svg" in chart.svg(phone=True)
    figure = Figure()
    plot_placebos(brought).draw(figure, True)
    axes = figure.axes[0]
    line = axes.lines[0].get_window_extent()
    assert axes.texts and all(not line.overlaps(x.get_window_extent()) for x in axes.texts)
    for table in (methods_table(found), parts_table(dip), spill_table(spill)):
        assert "nan" not in table.html()
    note = uplift_findings(brought, found)[0]
    assert note.money is not None
    assert "carries the campaign" in note.statement
