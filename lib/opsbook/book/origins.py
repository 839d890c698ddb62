"""Where each number in a chapter comes from; what comes from nowhere is an error of the book.

A number in prose may be printed by a run of the chapter, be quoted with its source, follow by
arithmetic that is checked, be part of an example by hand that adds up, belong to a definition in
the code, to the formula or to an exercise, be assumed in so many words, or stand in
``playbook/measured.toml`` with the file that measured it. Code, formulas, links and dates are
not prose.
"""

import ast
import itertools
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from opsbook.book.chapters import FENCE, Chapter, Section
from opsbook.book.code_version import imports_of
from opsbook.book.library import module_file, resolve
from opsbook.book.numbers import Number, agree, numbers_in, values_in
from opsbook.book.origin_marks import ASSUMED, DATE, SOURCE
from opsbook.book.proven import adds_up, proven
from opsbook.book.web import CODE_NAME

__all__ = ["KINDS", "Origin", "measured", "origins", "unknown"]

KINDS = ("run", "source", "arithmetic", "hand", "formula", "code", "given", "assumed", "measured")
"""Where a number may come from; an empty kind is nowhere."""


@dataclass(frozen=True)
class Origin:
    """A number of a chapter and where it comes from.

    Args:
        number: The number.
        kind: One of ``KINDS``; empty where it comes from nowhere.
        role: What the section is for, as in ``ROLES``.
        sentence: The sentence or row that it stands in.
        source: What is known of the source: the row's last cell, or the test that measured it.
    """

    number: Number
    kind: str
    role: str
    sentence: str
    source: str = ""


@dataclass(frozen=True)
class Measured:
    """A statement that a slow test or bench proves: numbers, and where to find it."""

    chapter: str
    numbers: tuple[Number, ...]
    source: str


def measured(playbook: Path) -> tuple[Measured, ...]:
    """What ``measured.toml`` of a playbook registers; nothing where there is none."""
    file = playbook / "measured.toml"
    if not file.is_file():
        return ()
    rows = tomllib.loads(file.read_text(encoding="utf-8")).get("measured", [])
    return tuple(
        Measured(r["chapter"], tuple(numbers_in(" ; ".join(r["numbers"]))), r["source"])
        for r in rows
    )


def origins(chapter: Chapter, lang: str) -> list[Origin]:
    """Every number in the prose of a method's chapter with its origin, in order.

    A page of another kind, such as the case cards, has no such form and gives nothing here.
    """
    if not chapter.is_method:
        return []
    known = _run_values(chapter)
    literals = _literals(chapter)
    registered = [m for m in measured(chapter.folder) if m.chapter == chapter.path]
    found = []
    for section in chapter.sections(lang):
        by_hand = _by_hand(section)
        for sentence in _sentences(_prose(section.text)):
            inside = _without_dates(sentence)
            checked = {n.place for n in proven(inside)}
            around = by_hand if sentence in by_hand.sentences else _Hand((sentence,))
            for number in numbers_in(inside):
                if number.place in checked:
                    kind, source = "arithmetic", ""
                else:
                    kind, source = _origin(
                        number, section.role, sentence, known, literals, registered
                    )
                if not kind and (section.role != "example" or around is by_hand):
                    kind = "hand" if adds_up(number, around.numbers) else ""
                if kind != "plain":
                    found.append(Origin(number, kind, section.role, sentence.strip(), source))
    return found


def unknown(chapter: Chapter, lang: str) -> list[Origin]:
    """The numbers that come from nowhere."""
    return [origin for origin in origins(chapter, lang) if not origin.kind]


def _origin(
    number: Number,
    role: str,
    sentence: str,
    known: list[float],
    literals: frozenset[float],
    registered: list[Measured],
) -> tuple[str, str]:
    if role == "exercise":
        return "given", ""
    if role == "formula":
        return "formula", ""
    if role == "reference" and sentence.startswith("|"):
        last = sentence.strip().strip("|").split("|")[-1].strip()
        return ("source", last) if len(last) > 1 else ("", "")
    for row in registered:
        if any((number.value, number.percent) == (n.value, n.percent) for n in row.numbers):
            return "measured", row.source
    if any(agree(number, value) for value in known):
        return "run", ""
    if SOURCE.search(sentence):
        return "source", ""
    if number.plain:
        return "plain", ""
    if any(agree(number, value) for value in literals):
        return "code", ""
    if ASSUMED.search(sentence):
        return "assumed", ""
    return "", ""


class _Hand:
    """The part of a worked example that stands before its run on a shop: inputs and results."""

    def __init__(self, sentences: tuple[str, ...], formulas: str = "") -> None:
        self.sentences = sentences
        self.numbers = [n for s in (*sentences, formulas) for n in numbers_in(_without_dates(s))]


def _by_hand(section: Section) -> _Hand:
    if section.role != "example":
        return _Hand(())
    code = next((c for c in FENCE.finditer(section.text) if c["info"].strip() == "python"), None)
    text = section.text[: code.start()] if code else section.text
    formulas = " ; ".join(re.findall(r"\$([^$]+)\$", FENCE.sub("", text)))
    return _Hand(tuple(_sentences(_prose(text))), formulas)


def _prose(text: str) -> str:
    """The text without code, formulas, comments, names in code and addresses of links."""
    text = FENCE.sub("\n\n", text)
    text = re.sub(
        r"<!--.*?-->|\$\$.*?\$\$|\$[^$\n]+\$|`[^`]*`|</?\w+[^>]*>", " ", text, flags=re.DOTALL
    )
    return re.sub(r"\]\([^)]*\)", "]", text)


def _sentences(text: str) -> list[str]:
    """Sentences and rows of tables."""
    found = []
    for block in re.split(r"\n{2,}|\n(?=\||[-*] |\d+\. )", text):
        block = block.strip()
        if re.match(r"\d+\. ", block):
            block = block.partition(" ")[2]
        if block.startswith("|"):
            found.append(block)
        else:
            flat = " ".join(block.split())
            found += re.split(r"(?<=[.!?])\s+(?=[A-Z“(*])|(?<=[。！？；])", flat)
    return [sentence for sentence in found if sentence]


def _without_dates(sentence: str) -> str:
    return DATE.sub(lambda m: " " * len(m[0]), sentence)


def _run_values(chapter: Chapter) -> list[float]:
    """What the chapter's code prints and is given, and one step of arithmetic within a line."""
    found: list[float] = []
    for block in FENCE.finditer(chapter.text("en")):
        found += [n.value for n in values_in(block["body"])]
        for line in block["body"].splitlines() if block["info"].strip() == "text" else ():
            printed = [n.value for n in values_in(line) if n.value]
            for a, b in itertools.permutations(printed[:12], 2):
                found += [a + b, a - b, a / b]
    return found


def _literals(chapter: Chapter) -> frozenset[float]:
    """Numbers in the source of the modules that a chapter names: its definitions."""
    prose = FENCE.sub("", chapter.text("en"))
    modules = {target[0] for name in CODE_NAME.findall(prose) if (target := resolve(name))}
    near = {
        n for m in modules if (file := module_file(m)) for n in imports_of(file.read_text("utf-8"))
    }
    own = {n for n in near if n.split(".")[1:2] == [chapter.room]}
    shown = frozenset(n.value for code in re.findall(r"`([^`]*)`", prose) for n in values_in(code))
    return shown.union(*(_of_module(module) for module in modules | own))


@cache
def _of_module(module: str) -> frozenset[float]:
    file = module_file(module)
    if file is None:
        return frozenset()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    found = {
        float(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, int | float)
        and not isinstance(node.value, bool)
    }
    return frozenset(found)
