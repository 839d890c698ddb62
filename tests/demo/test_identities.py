"""Identities: who is who is known, and the keys help and mislead as planned."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from opsbook.demo.draw import stream
from opsbook.demo.loyalty.persons import misspell, scrambled


@pytest.fixture(scope="module")
def facts(small: Any) -> dict[str, Any]:
    return dict(json.loads((small.folder / "truth.json").read_text())["loyalty"]["identities"])


@pytest.fixture(scope="module")
def accounts(small: Any) -> pd.DataFrame:
    return small.truth("identities")


@pytest.fixture(scope="module")
def keys(small: Any, accounts: pd.DataFrame) -> pd.DataFrame:
    """The keys with the truth beside them."""
    true = accounts.rename(columns={"customer_id": "owner"})
    return small.identities.merge(true, on=["source", "account_id"], validate="many_to_one")


def pairs(keys: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Pairs of accounts with the same key."""
    some = keys[keys.key_type == kind]
    both = some.merge(some, on="key_value")
    return both[both.account_id_x < both.account_id_y]


def distance(one: str, two: str) -> int:
    """Edits (letters put in, left out, replaced, neighbours swapped) between two texts."""
    before: list[int] = []
    row = list(range(len(two) + 1))
    for i, a in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, b in enumerate(two, 1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == two[j - 2] and one[i - 2] == b:
                best = min(best, last[j - 2] + 1)
            row.append(best)
    return row[-1]


def test_every_account_has_a_key_and_a_person(
    small: Any, keys: pd.DataFrame, accounts: pd.DataFrame
) -> None:
    assert len(keys) == len(small.identities)
    assert not accounts.account_id.duplicated().any()
    assert set(keys.account_id) == set(accounts.account_id)
    assert not small.identities.duplicated(["source", "account_id", "key_type"]).any()


def test_known_owners_are_the_true_ones(keys: pd.DataFrame) -> None:
    known = keys[keys.customer_id.notna()]
    assert (known.customer_id == known.owner).all()
    by_account = keys.groupby("account_id").customer_id
    assert (by_account.nunique() <= 1).all()
    unknown = by_account.first().isna().mean()
    assert 0.25 < unknown < 0.6


def test_duplicate_share_is_the_planted_one(accounts: pd.DataFrame, facts: dict[str, Any]) -> None:
    """Further accounts per person against the plan; a mean of 0 to 3 with variance 0.52."""
    chance = np.array(facts["more_accounts"])
    mean = (chance * np.arange(4)).sum()
    spread = np.sqrt((chance * (np.arange(4) - mean) ** 2).sum())
    persons = accounts.person_id.nunique()
    more = len(accounts) / persons - 1
    assert more == pytest.approx(mean, abs=4 * spread / np.sqrt(persons))
    assert facts["duplicate_share"] == pytest.approx(1 - persons / len(accounts))


def test_a_phone_matches_with_few_errors_a_device_with_more(
    keys: pd.DataFrame, accounts: pd.DataFrame
) -> None:
    """Pairs with the same key: precision against the truth, recall of all true pairs."""
    both = accounts.merge(accounts, on="person_id")
    true = (both.account_id_x < both.account_id_y).sum()
    by_phone, by_device = pairs(keys, "phone"), pairs(keys, "device")
    right_phone = (by_phone.person_id_x == by_phone.person_id_y).mean()
    right_device = (by_device.person_id_x == by_device.person_id_y).mean()
    assert 0.93 < right_phone < 1
    assert right_device < right_phone
    assert 0.40 < (by_phone.person_id_x == by_phone.person_id_y).sum() / true < 0.70


def test_wrong_device_matches_are_families(keys: pd.DataFrame) -> None:
    same = pairs(keys, "device")
    wrong = same[same.person_id_x != same.person_id_y]
    assert len(wrong) > 0
    assert (wrong.home_id_x == wrong.home_id_y).all()


def test_open_ids_tie_only_the_shops_own_sources(keys: pd.DataFrame) -> None:
    same = pairs(keys, "open_id")
    assert set(same.source_x) | set(same.source_y) <= {"Own app", "Offline POS"}
    assert (same.person_id_x == same.person_id_y).all()


def test_names_of_one_person_differ_by_slips_and_order(
    keys: pd.DataFrame, facts: dict[str, Any]
) -> None:
    """Two names agree unless one of them has a slip or is turned: both have neither."""
    some = keys[keys.key_type == "name"]
    both = some.merge(some, on="person_id")
    both = both[both.account_id_x < both.account_id_y]
    plain = (1 - facts["slips"]) * (1 - facts["turned"])
    agree = (both.key_value_x == both.key_value_y).mean()
    # Both turned, and slips that swap equal letters, add a little.
    assert agree == pytest.approx(plain**2, abs=4 * 0.42 / np.sqrt(len(both)) + 0.02)
    straight = both[both.key_value_x.str[:2] == both.key_value_y.str[:2]]
    apart = [
        distance(a, b) for a, b in zip(straight.key_value_x, straight.key_value_y, strict=True)
    ]
    assert np.mean(np.array(apart) <= 2) > 0.98


def test_a_family_has_one_address(keys: pd.DataFrame) -> None:
    """In the short or the long form, with or without a slip."""
    some = keys[keys.key_type == "address"].copy()
    some["plain"] = some.key_value.str.replace(" Road", " Rd").str.replace("Room ", "Rm ")
    both = some.merge(some, on="home_id")
    both = both[(both.account_id_x < both.account_id_y) & (both.person_id_x != both.person_id_y)]
    assert len(both) > 5
    assert (both.plain_x == both.plain_y).mean() > 0.6


def test_misspell_changes_one_letter_of_some_texts() -> None:
    texts = np.array([b"Zhang Weiming", b"Li Na", b"Wu"] * 2000)
    slipped = misspell(stream(1, "slips"), texts, 0.25)
    changed = slipped != texts
    # Names shorter than four letters stay; equal neighbours may be swapped unseen.
    assert not changed[2::3].any()
    assert changed[0::3].mean() == pytest.approx(0.25, abs=4 * np.sqrt(0.25 * 0.75 / 2000) + 0.02)
    one = [(a.decode(), b.decode()) for a, b in zip(texts, slipped, strict=True) if a != b]
    assert {distance(a, b) for a, b in one} == {1}


def test_scrambled_numbers_are_distinct_and_in_no_order() -> None:
    codes = scrambled(np.arange(50_000), 12345).to_pylist()
    assert len(set(codes)) == 50_000
    assert all(len(code) == 12 for code in codes[:100])
    first = np.array([int(code, 16) for code in codes], float)
    assert abs(np.corrcoef(first, np.arange(50_000))[0, 1]) < 4 / np.sqrt(50_000)
    assert scrambled(np.arange(3), 1).to_pylist() != scrambled(np.arange(3), 2).to_pylist()
