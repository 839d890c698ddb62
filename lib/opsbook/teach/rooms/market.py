"""Market exercises: what was sold, what grew, what moved it, what was given away."""

from opsbook.language import N_
from opsbook.teach.class_days import PERIOD, SALES, quarter_given
from opsbook.teach.exercise import Exercise, Tolerance, WrongWay
from opsbook.teach.ways import market as ways

__all__ = ["EXERCISES"]


EXERCISES = (
    Exercise(
        id="D10-gmv",
        room="market",
        chapter="market/D10-growth",
        title=N_("Sales of twelve weeks"),
        question=N_(
            "What are the shop's sales (GMV) in the last twelve whole weeks, Monday to Sunday?"
        ),
        kind="money",
        needs=SALES,
        given=quarter_given,
        answer=ways.gmv,
        tolerance=Tolerance(0.001),
        solution=PERIOD
        + "orders = shop.orders.execute()\n"
        + 'day = orders["order_ts"].dt.date\n'
        + "inside = (day >= period.start) & (day < period.end)\n"
        + 'paid = ~orders["status"].isin(["unpaid", "cancelled"])\n'
        + 'lines = shop.order_lines.execute().merge(orders.loc[inside & paid, ["order_id"]])\n'
        + 'answer = lines["paid_amount"].sum()\n',
        wrong_ways=(
            WrongWay(
                "every_status",
                ways.every_status,
                N_("Was everything in this sum paid for?"),
                N_("Unpaid and cancelled orders are no sales. Look at orders.status."),
            ),
            WrongWay(
                "list_prices",
                ways.listed,
                N_("Is this what customers were charged?"),
                N_("This is the value at list price. GMV is what was charged: paid_amount."),
            ),
            WrongWay(
                "net_sales",
                ways.net,
                N_("Something was taken off that GMV leaves in."),
                N_("Refunds come off net sales, not off GMV: a refunded order was a sale."),
            ),
            WrongWay(
                "last_84_days",
                ways.ragged,
                N_("Which weekday is your first day, which your last?"),
                N_(
                    "These are 84 days up to the end of the data. The last week is not whole: "
                    "go back to the last Sunday."
                ),
            ),
        ),
        lesson=N_("A figure without its days and its order states is no figure: say both."),
    ),
    Exercise(
        id="D10-like-for-like",
        room="market",
        chapter="market/D10-growth",
        title=N_("Growth on like days"),
        question=N_(
            "By how much did sales of the last twelve whole weeks grow against the same weekdays "
            "52 weeks earlier, like for like: festival days against festival days, ordinary days "
            "against ordinary days?"
        ),
        kind="fraction",
        needs=SALES,
        given=quarter_given,
        answer=ways.alike,
        solution="from opsbook.market.growth import growth\n"
        + PERIOD
        + "answer = growth(shop, period).vs_last_year.growth\n",
        wrong_ways=(
            WrongWay(
                "raw_growth",
                ways.raw_year,
                N_("Do both periods hold the same special days?"),
                N_(
                    "This is raw growth. Compare day class by day class; days without a "
                    "counterpart stay out."
                ),
            ),
            WrongWay(
                "period_before",
                ways.raw_before,
                N_("Against which weeks was this compared?"),
                N_("This is growth against the twelve weeks before, with another season in it."),
            ),
            WrongWay(
                "same_dates",
                ways.same_dates,
                N_("Do both periods begin on the same weekday?"),
                N_("The same dates a year ago are other weekdays. Go back 52 weeks, 364 days."),
            ),
            WrongWay(
                "like_days_before",
                ways.alike_before,
                N_("Like days, yes. Of which period?"),
                N_(
                    "This is like for like against the twelve weeks before. Asked is a year (52 "
                    "weeks) earlier."
                ),
            ),
        ),
        lesson=N_("Raw growth mixes the shop with the calendar; only the first can be managed."),
    ),
    Exercise(
        id="D10-months",
        room="market",
        chapter="market/D10-growth",
        title=N_("The last month that is whole"),
        question=N_(
            "By how much did sales of the last complete calendar month grow against the month "
            "before it?"
        ),
        kind="fraction",
        needs=SALES,
        answer=ways.month_on_month,
        solution="from opsbook.market.growth import sales_by\n\n"
        'months = sales_by(shop, "month")\n'
        'whole = months[~months["partial"]]["gmv"]\n'
        "answer = whole.iloc[-1] / whole.iloc[-2] - 1\n",
        wrong_ways=(
            WrongWay(
                "partial_month",
                ways.with_part,
                N_("On which day do the data end?"),
                N_("The last month is not over: a part of a month against a whole one."),
            ),
            WrongWay(
                "year_on_year",
                ways.year_on_year,
                N_("Against which month was this compared?"),
                N_("This is year on year. Asked is the month before."),
            ),
            WrongWay(
                "base_is_now",
                ways.backwards,
                N_("Growth is measured on a base. Which month is it?"),
                N_("The difference was divided by the later month; divide by the earlier one."),
            ),
        ),
        lesson=N_("Months differ in days and feasts: say so, or compare whole weeks."),
    ),
    Exercise(
        id="D10-orders-effect",
        room="market",
        chapter="market/D10-decomposition",
        title=N_("What orders brought"),
        question=N_(
            "Sales are orders times value per order. How much of the change in sales, last twelve "
            "whole weeks against the same weeks a year (52 weeks) earlier, is due to orders, by "
            "the chapter's logarithmic split?"
        ),
        kind="money",
        needs=SALES,
        given=quarter_given,
        answer=ways.orders_effect,
        tolerance=Tolerance(0.005),
        solution="import numpy as np\n\nfrom opsbook.shop.metrics import key_figures\n"
        + PERIOD
        + "now = key_figures(shop, period)\n"
        "then = key_figures(shop, period.last_year())\n"
        'weight = (now["gmv"] - then["gmv"]) / np.log(now["gmv"] / then["gmv"])\n'
        'answer = weight * np.log(now["orders"] / then["orders"])\n',
        wrong_ways=(
            WrongWay(
                "value_per_order",
                ways.aov_effect,
                N_("Which factor does your logarithm hold?"),
                N_("This is the part of value per order. Asked is that of orders."),
            ),
            WrongWay(
                "at_old_basket",
                ways.old_basket,
                N_("Add your two parts up. Do they make the whole change?"),
                N_(
                    "Orders gained times one basket leaves a rest that belongs to nobody. "
                    "Weigh with the logarithmic mean L of both sales."
                ),
            ),
            WrongWay(
                "at_new_basket",
                ways.new_basket,
                N_("Add your two parts up. Do they make the whole change?"),
                N_(
                    "Orders gained times one basket leaves a rest that belongs to nobody. "
                    "Weigh with the logarithmic mean L of both sales."
                ),
            ),
            WrongWay(
                "period_before",
                ways.against_before,
                N_("Against which weeks was this compared?"),
                N_("The base is the same weeks a year earlier, not the twelve weeks before."),
            ),
        ),
        lesson=N_("The parts add up to the change in any order of factors: nothing is left over."),
    ),
    Exercise(
        id="A12-depth",
        room="market",
        chapter="market/A12-discounts",
        title=N_("Discount depth"),
        question=N_(
            "What was the discount depth of the last twelve whole weeks: of the value at list "
            "price, which part was given away?"
        ),
        kind="share",
        needs={**SALES, "order_lines": ("order_id", "sku", "qty", "list_price")},
        given=quarter_given,
        answer=ways.depth,
        solution="from opsbook.shop.sales import in_days, sales_lines\n"
        + PERIOD
        + "lines = in_days(sales_lines(shop), period.start, period.end).execute()\n"
        'answer = 1 - lines["amount"].sum() / lines["list_amount"].sum()\n',
        wrong_ways=(
            WrongWay(
                "share_on_promotion",
                ways.promo_share,
                N_("How deep, or how much of the business: which of the two is this?"),
                N_(
                    "This is the share of sales that ran below list price. Depth is the money "
                    "given away over the list value."
                ),
            ),
            WrongWay(
                "mean_of_lines",
                ways.mean_of_lines,
                N_("Does a line of 10 count as much as a line of 1,000?"),
                N_("This is the mean of the lines' cuts. Add up money first, then divide."),
            ),
            WrongWay(
                "over_charged",
                ways.on_charged,
                N_("Divided by what?"),
                N_("What was given away was divided by what was charged; divide by list value."),
            ),
        ),
        lesson=N_("Depth and share on promotion move apart: a deep cut on little, or the reverse."),
    ),
    Exercise(
        id="C06-top-fifth",
        room="market",
        chapter="market/C06-concentration",
        title=N_("The best fifth"),
        question=N_(
            "In the last twelve whole weeks, which share of sales came from the best-selling fifth "
            "of the products that sold (their number rounded up)?"
        ),
        kind="share",
        needs=SALES,
        given=quarter_given,
        answer=ways.top_fifth,
        solution="import math\n\nfrom opsbook.shop.sales import in_days, sales_lines\n"
        + PERIOD
        + "lines = in_days(sales_lines(shop), period.start, period.end).execute()\n"
        'sales = lines.groupby("sku")["amount"].sum().sort_values(ascending=False)\n'
        "best = sales.head(math.ceil(len(sales) / 5))\n"
        "answer = best.sum() / sales.sum()\n",
        wrong_ways=(
            WrongWay(
                "by_pieces",
                ways.top_pieces,
                N_("What did you add up: money or pieces?"),
                N_("These are pieces. Rank and add up what was charged."),
            ),
            WrongWay(
                "twenty_products",
                ways.top_twenty,
                N_("How many products are a fifth of those that sold?"),
                N_("These are the best twenty products, not the best twenty per cent."),
            ),
            WrongWay(
                "fifth_of_catalogue",
                ways.of_catalogue,
                N_("A fifth of which products?"),
                N_("This is a fifth of the catalogue. Products without a sale do not count."),
            ),
            WrongWay(
                "share_of_products",
                ways.fifth_of_products,
                N_("A share of products, or of sales?"),
                N_("This counts products. Add up what they sold, over all sales."),
            ),
            WrongWay(
                "products_for_80",
                ways.for_eighty,
                N_("Which of the two is fixed here: the fifth of products, or the share of sales?"),
                N_(
                    "This is the share of products that make 80 % of sales. Fix the fifth, and "
                    "read off sales."
                ),
            ),
        ),
        lesson=N_("The share says how much hangs on how few; which few, the list behind it says."),
    ),
)
