"""How clusters are shown: profiles against the typical customer, in bars and in words."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.finding import Finding
from opsbook.language import count, money, per_cent, t
from opsbook.lifecycle.rfm_chart import segment_names

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from opsbook.lifecycle.clusters import Clusters

__all__ = [
    "choice_table",
    "cluster_findings",
    "clusters_table",
    "cross_table",
    "plot_clusters",
    "profile_words",
]

_MUCH = 1.5
"""A median this many times above or below the shop's is worth a word."""


def _heads(result: "Clusters") -> dict[str, str]:
    known = {
        "recency_days": t("days since last purchase"),
        "frequency": t("purchase days"),
        "average": t("net spend per purchase, {currency}", currency=result.currency),
    }
    return {name: known.get(name, name) for name in result.features}


def profile_words(result: "Clusters") -> list[str]:
    """Each cluster in words, against the shop's typical (median) customer."""
    pairs = {
        "recency_days": (t("bought lately"), t("silent for long")),
        "frequency": (t("rarely"), t("often")),
        "average": (t("small purchases"), t("large purchases")),
    }
    texts = []
    for row in result.profiles.itertuples():
        said = []
        for name in result.features:
            value, typical = float(getattr(row, name)), float(result.medians[name])
            low, high = pairs.get(name, (t("low {name}", name=name), t("high {name}", name=name)))
            if value * _MUCH <= typical:
                said.append(low)
            elif value >= typical * _MUCH:
                said.append(high)
        texts.append(t(", ").join(said) or t("like the typical customer"))
    return texts


def _label(row: Any) -> str:
    return t("Group {n}", n=row.cluster + 1)


def plot_clusters(result: "Clusters", *, title: str = "") -> Chart:
    """Medians of each cluster as multiples of the typical customer, one panel per feature.

    Args:
        result: From ``clusters``.
        title: What the figure says; from the tests unless given.
    """
    frame = result.profiles
    heads = _heads(result)
    words = profile_words(result)
    rows = [
        t("{name}, {share} of customers: {words}").format(
            name=_label(row), share=per_cent(row.share), words=text
        )
        for row, text in zip(frame.itertuples(), words, strict=True)
    ]
    if not title:
        title = (
            t("Customers form {k} groups", k=result.k)
            if result.choice.real
            else t("Customers form one continuum; {k} groups only cut it", k=result.k)
        )
    parts = [t("median of each group; line: typical customer"), t("steps are ratios")]
    wide, phone_height = 1.3 + 0.42 * result.k, 1.0 + 0.95 * len(heads) + 0.66 * result.k
    return Chart(
        lambda figure, phone: _panels(figure, result, frame, heads, phone),
        title=title,
        subtitle=" · ".join([*parts, *([result.period] if result.period else [])]),
        alt=t("Profiles of groups. {rows}.").format(rows="; ".join(rows)),
        source=result.source,
        height=wide,
        phone_height=phone_height,
        data=frame.assign(words=words),
    )


def _panels(
    figure: "Figure", result: "Clusters", frame: pd.DataFrame, heads: dict[str, str], phone: bool
) -> None:
    shape = (len(heads), 1) if phone else (1, len(heads))
    panels = np.atleast_1d(figure.subplots(*shape, sharey=not phone)).ravel()
    ink, muted, accent, warm = (COLORS[k][0] for k in ("ink", "muted", "accent", "s2"))
    names = [f"{_label(row)} · {per_cent(row.share, 0)}" for row in frame.itertuples()]
    for axes, (name, head) in zip(panels, heads.items(), strict=True):
        typical = max(float(result.medians[name]), 0.5)
        steps = np.log2(np.maximum(frame[name].to_numpy(float), 0.5) / typical)
        reach = max(float(np.abs(steps).max()), 0.5)
        for y, (step, value) in enumerate(zip(steps, frame[name], strict=True)):
            axes.barh(y, step, color=accent if step >= 0 else warm, height=0.6)
            side = 1 if step >= 0 else -1
            axes.text(
                step + side * reach * 0.06, y, count(value, 0 if value >= 10 else 1), va="center",
                ha="left" if side > 0 else "right", fontsize=8.5, color=ink,
            )  # fmt: skip
        axes.axvline(0, color=muted, lw=0.9)
        axes.set_xlim(-reach * 1.5, reach * 1.5)
        axes.set_ylim(len(frame) - 0.4, -0.6)
        axes.set_yticks(range(len(frame)), names, color=ink, fontsize=8.5)
        axes.set_xticks([])
        axes.grid(visible=False)
        axes.spines["bottom"].set_visible(False)
        axes.set_title(head, fontsize=9, color=muted)


def clusters_table(result: "Clusters") -> ShownTable:
    """Size, medians, money and words of each cluster."""
    frame = result.profiles.assign(
        name=[_label(row) for row in result.profiles.itertuples()], words=profile_words(result)
    )
    fields = [Field("name", t("group")), Field("words", t("who"))]
    fields += [Field("customers", t("customers"), "count"), Field("share", t("share"), "share")]
    fields += [Field(name, head, "number") for name, head in _heads(result).items()]
    if "money" in frame:
        fields.append(Field("money", t("net sales, {currency}", currency=result.currency), "money"))
        fields.append(Field("money_share", t("share of net sales"), "share"))
    caption = t("Groups of alike customers (medians)")
    return shown_table(frame, fields, caption=caption, note=result.words(), most=20)


def choice_table(result: "Clusters") -> ShownTable:
    """Why this number of clusters: the figures of every k tried."""
    fields = (
        Field("k", t("groups"), "count"),
        Field("stability", t("agreement of resamples (from 0.8)"), "number"),
        Field("silhouette", t("silhouette (from 0.5)"), "number"),
        Field("over_one", t("gap above one group, standard errors (from 2)"), "number"),
    )
    tried = result.choice.tried
    return shown_table(
        tried[tried["k"] > 1],
        fields,
        caption=t("How many groups? Tried on {n} customers", n=count(result.sampled)),
        most=20,
    )


def cross_table(result: "Clusters") -> ShownTable:
    """Customers by RFM segment and cluster."""
    table = result.cross().T
    columns = {c: t("Group {n}", n=int(str(c)) + 1) for c in table.columns}
    frame = table.rename(columns=str).rename_axis(columns=None).reset_index(names="segment")
    frame["segment"] = frame["segment"].map(segment_names())
    fields = [Field("segment", t("segment"))]
    fields += [Field(str(c), head, "count") for c, head in columns.items()]
    return shown_table(frame, fields, caption=t("Groups and RFM segments, customers"), most=11)


def cluster_findings(result: "Clusters") -> list[Finding]:
    """What the groups say that RFM does not: the most valuable one, or that there are none.

    Args:
        result: From ``clusters``.
    """
    if "money_share" not in result.profiles or result.profiles["money_share"].isna().any():
        return []
    row = result.choice.tried.set_index("k").loc[result.k]
    tests = t(
        "agreement of resamples {stability}, silhouette {silhouette}, gap above one group "
        "{over} standard errors",
        stability=count(row["stability"], 2),
        silhouette=count(row["silhouette"], 2),
        over=count(row["over_one"], 1),
    )
    best = result.profiles.iloc[0]
    if result.choice.real:
        statement = t(
            "Customers form {k} groups; {share} of them ({words}) bring {money} of net sales",
            k=result.k,
            share=per_cent(best["share"], 0),
            words=profile_words(result)[0],
            money=per_cent(best["money_share"], 0),
        )
        action = t("Plan one message per group; check in a quarter that the groups come back.")
    else:
        statement = t("Customers do not fall into groups by how they buy")
        action = t("Keep RFM segments for targeting; do not pay for personas built on clusters.")
    return [
        Finding(
            id="B03",
            statement=statement,
            evidence=tests,
            reference=t("thresholds of the method: 0.8, 0.5 and 2"),
            money=None,
            money_basis=t(
                "a grouping earns nothing by itself; the best group spent {money}",
                money=money(best["money"], result.currency),
            ),
            action=action,
            owner=t("CRM"),
            due=t("next quarter"),
            confidence="medium",
            chapter="lifecycle/B03-clusters",
        )
    ]
