"""What attribution asks the shop to do, and what it cannot answer."""

from opsbook.finding import Finding
from opsbook.language import count, money, per_cent, t
from opsbook.traffic.attribution import Attribution, model_name
from opsbook.traffic.worth import worth_words

__all__ = ["attribution_findings", "attribution_words", "budget_words"]

_CHAPTER = "traffic/D06-attribution"


def attribution_words(result: Attribution) -> str:
    """What was credited, by which rules, and how far it can be trusted."""
    walked = result.journeys
    paths = walked.paths
    source = {"touchpoints": t("touchpoints"), "sessions": t("visit log")}
    parts = [
        t(
            "**No attribution model is causal.** Each shares out orders that were made; none "
            "knows which of them would have been made anyway."
        ),
        t(
            "{known} of {orders} orders have a path of contacts ({source}) within {days} days; "
            "{mean} contacts on average, {several} of paths with more than one channel.",
            known=count(paths.total),
            orders=count(walked.orders),
            source=source[walked.source],
            days=walked.window_days,
            mean=count(walked.mean_touches, 1),
            several=per_cent(walked.several, 0),
        ),
    ]
    if walked.nulls_from:
        parts.append(
            t(
                "Against them stand {n} journeys without an order ({source}).",
                n=count(paths.nulls.sum()),
                source=source[walked.nulls_from],
            )
        )
        if walked.scale > 1.005:
            parts.append(
                t(
                    "{open} more are still within their window and left out; the others are "
                    "multiplied by {scale} to make up for it.",
                    open=count(walked.unfinished),
                    scale=count(walked.scale, 2),
                )
            )
    else:
        parts.append(
            t(
                "No journey without an order is on record: the chain sees only what sold, and "
                "cannot tell a channel that sells from one that is merely met."
            )
        )
    parts.append(
        t(
            "A chain that remembers one contact more changes no channel's share by more than "
            "{points} of orders.",
            points=per_cent(result.memory),
        )
        if result.order < 3
        else t("The chain remembers three contacts.")
    )
    if walked.tail:
        parts.append(t("{n} channels with few contacts are put together.", n=count(walked.tail)))
    if walked.long:
        parts.append(
            t("Of {n} very long journeys the last 24 contacts count.", n=count(walked.long))
        )
    return " ".join(parts)


def budget_words(result: Attribution) -> str:
    """The budget under each model, in words."""
    rows = result.budget
    if rows.empty:
        return t(
            "What the models would do to the budget cannot be said: fewer than two channels have "
            "both spend and contacts."
        )
    base = rows["model"].iloc[0]
    currency = result.journeys.currency
    said = []
    for model in ("first", "linear", "markov", "shapley"):
        part = rows[rows["model"] == model]
        if part.empty or model == base:
            continue
        up, down = (part.loc[part["shift"].idxmax()], part.loc[part["shift"].idxmin()])
        said.append(
            t(
                "{model}: {gain} for {up}, {loss} for {down}",
                model=model_name(model),
                gain=money(float(up["shift"]), currency, sign=True),
                up=up["channel"],
                loss=money(float(down["shift"]), currency, sign=True),
                down=down["channel"],
            )
        )
    return t(
        "Budget by credited {worth}, against {base}: {rows}.",
        worth=worth_words(result.journeys.worth),
        base=model_name(base),
        rows=t("; ").join(said),
    )


def attribution_findings(result: Attribution) -> list[Finding]:
    """At most two findings: what last touch hides, and orders without a path.

    Args:
        result: From ``attribution``.
    """
    found = []
    if not result.budget.empty:
        moved = _moved(result)
        if moved is not None:
            found.append(moved)
    walked = result.journeys
    unknown = walked.orders - walked.paths.total
    if walked.orders and unknown / walked.orders > 0.1:
        found.append(_unknown(result, unknown))
    return found


def _moved(result: Attribution) -> Finding | None:
    """The channel whose budget both of the path models would change, beyond chance."""
    rows = result.budget
    both = rows[rows["model"].isin(["markov", "shapley"])]
    sure = both[(both["shift_low"] > 0) | (both["shift_high"] < 0)]
    signs = sure.assign(up=sure["shift"] > 0).groupby("channel")["up"].agg(["size", "nunique"])
    agreed = signs[(signs["size"] == both["model"].nunique()) & (signs["nunique"] == 1)].index
    agreed_rows = both[both["channel"].isin(agreed)]
    if agreed_rows.empty:
        return None
    # The smaller of the two models' shifts is what both agree on.
    least = agreed_rows.groupby("channel")["shift"].agg(lambda s: min(s, key=abs))
    name = str(least.abs().idxmax())
    shift = float(least[name])
    part = both[both["channel"] == name].set_index("model")
    currency = result.journeys.currency
    spend = float(part["spend"].iloc[0])
    base = model_name(str(rows["model"].iloc[0]))
    if shift < 0:
        statement = t("{base} flatters {channel}", base=base.capitalize(), channel=name)
        action = t(
            "Leave {channel} out in a few regions for two weeks and count orders there; cut only "
            "what does not come back.",
            channel=name,
        )
    else:
        statement = t("{base} hides what {channel} does early on", base=base.capitalize(),
                      channel=name)  # fmt: skip
        action = t(
            "Raise {channel} in a few regions for two weeks and count orders there before you "
            "move the budget.",
            channel=name,
        )
    low, high = (float(part[c].iloc[0]) for c in ("shift_low", "shift_high"))
    return Finding(
        id="D06",
        statement=statement,
        evidence=t(
            "Markov chain and Shapley values agree on {shift} at least [{low}, {high}] of {spend} "
            "spent, {n} orders with a path; this is credit, not cause",
            shift=money(shift, currency, sign=True),
            low=money(low, currency, sign=True),
            high=money(high, currency, sign=True),
            spend=money(spend, currency),
            n=count(result.journeys.paths.total),
        ),
        reference=t("the same orders under other models"),
        money=shift,
        money_basis=t(
            "budget in proportion to credited value less that by {base}, {period}; spend that "
            "would move, not profit",
            base=base,
            period=str(result.journeys.period),
        ),
        action=action,
        owner=t("Channel manager"),
        due=t("this month"),
        confidence="low",
        chapter=_CHAPTER,
        headline=statement,
    )


def _unknown(result: Attribution, unknown: float) -> Finding:
    walked = result.journeys
    share = unknown / walked.orders
    statement = t(
        "{share} of orders have no contact on record: no model can credit them",
        share=per_cent(share, 0),
    )
    return Finding(
        id="D06",
        statement=statement,
        evidence=t(
            "{n} of {orders} orders without a contact in the {days} days before",
            n=count(unknown),
            orders=count(walked.orders),
            days=walked.window_days,
        ),
        reference=t("every order should have one"),
        money=None,
        money_basis=t("what these orders would change cannot be known without their paths"),
        action=t("Ask guests to log in before paying, and keep campaign codes through checkout."),
        owner=t("Data engineering"),
        due=t("this month"),
        confidence="high",
        chapter=_CHAPTER,
    )
