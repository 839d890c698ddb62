"""The market report on a foreign shop of three CSV files, as a user renders it."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from opsbook.cli import app

SHOP_TOML = """\
name = "Lotus Tea"
currency = "CNY"
timezone = "Asia/Shanghai"

[tables.orders]
file = "导出.csv"
columns = { order_id = "订单号", order_ts = "下单时间", customer_id = "买家", region = "省份" }

[tables.order_lines]
file = "items.csv"
columns = { order_id = "订单号", sku = "货号", qty = "数量", paid_price = "成交价" }

[tables.products]
file = "goods.csv"
columns = { sku = "货号", category = "类目" }
"""
EVIL = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty weeks of a small shop, GBK orders, one category with a hostile name."""
    home = tmp_path_factory.mktemp("lotus")
    rng = np.random.default_rng(7)
    n = 3000
    day = pd.Timestamp("2025-10-01") + pd.to_timedelta(rng.integers(0, 280, n), "D")
    when = (day + pd.to_timedelta(rng.integers(0, 86_400, n), "s")).sort_values()
    ids = [f"{i:06d}" for i in range(n)]
    orders = pd.DataFrame(
        {
            "订单号": ids,
            "下单时间": when.strftime("%Y/%m/%d %H:%M:%S"),
            "买家": [f"u{c}" for c in rng.integers(0, 900, n)],
            "省份": rng.choice(["浙江", "广东", "四川"], n),
        }
    )
    orders.to_csv(home / "导出.csv", index=False, encoding="gb18030")
    sku = rng.integers(0, 40, n)
    pd.DataFrame(
        {
            "订单号": ids,
            "货号": [f"{s:03d}" for s in sku],
            "数量": rng.integers(1, 4, n),
            "成交价": [f"¥{20 + s:,.2f}" for s in sku],
        }
    ).to_csv(home / "items.csv", index=False)
    pd.DataFrame(
        {
            "货号": [f"{s:03d}" for s in range(40)],
            "类目": [EVIL if s % 5 == 0 else f"茶{s % 5}" for s in range(40)],
        }
    ).to_csv(home / "goods.csv", index=False)
    (home / "shop.toml").write_text(SHOP_TOML, encoding="utf-8")
    return home


@pytest.fixture(scope="module")
def page(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    out = tmp_path_factory.mktemp("out")
    args = ["report", "market_analysis", "--source", str(folder), "--lang", "zh", "--out", str(out)]
    result = CliRunner().invoke(app, args)
    assert result.exit_code == 0, result.output
    return (out / "market_analysis-zh.html").read_text(encoding="utf-8"), out


def test_shop_toml_needs_at_most_fifteen_lines() -> None:
    assert len([line for line in SHOP_TOML.splitlines() if line.strip()]) <= 15


def test_page_is_chinese_self_contained_and_small(page: tuple[str, Path]) -> None:
    html, _ = page
    assert '<html lang="zh' in html
    assert "发现与行动" in html
    assert "Findings and actions" not in html
    assert not re.search(r'(?:src|href)\s*=\s*"(?:https?:)?//', html)
    assert not re.search(r"url\(\s*['\"]?(?:https?:)?//", html)
    assert len(html.encode()) < 1_500_000


def test_data_is_harmless_in_the_page(page: tuple[str, Path]) -> None:
    assert EVIL not in page[0]
    assert "&lt;script&gt;" in page[0]


def test_sales_on_the_page_are_those_of_the_files(page: tuple[str, Path], folder: Path) -> None:
    metrics = json.loads((page[1] / "market_analysis-zh.metrics.json").read_text("utf-8"))
    figures = {f["id"]: f["raw"] for f in metrics["metrics"]}
    orders = pd.read_csv(folder / "导出.csv", encoding="gb18030", dtype=str)
    lines = pd.read_csv(folder / "items.csv", dtype=str)
    when = pd.to_datetime(orders["下单时间"])
    last = when.max().normalize() + pd.Timedelta(days=1)
    end = last - pd.Timedelta(days=last.weekday())  # whole weeks, Monday to Sunday
    inside = orders.loc[(when >= end - pd.Timedelta(weeks=12)) & (when < end), "订单号"]
    kept = lines[lines["订单号"].isin(inside)]
    amount = kept["数量"].astype(int) * kept["成交价"].str.strip("¥").astype(float)
    assert figures["gmv"] == pytest.approx(amount.sum(), rel=1e-9)
    assert figures["aov"] == pytest.approx(amount.sum() / inside.nunique(), rel=1e-9)


def test_what_the_data_lack_is_said_and_breaks_nothing(page: tuple[str, Path]) -> None:
    assert "没有访问表" in page[0]
    assert "标价" in page[0]  # discounts need list prices, which these files do not have


def test_orders_alone_narrow_the_report(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "导出.csv").write_bytes((folder / "导出.csv").read_bytes())
    names = SHOP_TOML.split("[tables.order_lines]")[0]
    (tmp_path / "shop.toml").write_text(names, encoding="utf-8")
    out = tmp_path / "out"
    args = ["report", "market_analysis", "--source", str(tmp_path), "--out", str(out)]
    result = CliRunner().invoke(app, args)
    assert result.exit_code == 0, result.output
    html = (out / "market_analysis.html").read_text(encoding="utf-8")
    assert "This needs order_lines" in html
    metrics = json.loads((out / "market_analysis.metrics.json").read_text("utf-8"))["metrics"]
    assert [m["id"] for m in metrics] == ["orders", "buyers", "orders_per_buyer"]
