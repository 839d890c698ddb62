"""The action plan as a table, with what each action lacks."""

from collections.abc import Sequence
from datetime import date

from opsbook.campaign.actions import MEASURES, Action, smart_check
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import count, money, per_cent, t

__all__ = ["action_table", "measure_shown"]


def action_table(actions: Sequence[Action], today: date) -> ShownTable:
    """The action plan with its check; what is missing is said in the last column."""
    rows = smart_check(actions, today)
    frame = rows.assign(
        target=[_target(a) for a in actions],
        due=[str(d) if d is not None else "–" for d in rows["due"]],
        lacks=[x or t("nothing: it can be checked") for x in rows["lacks"]],
    )
    fields = (
        Field("what", t("Action")),
        Field("finding", t("answers")),
        Field("owner", t("owner")),
        Field("target", t("measure and target")),
        Field("due", t("due by")),
        Field("lacks", t("What it lacks")),
    )
    held = int(rows["smart"].sum())
    return shown_table(
        frame,
        fields,
        caption=t("Actions, {held} of {n} can be checked next time", held=held, n=len(rows)),
        note=t(
            "Targets are proposals, the baseline bettered by a tenth; the owner confirms them. "
            "Whether a target can be reached is for people to say."
        ),
    )


def _target(action: Action) -> str:
    if action.measure not in MEASURES or action.target is None:
        return "–"
    measure = MEASURES[action.measure]
    name = t(measure.name)
    shown = measure_shown(measure.id, action.target)
    if action.baseline is None:
        return t("{name} {target}", name=name, target=shown)
    was = measure_shown(measure.id, action.baseline)
    return t("{name} {target} (now {was})", name=name, target=shown, was=was)


def measure_shown(name: str, value: float) -> str:
    """A measure's value as people read it."""
    if value != value:
        return "–"
    unit = MEASURES[name].unit if name in MEASURES else "count"
    if unit == "fraction":
        return per_cent(value, 1)
    if unit == "money":
        return money(value)
    return count(value, 0 if abs(value) >= 100 else 2)
