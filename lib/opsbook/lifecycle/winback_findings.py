"""What win-back asks the shop to do, and which of its successes would have come anyway."""

from opsbook.finding import Finding
from opsbook.language import count, money, per_cent, points, t
from opsbook.lifecycle.winback import Plan
from opsbook.reference.figures import figure, figures

__all__ = ["winback_findings", "winback_words"]

_CHAPTER = "lifecycle/B10-win-back"


def winback_words(plan: Plan) -> str:
    """What the plan does and how much of it is assumed, in a few sentences."""
    if plan.contacted.empty:
        text = t(
            "Nobody is worth contacting under these assumptions: what a contact adds does not "
            "cover its cost."
        )
        return text
    low, high = plan.gain_between()
    said = {
        "n": count(len(plan.contacted)),
        "all": count(len(plan.dormant.customers)),
        "cost": money(plan.cost, plan.currency),
        "gain": money(plan.gain, plan.currency),
    }
    if high > low:
        text = t(
            "{n} of {all} dormant customers are contacted for {cost}; expected additional "
            "margin after cost {gain} [{low}, {high}] over the interval of what was measured.",
            low=money(low),
            high=money(high),
            **said,
        )
    else:
        text = t(
            "{n} of {all} dormant customers are contacted for {cost}; expected additional "
            "margin after cost {gain}.",
            **said,
        )
    text += " " + t(
        "{share} of their orders would come without any contact.", share=per_cent(plan.anyway, 0)
    )
    text += " " + t(
        "{share} of the gain rests on a measured effect, the rest on assumptions.",
        share=per_cent(max(plan.measured_share, 0.0), 0),
    )
    if not plan.dormant.unasked:
        text += " " + t(
            "No contacts are on record, so returns counted as unasked may have been asked for."
        )
    return text


def winback_findings(plan: Plan) -> list[Finding]:
    """At most two findings: the plan, and journeys credited with what came anyway.

    Args:
        plan: From ``winback``.
    """
    notes = []
    if not plan.contacted.empty:
        notes.append(_plan(plan))
    notes += _credited(plan)
    return notes


def _claims(*names: str) -> str:
    known = [figure(n).words() for n in names if n in figures()]
    return "; ".join(known) or t("the shop's own returns of the last weeks")


def _plan(plan: Plan) -> Finding:
    low, _ = plan.gain_between()
    measured = (plan.lifts["source"] == "measured").any()
    statement = t(
        "Winning back {n} customers should add {gain} after cost",
        n=count(len(plan.contacted)),
        gain=money(plan.gain, plan.currency),
    )
    return Finding(
        id="B10",
        statement=statement,
        evidence=winback_words(plan),
        reference=_claims("recall_gain", "high_value_cost_cap"),
        money=plan.gain,
        money_basis=t(
            "(chance to order when contacted - chance unasked) x margin - cost, summed over "
            "the list, for {days} days",
            days=plan.dormant.window_days,
        ),
        action=t(
            "Contact the list and keep the lot: the {n} customers left out show next time what "
            "the contacts were worth.",
            n=count(int((plan.customers["arm"] == "hold out").sum())),
        ),
        owner=t("CRM"),
        due=t("this week"),
        confidence="medium" if measured and low > 0 and plan.measured_share >= 0.5 else "low",
        chapter=_CHAPTER,
        headline=statement,
    )


def _credited(plan: Plan) -> list[Finding]:
    """The largest measured journey whose plain comparison lies outside its interval."""
    wrong = [u for u in plan.uplifts if u.measured and not u.low <= u.naive <= u.high]
    if not wrong:
        return []
    u = max(wrong, key=lambda v: abs(v.naive - v.gain) * v.contacted)
    customers = plan.dormant.customers
    usual = (
        float(customers["margin"].mean())
        if plan.worth == "margin"
        else float(customers["amount"].mean() * plan.assumed.margin)
    )
    over = (u.naive - u.gain) * u.contacted * usual
    figures = {
        "naive": points(u.naive),
        "gain": points(u.gain),
        "low": points(u.low),
        "high": points(u.high),
        "n": count(u.held_out),
    }
    if over > 0:
        statement = t(
            "{journey} is credited with orders that would have come anyway", journey=u.journey
        )
        evidence = t(
            "contacted customers order {naive} more often than everybody else, but only "
            "{gain} [{low}, {high}] more often than {n} left out by lot",
            **figures,
        )
    else:
        statement = t("{journey} does more than a plain comparison shows", journey=u.journey)
        evidence = t(
            "contacted customers order {naive} more often than everybody else, and "
            "{gain} [{low}, {high}] more often than {n} left out by lot",
            **figures,
        )
    return [
        Finding(
            id="B10",
            statement=statement,
            evidence=evidence,
            reference=t("the journey's own holdout"),
            money=-over,
            money_basis=t(
                "orders credited wrongly x {margin} of margin, all contacts on record",
                margin=money(usual, plan.currency),
            ),
            action=t("Judge every journey against customers left out by lot, and by nothing else."),
            owner=t("CRM"),
            due=t("this month"),
            confidence="high",
            chapter=_CHAPTER,
            headline=statement,
        )
    ]
