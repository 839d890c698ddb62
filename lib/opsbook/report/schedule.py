"""The schedule of a job file in the words of the scheduler that is there already.

opsbook starts nothing by itself: cron, systemd, Airflow and GitHub do that well, and know
about machines that were asleep, overlapping runs and who gets told.
"""

from collections.abc import Callable

from opsbook.report.job import Job, JobFile
from opsbook.report.place import Place
from opsbook.report.timers import cron, systemd
from opsbook.report.workflows import airflow, github

__all__ = ["FORMATS", "Place", "definitions"]

FORMATS: dict[str, Callable[[JobFile, tuple[Job, ...], Place], dict[str, str]]] = {
    "cron": cron,
    "systemd": systemd,
    "airflow": airflow,
    "github": github,
}
"""Schedulers that a definition can be made for."""


def definitions(file: JobFile, jobs: tuple[Job, ...], kind: str, place: Place) -> dict[str, str]:
    """What to give the scheduler.

    Args:
        file: The job file.
        jobs: Those of its jobs that are to be started.
        kind: One of ``FORMATS``.
        place: Where things are.

    Returns:
        File name to content, as the scheduler wants them; for cron one piece.

    Raises:
        ParameterError: A path that the format cannot carry, or a time that it cannot say.
    """
    return FORMATS[kind](file, jobs, place)
