"""How well the check finds planted dirt: what it names against the key, kind by kind."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pandas as pd

from opsbook.errors import ParameterError
from opsbook.language import N_
from opsbook.shop.checks import check
from opsbook.shop.health import HARMLESS, CheckResult
from opsbook.shop.issues import Issue
from opsbook.shop.opening import open_shop
from opsbook.shop.shop import Shop
from opsbook.shop.spellings import ARROW

__all__ = ["ALL", "Score", "score"]

ALL = 1_000_000_000
"""Examples that the check has to show: every row."""
_MENDED = r"^\s|\s$"


@dataclass(frozen=True)
class Score:
    """What was planted, found and said too much.

    Args:
        by_kind: One row per table, column and kind of issue: ``table, column, issue, kinds``
            (what was planted, in words), ``planted, found, extra`` (rows).
    """

    by_kind: pd.DataFrame

    @property
    def recall(self) -> float:
        """Share of what was planted that was found, 0 to 1."""
        return float(self.by_kind.found.sum() / max(self.by_kind.planted.sum(), 1))

    @property
    def excess(self) -> float:
        """What was found and never planted, as a share of what was planted."""
        return float(self.by_kind.extra.sum() / max(self.by_kind.planted.sum(), 1))


def score(
    shop: Shop | Path | str, *, now: datetime | None = None, found: CheckResult | None = None
) -> Score:
    """Check a soiled demo shop and compare with the key.

    A row counts as found when the check names it, by its key or by its value, in an issue of
    the kind that the key expects there. Padding that opening the shop mends counts as found
    when no padded word is left.

    Args:
        shop: A soiled demo shop, or its folder.
        now: What lies more than a day after it is in the future; the clock unless given.
        found: What a check with all examples found, where one has been made already.

    Raises:
        ParameterError: The shop has no key of its dirt.
    """
    if not isinstance(shop, Shop):
        shop = open_shop(shop)
    file = Path(shop.source) / "truth" / "dirt.parquet"
    if not file.is_file():
        raise ParameterError(
            N_("{folder} has no key of planted dirt; build it with: opsbook demo DIR --dirt"),
            folder=shop.source,
        )
    key = pd.read_parquet(file)
    if found is None:
        found = check(shop, now=now, shown=ALL)
    rows = [*_compared(key[key.issue != ""], found.issues), *_mended(key[key.issue == ""], shop)]
    columns = ["table", "column", "issue", "kinds", "planted", "found", "extra"]
    return Score(pd.DataFrame(rows, columns=columns))


def _compared(key: pd.DataFrame, issues: tuple[Issue, ...]) -> Iterator[tuple[object, ...]]:
    faults = [i for i in issues if i.rows and i.kind not in HARMLESS]
    said = {(i.table, i.column, i.kind): i for i in faults}
    planted = dict(iter(key.groupby(["table", "issue_column", "issue"])))
    for place in sorted({*planted, *said}):
        part, issue = planted.get(place), said.get(place)
        names = Counter() if part is None else Counter(part.name.fillna(""))
        hit = 0
        if issue is not None:
            named = {example.key or example.value.split(ARROW)[0] for example in issue.examples}
            hit = min(sum(names[name] for name in named), issue.rows)
        kinds = "" if part is None else ", ".join(sorted(set(part.kind)))
        extra = issue.rows - hit if issue is not None else 0
        yield (*place, kinds, sum(names.values()), hit, extra)


def _mended(key: pd.DataFrame, shop: Shop) -> Iterator[tuple[object, ...]]:
    for (table, column), part in key.groupby(["table", "column"]):
        value = shop.table(table)[column]
        left = int(value.re_search(_MENDED).ifelse(1, 0).sum().execute() or 0)
        yield table, column, "", ", ".join(sorted(set(part.kind))), len(part), len(part) - left, 0
