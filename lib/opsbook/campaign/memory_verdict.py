"""The verdict on a promise: keep, change or retire, by what was measured."""

from typing import Literal

from opsbook.campaign.action_measures import MEASURES

__all__ = ["Decision", "decide"]

Decision = Literal["keep", "change", "retire", "open", "cannot tell"]
_HALF = 0.5


def decide(
    measure: str,
    baseline: float,
    target: float,
    now: float,
    *,
    over: bool = True,
    status: str = "",
) -> Decision:
    """Keep, change or retire an action, by what was measured against what was promised.

    It is kept when the measure reached its target, changed when it came at least half of
    the way from the baseline, and retired when it moved less, or backwards. An event that
    still runs, and an action that was never carried out, get no verdict.

    Args:
        measure: Id of a ``Measure``.
        baseline: Its value at the run that made the promise.
        target: The value promised.
        now: The value of this run.
        over: Whether this run is over.
        status: ``dropped`` if people said that it was not carried out.

    Example:
        >>> decide("conversion", 0.030, 0.033, 0.0332)
        'keep'
        >>> decide("conversion", 0.030, 0.033, 0.0316), decide("conversion", 0.030, 0.033, 0.029)
        ('change', 'retire')
    """
    if status.strip().casefold() in ("dropped", "not done", "未执行"):
        return "cannot tell"
    if measure not in MEASURES or baseline != baseline or target != target:
        return "cannot tell"
    if not over:
        return "open"
    if now != now:
        return "cannot tell"
    way, come = target - baseline, now - baseline
    if (target - now) * (1 if MEASURES[measure].higher else -1) <= 0:
        return "keep"
    return "change" if way and come / way >= _HALF else "retire"
