"""What retention asks the shop to do: channels that keep fewer, and what a point is worth."""

from opsbook.finding import Confidence, Finding
from opsbook.language import count, money, per_cent, points, t
from opsbook.lifecycle.cohorts import Cohorts
from opsbook.lifecycle.customer_value import ValueToDate
from opsbook.lifecycle.repeat_rate import LEAST_BUYERS, RepeatRate
from opsbook.reference.figures import figure

__all__ = ["cohort_findings", "repeat_findings"]

_COHORTS = "lifecycle/B06-retention"
_REPEAT = "lifecycle/B07-repeat-rate"


def cohort_findings(
    result: Cohorts, value: ValueToDate | None = None, *, most: int = 2
) -> list[Finding]:
    """Findings on retention: the worth of a point, and channels that differ for certain.

    Args:
        result: From ``cohorts``.
        value: From ``value_to_date`` of all customers, to price a point.
        most: Channels reported, by money.
    """
    return _point(result, value) + _channels(result, value, most)


def _yearly(result: Cohorts) -> float:
    """New customers of a year, from the latest 365 days."""
    cells = result.new.cells
    recent = cells[cells["follow"] < 365]
    days = min(365, result.new.span.days)
    return float(recent["customers"].sum()) * 365 / days


def _per_return(result: Cohorts, value: ValueToDate | None) -> float | None:
    """Margin (else net sales) after the first 30 days per customer who came back by day 90."""
    row = result.rate(90)
    if value is None or row is None or not row["rate"]:
        return None
    frame = value.frame.groupby("month")[[value.money, "customers"]].first()
    ages = frame[frame[value.money].notna() & (frame["customers"] >= 100)].index
    if len(ages) < 2:
        return None
    later = float(frame.loc[ages.max(), value.money] - frame.loc[1, value.money])
    return later / float(row["rate"]) if later > 0 else None


def _point(result: Cohorts, value: ValueToDate | None) -> list[Finding]:
    row, each = result.rate(90), _per_return(result, value)
    if row is None or row["observed"] < 100:
        return []
    yearly = _yearly(result)
    worth = None if each is None else 0.01 * yearly * each
    statement = t(
        "{rate} of new customers come back within 90 days; one point more is one order in a "
        "hundred newcomers that needs no advertising",
        rate=per_cent(row["rate"]),
    )
    what = t("margin") if value is not None and value.money == "margin" else t("net sales")
    return [
        Finding(
            id="B06",
            statement=statement,
            evidence=t(
                "{back} of {all} customers whose 90 days are over, interval {low} to {high}",
                back=count(row["back"]),
                all=count(row["observed"]),
                low=per_cent(row["low"]),
                high=per_cent(row["high"]),
            ),
            reference=figure("retention_profit").words(),
            money=worth,
            money_basis=t("what a returning customer brings later is not known")
            if each is None or worth is None
            else t(
                "one point: 1 % of {n} new customers a year, each {each} of {what} after the "
                "first month",
                n=count(yearly),
                each=money(each),
                what=what,
            ),
            action=t(
                "Test one message between day 7 and day 30 after the first order against a "
                "held-out group."
            ),
            owner=t("CRM"),
            due=t("this month"),
            confidence="high" if row["observed"] >= 1000 else "medium",
            chapter=_COHORTS,
            headline=t(
                "{rate} of new customers come back within 90 days", rate=per_cent(row["rate"])
            ),
        )
    ]


def _channels(result: Cohorts, value: ValueToDate | None, most: int) -> list[Finding]:
    """Channels whose second-time buyers stay more or less often, after Holm's correction."""
    frame = result.again
    if frame.empty:
        return []
    each = _per_return(result, value)
    sizes = result.new.cells.groupby("channel")["customers"].sum()
    told = frame[frame["is_real"]].copy()
    told["lost"] = told["gap"] * told["observed"]
    told = told.reindex(told["lost"].abs().sort_values(ascending=False).index).head(most)
    found = []
    for row in told.itertuples():
        fewer = row.gap < 0
        years = result.new.span.days / 365
        worth = None if each is None else float(row.lost) / max(years, 1e-9) * each
        text = (
            t("{name} brings customers who stay away after their second purchase: {rate} return "
              "within 90 days, {gap} against other channels")
            if fewer
            else t("Customers of {name} stay: {rate} return within 90 days of their second "
                   "purchase, {gap} against other channels")
        )  # fmt: skip
        text = text.format(name=row.channel, rate=per_cent(row.rate), gap=points(row.gap))
        sure: Confidence = "high" if row.p_holm < 0.01 else "medium"
        found.append(
            Finding(
                id="B06",
                statement=text,
                evidence=t(
                    "{back} of {n} customers; gap {low} to {high}, month by month; p = {p} after "
                    "correction for {tested} channels",
                    back=count(row.back),
                    n=count(row.observed),
                    low=points(row.gap_low),
                    high=points(row.gap_high),
                    p=count(row.p_holm, 3),
                    tested=len(frame),
                ),
                reference=t("the shop's other channels, {rate}", rate=per_cent(row.others)),
                money=worth,
                money_basis=t("what a returning customer brings later is not known")
                if worth is None
                else t(
                    "{n} third purchases a year more or fewer than at the others' rate, at what a "
                    "returning customer brings; {all} new customers in the data",
                    n=count(abs(row.lost) / years),
                    all=count(sizes.get(row.channel, 0)),
                ),
                action=t("Bid by what these customers bring in a year, not by their first order.")
                if fewer
                else t("Give this channel the next part of the budget, as a test with a limit."),
                owner=t("Channel manager"),
                due=t("this month"),
                confidence=sure,
                chapter=_COHORTS,
                headline=t("{name} brings customers who do not stay", name=row.channel)
                if fewer
                else t("{name} brings customers who stay", name=row.channel),
            )
        )
    return found


def repeat_findings(result: RepeatRate) -> list[Finding]:
    """The repeat purchase rate against a year before and against the published claim.

    Args:
        result: From ``repeat_rate``.
    """
    now = result.now
    if now["buyers"] < LEAST_BUYERS:
        return []
    claim = figure("repeat_30d")
    below = claim.low is not None and result.days == 30 and now["high"] < claim.low
    changed = result.p_value < 1 - result.level
    if not below and not changed:
        return []
    return [
        Finding(
            id="B07",
            statement=result.headline(),
            evidence=t(
                "{hits} of {base} buyers, interval {low} to {high}",
                hits=count(now["repeaters"]),
                base=count(now["buyers"]),
                low=per_cent(now["low"]),
                high=per_cent(now["high"]),
            ),
            reference=claim.words(),
            money=None,
            money_basis=t("the distance to an unproven claim is not money at stake"),
            action=t(
                "Look at refill goods first: remind before the pack is empty; do not discount "
                "goods that are bought once a year."
            ),
            owner=t("CRM"),
            due=t("this month"),
            confidence="low" if below and not changed else "medium",
            chapter=_REPEAT,
            headline=result.headline(),
        )
    ]
