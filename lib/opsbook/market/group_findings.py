"""What categories and regions ask the shop to do, priced where the data allow."""

from typing import TYPE_CHECKING, Any

import pandas as pd

from opsbook.finding import Confidence, Finding
from opsbook.language import count, money, per_cent, points, t
from opsbook.market.compare import Comparison
from opsbook.market.compare_chart import name_of
from opsbook.reference.figures import figure

if TYPE_CHECKING:
    from opsbook.market.categories import Categories
    from opsbook.market.opportunity import Opportunity
    from opsbook.market.regions import Regions

__all__ = ["category_findings", "region_findings"]

_CATEGORIES = "market/A02-categories"
_OPPORTUNITY = "market/A04-opportunity"
_REGIONS = "market/A01-regions"
_STREAK = 3


def category_findings(
    result: "Categories", chances: "Opportunity | None" = None, *, most: int = 3
) -> list[Finding]:
    """Findings on categories: real gains and losses, streaks, the best opportunity.

    Args:
        result: From ``categories``.
        chances: From ``opportunity``.
        most: Gains and losses reported, by money.
    """
    comparison = result.comparison
    found = _changes(comparison, most, "A02", _CATEGORIES, t("Category manager"))
    found += _streaks(result)
    if chances is not None:
        found += _chance(chances)
    return found


def region_findings(result: "Regions", *, most: int = 2) -> list[Finding]:
    """Findings on regions, stores, platforms or channels: real gains and losses.

    Args:
        result: From ``regions``.
        most: Gains and losses reported, by money.
    """
    owner = t("Channel manager") if result.comparison.by in ("platform", "channel") else t(
        "Regional manager")  # fmt: skip
    found = _changes(result.comparison, most, "A01", _REGIONS, owner)
    return found + _slow_delivery(result)


def _changes(
    comparison: Comparison, most: int, entry: str, chapter: str, owner: str
) -> list[Finding]:
    """Groups whose change exceeds fluctuation, largest first."""
    frame = comparison.frame
    confidence = _confidence(frame, comparison.same_season)
    chosen = frame[confidence != ""].copy()
    chosen["confidence"] = confidence[confidence != ""]
    chosen = chosen.reindex(chosen["change"].abs().sort_values(ascending=False).index).head(most)
    tested = int(frame["p_value"].notna().sum())
    return [_change(row, comparison, tested, entry, chapter, owner) for row in chosen.itertuples()]


def _confidence(frame: pd.DataFrame, same_season: bool) -> pd.Series:
    """How sure each change is; empty for what is no finding.

    ``high`` after correction for many tests in the same season, ``medium`` by its own
    interval, ``low`` for a near miss that moves the shop by a point.
    """
    same = (frame["like_for_like"] > 0) == (frame["change"] > 0)
    p = frame["p_value"].where(same)
    level = pd.Series("", index=frame.index)
    level[(p < 0.10) & (frame["contribution"].abs() >= 0.01)] = "low"
    level[p < 0.05] = "medium"
    level[frame["is_real"] & same] = "high" if same_season else "medium"
    level[frame["status"] != ""] = "high"
    # A change too small to act on is no finding, however sure.
    level[(frame["contribution"].abs() < 0.002) & ~(frame["status"] == "stopped")] = ""
    return level


def _change(
    row: Any, comparison: Comparison, tested: int, entry: str, chapter: str, owner: str
) -> Finding:
    name = name_of(row.group, comparison.by)
    rose = row.change > 0
    size = money(abs(row.change), comparison.currency)
    of_shop = points(row.contribution)
    if row.status == "stopped":
        text = t("{name} has sold nothing since {day}: {size} less").format(
            name=name, day=_day(row.last_sale), size=size
        )
    elif row.status == "new":
        text = t("{name} is new and sold {size}", name=name, size=size)
    elif row.confidence == "low":
        text = (
            t("{name} may be rising: {size} more, {of_shop} of the shop's growth")
            if rose
            else t("{name} may be slipping: {size} less, {of_shop} of the shop's growth")
        ).format(name=name, size=size, of_shop=of_shop)
    else:
        text = (
            t("{name} gained {size}, {of_shop} of the shop's growth")
            if rose
            else t("{name} lost {size}, {of_shop} of the shop's growth")
        ).format(name=name, size=size, of_shop=of_shop)
    evidence = t(
        "{now} against {before}; {orders} orders", now=money(row.gmv), before=money(row.before),
        orders=count(row.orders),
    )  # fmt: skip
    if row.like_for_like == row.like_for_like and row.status == "":
        evidence += t(
            "; on like days {growth} [{low}, {high}], {p}, one of {tested} tested",
            growth=per_cent(row.like_for_like, sign=True),
            low=per_cent(row.low, sign=True),
            high=per_cent(row.high, sign=True),
            p="p < 0.001" if row.p_value < 0.001 else f"p = {count(row.p_value, 3)}",
            tested=tested,
        )
    if row.confidence == "low":
        evidence += t("; not yet to be told from fluctuation")
    reference = t("own past: {base}", base=str(comparison.base))
    if comparison.same_season:
        reference = t("own past: the same weeks of last year, {base}", base=str(comparison.base))
    elif comparison.one_year and row.status != "stopped":
        reference += t("; one year of data, so it may be the season")
    elif row.status != "stopped":
        reference += t("; it may be the season, see last year")
    action, due = _action(row, rose)
    confidence: Confidence = row.confidence
    return Finding(
        id=entry,
        statement=text,
        evidence=evidence,
        reference=reference,
        money=float(row.change),
        money_basis=t(
            "change in sales, {now} against {before}",
            now=str(comparison.period),
            before=str(comparison.base),
        ),
        action=action,
        owner=owner,
        due=due,
        confidence=confidence,
        chapter=chapter,
        headline=text,
    )


def _day(when: pd.Timestamp) -> str:
    from opsbook.language import day

    return day(when.date())


def _action(row: Any, rose: bool) -> tuple[str, str]:
    if row.status == "stopped":
        return t("Find out whether it was closed on purpose; if not, restore it."), t("today")
    if row.status == "new":
        return t("Check how much it took from its neighbours before expanding it."), t("this month")
    if rose:
        return (
            t("Secure stock and placement; check margin before adding promotion."),
            t("this month"),
        )
    return (
        t("Check price gap, stock-outs and placement, in this order, before discounting."),
        t("this week"),
    )


def _streaks(result: "Categories") -> list[Finding]:
    """The largest category with three or more fast months in a row, year on year only."""
    if result.streak_basis != "yoy":
        return []
    frame = result.frame
    fast = frame[(frame["streak"] >= _STREAK) & ~frame["thin"] & (frame["share"] >= 0.01)]
    if fast.empty:
        return []
    fast = fast.sort_values(["streak", "gmv"], ascending=False)
    first = fast.iloc[0]
    others = fast["group"].tolist()[1:4]
    more = t("; also {names}", names=t(", ").join(others)) if others else ""
    statement = t(
        "{name} has grown by 10 % or more on last year for {n} months in a row",
        name=first["group"],
        n=int(first["streak"]),
    )
    sales = float(first["gmv"])
    return [
        Finding(
            id="A02",
            statement=statement,
            evidence=t(
                "sales per day by complete month; {share} of the shop's sales{more}",
                share=per_cent(first["share"]),
                more=more,
            ),
            reference=figure("double_digit").words(),
            money=0.1 * sales,
            money_basis=t(
                "another 10 % on sales of {sales} in {period}, if the streak holds",
                sales=money(sales, result.comparison.currency),
                period=str(result.comparison.period),
            ),
            action=t("Give it the stock, placement and new products that its growth has earned."),
            owner=t("Category manager"),
            due=t("next quarter"),
            confidence="medium",
            chapter=_CATEGORIES,
            headline=statement,
        )
    ]


def _chance(chances: "Opportunity") -> list[Finding]:
    """The best category, if it stays among the first three under most other weights."""
    comparison = chances.categories.comparison
    best = chances.frame.iloc[0]
    # A category that nearly everybody buys from already has nobody left to win.
    if best["top3"] < 0.8 or best["headroom"] < 0.1:
        return []
    row = comparison.frame.set_index("group").loc[best["group"]]
    everyone = float(comparison.totals.xs(True, axis=1, level=1)["buyers"].iloc[0])
    per_buyer = float(row["gmv"] / row["buyers"]) if row["buyers"] else 0.0
    worth = 0.01 * everyone * per_buyer
    statement = t("{name} is the best category to invest in", name=best["group"])
    return [
        Finding(
            id="A04",
            statement=statement,
            evidence=t(
                "score {score}; among the first three in {top} of 2,000 other weightings. {words}",
                score=count(best["score"], 2),
                top=per_cent(best["top3"], 0),
                words=chances.words(),
            ),
            reference=t("the shop's other categories"),
            money=worth,
            money_basis=t(
                "one more buyer in a hundred ({n}) at {each} of sales a buyer, per {days} days",
                n=count(0.01 * everyone),
                each=money(per_buyer, comparison.currency),
                days=comparison.period.days,
            ),
            action=t("Test it with a small budget on buyers who have not bought from it yet."),
            owner=t("Category manager"),
            due=t("next quarter"),
            confidence="low",
            chapter=_OPPORTUNITY,
            headline=statement,
        )
    ]


def _slow_delivery(result: "Regions") -> list[Finding]:
    """A region whose parcels take a day longer than the others'."""
    profile = result.delivery
    if profile is None or len(profile) < 2:
        return []
    large = profile[profile["parcels"] >= 30]
    if len(large) < 2:
        return []
    mean = float((large["days"] * large["parcels"]).sum() / large["parcels"].sum())
    slow = large.loc[large["days"].idxmax()]
    if slow["days"] - mean < 1:
        return []
    statement = t(
        "Parcels to {name} take {days} days, {more} longer than the average",
        name=name_of(str(slow["group"]), result.comparison.by),
        days=count(slow["days"], 1),
        more=count(slow["days"] - mean, 1),
    )
    return [
        Finding(
            id="A01",
            statement=statement,
            evidence=t(
                "{n} parcels; {share} arrive within two days",
                n=count(slow["parcels"]),
                share=per_cent(slow["within_2_days"], 0),
            ),
            reference=t("own average {days} days", days=count(mean, 1)),
            money=None,
            money_basis=t("what delay costs in lost orders is not in the data"),
            action=t("Ask for a quote from a second carrier, or stock the region nearer."),
            owner=t("Logistics"),
            due=t("this month"),
            confidence="medium",
            chapter=_REGIONS,
            headline=statement,
        )
    ]
