"""What targeting brought, as a result: comparisons, the one to believe, and what can be said."""

from dataclasses import dataclass

import pandas as pd

from opsbook.campaign.targeted_checks import Verdict
from opsbook.campaign.targeted_holdout import UNEVEN
from opsbook.campaign.targeted_words import join_names, method_names, verdict_words
from opsbook.language import count, per_cent, t
from opsbook.shop.periods import Period

__all__ = ["Targeted"]


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
        together: Other journeys that reached the targeted more often than those they are
            compared with, on the same days: what is found is the effect of all of them.
        beside: Share of the targeted, and of those they are compared with, whom another
            message reached on the same days.
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
    together: tuple[str, ...] = ()
    beside: tuple[float, float] = (0.0, 0.0)

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
            verdict=verdict_words(self.verdict, self.together),
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
        if self.together:
            said.append(
                t(
                    "Among those they are compared with it is {share}: what is found is the effect "
                    "of this mailing and {others} together.",
                    share=per_cent(self.beside[1], 0),
                    others=join_names(self.together),
                )
            )
        return " ".join(said)


def _each(value: float) -> str:
    text = count(abs(value), 2)
    return ("−" if value < 0 and float(f"{abs(value):.2f}") else "+") + text
