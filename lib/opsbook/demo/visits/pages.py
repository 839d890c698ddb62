"""How fast pages were: load time and the three Core Web Vitals of every visit.

Log load time is normal with the same spread for visits with an order, visits that stay and
visits that bounce, about means of their own. Then the log odds of an order fall in a
straight line with log load time (Bayes), with exactly the planted slope.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from opsbook.demo.draw import Floats, Ints
from opsbook.demo.visits.incidents import LOAD_EFFECT, incidents
from opsbook.demo.visits.traffic import Traffic
from opsbook.demo.visits.visits import Visits

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["Pages", "slowness", "time_pages"]

_INPUT_MS = (48.0, 42.0, 20.0)
"""Median first input delay by device, ms."""
_LONGEST_MS = 30_000


@dataclass(frozen=True)
class Pages:
    """How the first page of each visit behaved.

    Args:
        load: Time until the first screen was shown, ms.
        paint: Largest Contentful Paint, ms.
        delay: First Input Delay, ms.
        shift: Cumulative Layout Shift, thousandths.
    """

    load: Ints
    paint: Ints
    delay: Ints
    shift: Ints


def slowness(b: "Business") -> Floats:
    """Rise of mean log load time by day and device, from incidents."""
    slower = np.zeros((b.clock.days, len(b.plan.devices)))
    for incident in incidents(b.plan, b.clock):
        slower[incident.first : incident.last + 1, incident.device] += incident.slower
    return slower


def time_pages(rng: np.random.Generator, b: "Business", traffic: Traffic, visits: Visits) -> Pages:
    """Draw load times and vitals.

    Args:
        rng: Source of randomness.
        b: The period and its incidents.
        traffic: Medians and effects planted, share that bounces.
        visits: The visits.
    """
    funnel, count = traffic.funnel, len(visits)
    variance = funnel.load_sigma**2
    # Without an order the mean is that of all: what bouncers are above, the others are below.
    patient = -funnel.bounce_load * variance * traffic.bounce
    hasty = funnel.bounce_load * variance * (1.0 - traffic.bounce)
    lean = np.where(visits.bounced, hasty, patient)
    lean = np.where(visits.order >= 0, -LOAD_EFFECT * variance, lean)
    usual = np.log(np.array(funnel.load_ms)) + slowness(b)
    log = usual[visits.day, visits.device] + lean
    load = np.exp(log + funnel.load_sigma * rng.standard_normal(count, dtype=np.float32))
    load = np.clip(load, 80, _LONGEST_MS)
    paint = load * (1.02 + np.exp(-1.1 + 0.6 * rng.standard_normal(count, dtype=np.float32)))
    delay = np.array(_INPUT_MS)[visits.device] * np.exp(
        0.6 * rng.standard_normal(count, dtype=np.float32)
    )
    shift = 1000.0 * np.exp(-3.2 + 0.9 * rng.standard_normal(count, dtype=np.float32))
    return Pages(
        *(np.rint(load).astype(np.int64), np.rint(paint).astype(np.int64)),
        *(np.rint(delay).astype(np.int64), np.minimum(shift, 999.0).astype(np.int64)),
    )
