"""An event of one category, read against the categories it left alone."""

import numpy as np
import pandas as pd

from opsbook.campaign.baseline import Lift, lift_of_series
from opsbook.campaign.daily import daily_series
from opsbook.campaign.event import Event
from opsbook.campaign.ordinary import design_for, ordinary_days
from opsbook.campaign.promoted import promoted_products
from opsbook.campaign.structural import Design, expected_days
from opsbook.errors import CannotTell
from opsbook.language import N_
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["against_other_categories"]

_LOWEST = 0.05


@shared
def against_other_categories(shop: Shop, event: Event, *, level: float = 0.95) -> Lift:
    """Lift of the event's category, its baseline moving with the others from day to day.

    What the other categories did beyond their own ordinary days enters the baseline, with a
    weight that ordinary days tell. It catches whatever moved the whole shop on these days. A
    halo or cannibalisation of the others enters too: then the method and the plain baseline
    disagree, and the plain one is to be believed.

    Args:
        shop: Needs ``order_lines`` and ``products.category``.
        event: An event of one category, begun.
        level: Confidence.

    Raises:
        CannotTell: The event is not about one category.
    """
    pushed = promoted_products(shop, event)
    if pushed is None or not pushed.category or event.observed is None:
        raise CannotTell(
            N_("{event} left no category alone: there is none to compare with"), event=event.name
        )
    daily = daily_series(shop)
    days = pd.DatetimeIndex(daily.frame.index)
    ordinary = ordinary_days(shop, event, days)
    design = design_for(ordinary)
    own = daily.of(pushed.category)
    others = daily.frame["gmv"].to_numpy(float) - own.to_numpy(float)
    fit = expected_days(others, design, ordinary.keep, ordinary.window, draws=200)
    usual = fit.every.copy()
    usual[ordinary.window] = fit.mean
    moved = np.log(np.maximum(others / usual, _LOWEST))
    with_control = Design(
        (*design.names, "control"),
        np.column_stack([design.columns, moved]),
        np.append(design.spread, 0.7),
    )
    return lift_of_series(own, "gmv", ordinary, with_control, event, level=level)
