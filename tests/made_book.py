"""A playbook of two short chapters: what a test of the book needs, built in seconds, and once."""

from functools import cache
from pathlib import Path

from opsbook.book.build import Book, build_book

README = """# The playbook · 运营手册

One chapter per method.

每章讲一个方法。

## Market · 市场

| Question | Chapter | 章节 | 问题 |
| --- | --- | --- | --- |
| Did we grow? | [Growth](market/D10-growth.en.md) | [增长](market/D10-growth.zh.md) | 增长了吗？ |

## How to read a chapter

Read the decision first.

## 怎么读

先读决策。

## Not yet written · 尚未写成

| Entry · 条目 | It will answer | 将回答 | Until then | 此前可用 |
| --- | --- | --- | --- | --- |
| A05–A06 | What rises? | 什么在涨？ | growth | 增长 |
"""
ENGLISH = """<!-- entry: D10 -->
# Growth, like for like

## The decision it serves

Did the shop grow? See [cases](../cases/J01-case.en.md) and [the start](../README.md).

## Formula

$$g = \\frac{a}{b} - 1$$

## Worked example

By hand: 27 × 102 = 2,754.

```python run
print(round(2754 / 2700 - 1, 3))
```

```text
0.02
```

## When it misleads

Like for like the shop grew 2.0 %.

## Reference figures

| Figure | Value | Where from |
| --- | --- | --- |
| GMV, month on month | ≥ 10 % | source claim, 001 (D12) |

## Where it is computed

| What | Where |
| --- | --- |
| Report section | `notebooks/tiny.ipynb`, “Did sales grow?” |
| Growth | `opsbook.market.growth.growth` |

## Exercise

What is 24,000 against 20,000?

<details>
<summary>Answer</summary>

20 % more.

</details>
"""
CHINESE = (
    ENGLISH.replace("Growth, like for like", "同口径增长")
    .replace("The decision it serves", "它服务的决策")
    .replace("Did the shop grow? See", "同期群留存也要看，双 11 另算。见")
    .replace("[cases](../cases/J01-case.en.md)", "[案例](../cases/J01-case.zh.md)")
    .replace("## Formula", "## 公式")
    .replace("## Worked example", "## 算一遍")
    .replace("## When it misleads", "## 何时会误导")
    .replace("## Reference figures", "## 参考数字")
    .replace("## Where it is computed", "## 在哪里计算")
    .replace("## Exercise", "## 练习")
    .replace("`notebooks/tiny.ipynb`, “Did sales grow?”", "`notebooks/tiny.ipynb`“增长了吗？”")
)
FIGURES = '''
prelude = """
from opsbook.chart.chart import Chart
"""

["market/D10-growth"]
code = """
def draw(figure, phone):
    figure.add_subplot().bar(["A", "B"], [1, 2])

Chart(draw, "Sales doubled", "CNY", "Two bars, the second twice as high", "made up")
"""
'''
NOTEBOOK = """{
 "cells": [
  {"cell_type": "markdown", "id": "title-en", "metadata": {"tags": ["lang-en"]},
   "source": ["# Tiny report"]},
  {"cell_type": "markdown", "id": "title-zh", "metadata": {"tags": ["lang-zh"]},
   "source": ["# 小报告"]},
  {"cell_type": "markdown", "id": "growth-en", "metadata": {"tags": ["lang-en"]},
   "source": ["## Did sales grow?\\n", "\\n", "Look at it."]},
  {"cell_type": "markdown", "id": "growth-zh", "metadata": {"tags": ["lang-zh"]},
   "source": ["## 增长了吗？\\n", "\\n", "看一看。"]},
  {"cell_type": "code", "id": "trend", "metadata": {}, "outputs": [], "execution_count": null,
   "source": ["from opsbook.market.growth import growth"]},
  {"cell_type": "code", "id": "secret", "metadata": {"tags": ["solution"]}, "outputs": [],
   "execution_count": null, "source": ["the_answer = 42"]}
 ],
 "metadata": {}, "nbformat": 4, "nbformat_minor": 5
}
"""


def make_playbook(folder: Path) -> Path:
    """Write a playbook and a notebook below the folder; return the playbook."""
    files = {
        "playbook/README.md": README,
        "playbook/figures.toml": FIGURES,
        "playbook/market/D10-growth.en.md": ENGLISH,
        "playbook/market/D10-growth.zh.md": CHINESE,
        "playbook/cases/J01-case.en.md": "# A case\n\nConversion rose.\n",
        "playbook/cases/J01-case.zh.md": "# 一个案例\n\n转化率上升。\n",
        "notebooks/tiny.ipynb": NOTEBOOK,
    }
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder / "playbook"


@cache
def tiny_book(base: Path) -> Book:
    """The small playbook as a book in both languages, built once for all tests of a session.

    Args:
        base: Folder of the session's files, ``tmp_path_factory.getbasetemp()``.
    """
    return build_book(base / "tiny-book" / "site", playbook=make_playbook(base / "tiny-book"))


@cache
def whole_book(base: Path) -> Book:
    """The project's own book in both languages; takes minutes, and without figures.

    That each figure draws is proven by itself; a page is as wide with them as without.
    """
    return build_book(base / "whole-book", figures=False)
