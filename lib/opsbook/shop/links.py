"""What only two tables together show: names without a partner, orders without lines, returns."""

from ibis import Table as Frame

from opsbook.language import N_, per_cent
from opsbook.shop.contract import Column
from opsbook.shop.counting import SHOWN, examples_of, fetch, kept
from opsbook.shop.door import ROW, Entry
from opsbook.shop.issues import Example, Issue, Severity
from opsbook.shop.shop import Shop

__all__ = ["line_issues", "link_issues"]

_RETURNED = ("refunded", "cancelled")


def link_issues(shop: Shop, name: str, shown: int = SHOWN) -> list[Issue]:
    """Names in one table that their partner tables do not have.

    Args:
        shop: The shop.
        name: The table; partners are looked up in all.
        shown: Examples per fault.
    """
    found: list[Issue] = []
    entry = shop.entries[name]
    for column in entry.table.columns:
        if column.link and shop.has(name, column.name):
            target = column.link
            if shop.has(target.table, target.column):
                # A view, because a customer's referrer is sought among the customers.
                partner = shop.table(target.table).select(partner=target.column).view()
                found.extend(_orphans(entry, column, partner, shown))
    return found


def line_issues(shop: Shop, shown: int = SHOWN) -> list[Issue]:
    """Orders without lines, and lines sent back that no return tells of.

    Args:
        shop: Has ``orders`` and ``order_lines``.
        shown: Examples per fault.
    """
    return [*_without_lines(shop, shown), *_negative(shop, shown)]


def _orphans(entry: Entry, column: Column, partner: Frame, shown: int) -> list[Issue]:
    assert column.link is not None
    rows = kept(entry)
    rows = rows.filter(rows[column.name].notnull())
    lone = rows.anti_join(partner, rows[column.name] == partner.partner)
    first = {ROW: lone[ROW].min()} if ROW in lone.columns else {}
    names = lone.group_by(name=lone[column.name]).agg(n=lone.count(), **first)
    counted = fetch(names.aggregate(names=names.count(), rows=names.n.sum()))[0]
    if not counted["names"]:
        return []
    total = int(rows.count().execute())
    examples = tuple(
        Example(row.get(ROW) or 0, value=str(row["name"])[:60])
        for row in fetch(names.order_by([names.n.desc(), names.name]).limit(shown))
    )
    values = {
        "label": entry.label,
        "total": total,
        "share": per_cent(counted["rows"] / total),
        "names": counted["names"],
        "target": column.link.table,
    }
    text = N_(
        "{label}: {column} holds values that {target} does not have: {names}, in {rows} of "
        "{total} rows, {share}"
    )
    # A line without its order is left out of every figure; other partners only describe.
    lost = (entry.table.name, column.name) == ("order_lines", "order_id")
    severity: Severity = "doubtful" if lost else "note"
    table, rows_hit = entry.table.name, int(counted["rows"])
    return [Issue(table, column.name, "orphan", severity, rows_hit, text, values, examples)]


def _without_lines(shop: Shop, shown: int) -> list[Issue]:
    entry = shop.entries["orders"]
    orders, lines = kept(entry), shop.order_lines.select(partner="order_id")
    lone = orders.anti_join(lines, orders.order_id == lines.partner)
    rows = int(lone.count().execute())
    if not rows:
        return []
    text = N_("{label}: {rows} of {total} orders have no line in order_lines")
    values = {"label": entry.label, "total": int(orders.count().execute())}
    examples = examples_of(lone, entry.table.key, limit=shown)
    return [Issue("orders", "", "order_without_lines", "doubtful", rows, text, values, examples)]


def _negative(shop: Shop, shown: int) -> list[Issue]:
    entry = shop.entries["order_lines"]
    if not shop.has("order_lines", "qty"):
        return []
    lines = kept(entry)
    total = int(lines.count().execute())
    lines = lines.filter(lines.qty < 0)
    known = []
    if shop.has("orders", "status"):
        orders = shop.orders
        back = (orders.status == _RETURNED[0]) | (orders.status == _RETURNED[1])
        known.append(orders.filter(back).select(partner="order_id"))
    if shop.has("returns", "order_id"):
        known.append(shop.returns.select(partner="order_id"))
    for partner in known:
        lines = lines.anti_join(partner, lines.order_id == partner.partner)
    rows = int(lines.count().execute())
    if not rows:
        return []
    text = N_(
        "{label}: qty is negative in {rows} of {total} rows whose order is neither refunded "
        "nor cancelled and has no return"
    )
    values = {"label": entry.label, "total": total}
    examples = examples_of(lines, entry.table.key, lines.qty, shown)
    return [
        Issue("order_lines", "qty", "negative_quantity", "doubtful", rows, text, values, examples)
    ]
