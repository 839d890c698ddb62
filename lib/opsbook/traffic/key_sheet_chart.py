"""The key figures as a table with their bands, and as a finding where one is missed."""

from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.finding import Finding
from opsbook.language import count, per_cent, t
from opsbook.traffic.key_sheet import KeySheet, Line

__all__ = ["key_sheet_findings", "key_sheet_table", "key_sheet_words"]

_CHAPTER = "traffic/D12-key-figures"


def _shown(line: Line, value: float) -> str:
    if value != value:
        return "–"
    if line.name == "roi":
        return f"{count(value, 1)}:1"
    return per_cent(value, 1, sign=line.name in ("visitors_wow", "gmv_mom"))


def _judged(line: Line) -> str:
    if line.reference is None:
        return t("no band")
    return {"met": t("met"), "missed": t("missed"), "open": t("within chance")}[line.judged]


def key_sheet_table(result: KeySheet) -> ShownTable:
    """One row per figure: value, bounds, the taught band, and whether it is reached."""
    frame = result.frame()
    frame["shown"] = [_shown(x, x.value) for x in result.lines]
    frame["bounds"] = [f"{_shown(x, x.low)} – {_shown(x, x.high)}" for x in result.lines]
    frame["band"] = [x.reference.amount() if x.reference else "–" for x in result.lines]
    frame["verdict"] = [_judged(x) for x in result.lines]
    fields = (
        Field("label", t("Key figure")),
        Field("shown", t("Value")),
        Field("bounds", t("interval")),
        Field("band", t("source claim")),
        Field("verdict", t("against it")),
        Field("basis", t("How counted")),
    )
    note = t("Bands are claims of the course (001), most of them with reconstructed digits.")
    caption = t("Key figures, {period}", period=str(result.period))
    return shown_table(frame, fields, caption=caption, note=note)


def key_sheet_words(result: KeySheet) -> str:
    """How many bands are reached, and what could not be computed."""
    held = [x for x in result.lines if x.reference is not None]
    parts = [
        t(
            "{met} of {n} figures reach the band they are taught with, {missed} miss it beyond "
            "chance. A figure's own past says more than a band from another kind of shop.",
            met=sum(x.judged == "met" for x in held),
            n=len(held),
            missed=sum(x.judged == "missed" for x in held),
        )
    ]
    if result.lacking:
        parts.append(t("Not known here: {names}.", names=t(", ").join(result.lacking)))
    return " ".join(parts)


def key_sheet_findings(result: KeySheet) -> list[Finding]:
    """One finding if a conversion, repeat or return figure misses its band beyond chance.

    Growth figures are left to the sections that take the season out.

    Args:
        result: From ``key_sheet``.
    """
    levels = [x for x in result.lines if x.name in ("cvr_mean", "repeat_30d", "roi")]
    missed = [(x, x.reference) for x in levels if x.reference and x.judged == "missed"]
    if not missed:
        return []
    worst, band = missed[0]
    return [
        Finding(
            id="D12",
            statement=t(
                "{label} is {value}, below the band it is taught with",
                label=worst.label,
                value=_shown(worst, worst.value),
            ),
            evidence=t(
                "{value} [{low}, {high}]; {basis}",
                value=_shown(worst, worst.value),
                low=_shown(worst, worst.low),
                high=_shown(worst, worst.high),
                basis=worst.basis,
            ),
            reference=band.words(),
            money=None,
            money_basis=t("a band of unknown shops prices nothing; see the sections behind it"),
            action=t("Look at the figure's own past first, then at its parts in this report."),
            owner=t("Shop manager"),
            due=t("this month"),
            confidence="low",
            chapter=_CHAPTER,
        )
    ]
