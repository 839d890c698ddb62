"""Numbers in a text: which there are, when two are the same, and arithmetic that holds."""

import pytest

from opsbook.book.numbers import agree, numbers_in, values_in
from opsbook.book.proven import adds_up, proven


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("3,672 / 3,000 − 1 = 22.4 %", ["3,672", "3,000", "1", "22.4%"]),
        ("共12,764人，约1.2 万元", ["12,764", "1.2万"]),
        ("an AUC of .83, see D12 and X13", [".83"]),
        ("24.7 k CNY of P00043", ["24.7k"]),
        ("v2 and 3D and Q4", []),
    ],
)
def test_ids_and_parts_of_words_are_no_numbers(text, shown):
    assert [n.shown.replace(" ", "") for n in numbers_in(text)] == shown


def test_units_are_reckoned_in():
    assert [n.value for n in numbers_in("12.3 k, 5 %, 2 万")] == [
        pytest.approx(12_300),
        pytest.approx(0.05),
        pytest.approx(20_000),
    ]


def test_code_may_write_letters_beside_a_number():
    assert [n.value for n in values_in("10_000 orders, x1.5kg")] == [10_000, 1.5]


@pytest.mark.parametrize(
    ("shown", "known", "same"),
    [
        ("22.4 %", 0.22391, True),
        ("22.4 %", 22.39, True),
        ("22.4 %", 0.2235, True),
        ("22.4 %", 0.2234, False),
        ("3,945", 3945.2, True),
        ("3,945", 3946, False),
        ("20", 0.2, True),  # "20 points"
        ("−4.5", 4.5, True),
    ],
)
def test_a_number_agrees_with_what_rounds_to_it(shown, known, same):
    assert agree(numbers_in(shown)[0], known) is same


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("90 / 300 = 30 %", True),
        ("90 / 300 = 31 %", False),
        ("√(10² + (4 × 2)²) = 12.8", True),
        ("7 × 6 × 5 ÷ 6 = 35", True),
        ("1.10³ − 1 = 33.1 %", True),
        ("1.10³ − 1 = 30 %", False),
    ],
)
def test_only_arithmetic_that_holds_is_believed(text, holds):
    assert bool(proven(text)) is holds


def test_numbers_beside_the_arithmetic_are_not_believed_with_it():
    assert [n.shown for n in proven("40 + 50 = 90 of 250")] == ["40", "50", "90"]


def test_an_input_is_one_that_leads_to_another_number():
    numbers = numbers_in("spent 450 and 300 later, in all 750, a stray 512")
    assert [adds_up(n, numbers) for n in numbers] == [True, True, True, False]
