"""How well a model of repeat buying did: tracked week by week, and customer by customer."""

from typing import TYPE_CHECKING

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import count, per_cent, t
from opsbook.language import day as in_words
from opsbook.lifecycle.calibration import LIMITS, Calibration

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["calibration_table", "plot_frequency", "plot_scatter", "plot_tracking"]


def plot_tracking(calibration: Calibration) -> Chart:
    """Cumulative repeat purchases by week, expected and actual, the held-out part shaded."""
    frame = calibration.tracking
    accent, quiet, muted, ink = (COLORS[k][0] for k in ("accent", "quiet", "muted", "ink"))

    def draw(figure: "Figure", phone: bool) -> None:
        from matplotlib.dates import DateFormatter, MonthLocator, date2num

        axes = figure.subplots()
        axes.axvspan(
            date2num(calibration.split),
            date2num(frame["day"].iloc[-1]),
            color=accent,
            alpha=0.08,
            lw=0,
        )
        axes.plot(frame["day"], frame["actual"], color=ink, lw=2.2)
        axes.plot(frame["day"], frame["expected"], color=accent, lw=2.0, ls=(0, (5, 3)))
        top = float(frame[["actual", "expected"]].to_numpy().max())
        axes.set_ylim(0, top * 1.12 or 1.0)
        axes.text(
            date2num(calibration.split),
            top * 1.1,
            " " + t("not seen by the model"),
            fontsize=8,
            color=muted,
            va="top",
        )
        axes.plot([], [], color=ink, lw=2.2, label=t("actual"))
        axes.plot([], [], color=accent, lw=2.0, ls=(0, (5, 3)), label=t("expected"))
        axes.legend(loc="upper left", bbox_to_anchor=(0, 0.94), fontsize=9)
        months = (frame["day"].iloc[-1] - frame["day"].iloc[0]).days / 30.4
        locator = MonthLocator(interval=max(1, round(months / (3 if phone else 6) + 0.5)))
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(DateFormatter("%Y-%m"))
        axes.yaxis.set_major_formatter(lambda v, _: count(v))
        axes.set_ylabel(t("repeat purchases so far"))
        axes.grid(axis="x", visible=False)
        axes.spines["bottom"].set_color(quiet)

    return Chart(
        draw,
        title=_title(calibration),
        subtitle=t(
            "cumulative repeat purchases of customers known on {split}",
            split=in_words(calibration.split),
        ),
        alt=t(
            "Two rising lines; in the shaded part {predicted} purchases were foreseen, "
            "{actual} came",
            predicted=count(calibration.predicted),
            actual=count(calibration.actual),
        ),
        source=calibration.base.source,
        height=3.4,
        data=frame,
    )


def _title(calibration: Calibration) -> str:
    # Where customers scatter too far the verdict is the title of the chart that shows it.
    if not calibration.fits and "dispersion" not in calibration.faults:
        return calibration.verdict()
    return t(
        "{predicted} purchases were foreseen in {days} days, {actual} came ({error})",
        predicted=count(calibration.predicted),
        days=calibration.days,
        actual=count(calibration.actual),
        error=per_cent(calibration.error, sign=True),
    )


def plot_frequency(calibration: Calibration) -> Chart:
    """Two panels: customers by past purchases, and what each such group bought later.

    Left: customers with 0, 1, 2 ... repeat purchases, actual and expected from ages alone.
    Right: mean purchases in the held-out days by past purchases, with 95 % of chance.
    """
    groups = calibration.by_frequency()
    bins = calibration.histogram
    bins = bins[bins["low"].isin(groups["frequency"])]
    accent, quiet, ink = (COLORS[k][0] for k in ("accent", "quiet", "ink"))
    labels = _labels(calibration)

    def past(axes: "Axes") -> None:
        place = range(len(bins))
        names = (("actual", -0.2, ink, t("actual")), ("expected", 0.2, accent, t("expected")))
        for column, shift, color, name in names:
            axes.bar([p + shift for p in place], bins[column], 0.38, color=color, label=name)
        axes.set_ylim(0, 1.25 * float(bins[["actual", "expected"]].to_numpy().max()))
        axes.set_xticks(list(place), labels, fontsize=8, rotation=45 if len(labels[-2]) > 2 else 0)
        axes.set_xlabel(t("repeat purchases before"))
        axes.set_ylabel(t("customers"))
        axes.yaxis.set_major_formatter(lambda v, _: count(v))
        axes.grid(axis="x", visible=False)
        axes.legend(fontsize=8, loc="upper right", ncols=2)

    def later(axes: "Axes") -> None:
        x = list(range(len(groups)))
        spread = [groups["predicted"] - groups["low"], groups["high"] - groups["predicted"]]
        axes.errorbar(
            x, groups["predicted"], yerr=spread, color=accent, marker="s", ms=4, lw=1.4, capsize=3
        )
        axes.plot(x, groups["actual"], "o", color=ink, ms=6)
        axes.set_xticks(x, labels, fontsize=8, rotation=45 if len(labels[-2]) > 2 else 0)
        axes.set_ylim(bottom=0)
        axes.set_xlabel(t("repeat purchases before"))
        axes.set_ylabel(t("purchases per customer after"))
        axes.grid(axis="x", visible=False)
        axes.spines["bottom"].set_color(quiet)

    def draw(figure: "Figure", phone: bool) -> None:
        left, right = figure.subplots(2, 1) if phone else figure.subplots(1, 2)
        past(left)
        later(right)

    far = (groups["actual"] < groups["low"]) | (groups["actual"] > groups["high"])
    return Chart(
        draw,
        title=t(
            "{n} of {all} groups of customers bought more or less than chance allows",
            n=int(far.sum()),
            all=len(groups),
        )
        if far.any()
        else t("Every group of customers bought what was foreseen, within chance"),
        subtitle=t(
            "customers by past purchases · purchases from {split} on, bars show 95 % of chance",
            split=in_words(calibration.split),
        ),
        alt=t(
            "Bars of customers by past purchases, actual beside expected, and points of what "
            "each group then bought beside the prediction"
        ),
        source=calibration.base.source,
        height=3.4,
        phone_height=6.0,
        data=groups,
    )


def _labels(calibration: Calibration) -> list[str]:
    """Names of the groups of ``by_frequency``: ``0``, ``6–11``, ``7+``."""
    groups = calibration.by_frequency()
    names = [
        str(low) if low == most else f"{low}–{most}"
        for low, most in zip(groups["frequency"], groups["most"], strict=True)
    ]
    last = groups.iloc[-1]
    return [
        *names[:-1],
        f"{int(last['frequency'])}{'+' if last['most'] > last['frequency'] else ''}",
    ]


def plot_scatter(calibration: Calibration) -> Chart:
    """How far customers scatter about their prediction, by tenth of prediction.

    This is the chart that unmasks a model whose totals are right and whose customers are
    not: its bars should stand at 1.
    """
    frame = calibration.by_prediction()
    accent, neg, ink, muted = (COLORS[k][0] for k in ("accent", "neg", "ink", "muted"))
    limit = LIMITS["dispersion"]

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        color = [neg if v > limit else accent for v in frame["scatter"]]
        axes.bar(frame["group"], frame["scatter"], color=color, width=0.72)
        axes.axhline(1.0, color=ink, lw=1.2)
        axes.axhline(limit, color=muted, lw=1, ls=(0, (4, 3)))
        # One above its line, one below: the lines lie close where a bar towers.
        for level, name, up in ((1.0, t("as foreseen"), False), (limit, t("limit"), True)):
            axes.annotate(
                name, (10.55, level), (0, 2 if up else -2), textcoords="offset points",
                ha="left", va="bottom" if up else "top", fontsize=8,
            )  # fmt: skip
        axes.set_xticks(frame["group"])
        axes.set_xlim(0.4, 14.0 if phone else 11.9)
        axes.set_ylim(0, max(2.0, float(frame["scatter"].max()) * 1.1))
        axes.set_xlabel(
            t("tenths by purchases foreseen, fewest first"), fontsize=8 if phone else 10
        )
        axes.set_ylabel(t("scatter, times as foreseen"))
        axes.grid(axis="x", visible=False)

    ratio, low, high = calibration.dispersion
    return Chart(
        draw,
        title=calibration.verdict()
        if "dispersion" in calibration.faults
        else t(
            "Customers scatter {ratio} times as much as the model says: its odds can be used",
            ratio=count(ratio, 1),
        ),
        subtitle=t(
            "squared error over variance foreseen; all customers {ratio} ({low} to {high})",
            ratio=count(ratio, 2),
            low=count(low, 2),
            high=count(high, 2),
        ),
        alt=t(
            "Bars of scatter by tenth of customers, from {least} to {most}; 1 is perfect",
            least=count(float(frame["scatter"].min()), 1),
            most=count(float(frame["scatter"].max()), 1),
        ),
        source=calibration.base.source,
        height=3.0,
        data=frame,
    )


def calibration_table(calibration: Calibration) -> ShownTable:
    """Predicted and actual purchases by past purchases."""
    fields = (
        Field("frequency", t("repeat purchases before")),
        Field("customers", t("customers"), "count"),
        Field("predicted", t("foreseen per customer"), "number"),
        Field("low", t("chance allows from"), "number"),
        Field("high", t("to"), "number"),
        Field("actual", t("came per customer"), "number"),
    )
    return shown_table(
        calibration.by_frequency().assign(frequency=_labels(calibration)),
        fields,
        caption=t("Purchases in the {days} days held out", days=calibration.days),
        note=calibration.verdict() + t("."),
    )
