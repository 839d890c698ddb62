"""What a return costs: margin that is lost, goods that cannot be sold as new, freight, handling."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import ibis
from ibis import Table as Frame

from opsbook.errors import ParameterError
from opsbook.language import N_

__all__ = ["ReturnRates", "line_costs"]


@dataclass(frozen=True)
class ReturnRates:
    """Assumptions behind the cost of returns; every report shows them.

    Args:
        resale: Share of its unit cost that a returned piece is still worth, by grade.
        other: The same for a grade that is not listed.
        handling: What handling one return costs, currency.
    """

    resale: Mapping[str, float] = field(default_factory=lambda: {"A": 1.0, "B": 0.5, "C": 0.0})
    other: float = 0.5
    handling: float = 8.0

    def __post_init__(self) -> None:
        for name, value in (*self.resale.items(), ("other", self.other)):
            if not 0 <= value <= 1:
                raise ParameterError(
                    N_("resale value {value} of grade {name} is no share; use 0 to 1"),
                    value=value, name=name,
                )  # fmt: skip
        if self.handling < 0:
            raise ParameterError(
                N_("handling {value} is negative; use 0 or more"), value=self.handling
            )


def line_costs(back: Frame, rates: ReturnRates) -> Frame:
    """Cost of each returned line.

    Args:
        back: From ``returned_lines``.
        rates: The assumptions.

    Returns:
        ``back`` with ``margin`` (lost on what is paid back; nothing where unit costs are
        unknown), ``write_off`` (of goods that come back worse, or not at all: settled
        without a grade), ``freight_cost, handling`` and their sum ``total``, currency.
    """
    pieces = ibis.coalesce(back.pieces.nullif(0), 1.0)
    part = ibis.coalesce(ibis.least(back.back_qty / pieces, 1.0), 1.0)
    amount = ibis.coalesce(back.refund_amount, back.amount * part, 0.0)
    cost = ibis.coalesce(back.cost, 0.0) * part
    share = ibis.cases(
        *((back.grade == name, 1 - value) for name, value in rates.resale.items()),
        (back.grade.notnull(), 1 - rates.other),
        # Settled without goods: the piece is gone. Still open: it may come back as good.
        (back.refund_ts.notnull(), 1.0),
        else_=0.0,
    )
    known = back.cost.notnull()
    margin = ibis.ifelse(known, ibis.greatest(amount - cost, 0.0), 0.0)
    write_off = cost * share
    freight = ibis.coalesce(back.freight, 0.0)
    return back.mutate(
        margin=margin, write_off=write_off, freight_cost=freight,
        handling=ibis.literal(rates.handling),
        total=margin + write_off + freight + rates.handling,
    )  # fmt: skip
