"""Supply exercises: cover, turnover, the active range, ABC, parcels on time, returns."""

from opsbook.language import N_
from opsbook.teach.class_days import PERIOD, SALES, quarter_given
from opsbook.teach.exercise import Exercise, Tolerance, WrongWay
from opsbook.teach.ways import supply as ways

__all__ = ["EXERCISES"]

_STOCK = {
    "orders": ("order_id", "order_ts", "status"),
    "order_lines": ("order_id", "sku", "qty", "unit_cost"),
    "inventory_daily": ("date", "sku", "on_hand", "reserved"),
    "products": ("sku", "unit_cost"),
}
_PARCELS = {
    "orders": ("order_id", "order_ts"),
    "shipments": ("order_id", "ship_ts", "deliver_ts", "promised_ts"),
}
_BACK = {**SALES, "returns": ("return_id", "order_id", "sku", "request_ts")}

EXERCISES = (
    Exercise(
        id="C03-cover",
        room="supply",
        chapter="supply/C03-cover",
        title=N_("Products that lie too long"),
        question=N_(
            "How many of the products that sold in the last 30 days of stock records have more "
            "than 60 days of cover? Cover is free stock over pieces sold per day with stock."
        ),
        kind="number",
        needs=_STOCK,
        given=ways.month_given,
        answer=ways.long,
        tolerance=Tolerance(0.0),
        solution="from opsbook.supply.stock_cover import stock_cover\n\n"
        "cover = stock_cover(shop, high_days=60, days=30)\n"
        'answer = (cover.skus["cover"] > 60).sum()\n',
        wrong_ways=(
            WrongWay(
                "with_unsold",
                ways.with_unsold,
                N_("What is the cover of a product that sold nothing?"),
                N_(
                    "Products without a sale are in it. They have no cover; they are a list "
                    "of their own."
                ),
            ),
            WrongWay(
                "with_goods_on_the_way",
                ways.with_transit,
                N_("Is everything you counted on the shelf?"),
                N_("Goods on the way are not stock yet. Cover is of free stock."),
            ),
            WrongWay(
                "thirty_days",
                ways.thirty_line,
                N_("Which line did you hold the cover against?"),
                N_("This is the line of 30 days. Asked is 60."),
            ),
        ),
        lesson=N_("Cover says how long, not how bad: rank by the money that lies there."),
    ),
    Exercise(
        id="C04-days",
        room="supply",
        chapter="supply/C04-turnover",
        title=N_("Days of stock"),
        question=N_(
            "For how many days does the stock last: mean stock at cost of the last 84 days of "
            "stock records, over cost of goods sold per day in them?"
        ),
        kind="number",
        needs=_STOCK,
        given=ways.stock_given,
        answer=ways.days,
        solution="from opsbook.supply.turnover import turnover\n\n"
        'answer = turnover(shop, days=84).total["days"]\n',
        wrong_ways=(
            WrongWay(
                "over_sales",
                ways.over_sales,
                N_("At cost above the line. And below it?"),
                N_("Sales hold the margin too. Divide by cost of goods sold per day."),
            ),
            WrongWay(
                "last_evening",
                ways.last_evening,
                N_("Stock of when?"),
                N_(
                    "This is the stock of the last evening: one delivery more and it jumps. "
                    "Take the mean of all evenings."
                ),
            ),
            WrongWay(
                "turns_a_year",
                ways.turns,
                N_("Days, or times a year?"),
                N_("These are turns a year. Days are 365 over turns."),
            ),
        ),
        lesson=N_("Days tie stock to what sells: both sides at cost, stock as a mean."),
    ),
    Exercise(
        id="C05-active",
        room="supply",
        chapter="supply/C05-active-skus",
        title=N_("Active range"),
        question=N_(
            "Of the products that could be bought in the last 30 days of stock records (they had "
            "stock or a sale), which share had a sale?"
        ),
        kind="share",
        needs=_STOCK,
        given=ways.month_given,
        answer=ways.active,
        solution="from opsbook.supply.active_skus import active_skus\n\n"
        'states = active_skus(shop, days=30).states.set_index("state")["skus"]\n'
        'answer = states["active"] / (states["active"] + states["silent"] + states["new"])\n',
        wrong_ways=(
            WrongWay(
                "twelve_weeks",
                ways.twelve_weeks,
                N_("How long is the window?"),
                N_("This is the rate of 84 days. The longer the window, the higher the rate."),
            ),
            WrongWay(
                "without_a_sale",
                ways.silent_share,
                N_("With a sale, or without?"),
                N_("This is the share that did not sell. Take the others."),
            ),
            WrongWay(
                "sell_through",
                ways.sell_through,
                N_("Products or pieces?"),
                N_("This is sell-through, of pieces. The active rate counts products."),
            ),
        ),
        lesson=N_("Sold out is a question for replenishment, silent one for the range."),
    ),
    Exercise(
        id="C06-abc",
        room="supply",
        chapter="supply/C06-abc-xyz",
        title=N_("ABC"),
        question=N_(
            "How many products are A, B and C by sales of the last twelve whole weeks? A ends at "
            "80 %, B at 95 % of sales; a product belongs where its own share begins. Answer with "
            "three rows: A, B, C."
        ),
        kind="table",
        needs=SALES,
        given=quarter_given,
        answer=ways.classes,
        tolerance=Tolerance(0.0),
        solution="from opsbook.shop.sales import in_days, sales_lines\n"
        + PERIOD
        + "lines = in_days(sales_lines(shop), period.start, period.end).execute()\n"
        'sales = lines.groupby("sku")["amount"].sum().sort_values(ascending=False)\n'
        "above = (sales.cumsum() - sales) / sales.sum()\n"
        'answer = {"A": (above < 0.8).sum(), "B": ((above >= 0.8) & (above < 0.95)).sum(),\n'
        '          "C": (above >= 0.95).sum()}\n',
        wrong_ways=(
            WrongWay(
                "by_pieces",
                ways.by_pieces,
                N_("What did you rank by?"),
                N_("These are classes by pieces. Rank by what was charged."),
            ),
            WrongWay(
                "fifth_of_products",
                ways.by_number,
                N_("80 % of what?"),
                N_("You cut the list of products. Cut the cumulative share of sales."),
            ),
        ),
        lesson=N_("The cut is on sales, so the number of A products is a result, not a rule."),
    ),
    Exercise(
        id="C18-on-time",
        room="supply",
        chapter="supply/C18-timeliness",
        title=N_("Parcels on time"),
        question=N_(
            "Of the parcels of orders placed in the last twelve whole weeks whose promised time "
            "was over when these weeks ended, which share came on time?"
        ),
        kind="share",
        needs=_PARCELS,
        given=quarter_given,
        answer=ways.on_time,
        solution="from opsbook.supply.timeliness import timeliness\n"
        + PERIOD
        + 'answer = timeliness(shop, period).share("parcel_promise")["value"]\n',
        wrong_ways=(
            WrongWay(
                "open_as_late",
                ways.open_as_late,
                N_("Is a parcel late before its promise is over?"),
                N_("Parcels whose promise is still open count neither way. Leave them out."),
            ),
            WrongWay(
                "late_share",
                ways.late,
                N_("On time, or late?"),
                N_("This is the share that came late. Take the others."),
            ),
            WrongWay(
                "sent_in_time",
                ways.sent_in_time,
                N_("In time out of the warehouse, or in time at the door?"),
                N_("These are orders sent within 48 hours. The promise is about arrival."),
            ),
        ),
        lesson=N_("Count by the promise, not by arrival: the slowest parcels arrive last."),
    ),
    Exercise(
        id="C20-returns",
        room="supply",
        chapter="supply/C20-returns",
        title=N_("What came back"),
        question=N_(
            "Of the lines (order and product) sold in the twelve whole weeks that end eight weeks "
            "before the last whole week of the data does, which share has been asked back by the "
            "end of the data?"
        ),
        kind="share",
        needs=_BACK,
        given=ways.mature_given,
        answer=ways.returned,
        solution="import pandas as pd\n\nfrom opsbook.shop.sales import sales_lines\n"
        "from opsbook.teach import given\n\n"
        'first, last = (pd.Timestamp(day).date() for day in given("C20-returns").values())\n'
        "lines = sales_lines(shop).execute()\n"
        'day = lines["order_ts"].dt.date\n'
        'sold = lines.loc[(day >= first) & (day <= last), ["order_id", "sku"]].drop_duplicates()\n'
        'back = shop.returns.execute()[["order_id", "sku"]].drop_duplicates()\n'
        "answer = len(sold.merge(back)) / len(sold)\n",
        wrong_ways=(
            WrongWay(
                "by_request",
                ways.by_request,
                N_("Were the returns above the line sold in these weeks?"),
                N_(
                    "These are requests made in the weeks, many for earlier sales. Follow the "
                    "lines sold in the weeks."
                ),
            ),
            WrongWay(
                "of_orders",
                ways.of_orders,
                N_("Lines or orders?"),
                N_("This is the share of orders with a return. Count lines on both sides."),
            ),
            WrongWay(
                "too_young",
                ways.too_young,
                N_("Have the returns of these sales all come in yet?"),
                N_("These are the last twelve weeks, whose returns are still under way."),
            ),
        ),
        lesson=N_(
            "A return belongs to the day of its sale; young sales look better than they are."
        ),
    ),
)
