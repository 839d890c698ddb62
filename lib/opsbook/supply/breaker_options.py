"""What pulling the breaker would save: nothing, presale, presale with a substitute beside it.

How many buyers wait, and how many take something else, no record of a shop says before it was
tried. Both are parameters, shown as assumptions.
"""

import numpy as np
import pandas as pd

from opsbook.errors import ParameterError
from opsbook.language import N_
from opsbook.supply.breaker import Breaker

__all__ = ["OPTIONS", "breaker_options"]

OPTIONS = {
    "nothing": N_("do nothing"),
    "presale": N_("presale"),
    "both": N_("presale and substitutes"),
}
"""What can be done about products called."""


def breaker_options(found: Breaker, *, waits: float = 0.5, switches: float = 0.3) -> pd.DataFrame:
    """Margin expected to be lost under each option, until the receipts.

    Args:
        found: From ``breaker``.
        waits: Share of buyers who order for later delivery, 0-1 (assumption).
        switches: Share of the others who take a substitute, as far as it can be spared, 0-1
            (assumption).

    Returns:
        One row per option: ``option`` (of ``OPTIONS``), ``lost_margin, saved`` (money).

    Raises:
        ParameterError: A share outside 0 to 1.
    """
    for name, value in (("waits", waits), ("switches", switches)):
        if not 0 <= value <= 1:
            raise ParameterError(
                N_("{name} is {value}; use {least} to {most}"),
                name=name,
                value=value,
                least=0,
                most=1,
            )
    table = found.table
    lost = table["lost_margin"].to_numpy(np.float64)
    pieces = table["lost_pieces"].to_numpy(np.float64)
    spare = found.substitutes.groupby("sku")["free"].sum().reindex(table["sku"]).fillna(0.0)
    # What one product's buyers take, another's cannot: a substitute of two is shared by halves.
    used = found.substitutes["substitute"].value_counts()
    share = found.substitutes.assign(
        part=found.substitutes["free"] / found.substitutes["substitute"].map(used)
    )
    if len(share):
        spare = share.groupby("sku")["part"].sum().reindex(table["sku"]).fillna(0.0)
    taken = np.minimum(pieces * (1 - waits) * switches, spare.to_numpy(np.float64))
    later = lost * (1 - waits)
    # A substitute at a near price is taken to bring the same margin.
    both = later - lost * np.where(pieces > 0, taken / np.maximum(pieces, 1e-9), 0.0)
    totals = np.array([lost.sum(), later.sum(), both.sum()])
    return pd.DataFrame(
        {"option": list(OPTIONS), "lost_margin": totals, "saved": totals[0] - totals}
    )
