"""Clusters: planted groups are found, and none are claimed where there are none."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from line_shops import MONDAY, shop_of_lines
from sklearn.metrics import adjusted_rand_score

from opsbook.errors import CannotTell, ParameterError
from opsbook.lifecycle.cluster_choice import nearest
from opsbook.lifecycle.clusters import cluster_customers, clusters
from opsbook.lifecycle.clusters_chart import (
    choice_table,
    cluster_findings,
    clusters_table,
    cross_table,
    plot_clusters,
    profile_words,
)
from opsbook.lifecycle.rfm import RfmRules, rfm

NAMES = ("recency_days", "frequency", "average")
KS = range(2, 6)


def people(groups: list[tuple[float, float, float]], each: int, spread: float) -> pd.DataFrame:
    """Customers around the given medians, log-normal with the spread; days and counts whole."""
    rng = np.random.default_rng(5)
    parts = [
        pd.DataFrame(np.exp(np.log(g) + spread * rng.normal(size=(each, 3))), columns=NAMES)
        for g in groups
    ]
    frame = pd.concat(parts, ignore_index=True)
    frame["recency_days"] = frame["recency_days"].round()
    frame["frequency"] = frame["frequency"].round().clip(lower=1)
    frame["planted"] = np.repeat(range(len(groups)), each)
    frame["customer_id"] = [f"c{i}" for i in range(len(frame))]
    frame["monetary"] = frame["frequency"] * frame["average"]
    return frame


@pytest.fixture(scope="module")
def three():
    frame = people([(8.0, 20.0, 60.0), (200.0, 20.0, 60.0), (40.0, 3.0, 600.0)], 300, 0.25)
    return frame, cluster_customers(frame, NAMES, ks=KS)


def test_planted_groups_are_found_with_their_number(three):
    frame, found = three
    assert found.k == 3 and found.choice.real
    assert adjusted_rand_score(frame["planted"], found.customers["cluster"]) > 0.97
    assert found.choice.tried.set_index("k").loc[3, "stability"] > 0.95


def test_one_cloud_is_not_called_clusters():
    found = cluster_customers(people([(40.0, 12.0, 80.0)], 900, 0.7), NAMES, ks=KS)
    assert not found.choice.real
    assert "no clusters worth the name" in found.words()


def test_buying_once_is_no_cluster_by_itself():
    # Purchases are geometric: two thirds bought once; a spike, but one population.
    rng = np.random.default_rng(2)
    frame = people([(60.0, 1.0, 80.0)], 900, 0.8).assign(frequency=rng.geometric(0.66, 900))
    assert not cluster_customers(frame, NAMES, ks=KS).choice.structured


def test_the_same_seed_gives_the_same_clusters_and_units_do_not_matter(three):
    frame, found = three
    again = cluster_customers(frame, NAMES, ks=[3])
    fen = cluster_customers(frame.assign(average=frame["average"] * 100), NAMES, ks=[3])
    assert adjusted_rand_score(again.customers["cluster"], found.customers["cluster"]) > 0.99
    assert adjusted_rand_score(fen.customers["cluster"], again.customers["cluster"]) > 0.99


def test_profiles_add_up_and_are_put_in_words(three):
    frame, found = three
    assert found.profiles["customers"].sum() == len(frame)
    assert found.profiles["share"].sum() == pytest.approx(1)
    assert found.profiles["money"].sum() == pytest.approx(frame["monetary"].sum())
    words = profile_words(found)
    # Group 1 spends most: few but large purchases.
    assert "rarely" in words[0] and "large purchases" in words[0]
    assert sum("silent for long" in text for text in words) == 1


def test_nearest_centre_is_the_nearest():
    points = np.random.default_rng(1).normal(size=(500, 3))
    centres = points[:7]
    slow = ((points[:, None] - centres[None]) ** 2).sum(axis=2).argmin(axis=1)
    assert (nearest(points, centres) == slow).all()


@pytest.mark.parametrize(
    ("change", "options", "error", "says"),
    [
        ({}, {"ks": [1, 2]}, ParameterError, "ks"),
        ({"average": -1.0}, {}, ParameterError, 'feature "average"'),
        ({"average": np.nan}, {}, ParameterError, 'feature "average"'),
        ({"average": 2.0, "frequency": 1.0, "recency_days": 4.0}, {}, CannotTell, "alike"),
    ],
)
def test_what_cannot_be_clustered_is_named(change, options, error, says):
    frame = people([(40.0, 12.0, 80.0)], 120, 0.3).assign(**change)
    if change.get("frequency"):
        frame[["average", "frequency", "recency_days"]] += 0.5  # no whole numbers to spread
    with pytest.raises(error, match=says):
        cluster_customers(frame, NAMES, **options)
    with pytest.raises(CannotTell, match="too few"):
        cluster_customers(people([(40.0, 12.0, 80.0)], 99, 0.3), NAMES)


def test_from_rfm_to_chart_with_agreement_and_refunded_customers_left_out():
    rng = np.random.default_rng(4)
    rows = [
        {"day": int(d), "price": float(p), "customer": f"c{c}"}
        for c, d, p in zip(
            rng.integers(0, 150, 700), rng.integers(0, 200, 700), rng.exponential(50, 700) + 5,
            strict=True,
        )
    ]  # fmt: skip
    rows.append({"day": 5, "price": 0.0, "customer": "free"})
    base = rfm(shop_of_lines(rows), MONDAY + timedelta(days=200), RfmRules(window_days=200))
    found = clusters(base, ks=[2, 3])
    assert found.left_out == 1 and "1 customers without net spend" in found.words()
    assert found.agreement is not None and -0.1 < found.agreement < 0.9
    assert found.cross().to_numpy().sum() == len(base.customers) - 1
    chart = plot_clusters(found)
    assert "<svg" in chart.svg() and "<svg" in chart.svg(phone=True) and "Group 1" in chart.alt
    for table in (clusters_table(found), choice_table(found), cross_table(found)):
        assert "nan" not in table.html()
    (finding,) = cluster_findings(found)
    assert finding.money is None and finding.money_basis
