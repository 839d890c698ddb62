"""Mailings for big sales: who gets them, and that nothing else in the shop knows of them."""

from collections import defaultdict
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from opsbook.demo.business import Business
from opsbook.demo.clock import DAY
from opsbook.demo.marketing import emit as marketing
from opsbook.demo.marketing.contacts import Contacts
from opsbook.demo.marketing.history import History, order_value
from opsbook.demo.marketing.mailings import MailingList, MailingPlan, mailing_fact, mailings


class Kept:
    """A sink that keeps tables and facts in memory."""

    def __init__(self) -> None:
        self.parts: dict[str, list[pa.Table]] = defaultdict(list)
        self.facts: dict[str, Any] = {}

    def table(self, name: str, table: pa.Table) -> None:
        self.parts[name].append(table)

    def truth(self, name: str, table: pa.Table) -> None:
        self.parts[f"truth/{name}"].append(table)

    def fact(self, **facts: Any) -> None:
        self.facts.update(facts)


@pytest.fixture(scope="module")
def kept(business: Business) -> Kept:
    sink = Kept()
    marketing.emit(business, sink)  # type: ignore[arg-type]
    return sink


@pytest.fixture(scope="module")
def rows(kept: Kept) -> pd.DataFrame:
    parts = [part.to_pandas().astype(object) for part in kept.parts["contacts"]]
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def history(business: Business) -> History:
    b = business
    return History(
        b.orders.customer, b.orders.placed, order_value(b), b.clock.seconds, b.orders.kept
    )


@pytest.fixture(scope="module")
def sent(business: Business, history: History) -> list[tuple[MailingList, Contacts]]:
    return list(mailings(business, MailingPlan(), history))


def classes(b: Business, history: History, drawn: MailingList, found: Contacts) -> Any:
    """Class of days and class of orders of each customer, counted from the orders one by one."""
    first = int(found.second[0] // DAY)
    day = b.orders.placed[history.order] // DAY
    frame = pd.DataFrame({"customer": b.orders.customer[history.order], "day": day})
    frame = frame[frame["day"] < first]
    since = first - drawn.counted_days if drawn.counted_days else -1
    counted = frame[frame["day"] >= since].groupby("customer").size()
    counted = counted.reindex(found.customer, fill_value=0).to_numpy()
    silent = first - frame.groupby("customer")["day"].max().reindex(found.customer).to_numpy()
    row = sum((silent > edge).astype(int) for edge in drawn.recent_days)
    column = sum((counted >= edge).astype(int) for edge in drawn.orders)
    return np.zeros(len(found), int) + row, np.zeros(len(found), int) + column


def test_the_two_latest_finished_mega_sales_are_named(
    business: Business, sent: list[tuple[MailingList, Contacts]], rows: pd.DataFrame
) -> None:
    over = [c for c in business.campaigns if c.type == "mega-sale" and c.end < business.clock.days]
    latest = [c.id for c in reversed(over)][:2]
    assert [found.journey for _, found in sent] == latest
    assert set(latest) <= set(rows["journey"])
    assert not set(rows["journey"]) & {c.id for c in business.campaigns if c.id not in latest}


def test_no_row_of_any_other_table_hangs_on_a_mailing(
    business: Business, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = Kept()
    monkeypatch.setattr(marketing, "mailings", lambda *_: iter(()))
    marketing.emit(business, bare)  # type: ignore[arg-type]
    assert set(bare.parts) == set(kept.parts)
    for name, parts in bare.parts.items():
        with_them = kept.parts[name]
        assert len(with_them) == len(parts) + 2 * (name == "contacts"), name
        assert all(a.equals(b) for a, b in zip(parts, with_them, strict=False)), name
    assert {k: v for k, v in kept.facts.items() if k != "mailings"} == {
        k: v for k, v in bare.facts.items() if k != "mailings"
    }


def test_who_is_mailed_follows_the_planted_chances(
    business: Business, history: History, sent: list[tuple[MailingList, Contacts]]
) -> None:
    seen = 0
    for drawn, found in sent:
        row, column = classes(business, history, drawn, found)
        for (r, c), chance in np.ndenumerate(np.array(drawn.chance)):
            inside = (row == r) & (column == c)
            if inside.sum() >= 30:
                error = np.sqrt(chance * (1 - chance) / inside.sum())
                assert abs(found.contacted[inside].mean() - chance) < 4 * error, (drawn.name, r, c)
                seen += 1
    assert seen >= 10


def test_a_mailing_looks_strong_and_does_nothing(
    business: Business, history: History, sent: list[tuple[MailingList, Contacts]]
) -> None:
    """Among customers whom the list holds for equal, the mailed order no more than the others."""
    gains, weights = [], []
    for drawn, found in sent:
        there, left = found.ordered[found.contacted], found.ordered[~found.contacted]
        assert there.mean() > 1.3 * left.mean(), drawn.name
        row, column = classes(business, history, drawn, found)
        for key in np.unique(row * 10 + column):
            inside = row * 10 + column == key
            a = found.ordered[inside & found.contacted]
            b = found.ordered[inside & ~found.contacted]
            variance = found.ordered[inside].var() * (1 / max(len(a), 1) + 1 / max(len(b), 1))
            if min(len(a), len(b)) >= 30 and variance > 0:
                gains.append(a.mean() - b.mean())
                weights.append(1 / variance)
    pooled = np.average(gains, weights=weights)
    assert abs(pooled) < 3.5 / np.sqrt(np.sum(weights))
    assert MailingPlan().lift == 0


def test_mailings_go_out_by_day_on_the_first_day_and_lose_nobody(
    business: Business, rows: pd.DataFrame
) -> None:
    start = {c.id: c.first for c in business.campaigns}
    mine = rows[rows["journey"].isin(start)]
    day = (pd.to_datetime(mine["contact_ts"]) - pd.Timestamp(business.clock.first)).dt.days
    assert (day.to_numpy() == mine["journey"].map(start).to_numpy()).all()
    assert pd.to_datetime(mine["contact_ts"]).dt.hour.between(9, 19).all()
    assert set(mine["outcome"]) == {"sent", "failed", "opened", "clicked", "ordered"}
    assert set(mine["channel"]) == {"sms", "push"}
    assert not mine.duplicated(["journey", "customer_id"]).any()


def test_the_truth_says_zero_and_what_a_plain_comparison_would(
    business: Business, kept: Kept, sent: list[tuple[MailingList, Contacts]], rows: pd.DataFrame
) -> None:
    fact = kept.facts["mailings"]
    assert fact["lift"] == 0
    assert fact["sent"] == [mailing_fact(business, drawn, found) for drawn, found in sent]
    for one in fact["sent"]:
        assert one["mailed"] == (rows["journey"] == one["campaign_id"]).sum()
        assert one["plain_comparison"] > 0.3
