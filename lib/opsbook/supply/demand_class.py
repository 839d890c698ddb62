"""Which products sell steadily, which now and then, and which method each kind calls for.

Two figures place a product: the days between sales (ADI) and how unequal the sales are (CV2).
"""

from typing import Literal

import numpy as np
import pandas as pd

from opsbook.common.demand import DemandPanel
from opsbook.errors import ParameterError
from opsbook.language import N_

__all__ = ["ADI_CUT", "CLASSES", "CV2_CUT", "DemandClass", "class_counts", "classes"]

DemandClass = Literal["smooth", "erratic", "intermittent", "lumpy", "too_short", "none"]

CLASSES: tuple[DemandClass, ...] = (
    "smooth",
    "erratic",
    "intermittent",
    "lumpy",
    "too_short",
    "none",
)
ADI_CUT = 1.32
"""Steps between sales above which a product is intermittent or lumpy."""
CV2_CUT = 0.49
"""Squared coefficient of variation of the sizes above which it is erratic or lumpy."""


def classes(
    panel: DemandPanel, *, step_days: int = 1, least_sales: int = 4, least_steps: int = 8
) -> pd.DataFrame:
    """Place every SKU in a demand class.

    Only days count on which the SKU could sell: on sale, and with free stock if the shop
    records it. A week without stock says nothing about how often people want a product.

    Args:
        panel: From ``daily_demand``.
        step_days: Length of a step: 1 for a daily forecast, 7 for a weekly one, 1 to 91. The
            class belongs to the step: what is lumpy by day may be smooth by week.
        least_sales: Steps with a sale below which a SKU is ``too_short``, 2 or more.
        least_steps: Steps on sale below which it is, 2 or more.

    Returns:
        One row per SKU, in the panel's order: ``sku, adi`` (steps per step with a sale), ``cv2``
        (variance of the sizes over their squared mean), ``class``, ``steps`` (on sale), ``sales``
        (steps with a sale), ``pieces``. ADI and CV2 are NaN where there is nothing to tell
        them from: no sale, and for CV2 one.

    Raises:
        ParameterError: A parameter lies outside its bounds.

    Source:
        Syntetos, Boylan and Croston (2005), Journal of the Operational Research Society 56,
        495-503: cuts 1.32 and 0.49.
    """
    for name, value, least, most in (
        ("step_days", step_days, 1, 91),
        ("least_sales", least_sales, 2, 1000),
        ("least_steps", least_steps, 2, 1000),
    ):
        if not least <= value <= most:
            raise ParameterError(
                N_("{name} is {value}; use {least} to {most}"),
                name=name,
                value=value,
                least=least,
                most=most,
            )
    empty = np.nan_to_num(panel.free, nan=1.0) <= 0
    usable = (panel.sold > 0) | (panel.on_sale & ~empty)
    sold = _steps(panel.sold.astype(np.float64), step_days)
    # A step counts if the SKU could sell on more than half of its days.
    open_ = (_steps(usable.astype(np.float64), step_days) > step_days / 2) | (sold > 0)
    steps = open_.sum(axis=1)
    hit = sold > 0
    sales = hit.sum(axis=1)
    total = sold.sum(axis=1)
    mean = total / np.maximum(sales, 1)
    spread = np.where(hit, (sold - mean[:, None]) ** 2, 0.0).sum(axis=1)
    variance = spread / np.maximum(sales - 1, 1)
    adi = np.where(sales > 0, steps / np.maximum(sales, 1), np.nan)
    cv2 = np.where(sales > 1, variance / np.maximum(mean, 1e-12) ** 2, np.nan)
    rare, unequal = adi > ADI_CUT, cv2 > CV2_CUT
    kind = np.select(
        [
            sales == 0,
            (sales < least_sales) | (steps < least_steps),
            rare & unequal,
            rare,
            unequal,
        ],
        ["none", "too_short", "lumpy", "intermittent", "erratic"],
        "smooth",
    )
    return pd.DataFrame(
        {
            "sku": panel.skus["sku"].to_numpy(),
            "adi": adi,
            "cv2": cv2,
            "class": kind,
            "steps": steps,
            "sales": sales,
            "pieces": total,
        }
    )


def _steps(values: np.ndarray, size: int) -> np.ndarray:
    """Sums over whole steps that end with the last day; what is left at the front is dropped."""
    whole = values.shape[1] // size * size
    cut = values[:, values.shape[1] - whole :]
    return np.asarray(cut.reshape(len(values), -1, size).sum(axis=2))


def class_counts(found: pd.DataFrame) -> pd.DataFrame:
    """SKUs and pieces by class.

    Args:
        found: From ``classes``.

    Returns:
        One row per class, also the empty ones: ``class, skus, pieces, sku_share,
        piece_share``.
    """
    groups = found.groupby("class").agg(skus=("sku", "size"), pieces=("pieces", "sum"))
    frame = groups.reindex(list(CLASSES), fill_value=0).rename_axis("class").reset_index()
    for share, column in (("sku_share", "skus"), ("piece_share", "pieces")):
        frame[share] = frame[column] / max(float(frame[column].sum()), 1e-12)
    return frame
