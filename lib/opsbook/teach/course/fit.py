"""How much of a text goes on one slide: split by blocks, long lists and tables by rows.

Heights are estimated in lines of body text; a Chinese character counts as two Latin ones.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from math import ceil

from opsbook.teach.course.render import blocks

__all__ = ["LINES", "height", "pages"]

LINES = 13.5
"""Lines of body text below the heading of a slide."""
_WIDTH = 76
"""Latin characters on a line."""
_ITEM = re.compile(r"^(?:[-*]|\d+\.) ")


def pages(text: str, lines: float = LINES) -> list[str]:
    """Markdown split into slides, each at most so many lines where its blocks allow.

    Args:
        text: Markdown.
        lines: Height of a slide in lines of body text.
    """
    whole = blocks(text)
    if sum(map(height, whole)) > lines:
        # What does not fit together falls into its items, so that the last slide is not a line.
        whole = [piece for block in whole for piece in _parts(block, lines)]
    found = _filled(whole, lines)
    even = sum(map(height, whole)) / max(1, len(found))
    for spread in (1.0, 1.15, 1.3):
        tried = _filled(whole, min(lines, even * spread))
        if len(tried) == len(found):
            found = tried
            break
    return [_joined(pieces) for pieces in found]


def height(block: str) -> float:
    """Lines of body text that a block of Markdown takes, the gap below it included."""
    lines = block.splitlines()
    if block.startswith("```"):
        return 0.62 * (len(lines) - 2) + 1.2
    if block.startswith("|"):
        rows = [line for line in lines if not re.fullmatch(r"[|\s:-]+", line)]
        return sum(1.1 * max(1, ceil(_tall_cell(row))) for row in rows) + 0.6
    if block.startswith("$$"):
        return 2.0 if len(lines) == 1 else 3.0
    if _ITEM.match(block):
        return sum(ceil(_units(item) / (_WIDTH - 4)) + 0.2 for item in _items(lines)) + 0.3
    return ceil(_units(" ".join(lines)) / _WIDTH) + 0.5


def _joined(pieces: list[str]) -> str:
    """Pieces as one text; items of a list stay together, a gap would spread them."""
    text = ""
    for before, piece in pairwise(["", *pieces]):
        gap = "\n" if _ITEM.match(before) and _ITEM.match(piece) else "\n\n"
        text += f"{gap}{piece}" if before else piece
    return text


def _filled(pieces: list[str], lines: float) -> list[list[str]]:
    """Pieces laid on slides one after the other, a new slide where one is full."""
    found: list[list[str]] = []
    room = 0.0
    for piece in pieces:
        tall = height(piece)
        if not found or tall > room:
            found.append([])
            room = lines
        found[-1].append(piece)
        room -= tall
    return found


def _units(text: str) -> int:
    text = re.sub(r"\]\([^)\s]*\)", "]", text)  # the address of a link takes no room
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _tall_cell(row: str) -> float:
    """Lines of a table's row: its longest cell gets what the shorter ones leave of the width."""
    sizes = sorted(_units(cell.strip()) for cell in row.strip("|").split("|"))
    return sizes[-1] / max(20, _WIDTH - sum(sizes[:-1]) - 4 * len(sizes))


def _parts(block: str, lines: float) -> Iterator[str]:
    """A block as it is, or what it falls into where it is taller than a slide."""
    rows = block.splitlines()
    if _ITEM.match(block):
        yield from _items(rows)
        return
    if height(block) <= lines:
        yield block
        return
    if block.startswith("|"):
        head, body = rows[:2], rows[2:]
        half = ceil(len(body) / ceil(height(block) / lines))
        for at in range(0, len(body), half):
            yield "\n".join([*head, *body[at : at + half]])
    elif block.startswith("```"):
        inside = rows[1:-1]
        most = int((lines - 1.2) / 0.62)
        for at in range(0, len(inside), most):
            yield "\n".join([rows[0], *inside[at : at + most], "```"])
    else:
        yield block


def _items(lines: list[str]) -> list[str]:
    found: list[str] = []
    for line in lines:
        if _ITEM.match(line) or not found:
            found.append(line)
        else:
            found[-1] += f"\n{line}"
    return found
