"""Moments and the hours between them, in the engine."""

from datetime import date, datetime, time

import ibis
import ibis.expr.types as ir

__all__ = ["hours_between", "midnight"]


def midnight(day: date) -> ir.Value:
    """The first moment of a day, as a literal."""
    return ibis.literal(datetime.combine(day, time()))


def hours_between(later: ir.Value, earlier: ir.Value) -> ir.Value:
    """Hours from one time to another, negative where it runs backwards."""
    return (later.epoch_seconds() - earlier.epoch_seconds()) / 3600.0
