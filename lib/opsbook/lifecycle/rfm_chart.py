"""How RFM segments are shown: customers against money, the bounds, what to do with each."""

from math import isinf
from typing import TYPE_CHECKING

import pandas as pd

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import count, language, money, per_cent, t
from opsbook.lifecycle.rfm_segments import CLASSES, SEGMENTS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from opsbook.lifecycle.rfm import Rfm

__all__ = [
    "actions_table",
    "bounds_table",
    "class_names",
    "classes_table",
    "listed_table",
    "plot_segments",
    "segment_names",
    "segments_table",
]


def segment_names() -> dict[str, str]:
    """Segment to its name in the language in force."""
    return {s.key: t(s.name) for s in SEGMENTS}


def class_names() -> dict[str, str]:
    """Value class to its name in the language in force."""
    return {c.key: t(c.name) for c in CLASSES}


def plot_segments(result: "Rfm", *, title: str = "") -> Chart:
    """Share of customers and share of net sales per segment, best segment first.

    Args:
        result: From ``rfm``.
        title: What the figure says; from the segments unless given.
    """
    frame = result.segments.copy()
    frame["name"] = frame["segment"].map(segment_names())
    known = bool(frame["money_share"].notna().all())
    rows = [
        t("{name}: {customers} customers, {money}").format(
            name=name, customers=count(n), money=money(amount, result.currency)
        )
        for name, n, amount in zip(frame["name"], frame["customers"], frame["money"], strict=True)
    ]
    shown = t("share of customers and of net sales") if known else t("share of customers")
    return Chart(
        lambda figure, phone: _bars(figure, frame, known, result.currency, phone),
        title=title or _title(result),
        subtitle=" · ".join([shown, str(result.period), result.currency]),
        alt=t("Bars per segment. {rows}.").format(rows="; ".join(rows)),
        source=result.source,
        height=4.9,
        phone_height=6.4,
        data=frame,
    )


def _title(result: "Rfm") -> str:
    frame = result.segments.set_index("segment")
    best = frame.loc[["champions", "loyal"]]
    quiet = frame.loc[["cant_lose", "at_risk"]]
    if not result.money > 0:
        return t("Net sales of the window are not above zero; segments have no share of them")
    if best["customers"].sum() == 0:
        return t("Nobody buys often enough yet to be called loyal")
    return t(
        "{share} of customers bring {money} of net sales; {n} good customers have gone silent",
        share=per_cent(float(best["share"].sum()), 0),
        money=per_cent(float(best["money_share"].sum()), 0),
        n=count(quiet["customers"].sum()),
    )


_TONES = {
    "champions": "pos", "loyal": "pos", "potential_loyalists": "accent", "new_customers": "accent",
    "promising": "accent", "need_attention": "s2", "about_to_sleep": "s2", "cant_lose": "neg",
    "at_risk": "neg", "hibernating": "quiet", "lost": "quiet",
}  # fmt: skip


def _bars(figure: "Figure", frame: pd.DataFrame, known: bool, currency: str, phone: bool) -> None:
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(1, 1))
    ink = COLORS["ink"][0]
    tones = [COLORS[_TONES[key]][0] for key in frame["segment"]]
    places = range(len(frame))
    names = frame["name"].tolist()
    if phone:
        names = [_folded(name) for name in names]
    left.set_yticks(list(places), names, color=ink, fontsize=8.5 if phone else 9.5)
    left.set_ylim(len(frame) - 0.4, -0.6)
    _side(left, frame["share"], frame["customers"].map(count), tones, t("customers"), phone)
    if known:
        figures = frame["money"].map(money)
        _side(right, frame["money_share"], figures, tones, t("net sales"), phone)
    else:
        right.axis("off")


def _folded(name: str) -> str:
    """A long name on two lines."""
    if language() == "zh" or len(name) < 14 or " " not in name:
        return name
    words = name.split(" ")
    half = len(words) // 2 or 1
    return " ".join(words[:half]) + "\n" + " ".join(words[half:])


def _side(
    axes: "Axes",
    shares: pd.Series,
    figures: pd.Series,
    tones: list[str],
    head: str,
    phone: bool,
) -> None:
    ink = COLORS["ink"][0]
    most = max(float(shares.max()), 0.01)
    axes.barh(range(len(shares)), shares.clip(lower=0), color=tones, height=0.66)
    for y, (share, figure) in enumerate(zip(shares, figures, strict=True)):
        text = f"{per_cent(share, 0)}\n{figure}" if phone else f"{per_cent(share)} · {figure}"
        axes.text(
            max(share, 0) + most * 0.03, y, text, va="center", fontsize=8 if phone else 9, color=ink
        )
    axes.set_xlim(0, most * (1.75 if phone else 1.7))
    axes.set_xticks([])
    axes.grid(visible=False)
    axes.spines["bottom"].set_visible(False)
    axes.set_title(head, loc="left", fontsize=9.5, color=COLORS["muted"][0])


def segments_table(result: "Rfm") -> ShownTable:
    """Size, value and rhythm of the eleven segments."""
    frame = result.segments.assign(name=result.segments["segment"].map(segment_names()))
    fields = [
        Field("name", t("segment")),
        Field("customers", t("customers"), "count"),
        Field("share", t("share of customers"), "share"),
        Field("money", t("net sales, {currency}", currency=result.currency), "money"),
        Field("money_share", t("share of net sales"), "share"),
        Field("per_customer", t("per customer, {currency}", currency=result.currency), "money"),
        Field("recency_days", t("days since last purchase (median)"), "count"),
        Field("frequency", t("purchase days (mean)"), "number"),
    ]
    if result.margin_known:
        margin_head = t("margin, {currency}", currency=result.currency)
        fields.append(Field("margin", margin_head, "money"))
    caption = t("Segments, {period}", period=str(result.period))
    return shown_table(frame, fields, caption=caption, note=result.words())


def classes_table(result: "Rfm") -> ShownTable:
    """The four value classes of the training material."""
    meaning = {c.key: t(c.meaning) for c in CLASSES}
    frame = result.classes.assign(
        name=result.classes["value_class"].map(class_names()),
        meaning=result.classes["value_class"].map(meaning),
    )
    fields = (
        Field("name", t("value class")),
        Field("meaning", t("who")),
        Field("customers", t("customers"), "count"),
        Field("share", t("share of customers"), "share"),
        Field("money", t("net sales, {currency}", currency=result.currency), "money"),
        Field("money_share", t("share of net sales"), "share"),
    )
    return shown_table(
        frame,
        fields,
        caption=t("Four value classes, {period}", period=str(result.period)),
        note=t(
            "High is a score of 4 or 5. Names: source claim, 001 用户分层, which gives no bounds."
        ),
    )


def bounds_table(result: "Rfm") -> ShownTable:
    """What a customer needs for each score."""
    rows = []
    heads = {
        "recency_days": t("days since last purchase, at most"),
        "frequency": t("purchase days, at least"),
        "monetary": t("net spend, at least, {currency}", currency=result.currency),
    }
    for name, head in heads.items():
        bounds = result.bounds[name]
        row: dict[str, str] = {"what": head}
        for score, bound in zip((2, 3, 4, 5), bounds, strict=True):
            higher = bounds[score - 1] if score < 5 else None
            row[str(score)] = (
                "–"
                if isinf(bound) or bound == higher
                else count(abs(bound) if name == "recency_days" else bound)
            )
        rows.append(row)
    fields = [Field("what", t("needed for a score of"))]
    fields += [Field(str(score), str(score), "text") for score in (2, 3, 4, 5)]
    return shown_table(
        pd.DataFrame(rows),
        fields,
        caption=t("Bounds of the scores"),
        note=t("Equal customers get equal scores, so a score can be out of use (–)."),
    )


def actions_table(result: "Rfm") -> ShownTable:
    """Who each segment is, what to do for free and what with a budget."""
    filled = result.segments[result.segments["customers"] > 0]
    rules = {s.key: s for s in SEGMENTS}
    frame = pd.DataFrame(
        {
            "name": filled["segment"].map(segment_names()),
            "customers": filled["customers"],
            "meaning": [t(rules[k].meaning) for k in filled["segment"]],
            "free": [t(rules[k].free) for k in filled["segment"]],
            "paid": [t(rules[k].paid) for k in filled["segment"]],
        }
    )
    fields = (
        Field("name", t("segment")),
        Field("customers", t("customers"), "count"),
        Field("meaning", t("who")),
        Field("free", t("without a budget")),
        Field("paid", t("with a budget")),
    )
    return shown_table(frame, fields, caption=t("What to do with each segment"))


def listed_table(result: "Rfm", *segments: str, most: int = 10) -> ShownTable:
    """The first customers of a list; the whole list is the table's frame.

    Args:
        result: From ``rfm``.
        segments: Segments listed; all of them if none is named.
        most: Rows shown.
    """
    frame = result.listed(*segments)
    frame = frame.assign(name=frame["segment"].map(segment_names()))
    fields = (
        Field("customer_id", t("customer")),
        Field("name", t("segment")),
        Field("recency_days", t("days since last purchase"), "count"),
        Field("frequency", t("purchase days"), "count"),
        Field("monetary", t("net spend, {currency}", currency=result.currency), "money"),
        Field("reason", t("reason")),
    )
    shown = min(most, len(frame))
    return shown_table(
        frame,
        fields,
        caption=t(
            "Whom to contact: the first {shown} of {n}", shown=count(shown), n=count(len(frame))
        ),
        most=most,
    )
