"""The figures of the book: drawn from the demo shop when the book is built, kept until they change.

``playbook/figures.toml`` holds a few lines of Python for each chapter. A drawing is made anew
when these lines, the library code behind them, the demo shop's files or the words change.
"""

import ast
import hashlib
import json
import os
import tempfile
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from opsbook.book.code_version import code_version, reached, words_of
from opsbook.errors import OpsbookError, ParameterError, RunError
from opsbook.language import N_, speaking, t

__all__ = ["Drawn", "Plan", "draw", "read_plans"]


@dataclass(frozen=True)
class Plan:
    """How a chapter's figure is made.

    Args:
        chapter: The chapter, ``market/D10-growth``.
        code: The lines as shown below the figure; the last is an expression that is a chart.
    """

    chapter: str
    code: str


@dataclass(frozen=True)
class Drawn:
    """A figure, ready for a page: what ``Chart.to_dict`` gives, and the code behind it."""

    plan: Plan
    chart: dict[str, Any]


def read_plans(playbook: Path) -> dict[str, Plan]:
    """The figures of a playbook by chapter; none where it has no ``figures.toml``.

    Raises:
        ParameterError: The file cannot be read, or an entry holds no code.
    """
    file = playbook / "figures.toml"
    if not file.is_file():
        return {}
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as fault:
        raise ParameterError(
            N_("{file} cannot be read: {fault}"), file=file.name, fault=str(fault)
        ) from None
    prelude = str(data.pop("prelude", "")).strip()
    plans = {}
    for chapter, entry in data.items():
        code = entry.get("code") if isinstance(entry, dict) else None
        if not isinstance(code, str) or not code.strip():
            raise ParameterError(
                N_('{file}: "{chapter}" has no code; write code = """..."""'),
                file=file.name,
                chapter=chapter,
            )
        plans[chapter] = Plan(chapter, f"{prelude}\n\n{code.strip()}".strip())
    return plans


def draw(
    plans: dict[str, Plan],
    lang: str,
    kept: Path,
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, Drawn]:
    """Draw the figures in one language, or take them from where they are kept.

    Args:
        plans: What to draw, by chapter.
        lang: Language of their words.
        kept: Folder of drawings made before; written to.
        say: Told each chapter whose figure is drawn anew.

    Raises:
        RunError: The code of a figure fails, or does not end in a chart.
    """
    kept.mkdir(parents=True, exist_ok=True)
    found = {}
    for chapter, plan in plans.items():
        file = kept / f"{chapter.replace('/', '-')}.{lang}.{_version(plan, lang)}.json"
        if file.is_file():
            found[chapter] = Drawn(plan, json.loads(file.read_text(encoding="utf-8")))
            continue
        say(f"{chapter} {lang}")
        with speaking(lang):
            chart = _run(plan)
        for old in kept.glob(f"{chapter.replace('/', '-')}.{lang}.*.json"):
            old.unlink()
        _write(file, json.dumps(chart, ensure_ascii=False))
        found[chapter] = Drawn(plan, chart)
    return found


def _run(plan: Plan) -> dict[str, Any]:
    tree = ast.parse(plan.code)
    last = tree.body.pop() if tree.body else None
    if not isinstance(last, ast.Expr):
        raise RunError(
            N_("the figure of {chapter} must end in an expression that is a chart"),
            chapter=plan.chapter,
        )
    space: dict[str, Any] = {"__name__": "figure"}
    try:
        exec(compile(tree, f"figure of {plan.chapter}", "exec"), space)
        chart = eval(
            compile(ast.Expression(last.value), f"figure of {plan.chapter}", "eval"), space
        )
        shown: dict[str, Any] = chart.to_dict()
    except OpsbookError as fault:
        raise RunError(
            N_("the figure of {chapter} failed: {fault}"), chapter=plan.chapter, fault=str(fault)
        ) from fault
    except Exception as fault:  # whatever the lines raise, the book says which chapter's they are
        raise RunError(
            N_("the figure of {chapter} failed: {fault}"),
            chapter=plan.chapter,
            fault=f"{type(fault).__name__}: {fault}",
        ) from fault
    return shown


def _version(plan: Plan, lang: str) -> str:
    """Changes with the lines, the code behind them, the demo shop and, in Chinese, the words."""
    from opsbook.demo.build import VERSION

    # Opening a shop is reached by name, not by import: its code counts for every figure.
    text = f"import opsbook.shop.opening\nimport opsbook.chart.chart\n{plan.code}"
    whole = hashlib.sha256(f"{code_version(text)} {VERSION}".encode())
    if "open_shop" in plan.code:
        whole.update(_data().encode())
    if lang != "en":
        with speaking(lang):
            said = "\n".join(t(word) for word in words_of(reached(text)))
        whole.update(said.encode("utf-8", "surrogatepass"))  # a source may hold half a pair
    return whole.hexdigest()[:16]


@cache
def _data() -> str:
    """The demo shop's files, read once: its simulator may change without changing them."""
    from opsbook.report.changed import data_version

    return data_version("demo")


def _write(file: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=file.parent, suffix=".part")
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
    Path(name).replace(file)
