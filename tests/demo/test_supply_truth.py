"""What is planted in the supply side can be found again with plain textbook estimators."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from opsbook.demo.clock import DAY
from opsbook.demo.stock.emit import emit
from opsbook.demo.stock.truth import lead_moments

SIGMAS = 4.0
"""Standard errors allowed; about 1 in 16,000 falls outside by chance."""


class Kept:
    """A sink that keeps the tables in memory."""

    def __init__(self) -> None:
        self.tables: dict[str, list[pd.DataFrame]] = {}
        self.truths: dict[str, list[pd.DataFrame]] = {}
        self.facts: dict[str, Any] = {}

    def table(self, name: str, table: Any) -> None:
        self.tables.setdefault(name, []).append(table.to_pandas())

    def truth(self, name: str, table: Any) -> None:
        self.truths.setdefault(name, []).append(table.to_pandas())

    def fact(self, **facts: Any) -> None:
        self.facts.update(facts)


@pytest.fixture(scope="module")
def supplied(business: Any) -> Any:
    """Tables and truth of the two-year shop, with the orders as they were simulated."""
    sink = Kept()
    emit(business, sink)  # type: ignore[arg-type]
    tables = {name: pd.concat(parts, ignore_index=True) for name, parts in sink.tables.items()}
    truths = {name: pd.concat(parts, ignore_index=True) for name, parts in sink.truths.items()}
    return SimpleNamespace(
        **tables, truth=truths, facts=sink.facts["supply"], plan=business.stock.supply, b=business
    )


def near(found: Any, planted: Any, error: Any) -> None:
    """All within SIGMAS standard errors, and the errors not simply huge."""
    gap = np.abs(np.asarray(found, float) - np.asarray(planted, float))
    assert (gap <= SIGMAS * np.asarray(error, float) + 1e-12).all(), (found, planted, error)


def near_rate(hits: Any, tries: Any, planted: Any) -> None:
    hits, tries, planted = (np.asarray(a, float) for a in (hits, tries, planted))
    # The normal law needs some room where few hits are expected: one more than the sum of both.
    error = np.sqrt(planted * (1 - planted) / tries) + 0.25 / tries
    near(hits / tries, planted, error)


@pytest.fixture(scope="module")
def deliveries(supplied: Any) -> pd.DataFrame:
    """Purchase orders ordered early enough that all have come: lead time and truth of each."""
    bought = supplied.purchase_orders
    orders = bought.drop_duplicates("po_id").copy()
    for name in ("order_date", "received_date", "promised_date"):
        orders[name] = pd.to_datetime(orders[name])
    # Of the last weeks only the fast ones are known: leaving them in would flatter everybody.
    orders = orders[orders.order_date <= orders.order_date.max() - pd.Timedelta(days=45)]
    orders["lead"] = (orders.received_date - orders.order_date).dt.days
    orders["late"] = orders.received_date > orders.promised_date
    worse = supplied.facts["deterioration"]
    orders["after"] = (orders.supplier_id == worse["supplier_id"]) & (
        orders.order_date >= worse["from"]
    )
    return orders


def truth_of(supplied: Any) -> pd.DataFrame:
    key = supplied.truth["suppliers"].copy()
    key["supplier_id"] = key.supplier_id.astype(str)
    key["after"] = key.duplicated("supplier_id")
    return key.set_index(["supplier_id", "after"]).sort_index()


def test_lead_time_of_every_supplier_is_found(supplied: Any, deliveries: pd.DataFrame) -> None:
    groups = deliveries.assign(supplier_id=deliveries.supplier_id.astype(str)).groupby(
        ["supplier_id", "after"]
    )
    seen = groups.agg(n=("lead", "size"), mean=("lead", "mean"), sd=("lead", "std"))
    key = truth_of(supplied).loc[seen.index]
    assert seen.n.min() > 20 and len(seen) == 25
    assert deliveries.lead.notna().all()
    near(seen["mean"], key.mean_lead_days, key.sd_lead_days / np.sqrt(seen.n))
    # Standard error of a standard deviation, with room for the skewness of lead times.
    near(seen.sd, key.sd_lead_days, 1.3 * key.sd_lead_days / np.sqrt(2 * seen.n))
    late = groups.late.sum().loc[seen.index]
    near_rate(late, seen.n, key.late_probability)


def test_share_that_passes_inspection_is_found(supplied: Any) -> None:
    bought = supplied.purchase_orders.dropna(subset="received_date").copy()
    worse = supplied.facts["deterioration"]
    bought["supplier_id"] = bought.supplier_id.astype(str)
    bought["after"] = (bought.supplier_id == worse["supplier_id"]) & (
        pd.to_datetime(bought.order_date) >= worse["from"]
    )
    seen = bought.groupby(["supplier_id", "after"])[["received_qty", "qty_ok"]].sum()
    near_rate(seen.qty_ok, seen.received_qty, truth_of(supplied).loc[seen.index].pass_rate)


def test_one_supplier_gets_worse_and_the_day_is_found(
    supplied: Any, deliveries: pd.DataFrame
) -> None:
    """The split of its orders that explains most of the variance of lead times."""
    worse, found = supplied.facts["deterioration"], {}
    for supplier, own in deliveries.sort_values("order_date").groupby("supplier_id", observed=True):
        lead, n = own.lead.to_numpy(float), len(own)
        cut = np.arange(10, n - 10)
        first = np.cumsum(lead)[cut - 1] / cut
        second = (lead.sum() - np.cumsum(lead)[cut - 1]) / (n - cut)
        gain = cut * (n - cut) / n * (first - second) ** 2 / lead.var()
        found[supplier] = (gain.max(), own.order_date.iloc[cut[gain.argmax()]])
    # Max of a squared t statistic over all cuts: 25 is far beyond chance, the rest stay below.
    flagged = {s for s, (gain, _) in found.items() if gain > 25}
    assert flagged == {worse["supplier_id"]}
    day = found[worse["supplier_id"]][1]
    assert abs((day - pd.Timestamp(worse["from"])).days) <= 21


def test_prices_grow_as_planted(supplied: Any) -> None:
    """Within a product: log price on years; cents are rounded, so dear products only."""
    bought = supplied.purchase_orders
    dear = bought[bought.price > 40].copy()
    start = pd.Timestamp(supplied.b.clock.first)
    quarter = (pd.to_datetime(dear.order_date) - start).dt.days // 91
    dear["x"], dear["y"] = quarter * 91 / 365.25, np.log(dear.price)
    for name in ("x", "y"):
        dear[name] -= dear.groupby("sku")[name].transform("mean")
    sums = dear.assign(xy=dear.x * dear.y, xx=dear.x**2).groupby("supplier_id", observed=True)
    slope = sums.xy.sum() / sums.xx.sum()
    key = supplied.truth["suppliers"].drop_duplicates("supplier_id").set_index("supplier_id")
    # Rounding to 0.01 of 40 moves a log price by at most 0.000125.
    near(slope, key.price_growth.loc[slope.index], 0.000125 / np.sqrt(sums.xx.sum()))


def test_wrong_invoices_are_as_many_as_planted_and_all_found_by_reconciliation(
    supplied: Any,
) -> None:
    billed = supplied.purchase_orders.dropna(subset="invoice_amount")
    due = billed[billed.qty_ok > 0]
    wrong = due[(due.invoice_amount - due.price * due.qty_ok).abs() > 0.005]
    key = supplied.truth["wrong_invoices"]
    assert set(zip(wrong.po_id, wrong.sku, strict=True)) == set(
        zip(key.po_id, key.sku, strict=True)
    )
    near_rate(len(wrong), len(due), supplied.plan.wrong_invoices)


def test_short_deliveries_and_damage_are_as_planted(supplied: Any) -> None:
    came = supplied.purchase_orders.dropna(subset="received_date")
    # One piece less a quarter is none: short lines show whatever the quantity.
    near_rate((came.received_qty < came.qty).sum(), len(came), supplied.plan.short_rate)
    stock = supplied.inventory_daily
    exposed = (stock.on_hand - stock.reserved).sum() + stock.damaged.sum()
    planted = supplied.plan.damage_rate
    near(stock.damaged.sum() / exposed, planted, np.sqrt(planted / exposed))


def test_planner_is_as_wrong_as_planted(supplied: Any) -> None:
    log = np.log(supplied.b.stock.planner.error)
    sd, keep = supplied.plan.planner_error, supplied.plan.planner_memory
    products = len(log)
    near(log.std(), sd, sd / np.sqrt(products))
    near(log.mean(), -(sd**2) / 2, sd / np.sqrt(products * 4))
    now, later = log[:, :-1] + sd**2 / 2, log[:, 1:] + sd**2 / 2
    near((now * later).sum() / (now**2).sum(), keep, np.sqrt((1 - keep**2) / now.size))
    # What he believed of an ordinary week is the truth times his error.
    b, week = supplied.b, 30
    truth = b.demand.units(b.plan, b.clock, b.range_)[:, week]
    festival = b.clock.festival[b.clock.week == week].mean()
    blind = max(festival, 1.0) ** -supplied.plan.festival_blindness
    believed = b.stock.planner.rate[:, week]
    np.testing.assert_allclose(
        believed, truth * b.stock.planner.error[:, week // 4] * blind, rtol=1e-4, atol=1e-9
    )


def test_carriers_differ_in_lateness_as_planted(supplied: Any) -> None:
    """Mantel-Haenszel odds ratio against the first carrier, by region and festival."""
    parcels = supplied.shipments.copy()
    orders = supplied.b.orders
    at = parcels.order_id.str[1:].astype(int) - 1
    parcels["region"] = orders.region[at]
    parcels["late"] = orders.late[at]
    calm = supplied.b.clock.festival[orders.placed[at] // DAY] <= 1.0
    parcels["stratum"] = parcels.region * 2 + calm
    key = supplied.truth["carriers"].set_index("carrier_id")
    base = key.index[0]
    for carrier in key.index[1:]:
        both = parcels[parcels.carrier_id.isin([carrier, base])]
        mine = both.carrier_id == carrier
        table = both.groupby(["stratum", mine, "late"]).size().unstack([1, 2], fill_value=0)
        a, c = table[True, True], table[True, False]
        d, e = table[False, True], table[False, False]
        n = a + c + d + e
        ratio = (a * e / n).sum() / (c * d / n).sum()
        error = np.sqrt(1 / a.sum() + 1 / c.sum() + 1 / d.sum() + 1 / e.sum()) * 1.1
        near(np.log(ratio), np.log(key.late_odds_ratio[carrier]), error)


def test_transit_times_are_found(supplied: Any) -> None:
    parcels, key = supplied.shipments, supplied.truth["carriers"].set_index("carrier_id")
    orders, first = supplied.b.orders, pd.Timestamp(supplied.b.clock.first)
    at = parcels.order_id.str[1:].astype(int) - 1
    late = pd.Series(orders.late[at], parcels.index)
    sent = parcels.ship_ts.dt.normalize()
    # All parcels of the last days are not there yet; those sent earlier are.
    early = sent < first + pd.Timedelta(days=supplied.b.clock.days - 25)
    days = (parcels.deliver_ts.dt.normalize() - sent).dt.days
    room = (parcels.promised_ts.dt.normalize() - sent).dt.days
    assert days[early].notna().mean() > 0.999
    fine, tardy = early & ~late & days.notna(), early & late & days.notna()
    chances = (room - 1)[fine].groupby(parcels.carrier_id[fine]).sum()
    used = (days - 1)[fine].groupby(parcels.carrier_id[fine]).sum()
    near_rate(used, chances, key.pace.loc[used.index])
    over = (days - room)[tardy].groupby(parcels.carrier_id[tardy]).agg(["mean", "size"])
    mean = key.mean_overdue_days.loc[over.index]
    near(over["mean"], mean, np.sqrt(mean * (mean - 1) / over["size"]))


def test_tariffs_are_found_by_regression_on_distance(supplied: Any) -> None:
    orders, plan, key = supplied.b.orders, supplied.plan, supplied.truth["carriers"]
    at = supplied.shipments.order_id.str[1:].astype(int) - 1
    far = plan.distances[orders.region[at], orders.warehouse[at]] / 1000
    for row in key.itertuples():
        own = (supplied.shipments.carrier_id == row.carrier_id).to_numpy()
        x = np.column_stack([np.ones(own.sum()), far[own]])
        y = supplied.shipments.cost[own].to_numpy()
        # The noise grows with the tariff: weights make the fit efficient, and the errors right.
        weight = 1 / (x @ [row.base_cost, row.cost_per_1000_km])
        fit, *_ = np.linalg.lstsq(x * weight[:, None], y * weight, rcond=None)
        cov = 0.04**2 * np.linalg.inv((x * weight[:, None]).T @ (x * weight[:, None]))
        bias = 0.04**2 / 2
        planted = np.array([row.base_cost, row.cost_per_1000_km]) * (1 + bias)
        near(fit, planted, np.sqrt(np.diag(cov)) + 0.0005)


def test_breakage_follows_goods_and_carrier(supplied: Any) -> None:
    """Breakages by carrier, by goods, and weighted by what is planted, against expectation."""
    b, parcels = supplied.b, supplied.shipments.dropna(subset="breakage")
    at = (parcels.order_id.str[1:].astype(int) - 1).to_numpy()
    broken = parcels.breakage.to_numpy(bool)
    rates = np.array([supplied.facts["breakage"][c.name] for c in b.plan.categories])
    rate = np.zeros(len(b.orders))
    np.maximum.at(rate, b.lines.order, rates[b.range_.category[b.lines.product]])
    rough = supplied.truth["carriers"].breakage_factor.to_numpy()[b.orders.carrier[at]]
    chance = rate[at] * rough
    for group in (np.unique(rate[at], return_inverse=True)[1], b.orders.carrier[at]):
        expected = np.bincount(group, weights=chance)
        near(np.bincount(group, weights=broken), expected, np.sqrt(expected) + 0.5)
    # One number that a wrong factor moves most: had carriers no effect, it would lie far off.
    for weight in (rough, rate[at]):
        error = np.sqrt((chance * weight**2).sum())
        near((broken * weight).sum(), (chance * weight).sum(), error)
    blind = rate[at] * chance.sum() / rate[at].sum()
    assert (broken * rough).sum() - (blind * rough).sum() > 2 * np.sqrt((blind * rough**2).sum())


def test_installation_and_cold_chain_are_as_planted(supplied: Any) -> None:
    b, plan, parcels = supplied.b, supplied.plan, supplied.shipments
    names = [c.name for c in b.plan.categories]
    kind = b.range_.category[b.lines.product]
    last = parcels.deliver_ts.max() - pd.Timedelta(days=10)
    known = parcels[parcels.deliver_ts < last]
    at = (known.order_id.str[1:].astype(int) - 1).to_numpy()
    for_fitting = np.zeros(len(b.orders), bool)
    for_fitting[b.lines.order[kind == names.index("Small Appliances")]] = True
    fitted = known.install_ts.notna().to_numpy()[for_fitting[at]]
    near_rate(fitted.sum(), len(fitted), plan.install_share)
    hours = (known.install_ts - known.deliver_ts).dt.total_seconds().dropna() / 3600
    near(hours.mean(), plan.install_hours, plan.install_hours / 2 / np.sqrt(len(hours)))
    food = np.zeros(len(b.orders), bool)
    food[b.lines.order[kind == names.index("Food")]] = True
    delivered = parcels[parcels.deliver_ts.notna()].order_id.str[1:].astype(int) - 1
    key = supplied.truth["sensors"]
    near_rate(len(key), food[delivered].sum(), plan.sensor_share)
    warm = supplied.sensor_log.groupby("shipment_id").temperature_c.max() > 8
    near_rate(warm.sum(), len(warm), plan.excursion_share)


def test_record_accuracy_and_outages_are_found(supplied: Any) -> None:
    stock, used = supplied.inventory_daily, supplied.plan.used
    counted = stock.dropna(subset="counted_qty")
    near_rate(len(counted), len(stock), 1 / supplied.plan.count_days)
    right = counted.counted_qty == counted.on_hand
    seen = right.groupby(counted.warehouse_id.astype(str)).agg(["sum", "size"])
    planted = pd.Series({w.name: w.accuracy for w in used}).loc[seen.index]
    near_rate(seen["sum"], seen["size"], planted)
    lag = stock.groupby(["warehouse_id", "date"], observed=True).sync_lag_s.first()
    near_rate((lag >= 1800).sum(), len(lag), supplied.plan.outage_rate)
    assert (stock.system_qty < 0).sum() == len(supplied.truth["oversold"]) > 0


def test_losses_and_cover_are_those_of_a_plausible_shop(supplied: Any) -> None:
    """About 3 % of pieces wanted are not there, more in festivals; 30 to 50 days of cover."""
    b, lost = supplied.b, supplied.b.stock.lost
    days = b.clock.days
    sold = np.bincount(b.orders.placed[b.lines.order] // DAY, weights=b.lines.pieces)
    missed = np.bincount(lost.day, weights=lost.pieces, minlength=days)
    share = missed.sum() / (missed.sum() + sold.sum())
    assert 0.02 < share < 0.04
    rush = b.clock.festival > 1.6
    assert missed[rush].sum() / sold[rush].sum() > missed[~rush].sum() / sold[~rush].sum()
    cover = supplied.inventory_daily.on_hand.sum() / sold.sum()
    assert 30 < cover < 50


def test_sales_of_days_in_stock_come_nearer_to_demand_than_sales(supplied: Any) -> None:
    """Sales over the share of days with a free piece in the home warehouse: half the bias.

    The rest of the loss is by nature invisible there: lines of more pieces than were free,
    and lines that lay in another warehouse than the rest of their order.
    """
    b, lost = supplied.b, supplied.b.stock.lost
    size = len(b.range_)
    sold = np.bincount(b.lines.product, weights=b.lines.pieces, minlength=size)
    wanted = sold + np.bincount(lost.product, weights=lost.pieces, minlength=size)
    stock = supplied.inventory_daily
    home = stock[stock.warehouse_id == supplied.plan.used[0].name]
    by_sku = (home.on_hand > home.reserved).groupby(home.sku, observed=True).mean()
    there = np.ones(size)
    there[by_sku.index.str[1:].astype(int) - 1] = by_sku
    corrected = sold / np.maximum(there, 0.5)
    bias = wanted.sum() - sold.sum()
    assert bias > 0
    assert abs(wanted.sum() - corrected.sum()) < 0.5 * bias


def test_a_product_the_planner_forgets_is_not_bought(supplied: Any) -> None:
    b = supplied.b
    forgotten = b.stock.planner.forgotten
    near_rate(forgotten.sum(), forgotten.size, supplied.plan.neglect)
    bought = b.stock.purchases
    block = (bought.day + b.clock.first.weekday()) // 7 // 4
    assert not forgotten[bought.product, block].any()


def test_moments_of_lead_times_agree_with_a_large_sample() -> None:
    rng, mean, sd = np.random.default_rng(1), 6.0, 1.5
    drawn = np.maximum(np.rint(rng.gamma((mean / sd) ** 2, sd**2 / mean, 400_000)), 1)
    first, spread, late = lead_moments(np.array([mean]), np.array([sd]), np.array([7]))
    assert first[0] == pytest.approx(drawn.mean(), abs=0.01)
    assert spread[0] == pytest.approx(drawn.std(), abs=0.01)
    assert late[0] == pytest.approx((drawn > 7).mean(), abs=0.004)
