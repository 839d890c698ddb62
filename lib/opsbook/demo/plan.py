"""What the demo shop is planned to be: categories, regions, channels and how people buy.

Every number a method should find again stands here, and is copied to ``truth.json``.
Log growth per year means: ``exp(growth)`` is the factor from one year to the next.
"""

from dataclasses import dataclass, field

__all__ = ["Category", "Channel", "Coupon", "Device", "Plan", "Platform", "Region", "Sprawl"]


@dataclass(frozen=True)
class Category:
    """A product category and how its demand behaves.

    Args:
        name: As it stands in the data.
        share: Share of all order lines at list price in an average week.
        list_price: Median list price, CNY.
        cost_share: Median unit cost as a fraction of list price.
        elasticity: Derivative of log expected units by log paid price, within a product.
        growth: Log growth per year.
        season: Amplitude of the yearly season, in log points.
        season_peak: Day of the year on which the season peaks.
        festival: Exponent on the festival effect; above 1 reacts more than the average.
        pieces: Mean pieces per order line.
        return_rate: Share of delivered lines sent back.
        nouns: Words for product titles.
        shock: Standard deviation of the log demand shock per product and week.
        shock_memory: Correlation of the shock with that of the week before.
        price_follows: Log price raised per unit of last week's log shock; 0 where prices
            are drawn without a look at demand. Prices that follow demand hide elasticity.
    """

    name: str
    share: float
    list_price: float
    cost_share: float
    elasticity: float
    growth: float
    season: float
    season_peak: int
    festival: float
    pieces: float
    return_rate: float
    nouns: tuple[str, ...]
    shock: float = 0.15
    shock_memory: float = 0.0
    price_follows: float = 0.0


@dataclass(frozen=True)
class Region:
    """A delivery region.

    Args:
        name: As it stands in the data.
        share: Share of orders.
        growth: Log growth per year against the shop.
        basket_tilt: Taste for big baskets; above 0 means more than the shop's.
    """

    name: str
    share: float
    growth: float
    basket_tilt: float


@dataclass(frozen=True)
class Platform:
    """A marketplace: share of new customers and log growth of that share."""

    name: str
    share: float
    growth: float


@dataclass(frozen=True)
class Channel:
    """A traffic channel.

    Args:
        name: As it stands in the data.
        source_class: One of the six classes of traffic sources.
        share: Share of orders.
        growth: Log growth of that share.
        conversion: Orders per session against the shop's average.
        festival: Exponent on the festival effect in the channel's share.
        loyalty: Above 0: brings customers who stay; log odds between the best and the worst.
    """

    name: str
    source_class: str
    share: float
    growth: float
    conversion: float
    festival: float = 0.0
    loyalty: float = 0.0


@dataclass(frozen=True)
class Device:
    """A device: share of orders, log growth of the share, conversion against the average."""

    name: str
    share: float
    growth: float
    conversion: float


CATEGORIES = (
    Category(
        *("Apparel", 0.14, 139, 0.50, -2.3, 0.05, 0.25, 300, 1.15, 1.05, 0.13),
        nouns=("Linen Shirt", "Knit Cardigan", "Wool Coat", "Midi Dress", "Straight Jeans"),
    ),
    Category(
        *("Beauty", 0.12, 109, 0.38, -1.7, 0.14, 0.12, 320, 1.25, 1.12, 0.035),
        nouns=("Repair Serum", "Day Cream", "Clay Mask", "Lip Tint", "Cleansing Oil"),
    ),
    Category(
        *("Food", 0.15, 45, 0.62, -1.2, 0.10, 0.18, 20, 0.80, 1.45, 0.015),
        nouns=("Mixed Nuts", "Oolong Tea", "Rice Noodles", "Beef Jerky", "Fruit Crisps"),
    ),
    Category(
        *("Mother & Baby", 0.09, 119, 0.60, -1.4, -0.08, 0.06, 150, 1.00, 1.25, 0.05),
        nouns=("Diapers", "Feeding Bottle", "Baby Romper", "Bath Set", "Picture Books"),
    ),
    Category(
        *("Home", 0.12, 79, 0.48, -2.0, 0.08, 0.10, 280, 1.00, 1.15, 0.06),
        nouns=("Cotton Bedding", "Storage Box", "Ceramic Bowl", "Desk Lamp", "Bath Towel"),
    ),
    Category(
        *("Small Appliances", 0.08, 269, 0.64, -2.6, 0.02, 0.22, 190, 1.35, 1.02, 0.07),
        nouns=("Rice Cooker", "Air Fryer", "Hair Dryer", "Desk Fan", "Kettle"),
    ),
    Category(
        *("Digital Accessories", 0.08, 89, 0.55, -3.0, 0.00, 0.06, 250, 1.20, 1.08, 0.08),
        nouns=("Wireless Earbuds", "Power Bank", "Phone Case", "USB-C Hub", "Smart Band"),
    ),
    Category(
        *("Pet Supplies", 0.09, 69, 0.58, -0.9, 0.30, 0.05, 340, 0.85, 1.30, 0.02),
        nouns=("Cat Food", "Dog Treats", "Cat Litter", "Pet Bed", "Water Fountain"),
    ),
    Category(
        *("Health", 0.08, 129, 0.45, -0.8, 0.22, 0.10, 10, 0.90, 1.20, 0.025),
        nouns=("Vitamin Tablets", "Fish Oil", "Massage Pillow", "Probiotics", "Foot Bath"),
    ),
    Category(
        *("Sports & Outdoor", 0.05, 149, 0.52, -1.8, 0.12, 0.30, 130, 0.95, 1.06, 0.08),
        nouns=("Yoga Mat", "Running Shoes", "Camping Tent", "Trail Backpack", "Sun Jacket"),
    ),
    Category(
        *("Garden & Flowers", 0.05, 59, 0.50, -1.6, 0.06, 0.20, 110, 0.85, 1.20, 0.03),
        nouns=("Rose Bouquet", "Potted Orchid", "Garden Tools", "Flower Pots", "Plant Food"),
        shock=0.35,
        shock_memory=0.85,
        price_follows=0.45,
    ),
)

REGIONS = (
    Region("East China", 0.33, 0.00, 0.25),
    Region("South China", 0.20, 0.04, 0.10),
    Region("North China", 0.16, -0.06, 0.15),
    Region("Central China", 0.12, 0.10, -0.10),
    Region("Southwest China", 0.10, 0.16, -0.20),
    Region("Northeast China", 0.05, -0.14, -0.25),
    Region("Northwest China", 0.04, 0.08, -0.35),
)

PLATFORMS = (
    Platform("Tmall", 0.42, -0.05),
    Platform("JD", 0.21, -0.03),
    Platform("Douyin", 0.18, 0.24),
    Platform("Pinduoduo", 0.13, 0.05),
    Platform("Own shop", 0.06, 0.02),
)

CHANNELS = (
    Channel("Organic search", "search", 0.27, -0.06, 1.25, loyalty=0.5),
    Channel("Category pages", "category", 0.15, -0.05, 1.00, loyalty=0.3),
    Channel("Paid search", "paid", 0.14, 0.04, 1.10, loyalty=0.1),
    Channel("Feed ads", "paid", 0.10, 0.10, 0.62, loyalty=-0.9),
    Channel("Short video", "content", 0.08, 0.22, 0.70, loyalty=-0.6),
    Channel("Live stream", "content", 0.09, 0.18, 1.30, loyalty=-0.3),
    Channel("Campaign page", "event", 0.07, 0.00, 1.45, 0.45, loyalty=-0.5),
    Channel("Social share", "external", 0.05, 0.02, 0.85, loyalty=0.8),
    Channel("External links", "external", 0.05, -0.04, 0.55, loyalty=-0.1),
)

DEVICES = (
    Device("mobile", 0.88, 0.02, 1.03),
    Device("tablet", 0.03, -0.08, 0.90),
    Device("desktop", 0.09, -0.15, 0.78),
)


@dataclass(frozen=True)
class Coupon:
    """A coupon.

    Args:
        coupon_id: As it stands in the data.
        audience: ``first`` for first orders, ``member day`` for others on the 8th.
        threshold: Order value from which it may be used, CNY.
        saving: What it takes off, CNY.
        use: Share of orders that could use it and do.
    """

    coupon_id: str
    audience: str
    threshold: float
    saving: float
    use: float


@dataclass(frozen=True)
class Sprawl:
    """How a range is blown up.

    Args:
        before: Products before.
        after: Products after.
        start: Where in the period it begins, 0 to 1.
        days: Days it takes.
        demand: Share of all demand that the new products draw.
    """

    before: int
    after: int
    start: float = 0.45
    days: int = 183
    demand: float = 0.25


COUPONS = (
    Coupon("NEW15", "first", 99.0, 15.0, 0.35),
    Coupon("MEMBER10", "member day", 79.0, 10.0, 0.40),
)


@dataclass(frozen=True)
class Plan:
    """All planted parameters of the demo shop.

    Args:
        weekday: Demand by weekday, Monday first, mean 1.
        lines_per_order: Mean order lines per order.
        promotion_rate: Share of product-weeks with a price cut of its own.
        event_rate: Share of a category's products cut in a festival's price week.
        new_weeks: Weeks from launch during which a product counts as new.
        new_at_start: Share of orders placed by first-time buyers at the start.
        rate_shape: Shape r of the gamma distribution of purchase rates (BG/NBD).
        rate_days: Its scale alpha, in days of the region's clock.
        dropout: Beta parameters a, b of the chance to leave for good after a repeat order.
        winback: Share of those about to leave whom a win-back programme keeps.
        winback_from: Where in the period the programme begins, 0 to 1.
        late_festival: Exponent on the festival effect in late parcels.
        late_churn: Chance to leave after a late parcel against the customer's own.
        spend_shape: Gamma-Gamma p: shape of order values about the customer's mean.
        spend_spread: Gamma-Gamma q: shape of the spread of means between customers.
        spend_scale: Gamma-Gamma v, CNY; the mean order is p v / (q - 1).
        conversion: Orders per session at the start, on a day without festival.
        conversion_growth: Log growth of it per year.
        conversion_festival: Exponent on the festival effect in conversion.
        unpaid: Share of orders never paid.
        cancelled: Share of orders cancelled.
        halo: Log lift of the next category on a category's own day.
        cannibal: Log change of the category after that on the same day.
        presale: Share of orders in a mega-sale's first price days that are presales.
        deposit: Deposit of a presale as a fraction of the order.
        pairs: Pairs of products planted to be bought together.
        pair_chance: Range of the chance that the second joins the first.
        top_up: Share of baskets near a threshold that are topped up.
        top_up_reach: How near: a fraction of the threshold.
        coupons: Coupons on offer.
        fraud: Share of orders placed by rings of fraudsters.
        fraud_refund: Share of their lines for which they want money back.
        sprawl: How the range is blown up; none in a healthy shop.
        capacity: Orders a day the shop can take, in multiples of its average day.
        overload_late: Exponent on orders over capacity in the chance of a late parcel.
        free_freight: Order value from which freight is free, CNY.
        freight: Freight below it, CNY.
    """

    categories: tuple[Category, ...] = CATEGORIES
    regions: tuple[Region, ...] = REGIONS
    platforms: tuple[Platform, ...] = PLATFORMS
    channels: tuple[Channel, ...] = CHANNELS
    devices: tuple[Device, ...] = DEVICES
    weekday: tuple[float, ...] = field(default=(1.00, 0.97, 0.98, 1.00, 1.02, 1.03, 1.00))
    lines_per_order: float = 1.6
    promotion_rate: float = 0.10
    event_rate: float = 0.50
    new_weeks: int = 12
    new_at_start: float = 0.45
    rate_shape: float = 0.42
    rate_days: float = 42.0
    dropout: tuple[float, float] = (1.2, 1.4)
    winback: float = 0.0
    winback_from: float = 0.4
    late_festival: float = 0.5
    late_churn: float = 2.0
    spend_shape: float = 2.2
    spend_spread: float = 5.0
    spend_scale: float = 330.0
    conversion: float = 0.030
    conversion_growth: float = 0.05
    conversion_festival: float = 0.30
    unpaid: float = 0.02
    cancelled: float = 0.03
    halo: float = 0.12
    cannibal: float = -0.08
    presale: float = 0.15
    deposit: float = 0.10
    pairs: int = 12
    pair_chance: tuple[float, float] = (0.15, 0.35)
    top_up: float = 0.35
    top_up_reach: float = 0.20
    coupons: tuple[Coupon, ...] = COUPONS
    fraud: float = 0.004
    fraud_refund: float = 0.6
    sprawl: Sprawl | None = None
    capacity: float = 25.0
    overload_late: float = 2.0
    free_freight: float = 99.0
    freight: float = 8.0

    def products(self, orders: int) -> int:
        """Size of the product range: 600 for 40,000 orders, growing more slowly than they."""
        if self.sprawl:
            return self.sprawl.after
        return max(150, round(600 * (orders / 40_000) ** 0.6))
