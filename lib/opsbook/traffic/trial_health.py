"""Can the test be read at all? Shares of the arms, assignment, fading effect, equal pasts."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from opsbook.errors import ParameterError
from opsbook.language import N_, count, per_cent, t
from opsbook.shop.shop import Shop
from opsbook.traffic.trial_checks import (
    SURE,
    fading,
    past_balance,
    planned_shares,
    sample_ratio,
    shares_by_day,
)
from opsbook.traffic.trial_data import trial_days

__all__ = ["HEALTHY", "TrialHealth", "planned_shares", "sample_ratio", "trial_health"]

HEALTHY = ("ok", "fading")
"""States in which an effect may be read; of a fading one, only the later part."""


@dataclass(frozen=True)
class TrialHealth:
    """State of every experiment.

    Args:
        frame: One row per experiment: ``exp_id, start, days, whole_weeks, units, shares``
            (text), ``guessed`` (shares inferred), ``srm_p, srm_day_p`` (shares that change
            from day to day), ``double`` (units in several arms), ``early`` (exposed before
            every arm was live), ``first_lift, later_lift`` (relative, first and second half),
            ``fade_p`` (corrected over the experiments), ``balance`` (largest difference of
            the pasts, standard deviations), ``balance_p, state`` (ok, fading, unequal,
            assignment, mismatch), ``why`` (a sentence).
        source: Name of the shop.
    """

    frame: pd.DataFrame
    source: str

    def of(self, exp_id: str) -> pd.Series:
        """The row of one experiment.

        Raises:
            ParameterError: There is none of that name.
        """
        row = self.frame[self.frame["exp_id"] == exp_id]
        if not len(row):
            raise ParameterError(
                N_('there is no experiment "{value}"; there are {known}'),
                value=exp_id,
                known=", ".join(self.frame["exp_id"].head(12)),
            )
        return row.iloc[0]

    def headline(self) -> str:
        """How many can be read."""
        bad = int((~self.frame["state"].isin(HEALTHY)).sum())
        if not bad:
            return t("All {n} experiments can be read", n=len(self.frame))
        return t(
            "{bad} of {n} experiments cannot be read as they stand", bad=bad, n=len(self.frame)
        )


def trial_health(
    shop: Shop,
    *,
    shares: Mapping[str, Mapping[str, float]] | None = None,
    starts: Mapping[str, str] | None = None,
) -> TrialHealth:
    """Check every experiment on visitors or customers before its effect is looked at.

    Args:
        shop: Needs ``experiments``.
        shares: Planned shares by experiment and variant; equal unless given, or a round
            share where an arm is plainly small (see ``planned_shares``).
        starts: Planned first day (ISO) by experiment; exposures before it are early.
            Otherwise: before the day from which every arm was seen.

    Raises:
        CannotTell: There is no experiment.
    """
    days = trial_days(shop)
    rows = [
        _row(str(name), part, (shares or {}).get(str(name)), (starts or {}).get(str(name)))
        for name, part in days.groupby("exp_id", sort=True)
    ]
    frame = pd.DataFrame(rows)
    # Holm: one of many experiments seems to fade by chance.
    order = frame["fade_p"].sort_values().index
    kept = frame.loc[order, "fade_p"].notna()
    steps = kept[::-1].cumsum()[::-1].to_numpy()
    adjusted = (frame.loc[order, "fade_p"] * steps).clip(upper=1).cummax()
    frame["fade_p"] = adjusted.reindex(frame.index)
    state_why = [_state(row) for row in frame.itertuples()]
    frame["state"], frame["why"] = zip(*state_why, strict=True)
    return TrialHealth(frame, shop.title)


def _row(
    name: str, part: pd.DataFrame, shares: Mapping[str, float] | None, start: str | None
) -> dict[str, object]:
    arms = part.groupby("variant")[["units", "before", "before_sq"]].sum()
    arms = arms[arms["units"] > 0]
    if shares is not None:
        plan, guessed = pd.Series(shares, dtype=float).reindex(arms.index), False
        if plan.isna().any() or (plan <= 0).any():
            raise ParameterError(
                N_('planned shares of "{name}" must be positive and name every arm: {arms}'),
                name=name,
                arms=", ".join(map(str, arms.index)),
            )
        plan = plan / plan.sum()
    else:
        plan, guessed = planned_shares(arms["units"])
    table = part.dropna(subset=["day"]).pivot_table(
        index="day", columns="variant", values="units", aggfunc="sum", fill_value=0
    )
    live = [table.index[table[c] > 0].min() for c in table.columns if (table[c] > 0).any()]
    early = 0.0
    if start is not None:
        early = float(table[table.index < pd.Timestamp(start)].to_numpy().sum())
    elif live and len(live) == len(arms):
        early = float(table[table.index < max(live)].to_numpy().sum())
        # A small arm may be missing on a thin first day by chance.
        late = arms.index[int(np.argmax(np.array(live)))] if len(live) else ""
        if (1 - float(plan.get(late, 0.5))) ** early > SURE:
            early = 0.0
    length = (table.index.max() - table.index.min()).days + 1 if len(table) else 0
    fade = fading(part)
    balance, balance_p = past_balance(arms)
    return {
        "exp_id": name,
        "start": table.index.min() if len(table) else pd.NaT,
        "days": length,
        "whole_weeks": length > 0 and length % 7 == 0,
        "units": float(arms["units"].sum()),
        "shares": _share_text(plan, 0),
        "guessed": guessed,
        "found": _share_text(arms["units"] / max(arms["units"].sum(), 1), 1),
        "srm_p": sample_ratio(arms["units"], plan)[1],
        "srm_day_p": shares_by_day(table),
        "double": float(part["double"].sum()),
        "early": early,
        "first_lift": fade[0],
        "later_lift": fade[1],
        "fade_p": fade[2],
        "balance": balance,
        "balance_p": balance_p,
    }


def _share_text(shares: pd.Series, digits: int) -> str:
    """Shares of the arms: ``50 : 50``; of many arms the smallest and the largest."""
    if len(shares) <= 3:
        return " : ".join(f"{100 * v:.{digits}f}" for v in shares)
    low, high = (f"{100 * v:.1f}" for v in (shares.min(), shares.max()))
    return f"{len(shares)} × {low}" if low == high else f"{len(shares)} × {low}–{high}"


def _state(row: object) -> tuple[str, str]:
    get = row.__getattribute__
    if get("srm_p") < SURE:
        return "mismatch", t(
            "arms hold {found} per cent instead of {shares} (p {p}): units were lost, not by lot",
            found=get("found"),
            shares=get("shares"),
            p=f"{get('srm_p'):.1g}",
        )
    if get("srm_day_p") < SURE:
        return "mismatch", t(
            "the shares of the arms change from day to day (p {p})", p=f"{get('srm_day_p'):.1g}"
        )
    if get("double") > 0.01 * get("units"):
        return "assignment", t("{n} units were seen in more than one arm", n=count(get("double")))
    if get("early") > 0:
        return "assignment", t(
            "{n} units were exposed before the assignment was live in every arm",
            n=count(get("early")),
        )
    if get("balance_p") < SURE:
        return "unequal", t(
            "the arms differ in earlier spend by {gap} standard deviations (p {p})",
            gap=count(get("balance"), 2),
            p=f"{get('balance_p'):.1g}",
        )
    if get("fade_p") < 0.05:
        return "fading", t(
            "the effect wears off: {first} in the first half, {later} in the second",
            first=per_cent(get("first_lift"), sign=True),
            later=per_cent(get("later_lift"), sign=True),
        )
    return "ok", t("shares, assignment and pasts of the arms are as they should be")
