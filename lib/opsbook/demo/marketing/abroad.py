"""Rules of the marketplaces, and what it takes to sell abroad.

The marketplace rules are claims of course material (source document 001), some with digits
put back in order by reading; the figures for other countries are plausible and made up, duty
and tax near the general rates of 2025. Neither is advice: look up the rule of the day.
"""

import pyarrow as pa

__all__ = ["ROUTES", "cross_border", "platform_rules"]

_RULES = (
    # platform, commission from and to, days to return, hours to ship, shop score
    ("Tmall", 0.02, 0.05, 7, 48, "DSR (source claim)"),
    ("JD", 0.02, 0.08, 7, 24, "shop stars (source claim)"),
    ("Pinduoduo", 0.006, 0.01, 7, 24, "product and merchant score (source claim)"),
    ("Douyin", 0.01, 0.05, 7, 48, "product score of the showcase (source claim)"),
    ("Own shop", 0.006, 0.006, 7, 48, "own reviews (payment fee only, assumed)"),
)

_COUNTRIES = (
    # country, duty, VAT or sales tax, direct freight, days direct, payments that succeed
    ("AU", 0.05, 0.10, 62.0, 12, 0.93),
    ("BR", 0.20, 0.17, 78.0, 22, 0.78),
    ("DE", 0.04, 0.19, 66.0, 11, 0.91),
    ("FR", 0.04, 0.20, 66.0, 11, 0.90),
    ("GB", 0.04, 0.20, 60.0, 10, 0.93),
    ("ID", 0.10, 0.11, 34.0, 10, 0.74),
    ("JP", 0.03, 0.10, 38.0, 6, 0.94),
    ("KR", 0.06, 0.10, 35.0, 6, 0.94),
    ("MY", 0.05, 0.10, 30.0, 8, 0.83),
    ("PH", 0.08, 0.12, 32.0, 10, 0.72),
    ("SG", 0.00, 0.09, 33.0, 6, 0.95),
    ("TH", 0.10, 0.07, 30.0, 8, 0.80),
    ("US", 0.12, 0.07, 72.0, 12, 0.95),
    ("VN", 0.08, 0.10, 24.0, 7, 0.76),
)

ROUTES = {
    # freight, days and payment success against direct mail
    "direct": (1.00, 1.00, 0.00),
    "overseas_warehouse": (0.72, 0.42, 0.01),
    "platform_warehouse": (0.86, 0.34, 0.02),
}


def platform_rules() -> pa.Table:
    """One row per marketplace."""
    names = (
        *("platform", "commission_low", "commission_high"),
        *("return_days", "ship_hours", "score_system"),
    )
    columns = zip(*_RULES, strict=True)
    return pa.table(dict(zip(names, (list(column) for column in columns), strict=True)))


def cross_border() -> pa.Table:
    """One row per country and way of getting goods there."""
    rows = [
        {
            "country": country,
            "route": route,
            "duty_rate": duty,
            "vat_rate": vat,
            "freight": round(freight * dearer, 2),
            "delivery_days": float(max(3, round(days * slower))),
            "payment_success": round(min(payments + better, 0.99), 3),
        }
        for country, duty, vat, freight, days, payments in _COUNTRIES
        for route, (dearer, slower, better) in ROUTES.items()
    ]
    return pa.Table.from_pylist(rows)
