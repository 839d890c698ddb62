"""What the warm process has ready before the first report asks for it."""

import contextlib
import importlib
import sys
from pathlib import Path
from string import printable
from typing import Any

__all__ = ["PRELOAD", "preload", "warm_up"]

# matplotlib_inline is left out: it must find a running kernel when it is imported.
PRELOAD = (
    "numpy",
    "pyarrow.parquet",
    "pyarrow.compute",
    "pyarrow.csv",
    "pandas",
    "ibis.backends.duckdb",
    "matplotlib.pyplot",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
    "papermill",
    "ipykernel.kernelapp",
    "opsbook.report.page",
    "scipy.stats",
    "scipy.optimize",
    "scipy.sparse",
    "seaborn",
    "sklearn.linear_model",
    "sklearn.cluster",
    "sklearn.ensemble",
    "statsmodels.api",
    "threadpoolctl",
    "holidays.countries.china",
    "lunar_python",
)
_LEFT_OUT = tuple(
    f"opsbook.{name}" for name in ("cli", "__main__", "teach", "lab", "book", "report.forkserver")
)
"""What no report asks for."""
_SLOW = "rfc3987_syntax"


def preload() -> None:
    """Load what reports use; what cannot be loaded fails where it is used, not here."""
    import opsbook

    # jsonschema builds a grammar with it for a second, to check a format that nobody uses.
    sys.modules[_SLOW] = None  # type: ignore[assignment]
    with contextlib.suppress(ImportError):
        importlib.import_module("jsonschema")
    del sys.modules[_SLOW]
    home = Path(opsbook.__file__).parent
    files = sorted(file.relative_to(home.parent) for file in home.rglob("*.py"))
    ours = (".".join(file.with_suffix("").parts).removesuffix(".__init__") for file in files)
    wanted = (name for name in ours if not name.startswith(_LEFT_OUT))
    for name in (*PRELOAD, *wanted):
        # A module in the middle of an upgrade may raise anything at all.
        with contextlib.suppress(Exception):
            importlib.import_module(name)


def warm_up() -> None:
    """Fill caches that every report fills: the catalogue, the fonts, the SQL compiler, pages."""
    import ibis

    from opsbook.language import speaking, t
    from opsbook.shop.described import code_state

    code_state()
    with speaking("zh"):
        t("Reports")
    table = ibis.table({"a": "int64", "b": "string", "c": "timestamp"}, name="t")
    grouped = table.filter(table.a > 1).group_by("b").agg(n=table.a.sum(), d=table.c.max())
    ibis.to_sql(grouped.order_by("n").limit(3), dialect="duckdb")
    with contextlib.suppress(Exception):
        # What cannot be drawn or put on a page here fails where somebody is told.
        _make_page()


def _make_page() -> None:
    """One page with one chart: its letters are outlined, templates and checks are compiled."""
    from datetime import UTC, datetime

    from nbformat import v4

    from opsbook.chart.chart import Chart
    from opsbook.chart.markup import PREFIX
    from opsbook.report.page import PageExporter, Run
    from opsbook.report.schema import Schema

    def draw(figure: Any, phone: bool) -> None:
        figure.subplots().plot([1, 2], label=printable[:94])
        figure.legend()

    chart = Chart(draw, "", "", "", "").to_dict()
    shown = v4.new_output("display_data", {f"{PREFIX}chart+json": chart})
    cells = [v4.new_markdown_cell("## A"), v4.new_code_cell("1", outputs=[shown])]
    schema = Schema("a")
    values = {parameter.name: parameter.default for parameter in schema.parameters}
    run = Run(schema, values, "en", "", datetime.now(UTC), 0.0)
    PageExporter().from_notebook_node(v4.new_notebook(cells=cells), {"run": run})
