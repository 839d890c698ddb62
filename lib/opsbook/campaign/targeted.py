"""Targeted customers always look better: what targeting brought, beyond who was chosen.

Messages go to good customers, and good customers buy. Three comparisons are shown side by side:
the plain gap, the change against their own past (difference in differences), and that change
against others who were as likely to be chosen. The same comparison laid on windows before the
event, in which nothing had been sent yet, shows how far it can be trusted.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.campaign.event import Event
from opsbook.campaign.propensity import Weighted, doubly_robust, weigh
from opsbook.campaign.targeted_checks import (
    Verdict,
    earlier_windows,
    middle,
    overlap,
    passed,
    plain_gap,
    to_believe,
    verdict_of,
    widened,
)
from opsbook.campaign.targeted_data import Panel, customer_panel
from opsbook.campaign.targeted_holdout import lot_effect
from opsbook.campaign.targeted_result import Targeted
from opsbook.campaign.targeted_words import UNNAMED
from opsbook.errors import ParameterError
from opsbook.language import N_
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["Targeted", "Verdict", "compared", "targeted_effect"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
_SHARED = 0.1
"""Gap in other messages from which an effect is not the mailing's alone: were they as strong as
it, a tenth of what is found would be theirs."""


def targeted_effect(shop: Shop, event: Event, *, level: float = 0.95) -> Targeted:
    """Compare targeted customers with others: plainly, with their past, with their like.

    Args:
        shop: Needs ``orders`` of named customers, ``order_lines`` and ``contacts``.
        event: The event, begun. Contacts whose journey is its number or name are meant;
            without any, those of its days whose journey ran on no other day.
        level: Confidence.

    Raises:
        CannotTell: Nobody, or everybody, was contacted, the messages on its days belong to
            journeys that run on other days too, or nothing lies before the event.
        ParameterError: ``level`` is out of range.
    """
    if not 0.5 <= level <= 0.999:
        raise ParameterError(N_("level {value} is out of range; use 0.5 to 0.999"), value=level)
    return _targeted(shop, event, level)


@shared
def _targeted(shop: Shop, event: Event, level: float) -> Targeted:
    panel = customer_panel(shop, event)
    return compared(panel, event.name, level=level, currency=shop.currency, source=shop.title)


def compared(
    panel: Panel, name: str, *, level: float = 0.95, currency: str = "", source: str = ""
) -> Targeted:
    """All comparisons of one panel of customers.

    Args:
        panel: One row per customer.
        name: Event.
        level: Confidence.
        currency: ISO code.
        source: Name of the shop.

    Raises:
        CannotTell: Fewer than 30 customers on a side.
    """
    from scipy.stats import norm

    inside = ~panel.held
    chosen = panel.chosen[inside]
    spend = panel.spend[inside] / panel.window.days
    features = panel.features[inside]
    weighted = weigh(features, chosen)
    change = spend[:, 0] - spend[:, 1]
    placebos = earlier_windows(spend, features, chosen)
    effect, error = doubly_robust(change, chosen, weighted)
    rows = [
        ("naive", *plain_gap(spend[:, 0], chosen), False),
        ("did", *plain_gap(change, chosen), passed(placebos, "did")),
        (
            "weighted",
            effect,
            error * widened(placebos),
            passed(placebos, "weighted") and overlap(weighted),
        ),
    ]
    sizes = [len(chosen)] * 3
    if (lot := lot_effect(panel)) is not None:
        rows.append(("holdout", lot.estimate, lot.error, lot.sound))
        sizes.append(int(panel.tested.sum()))
    z = float(norm.ppf((1 + level) / 2))
    estimates = pd.DataFrame(rows, columns=["method", "estimate", "error", "passed"])
    estimates["low"] = estimates["estimate"] - z * estimates["error"]
    estimates["high"] = estimates["estimate"] + z * estimates["error"]
    estimates["n"] = sizes
    believed, low, high = to_believe(estimates)
    beside = _beside(panel, believed, weighted)
    more = bool(believed) and beside[0] - beside[1] > _SHARED
    off = (float("nan"), float("nan"))
    if panel.discount.shape[1] == 2:
        less = panel.discount[inside] / panel.window.days
        off = doubly_robust(less[:, 0] - less[:, 1], chosen, weighted)
    return Targeted(
        name,
        panel.window,
        int(chosen.sum()),
        int((~chosen).sum()),
        int(panel.held.sum()),
        estimates,
        believed,
        middle(estimates, believed),
        low,
        high,
        _history(spend, chosen, weighted),
        placebos,
        weighted.balance,
        weighted.effective,
        weighted.beyond,
        verdict_of(believed, low, high, weighted, together=more),
        _redeemed(panel),
        off,
        panel.cost,
        panel.by_journey,
        panel.elsewhere,
        currency,
        level,
        source,
        lot.chance if lot is not None else float("nan"),
        (panel.beside_names or (UNNAMED,)) if more else (),
        beside,
    )


def _beside(panel: Panel, believed: str, weighted: Weighted) -> tuple[float, float]:
    """Shares of the targeted and of those they are compared with who got other messages too."""
    if panel.beside is None:
        return 0.0, 0.0
    if believed == "holdout":
        sent, held = panel.tested & ~panel.held, panel.tested & panel.held
        return float(panel.beside[sent].mean()), float(panel.beside[held].mean())
    inside = ~panel.held
    chosen, got = panel.chosen[inside], panel.beside[inside]
    weight = weighted.weight[~chosen] if believed != "did" else np.ones(int((~chosen).sum()))
    if not weight.sum() > 0:
        weight = np.ones(len(weight))
    return float(got[chosen].mean()), float(np.average(got[~chosen], weights=weight))


def _history(spend: Floats, chosen: Mask, weighted: Weighted) -> pd.DataFrame:
    weight = weighted.weight[~chosen]
    rows = [
        (-k, float(spend[chosen, k].mean()), float(spend[~chosen, k].mean()),
         float(np.average(spend[~chosen, k], weights=weight)) if weight.sum() > 0 else np.nan)
        for k in range(spend.shape[1] - 1, -1, -1)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["window", "targeted", "others", "alike"])


def _redeemed(panel: Panel) -> pd.DataFrame:
    """Who redeemed, by fifth of earlier spend among the targeted."""
    chosen = panel.chosen
    past = panel.spend[chosen, 1:].mean(axis=1) / panel.window.days
    # Ties share a fifth: equal customers are not sorted by luck.
    rank = pd.Series(past).rank(method="average", pct=True).to_numpy()
    fifth = np.clip(np.ceil(rank * 5), 1, 5).astype(int)
    frame = pd.DataFrame({"fifth": fifth, "redeemed": panel.responded[chosen], "spend": past})
    found = frame.groupby("fifth").agg(
        customers=("redeemed", "size"), redeemed=("redeemed", "sum"), spend=("spend", "mean")
    )
    found["rate"] = found["redeemed"] / found["customers"]
    return found.reset_index()
