"""What a view shows, as JupyterLab takes it, and as files that can be taken away."""

import csv
import re
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from opsbook.chart.chart import Chart
from opsbook.chart.download import MOST_IN_FILE, csv_name, csv_text
from opsbook.chart.markup import PREFIX
from opsbook.chart.table import ShownTable
from opsbook.errors import RunError
from opsbook.language import N_

__all__ = ["Saved", "as_outputs", "prepare", "save"]

_MOST_NAMES = 1000


def as_outputs(blocks: Iterable[Any]) -> tuple[dict[str, Any], ...]:
    """Blocks as outputs of a cell: one assignment changes the whole display without flicker."""
    return tuple(_output(block) for block in blocks)


def _output(block: Any) -> dict[str, Any]:
    made = block._repr_mimebundle_()
    data, metadata = made if isinstance(made, tuple) else (made, {})
    # What only the report engine reads stays away, and a picture that is in the HTML already:
    # the browser would get everything twice.
    once = {"image/png"} if "text/html" in data else set()
    kept = {
        kind: _text(value)
        for kind, value in data.items()
        if not kind.startswith(PREFIX) and kind not in once
    }
    return {"output_type": "display_data", "data": kept, "metadata": dict(metadata)}


def _text(value: Any) -> Any:
    return b64encode(value).decode("ascii") if isinstance(value, bytes) else value


@dataclass(frozen=True)
class Saved:
    """A file that was written.

    Args:
        path: Where it is.
        rows: Rows in it, and how many the table has; 0 for a picture.
        all_rows: Rows of the table; more than ``rows`` where the file would be too large.
    """

    path: Path
    rows: int = 0
    all_rows: int = 0


def save(blocks: Iterable[Any], folder: Path, *, stem: str) -> list[Saved]:
    """Write every table as CSV and every chart as PNG; a file that is there stays.

    Where there is no table, the figures that a chart was drawn from take its place.

    Args:
        blocks: What is shown.
        folder: Made if it is not there; git is told to leave it alone.
        stem: What the names begin with.

    Raises:
        RunError: The folder cannot be written.
    """
    shown = list(blocks)
    charts = [block for block in shown if isinstance(block, Chart)]
    tables = [block for block in shown if isinstance(block, ShownTable)]
    try:
        prepare(folder)
        saved = [_write(folder, stem, table.caption, ".csv", _whole(table)) for table in tables]
        if not tables:
            drawn = [chart for chart in charts if chart.data is not None]
            saved = [_write(folder, stem, c.title, ".csv", _frame(c.data)) for c in drawn]
        for chart in charts:
            saved.append(_write(folder, stem, chart.title, ".png", (chart.png(), 0, 0)))
    except OSError as fault:
        raise RunError(
            N_("{folder} cannot be written: {fault}"),
            folder=folder,
            fault=fault.strerror or fault,
        ) from None
    return saved


def prepare(folder: Path) -> None:
    """Make the folder; what lies in it is nobody's source.

    Raises:
        OSError: It cannot be made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")


_Content = tuple[bytes, int, int]


def _whole(table: ShownTable) -> _Content:
    heads = next(csv.reader(StringIO(str(table.to_dict()["csv"]).removeprefix("\ufeff"))))
    return _csv(heads, table.frame[[field.name for field in table.fields]])


def _frame(frame: Any) -> _Content:
    return _csv([str(column) for column in frame.columns], frame)


def _csv(heads: list[str], frame: Any) -> _Content:
    columns = [frame.iloc[:, place].tolist() for place in range(frame.shape[1])]
    text, kept = csv_text(heads, zip(*columns, strict=True), most_bytes=MOST_IN_FILE)
    return text.encode("utf-8", "replace"), kept, len(frame)


def _write(folder: Path, stem: str, title: str, ending: str, content: _Content) -> Saved:
    """Write under the first name that is free: two choices may have one title."""
    words = csv_name(title).removesuffix(".csv")
    first = re.sub(r"[^\w-]+", "-", f"{stem}-{words}")
    data, rows, all_rows = content
    for number in range(1, _MOST_NAMES):
        path = folder / f"{first}{f'-{number}' if number > 1 else ''}{ending}"
        try:
            with path.open("xb") as file:
                file.write(data)
        except FileExistsError:
            continue
        return Saved(path, rows, all_rows)
    raise RunError(
        N_("{folder} is full of files named {name}; clear it"), folder=folder, name=first
    )
