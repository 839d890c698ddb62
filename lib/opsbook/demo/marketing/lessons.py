"""Cases from the source documents as rows of the lessons table, and the reference figures.

None of the numbers could be checked: each is called a source claim where it stands.
"""

import pyarrow as pa

from opsbook.reference.figures import figures

__all__ = ["LESSONS", "benchmarks", "lessons"]

LESSONS = (
    # case, what is claimed, why it is said to have happened, metric, entry to use
    (
        *("J01", "Beauty brand: conversion up 47 % (source 000)"),
        *("personas and recommendations instead of one page for all", "cvr", "B01"),
    ),
    (
        *("J02", "Appliance brand: repurchase up 35 %, order value up 28 % (source 000)"),
        *("one account and one points balance across all channels", "repeat_purchase_rate", "B21"),
    ),
    (
        *("J03", "Fresh food: loss down from 12 % to 4.8 %, delivery in 24 h (source 000)"),
        *("replenishment follows a forecast per shop and product", "waste_rate", "C02"),
    ),
    (
        *("J04", "Apparel brand: 9.3 of sales per 1 spent on content (source 000)"),
        *("creators of its own make the content", "roi", "E05"),
    ),
    (
        *("J05", "Luggage seller: 19 points more room in the margin (source 000)"),
        *("prices follow competitors, elasticity and stock", "gross_margin", "A12"),
    ),
    (
        *("J06", "Chinese-style home seller: GMV up 300 % in a year, NPS 78 (source 002)"),
        *("narrow range for one kind of buyer, custom sizes, quick installation", "gmv", "A24"),
    ),
    (
        *("J07", "Perfect Diary: repurchase in private groups twice the industry's (source 003)"),
        "many small creators, then a pool of customers reached without ads",
        *("repeat_purchase_rate", "D29"),
    ),
    (
        *("J08", "Watsons: members spend 40 % more per order, stay 2.3 months longer (source 003)"),
        *("orders of shop and web in one system", "aov", "B19"),
    ),
    (
        *("J09", "Patagonia: GMV over all channels up 27 % (source 003)"),
        *("used goods taken back and sold again", "gmv", "A17"),
    ),
    (
        *("J10", "Pinduoduo: shares convert three times as well (source 003)"),
        *("friends see what friends buy", "share_conversion", "B14"),
    ),
    (
        *("J11", "Xiaomi: conversion at launch up 60 % (source 003)"),
        *("reviews by users with a small following, tested before launch", "cvr", "D26"),
    ),
    (
        *("J12", "Walmart: 3 km in 30 minutes (source 003)"),
        *("stock in small warehouses near the buyer", "delivery_hours", "C15"),
    ),
    (
        *(
            "J13",
            "Saturnbird: from nothing to a thousand million yuan (source 001, digits put in order)",
        ),
        *("a new kind of product, gift boxes people share, subscription", "gmv", "A19"),
    ),
    (
        *("J14", "Appliance project teams at Double 11: output per head up 40 % (source 003)"),
        *("one team per project, goals reviewed every two weeks", "output_per_head", "G11"),
    ),
    (
        *("J15", "Marketplace with tracing: fake-goods complaints down 72 % (source 003)"),
        *("origin of goods on record where nobody can change it", "complaint_rate", "I08"),
    ),
    (
        *(
            "J16",
            "Virtual worlds: 7 million visits and sales up 12 % for a sports brand (source 003)",
        ),
        "new kind of meeting place; the effect was never tested against a control",
        *("gmv", "D07"),
    ),
    (
        *("J17", "Marketing over all domains returns 3 to 5 times the usual (source 003)"),
        *("spend follows the whole path of the buyer", "roi", "E16"),
    ),
    (
        *("J18", "Mother-and-baby seller broke: stock for 210 days (source 000)"),
        *("3,000 products became 20,000 in half a year", "days_of_cover", "C07"),
    ),
    (
        *("J19", "Food seller: monthly sales down 72 % (source 000)"),
        "90 % of the budget in feed ads when clicks came to cost four times as much",
        *("gmv", "E15"),
    ),
    (
        *(
            "J20",
            "Digital brand: 58 % of buyers silent for 3 months, CAC back after 11 (source 000)",
        ),
        *("all money for new customers, none to win back old ones", "dormant_share", "B11"),
    ),
    (
        *("J21", "Crash during a promotion: more than 8 million yuan lost (source 000)"),
        *("the whole chain was never tested under load", "errors", "E12"),
    ),
)


def lessons() -> pa.Table:
    """One row per case."""
    names = ("case_id", "claim", "cause", "metric", "entry_id")
    rows = [dict(zip(names, row, strict=True)) for row in LESSONS]
    for row in rows:
        row["claim"] = f"Source claim: {row['claim']}"
    return pa.Table.from_pylist(rows)


def benchmarks() -> pa.Table:
    """One row per reference figure."""
    known = figures().values()
    return pa.table(
        {
            "name": [f.name for f in known],
            "value": pa.array([f.value for f in known], pa.float64()),
            "low": pa.array([f.low for f in known], pa.float64()),
            "high": pa.array([f.high for f in known], pa.float64()),
            "unit": [f.unit for f in known],
            "source": [f"{f.source} (source claim)" for f in known],
            "section": [f.section for f in known],
            "reconstructed": [f.reconstructed for f in known],
        }
    )
