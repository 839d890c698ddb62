"""What people search for: terms in Chinese and English, their trends and what they want."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from opsbook.demo.arrow import words
from opsbook.demo.draw import Floats, stream

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["NOUNS_ZH", "SearchPlan", "Term", "search_terms", "terms"]

NOUNS_ZH = {
    "Linen Shirt": "亚麻衬衫",
    "Knit Cardigan": "针织开衫",
    "Wool Coat": "羊毛大衣",
    "Midi Dress": "中长连衣裙",
    "Repair Serum": "修护精华",
    "Day Cream": "面霜",
    "Clay Mask": "清洁面膜",
    "Lip Tint": "唇釉",
    "Mixed Nuts": "混合坚果",
    "Oolong Tea": "乌龙茶",
    "Rice Noodles": "米粉",
    "Beef Jerky": "牛肉干",
    "Diapers": "纸尿裤",
    "Feeding Bottle": "奶瓶",
    "Baby Romper": "婴儿连体衣",
    "Bath Set": "婴儿洗护套装",
    "Cotton Bedding": "纯棉四件套",
    "Storage Box": "收纳箱",
    "Ceramic Bowl": "陶瓷碗",
    "Desk Lamp": "台灯",
    "Rice Cooker": "电饭煲",
    "Air Fryer": "空气炸锅",
    "Hair Dryer": "吹风机",
    "Desk Fan": "桌面风扇",
    "Wireless Earbuds": "无线耳机",
    "Power Bank": "充电宝",
    "Phone Case": "手机壳",
    "USB-C Hub": "拓展坞",
    "Cat Food": "猫粮",
    "Dog Treats": "狗零食",
    "Cat Litter": "猫砂",
    "Pet Bed": "宠物窝",
    "Vitamin Tablets": "维生素片",
    "Fish Oil": "鱼油",
    "Massage Pillow": "按摩枕",
    "Probiotics": "益生菌",
    "Yoga Mat": "瑜伽垫",
    "Running Shoes": "跑步鞋",
    "Camping Tent": "露营帐篷",
    "Trail Backpack": "登山包",
}
_PER_CATEGORY = 3
"""Head terms per category in Chinese."""


@dataclass(frozen=True)
class Term:
    """A search term.

    Args:
        text: As typed.
        category: Index of its category, -1 if the shop sells nothing of the kind.
        intent: navigational, informational or transactional.
        searches: Searches on an average day on both platforms, per order the shop expects a day.
        growth: Log growth per year.
        rise: Log growth per day during the last weeks, for a term that takes off.
        own: Share of clicks that reach this shop.
        cpc: Price of a click, CNY.
    """

    text: str
    category: int
    intent: str
    searches: float
    growth: float
    rise: float
    own: float
    cpc: float


@dataclass(frozen=True)
class SearchPlan:
    """Planted parameters of searches.

    Args:
        platforms: Platforms that report searches, with their share.
        rise_days: Days before the end in which some terms take off.
        risers: Terms of the shop's categories that take off: text, category, log growth a day.
        unmet: Terms that take off and nobody in the shop serves: text, log growth a day.
        clicks: Clicks per search by intent.
        orders: Orders per click by intent.
        noise: Standard deviation of log searches from day to day.
    """

    platforms: tuple[tuple[str, float], ...] = (("Tmall", 0.7), ("Douyin", 0.3))
    rise_days: int = 60
    risers: tuple[tuple[str, int, float], ...] = (
        ("冻干猫粮 幼猫", 7, 0.030),
        ("低糖坚果 独立小包", 2, 0.024),
        ("益生菌 儿童 冻干", 8, 0.020),
        ("防晒衣 冰感 女", 9, 0.022),
        ("早C晚A 精华 平价", 1, 0.018),
    )
    unmet: tuple[tuple[str, float], ...] = (("胶片相机 胶卷", 0.026), ("手工皮具 工具套装", 0.016))
    clicks: tuple[tuple[str, float], ...] = (
        ("navigational", 0.85),
        ("informational", 0.35),
        ("transactional", 0.60),
    )
    orders: tuple[tuple[str, float], ...] = (
        ("navigational", 0.080),
        ("informational", 0.006),
        ("transactional", 0.035),
    )
    noise: float = 0.08


def terms(b: "Business", plan: SearchPlan) -> tuple[Term, ...]:
    """All terms: heads, brands, questions, long tails, and those that take off."""
    rng = stream(b.seed, "marketing terms")
    found: list[Term] = []
    for at, category in enumerate(b.plan.categories):
        size = 60 * category.share
        own = float(rng.uniform(0.015, 0.035))
        price = float(category.list_price / 80) ** 0.5
        chinese = [NOUNS_ZH[noun] for noun in category.nouns if noun in NOUNS_ZH]
        for rank, text in enumerate(chinese[:_PER_CATEGORY]):
            level, growth = size / (rank + 1.5), category.growth + float(rng.normal(0, 0.05))
            found.append(Term(text, at, "transactional", level, growth, 0.0, own, 1.2 * price))
        noun = category.nouns[0]
        head = chinese[0] if chinese else noun
        rows = (
            (noun.lower(), "transactional", 0.06, own, 0.8),
            (f"{head} 怎么选", "informational", 0.25, own * 0.6, 0.4),
            (f"{head} 性价比 家用 推荐", "transactional", 0.15, own * 1.5, 0.7),
            (f"{_brand(b, at)} 旗舰店", "navigational", 0.08, 0.72, 0.35),
        )
        for text, intent, level, mine, cpc in rows:
            growth = category.growth + float(rng.normal(0, 0.05))
            found.append(
                Term(*(text, at, intent, size * level, growth, 0.0), round(mine, 4), cpc * price)
            )
    for text, at, rise in plan.risers:
        found.append(Term(text, at, "transactional", 0.6, 0.2, rise, 0.03, 0.9))
    for text, rise in plan.unmet:
        found.append(Term(text, -1, "transactional", 0.5, 0.2, rise, 0.0005, 0.6))
    return tuple(found)


def search_terms(b: "Business", plan: SearchPlan, found: tuple[Term, ...]) -> pa.Table:
    """Rows by day, term and platform."""
    rng = stream(b.seed, "marketing searches")
    clock = b.clock
    level = np.array([term.searches for term in found])
    daily = b.wanted / clock.days
    trend = np.exp(np.array([[t.growth] for t in found]) * clock.years)
    late = np.maximum(np.arange(clock.days) - (clock.days - 1 - plan.rise_days), 0)
    rise = np.exp(np.array([[t.rise] for t in found]) * late)
    day = clock.years * 2 * np.pi
    season = np.ones((len(found), clock.days))
    for row, term in enumerate(found):
        if term.category >= 0:
            c = b.plan.categories[term.category]
            season[row] = np.exp(c.season * np.cos(day + _phase(b, c.season_peak)))
    base = daily * level[:, None] * trend * rise * season * clock.festival**0.5
    shape = (len(found), len(plan.platforms), clock.days)
    noise = np.exp(rng.normal(0.0, plan.noise, shape))
    share = np.array([p for _, p in plan.platforms])[None, :, None]
    searches = rng.poisson(base[:, None, :] * share * noise)
    clicks = rng.binomial(searches, _by_intent(found, plan.clicks))
    own = rng.binomial(clicks, np.array([t.own for t in found])[:, None, None])
    orders = rng.binomial(clicks, _by_intent(found, plan.orders))
    cpc = np.array([t.cpc for t in found])[:, None, None] * clock.festival**0.3
    cpc = np.round(np.broadcast_to(cpc, shape) * np.exp(rng.normal(0.0, 0.05, shape)), 2)
    # Day by day, then by term and platform.
    at = np.tile(np.arange(shape[0] * shape[1]), clock.days)
    intents = [name for name, _ in plan.clicks]
    intent = np.array([intents.index(t.intent) for t in found])

    def flat(table: NDArray[Any]) -> NDArray[Any]:
        return table.transpose(2, 0, 1).reshape(-1)

    return pa.table(
        {
            "date": pa.array(clock.dates(np.repeat(np.arange(clock.days), shape[0] * shape[1]))),
            "term": words(at // shape[1], [t.text for t in found]),
            "platform": words(at % shape[1], [name for name, _ in plan.platforms]),
            "searches": flat(searches),
            "clicks": flat(clicks),
            "own_clicks": flat(own),
            "orders": flat(orders),
            "intent": words(intent[at // shape[1]], intents),
            "cpc": flat(cpc),
        }
    )


def _by_intent(found: tuple[Term, ...], rates: tuple[tuple[str, float], ...]) -> Floats:
    rate = dict(rates)
    return np.array([rate[t.intent] for t in found])[:, None, None]


def _brand(b: "Business", category: int) -> str:
    """Brand with the most popular products of a category."""
    own = np.flatnonzero(b.range_.category == category)
    return b.range_.brand[int(own[np.argmax(b.range_.popularity[own])])]


def _phase(b: "Business", peak: int) -> float:
    """Angle of the year in the middle of the period, counted from the season's peak."""
    middle = b.clock.dates(np.array([(b.clock.days - 1) // 2])).tolist()[0]
    return float(2 * np.pi * (middle.timetuple().tm_yday - peak) / 365.25)
