"""How the figures of customer value are to be read, said where they are shown and only there."""

from opsbook.language import t

__all__ = ["newcomer_reading", "value_reading"]


def value_reading() -> str:
    """How to read the value of customers and the list of those at risk."""
    return t(
        "**How to read it.** Value is what a customer is still expected to bring, not what he "
        "brought. The second list is for this week: good customers who are silent for longer "
        "than their pace explains. Its losses are what they would bring if all were still there, "
        "so a message wins back less."
    )


def newcomer_reading() -> str:
    """How to read what a new customer is worth."""
    return t(
        "**How to read it.** This is what a new customer brings from the first order on; compare "
        "it with what he cost. The last paragraph is the training deck's own formula, as written "
        "and repaired."
    )
