"""What the ways through the shop ask of the team: the entry page that loses most."""

from typing import Any

from opsbook.finding import Finding
from opsbook.language import count, money, per_cent, t
from opsbook.traffic.paths import Paths
from opsbook.traffic.paths_chart import station_name
from opsbook.traffic.worth import worth_words

__all__ = ["entry_gap", "path_findings"]

_CHAPTER = "traffic/D02-paths"
_LEAST_SHARE, _FEWEST = 0.02, 100


def entry_gap(found: Paths) -> dict[str, Any] | None:
    """The entry page whose bounces beyond those of the other entries cost most.

    Returns:
        ``station, entries, bounce, low, high, others`` (bounce rate of the other entries),
        ``extra`` (bounces beyond that), ``rate`` (orders per visit that entered here and
        stayed) and ``stake`` (extra x rate x worth of an order, currency); None where no page
        stands out beyond chance.
    """
    entries, bounces = (float(found.stations[c].sum()) for c in ("entries", "bounces"))
    best: dict[str, Any] | None = None
    for row in found.stations.itertuples():
        rest = entries - row.entries
        if row.entries < max(_FEWEST, _LEAST_SHARE * entries) or rest < _FEWEST:
            continue
        others = (bounces - row.bounces) / rest
        if row.bounce_low <= others:
            continue
        extra = row.bounces - others * row.entries
        stayed = row.entries - row.bounces
        rate = row.entry_paid / stayed if stayed else 0.0
        stake = extra * rate * found.worth_each
        if best is None or (stake, extra) > (best["stake"], best["extra"]):
            best = {
                "station": row.station, "entries": int(row.entries), "bounce": row.bounce,
                "low": row.bounce_low, "high": row.bounce_high, "others": others,
                "extra": extra, "rate": rate, "stake": stake,
            }  # fmt: skip
    return best


def path_findings(found: Paths) -> list[Finding]:
    """The entry page to mend first; nothing where all bounce alike."""
    gap = entry_gap(found)
    if gap is None:
        return []
    name = station_name(gap["station"])
    statement = t(
        "{share} of visits that enter by the {page} bounce, {others} of the others",
        share=per_cent(gap["bounce"], 0), page=name, others=per_cent(gap["others"], 0),
    )  # fmt: skip
    priced = found.worth != "orders" and gap["stake"] > 0
    return [
        Finding(
            id="D02",
            statement=statement,
            evidence=t(
                "bounce rate [{low}, {high}] of {n} entries",
                low=per_cent(gap["low"]), high=per_cent(gap["high"]), n=count(gap["entries"]),
            ),
            reference=t("the shop's other entry pages in the same period"),
            money=-gap["stake"] if priced else None,
            money_basis=t(
                "{extra} bounces beyond the others x {rate} orders per visit that stays x {each} "
                "per order, {what}; assumes that those kept would buy like those who stay",
                extra=count(gap["extra"]), rate=per_cent(gap["rate"]),
                each=money(found.worth_each, found.currency), what=worth_words(found.worth),
            ) if priced else t("no order value is known"),
            action=t(
                "Split the page by source and speed first; then test one change of it against "
                "the page as it is."
            ),
            owner=t("Website manager"),
            due=t("this month"),
            confidence="medium",
            chapter=_CHAPTER,
            headline=statement,
        )
    ]  # fmt: skip
