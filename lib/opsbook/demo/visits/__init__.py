"""Visits of the demo shop: who came, by which way, what they looked at and how far they went.

``incidents`` and ``order_factor`` are for the part that places orders, ``emit`` writes the
tables, ``visits_between`` gives the same visits to other parts.
"""

from opsbook.demo.visits.incidents import Incident, incidents, order_factor

__all__ = ["Incident", "incidents", "order_factor"]
