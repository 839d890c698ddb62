"""Reference figures are read once, shown as claims, and never as truth."""

import pytest

from opsbook.language import speaking
from opsbook.reference.figures import Figure, figure, figures


def test_a_figure_says_that_it_is_a_claim_and_whose() -> None:
    assert figure("gmv_mom").words() == (
        "source claim: GMV month on month ≥ 10 % (001 运营数据基础体系), number reconstructed"
    )
    with speaking("zh"):
        assert "GMV 环比" in figure("gmv_mom").words()


@pytest.mark.parametrize(
    ("name", "amount"),
    [("cvr_mean", "3 % – 5 %"), ("roi", "≥ 3:1"), ("touchpoints", "4.7"), ("cvr_product", "3.5 %")],
)
def test_amounts_are_shown_with_their_unit(name: str, amount: str) -> None:
    assert figure(name).amount() == amount


def test_every_row_has_a_value_a_source_and_both_names() -> None:
    for row in figures().values():
        assert isinstance(row, Figure)
        assert (row.value, row.low, row.high) != (None, None, None)
        assert row.source and row.section and row.name and row.name_zh
