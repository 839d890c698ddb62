"""Building a demo shop: simulate it, write it, all of it or nothing."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from importlib import import_module
from pathlib import Path

from opsbook.demo.festivals import DAYS
from opsbook.errors import ParameterError
from opsbook.language import N_

__all__ = ["END", "EVENTS", "VERSION", "simulate"]

VERSION = "7"
"""Raised with every change that changes a row; an older demo shop is then built anew."""
END = date(2026, 10, 31)
"""Last day of the demo shop unless another is asked for."""
EVENTS = ("full", "sample", "none")
_PARTS = ("stock", "visits", "marketing", "loyalty", "content", "service", "team")
"""Parts of the shop that write their own tables, each in its ``emit``."""


def simulate(
    folder: str | Path,
    *,
    orders: int = 40_000,
    days: int = 730,
    seed: int = 1,
    end: date = END,
    scenario: str = "healthy",
    intervene: bool = False,
    events: str = "full",
    dirt: bool = False,
) -> Path:
    """Simulate a shop and write it: a Parquet file per table, ``shop.toml``, the truth.

    The folder appears when it is complete; a demo shop that is already there is replaced.

    Args:
        folder: Where to write.
        orders: Orders to expect, at least 500; chance makes it a few more or less.
        days: Length of the period, at least 60.
        seed: The same seed gives the same rows.
        end: Last day; the period has to lie between 2023 and 2028.
        scenario: One of ``opsbook.demo.scenarios.SCENARIOS``.
        intervene: What the scenario's shop does if it acts in time.
        events: ``full``; ``sample`` keeps one visitor in ten; ``none`` keeps visits only.
        dirt: Plant errors in the data, with a key in ``truth/dirt.parquet``.

    Returns:
        The folder.

    Raises:
        ParameterError: A number is out of bounds, or the folder holds something else.
    """
    _verify(orders, days, seed, end, events)
    from opsbook.demo.scenarios import setting_of

    setting = setting_of(scenario, intervene=intervene)
    from opsbook.demo.simulation import run
    from opsbook.demo.tables import shop_tables
    from opsbook.demo.truth import truth_summary, truth_tables
    from opsbook.demo.write import shop_folder

    business = run(setting, orders=orders, days=days, seed=seed, end=end, events=events)
    with shop_folder(Path(folder), last=_soiled(seed) if dirt else None) as sink:
        sink.fact(**truth_summary(business, VERSION))
        for name, table in shop_tables(business):
            sink.table(name, table)
        for name, table in truth_tables(business):
            sink.truth(name, table)
        for part in _PARTS:
            emit: Callable[..., None] = import_module(f"opsbook.demo.{part}.emit").emit
            emit(business, sink)
    return Path(folder)


def _soiled(seed: int) -> Callable[[Path], None]:
    from opsbook.demo.dirt import soil

    return partial(soil, seed=seed)


def _verify(orders: int, days: int, seed: int, end: date, events: str) -> None:
    for name, value, least in (("orders", orders, 500), ("days", days, 60), ("seed", seed, 0)):
        if value < least:
            raise ParameterError(
                N_("{name} {value} is too small; at least {least}"),
                name=name,
                value=value,
                least=least,
            )
    if events not in EVENTS:
        raise ParameterError(
            N_("{name} is {value}; one of {choices}"),
            name="events",
            value=events,
            choices=", ".join(EVENTS),
        )
    first = end - timedelta(days=days - 1)
    if first < DAYS[0] or end > DAYS[1]:
        raise ParameterError(
            N_(
                "the period {first} to {last} is outside {low} to {high}, where festivals are known"
            ),
            first=first,
            last=end,
            low=DAYS[0],
            high=DAYS[1],
        )
