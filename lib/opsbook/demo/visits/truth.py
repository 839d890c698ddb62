"""What was planted in visits and events, for the answer key."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from opsbook.demo.arrow import day_dates, words
from opsbook.demo.draw import Floats
from opsbook.demo.visits.incidents import LOAD_EFFECT, incidents
from opsbook.demo.visits.pages import slowness
from opsbook.demo.visits.steps import DEPTHS
from opsbook.demo.visits.traffic import Traffic

if TYPE_CHECKING:
    from opsbook.demo.business import Business
    from opsbook.demo.write import Sink

__all__ = ["emit_truth", "paid_in_visit"]


def paid_in_visit(b: "Business", window: int) -> float:
    """Share of orders paid in their visit, so that the visit shows a payment."""
    paid = (b.orders.paid >= 0) & (b.orders.paid - b.orders.placed <= window)
    return float(paid.mean()) if len(paid) else 1.0


def emit_truth(
    b: "Business", traffic: Traffic, products_seen: float, views: Floats, sink: "Sink"
) -> None:
    """Write ``truth/visit_days``, ``truth/category_views`` and the key ``visits``.

    Args:
        b: The shop.
        traffic: Visits and steps as planned.
        products_seen: Mean products in a visit that sees any, does not bounce, ends without.
        views: Expected product views by category.
        sink: Takes the rows.
    """
    paid = paid_in_visit(b, traffic.funnel.pay_window_s)
    sink.truth("visit_days", _visit_days(b, traffic, paid))
    sink.truth("category_views", _category_views(b, traffic, views))
    funnel = asdict(traffic.funnel) | {"category_cvr": dict(traffic.funnel.category_cvr)}
    rates = traffic.steps.rates
    weight = traffic.visits / traffic.visits.sum(axis=0)
    # Steps depend on each other day by day; the mean of a step counts those who reach it.
    reach = (np.cumprod(rates, axis=2) * weight[:, :, None]).sum(axis=0)
    reach[:, 3] *= paid
    mean = reach / np.concatenate([np.ones((len(reach), 1)), reach[:, :3]], axis=1)
    names = [d.name for d in b.plan.devices]
    sink.fact(
        visits={
            "funnel": funnel,
            "depths": list(DEPTHS),
            "steps": {
                name: dict(zip(("view", "cart", "checkout", "pay"), row.tolist(), strict=True))
                for name, row in zip(names, mean, strict=True)
            },
            "paid_in_visit": paid,
            "products_seen": products_seen,
            "bounced": traffic.bounce,
            "load_effect": -LOAD_EFFECT,
            "incidents": [
                asdict(i)
                | {
                    "first": str(b.clock.dates(np.array(i.first))),
                    "last": str(b.clock.dates(np.array(i.last))),
                    "device": names[i.device],
                }
                for i in incidents(b.plan, b.clock)
            ],
        }
    )


def _visit_days(b: "Business", traffic: Traffic, paid: float) -> pa.Table:
    """One row per day and device: expected visits, steps, median load time."""
    days, devices = traffic.visits.shape
    rates = traffic.steps.rates.reshape(days * devices, -1)
    load = np.log(np.array(traffic.funnel.load_ms)) + slowness(b)
    return pa.table(
        {
            "date": day_dates(b.clock, np.repeat(np.arange(days), devices)),
            "device": words(np.tile(np.arange(devices), days), [d.name for d in b.plan.devices]),
            "expected_visits": traffic.visits.ravel(),
            "orders_per_visit": traffic.steps.order.ravel(),
            "view": rates[:, 0],
            "cart": rates[:, 1],
            "checkout": rates[:, 2],
            "pay": rates[:, 3] * paid,
            "mean_log_load_ms": load.ravel(),
        }
    )


def _category_views(b: "Business", traffic: Traffic, views: Floats) -> pa.Table:
    """One row per category: order lines per visit that sees the product, planned and expected."""
    lines = np.bincount(b.range_.category[b.lines.product], minlength=len(views))
    return pa.table(
        {
            "category": [c.name for c in b.plan.categories],
            "planned_cvr": traffic.funnel.cvr(b.plan),
            "expected_views": views,
            "order_lines": lines,
            "expected_cvr": lines / np.maximum(views, 1.0),
        }
    )
