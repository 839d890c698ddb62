"""When an elasticity cannot be told from the data, and what it never says, in plain words."""

from collections.abc import Mapping
from dataclasses import dataclass

from opsbook.language import N_, count, t
from opsbook.market.price_setting import FollowTest

__all__ = ["Limits", "Reason", "doubtful", "elasticity_limits", "reactive", "reason", "too_little"]


@dataclass(frozen=True)
class Limits:
    """When an elasticity is not given.

    Args:
        products: Fewest products.
        weeks: Fewest weeks (or days) in which anything was sold.
        spread: Smallest standard deviation of log price within products.
        own: Smallest part of it that is left when the common week is taken out.
        reliability: Smallest part of the variance left that is no mere difference among
            customers in the same week.
        width: Widest interval.
        follows: Largest rise of log price per unit of last week's log sales.
        follows_z: Standard errors that rise has to be away from zero to count.
    """

    products: int = 10
    weeks: int = 12
    spread: float = 0.02
    own: float = 0.3
    reliability: float = 0.75
    width: float = 2.5
    follows: float = 0.03
    follows_z: float = 3.0


@dataclass(frozen=True)
class Reason:
    """Why an elasticity is withheld: said in the language of whoever reads it.

    Args:
        text: Message with ``{fields}``, marked with ``N_``.
        values: What fills the fields, the same in every language.
    """

    text: str
    values: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return t(self.text, **dict(self.values))


def reason(text: str, **values: object) -> Reason:
    """A reason from its message and what fills it."""
    return Reason(text, tuple((name, str(value)) for name, value in values.items()))


def too_little(row: Mapping[str, object], limits: Limits) -> Reason | None:
    """Why a category cannot even be tried, in words; None where it can."""
    products, weeks, spread = (float(str(row[k])) for k in ("n_products", "n_weeks", "price_sd"))
    if products < limits.products:
        return reason(
            N_("products bought often enough: {n}; at least {least} are needed"),
            n=count(products),
            least=limits.products,
        )
    if weeks < limits.weeks:
        return reason(
            N_("weeks with sales: {n}; at least {least} are needed"),
            n=count(weeks),
            least=limits.weeks,
        )
    if spread < limits.spread:
        return reason(
            N_("prices hardly move: {have} % within a product, {least} % is needed"),
            have=count(spread * 100, 1),
            least=count(limits.spread * 100, 1),
        )
    return None


def reactive(test: FollowTest, limits: Limits) -> Reason | None:
    """Why prices cannot explain sales where sales explain prices; None where they do not."""
    if not (test.z > limits.follows_z and test.slope > limits.follows):
        return None
    return reason(
        N_(
            "prices follow demand here: after a week with twice the sales the price is {rise} % "
            "higher, so price and demand cannot be told apart"
        ),
        rise=count(100 * (2**test.slope - 1), 1),
    )


def doubtful(
    low: float, high: float, left: float, reliability: float, spread: float, limits: Limits
) -> Reason | None:
    """Why an estimate is withheld, in words; None where it stands."""
    if left < limits.own * spread:
        return reason(
            N_("all prices move together: {part} % of the movement is the product's own"),
            part=count(100 * (left / spread) ** 2),
        )
    if reliability < limits.reliability:
        return reason(
            N_(
                "customers pay different prices in the same week (weight, coupons, stores): "
                "{part} % of the movement is that, which pulls the estimate to zero"
            ),
            part=count(100 * (1 - reliability)),
        )
    if low > 0:
        return reason(
            N_("dearer weeks sell more: prices follow demand here, so they cannot explain it")
        )
    if high - low > limits.width:
        return reason(
            N_("too imprecise: the interval spans {width}, at most {most} is accepted"),
            width=count(high - low, 1),
            most=count(limits.width, 1),
        )
    return None


def elasticity_limits(controlled: bool = False) -> list[str]:
    """What an elasticity here does not say, one sentence each, for the report's notes."""
    display = t("Promotion display is taken out, so far as the shop records it.")
    mixed = t("A price cut and the display that comes with it are told together.")
    return [
        display if controlled else mixed,
        t("Only weeks with a sale show a price; the chance of none is part of the model."),
        t("Rarely bought products are left out: fewer than one purchase in two weeks."),
        t("If prices are set with knowledge of coming demand, the estimate is off."),
        t("Part of what a cheaper product gains, others of its category lose."),
        t("Weeks see stocking up; a lasting price change moves less than a short one."),
    ]
