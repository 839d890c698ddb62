"""Check a shop's data: what is there, what is broken, doubtful or worth knowing, what can run.

All counting happens in the engine that holds the data, one aggregate query per table where
one can do it. ``require_sound`` is the short form that stands before a report.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from opsbook.errors import DataError
from opsbook.language import N_
from opsbook.shop.contract import contract
from opsbook.shop.counting import SHOWN, count_table
from opsbook.shop.door import Entry
from opsbook.shop.health import CheckResult, TableCheck
from opsbook.shop.issues import Issue, Severity
from opsbook.shop.keys import dropped, repeats
from opsbook.shop.links import line_issues, link_issues
from opsbook.shop.shared import in_any_order, shared
from opsbook.shop.shop import Shop
from opsbook.shop.spellings import spelling_issues
from opsbook.shop.stories import story_issues

__all__ = ["CheckResult", "TableCheck", "check", "require_sound"]

_STORIES = ("orders", "shipments", "returns", "events")
"""Tables whose rows may contradict others, in the order of their issues."""
_CORE = ("orders", "order_lines", "products")


def check(
    shop: Shop,
    tables: Iterable[str] | None = None,
    *,
    methods: Mapping[str, Mapping[str, Sequence[str]]] | None = None,
    now: datetime | None = None,
    shown: int = SHOWN,
) -> CheckResult:
    """Check tables of a shop against the contract.

    Args:
        shop: The shop.
        tables: Names of the tables to check; all that the shop has unless given. Those that
            the shop has not are passed over.
        methods: Reports and methods by name, each with the tables and columns it reads.
        now: What lies more than a day after it is in the future; the clock unless given.
        shown: Examples per fault.

    """
    asked = set(shop.tables if tables is None else tables)
    chosen = [name for name in contract() if name in asked and shop.has(name)]
    issues: list[Issue] = list(shop.issues)
    checked: list[TableCheck] = []
    for result, found in in_any_order(_checked, [(shop, name, now, shown) for name in chosen]):
        checked.append(result)
        issues.extend(found)
    # Table by table, because rooms look at different tables and share those they both look at.
    for found in in_any_order(_linked, [(shop, name, shown) for name in chosen]):
        issues.extend(found)
    if {"orders", "order_lines"} <= set(shop.tables) and "order_lines" in chosen:
        issues.extend(_lines(shop, shown))
    told = [name for name in _STORIES if name in chosen]
    for found in in_any_order(_told, [(shop, name, now, shown) for name in told]):
        issues.extend(found)
    return CheckResult(
        source=shop.source,
        title=shop.title,
        tables=tuple(checked),
        issues=tuple(issues),
        notes=shop.notes,
        lacks={name: tuple(shop.lacks(needs)) for name, needs in (methods or {}).items()},
    )


def require_sound(shop: Shop, tables: Iterable[str] = _CORE) -> None:
    """Stop before a report is made from tables whose keys name two rows.

    Args:
        shop: The shop.
        tables: Tables that the report reads; those that the shop has not are passed over.

    Raises:
        DataError: Rows of one of them repeat the key of another row.
    """
    for found in in_any_order(_repeated, [(shop, name) for name in tables if shop.has(name)]):
        for issue in found:
            if issue.severity == "broken":
                raise DataError(
                    N_("no report is made from broken data. {issue}"), issue=_Message(issue)
                )


@shared
def _repeated(shop: Shop, name: str) -> list[Issue]:
    entry = shop.entries[name]
    return repeats(entry, _never_filled(entry))[1]


class _Message:
    """An issue's sentence, said in the language in force when it is shown."""

    def __init__(self, issue: Issue) -> None:
        self.issue = issue

    def __format__(self, spec: str) -> str:
        return self.issue.message()


def _never_filled(entry: Entry) -> list[str]:
    """Optional key columns without a single value: they tell no rows apart."""
    optional = [c for c in entry.table.key if c not in entry.table.required]
    there = [c for c in optional if c in entry.columns]
    return [c for c in there if not int(entry.used[c].count().execute())]


def _limit(now: datetime | None) -> datetime:
    return (now or datetime.now()) + timedelta(days=1)


@shared
def _checked(
    shop: Shop, name: str, now: datetime | None, shown: int
) -> tuple[TableCheck, list[Issue]]:
    """One table by itself."""
    entry = shop.entries[name]
    result, found = _check_table(entry, _limit(now), shown)
    return result, [*found, *spelling_issues(entry, shown)]


@shared
def _linked(shop: Shop, name: str, shown: int) -> list[Issue]:
    return link_issues(shop, name, shown)


@shared
def _lines(shop: Shop, shown: int) -> list[Issue]:
    return line_issues(shop, shown)


@shared
def _told(shop: Shop, name: str, now: datetime | None, shown: int) -> list[Issue]:
    return story_issues(shop, (name,), _limit(now), shown)


def _check_table(entry: Entry, limit: datetime, shown: int) -> tuple[TableCheck, list[Issue]]:
    counted = count_table(entry, limit, shown)
    used, repeated = repeats(entry, counted.empty, shown)
    left_out = counted.rows - counted.set_aside - used
    found = [*entry.issues, *repeated, *counted.issues, *dropped(entry, left_out)]
    name = entry.table.name
    if not counted.rows:
        text = N_("{label} has no rows")
        severity: Severity = "broken" if name == "orders" else "doubtful"
        found.append(Issue(name, "", "no_rows", severity, 0, text, {"label": entry.label}))
    if entry.unknown:
        text = N_("{label}: columns that the contract does not know are not read: {columns}")
        names = ", ".join(entry.unknown[:12]) + (", ..." if len(entry.unknown) > 12 else "")
        values = {"label": entry.label, "columns": names}
        found.append(Issue(name, "", "unknown_columns", "note", 0, text, values))
    there = entry.columns
    return (
        TableCheck(
            name=name,
            label=entry.label,
            rows=counted.rows,
            used=used,
            first=counted.first,
            last=counted.last,
            unknown=entry.unknown,
            missing=tuple(c.name for c in entry.table.columns if c.name not in there),
        ),
        found,
    )
