"""Who recommends the shop and who does not: groups compared, after a late parcel or without."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import ibis
import numpy as np
import pandas as pd

from opsbook.errors import CannotTell
from opsbook.language import N_, count, per_cent, t
from opsbook.lifecycle.nps import net_score, nps_interval, score_gap
from opsbook.lifecycle.nps_experience import NEEDS, WINDOW, experience, with_experience
from opsbook.lifecycle.proportions import holm
from opsbook.shop.periods import Period
from opsbook.shop.sales import in_days, paid_orders
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["NEEDS", "SEGMENTS", "NpsSegments", "nps_segments", "with_experience"]

SEGMENTS: dict[str, str] = {
    "late": N_("parcel"),
    "returned": N_("return"),
    "channel": N_("channel"),
    "tier": N_("tier"),
    "platform": N_("platform"),
    "region": N_("region"),
}
"""What answers are split by, and what a report calls it."""
_OUTCOMES = {"late": (N_("late"), N_("on time")), "returned": (N_("sent back"), N_("kept"))}
_TRAITS = {"late": N_("parcel late"), "repeat": N_("bought before")}
_LEAST = 10


@dataclass(frozen=True)
class NpsSegments:
    """Net promoter scores by group, and how far the answers stand for all buyers.

    Args:
        frame: One row per segment and group: ``segment, group, answers, promoters,
            detractors, score, low, high``; ``gap`` (against all other answers) with
            ``gap_low, gap_high, p_value, p_corrected`` (Holm, over all groups tested) and
            ``is_real``. By segment, the lowest score first. Groups under 10 answers are in
            ``small``.
        small: Groups that were too small to show.
        tested: Comparisons the correction counts.
        answered: Answers in the period with a customer.
        asked: Buyers of the period, who could have been asked.
        weighted: Score if answers had the shop's mix of late parcels and repeat buyers;
            not a number where that is not known.
        score: The score as it stands, of the same answers.
        bias: One row per trait: ``trait``, share among ``answers`` and among ``buyers``.
        period: The days.
        level: Confidence of the intervals.
        source: Name of the shop.
    """

    frame: pd.DataFrame
    small: int
    tested: int
    answered: int
    asked: int
    weighted: float
    score: float
    bias: pd.DataFrame
    period: Period
    level: float
    source: str

    @property
    def real(self) -> pd.DataFrame:
        """Groups that differ from the others beyond chance, largest gap first."""
        found = self.frame[self.frame["is_real"]]
        return found.reindex(found["gap"].abs().sort_values(ascending=False).index)

    def words(self) -> str:
        """How much is known about those who did not answer."""
        share = self.answered / self.asked if self.asked else 0.0
        text = t(
            "{n} answers for {buyers} buyers ({share}). Those who answer are not like those who "
            "do not, so the score describes answers, not buyers.",
            n=count(self.answered),
            buyers=count(self.asked),
            share=per_cent(share),
        )
        if self.weighted == self.weighted:
            text += " " + t(
                "With the buyers' own mix of late parcels and repeat purchases it would be "
                "{weighted} instead of {score}; what moves people to answer is not in the data.",
                weighted=count(self.weighted * 100, 1),
                score=count(self.score * 100, 1),
            )
        return text


def nps_segments(
    shop: Shop,
    period: Period | None = None,
    *,
    by: Sequence[str] = ("late", "returned", "channel", "tier"),
    level: float = 0.95,
) -> NpsSegments:
    """Compare groups of answers with all others, corrected for being many.

    Args:
        shop: Needs ``nps.customer_id`` and orders with customers.
        period: Days of answers; all unless given, since groups need many.
        by: What to split by, of ``SEGMENTS``; those the shop does not know are left out.
        level: Confidence of the intervals, 0.5 to 0.999.

    Raises:
        CannotTell: Answers have no customer, or none of a customer is in the period.
    """
    found = _nps_segments(shop, period, by=by, level=level)
    said = found.frame["segment"].isin(_OUTCOMES)
    words = {word: t(word) for both in _OUTCOMES.values() for word in both}
    groups = found.frame["group"].where(~said, found.frame["group"].replace(words))
    traits = found.bias["trait"].map({word: t(word) for word in _TRAITS.values()})
    return replace(
        found, frame=found.frame.assign(group=groups), bias=found.bias.assign(trait=traits)
    )


@shared
def _nps_segments(
    shop: Shop, period: Period | None, *, by: Sequence[str], level: float
) -> NpsSegments:
    """``nps_segments`` with English words for groups and traits."""
    frame = with_experience(shop, period).execute()
    if frame.empty:
        raise CannotTell(N_("no answer of a named customer is in the period"))
    days = pd.to_datetime(frame["day"])
    span = period or Period(days.min().date(), days.max().date() + timedelta(days=1))
    rows, small = [], 0
    for segment in (s for s in by if s in frame.columns):
        groups = frame[segment]
        if segment in _OUTCOMES:
            yes, no = _OUTCOMES[segment]
            groups = groups.map({True: yes, False: no})
        known = frame[groups.notna()]
        for group, part in known.groupby(groups[groups.notna()].astype(str)):
            if len(part) < _LEAST:
                small += 1
                continue
            rows.append(_row(segment, str(group), part, known.drop(part.index), level))
    table = pd.DataFrame(rows)
    if table.empty:
        raise CannotTell(
            N_("no group has {least} answers; {n} answers are too few to split"),
            least=_LEAST,
            n=len(frame),
        )
    # Of two groups of a segment the second test is the first one's mirror image.
    twins = table.groupby("segment")["group"].transform("size") == 2
    mirror = twins & table["segment"].duplicated()
    corrected = pd.Series(holm(table["p_value"].where(~mirror)), index=table.index)
    table["p_corrected"] = corrected.where(
        ~mirror, table["segment"].map(corrected[twins & ~mirror].groupby(table["segment"]).first())
    )
    table["is_real"] = table["p_corrected"] < 1 - level
    order = {segment: i for i, segment in enumerate(by)}
    table = table.sort_values(["segment", "score"], key=lambda c: c.map(order) if (
        c.name == "segment") else c, ignore_index=True)  # fmt: skip
    bias, weighted, asked = _bias(shop, frame, span)
    return NpsSegments(
        table, small, int((table["p_value"].notna() & ~mirror).sum()), len(frame), asked, weighted,
        float((frame["promoter"] - frame["detractor"]).mean()), bias, span, level, shop.title,
    )  # fmt: skip


def _row(
    segment: str, group: str, part: pd.DataFrame, others: pd.DataFrame, level: float
) -> dict[str, object]:
    (p, d, n), rest = _counts(part), _counts(others)
    low, high = nps_interval([p], [d], [n], level)
    gap, gap_low, gap_high, p_value = score_gap((p, d, n), rest, level)
    return {
        "segment": segment, "group": group, "answers": int(n), "promoters": int(p),
        "detractors": int(d), "score": float(net_score(p, d, n)), "low": float(low[0]),
        "high": float(high[0]), "gap": gap, "gap_low": gap_low, "gap_high": gap_high,
        "p_value": p_value,
    }  # fmt: skip


def _counts(part: pd.DataFrame) -> tuple[float, float, float]:
    return float(part["promoter"].sum()), float(part["detractor"].sum()), float(len(part))


def _bias(shop: Shop, given: pd.DataFrame, span: Period) -> tuple[pd.DataFrame, float, int]:
    """Traits of those who answered against all buyers, and the score with the buyers' mix."""
    start = span.start - WINDOW
    orders = paid_orders(shop)
    orders = orders.filter(orders.customer_id.notnull())
    first = orders.day.min().over(ibis.window(group_by="customer_id"))
    orders = orders.mutate(repeat=orders.day > first)
    inside = experience(shop, in_days(orders, start, span.end))
    have = [c for c in _TRAITS if c in inside.columns]
    cells = inside.group_by(*have).aggregate(orders=inside.count()).execute().dropna()
    asked = int(inside.customer_id.nunique().execute())
    known = given[given["order_id"].notna()].assign(repeat=given["orders_before"] > 1)
    known = known.dropna(subset=have)
    if known.empty or cells.empty:
        return pd.DataFrame(columns=["trait", "answers", "buyers"]), float("nan"), asked
    cells[have] = cells[have].astype(bool)
    known = known.astype(dict.fromkeys(have, bool))
    bias = pd.DataFrame(
        {
            "trait": [_TRAITS[c] for c in have],
            "answers": [float(known[c].mean()) for c in have],
            "buyers": [float(np.average(cells[c], weights=cells["orders"])) for c in have],
        }
    )
    known["net"] = known["promoter"] - known["detractor"]
    scores = known.groupby(have)["net"].mean().rename("net").reset_index()
    joined = cells.merge(scores, on=have, how="inner")
    weighted = float(np.average(joined["net"], weights=joined["orders"]))
    return bias, weighted, asked
