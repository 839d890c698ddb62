"""What is planted in the team: who is measured by what, and what one project changed."""

from dataclasses import dataclass

__all__ = ["LOWER", "PEOPLE", "Person", "TeamPlan"]


@dataclass(frozen=True)
class Person:
    """Someone whose KPIs are kept.

    Args:
        name: As it stands in the data.
        role: Role.
        team: Team.
        kpis: KPIs and their weights in an ordinary month, hundredths, 100 in all.
    """

    name: str
    role: str
    team: str
    kpis: tuple[tuple[str, int], ...]


PEOPLE = (
    Person(
        *("Chen Wei", "operations director", "Management"),
        (("gmv", 40), ("gross_margin", 30), ("nps", 30)),
    ),
    Person(
        *("Lin Yue", "product manager", "Product"),
        (("gross_margin", 40), ("active_sku_rate", 30), ("return_rate", 30)),
    ),
    Person(*("Zhao Lei", "quality manager", "Product"), (("mean_stars", 50), ("return_rate", 50))),
    Person(
        *("Wang Jing", "traffic manager", "Content"), (("paid_traffic_gmv", 60), ("new_buyers", 40))
    ),
    Person(*("Liu Yang", "content manager", "Content"), (("short_video_gmv", 70), ("aov", 30))),
    Person(*("Huang Xin", "live-stream lead", "Content"), (("live_gmv", 80), ("aov", 20))),
    Person(*("Sun Hao", "campaign manager", "Campaigns"), (("gmv", 60), ("aov", 40))),
    Person(*("Zhou Min", "user manager", "User operations"), (("repeat_orders", 60), ("nps", 40))),
    Person(*("Wu Fang", "pre-sale lead", "Service"), (("first_reply_minutes", 60), ("csat", 40))),
    Person(
        *("Xu Ting", "after-sale lead", "Service"),
        (("complaint_csat", 40), ("solved_in_24h", 35), ("refund_hours", 25)),
    ),
    Person(*("Ma Jun", "logistics manager", "Logistics"), (("late_share", 50), ("ship_hours", 50))),
    Person(*("Gao Ning", "data analyst", "Data"), (("reports_on_time", 60), ("data_errors", 40))),
)
LOWER = {
    *("return_rate", "first_reply_minutes", "refund_hours", "late_share"),
    *("ship_hours", "data_errors"),
}
"""KPIs of which less is better."""


@dataclass(frozen=True)
class TeamPlan:
    """All planted parameters of the team.

    Args:
        ambition: Target of a sum over its share of the period's whole, minus one.
        targets: Targets of rates and times.
        sale_shift: Hundredths of weight that go from a person's last KPI to the first in a
            month with a great sale.
        requests: Requests between teams per working day.
        respond_hours: Median hours to the first response.
        cycle_hours: Median hours from request to result, on top of the response.
        spread: Standard deviation of the log of both.
        pass_rate: Share that passes review at the first attempt.
        change_at: Date of the new way of working, as a share of the period.
        respond_factor: Factor on response hours from then on.
        cycle_factor: Factor on the hours to the result from then on.
        pass_after: Share that passes from then on.
        slow_team: Team that takes longer than the others.
        slow_factor: By how much.
        sizes: People by team at 55 orders a day.
        size_power: Exponent on the number of orders in the size of teams.
        growth: Log growth of teams per year.
        temps: Extra share of service and logistics staff in a month with a great sale.
        trainings: Trainings per person and year.
        certified: Share of trainings that end with a certificate.
    """

    ambition: float = 0.04
    targets: tuple[tuple[str, float], ...] = (
        ("gross_margin", 0.36),
        ("active_sku_rate", 0.70),
        ("return_rate", 0.06),
        ("mean_stars", 4.70),
        ("aov", 195.0),
        ("nps", 42.0),
        ("first_reply_minutes", 8.0),
        ("csat", 0.96),
        ("complaint_csat", 0.95),
        ("solved_in_24h", 0.90),
        ("refund_hours", 72.0),
        ("late_share", 0.08),
        ("ship_hours", 24.0),
        ("reports_on_time", 0.95),
        ("data_errors", 3.0),
    )
    sale_shift: int = 10
    requests: float = 1.4
    respond_hours: float = 10.0
    cycle_hours: float = 46.0
    spread: float = 0.7
    pass_rate: float = 0.76
    change_at: float = 0.55
    respond_factor: float = 0.45
    cycle_factor: float = 0.70
    pass_after: float = 0.90
    slow_team: str = "Data"
    slow_factor: float = 1.6
    sizes: tuple[tuple[str, float], ...] = (
        ("Management", 1.0),
        ("Product", 2.0),
        ("Content", 3.0),
        ("Campaigns", 1.0),
        ("User operations", 1.0),
        ("Service", 3.0),
        ("Logistics", 2.5),
        ("Data", 1.0),
    )
    size_power: float = 0.6
    growth: float = 0.06
    temps: float = 0.35
    trainings: float = 4.0
    certified: float = 0.62
