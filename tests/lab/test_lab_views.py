"""Every view of every notebook: its controls are the sidecar's, its figures the report's."""

import ast
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from opsbook.campaign.attainment import attainment
from opsbook.campaign.baseline import event_lift
from opsbook.campaign.cause_tree import cause_tree
from opsbook.campaign.event import event_of
from opsbook.campaign.money import campaign_money
from opsbook.campaign.overview import lift_of
from opsbook.chart.blocks import Missing
from opsbook.lab import Explorer, View, campaign, lifecycle, market, supply, traffic
from opsbook.lab.remembered import remembering
from opsbook.lifecycle.winback import winback
from opsbook.market.regions import regions, regions_table
from opsbook.report.notebooks import for_report
from opsbook.report.sidecar import read_schema
from opsbook.shop.periods import days_reported, latest_period
from opsbook.shop.shared import FOLDER
from opsbook.shop.shop import Shop
from opsbook.supply.timeliness import timeliness

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
ROOMS = (market, lifecycle, supply, traffic, campaign)
VIEWS = [getattr(room, name) for room in ROOMS for name in room.__all__]
GIVEN: dict[str, dict[str, Any]] = {
    "budget_split": {"answers": None},
    "dearer_clicks": {"answers": None},
    "stock_levels": {"ahead": None, "times": None},
    "supplier_scores": {"worse": None},
    "value_ahead": {"tested": None},
    "ways_compared": {"aimed": None},
}


def explore_cells(name: str) -> list[str]:
    cells = json.loads((NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    tagged = [c for c in cells if "explore" in c["metadata"].get("tags", [])]
    return ["".join(c["source"]) for c in tagged]


def parameters_cell(name: str) -> dict[str, Any]:
    """What the parameters of a notebook are set to in its own cell."""
    cells = json.loads((NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    (cell,) = [c for c in cells if "parameters" in c["metadata"].get("tags", [])]
    lines = ast.parse("".join(cell["source"])).body
    return {line.targets[0].id: ast.literal_eval(line.value) for line in lines}  # type: ignore


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_a_view_has_a_control_for_each_argument_and_says_what_it_means(view: View) -> None:
    schema = read_schema(NOTEBOOKS / f"{view.notebook}.toml")
    found = view.parameters(schema, GIVEN.get(view.name, {}))
    assert {p.name for p in found} | set(GIVEN.get(view.name, {})) == set(view.asks)
    assert all(p.meaning and p.meaning_zh for p in found)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_a_view_stands_in_its_notebook_in_one_call(view: View) -> None:
    calls = [line for cell in explore_cells(view.notebook) for line in cell.splitlines()]
    (call,) = [line for line in calls if f"explore(views.{view.name}, shop, globals()" in line]
    assert all(f"{name}={name}" in call for name in GIVEN.get(view.name, {}))


@pytest.mark.parametrize("name", sorted({view.notebook for view in VIEWS}))
def test_a_report_knows_nothing_of_the_lab(name: str) -> None:
    assert explore_cells(name)
    cells = for_report(NOTEBOOKS / f"{name}.ipynb", "en").cells
    assert not [cell.id for cell in cells if "opsbook.lab" in cell.source]


# Slow, or at rest without what an earlier cell found.
LEFT = ("stock_levels", "supplier_scores", "leaving", "budget_split")
QUICK = [v for v in VIEWS if v.name not in LEFT]


@pytest.mark.usefixtures("open_lab")
@pytest.mark.parametrize("view", QUICK, ids=lambda view: view.name)
def test_a_view_shows_figures_on_a_shop(view: View, shop: Shop) -> None:
    schema = read_schema(NOTEBOOKS / f"{view.notebook}.toml")
    made = Explorer(view, shop, {}, schema=schema, given=GIVEN.get(view.name))
    assert made.panel.notice.value == ""
    assert not [block for block in made.blocks if isinstance(block, Missing)]
    assert any("<img " in output["data"].get("text/html", "") for output in made.out.outputs)


def test_the_lab_shows_what_the_reports_cell_shows(shop: Shop) -> None:
    schema = read_schema(NOTEBOOKS / "market_analysis.toml")
    made = Explorer(market.sales_by_group, shop, {"weeks": 9}, schema=schema)
    period = latest_period(shop, weeks=9)
    assert made.blocks[1].html() == regions_table(regions(shop, period, by="region")).html()


# The calls of the notebooks' own cells, their numbers as they stand there: whole ones too.
CELLS: dict[View, Callable[[Shop], object]] = {
    lifecycle.win_back: lambda shop: winback(
        shop, end=days_reported(shop, weeks=12).end, budget=2000, level=0.95
    ),
    supply.late_parcels: lambda shop: timeliness(
        shop, days_reported(shop, weeks=12), limits=(24, 2 * 24), pay_per_late=5, level=0.95
    ),
    campaign.gap_by_cause: lambda shop: cause_tree(
        shop, event_of(shop), found=attainment(shop, event_of(shop), level=0.95)
    ),
    campaign.money_left: lambda shop: campaign_money(
        shop,
        event_of(shop),
        lift=lift_of(event_lift(shop, event_of(shop), level=0.95)),
        level=0.95,
    ),
}


@pytest.mark.parametrize("view", CELLS, ids=lambda view: view.name)
def test_what_the_cell_above_worked_out_is_found_and_not_worked_out_again(
    view: View, shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path))
    schema = read_schema(NOTEBOOKS / f"{view.notebook}.toml")
    start = parameters_cell(view.notebook)
    CELLS[view](shop)
    found = {file.name for file in tmp_path.iterdir()}
    assert found
    made = Explorer(view, shop, start, schema=schema)
    assert made.panel.notice.value == ""
    assert {file.name for file in tmp_path.iterdir()} == found


def test_what_was_answered_is_not_asked_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    period = latest_period(shop, weeks=7)
    plain = regions_table(regions(shop, period, by="region")).html()
    engine = type(shop.orders.get_backend())
    asked: list[Any] = []
    real = engine.execute

    def execute(self: Any, expression: Any, /, **options: Any) -> Any:
        asked.append(expression)
        return real(self, expression, **options)

    monkeypatch.setattr(engine, "execute", execute)
    counts = []
    for _ in range(2):
        asked.clear()
        with remembering(shop):
            assert regions_table(regions(shop, period, by="region")).html() == plain
        counts.append(len(asked))
    assert counts[0] > 0
    assert counts[1] == 0


def test_what_a_method_writes_into_an_answer_is_not_remembered(shop: Shop) -> None:
    counted = shop.orders.group_by("channel").aggregate(n=shop.orders.count())
    with remembering(shop):
        frame = counted.execute()
        frame["n"] = -1
        assert (counted.execute()["n"] > 0).all()
    assert "execute" not in vars(shop.orders.get_backend())
