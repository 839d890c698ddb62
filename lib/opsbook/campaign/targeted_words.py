"""What the comparisons of targeted customers are called, and what their verdicts say."""

from opsbook.language import N_, t

__all__ = [
    "UNNAMED",
    "believed_words",
    "feature_names",
    "join_names",
    "method_names",
    "verdict_words",
]

UNNAMED = ""
"""Stands for messages whose journey has no name."""
_METHODS = {
    "naive": N_("Plain gap"),
    "did": N_("Against their own past"),
    "weighted": N_("Against others alike"),
    "holdout": N_("Against those left out by lot"),
}
_VERDICTS = {
    "adds": N_("against fair comparisons, targeting adds"),
    "adds together": N_(
        "against fair comparisons, this mailing and {others} add together: what is whose cannot "
        "be told"
    ),
    "takes together": N_(
        "against fair comparisons, this mailing and {others} take away together: what is whose "
        "cannot be told"
    ),
    "nothing together": N_(
        "against fair comparisons, nothing is left of this mailing and {others} together that "
        "chance would not make"
    ),
    "takes": N_("against fair comparisons, targeting takes away"),
    "no effect": N_("against fair comparisons, nothing is left that chance would not make"),
    "moving apart": N_("the groups moved apart before anything was sent: no effect can be told"),
    "not comparable": N_("nobody like them was left out, so the effect cannot be told"),
}
_BELIEVED = {
    "holdout": N_("Believe those left out by lot: only chance made the difference between them."),
    "both": N_(
        "Believe the range of both: if the groups differ by habit, their own past is right, and "
        "others alike fall back to normal; if they were chosen for what they bought just before, "
        "it is the other way round. The truth lies between."
    ),
    "weighted": N_(
        "Believe the comparison with others alike: the plain change fails on windows before "
        "the event, in which nothing had been sent."
    ),
    "did": N_(
        "Believe the change against their own past: there are too few others alike to weigh, "
        "and the groups ran side by side before."
    ),
    "": N_("Believe none of them: leave one in ten out by lot next time."),
}
_FEATURES = {
    "spend": N_("spend −{n}"),
    "log_spend": N_("log spend −{n}"),
    "orders": N_("orders −{n}"),
    "orders_ever": N_("orders so far"),
    "never_ordered": N_("never ordered"),
    "days_since_last": N_("days since last order"),
    "days_since_first": N_("days since first order"),
    "messages_before": N_("other messages"),
}


def method_names() -> dict[str, str]:
    """Each method in the language in force."""
    return {key: t(text) for key, text in _METHODS.items()}


def verdict_words(verdict: str, together: tuple[str, ...] = ()) -> str:
    """What can be said, as the second half of a sentence.

    Args:
        verdict: What it is.
        together: Other journeys whose effect cannot be told from the mailing's.
    """
    text = _VERDICTS["nothing together" if together and verdict == "no effect" else verdict]
    return t(text).format(others=join_names(together))


def join_names(journeys: tuple[str, ...]) -> str:
    """Other journeys in one phrase."""
    return ", ".join(t("other messages") if j == UNNAMED else j for j in journeys)


def believed_words(believed: str) -> str:
    """Which comparison to believe, and why."""
    text = _BELIEVED[believed]
    return t(text)


def feature_names(features: list[str]) -> list[str]:
    """What customers are compared by, in the language in force."""
    found = []
    for name in features:
        if name.startswith("region "):
            found.append(t("region {name}", name=name.removeprefix("region ")))
            continue
        bare = name.rstrip("0123456789")
        text = _FEATURES.get(name) or _FEATURES.get(bare, bare)
        found.append(t(text).format(n=name[len(bare) :]))
    return found
