"""What changed in a report since its last good run: figures that moved, findings come and gone."""

import json
from collections.abc import Mapping
from math import isfinite
from pathlib import Path
from typing import Any

from opsbook.report.news import same_finding

__all__ = ["changes"]

_MOST = 10
_LONGEST = 240


def changes(
    folder: Path, entry: Mapping[str, Any], before: Mapping[str, Any] | None
) -> dict[str, Any] | None:
    """Compare a good run with the results that still stand in the folder.

    Args:
        folder: Where ``STEM.findings.json`` and ``STEM.metrics.json`` are those of before.
        entry: The new run: its ``metrics`` and ``findings``.
        before: Its last good run: ``started``; None for the first.

    Returns:
        ``since``; ``figures``, those that moved, each with ``label``, ``before``, ``now``
        (as shown) and ``change`` (a fraction, null where there is none); ``new`` and
        ``gone``, statements of findings. None where there is nothing to compare with.
    """
    if before is None:
        return None
    old = _read(folder / f"{entry['stem']}.findings.json", "findings")
    figures = _read(folder / f"{entry['stem']}.metrics.json", "metrics")
    if old is None or figures is None:
        return None
    new = list(entry.get("findings") or [])
    return {
        "since": before.get("started", ""),
        "figures": _moved(figures, list(entry.get("metrics") or [])),
        "new": _missing_from(old, new),
        "gone": _missing_from(new, old),
    }


def _read(file: Path, key: str) -> list[Mapping[str, Any]] | None:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))[key]
        return [one for one in found if isinstance(one, dict)]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _missing_from(
    known: list[Mapping[str, Any]], found: list[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Findings that have no counterpart among the known ones."""
    keys = {same_finding(one) for one in known}
    return [
        {"statement": str(one.get("statement", ""))[:_LONGEST], "money": one.get("money")}
        for one in found
        if same_finding(one) not in keys
    ][:_MOST]


def _moved(before: list[Mapping[str, Any]], now: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Figures whose shown value is another; told apart by their stable name."""
    old = {str(figure.get("id")): figure for figure in before}
    return [
        {
            "label": str(figure.get("label", ""))[:_LONGEST],
            "before": str(old[name].get("value", ""))[:_LONGEST],
            "now": str(figure.get("value", ""))[:_LONGEST],
            "change": _share(old[name].get("raw"), figure.get("raw")),
        }
        for figure in now
        if (name := str(figure.get("id"))) in old and old[name].get("value") != figure.get("value")
    ][:_MOST]


def _share(before: Any, now: Any) -> float | None:
    numbers = [v for v in (before, now) if isinstance(v, (int, float)) and isfinite(v)]
    if len(numbers) < 2 or not before:
        return None
    return round((now - before) / abs(before), 6)
