"""Targeted customers always look better: what targeting brought, beyond who was chosen.

Messages go to good customers, and good customers buy. Three comparisons are shown side by side:
the plain gap, the change against their own past (difference in differences), and that change
against others who were as likely to be chosen. The same comparison laid on windows before the
event, in which nothing had been sent yet, shows how far it can be trusted.
"""

from dataclasses import dataclass

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
from opsbook.campaign.targeted_holdout import UNEVEN, lot_effect
from opsbook.campaign.targeted_words import method_names, verdict_words
from opsbook.errors import ParameterError
from opsbook.language import N_, count, per_cent, t
from opsbook.shop.periods import Period
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["Targeted", "Verdict", "compared", "targeted_effect"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Targeted:
    """What targeting brought per customer and day, by method.

    Args:
        name: Event.
        window: Days counted.
        targeted: Customers targeted.
        others: Customers known and not targeted.
        held: Customers chosen and left out by lot.
        estimates: One row per method: ``method`` (``naive, did, weighted``, and ``holdout``
            where somebody was left out), ``estimate, low, high`` (money per customer and
            day), ``error``, ``n``, ``passed`` (its checks).
        believed: Method to believe: ``holdout, weighted, did, both`` (the range of the two)
            or empty.
        estimate: What it says, money per customer and day; the middle of a range.
        low: Lower end.
        high: Upper end.
        history: One row per window, the oldest first: ``window`` (0 is the event, -1 the
            window before), ``targeted, others, alike`` (mean spend per customer and day;
            others weighted to resemble the targeted).
        placebos: Both methods on windows without the event: ``method`` (``did, weighted``, and
            ``drift`` and ``build-up``, the plain change over the whole past without the last
            window and with it), ``window, estimate, error, z``.
        balance: From ``propensity.weigh``.
        effective: How many equally weighted others the weights are worth.
        beyond: Share of the targeted with nobody alike among the others.
        verdict: What can be said.
        redeemed: One row per fifth of earlier spend: ``fifth, customers, redeemed, rate,
            spend`` (before, per day).
        extra_discount: Discount the targeted got beyond comparable others, per customer and
            day, with its error; not a number without list prices.
        cost: Recorded cost of the contacts; None where there is none.
        by_journey: Whether contacts name the event.
        elsewhere: Shares of the targeted and of the others with other messages on these days.
        currency: ISO code.
        level: Confidence.
        source: Name of the shop.
        lot_chance: Chance of a lot as uneven as this one if all were drawn alike; not a number
            without a lot.
    """

    name: str
    window: Period
    targeted: int
    others: int
    held: int
    estimates: pd.DataFrame
    believed: str
    estimate: float
    low: float
    high: float
    history: pd.DataFrame
    placebos: pd.DataFrame
    balance: pd.DataFrame
    effective: float
    beyond: float
    verdict: Verdict
    redeemed: pd.DataFrame
    extra_discount: tuple[float, float]
    cost: float | None
    by_journey: bool
    elsewhere: tuple[float, float]
    currency: str
    level: float
    source: str
    lot_chance: float = float("nan")

    def of(self, method: str) -> pd.Series | None:
        """The row of a method."""
        rows = self.estimates[self.estimates["method"] == method]
        return None if rows.empty else rows.iloc[0]

    def total(self, value: float) -> float:
        """Money of all targeted customers over the window, from money per customer and day."""
        return value * self.targeted * self.window.days

    def headline(self) -> str:
        """The plain gap against what can be believed."""
        naive = self.of("naive")
        assert naive is not None
        return t(
            "Targeted customers spend {naive} a day more; {verdict}",
            naive=_each(float(naive["estimate"])),
            verdict=verdict_words(self.verdict),
        )

    def words(self) -> str:
        """Every method with its interval, and the checks."""
        names = method_names()
        said = [
            t(
                "{method}: {value} [{low}, {high}] {currency} per customer and day.",
                method=names[str(row.method)],
                value=_each(row.estimate),
                low=_each(row.low),
                high=_each(row.high),
                currency=self.currency,
            )
            for row in self.estimates.itertuples()
        ]
        before, after = (float(self.balance[c].abs().max()) for c in ("before", "after"))
        said.append(
            t(
                "{n} targeted against {others} others; largest standardised difference {before}, "
                "weighted {after}; the weighted others count for {effective}.",
                n=count(self.targeted),
                others=count(self.others),
                before=count(before, 2),
                after=count(after, 2),
                effective=count(self.effective),
            )
        )
        if len(self.placebos):
            single = self.placebos[self.placebos["method"].isin(["did", "weighted"])]
            worst = single.loc[single["z"].abs().idxmax()]
            said.append(
                t(
                    "On windows before the event, in which nothing was sent, “{method}” gives "
                    "up to {value} ({z} standard errors).",
                    method=names[str(worst["method"])],
                    value=_each(float(worst["estimate"])),
                    z=count(abs(float(worst["z"])), 1),
                )
            )
        if self.lot_chance < UNEVEN:
            said.append(
                t(
                    "The lot was not drawn alike from everybody: sent and left out differed "
                    "before anything was sent, so those left out are weighed by what was known."
                )
            )
        if max(self.elsewhere) > 0.01:
            said.append(
                t(
                    "Other messages on the same days reached {share} of the targeted and {other} "
                    "of the others.",
                    share=per_cent(self.elsewhere[0], 0),
                    other=per_cent(self.elsewhere[1], 0),
                )
            )
        return " ".join(said)


def _each(value: float) -> str:
    text = count(abs(value), 2)
    return ("−" if value < 0 and float(f"{abs(value):.2f}") else "+") + text


def targeted_effect(shop: Shop, event: Event, *, level: float = 0.95) -> Targeted:
    """Compare targeted customers with others: plainly, with their past, with their like.

    Args:
        shop: Needs ``orders`` of named customers, ``order_lines`` and ``contacts``.
        event: The event, begun. Contacts whose journey is its number or name are meant;
            without any, those sent on its days.
        level: Confidence.

    Raises:
        CannotTell: Nobody, or everybody, was contacted, or nothing lies before the event.
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
        verdict_of(believed, low, high, weighted),
        _redeemed(panel),
        off,
        panel.cost,
        panel.by_journey,
        panel.elsewhere,
        currency,
        level,
        source,
        lot.chance if lot is not None else float("nan"),
    )


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
