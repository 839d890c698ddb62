"""What is chosen in the lab, written down: as a command and as an entry of a job file.

What is seen in the lab is what the schedule renders: both texts lead through the same check
of parameters as any other. A date stays as it was written, so ``-1week_end`` means another
week next week.
"""

import json
import shlex
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from opsbook.report.clean import secrets_in
from opsbook.report.schema import Schema

__all__ = ["VARIABLE", "changed", "job_entry", "report_command", "typed"]

VARIABLE = "OPSBOOK_SOURCE"
"""Environment variable that stands for a source whose address holds a password."""


def typed(value: Any) -> str:
    """A value as people type it, in a control or behind ``-p name=``.

    Example:
        >>> typed(0.0), typed(0.95), typed(True), typed(["East", "West"]), typed(["a, b"])
        ('0', '0.95', 'true', 'East,West', '["a, b"]')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, (list, tuple)):
        items = [typed(item) for item in value]
        # A comma, a bracket or a space at an end would be read as something else.
        plain = all(i and "," not in i and not i.startswith("[") and i == i.strip() for i in items)
        return ",".join(items) if plain else json.dumps(items, ensure_ascii=False)
    return value.isoformat() if isinstance(value, date) else str(value)


def changed(schema: Schema, values: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the notebook's parameters that do not stand at their default.

    Args:
        schema: What the notebook declares.
        values: Name to value; names that the notebook does not know are left out.
    """
    found = {}
    for name, default in schema.defaults().items():
        if name in values and typed(values[name]) != typed(default):
            found[name] = values[name]
    return found


def report_command(schema: Schema, values: Mapping[str, Any]) -> str:
    """The command that renders the report with this choice, quoted for a POSIX shell.

    Example:
        >>> from opsbook.report.schema import Parameter
        >>> schema = Schema("sales", parameters=(Parameter("weeks", "integer", 12),))
        >>> report_command(schema, {"weeks": 8})
        'opsbook report sales -p weeks=8'
    """
    chosen = changed(schema, values)
    words = ["opsbook", "report", schema.name]
    source = str(chosen.pop("source", ""))
    hidden = bool(secrets_in(source))
    if source and not hidden:
        words += ["--source", _place(source)]
    if "lang" in chosen:
        words += ["--lang", str(chosen.pop("lang"))]
    for name, value in chosen.items():
        words += ["-p", f"{name}={typed(value)}"]
    return shlex.join(words) + (f' --source "${VARIABLE}"' if hidden else "")


def job_entry(schema: Schema, values: Mapping[str, Any], *, name: str = "") -> str:
    """The entry for ``jobs.toml`` that renders the report with this choice every week.

    Args:
        schema: What the notebook declares.
        values: Name to value.
        name: Name of the job; the notebook's with ``-explored`` unless given.
    """
    chosen = changed(schema, values)
    source = str(chosen.pop("source", "") or schema.defaults().get("source", "demo"))
    place = f"env:{VARIABLE}" if secrets_in(source) else _place(source)
    lang = str(chosen.pop("lang", "") or schema.defaults().get("lang", "en"))
    pairs = ", ".join(f"{key} = {_toml(value)}" for key, value in chosen.items())
    lines = [
        f"[jobs.{name or schema.name + '-explored'}]",
        f"reports = [{_toml(schema.name)}]",
        f"sources = [{_toml(place)}]",
        f"lang = [{_toml(lang)}]",
        *([f"parameters = {{ {pairs} }}"] if pairs else []),
        'schedule = "weekly"',
    ]
    return "\n".join(lines)


def _place(source: str) -> str:
    """A path from the root: the command and the job file are read in other folders."""
    try:
        return str(Path(source).resolve()) if Path(source).expanduser().exists() else source
    except (OSError, RuntimeError):
        return source


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, (int, float)):
        return repr(value)
    # JSON's text is TOML's but for the sign DEL, which TOML wants escaped.
    return json.dumps(typed(value), ensure_ascii=False).replace("\x7f", "\\u007f")
