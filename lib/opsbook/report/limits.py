"""How much a report may take: seconds, memory, tries; and the machine's share of each."""

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path

from opsbook.errors import ParameterError
from opsbook.language import N_

__all__ = ["ISOLATIONS", "Limits", "cores", "machine_memory", "memory_bytes", "shared_by"]

ISOLATIONS = ("warm", "plain")
_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_BINARY = {unit: 2 ** (10 * power) for power, unit in enumerate(_UNITS)}
LEAST = 512 * 10**6
_FLOOR = 10**9
_SHARE = 0.8


@dataclass(frozen=True)
class Limits:
    """What one report may take.

    Args:
        cell_seconds: A cell that takes longer fails the report; 0 for no limit.
        report_seconds: A report that takes longer fails; 0 for no limit.
        memory_bytes: Memory of its kernel and what that starts; 0 for a share of the machine.
        isolation: ``warm`` forks the kernel from a process that has the libraries loaded
            (Linux), ``plain`` starts Python anew. Where warm cannot be, it is plain.
        retries: How often a kernel that did not come up is tried again. A failing cell is
            never tried again: it would fail again.
        threads: Threads of the numerical libraries; 0 for what they take by themselves.
    """

    cell_seconds: float = 900
    report_seconds: float = 3600
    memory_bytes: int = 0
    isolation: str = "warm"
    retries: int = 1
    threads: int = 0

    def __post_init__(self) -> None:
        if self.isolation not in ISOLATIONS:
            raise ParameterError(
                N_('isolation must be one of {valid}, not "{value}"'),
                valid=" / ".join(ISOLATIONS),
                value=self.isolation,
            )
        for name in ("cell_seconds", "report_seconds", "retries"):
            if getattr(self, name) < 0:
                raise ParameterError(
                    N_('{name} must not be negative, but is "{value}"'),
                    name=name,
                    value=getattr(self, name),
                )
        if self.memory_bytes and self.memory_bytes < LEAST:
            raise ParameterError(
                N_("memory of {value} is too little for any report; give 0.5GB or more"),
                value=f"{self.memory_bytes / 1e6:.0f}MB",
            )


def memory_bytes(text: str) -> int:
    """Read an amount of memory: ``4GB``, ``500MB``, ``2GiB``.

    Raises:
        ParameterError: It is no amount, or less than any report needs.

    Example:
        >>> memory_bytes("4GB"), memory_bytes("1.5 GiB")
        (4000000000, 1610612736)
    """
    found = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([KMGT]?)(I?)B?\s*", text.upper())
    if not found:
        raise ParameterError(
            N_('"{value}" is no amount of memory; write it like 4GB or 500MB'), value=text
        )
    units = _BINARY if found[3] else _UNITS
    return Limits(memory_bytes=int(float(found[1]) * units[found[2]])).memory_bytes


def cores() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def machine_memory() -> int:
    """Bytes of memory that this process could have; a container's limit counts."""
    found = []
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    for file in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            said = Path(file).read_text(encoding="ascii").strip()
        except OSError:
            continue
        if said.isdigit():
            found.append(int(said))
    return min(found, default=4 * _FLOOR)


def shared_by(limits: Limits, jobs: int) -> Limits:
    """The limits of one report out of ``jobs`` that run at once on this machine."""
    memory = limits.memory_bytes or max(_FLOOR, int(machine_memory() * _SHARE / jobs))
    threads = limits.threads or max(1, cores() // jobs)
    return replace(limits, memory_bytes=memory, threads=threads)
