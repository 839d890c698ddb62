"""What customers say and how the shop answers: reviews, tickets, NPS, shop scores, crises."""

from opsbook.demo.service.emit import emit

__all__ = ["emit"]
