"""What a campaign's discount rule says, as 300-40;500-80: from 300 on 40 off."""

import re

__all__ = ["steps_of"]

_STEP = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*-\s*(\d+(?:\.\d+)?)\s*$")


def steps_of(rule: str | None) -> list[tuple[float, float]]:
    """Steps of a spend-saving rule.

    Args:
        rule: As ``300-40;500-80``: from 300 on 40 off, from 500 on 80 off.

    Returns:
        ``(at, off)`` in order; parts that are no step are left out.

    Example:
        >>> steps_of("300-40;500-80")
        [(300.0, 40.0), (500.0, 80.0)]
    """
    found = [_STEP.match(part) for part in (rule or "").split(";")]
    steps = [(float(m[1]), float(m[2])) for m in found if m]
    return sorted((at, off) for at, off in steps if at > 0 and 0 < off < at)
