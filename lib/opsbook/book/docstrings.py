"""A docstring in Google's form as Markdown, for the pages of functions."""

import re
from textwrap import dedent

__all__ = ["as_markdown"]

_HEADS = ("Args", "Returns", "Yields", "Raises", "Source", "Example", "Examples", "Note", "Notes")
_HEAD = re.compile(rf"^({'|'.join(_HEADS)}):$")
_ITEM = re.compile(r"^(\*{0,2}[\w., *]+?): (.*)$")


def as_markdown(doc: str, words: dict[str, str]) -> str:
    """The docstring as Markdown.

    Args:
        doc: Without its indentation, as ``ast.get_docstring`` gives it.
        words: What the heads of its parts are called: ``{"Args": "参数"}``.
    """
    parts: list[tuple[str, list[str]]] = [("", [])]
    for line in doc.splitlines():
        head = _HEAD.match(line)
        if head:
            parts.append((head[1], []))
        else:
            parts[-1][1].append(line[4:] if parts[-1][0] and line[:4] == "    " else line)
    return "\n\n".join(filter(None, (_part(head, lines, words) for head, lines in parts)))


def _part(head: str, lines: list[str], words: dict[str, str]) -> str:
    if not "".join(lines).strip():
        return ""
    body = _items(lines) if head in ("Args", "Raises") else _blocks(lines)
    return f"**{words.get(head, head)}**\n\n{body}" if head else body


def _items(lines: list[str]) -> str:
    found: list[str] = []
    for line in lines:
        item = _ITEM.match(line)
        if item and not line.startswith(" "):
            found.append(f"`{item[1].strip()}`: {item[2]}")
        elif line.strip() and found:
            found[-1] += " " + line.strip()
        elif line.strip():
            found.append(line.strip())
    return "\n".join(f"- {_inline(item)}" for item in found)  # code may run over a line's end


def _blocks(lines: list[str]) -> str:
    """Paragraphs, with doctests as code."""
    out: list[str] = []
    for block in re.split(r"\n\s*\n", "\n".join(lines)):
        told = dedent(block).strip("\n").splitlines()  # what was printed keeps its columns
        code = next((n for n, line in enumerate(told) if line.startswith(">>>")), len(told))
        if told[:code]:
            out.append(_inline("\n".join(line.strip() for line in told[:code])))
        if told[code:]:
            out.append("\n".join(["```pycon", *told[code:], "```"]))
    return "\n\n".join(out)


def _inline(text: str) -> str:
    text = re.sub(r":\w+:`~?([^`]+)`", r"`\1`", text).replace("``", "`")
    pieces = re.split(r"(`[^`]*`)", text)
    return "".join(p if p.startswith("`") else re.sub(r"([*<$_\[\]])", r"\\\1", p) for p in pieces)
