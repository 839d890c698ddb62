"""Lifecycle exercises: who returns, who buys again, who sleeps, what a new customer costs."""

from opsbook.language import N_
from opsbook.teach.class_days import PERIOD, quarter_given
from opsbook.teach.exercise import Exercise, Tolerance, WrongWay
from opsbook.teach.ways import lifecycle as ways

__all__ = ["EXERCISES"]

_NAMED = {"orders": ("order_id", "order_ts", "customer_id", "status")}
_SPEND = {
    **_NAMED,
    "ad_spend": ("date", "channel", "cost"),
    "referrals": ("invitee_id", "invite_ts", "reward"),
    "customers": ("customer_id", "signup_date"),
}
_FOLLOW = (
    "import pandas as pd\n\n"
    "orders = shop.orders.execute()\n"
    'orders = orders[~orders["status"].isin(["unpaid", "cancelled"])]\n'
    'orders["day"] = orders["order_ts"].dt.normalize()\n'
)

EXERCISES = (
    Exercise(
        id="B06-retention",
        room="lifecycle",
        chapter="lifecycle/B06-retention",
        title=N_("Back within 30 days"),
        question=N_(
            "Of the shop's new customers (registered within the data) who have been observed for "
            "30 days since their first purchase, which share was back within 30 days, by calendar "
            "days?"
        ),
        kind="share",
        needs={**_NAMED, "customers": ("customer_id", "signup_date")},
        answer=ways.retention,
        solution="from opsbook.lifecycle.cohorts import cohorts\n\n"
        'answer = cohorts(shop, days=(30,)).rate(30)["rate"]\n',
        wrong_ways=(
            WrongWay(
                "not_observed_yet",
                ways.unwatched,
                N_("Can a customer of last week have been away for 30 days?"),
                N_(
                    "The base holds customers whose 30 days are not over. They belong neither "
                    "above nor below the line."
                ),
            ),
            WrongWay(
                "ever_back",
                ways.ever_back,
                N_("Back by when?"),
                N_("These are all who ever returned. Only returns on day 1 to 30 count."),
            ),
            WrongWay(
                "after_the_window",
                ways.after_thirty,
                N_("Before or after day 30?"),
                N_("These came back later than 30 days. Count gaps of 1 to 30 days."),
            ),
        ),
        lesson=N_("Early birds are not the month: who has not been observed is left out."),
    ),
    Exercise(
        id="B07-repeat-rate",
        room="lifecycle",
        chapter="lifecycle/B07-repeat-rate",
        title=N_("Repeat purchase rate of 90 days"),
        question=N_(
            "Of the customers who bought in the last 90 days of the data, which share placed two "
            "orders or more in these days?"
        ),
        kind="share",
        needs=_NAMED,
        given=ways.ninety_given,
        answer=ways.repeat,
        solution=_FOLLOW + 'last = orders["day"].max()\n'
        'recent = orders[orders["day"] > last - pd.Timedelta(days=90)]\n'
        'per_customer = recent.groupby("customer_id").size()\n'
        "answer = (per_customer >= 2).mean()\n",
        wrong_ways=(
            WrongWay(
                "rate_over_orders",
                lambda shop: ways.repeat(shop, "rate_orders"),
                N_("Customers below the line, or orders?"),
                N_(
                    "This is the share of orders that are repeats. Asked is the share of "
                    "buyers who ordered twice."
                ),
            ),
            WrongWay(
                "bought_before",
                lambda shop: ways.repeat(shop, "rate_returning"),
                N_("Must the first order lie in the 90 days?"),
                N_("These bought before the 90 days too. Count those with two orders inside."),
            ),
            WrongWay(
                "thirty_days",
                ways.repeat_30,
                N_("How long is the window?"),
                N_("This is the rate of 30 days. A rate without its window says nothing."),
            ),
            WrongWay(
                "over_all_ever",
                ways.repeaters_of_all,
                N_("Who is below the line: buyers of the 90 days, or everybody who ever bought?"),
                N_("The base holds customers who did not buy in the 90 days. Leave them out."),
            ),
            WrongWay(
                "whole_history",
                ways.repeat_ever,
                N_("Over which days were the orders counted?"),
                N_(
                    "This counts the orders of the whole history. Take the last 90 days first, "
                    "then count."
                ),
            ),
            WrongWay(
                "orders_of_repeaters",
                ways.orders_of_repeaters,
                N_("Orders or customers?"),
                N_(
                    "These are the orders of those who ordered twice, over all orders. Count "
                    "customers on both sides."
                ),
            ),
        ),
        lesson=N_("The window and the base make the rate; say both with it, always."),
    ),
    Exercise(
        id="B11-dormant",
        room="lifecycle",
        chapter="lifecycle/B11-dormancy",
        title=N_("Who sleeps"),
        question=N_(
            "Of the customers who bought in the last 365 days, which share has been silent for "
            "more than 90 days on the last day of the data?"
        ),
        kind="share",
        needs=_NAMED,
        answer=ways.dormant,
        solution=_FOLLOW + 'last = orders.groupby("customer_id")["day"].max()\n'
        'today = orders["day"].max()\n'
        "year = last[last > today - pd.Timedelta(days=365)]\n"
        "answer = (year < today - pd.Timedelta(days=90)).mean()\n",
        wrong_ways=(
            WrongWay(
                "of_all_ever",
                lambda shop: ways.dormant(shop, "rate"),
                N_("Of whom?"),
                N_(
                    "The base holds everybody who ever bought. That share can only grow with "
                    "the age of the shop; take buyers of the last 365 days."
                ),
            ),
            WrongWay(
                "thirty_days",
                ways.asleep_30,
                N_("Which clock did you use?"),
                N_("This is the share silent for more than 30 days. Asked is 90."),
            ),
            WrongWay(
                "still_awake",
                lambda shop: 1 - ways.dormant(shop),
                N_("Which side of the 90 days did you count?"),
                N_("These are the customers who are awake. Take the others."),
            ),
        ),
        lesson=N_("Two shops can be compared only by the same base and the same clock."),
    ),
    Exercise(
        id="B30-nps",
        room="lifecycle",
        chapter="lifecycle/B30-nps",
        title=N_("Net promoter score"),
        question=N_(
            "What is the net promoter score of the last 52 whole weeks, in points from −100 to 100?"
        ),
        kind="points",
        needs={"nps": ("date", "score"), **_NAMED},
        given=ways.year_given,
        answer=ways.score,
        tolerance=Tolerance(0.0, 0.51),
        solution="from opsbook.shop.periods import latest_period\n\n"
        "period = latest_period(shop, weeks=52)\n"
        "asked = shop.nps.execute()\n"
        'day = asked["date"].astype("datetime64[s]").dt.date\n'
        'score = asked.loc[(day >= period.start) & (day < period.end), "score"]\n'
        "answer = ((score >= 9).mean() - (score <= 6).mean()) * 100\n",
        wrong_ways=(
            WrongWay(
                "promoters_only",
                ways.promoters,
                N_("Who warns others?"),
                N_("This is the share of promoters. Take off the share of detractors."),
            ),
            WrongWay(
                "without_passives",
                ways.no_passives,
                N_("How many answered?"),
                N_("Passives (7, 8) count in neither group, but they belong below the line."),
            ),
            WrongWay(
                "mean_score",
                ways.mean_score,
                N_("Is a score of 5 half as good as a 10?"),
                N_("This is the mean answer times ten. NPS counts people, not points."),
            ),
            WrongWay(
                "eight_is_promoter",
                ways.eight_counts,
                N_("From which answer on is somebody a promoter?"),
                N_("Promoters gave 9 or 10. An 8 is passive."),
            ),
        ),
        lesson=N_("With a hundred answers the score is known to some fifteen points either way."),
    ),
    Exercise(
        id="B13-cac",
        room="lifecycle",
        chapter="lifecycle/B13-acquisition-cost",
        title=N_("What a new customer costs"),
        question=N_(
            "What did a new customer cost in the last twelve whole weeks, over all channels: "
            "advertising and referral rewards of these weeks, over the new customers who first "
            "bought in them (new: registered within the data)?"
        ),
        kind="money",
        needs=_SPEND,
        given=quarter_given,
        answer=ways.cac,
        solution="from opsbook.lifecycle.acquisition import acquisition\n"
        + PERIOD
        + 'totals = acquisition(shop, period=period).totals.set_index("channel")\n'
        + 'answer = totals.loc["all", "cost"] / totals.loc["all", "customers"]\n',
        wrong_ways=(
            WrongWay(
                "per_buyer",
                ways.per_buyer,
                N_("Who of these was won in these weeks?"),
                N_("The base holds all buyers. Old customers were not acquired again."),
            ),
            WrongWay(
                "per_order",
                ways.per_order,
                N_("Per customer, or per order?"),
                N_("This is advertising per order. Divide by new customers."),
            ),
            WrongWay(
                "per_registration",
                ways.per_signup,
                N_("Did all of these buy?"),
                N_("Registered is not bought: count customers by their first purchase."),
            ),
            WrongWay(
                "advertising_only",
                ways.advertising_only,
                N_("Is advertising all that was spent to win customers?"),
                N_("Rewards for referrals are missing: referrals.reward, by invite_ts."),
            ),
        ),
        lesson=N_("All spend on new customers only is an upper bound: old ones see it too."),
    ),
)
