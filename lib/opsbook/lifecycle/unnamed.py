"""Groups that the data do not name: counted under an English word, called so in any language.

Figures are the same in every language and are worked out once for all; only these words of
theirs are not, and are put in by whoever shows them.
"""

import pandas as pd

from opsbook.language import N_, t

__all__ = ["ALL", "UNKNOWN", "UNSTATED", "called"]

ALL = N_("All")
"""Everybody together."""
UNSTATED = N_("not stated")
"""Customers and money of no channel."""
UNKNOWN = N_("unknown")
"""Customers whom no channel is known to have brought."""


def called(frame: pd.DataFrame, column: str, *words: str) -> pd.DataFrame:
    """The same rows with these groups in the reader's language.

    Args:
        frame: One row per group and whatever else.
        column: Holds the groups.
        words: English words of the groups that the data do not name.
    """
    return frame.assign(**{column: frame[column].replace({word: t(word) for word in words})})
