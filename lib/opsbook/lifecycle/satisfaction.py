"""Satisfaction after contact with service: by group and kind, complaints against the claim."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from opsbook.common.shares import two_shares, wilson
from opsbook.errors import CannotTell
from opsbook.language import N_, count, per_cent, t
from opsbook.lifecycle.proportions import holm
from opsbook.shop.periods import Period
from opsbook.shop.sales import in_days
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["NEEDS", "Satisfaction", "satisfaction"]

NEEDS = {"tickets": ("ticket_id", "open_ts", "csat")}
_SATISFIED = 4
_LEAST = 30
_CLAIM = 0.95


@dataclass(frozen=True)
class Satisfaction:
    """Share of answers of 4 or 5 out of 5 after contact with service.

    Args:
        share: Over all tickets with an answer, fraction.
        low: Lower end of its interval.
        high: Upper end.
        answers: Tickets with an answer.
        tickets: All tickets.
        groups: One row per split and group: ``split`` (``type, service_group``), ``group,
            tickets, answers, answered`` (share), ``satisfied, share, low, high``, ``gap``
            (against all others), ``p_value, p_corrected`` (Holm), ``is_real``; the least
            satisfied first.
        complaints: The row of complaints; None where types are not known or none answered.
        by_month: Complaints by month: ``month, answers, share, low, high``; of all tickets
            where types are not known.
        period: The days.
        level: Confidence of the intervals.
        source: Name of the shop.
    """

    share: float
    low: float
    high: float
    answers: int
    tickets: int
    groups: pd.DataFrame
    complaints: "pd.Series | None"
    by_month: pd.DataFrame
    period: Period
    level: float
    source: str

    @property
    def verdict(self) -> str:
        """Complaints against the claim of 95 %: ``met, missed, open`` or empty if unknown."""
        row = self.complaints
        if row is None:
            return ""
        if row["low"] >= _CLAIM:
            return "met"
        return "missed" if row["high"] < _CLAIM else "open"

    def headline(self) -> str:
        """How satisfied complainants are, against the claim."""
        row = self.complaints
        if row is None:
            return t(
                "{share} of those who answered are satisfied ({low} to {high})",
                share=per_cent(self.share), low=per_cent(self.low), high=per_cent(self.high),
            )  # fmt: skip
        texts = {
            "met": t("{share} are satisfied after a complaint: the claimed 95 % is met"),
            "missed": t("{share} are satisfied after a complaint, short of the claimed 95 %"),
            "open": t("{share} are satisfied after a complaint; too few answers to tell it "
                      "from the claimed 95 %"),
        }  # fmt: skip
        return texts[self.verdict].format(share=per_cent(row["share"]))

    def words(self) -> str:
        """Answers, intervals and who does not answer."""
        text = t(
            "{n} of {tickets} tickets were rated ({share}); the others are not known to be "
            "satisfied.",
            n=count(self.answers),
            tickets=count(self.tickets),
            share=per_cent(self.answers / self.tickets, 0),
        )
        row = self.complaints
        if row is not None:
            text += " " + t(
                "Complaints: {satisfied} of {n} satisfied ({low} to {high}); if nobody who kept "
                "silent was, {floor}.",
                satisfied=count(row["satisfied"]), n=count(row["answers"]),
                low=per_cent(row["low"]), high=per_cent(row["high"]),
                floor=per_cent(row["satisfied"] / row["tickets"], 0),
            )  # fmt: skip
        return text


@shared
def satisfaction(shop: Shop, period: Period | None = None, *, level: float = 0.95) -> Satisfaction:
    """Satisfaction by kind of ticket and service group, and after complaints by month.

    Args:
        shop: Needs ``tickets.csat``.
        period: Days on which tickets were opened; all unless given.
        level: Confidence of the intervals, 0.5 to 0.999.

    Raises:
        CannotTell: There are no tickets, or none was rated.
    """
    shop.require(NEEDS)
    tickets = shop.tickets
    if period is not None:
        tickets = in_days(tickets, period.start, period.end, "open_ts")
    splits = [c for c in ("type", "service_group") if c in tickets.columns]
    tickets = tickets.mutate(month=tickets.open_ts.date().truncate("M"))
    sums = tickets.group_by(*splits, "month").aggregate(
        tickets=tickets.count(),
        answers=tickets.csat.count(),
        satisfied=(tickets.csat >= _SATISFIED).sum(),
    )
    cells = sums.execute()
    cells["satisfied"] = cells["satisfied"].fillna(0).astype(float)
    cells["month"] = pd.to_datetime(cells["month"])
    n, x = float(cells["answers"].sum()), float(cells["satisfied"].sum())
    if not n:
        raise CannotTell(
            N_("none of {n} tickets was rated, so satisfaction is not known"),
            n=int(cells["tickets"].sum()),
        )
    low, high = (float(v) for v in wilson(x, n, level))
    groups = _groups(cells, splits, level)
    chosen = groups[(groups["split"] == "type") & (groups["group"] == "complaint")]
    complaints = chosen.iloc[0] if len(chosen) and chosen["answers"].iloc[0] else None
    some = cells[cells["type"] == "complaint"] if complaints is not None else cells
    months = some.groupby("month")[["answers", "satisfied"]].sum().reset_index()
    months = months[months["answers"] > 0].reset_index(drop=True)
    months["share"] = months["satisfied"] / months["answers"]
    months["low"], months["high"] = wilson(months["satisfied"], months["answers"], level)
    first, last = cells["month"].min(), cells["month"].max() + pd.offsets.MonthEnd(0)
    span = period or Period(first.date(), (last + pd.Timedelta(days=1)).date())
    return Satisfaction(
        x / n, low, high, int(n), int(cells["tickets"].sum()), groups, complaints, months, span,
        level, shop.title,
    )  # fmt: skip


def _groups(cells: pd.DataFrame, splits: list[str], level: float) -> pd.DataFrame:
    parts = []
    whole = cells[["answers", "satisfied"]].sum()
    for split in splits:
        part = cells.groupby(split)[["tickets", "answers", "satisfied"]].sum()
        part = part.rename_axis("group").reset_index().assign(split=split)
        parts.append(part)
    columns = ["split", "group", "tickets", "answers", "satisfied"]
    frame = pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)
    frame["group"] = frame["group"].astype(str)
    n, x = frame["answers"].astype(float), frame["satisfied"].astype(float)
    frame["answered"] = n / frame["tickets"].astype(float)
    frame["share"] = x / n.where(n > 0)
    frame["low"], frame["high"] = wilson(x, n, level)
    others_n, others_x = whole["answers"] - n, whole["satisfied"] - x
    frame["gap"] = frame["share"] - others_x / others_n.where(others_n > 0)
    frame["p_value"] = [
        two_shares((a, b), (c, d)) if min(c, d) >= _LEAST else float("nan")
        for a, b, c, d in zip(x, others_x, n, others_n, strict=True)
    ]
    frame["p_corrected"] = holm(frame["p_value"].to_numpy(np.float64))
    frame["is_real"] = frame["p_corrected"] < 1 - level
    order = frame["split"].map({"type": 0, "service_group": 1})
    frame = frame.assign(_=order).sort_values(["_", "share"], ignore_index=True)
    return frame.drop(columns="_")
