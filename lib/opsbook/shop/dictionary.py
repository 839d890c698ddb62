"""The data dictionary: the contract as a page that people read, in English and Chinese.

``python -m opsbook.shop.dictionary`` writes it to ``data/README.md``.
"""

from pathlib import Path

from opsbook.language import speaking, t
from opsbook.shop.contract import Column, Table
from opsbook.shop.tables import GROUPS

__all__ = ["PAGE", "TRUTH", "dictionary"]

_DATA = Path(__file__).parents[3] / "data"
PAGE = _DATA / "README.md"
"""Where the page is kept."""
TRUTH = _DATA / "demo-truth.md"
"""Written by hand: what is known to be true of the demo shop; the page's last section."""

_HEAD = """\
# Data dictionary · 数据字典

<!-- Made by `python -m opsbook.shop.dictionary`; what to edit is lib/opsbook/shop/tables. -->

The contract says which tables and columns the data of a shop has, what each means and in what
unit. A table that is not there is not an error: only `orders` is obligatory, with its required
columns. A method names the tables it needs; a report says by name what is missing and leaves
out what depends on it. Columns that the contract does not know are ignored and reported.

Names need not match. A `shop.toml` beside the data maps foreign table and column names to those
below and sets currency, time zone, first day of the week and language; see the
[README](../README.md) of the project.

数据契约规定店铺数据包含哪些表和字段、各自的含义与单位。缺表不算错误：\
只有 `orders`（订单）及其必填字段不可缺少。每个方法声明所需的表，报告会点名说明缺少什么，\
并略去依赖它的部分。契约之外的字段会被忽略并予以提示。

名称不必一致：数据旁的 `shop.toml` 把原有的表名和字段名对应到下文的名称，\
并设定币种、时区、每周起始日和语言，详见项目的 [README](../README.md)。

| Type | Meaning | 含义 |
| --- | --- | --- |
| text | Text; numbers of orders, customers and products too, so that leading zeros stay. \
| 文本；订单号、客户号、商品号也按文本保存，以保留前导零。 |
| integer, number | Whole and decimal numbers, in the unit stated. | 整数与小数，单位见各字段。 |
| money | Amount in the shop's one currency. | 金额，以店铺统一币种计。 |
| fraction | Share from 0 to 1; shown in per cent only in reports. \
| 占比，取值 0 到 1，仅在报告中显示为百分比。 |
| timestamp | Date and time in the shop's time zone; names end in `_ts`. \
| 店铺时区的日期时间，字段名以 `_ts` 结尾。 |
| date | Day, as 2024-06-18; names end in `date`. | 日期，如 2024-06-18，字段名以 `date` 结尾。 |
| boolean | True or false. | 是或否。 |
| choice | One of the words listed. | 所列取值之一。 |

"Key" names the columns that together identify a row; a log, where rows may repeat, has none.
"Time" is the column that places a row in a period. "Used by" lists the methods that read the
table, by their ids in the playbook.

“键”是共同确定一行的字段，允许重复行的流水表没有键；“时间”是决定该行属于哪个时期的字段；\
“用于”列出读取该表的方法在手册中的编号。
"""


def dictionary() -> str:
    """The page in Markdown: introduction, contents, one section per table.

    Returns:
        The text of ``data/README.md``, the hand-written part on the demo shop included.
    """
    contents = ["## Tables · 数据表", ""]
    sections: list[str] = []
    for title, tables in GROUPS:
        contents.append(f"- {_both(title)}: " + ", ".join(f"[{x.name}](#{x.name})" for x in tables))
        sections.append(f"## {_both(title)}\n")
        sections.extend(_section(x) for x in tables)
    parts = [_HEAD, "\n".join(contents) + "\n", *sections]
    if TRUTH.exists():
        parts.append(_one_level_down(TRUTH.read_text(encoding="utf-8").strip()) + "\n")
    return "\n".join(parts)


def _section(table: Table) -> str:
    lines = [f"### {table.name}", "", _english(table.meaning), "", _chinese(table.meaning), ""]
    facts = [f"Key 键: {', '.join(f'`{c}`' for c in table.key) or 'none 无'}"]
    if table.time:
        facts.append(f"Time 时间: `{table.time}`")
    lines += [" · ".join(facts), ""]
    lines += [
        "| Column 字段 | Type 类型 | Unit 单位 | Required 必填 | Refers to 关联 | Meaning | 含义 |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        *(_row(c) for c in table.columns),
        "",
    ]
    if table.entries:
        lines += [f"Used by 用于: {', '.join(table.entries)}", ""]
    return "\n".join(lines)


def _row(column: Column) -> str:
    kind = column.kind if column.at_least is None else f"{column.kind} ≥ {column.at_least:g}"
    unit = {"money": "currency 币种", "fraction": "0-1"}.get(column.kind, column.unit)
    link = f"{column.link.table}.{column.link.column}" if column.link else ""
    meaning = _english(column.meaning)
    if column.choices:
        meaning += " One of " + ", ".join(f"`{c}`" for c in column.choices) + "."
    required = "yes 是" if column.required else ""
    cells = (f"`{column.name}`", kind, unit, required, link, meaning, _chinese(column.meaning))
    return "| " + " | ".join(cells) + " |"


def _english(message: str) -> str:
    with speaking("en"):
        return t(message)


def _chinese(message: str) -> str:
    with speaking("zh"):
        return t(message)


def _both(message: str) -> str:
    return f"{_english(message)} · {_chinese(message)}"


def _one_level_down(markdown: str) -> str:
    """Headings of a page of its own, one level lower; code blocks stay as they are."""
    lines, code = [], False
    for line in markdown.splitlines():
        code ^= line.startswith("```")
        lines.append(f"#{line}" if line.startswith("#") and not code else line)
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(dictionary(), encoding="utf-8")
