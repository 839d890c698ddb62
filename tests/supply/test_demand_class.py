"""Demand classes by hand, and the SKUs that cannot be placed."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from opsbook.errors import CannotTell, ParameterError
from opsbook.supply.demand_class import class_counts, classes
from opsbook.supply.demand_class_chart import class_table, plot_classes
from supply.made_panel import panel_of


def test_the_four_classes_by_hand() -> None:
    panel = panel_of(
        [
            [2, 2, 2, 2, 2, 2, 2, 2],  # every day, even
            [1, 9, 1, 1, 1, 9, 1, 1],  # every day: mean 3, variance 96/7, CV2 1.524
            [2, 0, 2, 0, 2, 0, 2, 0],  # every other day: ADI 2
            [1, 0, 9, 0, 1, 0, 1, 0],  # ADI 2; mean 3, variance 16, CV2 1.778
        ]
    )
    found = classes(panel)
    assert found["class"].tolist() == ["smooth", "erratic", "intermittent", "lumpy"]
    assert found["adi"].tolist() == [1, 1, 2, 2]
    assert found["cv2"].tolist() == pytest.approx([0, 96 / 7 / 9, 0, 16 / 9])


def test_days_without_stock_and_before_launch_are_no_gap_between_sales() -> None:
    sold = [[2, 0, 2, 0, 2, 2, 2, 2, 2, 2]]
    gaps = panel_of(sold, free=[[1, 0, 1, 0, 1, 1, 1, 1, 1, 1]])
    assert classes(gaps)["adi"].tolist() == [1]
    assert classes(panel_of(sold))["adi"].tolist() == pytest.approx([10 / 8])
    young = panel_of([[0] * 20 + [1] * 10])
    late = replace(young, on_sale=np.arange(30)[None, :] >= 20)
    assert classes(late)["adi"].tolist() == [1]


def test_no_sale_one_sale_and_a_launch_yesterday_are_named_not_dropped() -> None:
    panel = panel_of([[0] * 30, [0] * 29 + [1], [0] * 29 + [4]])
    panel.on_sale[2, :29] = False
    found = classes(panel)
    assert found["class"].tolist() == ["none", "too_short", "too_short"]
    assert np.isnan(found["adi"][0])
    assert np.isnan(found["cv2"][1])
    assert class_counts(found)["skus"].sum() == 3


def test_lumpy_by_day_may_be_smooth_by_week() -> None:
    panel = panel_of([[0, 0, 0, 0, 0, 0, 7] * 12])
    assert classes(panel)["class"].tolist() == ["intermittent"]
    assert classes(panel, step_days=7)["class"].tolist() == ["smooth"]


def test_weeks_end_with_the_last_day() -> None:
    # Two days at the front belong to no whole week.
    panel = panel_of([[5, 5] + [1, 0, 0, 0, 0, 0, 0] * 8])
    assert classes(panel, step_days=7)["pieces"].tolist() == [8]


def test_shares_sum_to_one_and_every_class_has_a_row() -> None:
    counts = class_counts(classes(panel_of([[1] * 10, [0] * 10])))
    assert len(counts) == 6
    assert counts["sku_share"].sum() == pytest.approx(1)
    assert counts["piece_share"].sum() == pytest.approx(1)


def test_parameters_have_bounds() -> None:
    with pytest.raises(ParameterError, match="step_days is 0"):
        classes(panel_of([[1]]), step_days=0)


def test_the_map_says_how_many_and_the_table_holds_the_others_too() -> None:
    panel = panel_of([[2] * 20, [2, 0] * 10, [0] * 20])
    left = pd.DataFrame(
        {"reason": ["sold in fewer than {weeks} weeks"], "weeks": [3], "skus": [7], "pieces": [9]}
    )
    panel = replace(panel, left_out=left)
    found = classes(panel)
    chart = plot_classes(found, panel)
    assert chart.title.startswith("1 of 3 SKUs sell only now and then; they bring 33 %")
    assert chart.svg(phone=True)
    text = class_table(found, panel).html()
    assert "nothing sold" in text
    assert "7 SKUs with 9 pieces, sold in fewer than 3 weeks" in text


def test_without_a_sale_there_is_no_map() -> None:
    panel = panel_of([[0] * 20])
    with pytest.raises(CannotTell):
        plot_classes(classes(panel), panel)
