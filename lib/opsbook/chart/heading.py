"""The top of a report: title, what is covered, and whether the data can be trusted."""

from opsbook.chart.blocks import Heading
from opsbook.language import period as span
from opsbook.language import t
from opsbook.shop.checks import CheckResult
from opsbook.shop.periods import Period
from opsbook.shop.shop import Shop

__all__ = ["page_heading"]


def page_heading(
    shop: Shop, title: str, period: Period, checked: CheckResult, *bases: Period
) -> Heading:
    """Headline, period and state of the data.

    Args:
        shop: The shop.
        title: What the report found, in one sentence.
        period: Period of the key figures.
        checked: From ``shop.checks.check``.
        *bases: What it is compared with.
    """
    state, text = checked.health()
    compared = [
        t("{period} ({days} days each)", period=span(b.start, b.end), days=period.days)
        for b in bases
    ]
    return Heading(
        title=title,
        shop=shop.title,
        period=span(period.start, period.end),
        compared=t(" and ").join(compared),
        currency=shop.currency,
        timezone=shop.settings.timezone,
        health_state={"good": "good", "notes": "notes"}.get(state, "bad"),  # type: ignore[arg-type]
        health_text=text,
        problems=tuple(issue.message() for issue in checked.issues) + tuple(map(t, shop.notes)),
    )
