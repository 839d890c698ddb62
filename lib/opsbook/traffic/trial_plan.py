"""How long must a test run? Sample size, whole weeks of the shop's own traffic, smallest effect."""

from dataclasses import dataclass
from datetime import timedelta

import ibis
import numpy as np
import pandas as pd

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_, count, per_cent, period, t
from opsbook.shop.metrics import buyer_of
from opsbook.shop.periods import Period
from opsbook.shop.sales import in_days, paid_orders
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop
from opsbook.traffic.sample_size import check_chances, detectable_lift, sample_size

__all__ = ["TestPlan", "detectable_lift", "plan_test", "sample_size"]

_MOST_WEEKS = 12


@dataclass(frozen=True)
class TestPlan:
    """What a test of a given lift takes on this shop's traffic.

    Args:
        weeks: One row per whole number of weeks: ``weeks, visitors`` (distinct, all arms),
            ``cvr, needed`` (an arm, for the lift asked), ``enough, lift`` (smallest lift
            that can be seen).
        lift: The relative lift asked for.
        duration_weeks: Whole weeks it takes; None if longer than was looked at.
        arms: Arms, the control included.
        share: Share of visitors that enter the test.
        alpha: Chance of a false alarm, before the correction for several arms.
        power: Chance of seeing the lift.
        period: Weeks of traffic that the plan rests on.
        source: Name of the shop.
    """

    __test__ = False  # pytest would take the name for a test

    weeks: pd.DataFrame
    lift: float
    duration_weeks: int | None
    arms: int
    share: float
    alpha: float
    power: float
    period: Period
    source: str

    def headline(self) -> str:
        """How long the test runs."""
        if self.duration_weeks is None:
            return t(
                "A lift of {lift} cannot be seen in {weeks} weeks of this traffic",
                lift=per_cent(self.lift),
                weeks=int(self.weeks["weeks"].max()),
            )
        return t(
            "A lift of {lift} takes {weeks} whole weeks to see",
            lift=per_cent(self.lift),
            weeks=self.duration_weeks,
        )

    def words(self) -> str:
        """Rates, sizes and what would be seen in the time."""
        row = self.weeks[self.weeks["weeks"] == (self.duration_weeks or self.weeks["weeks"].max())]
        now = row.iloc[0]
        return t(
            "{period}: {visitors} visitors in {weeks} weeks convert at {cvr}; each of {arms} arms "
            "needs {needed} for a lift of {lift} (two-sided {alpha}, power {power}). The "
            "smallest lift that can be seen in that time is {least}.",
            period=period(self.period.start, self.period.end),
            visitors=count(now["visitors"]),
            weeks=int(now["weeks"]),
            cvr=per_cent(now["cvr"]),
            arms=self.arms,
            needed=count(np.ceil(now["needed"])),
            lift=per_cent(self.lift),
            alpha=per_cent(self.alpha, 0),
            power=per_cent(self.power, 0),
            least=per_cent(now["lift"]) if now["lift"] == now["lift"] else t("no lift at all"),
        )


@shared
def plan_test(
    shop: Shop,
    period: Period,
    *,
    lift: float = 0.1,
    arms: int = 2,
    share: float = 1.0,
    alpha: float = 0.05,
    power: float = 0.8,
) -> TestPlan:
    """Plan a test of conversion on the shop's own traffic.

    Visitors of several weeks are counted once, and their conversion rate is that of the
    whole time: both differ from a week's figures times the number of weeks.

    Args:
        shop: Needs ``sessions.visitor_id`` and ``orders``.
        period: Whole weeks whose traffic the test will resemble; the last 12 of them count.
        lift: Relative lift that should be seen if it is true, above 0 and up to 5.
        arms: Arms with the control, 2 to 20; more than two are corrected (Bonferroni).
        share: Share of visitors that enter the test, above 0 and up to 1.
        alpha: Chance of a false alarm.
        power: Chance of seeing the lift.

    Raises:
        CannotTell: There are no visits, or nobody who came bought.
        ParameterError: A parameter is out of range.
    """
    if not 0 < lift <= 5:
        raise ParameterError(N_("lift {value} is out of range; use above 0 to 5"), value=lift)
    if not 2 <= arms <= 20:
        raise ParameterError(N_("arms {value} is out of range; use 2 to 20"), value=arms)
    if not 0 < share <= 1:
        raise ParameterError(N_("share {value} is out of range; use above 0 to 1"), value=share)
    check_chances(alpha, power)
    shop.require({"sessions": ("visitor_id", "start_ts"), "orders": ("order_id", "order_ts")})
    length = min(period.days // 7, _MOST_WEEKS)
    if not length:
        raise CannotTell(N_("a test is planned in whole weeks; the period has none"))
    window = Period(period.end - timedelta(weeks=length), period.end)
    frame = _traffic(shop, window, length)
    if not frame["visitors"].iloc[-1] or not frame["buyers"].iloc[-1]:
        raise CannotTell(N_("no visits or no buyers in {period}"), period=window)
    frame["cvr"] = (frame["buyers"] / frame["visitors"].where(frame["visitors"] > 0)).clip(upper=1)
    each = frame["visitors"] * share / arms
    corrected = max(alpha / (arms - 1), 0.001)
    needed, least = [], []
    for cvr, units in zip(frame["cvr"], each, strict=True):
        fits = cvr > 0 and cvr * (1 + lift) < 1
        to = cvr * (1 + lift)
        needed.append(sample_size(cvr, to, alpha=corrected, power=power) if fits else float("nan"))
        least.append(detectable_lift(cvr, units, alpha=corrected, power=power))
    frame["needed"], frame["lift"] = needed, least
    frame["enough"] = each >= frame["needed"]
    weeks = frame.loc[frame["enough"], "weeks"]
    return TestPlan(
        frame[["weeks", "visitors", "cvr", "needed", "enough", "lift"]],
        lift,
        int(weeks.min()) if len(weeks) else None,
        arms,
        share,
        alpha,
        power,
        window,
        shop.title,
    )


def _traffic(shop: Shop, window: Period, length: int) -> pd.DataFrame:
    """Distinct visitors and buyers of the first, first two, ... weeks of the window."""
    start = ibis.literal(window.start)

    def first_weeks(frame: ibis.Table, who: str, when: str) -> pd.Series:
        each = frame.filter(frame[who].notnull()).group_by(who).aggregate(first=frame[when].min())
        first = each.first.date() if each.first.type().is_timestamp() else each.first
        week = (first.epoch_seconds() - start.cast("date").epoch_seconds()) // (7 * 86_400)
        made = each.group_by(week=week.cast("int64")).aggregate(n=each.count()).execute()
        new = made.set_index("week")["n"].reindex(range(length), fill_value=0)
        return new.cumsum().astype(float)

    visits = in_days(shop.sessions, window.start, window.end, "start_ts")
    orders = in_days(paid_orders(shop), window.start, window.end)
    orders = orders.mutate(buyer=buyer_of(orders))
    return pd.DataFrame(
        {
            "weeks": range(1, length + 1),
            "visitors": first_weeks(visits, "visitor_id", "start_ts").to_numpy(),
            "buyers": first_weeks(orders, "buyer", "day").to_numpy(),
        }
    )
