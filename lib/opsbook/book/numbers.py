"""The numbers in a text: what they say, in which unit, and in which sentence.

A number printed as ``22.4 %`` may stand in an output as 0.2239 or 22.39; two numbers agree when
one is the other rounded to the digits shown.
"""

import re
from dataclasses import dataclass

__all__ = ["Number", "agree", "numbers_in", "values_in"]

_SCALE = {"k": 1e3, "m": 1e6, "万": 1e4, "亿": 1e8, "million": 1e6, "thousand": 1e3}
_NUMBER = re.compile(
    r"(?<![\w.])(?P<sign>[+−±-])?(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"(?P<unit>\s?%|\s?(?:万|亿)|\s(?:k|m|million|thousand)\b)?(?![\w]*[A-Za-z_])"
)
_CHINESE_NEXT = re.compile(r"(?<=[\u4e00-\u9fff])(?=[\d.])")


@dataclass(frozen=True)
class Number:
    """A number as it stands in a text.

    Args:
        shown: As written.
        value: Its value, in units: ``12.3 k`` is 12300, ``5 %`` is 0.05.
        step: What its last digit is worth, in the same unit.
        percent: Whether a per cent sign follows.
        place: Where it begins.
    """

    shown: str
    value: float
    step: float
    percent: bool
    place: int

    @property
    def plain(self) -> bool:
        """A bare whole number up to ten, or a hundred: a counting word, not a figure."""
        return not self.percent and self.step >= 1 and (self.value <= 10 or self.value == 100)


def numbers_in(text: str) -> list[Number]:
    """The numbers of a text; ids such as D12 and parts of words are none."""
    # Chinese letters are letters to a pattern: a number behind one would look part of a word.
    spaced = re.sub(r"[\u3400-\u9fff]", "\u3000", text)
    found = []
    for match in _NUMBER.finditer(spaced):
        unit = text[match.start() : match.end()][len((match["sign"] or "") + match["digits"]) :]
        after = text[match.end() : match.end() + 2].strip()
        unit = unit.strip() or (after[:1] if after[:1] in ("万", "亿") else "")
        digits = match["digits"].replace(",", "")
        decimals = len(digits.partition(".")[2])
        factor = 0.01 if unit == "%" else _SCALE.get(unit, 1.0)
        found.append(
            Number(
                shown=(match["digits"] + unit),
                value=float(digits) * factor,
                step=10.0**-decimals * factor,
                percent=unit == "%",
                place=match.start(),
            )
        )
    return found


def values_in(text: str) -> list[Number]:
    """The numbers of code or printed output, where letters may stand right beside them."""
    bare = re.sub(r"(?<=\d)_(?=\d)", "", text)
    bare = re.sub(r"(?<=[\d%])(?=[A-Za-z])|(?<=[A-Za-z_])(?=\d)", " ", bare)
    return numbers_in(bare)


def agree(shown: Number, known: float) -> bool:
    """Whether a number is a known value, rounded to the digits shown; signs do not count.

    A per cent may be known as a fraction or as so many points.
    """
    size = abs(known)
    half = shown.step * 0.5001
    if abs(shown.value - size) <= half:
        return True
    if shown.percent:
        return abs(shown.value * 100 - size) <= half * 100
    # Points and per cent written without a sign: 22 for 0.22.
    return size < 1 and shown.value >= 1 and abs(shown.value - size * 100) <= half
