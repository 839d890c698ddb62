"""A decision of a replay said in words."""

from opsbook.demo.decisions import Assortment, ChannelMix, Decision, WinBack
from opsbook.language import count, language, money, per_cent, t

__all__ = ["decision_words"]


def decision_words(choice: Decision) -> str:
    """A decision as a sentence."""
    if isinstance(choice, Assortment):
        return t(
            "{n} products are added, {share} of them after a test.",
            n=count(choice.added),
            share=per_cent(choice.tested, 0),
        )
    if isinstance(choice, ChannelMix):
        named = [f"{name} {per_cent(share, 0)}" for name, share in choice.shares.items()]
        return t(
            "The budget: {mix}; {dear} becomes four times as dear.",
            mix=("、" if language() == "zh" else ", ").join(named),
            dear=choice.dear,
        )
    if isinstance(choice, WinBack):
        if not choice.kept:
            return t("Nobody is called back.")
        return t(
            "{share} of those about to leave get an offer of {offer}.",
            share=per_cent(choice.reach, 0),
            offer=money(choice.offer, "CNY"),
        )
    return t(
        "The shop is made ready for {factor} times its average day.",
        factor=count(choice.factor, 1),
    )
