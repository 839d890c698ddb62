"""How member tiers are shown: customers against money, movement, and who is about to fall."""

from typing import TYPE_CHECKING

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import count, day, money, per_cent, t
from opsbook.lifecycle.tier_schemes import tier_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from opsbook.lifecycle.tiers import TierReview

__all__ = [
    "near_table",
    "notices_table",
    "plot_tiers",
    "review_words",
    "tier_moves_table",
    "tiers_table",
]


def plot_tiers(result: "TierReview", *, title: str = "") -> Chart:
    """Share of customers and of net sales per tier, highest first.

    Args:
        result: From ``tiers``.
        title: What the figure says; from the tiers unless given.
    """
    frame = result.summary()
    names = [tier_name(key) for key in frame["tier"]]
    rows = [
        t("{name}: {customers} customers, {money}").format(
            name=name, customers=count(n), money=money(amount, result.currency)
        )
        for name, n, amount in zip(names, frame["customers"], frame["money"], strict=True)
    ]
    known = bool(frame["money_share"].notna().all())

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        ink, accent, quiet = (COLORS[k][0] for k in ("ink", "accent", "quiet"))
        for y, row in enumerate(frame.itertuples()):
            axes.barh(y - 0.19, row.share, color=quiet, height=0.34)
            said = f"{per_cent(row.share)} · {count(row.customers)}"
            axes.text(row.share + 0.012, y - 0.19, said, va="center", fontsize=8.5, color=ink)
            if known:
                part = max(row.money_share, 0.0)
                axes.barh(y + 0.19, part, color=accent, height=0.34)
                said = f"{per_cent(row.money_share)} · {money(row.money)}"
                axes.text(part + 0.012, y + 0.19, said, va="center", fontsize=8.5, color=ink)
        most = float(frame[["share", "money_share"]].max().max())
        axes.set_xlim(0, most * (1.6 if phone else 1.25))
        axes.set_yticks(range(len(frame)), names, color=ink, fontsize=9.5)
        axes.set_ylim(len(frame) - 0.4, -0.6)
        axes.set_xticks([])
        axes.grid(visible=False)
        axes.spines["bottom"].set_visible(False)

    shown = t("upper bar: share of customers; lower bar: share of net sales")
    return Chart(
        draw,
        title=title or _title(result, known),
        subtitle=" · ".join([shown, str(result.period), result.currency]),
        alt=t("Bars per tier. {rows}.").format(rows="; ".join(rows)),
        source=result.source,
        height=0.8 + 0.66 * len(frame),
        phone_height=0.8 + 0.74 * len(frame),
        data=frame,
    )


def _title(result: "TierReview", known: bool) -> str:
    above = result.summary().iloc[:-1]
    if not known:
        return t("Net sales of the window are not above zero; tiers have no share of them")
    return t(
        "{share} of customers hold a tier above the lowest and bring {money} of net sales",
        share=per_cent(float(above["share"].sum()), 0),
        money=per_cent(float(above["money_share"].sum()), 0),
    )


def review_words(result: "TierReview") -> str:
    """Where the bounds come from, who moved, and what is left out."""
    if result.given:
        text = t("Bounds as configured.")
    elif result.scheme.key == "own":
        text = t(
            "Bounds read from the tiers on record: those that put the fewest customers wrong; "
            "{share} have the tier that their spend earns.",
            share=per_cent(result.agreement() or 0.0),
        )
    else:
        text = t("Bounds proposed from the shop's own spend: easy entry, scarce top.")
    if result.moved:
        moves = result.moves()
        text += " " + t(
            "Since the review {days} days ago {up} rose and {down} fell.",
            days=result.scheme.review_days,
            up=count(moves["up"]),
            down=count(moves["down"]),
        )
        if result.partial:
            text += " " + t(
                "The earlier window begins {days} days before the data: some rises are only that.",
                days=count(result.partial),
            )
    if result.idle:
        text += " " + t(
            "{n} registered customers without a purchase are in the lowest tier and not counted.",
            n=count(result.idle),
        )
    said = result.guests.words()
    return f"{text} {said}" if said else text


def tiers_table(result: "TierReview") -> ShownTable:
    """Bounds, size, value and cost of each tier."""
    frame = result.summary()
    frame["name"] = [tier_name(key) for key in frame["tier"]]
    unit = {"currency": result.currency}
    fields = [
        Field("name", t("tier")),
        Field("from_spend", t("from net spend, {currency}", **unit), "money"),
        Field("customers", t("customers"), "count"),
        Field("share", t("share of customers"), "share"),
        Field("money", t("net sales, {currency}", **unit), "money"),
        Field("money_share", t("share of net sales"), "share"),
        Field("per_customer", t("per customer, {currency}", **unit), "money"),
        Field("days", t("purchase days (mean)"), "number"),
    ]
    for name, head in (
        ("margin", t("margin, {currency}", **unit)),
        ("points_cost", t("points earned, {currency}", **unit)),
        ("benefit_cost", t("benefits, {currency}", **unit)),
        ("after", t("margin after benefits, {currency}", **unit)),
    ):
        if frame[name].notna().any() and (name != "benefit_cost" or frame[name].any()):
            fields.append(Field(name, head, "money"))
    caption = t("Tiers, {period}", period=str(result.period))
    return shown_table(frame, fields, caption=caption, note=review_words(result))


def tier_moves_table(result: "TierReview") -> ShownTable:
    """Customers by tier one review ago and now."""
    table = result.matrix()
    shown = table.rename_axis(columns=None).reset_index(names="before")
    shown["before"] = [tier_name(key) for key in shown["before"]]
    fields = [Field("before", t("before ↓ now →"))]
    fields += [Field(key, tier_name(key), "count") for key in table.columns]
    caption = t("Tier {days} days ago and now", days=result.scheme.review_days)
    return shown_table(shown, fields, caption=caption)


def notices_table(result: "TierReview", *, most: int = 10) -> ShownTable:
    """Who falls at the next review unless ..., with what is missing."""
    frame = result.notices()
    for column in ("tier", "falls_to"):
        frame[column] = [tier_name(key) for key in frame[column]]
    unit = {"currency": result.currency}
    fields = [
        Field("customer_id", t("customer")),
        Field("tier", t("tier")),
        Field("falls_to", t("falls to")),
        Field("spend", t("net spend, {currency}", **unit), "money"),
        Field("missing", t("missing to keep it, {currency}", **unit), "money"),
        Field("usual", t("usual in that time, {currency}", **unit), "money"),
    ]
    if frame["missing_days"].any():
        fields.append(Field("missing_days", t("missing purchase days"), "count"))
    caption = t(
        "Fall unless they buy by {day}: {n} customers", day=day(result.due), n=count(len(frame))
    )
    return shown_table(frame, fields, caption=caption, most=most)


def near_table(result: "TierReview", *, most: int = 10) -> ShownTable:
    """Who is one usual purchase short of the next tier."""
    frame = result.near()
    for column in ("tier", "rises_to"):
        frame[column] = [tier_name(key) for key in frame[column]]
    unit = {"currency": result.currency}
    fields = (
        Field("customer_id", t("customer")),
        Field("tier", t("tier")),
        Field("rises_to", t("next tier")),
        Field("missing", t("missing, {currency}", **unit), "money"),
        Field("average", t("usual purchase, {currency}", **unit), "money"),
    )
    caption = t("One usual purchase short of the next tier: {n} customers", n=count(len(frame)))
    return shown_table(frame, fields, caption=caption, most=most)
