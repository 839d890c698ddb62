"""The finest slices an ad account reports: keywords, creatives and audiences, hours."""

from dataclasses import dataclass

import numpy as np

from opsbook.demo.draw import Floats

__all__ = ["AUDIENCES", "KEYWORDS", "Slice", "live", "slices"]

AUDIENCES = ("Lookalike", "Interest", "Cart retargeting", "Lapsed members")
_AUDIENCE = {
    # spend share, CTR, price of a click, orders per click: each against the channel's mean
    "Lookalike": (0.40, 0.85, 0.90, 0.70),
    "Interest": (0.30, 1.00, 1.00, 0.90),
    "Cart retargeting": (0.18, 1.50, 1.30, 2.60),
    "Lapsed members": (0.12, 1.10, 1.10, 1.30),
}
_CREATIVES = (0.80, 1.00, 1.25, 0.90, 1.10, 0.95)
_FITS = {("CR01", "Lookalike"): 1.5, ("CR03", "Interest"): 1.4, ("CR05", "Lapsed members"): 1.6}
_ROTATION = 60
"""Days after which half of the creatives make room for the others."""

KEYWORDS = (
    # keyword, match type, spend share, CTR, price of a click, orders per click
    ("旗舰店 官方", "exact", 0.10, 2.6, 0.45, 3.0),
    ("official flagship store", "exact", 0.02, 2.2, 0.40, 2.6),
    ("坚果", "exact", 0.05, 1.2, 1.10, 1.2),
    ("坚果", "broad", 0.07, 0.6, 1.00, 0.5),
    ("坚果礼盒 送礼", "phrase", 0.05, 1.4, 0.80, 1.6),
    ("精华液", "exact", 0.06, 1.1, 1.60, 1.1),
    ("精华液", "broad", 0.08, 0.6, 1.40, 0.5),
    ("敏感肌 修护精华 平价", "phrase", 0.04, 1.5, 0.85, 1.7),
    ("空气炸锅", "exact", 0.07, 1.0, 1.70, 0.9),
    ("空气炸锅", "broad", 0.07, 0.5, 1.50, 0.4),
    ("空气炸锅 家用 小容量", "phrase", 0.04, 1.4, 0.90, 1.4),
    ("猫粮", "exact", 0.06, 1.1, 1.20, 1.3),
    ("猫粮", "phrase", 0.05, 0.9, 1.05, 1.0),
    ("无线耳机", "exact", 0.05, 0.9, 1.60, 0.7),
    ("无线耳机", "broad", 0.06, 0.5, 1.40, 0.3),
    ("蓝牙耳机 学生 百元", "phrase", 0.03, 1.3, 0.85, 1.2),
    ("连衣裙 法式 小个子", "phrase", 0.04, 1.4, 0.85, 1.3),
    ("纸尿裤", "exact", 0.04, 1.0, 1.30, 1.2),
    ("running shoes", "broad", 0.02, 0.7, 1.00, 0.6),
)
_EVENING = (19, 20, 21)
_HOURS = (
    *(2.2, 1.2, 0.6, 0.4, 0.4, 0.6, 1.3, 2.5, 3.6, 4.8, 5.6, 5.4),
    *(5.6, 5.3, 5.0, 5.0, 5.0, 4.8, 4.9, 6.0, 8.2, 8.9, 7.6, 4.3),
)


@dataclass(frozen=True)
class Slice:
    """A slice of a channel.

    Args:
        channel: Name of the channel.
        share: Share of the channel's spend while it runs.
        ctr: Clicks per impression against the channel's own.
        cpc: Price of a click against the channel's own.
        cvr: Orders credited per click against the other slices of the channel.
        keyword: Keyword bid on, empty if none.
        match: Match type, empty if none.
        creative: Creative, empty if none.
        audience: Audience, empty if none.
        hour: Hour of the day, -1 for a whole day.
        turn: Creatives of turn 0 and 1 take turns; -1 runs always.
    """

    channel: str
    share: float
    ctr: float = 1.0
    cpc: float = 1.0
    cvr: float = 1.0
    keyword: str = ""
    match: str = ""
    creative: str = ""
    audience: str = ""
    hour: int = -1
    turn: int = -1


def slices(channel: str) -> tuple[Slice, ...]:
    """Slices of a channel; one for the whole of it where nothing finer is reported."""
    if channel == "Paid search":
        return tuple(
            Slice(channel, share, ctr, cpc, cvr, keyword=word, match=match)
            for word, match, share, ctr, cpc, cvr in KEYWORDS
        )
    if channel == "Feed ads":
        return tuple(
            Slice(
                *(channel, _AUDIENCE[audience][0]),
                ctr=draw * _AUDIENCE[audience][1] * _FITS.get((f"CR{n:02d}", audience), 1.0),
                cpc=_AUDIENCE[audience][2],
                cvr=_AUDIENCE[audience][3],
                creative=f"CR{n:02d}",
                audience=audience,
                turn=n % 2,
            )
            for n, draw in enumerate(_CREATIVES, start=1)
            for audience in AUDIENCES
        )
    if channel == "Short video":
        return tuple(
            Slice(
                *(channel, share),
                cpc=1.15 if hour in _EVENING else 1.0,
                cvr=1.30 if hour in _EVENING else 0.70 if hour < 6 else 1.0,
                hour=hour,
            )
            for hour, share in enumerate(_HOURS)
        )
    return (Slice(channel, 1.0),)


def live(parts: tuple[Slice, ...], days: int) -> Floats:
    """Share of the channel's spend by day and slice; rows sum to 1."""
    turn = np.array([s.turn for s in parts])
    now = (np.arange(days) // _ROTATION) % 2
    runs = (turn[None, :] < 0) | (turn[None, :] == now[:, None])
    weight = np.array([s.share for s in parts])[None, :] * runs
    return np.asarray(weight / weight.sum(axis=1, keepdims=True), np.float64)
