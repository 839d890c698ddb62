"""The CDNOW sample of the published models, read from the lifetimes package as files.

The package is archived and is not imported: only its data files are used.
"""

from datetime import date
from importlib.metadata import distribution

import pandas as pd
from value_shops import shop_of_purchases

from opsbook.shop.shop import Shop

END = date(1997, 10, 1)
"""Day after the 39 weeks that the papers fit."""


def _file(name: str) -> str:
    return str(distribution("lifetimes").locate_file(f"lifetimes/datasets/{name}"))


def cdnow_summary() -> pd.DataFrame:
    """frequency, recency, age (weeks) and monetary, as shipped with two decimals."""
    frame = pd.read_csv(_file("cdnow_customers_summary_with_transactions.csv"))
    return frame.set_axis(["customer_id", "frequency", "recency", "age", "monetary"], axis=1)


def cdnow_shop() -> Shop:
    """All transactions of the 2,357 customers, January 1997 to June 1998."""
    names = ["master", "customer", "day", "pieces", "amount"]
    frame = pd.read_csv(
        _file("CDNOW_sample.txt"), sep=r"\s+", names=names, dtype={"day": str, "customer": str}
    )
    return shop_of_purchases(frame.assign(day=pd.to_datetime(frame["day"])))
