"""Which control fits which parameter."""

from pathlib import Path

import pytest

from opsbook.lab.kinds import Span, span_of
from opsbook.report.notebooks import find_notebooks
from opsbook.report.schema import Parameter

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
NUMBERS = [
    (n.name, p)
    for n in find_notebooks(NOTEBOOKS)
    for p in n.schema.parameters
    if p.type in ("integer", "number", "fraction")
]


@pytest.mark.parametrize(
    ("parameter", "span"),
    [
        (Parameter("weeks", "integer", 12, 4, 52), Span(4, 52, 1)),
        # 0.499 / 100 = 0.00499; the round step below is 0.002, its last multiple 0.998.
        (Parameter("level", "fraction", 0.95, 0.5, 0.999), Span(0.5, 0.998, 0.002)),
        (Parameter("share", "fraction", 0.5), Span(0, 1, 0.01)),
        (Parameter("hours", "number", 24, 1, 240), Span(2, 240, 2)),
        (Parameter("budget", "number", 2000, 0, 1e9), None),
        (Parameter("rows", "integer", 5, 1, 1_000_000), None),
        (Parameter("open", "number", 5, 1), None),
        (Parameter("words", "text", ""), None),
        (Parameter("weeks", "integer", [12], 4, 52, many=True), None),
    ],
)
def test_a_slider_runs_in_round_steps_where_it_helps(
    parameter: Parameter, span: Span | None
) -> None:
    assert span_of(parameter) == span


@pytest.mark.parametrize(("notebook", "p"), NUMBERS, ids=[f"{n}-{p.name}" for n, p in NUMBERS])
def test_a_slider_stays_within_what_is_valid(notebook: str, p: Parameter) -> None:
    span = span_of(p)
    if span is None:
        assert p.type != "fraction"
        return
    low, high = p.span
    assert low <= span.low < span.high <= high
    for steps in (1, 7, 50):
        value = span.rounded(span.low + steps * span.step)
        assert len(repr(value)) <= 7
