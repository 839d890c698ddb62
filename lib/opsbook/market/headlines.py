"""What a report's headline says of growth, by what is measured and against what."""

from opsbook.language import N_

__all__ = ["HEADLINES"]

HEADLINES = {
    "gmv": {
        "silent": N_(
            "No sales from {start} to {end}: find out whether data are missing before "
            "judging growth"
        ),
        "few": N_("{now} orders against {before}: too few to say whether sales grew"),
        "negative": N_("Sales were {figure}: refunds exceed what was sold"),
        "alone": N_("Sales were {figure}; there is nothing to compare them with"),
        "unsure_year": N_("Sales changed by {growth} on last year; too few weeks for a trend"),
        "unsure_before": N_("Sales changed by {growth}; too few weeks for a trend"),
        "steady_year": N_(
            "Sales held steady on last year: {growth} is within ordinary fluctuation"
        ),
        "steady_before": N_("Sales held steady: {growth} is within ordinary fluctuation"),
        "up_year": N_("Sales grew {size} on last year"),
        "up_before": N_("Sales grew {size} on the period before"),
        "down_year": N_("Sales fell {size} on last year"),
        "down_before": N_("Sales fell {size} on the period before"),
    },
    "orders": {
        "silent": N_(
            "No orders from {start} to {end}: find out whether data are missing before "
            "judging growth"
        ),
        "few": N_("{now} orders against {before}: too few to say whether they grew"),
        "alone": N_("{figure} orders came in; there is nothing to compare them with"),
        "unsure_year": N_("Orders changed by {growth} on last year; too few weeks for a trend"),
        "unsure_before": N_("Orders changed by {growth}; too few weeks for a trend"),
        "steady_year": N_(
            "Orders held steady on last year: {growth} is within ordinary fluctuation"
        ),
        "steady_before": N_("Orders held steady: {growth} is within ordinary fluctuation"),
        "up_year": N_("Orders grew {size} on last year"),
        "up_before": N_("Orders grew {size} on the period before"),
        "down_year": N_("Orders fell {size} on last year"),
        "down_before": N_("Orders fell {size} on the period before"),
    },
}
"""By ``gmv`` or ``orders``: alone, unsure, steady, up or down, since last year or before."""
