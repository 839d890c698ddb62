"""What the last run of this event promised, and whether it came true: keep, change, retire."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from opsbook.campaign.actions import Action
from opsbook.campaign.event import Event, all_events, stem_of
from opsbook.campaign.memory_file import append_rows, memory_file, read_memory
from opsbook.campaign.memory_rows import post_mortem_rows
from opsbook.campaign.memory_verdict import decide
from opsbook.errors import RunError
from opsbook.finding import Finding
from opsbook.language import t
from opsbook.shop.shop import Shop

__all__ = ["Filed", "Promises", "decide", "file_post_mortem", "promised"]


@dataclass(frozen=True)
class Promises:
    """What earlier runs of an event left behind.

    Args:
        event: The event that opens with them.
        rows: One row per action filed at an earlier run, latest run first: ``row_id, name,
            text, owner, finding, measure, baseline, target, now`` (the measure in this
            event), ``due, status`` (as people left it), ``decision``.
        lessons: One row per lesson: ``name, text, finding``.
        file: Where they stand; None where the shop has no place for them.
    """

    event: Event
    rows: pd.DataFrame
    lessons: pd.DataFrame
    file: Path | None

    @property
    def judged(self) -> pd.DataFrame:
        """Actions that have a verdict."""
        return self.rows[self.rows["decision"].isin(["keep", "change", "retire"])]


@dataclass(frozen=True)
class Filed:
    """What became of filing a post-mortem.

    Args:
        file: Where it was filed; None if it was not.
        new: Rows that were new.
        known: Rows that were there already, and stay as people left them.
        why: Why nothing was filed, in the language in force; empty if it was.
    """

    file: Path | None
    new: int
    known: int
    why: str = ""


def promised(
    shop: Shop,
    event: Event,
    measures: dict[str, float],
    *,
    folder: str | Path = "",
) -> Promises:
    """Open with what earlier runs of the same event promised, judged by measured figures.

    Args:
        shop: The shop.
        event: The event of this report.
        measures: From ``event_measures`` of this event.
        folder: Folder of the file; the shop's own unless given.

    Raises:
        DataError: The file is not one of ours.
    """
    file = memory_file(shop, folder)
    rows = read_memory(file)
    earlier = rows[(rows["event"] == stem_of(event.name)) & (rows["campaign_id"] != event.id)]
    # What a later run filed is no promise to this one.
    later = {e.id for e in all_events(shop) if e.start > event.start}
    earlier = earlier[~earlier["campaign_id"].isin(later)]
    earlier = earlier.sort_values("filed_on", ascending=False, kind="stable")
    acts = earlier[earlier["kind"] == "action"].reset_index(drop=True)
    for column in ("baseline", "target"):
        acts[column] = pd.to_numeric(acts[column], errors="coerce")
    acts["now"] = [measures.get(m, float("nan")) for m in acts["measure"]]
    over = event.state == "finished"
    acts["decision"] = [
        decide(r.measure, r.baseline, r.target, r.now, over=over, status=r.status)
        for r in acts.itertuples()
    ]
    lessons = earlier.loc[earlier["kind"] == "lesson", ["name", "text", "finding"]]
    return Promises(event, acts, lessons.reset_index(drop=True), file)


def file_post_mortem(
    shop: Shop,
    event: Event,
    actions: Sequence[Action],
    findings: Sequence[Finding] = (),
    *,
    today: date,
    promises: Promises | None = None,
    folder: str | Path = "",
) -> Filed:
    """File an event's actions and lessons for its next run.

    What is there already is not touched: people may have edited it. A verdict on an earlier
    promise is filed as a row of its own.

    Args:
        shop: The shop.
        event: The event; only one that is over is filed.
        actions: Its actions, from ``actions_of``.
        findings: What was learnt; each statement is filed as a lesson.
        today: Day of filing.
        promises: From ``promised``, whose verdicts are filed too.
        folder: Folder of the file; the shop's own unless given.

    Raises:
        DataError: The file is there and is not one of ours.
    """
    if event.state != "finished":
        return Filed(None, 0, 0, t("{name} is not over: nothing is filed yet.", name=event.name))
    file = memory_file(shop, folder)
    if file is None:
        return Filed(
            None,
            0,
            0,
            t(
                "This source has no folder of its own to file in (a simulated shop, a packaged "
                "panel or a database): name one in the parameter memory."
            ),
        )
    judged = promises.judged if promises is not None else None
    rows = post_mortem_rows(event, actions, findings, today, judged)
    try:
        new = append_rows(file, rows)
    except RunError as fault:
        # A folder that may only be read is no reason to lose the report.
        return Filed(None, 0, 0, str(fault))
    return Filed(file, new, len(rows) - new)
