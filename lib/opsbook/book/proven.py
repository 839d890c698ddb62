"""Arithmetic written out in a sentence: ``90 / 300 = 30 %``, checked before it is believed."""

import ast
import math
import operator
import re
from collections.abc import Callable

from opsbook.book.numbers import Number, numbers_in

__all__ = ["adds_up", "proven"]

_VALUE = r"[+−-]?√?\(?[\d.,]+(?:\s?%|²|³)?\)?"
_CHAIN = re.compile(r"[\d(√.][\d\s.,%()²³√+−\-×÷*/·=≈k万]*=[\d\s.,%()²³√+−\-×÷*/·=≈k万]*[\d%)²³]")
_OPERATIONS: dict[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


def proven(sentence: str) -> list[Number]:
    """Numbers of equations in a sentence that hold, with their places in it."""
    found: list[Number] = []
    numbers = numbers_in(sentence)
    for chain in _CHAIN.finditer(sentence):
        sides = chain[0].split("=")
        values = [_value(side) for side in sides]
        if any(value is None for value in values) or len(values) < 2:
            continue
        first = values[0]
        last = [numbers_in(side) for side in sides[1:]]
        holds = all(
            _near(first, value, shown[-1] if len(shown) == 1 else None)
            for value, shown in zip(values[1:], last, strict=True)
        )
        if holds:
            found += [n for n in numbers if chain.start() <= n.place < chain.end()]
    return found


def adds_up(number: Number, among: list[Number]) -> bool:
    """Whether a number is part of one step of arithmetic with two others of an example.

    It may be the result (``450 + 300 = 750``) or one of the two that lead to it. Steps are the
    four operations, the share that a change makes, and a logarithm.

    Args:
        number: The number in question.
        among: The numbers of the example, itself included.
    """
    rest = [n for n in among if n.place != number.place or n.value != number.value]
    rest = list({(n.value, n.step, n.percent): n for n in rest if n.value}.values())
    for a in rest:
        if _is(math.log(abs(a.value)), number) or _is(math.log(abs(number.value or 1)), a):
            return True
        for b in rest:
            if a is b:
                continue
            if any(_is(value, number) for value in _steps(a.value, b.value)):
                return True
            if any(_is(value, b) for value in _steps(number.value, a.value)):
                return True
    return False


def _steps(a: float, b: float) -> list[float]:
    found = [a + b, a - b, a * b, a * math.log(abs(b)) if b else 0.0]
    return [*found, a / b, a / b - 1] if b else found


def _is(value: float, number: Number) -> bool:
    """A result counts only where it has digits to agree in; sums of 1 and 2 prove nothing."""
    if abs(value) < 1e-12 or number.plain:
        return False
    return abs(abs(value) - number.value) <= number.step * 0.5001


def _near(first: float | None, value: float | None, shown: Number | None) -> bool:
    if first is None or value is None:
        return False
    half = shown.step * 0.5001 if shown else abs(first) * 0.005
    return abs(first - value) <= max(half, 1e-9)


def _value(side: str) -> float | None:
    """The value of one side of an equation; None where it is no plain arithmetic."""
    text = re.sub(r"(?<=\d),(?=\d{3})", "", side)
    text = re.sub(r"(\d(?:[\d.]*))\s?%", r"(\1/100)", text)
    text = text.replace("×", "*").replace("·", "*").replace("÷", "/").replace("−", "-")
    text = text.replace("²", "**2").replace("³", "**3").strip()
    text = re.sub(r"√\s*([\d.]+)", r"sqrt(\1)", text).replace("√", "sqrt")
    try:
        return _evaluate(ast.parse(text, mode="eval").body)
    except (SyntaxError, ZeroDivisionError, ValueError, OverflowError):
        return None


def _evaluate(node: ast.expr) -> float:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return float(node.value)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_evaluate(node.operand)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 1:
        return math.sqrt(_evaluate(node.args[0]))
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATIONS:
        return _OPERATIONS[type(node.op)](_evaluate(node.left), _evaluate(node.right))
    raise ValueError("not arithmetic")
