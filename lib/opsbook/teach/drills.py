"""Formula drills: K factor, customer value, safety stock, the split of sales, ROI against ROAS."""

from opsbook.language import N_
from opsbook.teach import drill_slips as slips
from opsbook.teach.exercise import Exercise, Tolerance, WrongWay
from opsbook.teach.roi_mistakes import roi_mistakes
from opsbook.teach.ways import formulas as ways

__all__ = ["EXERCISES"]

_ANY = {"orders": ("order_id", "order_ts")}


def _solved(id: str, *lines: str) -> str:
    head = f'from opsbook.teach import given\n\ng = given("{id}")\n'
    return head + "".join(f"{line}\n" for line in lines)


EXERCISES = (
    Exercise(
        id="K08-k-factor",
        room="lifecycle",
        chapter="mixups/mix-ups",
        title=N_("Drill: K factor"),
        question=N_(
            "Users invite others, and some of those invited join. What is the K factor: new users "
            "per original user in one round?"
        ),
        kind="number",
        needs=_ANY,
        given=ways.invites,
        answer=ways.k,
        solution=_solved(
            "K08-k-factor",
            'invites = g["users"] * g["invites_per_user"]',
            'answer = invites * g["conversion"] / g["users"]',
        ),
        wrong_ways=(
            WrongWay(
                "divided_twice",
                ways.k_per_user_twice,
                N_("How many invitations were sent in all?"),
                N_("Invitations per user are divided by users once more. Take all of them."),
            ),
            WrongWay(
                "people_not_factor",
                ways.k_people,
                N_("People, or people per user?"),
                N_("These are all new users. Divide by the original ones."),
            ),
            WrongWay(
                "with_himself",
                ways.k_with_himself,
                N_("Did the user himself join by invitation?"),
                N_("The one counts the user himself. K counts only those he brings."),
            ),
            *slips.K_FACTOR,
        ),
        lesson=N_(
            "Below 1 every round is smaller than the last: sharing adds, it does not explode."
        ),
    ),
    Exercise(
        id="K08-ltv",
        room="lifecycle",
        chapter="lifecycle/B12-value",
        title=N_("Drill: what a customer is worth"),
        question=N_(
            "What is the customer worth over the next year: the margin of the purchases expected, "
            "discounted, with all of them at the middle of the year?"
        ),
        kind="money",
        needs=_ANY,
        given=ways.customer,
        answer=ways.ltv,
        solution=_solved(
            "K08-ltv",
            'margin = g["purchases_next_year"] * g["value_per_purchase"] * g["gross_margin"]',
            'answer = margin / (1 + g["discount_per_year"]) ** 0.5',
        ),
        wrong_ways=(
            WrongWay(
                "sales_for_margin",
                ways.ltv_sales,
                N_("Does all of that money stay with the shop?"),
                N_("This is sales. Worth is margin: multiply by gross margin."),
            ),
            WrongWay(
                "not_discounted",
                ways.ltv_undiscounted,
                N_("Is money of next year worth as much as today's?"),
                N_("Discount it: half a year at the yearly rate, (1 + d) to the power 0.5."),
            ),
            WrongWay(
                "whole_year_discounted",
                ways.ltv_year_end,
                N_("When do the purchases come, on average?"),
                N_("You discounted a whole year. The middle of the year is half of one."),
            ),
            WrongWay(
                "formula_as_taught",
                ways.ltv_as_taught,
                N_("Which of these figures speak of the future?"),
                N_(
                    "This is the course's formula. It has no margin, no horizon and no "
                    "discount, and is zero for whoever brings nobody."
                ),
            ),
            *slips.VALUE,
        ),
        lesson=N_("Worth is margin to come, not sales so far."),
    ),
    Exercise(
        id="K08-safety-stock",
        room="supply",
        chapter="supply/C02-safety-stock",
        title=N_("Drill: safety stock"),
        question=N_(
            "How many pieces of safety stock let 95 % of cycles pass without a stock-out (1.645 "
            "deviations)? The forecast error is that of the sum over lead time and review."
        ),
        kind="number",
        needs=_ANY,
        given=ways.supplier,
        answer=ways.safety,
        # Whoever takes 1.64 or 1.65, or rounds up to a whole piece, is right.
        tolerance=Tolerance(0.004, 1.0),
        solution=_solved(
            "K08-safety-stock",
            'late = g["pieces_a_day"] * g["lead_time_sd_days"]',
            'answer = 1.645 * (g["forecast_error_pieces"] ** 2 + late**2) ** 0.5',
        ),
        wrong_ways=(
            WrongWay(
                "spreads_added",
                ways.safety_sum,
                N_("Do demand and supplier go wrong on the same day, always?"),
                N_("Independent spreads add up as squares: the root of the sum of squares."),
            ),
            WrongWay(
                "supplier_always_on_time",
                ways.safety_forecast_only,
                N_("What else can go wrong but the forecast?"),
                N_("The lead time varies too: pieces a day times its standard deviation."),
            ),
            WrongWay(
                "seven_day_line",
                ways.seven_days,
                N_("Which of the figures given did you use?"),
                N_("Seven days of sales is a rule for all products. It knows no uncertainty."),
            ),
            WrongWay(
                "reorder_point",
                ways.reorder_point,
                N_("Safety, or the point to order at?"),
                N_("This is the reorder point. Safety stock is what lies above mean demand."),
            ),
            *slips.SAFETY,
        ),
        lesson=N_("A supplier who is on time is worth stock: put his spread to zero and compare."),
    ),
    Exercise(
        id="K08-gmv-split",
        room="traffic",
        chapter="traffic/D10-gmv-tree",
        title=N_("Drill: what conversion did"),
        question=N_(
            "Sales are visitors × buyers per visitor × orders per buyer × value per order. By the "
            "logarithmic split, how much of the change in sales is due to buyers per visitor?"
        ),
        kind="money",
        needs=_ANY,
        given=ways.tree,
        answer=ways.conversion_effect,
        tolerance=Tolerance(0.003),
        solution=_solved(
            "K08-gmv-split",
            "import math",
            "",
            'before = g["orders_before"] * g["value_per_order_before"]',
            'now = g["orders_now"] * g["value_per_order_now"]',
            'rate_before = g["buyers_before"] / g["visitors_before"]',
            'rate_now = g["buyers_now"] / g["visitors_now"]',
            "weight = (now - before) / math.log(now / before)",
            "answer = weight * math.log(rate_now / rate_before)",
        ),
        wrong_ways=(
            WrongWay(
                "the_visitors_part",
                ways.visitors_effect,
                N_("Which factor does your logarithm hold?"),
                N_("This is the part of visitors. Asked is buyers per visitor."),
            ),
            WrongWay(
                "first_in_line",
                ways.one_at_a_time,
                N_("Add your four parts up. Do they make the whole change?"),
                N_(
                    "Changing one factor at a time leaves a rest, and depends on the order. "
                    "Weigh with the logarithmic mean L."
                ),
            ),
            WrongWay(
                "last_in_line",
                ways.last_in_line,
                N_("Add your four parts up. Do they make the whole change?"),
                N_(
                    "Changing one factor at a time leaves a rest, and depends on the order. "
                    "Weigh with the logarithmic mean L."
                ),
            ),
            *slips.SPLIT,
        ),
        lesson=N_("More visitors and less conversion is often one thing: visitors who do not buy."),
    ),
    Exercise(
        id="K08-roi",
        room="traffic",
        chapter="traffic/D04-channels",
        title=N_("Drill: ROI and ROAS"),
        question=N_("What is the return on investment (ROI) of this channel?"),
        kind="fraction",
        needs=_ANY,
        given=ways.money,
        answer=ways.roi,
        tolerance=Tolerance(0.0, 0.0011),
        solution=_solved(
            "K08-roi",
            'margin = g["sales"] * g["gross_margin"]',
            'answer = (margin - g["ad_spend"]) / g["ad_spend"]',
        ),
        wrong_ways=(
            *roi_mistakes(ways.roas, ways.roas_less_one, ways.not_taken_off),
            *slips.ROI,
        ),
        lesson=N_("The ROAS that breaks even is one over the margin: know it before you judge."),
    ),
)
