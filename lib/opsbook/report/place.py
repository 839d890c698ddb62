"""Where a scheduler finds what a job needs: the command, its folder, its secrets."""

import sys
from dataclasses import dataclass
from pathlib import Path

from opsbook.errors import ParameterError
from opsbook.language import N_
from opsbook.report.hidden import named
from opsbook.report.job import Job, JobFile

__all__ = ["Place", "carries", "command_of", "secret_names"]


@dataclass(frozen=True)
class Place:
    """Where a scheduler finds things.

    Args:
        folder: Where the command runs; ``notebooks/`` is looked for there.
        python: The interpreter that opsbook is installed for.
        secrets: File with lines ``NAME=value`` for what the job file takes from the
            environment; None where the scheduler knows them otherwise.
    """

    folder: Path
    python: str = sys.executable
    secrets: Path | None = None


def command_of(file: JobFile, job: Job, place: Place) -> list[str]:
    """The command that runs a job, word by word."""
    return [place.python, "-m", "opsbook", "run", str(file.path.resolve()), job.name]


def carries(texts: list[str], signs: str) -> None:
    """Refuse paths with signs that a format has no way to write.

    Raises:
        ParameterError: With the path and the sign.
    """
    for text in texts:
        found = next((sign for sign in signs if sign in text), None)
        if found is not None:
            raise ParameterError(
                N_('"{path}" holds {sign}, which this scheduler cannot carry; rename the folder'),
                path=text,
                sign=repr(found),
            )


def secret_names(file: JobFile, job: Job) -> list[str]:
    """Environment variables that a job needs."""
    addresses = [file.notices[name].url for name in job.notify]
    return sorted({name for text in (*job.sources, *addresses) if (name := named(text))})
