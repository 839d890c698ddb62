"""A report in a second language reads what the first worked out, and says it in its own words."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from life_shops import START, buys, shop_of_buys

from opsbook.language import speaking, t
from opsbook.lifecycle.acquisition import acquisition
from opsbook.lifecycle.churn import churn
from opsbook.lifecycle.clusters import clusters
from opsbook.lifecycle.cohorts import cohorts
from opsbook.lifecycle.customer_base import customer_base
from opsbook.lifecycle.customer_value import value_to_date
from opsbook.lifecycle.ltv import ltv_by
from opsbook.lifecycle.migration import migration, stage_history, stage_outcomes
from opsbook.lifecycle.newcomers import newcomers
from opsbook.lifecycle.nps_segments import nps_segments
from opsbook.lifecycle.repurchase import repurchase
from opsbook.lifecycle.rfm import rfm
from opsbook.lifecycle.stages import stage_list, stages
from opsbook.lifecycle.value import customer_values
from opsbook.shop.answers import Question
from opsbook.shop.settings import Settings
from opsbook.shop.shared import FOLDER
from opsbook.shop.shop import Shop

N, DAYS = 900, 400


def made() -> Shop:
    """900 customers at their own pace; a third came by no stated channel, and all were asked."""
    rng = np.random.default_rng(5)
    rows = []
    for i in range(N):
        now, pace = rng.uniform(0, DAYS), float(rng.choice([6, 45]))
        leaves = now + rng.exponential(150)
        while now < min(leaves, DAYS):
            rows.append(buys(f"c{i:04d}", now, price=float(rng.integers(5, 60))))
            now += rng.exponential(pace)
    frame = pd.DataFrame(rows)
    first = frame.groupby("customer_id")["order_ts"].min()
    known = pd.Series(["ads", "search", None] * (N // 3))
    customers = pd.DataFrame(
        {
            "customer_id": first.index,
            "signup_date": first.dt.normalize().to_numpy(),
            "channel": known.iloc[: len(first)].to_numpy(),
        }
    )
    days = pd.date_range(START.date(), periods=DAYS)
    spend = pd.DataFrame({"date": days, "channel": "ads", "cost": 9.0})
    asked = pd.DataFrame(
        {
            "response_id": [f"r{i}" for i in range(len(first))],
            "date": START.date() + timedelta(days=DAYS - 2),
            "score": rng.integers(0, 11, len(first)),
            "customer_id": first.index,
        }
    )
    back = pd.DataFrame({"order_id": [f"o{i}" for i in range(0, len(rows), 9)]})
    back = back.assign(
        return_id=back["order_id"],
        request_ts=START + timedelta(days=DAYS),
    )
    tables = {"customers": customers, "ad_spend": spend, "nps": asked, "returns": back}
    return shop_of_buys(rows, cost=0.6, **tables)


@pytest.fixture(scope="module")
def entries() -> Any:
    return made().entries


@pytest.fixture
def opened(entries: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Shop]:
    """Opens the shop as each report of a batch does."""
    data = tmp_path / "orders.csv"
    data.write_text("order_id\n")
    batch = tmp_path / "batch"
    batch.mkdir(mode=0o700)
    monkeypatch.setenv(FOLDER, str(batch))
    settings = Settings(name="Acme", name_zh="艾克美", currency="CNY")
    return lambda: Shop(str(data), settings, entries)


def asked(shop: Shop) -> dict[str, pd.DataFrame]:
    """What the report's sections ask, as frames."""
    new = newcomers(shop)
    seen, late = cohorts(shop), churn(shop, silent_days=60)
    cost, due = acquisition(shop), repurchase(shop)
    base = customer_base(shop)
    worth = customer_values(shop, base=base)
    now = stages(shop)
    moved = migration(shop, now.at - timedelta(days=90), rule=now.rule, clock=now.clock)
    said = nps_segments(shop, by=("returned",))
    return {
        "value": value_to_date(shop, new).frame,
        "whole": value_to_date(shop, new, by="all").frame,
        "windows": seen.windows,
        "curve": seen.curve,
        "cost": cost.frame,
        "curve of cost": cost.curve,
        "ltv": ltv_by(shop, base, worth.spend, worth.margin),
        "reminders": due.reminders,
        "leaving": late.customers,
        "history": stage_history(shop, now),
        "outcomes": stage_outcomes(shop, now),
        "moved": moved.flows,
        "late": stage_list(shop, now, "at risk"),
        "answers": said.frame,
        "bias": said.bias,
        "clusters": clusters(rfm(shop, now.at)).profiles,
    }


def test_second_language_works_nothing_out_again_and_differs_in_words_only(
    opened: Callable[[], Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    with speaking("en"):
        english = asked(opened())

    def again(self: Question) -> Any:
        raise AssertionError("worked out twice")

    monkeypatch.setattr(Question, "_computed", again)
    with speaking("zh"):
        chinese = asked(opened())
        words = {"not stated": t("not stated"), "All": t("All"), "unknown": t("unknown")}
        words |= {
            "sent back": t("sent back"),
            "kept": t("kept"),
            "bought before": t("bought before"),
        }
    for name, frame in english.items():
        assert not frame.empty, name
        figures = list(frame.select_dtypes("number").columns)
        other = chinese[name]
        pd.testing.assert_frame_equal(
            frame[figures].sort_values(figures, ignore_index=True),
            other[figures].sort_values(figures, ignore_index=True),
            obj=name,
        )
    named = dict.fromkeys(("value", "whole", "windows", "ltv", "answers"), "group")
    for name, column in (named | {"cost": "channel", "bias": "trait"}).items():
        said = set(english[name][column])
        assert {words.get(word, word) for word in said} == set(chinese[name][column]), name
        assert said & set(words), name
    assert set(chinese["leaving"]["reason"]).isdisjoint(set(english["leaving"]["reason"]) - {""})
    assert set(chinese["reminders"]["reason"]).isdisjoint(english["reminders"]["reason"])


def test_outside_a_batch_the_figures_are_the_same(
    opened: Callable[[], Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    with speaking("zh"):
        inside = asked(opened())
        monkeypatch.delenv(FOLDER)
        outside = asked(opened())
    for name, frame in inside.items():
        pd.testing.assert_frame_equal(frame, outside[name], obj=name, rtol=1e-6)
