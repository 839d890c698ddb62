"""What the budget sections say in sentences: verdicts, assumptions, and what cannot be told."""

from opsbook.campaign.media_days import OTHER
from opsbook.campaign.reallocation import Reallocation
from opsbook.campaign.response import Responses
from opsbook.language import count, money, per_cent, t

__all__ = [
    "channel_name",
    "next_word",
    "reallocation_headline",
    "reallocation_words",
    "response_headline",
    "response_words",
    "verdict_word",
    "worth_word",
]

_HELD = ("level", "weekday", "event", "campaign", "discount")


def channel_name(name: str) -> str:
    """The channel as shown."""
    return t("other channels") if name == OTHER else name


def worth_word(has_margin: bool) -> str:
    """What money is: margin, or sales where costs are unknown."""
    return t("margin") if has_margin else t("sales")


def verdict_word(verdict: str) -> str:
    """What is told of a channel."""
    return {
        "curve": t("curve told"),
        "effect": t("works; curve not told"),
        "unknown": t("cannot be told"),
    }[verdict]


def next_word(verdict: str) -> str:
    """What the interval of the marginal return says."""
    return {
        "raise": t("more brings more than it costs"),
        "cut": t("the last unit does not pay"),
        "unknown": t("cannot be told"),
    }[verdict]


def _held(found: Responses) -> str:
    words = {
        "level": t("season and trend"),
        "weekday": t("weekday"),
        "event": t("each day of an event"),
        "campaign": t("campaigns"),
        "discount": t("discount"),
    }
    return t(", ").join(words[k] for k in _HELD if k in found.held)


def response_headline(found: Responses) -> str:
    """The answer in one line: whose next unit pays, and of how many nothing can be told."""
    frame = found.frame
    pays, cut = (frame.loc[frame["next"] == k, "channel"].tolist() for k in ("raise", "cut"))
    unknown = int((frame["verdict"] == "unknown").sum())
    if pays:
        return t("The next unit pays on {names}", names=_names(pays))
    if cut:
        return t("The last unit does not pay on {names}", names=_names(cut))
    if unknown == len(frame):
        return t("These data cannot tell what any channel adds")
    told = found.told["channel"].tolist()
    return t("Proven to add orders: {names}; whether more pays cannot be told", names=_names(told))


def _names(channels: list[str]) -> str:
    return t(", ").join(channel_name(c) for c in channels[:4])


def response_words(found: Responses) -> str:
    """What was fitted, what was assumed, and what the data cannot tell."""
    frame = found.frame
    parts = [
        t(
            "Fitted to {days}; today is {window}. Held fixed: {held}.",
            days=str(found.days),
            window=str(found.window),
            held=_held(found),
        )
    ]
    if found.worth > 0:
        parts.append(
            t(
                "An added order is taken to bring the average {worth} of the last year, {value}; "
                "what its customer buys later is not counted.",
                worth=worth_word(found.has_margin),
                value=money(found.worth, found.currency),
            )
        )
        if not found.has_margin:
            parts.append(
                t("Costs of goods are not known: returns are sales, and none is called paying.")
            )
    else:
        parts.append(t("What an order is worth is not known: only orders are shown."))
    unknown = frame.loc[frame["verdict"] == "unknown", "channel"].tolist()
    if unknown and len(unknown) == len(frame):
        parts.append(
            t(
                "That any channel adds orders at all is not proven, all looked at together. "
                "Weeks of half and double the money drawn by lot, or a test on regions, would "
                "tell."
            )
        )
    elif unknown:
        parts.append(
            t(
                "That {names} add orders at all is not proven, all channels looked at together. "
                "Weeks of half and double the money drawn by lot, or a test on regions, would "
                "tell.",
                names=t(", ").join(channel_name(c) for c in unknown),
            )
        )
    steady = frame.loc[frame["variation"] < 0.15, "channel"].tolist()
    if steady:
        parts.append(
            t(
                "{names} spent nearly the same every week; what never varies leaves no trace.",
                names=t(", ").join(channel_name(c) for c in steady),
            )
        )
    if found.dearer:
        parts.append(
            t(
                "Clicks of {names} changed in price; earlier spend is counted in today's clicks.",
                names=t(", ").join(channel_name(c) for c in found.dearer),
            )
        )
    if len(frame) > 1:
        parts.append(
            t(
                "With {n} channels, some {level} interval misses in about one shop of {often}.",
                n=len(frame),
                level=per_cent(found.level, 0),
                often=count(1 / (1 - found.level ** len(frame)), 0),
            )
        )
    if not found.mixed:
        parts.append(t("The sampler did not settle: read the intervals as too narrow."))
    return " ".join(parts)


def reallocation_headline(plan: Reallocation) -> str:
    """The answer in one line."""
    amount = money(plan.gain * 30, plan.currency)
    if plan.verdict == "do":
        return t("Shifting the budget would bring {amount} more in 30 days", amount=amount)
    if plan.verdict == "test":
        return t("A shift may bring {amount} more in 30 days: worth a test", amount=amount)
    return t("No shift of the budget is proven to bring more")


def reallocation_words(plan: Reallocation) -> str:
    """Gain with its interval, and the rules of the search."""
    worth = worth_word(plan.has_margin)
    return " ".join(
        [
            t(
                "{worth} {gain} a day, {level} interval {low} to {high}; it gains in {chance} of "
                "the curves that agree with the data.",
                worth=worth[:1].upper() + worth[1:],
                gain=money(plan.gain, plan.currency, sign=True),
                level=per_cent(plan.level, 0),
                low=money(plan.gain_low, sign=True),
                high=money(plan.gain_high, sign=True),
                chance=per_cent(plan.chance, 0),
            ),
            t(
                "{today} a day becomes {budget}. Each channel stays between {least} and {most} "
                "times today's spend and below the highest week seen; money goes only to "
                "channels whose curve is told.",
                today=money(plan.today, plan.currency),
                budget=money(plan.budget, plan.currency),
                least=count(plan.least, 1),
                most=count(plan.most, 1),
            ),
            t(
                "The rhythm of spending stays as it is. The best of many splits looks better than "
                "it is: move in steps and measure."
            ),
        ]
    )
