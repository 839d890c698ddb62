"""What is bought together: pair rules, tested against chance, season and basket size."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_, count, per_cent, t
from opsbook.lifecycle.basket_chance import expected_together, time_grain
from opsbook.lifecycle.basket_items import NEEDS, Baskets, Of, basket_items
from opsbook.lifecycle.basket_pairs import frequent_lines, pair_counts
from opsbook.lifecycle.basket_tables import pair_table, rules_of
from opsbook.shop.periods import Period
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["NEEDS", "BasketRules", "basket_rules"]


@dataclass(frozen=True)
class BasketRules:
    """Pairs that were bought together, and what that is worth as evidence.

    Args:
        pairs: One row per pair of items, the clearest first: ``item, other`` (names),
            ``orders`` (baskets with both), ``item_orders, other_orders``, ``support, lift,
            leverage``; ``expected`` (baskets with both, had items met by chance in baskets of
            the same time and size), ``like_lift`` (orders over expected) with ``low, high``,
            ``p_value`` (one-sided, that it is chance), ``q_value`` (corrected for all pairs
            tested) and ``is_real`` (q below the rate).
        rules: Two rows per pair, one for each direction: ``antecedent, consequent, orders,
            antecedent_orders, consequent_orders, support, confidence`` with
            ``confidence_low, confidence_high``, ``lift, leverage, conviction, zhang, q_value,
            is_real``; real ones first, by confidence.
        baskets: What was counted.
        least_item_orders: Items in fewer baskets were not paired.
        least_orders: Pairs in fewer baskets were not fetched.
        paired: Items that were.
        tested: Pairs that the correction counts: all pairs of those items.
        most_items: Baskets with more different items were left out of pairs (wholesale).
        large: How many those are.
        grain: Length of the times that are compared: ``week, month, quarter`` or ``all``.
        rate: Share of false finds that is accepted, fraction.
        level: Confidence of the intervals.
        currency: ISO code.
        source: Name of the shop.
        titles: Titles of the products in real pairs, by sku; empty where there are none.
    """

    pairs: pd.DataFrame
    rules: pd.DataFrame
    baskets: Baskets
    least_item_orders: int
    least_orders: int
    paired: int
    tested: int
    most_items: int
    large: int
    grain: str
    rate: float
    level: float
    currency: str
    source: str
    titles: Mapping[str, str] = field(default_factory=dict)

    def label(self, name: str) -> str:
        """An item as a reader knows it: its title with the sku behind it, or its name."""
        title = self.titles.get(name, "")
        return f"{title} ({name})" if title else name

    @property
    def real(self) -> pd.DataFrame:
        """Pairs that are more than chance, the clearest first."""
        return self.pairs[self.pairs["is_real"]]

    def headline(self) -> str:
        """What is bought together, in one sentence."""
        real = self.real
        if real.empty:
            return t("No two items are bought together more often than chance would have it")
        best = real.iloc[0]
        if len(real) == 1:
            return t(
                "One pair is bought together more often than chance: {a} with {b}",
                a=self.label(best["item"]),
                b=self.label(best["other"]),
            )
        return t(
            "{n} pairs are bought together more often than chance; {a} with {b} most clearly",
            n=count(len(real)),
            a=self.label(best["item"]),
            b=self.label(best["other"]),
        )

    def words(self) -> str:
        """What was counted and tested, and against what."""
        b = self.baskets
        parts = [
            t(
                "{orders} baskets, {single} of them with one item only. {paired} items in at "
                "least {least} baskets were paired: {tested} pairs, of which {real} hold after "
                "correction ({rate} false finds accepted).",
                orders=count(b.orders),
                single=per_cent(b.single_share, 0),
                paired=count(self.paired),
                least=count(self.least_item_orders),
                tested=count(self.tested),
                real=count(len(self.real)),
                rate=per_cent(self.rate, 0),
            )
        ]
        if self.grain == "all":
            parts.append(t("Chance means: baskets of the same size."))
        else:
            span = {"week": t("week"), "month": t("month"), "quarter": t("quarter")}[self.grain]
            parts.append(t("Chance means: baskets of the same {span} and size.", span=span))
        if b.gifts:
            parts.append(t("Gifts in {n} baskets are left out.", n=count(b.gifts)))
        if b.unnamed:
            parts.append(
                t("Lines without a group in {n} baskets are left out.", n=count(b.unnamed))
            )
        if self.large:
            parts.append(
                t(
                    "{n} baskets with more than {most} items are left out as wholesale.",
                    n=count(self.large),
                    most=count(self.most_items),
                )
            )
        return " ".join(parts)


@shared
def basket_rules(
    shop: Shop,
    period: Period | None = None,
    *,
    of: Of = "sku",
    least_item_orders: int | None = None,
    least_orders: int | None = None,
    rate: float = 0.05,
    level: float = 0.95,
    baskets: Baskets | None = None,
) -> BasketRules:
    """Find pairs of items that share baskets more often than chance.

    Counts come from a self-join in the engine, after rare items and one-item baskets are
    dropped. The measures of the textbook (support, confidence, lift ...) take all baskets
    together. The test does not: two products on offer in the same week, or two products of a
    shop with large baskets, meet often without a tie. It compares with what independence
    would give among baskets of the same time and size, one-sided, and corrects for all pairs
    of the items that were paired.

    Args:
        shop: Needs orders and order lines.
        period: Days to include; all of the data unless given.
        of: ``sku``, ``category`` or ``brand``.
        least_item_orders: Baskets an item must be in, 1 or more; unless given 20, or one
            basket in 10,000 in a larger shop.
        least_orders: Baskets a pair must share, 1 or more; unless given 5, or one in 100,000.
        rate: Share of false finds accepted, 0.001 to 0.5.
        level: Confidence of intervals, 0.5 to 0.999.
        baskets: From ``basket_items``, to use again; its period and items count.

    Raises:
        ParameterError: A parameter out of range.
        CannotTell: No lines, nothing sold, or no basket with two items.

    Source:
        Chance: ``basket_chance``. Restricting tests by the items' own counts: Bourgon,
        Gentleman and Huber (2010), PNAS 107, 9546-9551.
    """
    _check(rate, level, least_item_orders, least_orders)
    held = baskets or basket_items(shop, period, of=of)
    if held.single == held.orders:
        raise CannotTell(
            N_("every one of the {n} baskets holds a single item; nothing is bought together"),
            n=count(held.orders),
        )
    least_item = least_item_orders or max(20, held.orders // 10_000)
    least_pair = least_orders or max(5, held.orders // 100_000)
    frequent = held.items[held.items["orders"] >= least_item]
    most = 100
    lines, large = frequent_lines(held, least_item, most_items=most)
    pairs = pair_counts(lines, least_pair)
    grain = time_grain(held, len(frequent))
    code = pd.Series(np.arange(len(frequent)), index=frequent["item"].to_numpy())
    a, b = (code.reindex(pairs[c]).to_numpy(np.int64) for c in ("left", "right"))
    orders = frequent["orders"].to_numpy(np.float64)
    seen = pairs["orders"].to_numpy(np.float64)
    expected = expected_together(lines, held, code, grain, a, b)
    names = frequent["name"].astype(str).to_numpy(object)
    tested = len(frequent) * (len(frequent) - 1) // 2
    table = pair_table(names, orders, a, b, seen, expected, held.orders, tested, rate, level)
    return BasketRules(
        table,
        rules_of(table, held.orders, level),
        held,
        least_item,
        least_pair,
        len(frequent),
        tested,
        most,
        large,
        grain,
        rate,
        level,
        shop.currency,
        shop.title,
        _titles(shop, table[table["is_real"]]) if held.of == "sku" else {},
    )


def _titles(shop: Shop, pairs: pd.DataFrame) -> dict[str, str]:
    if pairs.empty or not shop.has("products", "title"):
        return {}
    names = sorted({*pairs["item"], *pairs["other"]})
    known = shop.products.filter(shop.products.sku.isin(names), shop.products.title.notnull())
    found = known.select("sku", "title").execute()
    return dict(zip(found["sku"], found["title"], strict=True))


def _check(rate: float, level: float, *least: int | None) -> None:
    if not 0.001 <= rate <= 0.5:
        raise ParameterError(N_("rate {value} is out of range; use 0.001 to 0.5"), value=rate)
    if not 0.5 <= level <= 0.999:
        raise ParameterError(N_("level {value} is out of range; use 0.5 to 0.999"), value=level)
    for value in least:
        if value is not None and value < 1:
            raise ParameterError(
                N_("{value} baskets is too few to ask for; use 1 or more"), value=value
            )
