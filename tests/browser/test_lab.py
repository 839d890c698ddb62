"""The lab in a real browser: run all, move every kind of control, read what changed."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lab_server import PATIENCE_MS, Desk, notebooks_for, serving

from opsbook.demo import simulate

SLOW = pytest.mark.slow
DAY = "2026-09-06"
# The view, the way to move it, the control and what it is moved to.
MOVES: dict[str, list[tuple[str, ...]]] = {
    "market_analysis": [
        ("sales_trend", "slide", "weeks"),
        ("sales_trend", "type", "level", "0.8"),
        ("sales_trend", "pick_day", "end", DAY),
        ("sales_by_group", "choose", "by", "channel"),
    ],
    "user_lifecycle": [
        ("dormant", "slide", "dormant_days"),
        ("win_back", "type", "budget", "100"),
        ("leaving", "choose", "churn_signal", "login"),
        ("rfm_segments", "pick_day", "end", DAY),
    ],
    "supply_chain": [
        ("stock_levels", "type", "order_cost", "400"),
        ("stock_levels", "slide", "review_days"),
        ("supplier_scores", "type", "supplier_weights", "price=1"),
        ("late_parcels", "pick_day", "end", DAY),
    ],
    "traffic_funnels": [
        ("visitor_funnel", "choose", "by", "channel"),
        ("visitor_funnel", "slide", "weeks"),
        ("carts_left", "type", "cart_hours", "2"),
        ("credit_of_channels", "pick_day", "end", DAY),
    ],
    "campaign_postmortem": [
        ("goal_reached", "type", "campaign", "618"),
        ("event_uplift", "choose", "measure", "orders"),
        ("money_left", "pick_day", "end", "2026-07-31"),
        ("spend_thresholds", "type", "offers", "20% + 99-10"),
        ("dearer_clicks", "slide", "click_factor"),
    ],
}


@pytest.fixture(scope="module")
def small_shop(tmp_path_factory: pytest.TempPathFactory, browser: Any) -> Path:
    folder = tmp_path_factory.mktemp("lab") / "shop"
    simulate(folder, orders=2000, days=450, seed=5)
    return folder


@pytest.fixture(scope="module")
def notebooks(small_shop: Path) -> Path:
    return notebooks_for(small_shop.parent / "notebooks", small_shop)


@pytest.fixture(scope="module")
def address(notebooks: Path) -> Iterator[str]:
    home = notebooks.parent / "home"
    home.mkdir()
    with serving(notebooks, home) as found:
        yield found
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def desk(browser: Any, address: str) -> Iterator[Desk]:
    found = Desk(browser, address)
    yield found
    found.page.close()


def quiet(desk: Desk) -> None:
    """Nothing failed, and nothing was asked of the network."""
    assert desk.errors == []
    assert desk.left == []


def test_the_lab_opens_at_its_start_page_and_leads_to_a_notebook(desk: Desk) -> None:
    desk.go("/")
    page = desk.page.locator(".jp-RenderedMarkdown")
    page.get_by_role("heading", name="The lab").wait_for()
    # Without a question whether to fetch news.
    assert desk.page.locator(".jp-toastContainer button").count() == 0
    page.get_by_role("link", name="中文").click()
    desk.page.locator(".jp-RenderedMarkdown a[href*='start.en.md']").wait_for()
    desk.page.locator(".jp-RenderedMarkdown:visible").get_by_role("link").nth(1).click()
    desk.page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget?.context?.path?.endsWith('.ipynb')"
    )
    quiet(desk)


@pytest.mark.parametrize(
    "name",
    ["market_analysis", *(pytest.param(n, marks=SLOW) for n in MOVES if n != "market_analysis")],
)
def test_a_notebook_runs_and_answers_every_kind_of_control(
    desk: Desk, notebooks: Path, name: str
) -> None:
    desk.run_all(name)
    assert desk.faults == []
    every_control_has_a_name(desk)
    for view, way, control, *value in MOVES[name]:
        before = desk.shown(view)
        getattr(desk, way)(view, control, *value)
        after = desk.changed(view, before)
        assert after != before
        assert desk.said(view, control) == ""
    if name == "market_analysis":
        names_stand_left_and_figures_right(desk, "sales_by_group")
        a_wrong_value_is_said(desk, "sales_trend", "weeks")
        the_choice_is_written_down(desk, "sales_trend")
        what_is_shown_is_saved(desk, "sales_by_group", notebooks)
        starting_again_brings_back_the_first(desk, "sales_by_group")
    quiet(desk)


def every_control_has_a_name(desk: Desk) -> None:
    """Sliders and calendars too, to those who hear the page."""
    labs = desk.page.locator(".opsbook-lab")
    labs.first.wait_for()
    sliders = labs.get_by_role("slider")
    # One that is found by its name has one; the name is what stands before its box.
    names = [label.text_content() for label in labs.locator(".widget-slider .widget-label").all()]
    assert names
    assert sliders.count() == len(names)
    for name in set(names):
        assert labs.get_by_role("slider", name=name, exact=True).count() == names.count(name)
    assert desk.serious == []


def names_stand_left_and_figures_right(desk: Desk, view: str) -> None:
    """JupyterLab sets the cells of its own tables otherwise."""
    table = desk.view(view).locator("tbody")
    for cell, side in (("th", "left"), ("td.num", "right")):
        found = table.locator(cell).first.evaluate("cell => getComputedStyle(cell).textAlign")
        assert found == side


def a_wrong_value_is_said(desk: Desk, view: str, control: str) -> None:
    before = desk.shown(view)
    desk.type(view, control, "twelve")
    wrong = desk.control(view, control).locator(".opsbook-wrong")
    wrong.wait_for()
    assert "must be a whole number" in wrong.inner_text()
    assert desk.shown(view) == before
    desk.type(view, control, "104")  # valid for the sidecar, more than this shop's data hold
    desk.page.wait_for_function(
        "c => document.querySelector(c)?.innerText.includes('more than the data holds')",
        arg=f".opsbook-view-{view} .opsbook-control-{control} .opsbook-wrong",
    )
    desk.type(view, control, "8")
    wrong.wait_for(state="detached")
    desk.changed(view, before)


def the_choice_is_written_down(desk: Desk, view: str) -> None:
    desk.view(view).get_by_role("button", name="As command and job").click()
    written = desk.view(view).locator("pre")
    written.first.wait_for()
    assert "opsbook report market_analysis" in written.first.inner_text()
    assert "-p weeks=8" in written.first.inner_text()
    assert "weeks = 8" in written.nth(1).inner_text()


def what_is_shown_is_saved(desk: Desk, view: str, notebooks: Path) -> None:
    desk.view(view).get_by_role("button", name="Save CSV and PNG").click()
    saved = desk.view(view).locator(".opsbook-saved")
    saved.wait_for()
    for kind in (".csv", ".png"):
        (file,) = [word for word in saved.inner_text().split() if word.endswith(kind)]
        assert (notebooks / file).stat().st_size > 100


def starting_again_brings_back_the_first(desk: Desk, view: str) -> None:
    before = desk.shown(view)
    desk.view(view).get_by_role("button", name="Start again").click()
    desk.changed(view, before)
    assert desk.control(view, "by").locator("select").input_value() == "region"


@SLOW
def test_the_lab_speaks_the_notebooks_language(
    browser: Any, small_shop: Path, tmp_path: Path
) -> None:
    made = notebooks_for(tmp_path / "notebooks", small_shop, lang="zh")
    home = tmp_path / "home"
    home.mkdir()
    with serving(made, home) as address:
        desk = Desk(browser, address)
        desk.page.set_default_timeout(PATIENCE_MS)
        desk.run_all("market_analysis")
        view = desk.view("sales_trend")
        assert "报告期长度" in view.inner_text()
        before = desk.shown("sales_trend")
        desk.type("sales_trend", "weeks", "8")
        after = desk.changed("sales_trend", before)
        assert "环比" in after
        quiet(desk)
        desk.page.close()
