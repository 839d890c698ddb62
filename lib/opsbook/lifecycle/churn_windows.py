"""The windows of time that a churn model learns from, is chosen on and is tested on."""

from collections.abc import Callable
from datetime import date

import pandas as pd

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.lifecycle.churn_features import ChurnClock, churn_frame
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["Extra", "cutoffs_before", "known_at", "need_enough"]

Extra = Callable[[date], pd.DataFrame]
"""The analyst's own features: given a cut-off, one row per ``customer_id``."""

_WINDOWS = 4
"""Past windows to learn from at most."""
_LEAST, _LEAST_OF_EACH = 100, 20
"""Customers in a window, and of each outcome."""


def cutoffs_before(start: date, end: date, clock: ChurnClock) -> list[date]:
    """First days of the label windows, latest first; each has a window of history before."""
    found = [end - k * clock.span for k in range(1, _WINDOWS + 3)]
    found = [c for c in found if c - clock.span >= start]
    if len(found) < 3:
        raise CannotTell(
            N_(
                "a churn model with a clock of {days} days needs {need} days of orders: one "
                "window each to learn, to calibrate and to test, and one of history before; "
                "the data have {have}. Use a shorter clock"
            ),
            days=clock.days,
            need=4 * clock.days,
            have=(end - start).days,
        )
    return found


@shared
def known_at(
    shop: Shop, cutoffs: list[date], clock: ChurnClock, extra: Extra | None
) -> list[pd.DataFrame]:
    """One feature table per cut-off, in one query."""
    both = churn_frame(shop, cutoffs, clock)
    found = []
    for cutoff in cutoffs:
        frame = both[both["cutoff"] == pd.Timestamp(cutoff)].drop(columns="cutoff")
        if extra is not None:
            own = extra(cutoff)
            if "customer_id" not in own.columns or own["customer_id"].duplicated().any():
                raise ParameterError(
                    N_("extra must return one row per customer_id; got columns {columns}"),
                    columns=", ".join(map(str, own.columns)),
                )
            named = [c for c in own.columns if c != "customer_id"]
            frame = frame.merge(own, on="customer_id", how="left")
            frame[named] = frame[named].astype("float64").fillna(0.0)
        found.append(frame.reset_index(drop=True))
    return found


def need_enough(frames: list[pd.DataFrame]) -> None:
    """Stop where a window holds too few customers of either outcome."""
    for frame in frames:
        gone = int(frame["churned"].sum()) if len(frame) else 0
        if len(frame) < _LEAST or min(gone, len(frame) - gone) < _LEAST_OF_EACH:
            raise CannotTell(
                N_(
                    "{n} customers were active in a window and {gone} of them left: too few "
                    "to learn from; {least} with {each} of each kind are needed"
                ),
                n=len(frame),
                gone=gone,
                least=_LEAST,
                each=_LEAST_OF_EACH,
            )
