"""What a post-mortem leaves in the shop's file: a row per action, lesson and verdict."""

from collections.abc import Sequence
from datetime import date

import pandas as pd

from opsbook.campaign.actions import Action
from opsbook.campaign.event import Event, stem_of
from opsbook.finding import Finding

__all__ = ["post_mortem_rows"]


def post_mortem_rows(
    event: Event,
    actions: Sequence[Action],
    findings: Sequence[Finding],
    today: date,
    judged: pd.DataFrame | None = None,
) -> list[dict[str, object]]:
    """Actions, lessons and verdicts of one event, one row of the file each.

    Args:
        event: The event.
        actions: Its actions.
        findings: What was learnt; each statement is a lesson.
        today: Day of filing.
        judged: Promises of earlier runs that have a verdict, from ``Promises.judged``.
    """
    head = {
        "filed_on": today.isoformat(),
        "campaign_id": event.id,
        "event": stem_of(event.name),
        "name": event.name,
    }
    rows: list[dict[str, object]] = []
    counted: dict[tuple[str, str], int] = {}

    def number(kind: str, finding: str) -> str:
        # Not the text: a report in another language files the same rows.
        counted[kind, finding] = counted.get((kind, finding), 0) + 1
        return f"{event.id}/{kind}/{finding or 'own'}/{counted[kind, finding]}"

    for action in actions:
        rows.append(
            head
            | {
                "row_id": number("action", action.finding),
                "kind": "action",
                "finding": action.finding,
                "text": action.what,
                "owner": action.owner,
                "measure": action.measure,
                "baseline": action.baseline,
                "target": action.target,
                "due": action.due.isoformat() if action.due else "",
                "money": action.money,
                "status": "open",
            }
        )
    for note in findings:
        rows.append(
            head
            | {
                "row_id": number("lesson", note.id),
                "kind": "lesson",
                "finding": note.id,
                "text": note.statement,
                "owner": note.owner,
                "money": note.money,
            }
        )
    if judged is not None:
        for row in judged.itertuples():
            rows.append(
                head
                | {
                    "row_id": f"{event.id}/verdict/{row.row_id}",
                    "kind": "verdict",
                    "finding": row.finding,
                    "text": row.text,
                    "measure": row.measure,
                    "baseline": row.now,
                    "target": row.target,
                    "decision": row.decision,
                }
            )
    return rows
