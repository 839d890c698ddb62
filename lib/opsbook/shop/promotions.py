"""What the Complete Journey panel knows beyond the contract: placements and coupons.

Displays and mailers are 20.9 million rows. They stay in the engine: what leaves it is
what a week's sales of a product were worth while it was promoted.
"""

from datetime import date

import ibis
from ibis import Table as Frame

from opsbook.errors import DataError
from opsbook.language import N_
from opsbook.shop.completejourney import SOURCE, VIEW
from opsbook.shop.shop import Shop

__all__ = ["coupon_redemptions", "promoted_sales", "promotion_weeks", "promotions"]

_FIRST_MONDAY = date(2016, 12, 26)
"""Monday of the retailer's week 1, of which the panel holds only Sunday, 1 January."""


_STORES = 112


def promotions(shop: Shop) -> Frame:
    """What was on display or in the mailer, 20.9 million rows: aggregate, never execute whole.

    Args:
        shop: The panel, as opened.

    Returns:
        One row per product, store, week and placement: ``sku, store_id`` (text), ``week``
        (1 to 53), ``week_start`` (date, Monday), ``on_display, in_mailer`` (boolean). The
        112 stores here made 98.7 % of the panel's lines; a product and week that is not
        here was on neither.

    Raises:
        DataError: The shop is another one.
    """
    rows = _panel(shop, "promotions")
    return rows.select(
        sku=rows.product_id.cast("string"),
        store_id=rows.store_id.cast("string"),
        week=rows.week,
        week_start=_monday(rows.week),
        on_display=rows.display_location != "0",
        in_mailer=rows.mailer_location != "0",
    )


def promotion_weeks(shop: Shop) -> Frame | None:
    """Share of the panel's stores that displayed or advertised a product in a week.

    Shares of stores, not of sales: what sold more because of a promotion would otherwise
    weigh more in it.

    Args:
        shop: Any shop.

    Returns:
        One row per ``sku`` and ``date`` (Monday): ``display, feature`` (fraction of the 112
        stores). None for a shop that records no promotions.
    """
    if shop.source != SOURCE:
        return None
    rows = _panel(shop, "promotions")
    shares = rows.group_by("product_id", "week").aggregate(
        display=(rows.display_location != "0").sum() / _STORES,
        feature=(rows.mailer_location != "0").sum() / _STORES,
    )
    return shares.select(
        sku=shares.product_id.cast("string"),
        date=_monday(shares.week),
        display=shares.display.clip(upper=1),
        feature=shares.feature.clip(upper=1),
    )


def promoted_sales(shop: Shop) -> Frame:
    """Sales by product and week, and how much of it was on display or in the mailer.

    The promotions are met with what was sold before anything is added up, so that the
    engine holds the sold product-store-weeks and streams the 20.9 million rows past them.

    Args:
        shop: The panel, as opened.

    Returns:
        One row per ``sku`` and ``week_start`` (date, Monday): ``amount`` (USD),
        ``on_display, in_mailer, promoted`` (USD of it that was sold while the product was
        placed so in that store; promoted is either), ``promoted_share`` (fraction of
        amount; null where amount is 0). A lazy Ibis table of some 600 thousand rows.

    Raises:
        DataError: The shop is another one.
    """
    place = ("product_id", "store_id", "week")
    sold = _panel(shop, "transactions").group_by(*place).agg(amount=lambda t: t.sales_value.sum())
    rows = _panel(shop, "promotions")
    placed = (
        rows.semi_join(sold, place)
        .group_by(*place)
        .agg(
            display=(rows.display_location != "0").any(),
            mailer=(rows.mailer_location != "0").any(),
        )
    )
    both = sold.left_join(placed, place)
    display, mailer = both.display.fill_null(False), both.mailer.fill_null(False)
    weekly = (
        both.select("product_id", "week", "amount", display=display, mailer=mailer)
        .group_by(sku=lambda t: t.product_id.cast("string"), week_start=lambda t: _monday(t.week))
        .agg(
            amount=lambda t: t.amount.sum(),
            on_display=lambda t: t.amount.sum(where=t.display).fill_null(0),
            in_mailer=lambda t: t.amount.sum(where=t.mailer).fill_null(0),
            promoted=lambda t: t.amount.sum(where=t.display | t.mailer).fill_null(0),
        )
    )
    return weekly.mutate(promoted_share=weekly.promoted / weekly.amount.nullif(0))


def coupon_redemptions(shop: Shop) -> Frame:
    """Coupons redeemed, for campaigns: the panel does not say in which basket.

    Args:
        shop: The panel, as opened.

    Returns:
        One row per redemption: ``customer_id, campaign_id, coupon_id`` (text), ``date``.

    Raises:
        DataError: The shop is another one.
    """
    rows = _panel(shop, "coupon_redemptions")
    return rows.select(
        customer_id=rows.household_id.cast("string"),
        campaign_id=rows.campaign_id.cast("string"),
        coupon_id=rows.coupon_upc.cast("string"),
        date=rows.redemption_date.date(),
    )


def _panel(shop: Shop, name: str) -> Frame:
    if shop.source != SOURCE:
        raise DataError(
            N_("{source} has no {table}; only {panel} has"),
            source=shop.source,
            table=name,
            panel=SOURCE,
        )
    return shop.orders.get_backend().table(f"{VIEW}{name}")


def _monday(week: ibis.Value) -> ibis.Value:
    return (ibis.literal(_FIRST_MONDAY) + (week - 1) * ibis.interval(weeks=1)).cast("date")
