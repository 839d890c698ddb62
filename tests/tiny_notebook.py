"""Notebooks made for tests: cells with tags, and a sidecar."""

from pathlib import Path

import nbformat

from opsbook.report.notebooks import Notebook, open_notebook

SIDECAR = """
name = "tiny"
title = "Tiny report"
title_zh = "小报告"

[[parameters]]
name = "weeks"
type = "integer"
default = 12
minimum = 4
maximum = 52
unit = "weeks"
unit_zh = "周"
meaning = "length of the period"
meaning_zh = "报告期长度"
"""
EVIL = "<script>alert(1)</script>"

LOAD = f"""
from opsbook.chart.blocks import *
from opsbook.chart.chart import Chart
from opsbook.chart.table import Field, shown_table
from opsbook.finding import Finding, Findings
from opsbook.language import language
import pandas as pd
evil = {EVIL!r}
print("load is not shown")
"""
HEADING = """Heading("Sales grew 5 %", "Shop " + evil, "May", "April", "CNY", "Asia/Shanghai",
        "notes", "Data: usable, 1 note", ("3 rows lie outside " + evil,))"""
FIGURES = """KeyFigures((
    KeyFigure("gmv", "Sales", "12.0 k CNY", 12000.0, "+5 %", "up", True, "April", (1, 3, 2)),
    KeyFigure("odd", evil, "–", float("nan"), "", "flat", None, evil, (1, float("nan"))),
))"""
CHART = """Chart(lambda figure, phone: figure.add_subplot().bar(["a", "<b>"], [1, 2]),
      "B beats A " + evil, "pieces", 'two bars " ' + evil, "Source: " + evil)"""
TABLE = """frame = pd.DataFrame({"sku": [evil, "B"], "sales": [1.5, 20000.0]})
shown_table(frame, [Field("sku", "SKU"), Field("sales", "CNY", "money")], caption="Sales")"""
FINDINGS = """Findings.rank([
    Finding("A02", "Fuel fell " + evil, "n = 3", "last month", -1234.0, "sales lost per month",
            "Check prices.", "buyer", "this week", "high", "market/categories"),
    Finding("C05", "Slow stock", "n = 9", "", None, "no stock data", "Count.", "buyer", "May",
            "low", "market/tail"),
], "CNY")"""
WORDS = 'Definitions((("Sales", "paid by buyers " + evil),), ("No traffic data",))'
MISSING = 'Missing("The funnel", ["sessions"], "Add `sessions.csv`.")'


def code(source: str, *tags: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_code_cell(source, metadata={"tags": list(tags)})


def text(source: str, *tags: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_markdown_cell(source, metadata={"tags": list(tags)})


PARAMETERS = code('source = "demo"\nlang = "en"\nweeks = 12', "parameters")


def write(folder: Path, cells: list[nbformat.NotebookNode], name: str = "tiny") -> Notebook:
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / f"{name}.ipynb")
    (folder / f"{name}.toml").write_text(SIDECAR.replace("tiny", name, 1), encoding="utf-8")
    return open_notebook(folder / f"{name}.ipynb")


def full(folder: Path) -> Notebook:
    """A notebook with one of everything; findings last, headline in the middle."""
    return write(
        folder,
        [
            text("# Tiny\n\nWhat for.", "lang-en"),
            text("# 小\n\n为什么。", "lang-zh"),
            PARAMETERS,
            code(LOAD, "load"),
            text("## What sold?", "lang-en"),
            text("## 卖了什么？", "lang-zh"),
            code(CHART),
            code(TABLE),
            code("frame"),
            code(HEADING),
            code(FIGURES),
            code('Say(f"weeks {weeks}, **bold** {evil}, speaks {language()}")'),
            text("See [growth](../playbook/market/growth.en.md) and ![x](https://x.test/a.png)."),
            code("1 / 0", "explore"),
            code("1 / 0", "exercise"),
            code("1 / 0", "solution"),
            text("## Funnel"),
            code(MISSING),
            text("## To do\n\nRanked by money.", "lang-en"),
            text("## 要做的\n\n按金额。", "lang-zh"),
            code(FINDINGS),
            code(WORDS),
        ],
    )
