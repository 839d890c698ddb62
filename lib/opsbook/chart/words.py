"""Text from a shop's data made fit to be shown: escaped, cut, and turning nothing around it.

A name can hold markup, ten thousand letters, or characters that nobody sees but that turn
the rest of the line from right to left, so that a figure beside it reads backwards. Every
text that may come from data passes here on its way into HTML, and nowhere else.
"""

import re
from html import escape
from typing import Any

__all__ = ["attribute", "plain", "said", "shortened", "visible"]

LONGEST = 600
_LONGEST_WORD, _CUT_WORD = 100, 60
_ENDS = r"\s,;:()，。；：、！？（）"
_LONG_WORD = re.compile(rf"[^{_ENDS}]{{{_LONGEST_WORD},}}")
# Controls, what turns the direction of writing, and what has no width. The joiners
# U+200C and U+200D stay: emoji and Persian are written with them.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_LONE_HALF = re.compile("[\ud800-\udfff]")
_MARKS = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_PILED = re.compile(f"([{_MARKS}]{{3}})[{_MARKS}]+")
_RTL = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
_RIGHT_TO_LEFT = re.compile(rf"[{_RTL}](?:[{_RTL} ]*[{_RTL}])?")
_UNIT = re.compile(r"(?<=\d) (?=[%万亿]|个?百分点|(?:pts|k|m)\b)")


def visible(text: Any) -> str:
    """The text without what nobody sees: controls, direction marks, half characters.

    Example:
        >>> visible("Fuel" + chr(0x202E) + " 5" + chr(0x200B))
        'Fuel 5'
    """
    text = str(text)
    if text.isascii() and text.isprintable():
        return text  # as most cells of a table are: nothing of the below can be in it
    seen = _LONE_HALF.sub("\ufffd", _UNSEEN.sub("", text))
    return _PILED.sub(r"\1", seen)


def shortened(text: Any, most: int = LONGEST) -> str:
    """The visible text, at most ``most`` characters; endless words are cut first.

    A sentence around a name of a thousand letters keeps its figures that way.

    Example:
        >>> shortened("x" * 200 + " fell 5 %", 80)[-12:]
        'xx… fell 5 %'
    """
    words = _LONG_WORD.sub(lambda found: found[0][: _CUT_WORD - 1] + "…", visible(text))
    return words if len(words) <= most else words[: most - 1] + "…"


def attribute(text: Any, most: int = LONGEST) -> str:
    """Text for an attribute: cut and escaped."""
    return escape(shortened(text, most))


def plain(text: Any, most: int = LONGEST) -> str:
    """Text for an element: cut and escaped; a number keeps its unit on its line.

    Hebrew and Arabic words are set apart, so that they do not pull a neighbouring
    number to their other side.
    """
    words = _UNIT.sub("\u00a0", attribute(text, most))
    return _RIGHT_TO_LEFT.sub(r"<bdi>\g<0></bdi>", words)


def said(text: str, most: int = LONGEST) -> str:
    """Text made safe: cut to ``most`` characters, escaped, ``**bold**`` and code marks kept."""
    bold = re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", plain(text, most))
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", bold)
