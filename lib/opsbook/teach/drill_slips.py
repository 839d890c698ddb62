"""The slips that each formula drill invites, with a question first and then what to do instead."""

from opsbook.language import N_
from opsbook.teach.exercise import WrongWay
from opsbook.teach.ways import slips

__all__ = ["K_FACTOR", "ROI", "SAFETY", "SPLIT", "VALUE"]

K_FACTOR = (
    WrongWay(
        "conversion_alone",
        slips.conversion_alone,
        N_("How many does each user ask?"),
        N_("This is the share of those asked who join. Multiply by invitations per user."),
    ),
    WrongWay(
        "invites_alone",
        slips.invites_alone,
        N_("Does everybody who is asked join?"),
        N_("These are invitations per user. Multiply by the share that joins."),
    ),
    WrongWay(
        "all_rounds",
        slips.all_rounds,
        N_("One round, or all rounds that follow?"),
        N_("This adds up every round to come: K + K² + …. Asked is the first one alone."),
    ),
    WrongWay(
        "all_rounds_with_himself",
        slips.all_rounds_with_himself,
        N_("One round, or all rounds that follow?"),
        N_("This counts the user himself and every round to come. K is one round, without him."),
    ),
)
VALUE = (
    WrongWay(
        "past_purchases",
        slips.past_purchases,
        N_("Purchases made, or purchases to come?"),
        N_("You took the purchases so far. Worth is what is expected: purchases_next_year."),
    ),
    WrongWay(
        "one_purchase",
        slips.one_purchase,
        N_("How often does he buy within the year?"),
        N_("This is one purchase. Multiply by the purchases expected."),
    ),
    WrongWay(
        "goods_cost",
        slips.goods_cost,
        N_("Which part of the money stays, and which goes to the supplier?"),
        N_("You multiplied by what the goods cost (1 − margin). Multiply by gross_margin."),
    ),
    WrongWay(
        "rate_taken_off",
        slips.rate_taken_off,
        N_("When do the purchases come, on average?"),
        N_("A whole year's rate was taken off. Divide by (1 + d) to the power 0.5 instead."),
    ),
    WrongWay(
        "forever",
        slips.forever,
        N_("How far does the question look ahead?"),
        N_("Dividing by the rate counts every year to come. Asked is the next year alone."),
    ),
    WrongWay(
        "with_people_brought",
        slips.with_people_brought,
        N_("Whose purchases do you count?"),
        N_("Those whom he brings along are customers of their own. Leave them out."),
    ),
)
SAFETY = (
    WrongWay(
        "mean_lead_time",
        slips.mean_lead_time,
        N_("How long he takes, or by how much that varies?"),
        N_("You took the lead time itself. Safety is for its standard deviation."),
    ),
    WrongWay(
        "without_factor",
        slips.without_factor,
        N_("How many cycles does one deviation cover?"),
        N_("This is one standard deviation: about 84 % of cycles. Multiply by 1.645."),
    ),
    WrongWay(
        "service_as_factor",
        slips.service_as_factor,
        N_("Is 95 % a number of deviations?"),
        N_("0.95 is the share of cycles. The deviations that belong to it are 1.645."),
    ),
    WrongWay(
        "two_sided",
        slips.two_sided,
        N_("On which side of the mean does a stock-out lie?"),
        N_("1.96 leaves 2.5 % on either side. Only high demand hurts: 1.645."),
    ),
    WrongWay(
        "error_scaled_again",
        slips.error_scaled_again,
        N_("Over how many days is the forecast error given?"),
        N_("It is that of the sum already. Do not multiply by the root of the days again."),
    ),
    WrongWay(
        "supplier_only",
        slips.supplier_only,
        N_("What else can go wrong but the supplier?"),
        N_("The forecast errs too: add its square under the root."),
    ),
)
SPLIT = (
    WrongWay(
        "the_orders_part",
        slips.orders_effect,
        N_("Which factor does your logarithm hold?"),
        N_("This is the part of orders per buyer. Asked is buyers per visitor."),
    ),
    WrongWay(
        "the_value_part",
        slips.value_effect,
        N_("Which factor does your logarithm hold?"),
        N_("This is the part of value per order. Asked is buyers per visitor."),
    ),
    WrongWay(
        "orders_per_visitor",
        slips.both_conversions,
        N_("Orders or buyers over visitors?"),
        N_("Orders per visitor holds two factors. Divide buyers by visitors."),
    ),
    WrongWay(
        "whole_change",
        slips.whole_change,
        N_("Which of the four factors is this?"),
        N_("This is what all four did together. Weigh one logarithm with L."),
    ),
    WrongWay(
        "share_of_change",
        slips.share_of_change,
        N_("A share, or money?"),
        N_("This is the share of the whole change. Multiply by the change of sales."),
    ),
    WrongWay(
        "rate_change",
        slips.rate_change,
        N_("In which unit is your answer?"),
        N_("This is by how much the rate changed. Asked is money: L times its logarithm."),
    ),
    WrongWay(
        "logarithm_alone",
        slips.logarithm_alone,
        N_("In which unit is your answer?"),
        N_("This is the logarithm alone. Multiply by the logarithmic mean L of both sales."),
    ),
)
ROI = (
    WrongWay(
        "money_not_rate",
        slips.money_not_rate,
        N_("An amount, or an amount per unit put in?"),
        N_("This is the profit in money. Divide by ad_spend."),
    ),
    WrongWay(
        "over_sales",
        slips.over_sales,
        N_("Return on what?"),
        N_("You divided by sales. ROI divides by what was put in: ad_spend."),
    ),
    WrongWay(
        "cost_over_sales",
        slips.cost_over_sales,
        N_("Which of the two stands on top?"),
        N_("This is advertising over sales. ROI is margin less advertising, over advertising."),
    ),
    WrongWay(
        "spend_before_margin",
        slips.spend_before_margin,
        N_("Of which money is the advertising paid?"),
        N_("You took it off sales, then took the margin. First the margin, then take it off."),
    ),
    WrongWay(
        "needed_roas",
        slips.needed_roas,
        N_("Is this what the channel returned, or what it would have to return?"),
        N_("This is the ROAS that breaks even: one over the margin. Asked is what was earned."),
    ),
)
