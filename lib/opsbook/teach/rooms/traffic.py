"""Traffic exercises: conversion, funnel, baskets, what channels return, what a message added."""

from opsbook.language import N_
from opsbook.teach.class_days import PERIOD, SALES, quarter_given
from opsbook.teach.exercise import Exercise, Tolerance, WrongWay
from opsbook.teach.roi_mistakes import roi_mistakes
from opsbook.teach.ways import traffic as ways

__all__ = ["EXERCISES"]

_VISITS = {**SALES, "sessions": ("session_id", "visitor_id", "start_ts")}
_EVENTS = {
    "events": ("session_id", "event_ts", "type", "sku"),
    "sessions": ("session_id", "start_ts"),
}
_SPEND = {
    "orders": ("order_id", "order_ts", "channel", "status"),
    "order_lines": ("order_id", "sku", "qty", "unit_cost"),
    "ad_spend": ("date", "channel", "cost", "revenue"),
}
_SENT = {
    "contacts": ("customer_id", "contact_ts", "journey", "outcome"),
    "orders": ("order_id", "order_ts", "customer_id", "status"),
}

EXERCISES = (
    Exercise(
        id="D12-cvr",
        room="traffic",
        chapter="traffic/D12-key-figures",
        title=N_("Conversion rate"),
        question=N_(
            "What was the conversion rate of the last twelve whole weeks: buyers over visitors, "
            "both counted once for the whole period? Two decimals of the per cent are needed."
        ),
        kind="share",
        needs=_VISITS,
        given=quarter_given,
        answer=ways.figure("cvr"),
        # A rate of 3 % to one decimal is a fiftieth off: too coarse to tell classes apart.
        tolerance=Tolerance(0.002),
        solution="from opsbook.shop.sales import in_days, paid_orders\n"
        + PERIOD
        + "orders = in_days(paid_orders(shop), period.start, period.end)\n"
        'visits = in_days(shop.sessions, period.start, period.end, "start_ts")\n'
        "buyers = orders.customer_id.nunique().execute()\n"
        "answer = buyers / visits.visitor_id.nunique().execute()\n",
        wrong_ways=(
            WrongWay(
                "orders_over_visitors",
                ways.figure("order_cvr"),
                N_("Who orders twice: does he count twice?"),
                N_("This is orders per visitor. Conversion here counts each buyer once."),
            ),
            WrongWay(
                "buyers_over_visits",
                ways.figure("buyers", "sessions"),
                N_("People below the line, or visits?"),
                N_("A visitor comes several times. Count sessions.visitor_id once each."),
            ),
            WrongWay(
                "mean_of_days",
                ways.mean_of_days,
                N_("Can the rates of days be averaged?"),
                N_(
                    "This is the mean of daily rates. Count buyers and visitors of the whole "
                    "period, then divide once."
                ),
            ),
        ),
        lesson=N_("Three rates go by this name; a band such as 3–5 % fits one of them only."),
    ),
    Exercise(
        id="D01-cart",
        room="traffic",
        chapter="traffic/D01-funnel",
        title=N_("From product to cart"),
        question=N_(
            "Of the visits of the last twelve whole weeks that viewed a product (a view with a "
            "sku), which share put something into the cart afterwards in the same visit, within a "
            "day?"
        ),
        kind="share",
        needs=_EVENTS,
        given=quarter_given,
        answer=ways.to_cart,
        solution="from opsbook.traffic.funnel import funnel\n"
        "from opsbook.traffic.steps import SHOP_STEPS, Funnel\n"
        + PERIOD
        + 'found = funnel(shop, Funnel(SHOP_STEPS[:2], within="session"), period)\n'
        'answer = found.counts["rate"].iloc[1]\n',
        wrong_ways=(
            WrongWay(
                "events_not_visits",
                ways.event_ratio,
                N_("Events or visits?"),
                N_("Cart events over view events: a visit with ten views counts ten times."),
            ),
            WrongWay(
                "of_all_visits",
                ways.of_all_visits,
                N_("Did every visit of your base see a product?"),
                N_("The base holds all visits. Take those with a product view."),
            ),
            WrongWay(
                "visitors_not_visits",
                ways.cart_visitors,
                N_("Visits or visitors?"),
                N_("These are visitors, whose chain may span several visits."),
            ),
            WrongWay(
                "way_to_payment",
                ways.to_pay,
                N_("Which step did you stop at?"),
                N_("This is the whole way to payment. Asked is the step to the cart."),
            ),
        ),
        lesson=N_("A funnel is its unit, its order and its window; change one, change the rate."),
    ),
    Exercise(
        id="D11-pieces",
        room="traffic",
        chapter="traffic/D11-basket-size",
        title=N_("Pieces per order"),
        question=N_("How many pieces did an order hold on average in the last twelve whole weeks?"),
        kind="number",
        needs=SALES,
        given=quarter_given,
        answer=ways.upt,
        tolerance=Tolerance(0.003),
        solution="from opsbook.shop.sales import in_days, sales_lines\n"
        + PERIOD
        + "lines = in_days(sales_lines(shop), period.start, period.end).execute()\n"
        'answer = lines["qty"].sum() / lines["order_id"].nunique()\n',
        wrong_ways=(
            WrongWay(
                "lines_per_order",
                ways.lines_per_order,
                N_("Is a line always one piece?"),
                N_("These are lines per order. Add up qty."),
            ),
            WrongWay(
                "pieces_per_buyer",
                ways.pieces_per_buyer,
                N_("Per order or per buyer?"),
                N_("Some buyers ordered more than once. Divide by orders."),
            ),
            WrongWay(
                "pieces_per_line",
                ways.pieces_per_line,
                N_("Per order or per line?"),
                N_("This is the mean of qty over lines. Add up by order first."),
            ),
        ),
        lesson=N_("Pieces, kinds and value per order move apart; a bundle raises the first only."),
    ),
    Exercise(
        id="D04-roi",
        room="traffic",
        chapter="traffic/D04-channels",
        title=N_("What the costliest channel returns"),
        question=N_(
            "What is the return on investment (ROI) of the channel given (the one with most "
            "advertising cost) over the last twelve whole weeks: margin of the orders that name it "
            "less its advertising cost, over that cost?"
        ),
        kind="fraction",
        needs=_SPEND,
        given=ways.channel_given,
        answer=ways.roi,
        tolerance=Tolerance(0.003, 0.0051),
        solution="from opsbook.teach import given\nfrom opsbook.traffic.channels import channels\n"
        + PERIOD
        + 'every = channels(shop, period).frame.set_index("channel")\n'
        + 'row = every.loc[given("D04-roi")["channel"]]\n'
        + 'answer = (row["margin"] - row["spend"]) / row["spend"]\n',
        wrong_ways=(
            *roi_mistakes(ways.roas, ways.roas_less_one, ways.margin_over_cost),
            WrongWay(
                "what_the_account_claims",
                ways.account,
                N_("Who counted these sales?"),
                N_("The ad account claims every click's order. Take orders.channel and margin."),
            ),
            WrongWay(
                "break_even_roas",
                ways.break_even,
                N_("Is this what the channel returned, or what it would have to return?"),
                N_(
                    "This is the ROAS that breaks even: one over the margin. Asked is what was "
                    "earned."
                ),
            ),
            WrongWay(
                "break_even_share",
                ways.needed_share,
                N_("Is this what the channel returned, or what it would have to return?"),
                N_(
                    "This is the share of orders that must be owed to the advertising to break "
                    "even: cost over margin."
                ),
            ),
        ),
        lesson=N_("Both credit orders; only a test says how many would have come anyway."),
    ),
    Exercise(
        id="D07-added",
        room="traffic",
        chapter="traffic/D07-incrementality",
        title=N_("What the message added"),
        question=N_(
            "By how much did the journey given raise the share of customers who bought within 14 "
            "days, messaged against held out? Count every contact; the difference of the two "
            "rates, as a fraction."
        ),
        kind="fraction",
        needs=_SENT,
        given=ways.journey_given,
        answer=ways.added,
        solution="from opsbook.teach import given\n"
        "from opsbook.traffic.holdout import holdout_effects\n\n"
        'frame = holdout_effects(shop, window_days=14).frame.set_index("journey")\n'
        'row = frame.loc[given("D07-added")["journey"]]\n'
        'answer = row["rate"] - row["base"]\n',
        wrong_ways=(
            WrongWay(
                "rate_of_the_messaged",
                ways.claimed,
                N_("Would nobody have bought without it?"),
                N_("This is what last contact claims. Take off the rate of those held out."),
            ),
            WrongWay(
                "relative_lift",
                ways.relative,
                N_("A difference of rates, or a ratio?"),
                N_("This is the relative lift. Asked is the difference, with against without."),
            ),
            WrongWay(
                "rate_of_the_held_out",
                ways.unasked,
                N_("Which group is this the rate of?"),
                N_("These would buy unasked. Take their rate off that of the messaged."),
            ),
        ),
        lesson=N_("Response is not effect. Without customers left out nobody can tell them apart."),
    ),
)
