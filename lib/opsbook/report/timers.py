"""The schedule of a job file for the clocks of a machine: cron and systemd."""

import shlex

from opsbook.report.job import Job, JobFile
from opsbook.report.place import Place, carries, command_of, secret_names
from opsbook.report.when import When

__all__ = ["cron", "systemd"]


def cron(file: JobFile, jobs: tuple[Job, ...], place: Place) -> dict[str, str]:
    """Lines for ``crontab -e``; what a job says is mailed by cron.

    Raises:
        ParameterError: A path with a line break or a backslash, which no crontab carries.
    """
    lines = [f"# opsbook, made from {file.path.name}. Put it in with: crontab -e"]
    if file.timezone:
        lines += [
            "# cronie (Fedora, Arch) obeys the next line; Debian's goes by the machine.",
            f"CRON_TZ={file.timezone}",
        ]
    for job in jobs:
        command = command_of(file, job, place)
        steps = ["cd " + shlex.quote(str(place.folder))]
        if place.secrets:
            steps += ["set -a", ". " + shlex.quote(str(place.secrets)), "set +a"]
        words = " && ".join([*steps, shlex.join(command)])
        carries([words], "\n\r\\")
        missing = [] if place.secrets else secret_names(file, job)
        if missing:
            lines.append(f"# {job.name} needs in its environment: {', '.join(missing)}")
        # An unescaped % ends the command and begins its input.
        lines.append(f"{When.parse(job.schedule).text} " + words.replace("%", r"\%"))
    return {"crontab": "\n".join(lines) + "\n"}


def systemd(file: JobFile, jobs: tuple[Job, ...], place: Place) -> dict[str, str]:
    """A service and a timer for each job.

    Raises:
        ParameterError: A path with a line break, or an interpreter's with an equals sign.
    """
    files = {}
    for job in jobs:
        command = command_of(file, job, place)
        carries([*command, str(place.folder), str(place.secrets or "")], "\n\r")
        carries([place.python], "=")
        unit = f"opsbook-{job.name}"
        service = [
            f"# ~/.config/systemd/user/{unit}.service",
            "[Unit]",
            f"Description=opsbook reports: {job.name}",
            "",
            "[Service]",
            "Type=oneshot",
            f"WorkingDirectory={_percent(str(place.folder))}",
            *([f"EnvironmentFile={_percent(str(place.secrets))}"] if place.secrets else ()),
            *(
                f"# needs in its environment: {name}"
                for name in ([] if place.secrets else secret_names(file, job))
            ),
            # systemd takes no quote in the path of a program, but any sign in its arguments.
            f"ExecStart=/usr/bin/env {' '.join(map(_quoted, command))}",
            "Nice=10",
        ]
        timer = [
            f"# ~/.config/systemd/user/{unit}.timer",
            f"# systemctl --user enable --now {unit}.timer",
            "[Unit]",
            f"Description=opsbook reports: {job.name}",
            "",
            "[Timer]",
            *(f"OnCalendar={line}" for line in When.parse(job.schedule).systemd(file.timezone)),
            "Persistent=true",
            "",
            "[Install]",
            "WantedBy=timers.target",
        ]
        files[f"{unit}.service"] = "\n".join(service) + "\n"
        files[f"{unit}.timer"] = "\n".join(timer) + "\n"
    return files


def _percent(text: str) -> str:
    return text.replace("%", "%%")


def _quoted(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return f'"{_percent(escaped)}"'
