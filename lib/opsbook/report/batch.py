"""Several reports in a row: everything that can be refused is refused before the first runs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opsbook.errors import OpsbookError, ParameterError
from opsbook.language import LANGUAGES, N_, language, set_language, t
from opsbook.report.notebooks import Notebook
from opsbook.report.parameters import resolve
from opsbook.report.run import Result, render

__all__ = ["Order", "exit_code", "given_parameters", "render_all"]


@dataclass(frozen=True)
class Order:
    """What is asked for.

    Args:
        notebooks: Which reports.
        given: Parameters set by the user, ``source`` and ``lang`` among them if set.
        out: Folder for the results.
        chapters: Address of the playbook's chapters; empty for no links.
        lang_is_asked: Whether the language in force was asked for, so that the shop's own
            setting does not count.
    """

    notebooks: Sequence[Notebook]
    given: Mapping[str, Any]
    out: Path
    chapters: str = ""
    lang_is_asked: bool = False


def given_parameters(pairs: Sequence[str], source: str | None, lang: str | None) -> dict[str, str]:
    """Read ``-p key=value`` and the two options that are parameters as well.

    Raises:
        ParameterError: A pair without ``=``, or one thing said twice in different ways.
    """
    given: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise ParameterError(
                N_('-p "{value}" is not a parameter; write -p name=value'), value=pair
            )
        given[name.strip()] = value.strip()
    for name, option in (("source", source), ("lang", lang)):
        if option is None:
            continue
        if given.get(name, option) != option:
            raise ParameterError(
                N_('{name} is given twice: "{first}" and "{second}"'),
                name=name,
                first=given[name],
                second=option,
            )
        given[name] = option
    if given.get("lang", "en") not in LANGUAGES:
        set_language(given["lang"])
    return given


def render_all(order: Order, say: Callable[[str], None]) -> list[Result]:
    """Check parameters and sources of all reports, then run one after the other.

    Args:
        order: What is asked for.
        say: Takes lines about progress.

    Raises:
        ParameterError: A parameter that a report does not have, or with a wrong value.
        DataError: A source that cannot be opened.
        RunError: The folder for the results cannot be written.
    """
    values = [resolve(notebook.schema, order.given) for notebook in order.notebooks]
    asks = dict.fromkeys(str(v["source"]) for v in values)
    settings = {source: _language_of(source) for source in asks}
    results = []
    for notebook, value in zip(order.notebooks, values, strict=True):
        wanted = "" if order.lang_is_asked else settings[str(value["source"])]
        lang = str(order.given.get("lang") or wanted or language())
        say(t("{name}: running", name=notebook.name))
        result = render(
            notebook,
            parameters=order.given,
            lang=lang,
            out=order.out,
            chapters=order.chapters,
        )
        results.append(result)
        seconds = f"{result.entry['seconds']:.0f}"
        if result.fault is None:
            say(t("{name}: done in {seconds} s", name=notebook.name, seconds=seconds))
        else:
            say(
                t(
                    "{name}: FAILED after {seconds} s. {why}",
                    name=notebook.name,
                    seconds=seconds,
                    why=result.fault.text,
                )
            )
    return results


def _language_of(source: str) -> str:
    """Open the source, to stop before a kernel starts if that fails; its report language."""
    from opsbook.shop.opening import open_shop

    return open_shop(source).settings.language


def exit_code(results: Sequence[Result], error: OpsbookError | None = None) -> int:
    """0 all good, 1 a report failed, 2 the user's input or data has to change."""
    from opsbook.errors import RunError

    if error is not None:
        return 1 if isinstance(error, RunError) else 2
    faults = [result.fault for result in results if result.fault]
    if not faults:
        return 0
    return 2 if all(fault.is_users for fault in faults) else 1
