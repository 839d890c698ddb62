"""What a notebook declares about itself: whom it is for, what it needs, what can be set."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from opsbook.language import LANGUAGES, language, t
from opsbook.report.dates import EXAMPLES

__all__ = ["STANDARD", "TYPES", "Parameter", "Schema", "as_data", "lines", "table"]

TYPES = ("text", "integer", "number", "fraction", "boolean", "date", "choice")


@dataclass(frozen=True)
class Parameter:
    """One thing that can be set.

    Args:
        name: Python name of the variable in the notebook.
        type: One of ``TYPES``. A fraction lies between 0 and 1, a date is ISO text or
            relative to the day of the run, such as ``-1month_end``.
        default: Value of the notebook as it stands. An empty date means that the notebook
            finds one itself.
        minimum: Least valid value, for numbers and dates; a date's may be relative.
        maximum: Greatest valid value.
        choices: Valid values of a choice.
        unit: Unit of a number.
        unit_zh: The same in Chinese, where it differs.
        meaning: What it does, one sentence without full stop.
        meaning_zh: The same in Chinese.
        many: Whether it is a list of such values; the default is one too.
    """

    name: str
    type: str
    default: Any
    minimum: Any = None
    maximum: Any = None
    choices: tuple[str, ...] = ()
    unit: str = ""
    unit_zh: str = ""
    meaning: str = ""
    meaning_zh: str = ""
    many: bool = False

    @property
    def says(self) -> str:
        """The meaning in the language in force."""
        return self.meaning_zh if language() == "zh" and self.meaning_zh else self.meaning

    @property
    def span(self) -> tuple[Any, Any]:
        """Least and greatest valid value; None where there is no bound."""
        if self.type != "fraction":
            return self.minimum, self.maximum
        return 0 if self.minimum is None else self.minimum, (
            1 if self.maximum is None else self.maximum
        )

    def valid(self) -> str:
        """What is valid, as people read it: ``4 – 52 weeks``, ``en / zh``; may be empty."""
        low, high = self.span
        span = " / ".join(self.choices)
        if low is not None and high is not None:
            span = f"{_bound(low)} – {_bound(high)}"
        elif low is not None or high is not None:
            span = f"≥ {_bound(low)}" if high is None else f"≤ {_bound(high)}"
        unit = self.unit_zh if language() == "zh" and self.unit_zh else self.unit
        one = f"{span} {unit}".strip()
        if not self.many:
            return one
        return t("list of {valid}", valid=one) if one else t("list")

    @property
    def written(self) -> str:
        """How to write it on a command line, where that is not plain to see."""
        text = {
            "date": EXAMPLES,
            "boolean": "true / false",
        }.get(self.type, "")
        commas = t("several with commas between them") if self.many else ""
        return "; ".join(part for part in (text, commas) if part)


STANDARD = (
    Parameter(
        "source",
        "text",
        "demo",
        meaning="what to open: demo, completejourney, a folder, a DuckDB file or a database URL",
        meaning_zh="要打开的数据：demo、completejourney、文件夹、DuckDB 文件或数据库网址",
    ),
    Parameter(
        "lang",
        "choice",
        "en",
        choices=LANGUAGES,
        meaning="language of the report",
        meaning_zh="报告的语言",
    ),
)
"""Parameters of every notebook."""


@dataclass(frozen=True)
class Schema:
    """What is known about a notebook before it runs."""

    name: str
    title: str = ""
    title_zh: str = ""
    minutes: int = 0
    reader: str = ""
    reader_zh: str = ""
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parameters: tuple[Parameter, ...] = STANDARD

    @property
    def heading(self) -> str:
        """The notebook's title in the language in force."""
        chosen = self.title_zh if language() == "zh" and self.title_zh else self.title
        return chosen or self.name.replace("_", " ").capitalize()

    @property
    def for_whom(self) -> str:
        """Whom it is written for, in the language in force."""
        return self.reader_zh if language() == "zh" and self.reader_zh else self.reader

    def defaults(self) -> dict[str, Any]:
        """Value of every parameter as the notebook stands."""
        return {p.name: p.default for p in self.parameters}


def table(schema: Schema, values: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    """Name, value, what is valid, meaning: one row per parameter, for a page or a screen."""
    return [(p.name, _shown(values[p.name]), p.valid(), p.says) for p in schema.parameters]


def lines(schema: Schema, values: Mapping[str, Any] | None = None) -> list[str]:
    """Parameters for a screen: one line each, with value, meaning, what is valid, how to write.

    Args:
        schema: What the notebook declares.
        values: What to show; the defaults unless given.
    """
    shown = table(schema, schema.defaults() if values is None else values)
    width = min(max(len(name) + len(value) for name, value, _, _ in shown) + 3, 40)
    found = []
    for p, (name, value, valid, meaning) in zip(schema.parameters, shown, strict=True):
        says = "; ".join(part for part in (meaning, valid, p.written) if part)
        found.append(f"{name + ' = ' + value:<{width}}  {says}".rstrip())
    return found


def _bound(value: Any) -> str:
    return f"{value:,}" if isinstance(value, (int, float)) and abs(value) >= 10_000 else f"{value}"


def _shown(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_shown, value)) or "–"
    if isinstance(value, bool):
        return t("yes") if value else t("no")
    return str(value) if value != "" else "–"


def as_data(schema: Schema) -> dict[str, Any]:
    """The schema for a machine, texts in the language in force."""
    parameters = []
    for p in schema.parameters:
        entry = asdict(p) | {"meaning": p.says, "valid": p.valid(), "written": p.written}
        parameters.append({k: v for k, v in entry.items() if not k.endswith("_zh")})
    return {
        "name": schema.name,
        "title": schema.heading,
        "minutes": schema.minutes,
        "reader": schema.for_whom,
        "needs": {name: list(columns) for name, columns in schema.needs.items()},
        "parameters": parameters,
    }
