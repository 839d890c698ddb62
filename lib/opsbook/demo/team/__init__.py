"""The team behind the shop: KPIs, requests between teams, training, headcount, projects."""

from opsbook.demo.team.emit import emit

__all__ = ["emit"]
