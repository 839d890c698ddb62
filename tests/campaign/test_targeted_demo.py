"""The demo shop's mailings did nothing: a large plain gap, and no effect that is believed."""

import json

import pytest

import opsbook
from opsbook.campaign.event import event_of
from opsbook.campaign.targeted import targeted_effect
from opsbook.demo import default_folder


def sent():
    truth = json.loads((default_folder() / "truth.json").read_text(encoding="utf-8"))
    return truth["mailings"]


@pytest.fixture(scope="module")
def found():
    shop = opsbook.open_shop("demo")
    return {
        one["list"]: targeted_effect(shop, event_of(shop, one["campaign_id"]))
        for one in sent()["sent"]
    }


def test_the_event_of_the_report_is_one_that_was_mailed_for():
    event = event_of(opsbook.open_shop("demo"))
    assert event.targeted
    assert event.id == sent()["sent"][0]["campaign_id"]


def test_who_was_mailed_is_who_the_answer_key_says(found):
    for one in sent()["sent"]:
        result = found[one["list"]]
        assert result.by_journey
        assert result.targeted == one["mailed"]
        assert result.targeted + result.others == one["known"]
        assert result.held == 0


def test_the_plain_gap_claims_a_gain_and_nothing_believed_does(found):
    assert sent()["lift"] == 0
    for result in found.values():
        assert result.of("naive")["low"] > 0
        assert result.verdict in ("no effect", "moving apart", "not comparable")
        assert result.balance["after"].abs().max() < result.balance["before"].abs().max() / 3


def test_regulars_get_an_answer_and_the_half_year_list_is_refused(found):
    regulars, active = found["regulars"], found["active"]
    assert regulars.believed
    assert regulars.low <= 0 <= regulars.high
    assert regulars.high < regulars.of("naive")["estimate"]
    assert active.verdict == "moving apart"
    # Where nothing had been sent the comparison already shows a gain.
    earlier = active.placebos[active.placebos["method"] == "weighted"]
    assert earlier["z"].abs().max() > 3
