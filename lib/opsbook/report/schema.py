"""What a notebook declares about itself: whom it is for, what it needs, what can be set."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from opsbook.language import LANGUAGES, language, t

__all__ = ["STANDARD", "TYPES", "Parameter", "Schema", "as_data", "table"]

TYPES = ("text", "integer", "number", "fraction", "boolean", "date", "choice")


@dataclass(frozen=True)
class Parameter:
    """One thing that can be set.

    Args:
        name: Python name of the variable in the notebook.
        type: One of ``TYPES``. A fraction lies between 0 and 1, a date is ISO text.
        default: Value of the notebook as it stands. An empty date means that the notebook
            finds one itself.
        minimum: Least valid value, for numbers and dates.
        maximum: Greatest valid value.
        choices: Valid values of a choice.
        unit: Unit of a number.
        unit_zh: The same in Chinese, where it differs.
        meaning: What it does, one sentence without full stop.
        meaning_zh: The same in Chinese.
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

    @property
    def says(self) -> str:
        """The meaning in the language in force."""
        return self.meaning_zh if language() == "zh" and self.meaning_zh else self.meaning

    def valid(self) -> str:
        """What is valid, as people read it: ``4 – 52 weeks``, ``en / zh``; may be empty."""
        if self.choices:
            return " / ".join(self.choices)
        low, high = self.minimum, self.maximum
        if self.type == "fraction":
            low, high = (0 if low is None else low), (1 if high is None else high)
        unit = self.unit_zh if language() == "zh" and self.unit_zh else self.unit
        span = ""
        if low is not None and high is not None:
            span = f"{low} – {high}"
        elif low is not None or high is not None:
            span = f"≥ {low}" if high is None else f"≤ {high}"
        return f"{span} {unit}".strip()


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


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return t("yes") if value else t("no")
    return str(value) if value != "" else "–"


def as_data(schema: Schema) -> dict[str, Any]:
    """The schema for a machine, texts in the language in force."""
    parameters = []
    for p in schema.parameters:
        entry = asdict(p) | {"meaning": p.says, "valid": p.valid()}
        parameters.append({k: v for k, v in entry.items() if not k.endswith("_zh")})
    return {
        "name": schema.name,
        "title": schema.heading,
        "minutes": schema.minutes,
        "reader": schema.for_whom,
        "needs": {name: list(columns) for name, columns in schema.needs.items()},
        "parameters": parameters,
    }
