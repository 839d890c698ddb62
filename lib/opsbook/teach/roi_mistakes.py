"""What is mistaken for ROI wherever it is asked for, with the same two hints each."""

from collections.abc import Callable
from typing import Any

from opsbook.language import N_
from opsbook.teach.exercise import WrongWay

__all__ = ["roi_mistakes"]


def roi_mistakes(
    roas: Callable[..., Any], roas_less_one: Callable[..., Any], not_taken_off: Callable[..., Any]
) -> tuple[WrongWay, ...]:
    """The three known wrong ways, each with what computes it on the class's shop.

    Args:
        roas: Sales over cost.
        roas_less_one: Sales less cost, over cost.
        not_taken_off: Margin over cost.
    """
    return (
        WrongWay(
            "roas",
            roas,
            N_("What did the goods cost?"),
            N_("This is ROAS: sales over cost. ROI takes margin, less cost, over cost."),
        ),
        WrongWay(
            "roas_less_one",
            roas_less_one,
            N_("Less cost, yes. But of which money?"),
            N_("Sales pay for the goods first. Put margin where you have sales."),
        ),
        WrongWay(
            "cost_not_taken_off",
            not_taken_off,
            N_("At which value of your figure is nothing won and nothing lost?"),
            N_("This is margin over cost, which breaks even at 1. ROI breaks even at 0."),
        ),
    )
