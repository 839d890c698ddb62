"""Messages with a group left out: what they added, and what would have come anyway."""

from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd
from ibis import Table as Frame

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_, count, money, per_cent, points, t
from opsbook.shop.metrics import order_totals
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["HELD_OUT", "NEEDS", "Holdouts", "holdout_effects"]

NEEDS = {
    "contacts": ("customer_id", "contact_ts", "journey", "outcome"),
    "orders": ("order_id", "customer_id", "order_ts"),
}
HELD_OUT = "held_out"
"""Outcome that marks a customer who was chosen for a message and left out by lot."""
_DAY = 86_400
_BEFORE_DAYS = 180


@dataclass(frozen=True)
class Holdouts:
    """Journeys of messages against the customers they left out.

    Args:
        frame: One row per journey, most claimed first: ``journey, contacts, held, rate,
            base`` (buyers per contact within the window, with and without the message),
            ``effect, low, high`` (difference of the rates), ``worth, worth_low, worth_high``
            (margin, or sales, added by all messages; past spend taken out), ``claimed``
            (margin of every order within the window of a message: what last contact
            credits), ``cost, roi, roi_low, roi_high`` (added minus cost, over cost),
            ``balance_p`` (earlier spend of both groups alike), ``readable``. A journey
            without a holdout has only ``contacts, rate, claimed, cost``.
        window_days: Days after a message in which orders count.
        has_margin: Whether worth is margin; else it is sales.
        currency: ISO code.
        level: Confidence.
        source: Name of the shop.
    """

    frame: pd.DataFrame
    window_days: int
    has_margin: bool
    currency: str
    level: float
    source: str

    @property
    def tested(self) -> pd.DataFrame:
        """Journeys that left customers out and may be read."""
        return self.frame[self.frame["readable"]]

    def headline(self) -> str:
        """What the best documented journey added of what it claims."""
        if not len(self.tested):
            return t("No message has a group left out: what it adds cannot be told")
        row = self.tested.iloc[0]
        return t(
            "{journey}: {added} of the {claimed} it claims were added",
            journey=row["journey"],
            added=money(row["worth"], self.currency),
            claimed=money(row["claimed"]),
        )

    def words(self) -> str:
        """Rates, effect, return and over-credit of the tested journeys; who has no test."""
        parts = []
        for row in self.tested.itertuples():
            parts.append(
                t(
                    "{journey}: {rate} bought within {days} days of a message, {base} of those "
                    "left out; difference {effect} [{low}, {high}]. Return on cost {roi} "
                    "[{roi_low}, {roi_high}].",
                    journey=row.journey,
                    rate=per_cent(row.rate),
                    base=per_cent(row.base),
                    days=self.window_days,
                    effect=points(row.effect),
                    low=points(row.low),
                    high=points(row.high),
                    roi=_times(row.roi),
                    roi_low=_times(row.roi_low),
                    roi_high=_times(row.roi_high),
                )
            )
        without = self.frame.loc[self.frame["held"] == 0, "journey"]
        if len(without):
            parts.append(
                t("Nobody was left out of: {names}.", names=", ".join(without.astype(str)))
            )
        return " ".join(parts)


def _times(value: float) -> str:
    return "–" if value != value else count(value, 1)


@shared
def holdout_effects(shop: Shop, *, window_days: int = 14, level: float = 0.95) -> Holdouts:
    """Compare messaged customers with those left out by lot, journey by journey.

    Everybody who was chosen counts, whether the message arrived or not. A customer chosen
    several times counts each time; the error allows for his contacts hanging together.

    Args:
        shop: Needs ``contacts`` and ``orders`` of named customers.
        window_days: Days after the message in which orders count, 1 to 90.
        level: Confidence of the intervals.

    Raises:
        CannotTell: There are no contacts.
        ParameterError: ``window_days`` is out of range.

    Source:
        CUPED: Deng, Xu, Kohavi, Walker (2013), WSDM; errors by customer: the delta method,
        Deng, Knoblich, Lu (2018), KDD.
    """
    if not 1 <= window_days <= 90:
        raise ParameterError(
            N_("window_days {value} is out of range; use 1 to 90"), value=window_days
        )
    if not 0.5 <= level <= 0.999:
        raise ParameterError(N_("level {value} is out of range; use 0.5 to 0.999"), value=level)
    shop.require(NEEDS)
    has_margin = shop.has("order_lines", "unit_cost")
    sums = _sums(shop, window_days, has_margin).execute()
    if not len(sums):
        raise CannotTell(N_("the shop has recorded no messages to customers"))
    rows = [_row(part, level) for part in sums.to_dict("records")]
    frame = pd.DataFrame(rows).sort_values(["readable", "claimed"], ascending=False)
    return Holdouts(
        frame.reset_index(drop=True), window_days, has_margin, shop.currency, level, shop.title
    )


def _sums(shop: Shop, window_days: int, has_margin: bool) -> Frame:
    """Per journey: counts, totals and products of the customers' totals."""
    orders = order_totals(shop)
    if has_margin:
        # A line whose cost is not known counts neither with its sales nor with a cost.
        worth = orders.costed_amount - orders.cost
    elif shop.has("order_lines"):
        worth = orders.amount
    else:
        worth = ibis.literal(0.0)
    bought = orders.select(
        "customer_id", at=orders.order_ts.epoch_seconds(), worth=worth.fill_null(0.0)
    )
    bought = bought.filter(bought.customer_id.notnull())
    sent = shop.contacts
    sent = sent.mutate(cost=sent.cost.fill_null(0.0) if "cost" in sent.columns else 0.0)
    sent = sent.filter(sent.customer_id.notnull(), sent.journey.notnull()).select(
        "journey",
        "customer_id",
        cost=sent.cost,
        held=(sent.outcome == HELD_OUT).fill_null(False).cast("int64"),
        sent=sent.contact_ts.epoch_seconds(),
    )
    # Two messages of one journey in the same second would count one order twice.
    sent = sent.group_by("journey", "customer_id", "sent").aggregate(
        cost=sent.cost.sum(), held=sent.held.max()
    )
    near = sent.join(bought, "customer_id")
    since = near["at"] - near["sent"]
    after = (since >= 0) & (since < window_days * _DAY)
    before = (since < 0) & (since >= -_BEFORE_DAYS * _DAY)
    near = near.group_by("journey", "customer_id", "sent").aggregate(
        won=after.cast("int64").max(),
        worth=near.worth.sum(where=after),
        past=near.worth.sum(where=before),
    )
    joined = sent.left_join(near, ["journey", "customer_id", "sent"])
    joined = joined.select(
        "journey", "customer_id", "cost", "held",
        **{c: joined[c].cast("float64").fill_null(0.0) for c in ("won", "worth", "past")},
    )  # fmt: skip
    sides = {}
    for arm in (0, 1):
        inside = joined.held == arm
        sides[f"n{arm}"] = inside.cast("float64").sum()
        for name in ("won", "worth", "past"):
            sides[f"{name}{arm}"] = joined[name].sum(where=inside).fill_null(0.0)
    per = joined.group_by("journey", "customer_id").aggregate(cost=joined.cost.sum(), **sides)
    names = [f"{name}{arm}" for arm in (0, 1) for name in ("n", "won", "worth", "past")]
    out: dict[str, ibis.Value] = {name: per[name].sum() for name in names}
    out["cost"] = per.cost.sum()
    for i, a in enumerate(names):
        for b in names[i:]:
            out[f"{a}*{b}"] = (per[a] * per[b]).sum()
    # The slope on the past is that of single contacts, not of customers' totals.
    squares = joined.group_by("journey").aggregate(
        past_sq=(joined.past * joined.past).sum(), cross=(joined.past * joined.worth).sum()
    )
    return per.group_by("journey").aggregate(**out).join(squares, "journey").order_by("journey")


def _row(s: dict[str, float], level: float) -> dict[str, object]:
    from scipy.stats import norm

    n1, n0 = s["n0"], s["n1"]  # held = 0 got the message
    row: dict[str, object] = {
        "journey": s["journey"],
        "contacts": n1,
        "held": n0,
        "rate": s["won0"] / n1 if n1 else float("nan"),
        "claimed": s["worth0"],
        "cost": s["cost"],
    }
    blank = ("base", "effect", "low", "high", "worth", "worth_low", "worth_high", "roi",
             "roi_low", "roi_high", "balance_p")  # fmt: skip
    if n0 < 30 or n1 < 30:
        return row | dict.fromkeys(blank, float("nan")) | {"readable": False}
    z = float(norm.ppf((1 + level) / 2))
    won, won_error = _difference(s, {"won": 1.0})
    past, past_error = _difference(s, {"past": 1.0})
    mean_past = (s["past0"] + s["past1"]) / (n1 + n0)
    mean_worth = (s["worth0"] + s["worth1"]) / (n1 + n0)
    spread = s["past_sq"] / (n1 + n0) - mean_past**2
    theta = (s["cross"] / (n1 + n0) - mean_past * mean_worth) / spread if spread > 0 else 0.0
    worth, worth_error = _difference(s, {"worth": 1.0, "past": -theta})
    balance = float(2 * norm.sf(abs(past / past_error))) if past_error > 0 else 1.0
    total = worth * n1, (worth - z * worth_error) * n1, (worth + z * worth_error) * n1
    cost = s["cost"]
    roi = [(v - cost) / cost if cost > 0 else float("nan") for v in total]
    return row | {
        "base": s["won1"] / n0,
        "effect": won,
        "low": won - z * won_error,
        "high": won + z * won_error,
        "worth": total[0],
        "worth_low": total[1],
        "worth_high": total[2],
        "roi": roi[0],
        "roi_low": roi[1],
        "roi_high": roi[2],
        "balance_p": balance,
        "readable": balance >= 0.001,
    }


def _difference(s: dict[str, float], mix: dict[str, float]) -> tuple[float, float]:
    """Difference of means, messaged minus held out, and its error by customer.

    Args:
        s: Sums and sums of products of the customers' totals.
        mix: Weights of the outcomes that are added up.
    """
    means = [sum(w * s[f"{name}{arm}"] for name, w in mix.items()) / s[f"n{arm}"] for arm in (0, 1)]
    # A customer's influence: what he adds to either mean, messaged first.
    weights: dict[str, float] = {}
    for arm, sign in ((0, 1.0), (1, -1.0)):
        for name, w in mix.items():
            weights[f"{name}{arm}"] = sign * w / s[f"n{arm}"]
        weights[f"n{arm}"] = -sign * means[arm] / s[f"n{arm}"]
    variance = 0.0
    for a, wa in weights.items():
        for b, wb in weights.items():
            key = f"{a}*{b}"
            variance += wa * wb * (s[key] if key in s else s[f"{b}*{a}"])
    return means[0] - means[1], float(np.sqrt(max(variance, 0.0)))
