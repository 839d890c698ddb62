"""What can be explored: one section of a report, and which of its parameters it listens to.

A view is a function with the shop first and its parameters behind the star; their names are
those of the notebook's sidecar, so type, range, unit and meaning are said once::

    @view("market_analysis", N_("Sales by group"), own=(BY,))
    def sales_by_group(shop: Shop, *, weeks: int, end: str, level: float, by: str) -> list[Any]:
        found = regions(shop, latest_period(shop, weeks=weeks, end=end), by=by, level=level)
        return [plot_regions(found), regions_table(found)]
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from inspect import Parameter as Argument
from inspect import signature
from typing import Any

from opsbook.errors import ParameterError
from opsbook.language import N_
from opsbook.report.parameters import resolve
from opsbook.report.schema import Parameter, Schema

__all__ = ["View", "beginning", "view"]

See = Callable[..., Iterable[Any]]
_PLAIN = (str, bool, int, float, list, tuple, date)


@dataclass(frozen=True)
class View:
    """One thing to explore.

    Args:
        notebook: Whose sidecar says what the parameters are.
        title: What is shown, English; translated where it is shown.
        see: Takes the shop and keyword arguments, gives charts, tables and sentences.
        own: Parameters that only the lab has; the report makes this choice itself.
    """

    notebook: str
    title: str
    see: See
    own: tuple[Parameter, ...] = ()

    @property
    def name(self) -> str:
        """Name of the function."""
        return self.see.__name__

    @property
    def asks(self) -> tuple[str, ...]:
        """Names of the keyword arguments, in order."""
        found = signature(self.see).parameters.values()
        return tuple(a.name for a in found if a.kind is Argument.KEYWORD_ONLY)

    def parameters(self, schema: Schema, given: Mapping[str, Any]) -> tuple[Parameter, ...]:
        """What gets a control: every argument that is not given, as the notebook declares it.

        Args:
            schema: What the notebook declares.
            given: Arguments that stay as they are, such as a forecast of an earlier cell.

        Raises:
            ParameterError: An argument is neither declared nor given, or one too many is given.
        """
        known = {p.name: p for p in (*schema.parameters, *self.own)}
        wanted = [name for name in self.asks if name not in given]
        wrong = [n for n in wanted if n not in known] + [n for n in given if n not in self.asks]
        if wrong:
            raise ParameterError(
                N_('{view} has no use for "{name}"; {notebook}.toml declares {valid}'),
                view=self.name,
                name=wrong[0],
                notebook=schema.name,
                valid=", ".join(known),
            )
        return tuple(known[name] for name in wanted)


def view(notebook: str, title: str, *, own: tuple[Parameter, ...] = ()) -> Callable[[See], View]:
    """Make a function something to explore; see the module.

    Args:
        notebook: Name of the notebook.
        title: What is shown, marked with ``N_``.
        own: Parameters that only the lab has.
    """
    return lambda see: View(notebook, title, see, own)


def beginning(schema: Schema, start: Mapping[str, Any]) -> dict[str, Any]:
    """Every parameter with the value to begin with: the notebook's, where that is valid.

    A later cell may have taken the name of a parameter for something else; that is left alone.

    Args:
        schema: What the notebook declares.
        start: Variables of the notebook.
    """
    found = schema.defaults()
    for p in schema.parameters:
        if isinstance(start.get(p.name), _PLAIN):
            try:
                resolve(Schema(schema.name, parameters=(p,)), {p.name: start[p.name]})
            except ParameterError:
                continue
            found[p.name] = start[p.name]
    return found
