"""Put something to explore into a notebook's cell, in one call."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from opsbook.lab.explorer import FOLDER, Explorer
from opsbook.lab.view import View
from opsbook.report.notebooks import notebooks_folder
from opsbook.report.schema import Schema
from opsbook.report.sidecar import read_schema

if TYPE_CHECKING:
    from opsbook.shop.shop import Shop

__all__ = ["explore"]


def explore(
    view: View,
    shop: "Shop",
    start: Mapping[str, Any],
    *,
    folder: str | Path = FOLDER,
    **given: Any,
) -> Explorer:
    """Show a view with a control for each of its parameters.

    Args:
        view: What to explore, such as ``opsbook.lab.market.sales_by_group``.
        shop: The shop of the notebook.
        start: Values to begin with; in a notebook ``globals()``, which holds its parameters.
        folder: Where tables and charts are saved.
        **given: Arguments of the view that stay as they are, such as a forecast made above.

    Raises:
        ParameterError: The notebook's sidecar is not there, or does not declare what the view
            asks for.
    """
    return Explorer(view, shop, start, schema=_schema(view.notebook), folder=folder, given=given)


def _schema(name: str) -> Schema:
    beside = Path(f"{name}.toml")
    return read_schema(beside if beside.is_file() else notebooks_folder() / beside)
