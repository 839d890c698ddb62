"""The lab's market room: growth, groups and drivers, as ``market_analysis`` shows them."""

from typing import Any

from opsbook.chart.blocks import Say
from opsbook.lab.view import view
from opsbook.language import N_
from opsbook.market.decompose import decompose_gmv, plot_waterfall
from opsbook.market.decompose_chart import drivers_table
from opsbook.market.growth import growth, plot_trend, sales_by
from opsbook.market.regions import plot_regions, regions, regions_table
from opsbook.report.schema import Parameter
from opsbook.shop.periods import latest_period
from opsbook.shop.shop import Shop

__all__ = ["change_by_group", "sales_by_group", "sales_trend"]

_NOTEBOOK = "market_analysis"
_GROUP = Parameter(
    "by",
    "choice",
    "region",
    choices=("region", "store_id", "platform", "channel"),
    meaning="what sales are split by",
    meaning_zh="销售额按什么拆分",
)
_SEGMENT = Parameter(
    "by",
    "choice",
    "category",
    choices=("category", "brand", "region", "channel", "platform", "store_id"),
    meaning="what the change is split by",
    meaning_zh="变化按什么拆分",
)


@view(_NOTEBOOK, N_("growth and whether it is real"))
def sales_trend(shop: Shop, *, weeks: int, end: str, level: float) -> list[Any]:
    """Sales by week, and growth with its interval."""
    grown = growth(shop, latest_period(shop, weeks=weeks, end=end), level=level)
    return [Say(grown.words()), plot_trend(sales_by(shop, "week"), grown)]


@view(_NOTEBOOK, N_("regions, shops, platforms, channels"), own=(_GROUP,))
def sales_by_group(shop: Shop, *, by: str, weeks: int, end: str, level: float) -> list[Any]:
    """Sales of each group, its growth and share."""
    found = regions(shop, latest_period(shop, weeks=weeks, end=end), by=by, level=level)
    return [plot_regions(found), regions_table(found)]


@view(_NOTEBOOK, N_("what drove the change"), own=(_SEGMENT,))
def change_by_group(shop: Shop, *, by: Any, weeks: int, end: str) -> list[Any]:
    """The change in sales split exactly between groups and their drivers."""
    split = decompose_gmv(shop, latest_period(shop, weeks=weeks, end=end), by=by)
    return [plot_waterfall(split), drivers_table(split)]
