"""Whom to write to about a cart that was left: one row per customer, most money first."""

import numpy as np
import pandas as pd

from opsbook.shop.periods import Period
from opsbook.shop.shop import Shop

__all__ = ["recovery_list"]


def recovery_list(
    shop: Shop, frame: pd.DataFrame, period: Period, recent_days: int
) -> tuple[pd.DataFrame, int, int]:
    """The latest unpaid cart of each known customer who may be written to.

    Args:
        shop: Its customers' consent, where it is known.
        frame: One row per cart, with ``next_paid`` missing where nothing was paid since.
        period: Days of the carts.
        recent_days: Days before its end whose carts are listed.

    Returns:
        The list as ``Carts.recovery``, the carts of nobody known, and the customers left out
        because they do not want to be written to.
    """
    after = pd.Timestamp(period.end).timestamp() - recent_days * 86400
    late = frame[(frame["last"] >= after) & frame["next_paid"].isna()]
    nobody = late["customer_id"].isna()
    mine = late[~nobody].sort_values(["last", "session_id"], ascending=False)
    mine = mine.drop_duplicates("customer_id")
    refused = 0
    if shop.has("customers", "consent"):
        people = shop.customers
        out = people.filter(~people.consent).select("customer_id").execute()["customer_id"]
        no = mine["customer_id"].isin(set(out))
        refused, mine = int(no.sum()), mine[~no]
    shown = mine.assign(
        last_cart=pd.to_datetime(mine["last"], unit="s"),
        reason=np.where(mine["checkout"], "checkout", "cart"),
    ).sort_values(["value", "session_id"], ascending=[False, True])
    columns = ["customer_id", "visitor_id", "last_cart", "device", "channel", "items", "price",
               "value", "reason"]  # fmt: skip
    return shown[columns].reset_index(drop=True), int(nobody.sum()), refused
