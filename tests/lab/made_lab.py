"""A view, a notebook's schema and a shop made for tests of the lab."""

from types import SimpleNamespace
from typing import Any

import pandas as pd

from opsbook.chart.blocks import Say
from opsbook.chart.chart import Chart
from opsbook.chart.table import Field, shown_table
from opsbook.errors import CannotTell, ParameterError
from opsbook.lab.explorer import Explorer
from opsbook.lab.view import View
from opsbook.language import N_
from opsbook.report.schema import STANDARD, Parameter, Schema

SCHEMA = Schema(
    "made",
    parameters=(
        *STANDARD,
        Parameter("weeks", "integer", 12, 4, 52, unit="weeks", unit_zh="周"),
        Parameter("level", "fraction", 0.95, 0.5, 0.999),
        Parameter("budget", "number", 2000, 0, 1e9, meaning="money to spend", meaning_zh="预算"),
        Parameter("net", "boolean", False),
        Parameter("signal", "choice", "order", choices=("order", "login")),
        Parameter("end", "date", ""),
        Parameter("regions", "text", [], many=True),
        Parameter("tiers", "choice", ["gold"], choices=("gold", "silver"), many=True),
        Parameter("note", "text", ""),
    ),
)
BY = Parameter("by", "choice", "region", choices=("region", "category"))
SHOP = SimpleNamespace(settings=SimpleNamespace(week_start="monday"), tables=())


class Seen:
    """Remembers what the view was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def view(self) -> View:
        def see(
            shop: Any,
            *,
            weeks: int,
            level: float,
            budget: float,
            net: bool,
            signal: str,
            end: str,
            regions: list[str],
            tiers: list[str],
            note: str,
            by: str,
        ) -> list[Any]:
            self.asked.append({k: v for k, v in locals().items() if k not in ("self", "shop")})
            if weeks == 51:
                raise ParameterError("weeks {value} is more than the data holds", value=weeks)
            if weeks == 50:
                raise CannotTell("no sale in this period")
            if weeks == 49:
                raise ZeroDivisionError("division by zero")
            return [Say(f"{weeks} weeks"), chart(f"{weeks} weeks sell"), table(weeks)]

        return View("made", N_("sales"), see, own=(BY,))

    @property
    def last(self) -> dict[str, Any]:
        return self.asked[-1]


def chart(title: str = "B beats A") -> Chart:
    return Chart(
        lambda figure, phone: figure.add_subplot().bar(["a", "b"], [1, 2]),
        title,
        "pieces",
        "two bars",
        "made",
        data=pd.DataFrame({"name": ["a", "b"], "pieces": [1, 2]}),
    )


def table(rows: int = 3, caption: str = "Sales by week") -> Any:
    frame = pd.DataFrame({"week": [f"w{i}" for i in range(rows)], "share": [0.125] * rows})
    fields = [Field("week", "week"), Field("share", "share of sales", "share")]
    return shown_table(frame, fields, caption=caption, most=2)


def explorer(seen: Seen, folder: Any = "lab", **start: Any) -> Explorer:
    return Explorer(seen.view(), SHOP, start, schema=SCHEMA, folder=folder)
