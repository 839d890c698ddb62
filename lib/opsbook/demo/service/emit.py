"""Writes the tables of service: reviews, tickets, nps, shop_scores, incidents."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from opsbook.demo.arrow import numbered, when, words
from opsbook.demo.clock import DAY
from opsbook.demo.service.aspects import MENTION, NEGATIVE
from opsbook.demo.service.experience import Experience, experience
from opsbook.demo.service.incidents import CLOCK, Incidents, crises
from opsbook.demo.service.nps import Answers, ask
from opsbook.demo.service.phrases import ASPECTS
from opsbook.demo.service.plan import ServicePlan
from opsbook.demo.service.reviews import Reviews, write_reviews
from opsbook.demo.service.scores import shop_scores
from opsbook.demo.service.tickets import TYPES, Tickets, open_tickets
from opsbook.demo.service.voices import publish

if TYPE_CHECKING:
    from opsbook.demo.business import Business
    from opsbook.demo.write import Sink

__all__ = ["Service", "emit", "serve"]

_DRIVERS = ("late", "returned", "flaw", "unhappy")
"""What moves NPS, as columns of its truth."""


@dataclass(frozen=True)
class Service:
    """All that customers said and the shop answered, without review texts."""

    plan: ServicePlan
    lived: Experience
    reviews: Reviews
    tickets: Tickets
    answers: Answers
    incidents: Incidents


def serve(b: "Business") -> Service:
    """Simulate the service of a shop; the same shop gives the same service."""
    plan = ServicePlan()
    lived = experience(b, plan.reviews)
    reviews = write_reviews(b, plan.reviews, lived)
    tickets = open_tickets(b, plan.tickets, lived)
    answers = ask(b, plan.nps, lived, tickets)
    return Service(plan, lived, reviews, tickets, answers, crises(b, lived, reviews))


def emit(b: "Business", sink: "Sink") -> None:
    """Write the tables of service and what is planted in them."""
    service = serve(b)
    publish(b, service.lived, service.reviews, service.plan.reviews.wish, sink)
    _write_tickets(b, service, sink)
    a, i = service.answers, service.incidents
    customer = numbered("C", b.orders.customer[a.order] + 1, 7)
    sink.table(
        "nps",
        pa.table(
            {
                "customer_id": customer,
                "date": pa.array(b.clock.dates(a.day)),
                "score": pa.array(a.score.astype(np.int16)),
            }
        ),
    )
    sink.truth(
        "nps",
        pa.table(
            {
                "order_id": numbered("O", a.order + 1, 8),
                **{name: pa.array(getattr(a, name)) for name in _DRIVERS},
            }
        ),
    )
    sink.table("shop_scores", shop_scores(b, service.reviews, service.tickets))
    number = np.arange(1, len(i) + 1)
    sink.table(
        "incidents",
        pa.table(
            {
                "incident_id": numbered("I", number, 3),
                "open_ts": when(b.clock, i.open),
                "respond_ts": when(b.clock, i.respond),
                "plan_ts": when(b.clock, i.plan),
                "close_ts": when(b.clock, i.close),
            }
        ),
    )
    sink.fact(service=_facts(b, service))


def _facts(b: "Business", service: Service) -> dict[str, Any]:
    goods, i = service.lived.goods, service.incidents

    def day(second: int) -> str:
        return str(b.clock.dates(np.array([min(second // DAY, b.clock.days - 1)]))[0])

    accusing = service.reviews.second[service.reviews.batch]
    return {
        **asdict(service.plan),
        "mention": {
            name or "other": dict(zip(ASPECTS, rates, strict=True))
            for name, rates in MENTION.items()
        },
        "negative_by_stars": dict(zip("12345", NEGATIVE, strict=True)),
        "quality_drop": {"sku": _sku(goods.falling.product), "from": day(goods.falling.start)},
        "bad_batch": {
            "sku": _sku(goods.batch.product),
            "ordered_from": day(goods.batch.start),
            "ordered_to": day(goods.batch.end - 1),
            "reviews": len(accusing),
            "first_review": day(int(accusing.min())) if len(accusing) else None,
            "last_review": day(int(accusing.max())) if len(accusing) else None,
        },
        "fake_praise": {
            "sku": _sku(goods.praised.product) if goods.praised.product >= 0 else None,
            "reviews": int(service.reviews.fake.sum()),
        },
        "incidents": {f"I{n:03d}": cause for n, cause in enumerate(i.cause, start=1)},
        "incident_clock_hours": CLOCK,
    }


def _sku(product: int) -> str:
    return f"P{product + 1:05d}"


def _write_tickets(b: "Business", service: Service, sink: "Sink") -> None:
    t, groups = service.tickets, service.plan.tickets.groups
    number = np.arange(1, len(t) + 1)
    sink.table(
        "tickets",
        pa.table(
            {
                "ticket_id": numbered("T", number, 8),
                "type": words(t.type.astype(np.int64), TYPES),
                "service_group": words(t.group.astype(np.int64), groups),
                "open_ts": when(b.clock, t.open),
                "first_reply_ts": when(b.clock, t.reply),
                "close_ts": when(b.clock, t.close),
                "csat": pa.array(t.csat.astype(np.int16), mask=t.csat < 0),
            }
        ),
    )
    sink.truth(
        "tickets",
        pa.table(
            {
                "ticket_id": numbered("T", number, 8),
                "order_id": numbered("O", np.where(t.order < 0, -1, t.order + 1), 8),
                "platform": words(t.platform.astype(np.int64), [p.name for p in b.plan.platforms]),
            }
        ),
    )
    day, group = (index.ravel() for index in np.indices(t.load.shape))
    sink.truth(
        "service_days",
        pa.table(
            {
                "date": pa.array(b.clock.dates(day)),
                "service_group": words(group, groups),
                "capacity": pa.array(t.capacity.ravel()),
                "load": pa.array(t.load.ravel()),
            }
        ),
    )
