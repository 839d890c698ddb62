"""Mailings without effect on whole shops: how often intervals hold nothing, and who refuses."""

import json

import pandas as pd
import pytest

import opsbook
from opsbook.campaign.event import event_of
from opsbook.campaign.targeted import targeted_effect
from opsbook.demo import simulate

pytestmark = pytest.mark.slow
SEEDS = range(101, 113)


def test_regulars_get_an_answer_that_is_mostly_right_and_half_year_lists_get_none(tmp_path):
    rows = []
    for seed in SEEDS:
        folder = simulate(tmp_path / "shop", seed=seed, events="none")
        truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))["mailings"]
        assert truth["lift"] == 0
        shop = opsbook.open_shop(str(folder))
        for sent in truth["sent"]:
            found = targeted_effect(shop, event_of(shop, sent["campaign_id"]))
            plain = found.of("naive")
            answered = bool(found.believed)
            right = found.low <= 0 <= found.high
            rows.append((sent["list"], seed, plain["low"], answered, right, found.verdict))
    table = pd.DataFrame(rows, columns=["list", "seed", "plain_low", "answered", "right", "said"])
    print(table.to_string())
    # The plain gap claims a gain every time.
    assert (table["plain_low"] > 0).all()
    regulars, active = (table[table["list"] == name] for name in ("regulars", "active"))
    assert regulars["answered"].mean() >= 0.6
    assert regulars.loc[regulars["answered"], "right"].mean() >= 0.8
    assert active["answered"].mean() <= 0.25
    assert not (active["said"].isin(["adds", "takes"])).any()
