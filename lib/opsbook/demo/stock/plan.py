"""How the demo shop is supplied: warehouses, regions, carriers, and how its planner orders.

Every number a method should find again stands here, and is copied to ``truth.json``.
"""

from dataclasses import dataclass

import numpy as np

from opsbook.demo.draw import Floats, Ints
from opsbook.errors import ParameterError
from opsbook.language import N_

__all__ = ["Carrier", "Place", "SupplyPlan", "Warehouse", "kilometres"]


@dataclass(frozen=True)
class Warehouse:
    """A warehouse.

    Args:
        name: Its number in the data.
        lat: Latitude, degrees.
        lon: Longitude, degrees.
        rent: Rent of the room for one piece, CNY per month.
        fixed: Fixed cost of a month, CNY.
        accuracy: Share of counts that find what the books say.
        sync_lag: Median of the day's longest delay until sales systems knew the stock, seconds.
        in_use: Whether it holds stock; the others are sites under consideration.
    """

    name: str
    lat: float
    lon: float
    rent: float
    fixed: float
    accuracy: float = 1.0
    sync_lag: float = 3.0
    in_use: bool = True


@dataclass(frozen=True)
class Place:
    """A region of delivery: centre (degrees) and population."""

    name: str
    lat: float
    lon: float
    population: int


@dataclass(frozen=True)
class Carrier:
    """A carrier and what it really does.

    Args:
        name: Its name in the data.
        share: Share of parcels to a near region.
        far: Derivative of its log weight by 1,000 km: above 0, it gets the far regions.
        on_time: Share of parcels delivered by the promised day.
        pace: An on-time parcel takes 1 + Binomial(promised days - 1, pace) days.
        overdue: Mean days a late parcel comes after the promised day; at least 1, geometric.
        base: Price of a parcel next door, CNY.
        per_1000_km: What 1,000 km add, CNY.
        breakage: Factor on the breakage rate of the goods.
    """

    name: str
    share: float
    far: float
    on_time: float
    pace: float
    overdue: float
    base: float
    per_1000_km: float
    breakage: float


WAREHOUSES = (
    Warehouse("WH-HZ", 30.27, 120.15, 2.2, 1500, accuracy=0.998, sync_lag=2.0),
    Warehouse("WH-GZ", 23.13, 113.26, 2.0, 1300, accuracy=0.995, sync_lag=3.0),
    Warehouse("WH-TJ", 39.13, 117.20, 1.7, 1100, accuracy=0.985, sync_lag=8.0),
    Warehouse("WH-WH", 30.59, 114.30, 1.5, 1000, in_use=False),
    Warehouse("WH-CD", 30.57, 104.07, 1.4, 1000, in_use=False),
)

PLACES = (
    Place("East China", 31.2, 119.5, 424_000_000),
    Place("South China", 23.1, 112.5, 186_000_000),
    Place("North China", 39.5, 115.8, 169_000_000),
    Place("Central China", 31.0, 113.0, 224_000_000),
    Place("Southwest China", 29.0, 104.5, 205_000_000),
    Place("Northeast China", 43.5, 125.0, 99_000_000),
    Place("Northwest China", 36.0, 105.5, 104_000_000),
)

CARRIERS = (
    Carrier("Swift Air", 0.14, -0.10, 0.975, 0.20, 1.2, 9.50, 6.00, 0.40),
    Carrier("Metro Parcel", 0.24, -0.60, 0.955, 0.35, 1.4, 5.20, 3.60, 0.80),
    Carrier("Great Wall Express", 0.22, 0.10, 0.925, 0.45, 1.5, 4.60, 2.60, 1.00),
    Carrier("Golden Bridge", 0.18, 0.25, 0.900, 0.50, 1.8, 4.20, 2.20, 1.10),
    Carrier("Panda Logistics", 0.14, 0.55, 0.865, 0.55, 2.1, 3.90, 1.70, 1.60),
    Carrier("Northern Cargo", 0.08, 0.70, 0.800, 0.65, 2.6, 3.60, 1.30, 2.40),
)

BREAKAGE = {
    "Home": 0.045,
    "Small Appliances": 0.030,
    "Beauty": 0.024,
    "Food": 0.020,
    "Digital Accessories": 0.010,
}


@dataclass(frozen=True)
class SupplyPlan:
    """All planted parameters of the supply side.

    Args:
        warehouses: Those in use first, in the order of their number.
        places: Regions, in the order of the shop's plan.
        carriers: Who takes the parcels.
        suppliers: Number of suppliers.
        review_days: Days between two reviews of a product; suppliers take turns by weekday.
        cover_days: Demand that an order is meant to last for beyond the next order, days.
        service_factor: Standard deviations of forecast error held as safety stock.
        forecast_cv: Forecast error the planner reckons with over lead time, as a fraction.
        planner_error: Standard deviation of the log error of his forecast, by product.
        planner_memory: Share of that error still there four weeks later.
        neglect: Share of products he forgets for a block of four weeks.
        festival_blindness: Forecast of a week is festival effect to the minus this too low.
        hold_from: Pieces a warehouse other than the home one must need before it holds a product.
        launch_pieces: Least pieces bought of a product that is launched.
        moq_days: A supplier's smallest order, in days of the shop's demand on him.
        pack_days: A product's pack holds at most so many days of its demand.
        initial: Stock on the first day against the order-up-to level, lowest and highest.
        damage_rate: Share of pieces on the shelf that are damaged on a day.
        short_rate: Share of purchase lines that come in short.
        short_share: Share of the pieces missing then.
        lead_bias: Mean lead time against the agreed one, lowest and highest supplier.
        lead_cv: Standard deviation of lead time against its mean, lowest and highest.
        pass_rate: Share of pieces that pass inspection, lowest and highest supplier.
        price_growth: Standard deviation between suppliers of log price growth per year.
        worse_from: Part of the period after which one supplier deteriorates.
        worse_lead: Factor on the mean of his lead times from then on.
        worse_spread: Factor on their standard deviation.
        worse_pass: What his pass rate loses.
        wrong_invoices: Share of invoice lines that are wrong.
        count_days: Mean days between two counts of a product in a warehouse.
        outage_rate: Share of warehouse days on which the stock reached the sales systems late.
        promise_km: Kilometres a promise allows per day beyond the first day.
        breakage: Share of parcels broken, by the most fragile category in them; an average carrier.
        breakage_else: Share for the other categories.
        install_share: Share of delivered parcels with small appliances that are installed.
        install_hours: Mean hours from delivery to installation.
        sensor_share: Share of food parcels with a sensor.
        excursion_share: Share of those whose temperature leaves 0 to 8 degrees.
    """

    warehouses: tuple[Warehouse, ...] = WAREHOUSES
    places: tuple[Place, ...] = PLACES
    carriers: tuple[Carrier, ...] = CARRIERS
    suppliers: int = 24
    review_days: int = 7
    cover_days: float = 4.0
    service_factor: float = 2.4
    forecast_cv: float = 0.08
    planner_error: float = 0.25
    planner_memory: float = 0.6
    neglect: float = 0.03
    festival_blindness: float = 0.5
    hold_from: float = 2.5
    launch_pieces: int = 1
    moq_days: float = 1.5
    pack_days: float = 3.0
    initial: tuple[float, float] = (0.6, 1.0)
    damage_rate: float = 0.00006
    short_rate: float = 0.02
    short_share: float = 0.25
    lead_bias: tuple[float, float] = (0.82, 0.95)
    lead_cv: tuple[float, float] = (0.10, 0.20)
    pass_rate: tuple[float, float] = (0.965, 0.997)
    price_growth: float = 0.015
    worse_from: float = 0.62
    worse_lead: float = 1.8
    worse_spread: float = 2.0
    worse_pass: float = 0.07
    wrong_invoices: float = 0.015
    count_days: float = 60.0
    outage_rate: float = 0.012
    promise_km: float = 450.0
    breakage: tuple[tuple[str, float], ...] = tuple(BREAKAGE.items())
    breakage_else: float = 0.004
    install_share: float = 0.35
    install_hours: float = 38.0
    sensor_share: float = 0.05
    excursion_share: float = 0.08

    @property
    def used(self) -> tuple[Warehouse, ...]:
        """Warehouses that hold stock."""
        return tuple(w for w in self.warehouses if w.in_use)

    @property
    def distances(self) -> Floats:
        """Kilometres: one row per region, one column per warehouse in use."""
        return np.array(
            [[kilometres(p.lat, p.lon, w.lat, w.lon) for w in self.used] for p in self.places]
        )

    @property
    def fallback(self) -> Ints:
        """Warehouses by preference: one row per region, the nearest first."""
        return np.argsort(self.distances, axis=1, kind="stable").astype(np.int64)

    @property
    def promised_days(self) -> Ints:
        """Days from the day of shipping to the promised day, by region."""
        nearest = self.distances.min(axis=1)
        return (1 + np.ceil(nearest / self.promise_km)).astype(np.int64)

    def check_regions(self, names: tuple[str, ...]) -> None:
        """See that the places are the shop's regions.

        Args:
            names: Regions of the shop, in order.

        Raises:
            ParameterError: Names or order differ.
        """
        own = tuple(place.name for place in self.places)
        if own != names:
            raise ParameterError(
                N_("places of the supply plan are {places}, regions are {regions}; use the same"),
                places=", ".join(own),
                regions=", ".join(names),
            )


def kilometres(lat: float, lon: float, lat2: float, lon2: float) -> float:
    """Great-circle distance of two points given in degrees, km."""
    a, b, c, d = np.radians([lat, lon, lat2, lon2])
    half = np.sin((c - a) / 2) ** 2 + np.cos(a) * np.cos(c) * np.sin((d - b) / 2) ** 2
    return float(2 * 6371.0 * np.arcsin(np.sqrt(half)))
