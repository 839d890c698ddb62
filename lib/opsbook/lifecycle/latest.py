"""Results that come as a course over time, read by their latest row."""

import pandas as pd

__all__ = ["Latest"]


class Latest:
    """A result whose ``trend`` has one row per window or day, oldest first."""

    trend: pd.DataFrame

    @property
    def now(self) -> pd.Series:
        """The latest row of ``trend``."""
        row: pd.Series = self.trend.iloc[-1]
        return row
