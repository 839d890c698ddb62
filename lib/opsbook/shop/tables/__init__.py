"""The tables of the contract, one module per part of the business."""

from opsbook.language import N_
from opsbook.shop.contract import Table
from opsbook.shop.tables import (
    campaigns,
    content,
    customers,
    loyalty,
    products,
    sales,
    service,
    stock,
    supply,
    team,
    traffic,
)

__all__ = ["GROUPS", "TABLES"]

GROUPS: tuple[tuple[str, tuple[Table, ...]], ...] = (
    (N_("Customers"), customers.TABLES),
    (N_("Sales"), sales.TABLES),
    (N_("Products and market"), products.TABLES),
    (N_("Traffic"), traffic.TABLES),
    (N_("Campaigns and references"), campaigns.TABLES),
    (N_("Content"), content.TABLES),
    (N_("Loyalty and referral"), loyalty.TABLES),
    (N_("Stock"), stock.TABLES),
    (N_("Buying and shipping"), supply.TABLES),
    (N_("Service"), service.TABLES),
    (N_("Team"), team.TABLES),
)
"""Tables by part of the business, in the order of the data dictionary."""

TABLES: tuple[Table, ...] = tuple(table for _, tables in GROUPS for table in tables)
