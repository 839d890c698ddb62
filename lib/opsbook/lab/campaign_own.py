"""What can be tried in the lab's campaign room and no report asks: costs, bounds, bases."""

from opsbook.campaign.threshold_design import EXTRA_ORDERS
from opsbook.report.schema import Parameter

__all__ = [
    "BASE",
    "BUDGET",
    "COMMISSION",
    "EXTRA",
    "HANDLING",
    "LEAST",
    "MEASURE",
    "MONTH",
    "MOST",
    "RESALE",
]

BASE = Parameter(
    "base",
    "choice",
    "last_year",
    choices=("last_year", "goal"),
    meaning="what the event is held against",
    meaning_zh="拿什么来比",
)
MEASURE = Parameter(
    "measure",
    "choice",
    "gmv",
    choices=("gmv", "orders"),
    meaning="what is counted: sales or orders",
    meaning_zh="看什么：销售额还是订单数",
)
COMMISSION = Parameter(
    "commission",
    "fraction",
    0,
    0,
    0.5,
    meaning="share of sales that platforms take; 0 for the known rate of each platform",
    meaning_zh="平台佣金占销售额的比例；0 为各平台的已知费率",
)
HANDLING = Parameter(
    "handling",
    "number",
    8,
    0,
    100,
    meaning="what handling one return costs, money",
    meaning_zh="处理一件退货的费用，金额",
)
RESALE = Parameter(
    "resale",
    "fraction",
    0.5,
    meaning="share of its cost that a returned piece with a flaw is still worth",
    meaning_zh="有瑕疵的退货还值进价的几成",
)
EXTRA = Parameter(
    "extra",
    "number",
    EXTRA_ORDERS,
    0,
    10,
    unit="%",
    meaning="more orders for each point of discount, assumed",
    meaning_zh="优惠每多一个百分点，订单多百分之几（假定）",
)
BUDGET = Parameter(
    "budget",
    "number",
    0,
    0,
    1e9,
    meaning="money a day for all channels; 0 for today's",
    meaning_zh="各渠道合计每天的预算；0 为现在的水平",
)
LEAST = Parameter(
    "least",
    "fraction",
    0.5,
    meaning="smallest multiple of today's spend that a channel may get",
    meaning_zh="每个渠道至少保留现有投放的几成",
)
MOST = Parameter(
    "most",
    "number",
    1.5,
    1,
    1.5,
    unit="times",
    unit_zh="倍",
    meaning="largest multiple of today's spend that a channel may get",
    meaning_zh="每个渠道最多增加到现有投放的几倍",
)
MONTH = Parameter(
    "month",
    "integer",
    0,
    0,
    12,
    meaning="month whose routine is shown; 0 for that in which the data end",
    meaning_zh="看哪个月的日常排期；0 为数据截止的月份",
)
