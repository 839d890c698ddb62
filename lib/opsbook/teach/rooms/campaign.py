"""Campaign exercises: was the goal met, what was earned, what was given, who would have come."""

from opsbook.language import N_
from opsbook.teach.exercise import Exercise, Tolerance, WrongWay
from opsbook.teach.ways import campaign as ways

__all__ = ["EXERCISES"]

_EVENT = {
    "campaigns": (
        *("campaign_id", "name", "type", "start_date", "end_date"),
        *("preheat_start_date", "goal_gmv", "discount_rule"),
    ),
    "orders": ("order_id", "order_ts", "status", "campaign_id", "discount", "customer_id"),
    "order_lines": ("order_id", "sku", "qty", "unit_cost", "list_price"),
}


def _start(id: str) -> str:
    return (
        "import pandas as pd\n\nfrom opsbook.shop.metrics import order_totals\n"
        "from opsbook.teach import given\n\n"
        f'figures = given("{id}")\n'
        'first, last = (pd.Timestamp(figures[day]) for day in ("first_day", "last_day"))\n'
        "orders = order_totals(shop).execute()\n"
        'day = orders["order_ts"].dt.normalize()\n'
        "inside = orders[(day >= first) & (day <= last)]\n"
    )


EXERCISES = (
    Exercise(
        id="E02-attainment",
        room="campaign",
        chapter="campaign/E02-attainment",
        title=N_("Was the goal met?"),
        question=N_(
            "Which part of its sales goal (goal_gmv) did the event given attain? All paid orders "
            "placed from the first day of its peak to its last day count. 1 is the goal."
        ),
        kind="fraction",
        needs=_EVENT,
        given=ways.event_given,
        answer=ways.attained,
        tolerance=Tolerance(0.0, 0.0011),
        solution="import pandas as pd\n\nfrom opsbook.shop.metrics import order_totals\n"
        "from opsbook.teach import given\n\n"
        'events = shop.campaigns.execute().set_index("campaign_id")\n'
        'event = events.loc[given("E02-attainment")["campaign_id"]]\n'
        "orders = order_totals(shop).execute()\n"
        'day = orders["order_ts"].dt.normalize()\n'
        'first, last = pd.Timestamp(event["start_date"]), pd.Timestamp(event["end_date"])\n'
        'answer = orders.loc[(day >= first) & (day <= last), "amount"].sum() / event["goal_gmv"]\n',
        wrong_ways=(
            WrongWay(
                "marked_orders_only",
                ways.marked_only,
                N_("Do only orders with the campaign's number count for the goal?"),
                N_("Orders of these days without the number are sales of the event too."),
            ),
            WrongWay(
                "with_warm_up",
                ways.with_warm_up,
                N_("On which day does the peak begin?"),
                N_("The warm-up is in it. It gathers demand for the peak: begin with start_date."),
            ),
            WrongWay(
                "gap_for_attainment",
                ways.missing,
                N_("What is attained, or what is missing?"),
                N_("This is the part of the goal that is missing. Attainment is now over goal."),
            ),
            WrongWay(
                "peak_only",
                ways.peak_only,
                N_("On which day does the event end?"),
                N_(
                    "The tail is missing: count to end_date, not to the day before tail_start_date."
                ),
            ),
        ),
        lesson=N_("A goal met says nothing of profit, nor of what would have come anyway."),
    ),
    Exercise(
        id="E05-roi",
        room="campaign",
        chapter="campaign/E05-money",
        title=N_("ROI, not ROAS"),
        question=N_(
            "What is the return on investment (ROI) of the event's advertising: margin of the paid "
            "orders that carry its number and were placed on its days, less the advertising cost "
            "booked on its number, over that cost?"
        ),
        kind="fraction",
        needs={**_EVENT, "ad_spend": ("date", "campaign_id", "cost")},
        given=ways.given,
        answer=ways.roi,
        tolerance=Tolerance(0.003, 0.0051),
        solution=_start("E05-roi")
        + 'mine = inside[inside["campaign_id"] == figures["campaign_id"]]\n'
        "spend = shop.ad_spend.execute()\n"
        'cost = spend.loc[spend["campaign_id"] == figures["campaign_id"], "cost"].sum()\n'
        'margin = (mine["amount"] - mine["cost"]).sum()\n'
        "answer = (margin - cost) / cost\n",
        wrong_ways=(
            WrongWay(
                "roas",
                ways.roas,
                N_("What did the goods cost?"),
                N_("This is ROAS: sales over cost. ROI takes margin, less cost, over cost."),
            ),
            WrongWay(
                "roas_less_one",
                ways.sales_less_cost,
                N_("Less cost, yes. But of which money?"),
                N_("Sales pay for the goods first. Put margin where you have sales."),
            ),
            WrongWay(
                "cost_not_taken_off",
                ways.times_earned,
                N_("At which value of your figure is nothing won and nothing lost?"),
                N_("This is margin over cost, which breaks even at 1. ROI breaks even at 0."),
            ),
            WrongWay(
                "cost_over_gain",
                ways.cost_to_gain,
                N_("Which of the two stands above the line?"),
                N_("This is cost over margin. Some sources write 1:3 for cost to gain."),
            ),
            WrongWay(
                "cost_times_qty",
                ways.cost_times_qty,
                N_("Is the cost in your table that of a piece, or of the whole line?"),
                N_(
                    "The cost of sales_lines is the whole line's: qty is in it. Do not multiply "
                    "again."
                ),
            ),
        ),
        lesson=N_('Before comparing two returns ask: of sales or margin, and "to" or "over" what.'),
    ),
    Exercise(
        id="E05-waterfall",
        room="campaign",
        chapter="campaign/E05-money",
        title=N_("From list value to net"),
        question=N_(
            "Fill the waterfall of the event's days, warm-up to last day, for all paid orders: "
            "value at list price, discount, sales (charged), refunds of these orders (whenever "
            "paid back), net. Answer with five rows: list, discount, sales, refunds, net, all as "
            "positive amounts."
        ),
        kind="table",
        needs={**_EVENT, "returns": ("order_id", "refund_amount")},
        given=ways.given,
        answer=ways.waterfall,
        tolerance=Tolerance(0.002, 0.51),
        solution=_start("E05-waterfall") + "back = shop.returns.execute()\n"
        'full, paid = inside["list_amount"].sum(), inside["amount"].sum()\n'
        'refunds = back.loc[back["order_id"].isin(inside["order_id"]), "refund_amount"].sum()\n'
        'answer = {"list": full, "discount": full - paid, "sales": paid, "refunds": refunds,\n'
        '          "net": paid - refunds}\n',
        wrong_ways=(
            WrongWay(
                "refunds_paid_meanwhile",
                ways.refunded_meanwhile,
                N_("Which orders do your refunds belong to?"),
                N_(
                    "These were paid back during the event, for earlier orders too. Take the "
                    "refunds of the event's orders, whenever they came."
                ),
            ),
            WrongWay(
                "discount_twice",
                ways.twice,
                N_("How often does the discount come off?"),
                N_("Sales are what is left after the discount. Only refunds come off them."),
            ),
        ),
        lesson=N_("Returns of an event come in for weeks: a waterfall made at once is too rosy."),
    ),
    Exercise(
        id="E08-uptake",
        room="campaign",
        chapter="campaign/E08-thresholds",
        title=N_("Who reached the step?"),
        question=N_(
            "Of the paid orders that carry the event's number and were placed on its days, which "
            "share reached the first step of its discount rule? The step looks at the basket "
            "before the discount on the whole order (charged plus orders.discount)."
        ),
        kind="share",
        needs=_EVENT,
        given=ways.rule_given,
        answer=ways.uptake,
        solution=_start("E08-uptake")
        + 'mine = inside[inside["campaign_id"] == figures["campaign_id"]]\n'
        'step = float(figures["discount_rule"].split("-")[0])\n'
        'basket = mine["amount"] + mine["discount"].fillna(0)\n'
        "answer = (basket >= step - 0.005).mean()\n",
        wrong_ways=(
            WrongWay(
                "after_discount",
                ways.after_discount,
                N_("A basket of 200 with 30 off: did it reach 199?"),
                N_("You held what was charged against the step. Add orders.discount first."),
            ),
            WrongWay(
                "every_order",
                ways.every_order,
                N_("Was the rule offered to all of these orders?"),
                N_("Count only orders that carry the event's number."),
            ),
            WrongWay(
                "any_discount",
                ways.got_a_discount,
                N_("Is every discount one of this rule?"),
                N_("Coupons are in it too. Look at the basket, not at the discount."),
            ),
        ),
        lesson=N_("Part of them would have spent as much anyway: uptake is not effect."),
    ),
    Exercise(
        id="E06-targeted",
        room="campaign",
        chapter="campaign/E06-targeted",
        title=N_("Why targeted customers look better"),
        question=N_(
            "Suppose the event was announced to gold members only. By difference in differences, "
            "how much more did they spend per customer? Sales per customer on the event's days, "
            "gold less all others, minus the same gap on the equally long days before. Customers "
            "registered before those days count, whether they bought or not."
        ),
        kind="money",
        needs={**_EVENT, "customers": ("customer_id", "signup_date", "tier")},
        given=ways.tier_given,
        answer=ways.did,
        tolerance=Tolerance(0.002, 0.011),
        solution=_start("E06-targeted").replace("inside = ", "during = ")
        + 'begin = pd.Timestamp(figures["before_first_day"])\n'
        "earlier = orders[(day >= begin) & (day < first)]\n"
        "people = shop.customers.execute()\n"
        'people = people[people["signup_date"].astype("datetime64[s]") < begin]\n'
        'gold = people["tier"] == figures["tier"]\n\n\n'
        "def gap(rows):\n"
        '    spent = people["customer_id"].map(rows.groupby("customer_id")["amount"].sum())\n'
        "    spent = spent.fillna(0)\n"
        "    return spent[gold].mean() - spent[~gold].mean()\n\n\n"
        "answer = gap(during) - gap(earlier)\n",
        wrong_ways=(
            WrongWay(
                "naive_gap",
                ways.naive,
                N_("What did gold members spend before the event, compared with others?"),
                N_(
                    "They always spend more: that is how they became gold. Take off the gap "
                    "of the days before."
                ),
            ),
            WrongWay(
                "own_past_only",
                ways.own_past,
                N_("Did others spend more than before, too?"),
                N_("The season lifts everybody. Take off the change of the others."),
            ),
        ),
        lesson=N_("The naive gap is who they are; the difference in differences what changed."),
    ),
    Exercise(
        id="E14-dependence",
        room="campaign",
        chapter="campaign/E14-dependence",
        title=N_("How much hangs on events"),
        question=N_(
            "Which share of the sales of the last 52 whole weeks came from orders that carry a "
            "campaign's number?"
        ),
        kind="share",
        needs=_EVENT,
        given=ways.year_given,
        answer=ways.dependence,
        solution=_start("E14-dependence")
        + 'marked = inside["campaign_id"].notna()\n'
        + 'answer = inside.loc[marked, "amount"].sum() / inside["amount"].sum()\n',
        wrong_ways=(
            WrongWay(
                "share_of_orders",
                ways.of_orders,
                N_("Orders or money?"),
                N_("This is the share of orders. Add up what was charged."),
            ),
            WrongWay(
                "below_list_price",
                ways.below_list,
                N_("Is every discount part of a campaign?"),
                N_("This is the share sold below list price. Look at orders.campaign_id."),
            ),
            WrongWay(
                "over_everyday_sales",
                ways.to_everyday,
                N_("Divided by what?"),
                N_("You divided by sales without campaigns. Divide by all sales."),
            ),
        ),
        lesson=N_("The share grows with every event added; watch everyday sales beside it."),
    ),
)
