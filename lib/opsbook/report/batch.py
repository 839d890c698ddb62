"""Several reports: everything that can be refused is refused before the first runs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from opsbook.errors import OpsbookError, ParameterError
from opsbook.language import LANGUAGES, N_, language, set_language
from opsbook.report import warm
from opsbook.report.limits import Limits
from opsbook.report.notebooks import Notebook
from opsbook.report.parallel import run_many
from opsbook.report.parameters import resolve
from opsbook.report.progress import Lines, Progress
from opsbook.report.publish import make_folder
from opsbook.report.run import Result, Task

__all__ = ["Order", "exit_code", "given_parameters", "render_all", "run_many"]


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
        limits: What each report may take.
        jobs: How many reports at once; as many as there are processors if None.
        show: Told about progress, instead of lines; closed in the end.
    """

    notebooks: Sequence[Notebook]
    given: Mapping[str, Any]
    out: Path
    chapters: str = ""
    lang_is_asked: bool = False
    limits: Limits = field(default_factory=Limits)
    jobs: int | None = None
    show: Progress | None = None


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
    """Check parameters and sources of all reports, then make them, several at once.

    Args:
        order: What is asked for.
        say: Takes lines about progress, where the order names nothing else for that.

    Raises:
        ParameterError: A parameter that a report does not have, or with a wrong value.
        DataError: A source that cannot be opened.
        RunError: The folder for the results cannot be written.
    """
    values = [resolve(notebook.schema, order.given) for notebook in order.notebooks]
    if order.limits.isolation == "warm" and warm.possible():
        warm.shared()  # it loads its libraries while the sources are looked at here
    asks = dict.fromkeys(str(v["source"]) for v in values)
    settings = {source: _language_of(source) for source in asks}
    make_folder(order.out)
    tasks = []
    for notebook, value in zip(order.notebooks, values, strict=True):
        wanted = "" if order.lang_is_asked else settings[str(value["source"])]
        lang = str(order.given.get("lang") or wanted or language())
        tasks.append(
            Task(notebook, order.given, lang, order.out, order.chapters, limits=order.limits)
        )
    show = order.show or Lines(say)
    try:
        return run_many(tasks, jobs=order.jobs, show=show)
    finally:
        show.close()


def _language_of(source: str) -> str:
    """Open the source, to stop before a kernel starts if that fails; its report language."""
    from opsbook.shop.opening import open_shop

    return open_shop(source).settings.language


def exit_code(results: Sequence[Result], error: OpsbookError | None = None) -> int:
    """0 all good, 1 some failed, 2 nothing could start: input or data has to change."""
    from opsbook.errors import RunError

    if error is not None:
        return 1 if isinstance(error, RunError) else 2
    faults = [result.fault for result in results if result.fault]
    if not faults:
        return 0
    nothing = len(faults) == len(results) and all(f.is_users or f.kind == "start" for f in faults)
    return 2 if nothing else 1
