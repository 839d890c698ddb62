"""Gamma-Gamma against the published answer, and its refusals."""

import numpy as np
import pandas as pd
import pytest
from cdnow import cdnow_summary

from opsbook.errors import CannotTell
from opsbook.lifecycle.gamma_gamma import fit_spend


def test_cdnow_parameters():
    """Fader and Hardie, note 025: p 6.25, q 3.74, v 15.44 on 946 repeaters, correlation .114."""
    frame = cdnow_summary()
    spend = fit_spend(frame)
    assert (spend.p, spend.q, spend.v) == pytest.approx((6.25, 3.74, 15.44), abs=0.011)
    assert spend.customers == 946
    assert spend.correlation == pytest.approx(0.114, abs=5e-4)
    assert frame.loc[frame["frequency"] > 0, "monetary"].mean() == pytest.approx(35.08, abs=5e-3)


def test_expected_spend_lies_between_own_and_shop_mean():
    spend = fit_spend(cdnow_summary())
    one, many = spend.expected(np.array([1, 50]), np.array([100.0, 100.0]))
    assert spend.mean < one < many < 100
    nobody = spend.expected(np.array([0, 3]), np.array([np.nan, 0.0]))
    assert nobody == pytest.approx([spend.mean, spend.mean])


def planted(rng: np.random.Generator, size: int = 4000, tie: float = 0.0) -> pd.DataFrame:
    usual = 2.2 * 330 / rng.gamma(5.0, 1.0, size)
    x = 1 + rng.poisson(3.0, size)
    usual = usual * x**tie
    mean = rng.gamma(2.2 * x, usual / 2.2 / x)
    return pd.DataFrame({"frequency": x, "monetary": mean})


def test_planted_spend_is_recovered():
    spend = fit_spend(planted(np.random.default_rng(2)))
    for name, value in {"p": 2.2, "q": 5.0, "v": 330.0}.items():
        low, high = spend.interval(name, 0.999)
        assert low < value < high


def test_spend_tied_to_frequency_is_refused_with_the_figure():
    frame = planted(np.random.default_rng(2), tie=0.8)
    with pytest.raises(CannotTell, match="frequent buyers spend differently"):
        fit_spend(frame)
    assert not fit_spend(frame, strict=False).independent


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (pd.DataFrame({"frequency": [1] * 5, "monetary": [1.0] * 5}), "at least 10"),
        (pd.DataFrame({"frequency": [1] * 50, "monetary": [7.0] * 50}), "the same amount"),
        (pd.DataFrame({"frequency": [1] * 50, "monetary": [np.nan] * 50}), "no order lines"),
    ],
)
def test_what_cannot_be_modelled_is_a_sentence(frame, words):
    with pytest.raises(CannotTell, match=words):
        fit_spend(frame)


def test_refunded_spend_is_left_out_and_counted():
    frame = planted(np.random.default_rng(2))
    spend = fit_spend(pd.concat([frame, frame.head(7).assign(monetary=-5.0)]))
    assert spend.left_out == 7
