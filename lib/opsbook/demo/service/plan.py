"""What is planted in reviews, tickets, NPS and crises: every number a method should find.

Effects on ordered answers (stars, satisfaction, NPS) are log odds: of each higher answer
against all lower ones, the proportional-odds model (McCullagh 1980). Odds of a driver's
carriers are ``exp(effect)`` times those of the others, whatever the cut.
"""

from dataclasses import dataclass

__all__ = ["NpsPlan", "ReviewPlan", "ServicePlan", "TicketPlan"]


@dataclass(frozen=True)
class ReviewPlan:
    """Who reviews what, and what moves the stars.

    Args:
        rate: Share of delivered lines that are reviewed when all went well.
        rate_late: Added to log odds of a review after a late delivery; like the next one.
        rate_flaw: Added for a product with a flaw.
        cuts: Log odds of at least 2, 3, 4 and 5 stars for a line where nothing matters.
        late: Effect of a late delivery on stars.
        flaw: Effect of a flaw: defect, damage, or the fault of a bad batch.
        quality: Effect of one standard deviation of the product's latent quality.
        discount: Effect of one log point of list price over price paid.
        flaw_rate: Share of lines with a flaw at mean quality.
        flaw_quality: Log of the factor on that share per standard deviation of quality.
        fall_at: When one product's quality drops, as a share of the period.
        fall: By how many standard deviations it drops.
        fall_flaws: Share of flaws of that product afterwards.
        batch_days: Length of the stretch of orders served from the bad batch, days.
        batch_flaws: Share of the batch's lines with the fault.
        batch: Effect of the batch's fault on stars, on top of a flaw.
        batch_rate: Share of faulty lines of the batch that are reviewed.
        chinese: Share of texts in Chinese, the others are English.
        silent: Share of reviews without text.
        photo: Log odds of a photo without any flaw.
        photo_flaw: Added when there is one to show.
        wish: Share of texts that name an unmet demand.
        reply_bad: Share of reviews with 3 stars or fewer that are answered.
        reply_good: Share of the others that are.
        reply_hours_bad: Median hours to the answer to a bad review.
        reply_hours_good: The same for good ones.
        reply_spread: Standard deviation of the log of these hours.
    """

    rate: float = 0.135
    rate_late: float = 0.35
    rate_flaw: float = 0.7
    cuts: tuple[float, float, float, float] = (4.55, 4.20, 3.60, 2.65)
    late: float = -1.2
    flaw: float = -2.8
    quality: float = 0.5
    discount: float = 0.8
    flaw_rate: float = 0.014
    flaw_quality: float = -0.5
    fall_at: float = 0.60
    fall: float = 2.5
    fall_flaws: float = 0.30
    batch_days: int = 12
    batch_flaws: float = 0.60
    batch: float = -4.0
    batch_rate: float = 0.75
    chinese: float = 0.70
    silent: float = 0.05
    photo: float = -1.35
    photo_flaw: float = 1.1
    wish: float = 0.05
    reply_bad: float = 0.94
    reply_good: float = 0.30
    reply_hours_bad: float = 7.0
    reply_hours_good: float = 15.0
    reply_spread: float = 1.0


@dataclass(frozen=True)
class TicketPlan:
    """Why customers write, how fast they are served, and how content they are.

    Args:
        groups: Service groups, as they stand in the data.
        buyers_ask: Share of orders with a question before them.
        others_ask: Questions of people who do not buy, per order of the day.
        complain: Share of delivered orders with a complaint though all went well.
        complain_late: Share after a late delivery.
        complain_flaw: Share after a flaw.
        escalate: Share of complaints that go to the escalation group.
        refund_ask: Share of returns with a question about the refund.
        other: Share of orders with another question: invoice, address, use.
        reply_minutes: Median minutes to the first reply by group, at full but fair load.
        queue: Elasticity of these minutes by load (tickets of the day over capacity).
        reply_spread: Standard deviation of the log of these minutes.
        slack: Capacity over the median tickets of 28 days.
        reserve: Share of a festival's surplus that temporary staff take up.
        opens: Hour of the day at which service begins; it ends at midnight.
        solve_hours: Median hours from first reply to solution by group.
        solve_spread: Standard deviation of the log of these hours.
        solve_cut: Factor on solution hours from ``solve_cut_at`` on.
        solve_cut_at: Date of that change, as a share of the period.
        asked: Share of solved tickets with a stated satisfaction.
        cuts: Log odds of at least 2, 3, 4 and 5 after a reply within a quarter of an hour.
        slope: Change of log odds per doubling of the first reply time beyond that.
        complaint: Effect of being a complaint.
    """

    groups: tuple[str, str, str] = ("pre_sale", "after_sale", "escalation")
    buyers_ask: float = 0.10
    others_ask: float = 0.12
    complain: float = 0.006
    complain_late: float = 0.17
    complain_flaw: float = 0.30
    escalate: float = 0.12
    refund_ask: float = 0.35
    other: float = 0.03
    reply_minutes: tuple[float, float, float] = (7.0, 32.0, 65.0)
    queue: float = 1.1
    reply_spread: float = 0.8
    slack: float = 1.25
    reserve: float = 0.30
    opens: int = 8
    solve_hours: tuple[float, float, float] = (0.5, 9.0, 22.0)
    solve_spread: float = 0.9
    solve_cut: float = 0.75
    solve_cut_at: float = 0.65
    asked: float = 0.45
    cuts: tuple[float, float, float, float] = (5.0, 4.4, 3.6, 1.7)
    slope: float = -0.28
    complaint: float = -0.55


@dataclass(frozen=True)
class NpsPlan:
    """Who is asked and what moves the answer.

    Args:
        rate: Share of delivered orders with an answer.
        cuts: Log odds of a promoter (9, 10) and of at least a passive (7, 8) at the start,
            for an order where nothing went wrong.
        late: Effect of a late delivery.
        returned: Effect of a return.
        flaw: Effect of a flaw.
        unhappy: Effect of a ticket that ended with a satisfaction of 3 or less.
        trend: Change of log odds per year.
    """

    rate: float = 0.04
    cuts: tuple[float, float] = (0.35, 1.95)
    late: float = -1.1
    returned: float = -0.6
    flaw: float = -1.5
    unhappy: float = -1.3
    trend: float = 0.15


@dataclass(frozen=True)
class ServicePlan:
    """All planted parameters of service.

    Args:
        reviews: Reviews.
        tickets: Tickets.
        nps: Recommendation.
    """

    reviews: ReviewPlan = ReviewPlan()
    tickets: TicketPlan = TicketPlan()
    nps: NpsPlan = NpsPlan()
