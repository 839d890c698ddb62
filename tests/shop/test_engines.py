"""The same shop in a DuckDB file and on a PostgreSQL server gives the same numbers.

The server is a real one, started here on loopback with a throw-away data folder. Its
tables have foreign names, a schema of their own, times with zone and exact decimals; the
DuckDB file holds the contract's names, plain times and floats.
"""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from signal import SIGINT
from typing import Any
from urllib.parse import quote

import duckdb
import numpy as np
import pandas as pd
import psycopg
import pytest

from opsbook import open_shop
from opsbook.errors import DataError
from opsbook.language import speaking
from opsbook.shop import engines
from opsbook.shop.engines import masked, open_duckdb, open_url
from opsbook.shop.periods import data_days
from opsbook.shop.sales import sales_lines
from opsbook.shop.shop import Shop

USER, PASSWORD = "analyst", "p@ss:w/rd?#1"
SHOP_TOML = """
currency = "CNY"
timezone = "Asia/Shanghai"
data_timezone = "UTC"
[tables.orders]
file = "sales.T_Order"
columns = { order_id = "no", customer_id = "buyer", order_ts = "placed_at" }
[tables.order_lines]
file = "sales.t_line"
columns = { order_id = "no", line_id = "pos", paid_amount = "paid" }
[tables.products]
file = "sales.t_product"
"""


@dataclass(frozen=True)
class Small:
    """A small shop as frames; times in UTC."""

    orders: pd.DataFrame
    lines: pd.DataFrame
    products: pd.DataFrame


@pytest.fixture(scope="module")
def small() -> Small:
    draw = np.random.default_rng(7)
    n = 600
    minutes = draw.integers(0, 150 * 24 * 60, n)
    orders = pd.DataFrame(
        {
            "order_id": [f"{i:06d}" for i in range(n)],
            "customer_id": [f"c{i:03d}" for i in draw.integers(0, 120, n)],
            "region": draw.choice(["North", "South", "华东"], n),
            "status": draw.choice(["completed", "paid", "cancelled"], n, p=[0.7, 0.2, 0.1]),
            "order_ts": pd.Timestamp("2025-01-10") + pd.to_timedelta(minutes, unit="min"),
        }
    )
    sizes = draw.integers(1, 5, n)
    lines = pd.DataFrame({"order_id": np.repeat(orders.order_id, sizes)}).reset_index(drop=True)
    lines["line_id"] = (lines.groupby("order_id").cumcount() + 1).astype(str)
    lines["sku"] = [f"{i:04d}" for i in draw.integers(0, 40, len(lines))]
    lines["qty"] = draw.integers(1, 4, len(lines))
    lines["paid_amount"] = np.round(lines.qty * draw.uniform(5, 200, len(lines)), 2)
    products = pd.DataFrame({"sku": [f"{i:04d}" for i in range(40)]})
    products["category"] = [("tea", "coffee", "cups")[i % 3] for i in range(40)]
    return Small(orders, lines, products)


@pytest.fixture(scope="module")
def duckdb_file(small: Small, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("duck") / "small.duckdb"
    with duckdb.connect(str(path)) as con:
        for name, frame in (
            ("orders", small.orders),
            ("order_lines", small.lines),
            ("products", small.products),
        ):
            con.register("frame", frame)
            con.execute(f"CREATE TABLE {name} AS FROM frame")
    path.with_suffix(".toml").write_text(
        'timezone = "Asia/Shanghai"\ndata_timezone = "UTC"\n', encoding="utf-8"
    )
    return path


def postgres_binaries() -> Path:
    places = [shutil.which("initdb"), *sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")))]
    for place in reversed([p for p in places if p]):
        folder = Path(place) if Path(place).is_dir() else Path(place).parent
        if (folder / "postgres").exists():
            return folder
    if os.environ.get("CI"):
        pytest.fail("PostgreSQL is not installed; this test must not be skipped here")
    pytest.skip("PostgreSQL is not installed")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def account() -> dict[str, Any]:
    """PostgreSQL refuses to run as root; then it runs as another user."""
    if os.name != "posix" or os.geteuid() != 0:
        return {}
    import pwd

    names = {entry.pw_name for entry in pwd.getpwall()}
    user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@dataclass(frozen=True)
class Server:
    """A running PostgreSQL."""

    port: int

    @property
    def url(self) -> str:
        return f"postgres://{USER}:{quote(PASSWORD, safe='')}@127.0.0.1:{self.port}/shop"

    def connect(self, database: str = "shop") -> psycopg.Connection:
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user=USER,
            password=PASSWORD,
            dbname=database,
            autocommit=True,
        )


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    binaries, who = postgres_binaries(), account()
    # pytest's own temporary folders are closed to other users.
    with tempfile.TemporaryDirectory(prefix="opsbook-pg-") as name:
        folder = Path(name)
        if who:
            os.chown(folder, who["user"], who["group"])
        secret = folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        subprocess.run(
            [
                *(binaries / "initdb", "-D", folder / "data", "-U", USER, "-E", "UTF8"),
                *("--locale=C", "--auth=scram-sha-256", f"--pwfile={secret}", "--no-sync"),
            ],
            check=True,
            capture_output=True,
            cwd=folder,
            **who,
        )
        server = Server(free_port())
        settings = {
            "fsync": "off",
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": folder,
            "timezone": "America/New_York",  # a server abroad must not change anything
            "shared_preload_libraries": "pg_stat_statements",
            "compute_query_id": "on",
        }
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        with (folder / "log").open("wb") as log:
            running = subprocess.Popen(
                [binaries / "postgres", "-D", folder / "data", "-p", str(server.port), *options],
                stdout=log,
                stderr=log,
                cwd=folder,
                **who,
            )
        try:
            wait_for(server, running, folder / "log")
            yield server
        finally:
            running.send_signal(SIGINT)  # at once, whoever is still connected
            running.wait(timeout=30)


def wait_for(server: Server, running: subprocess.Popen, log: Path) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until and running.poll() is None:
        try:
            server.connect("postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"PostgreSQL did not start: {log.read_text()[-2000:]}")


@pytest.fixture(scope="module")
def filled(server: Server, small: Small) -> Server:
    with server.connect("postgres") as con:
        con.execute("CREATE DATABASE shop")
    with server.connect() as con:
        con.execute("CREATE EXTENSION pg_stat_statements")
        con.execute("CREATE SCHEMA sales")
        con.execute(
            'CREATE TABLE sales."T_Order" (no text PRIMARY KEY, buyer text, region text, '
            "status text, placed_at timestamptz)"
        )
        con.execute(
            "CREATE TABLE sales.t_line (no text, pos int, sku text, qty int, paid numeric(12, 2))"
        )
        con.execute("CREATE TABLE sales.t_product (sku text, category text)")
        aware = small.orders.assign(order_ts=small.orders.order_ts.dt.tz_localize("UTC"))
        for name, frame in (
            ('sales."T_Order"', aware),
            ("sales.t_line", small.lines),
            ("sales.t_product", small.products),
        ):
            with con.cursor() as cursor, cursor.copy(f"COPY {name} FROM STDIN") as copy:
                for row in frame.astype(object).itertuples(index=False):
                    copy.write_row(row)
    return server


@pytest.fixture
def on_postgres(filled: Server, tmp_path: Path) -> Shop:
    settings = tmp_path / "shop.toml"
    settings.write_text(SHOP_TOML, encoding="utf-8")
    return open_shop(f"{filled.url}?shop_toml={quote(str(settings))}")


@pytest.fixture
def on_duckdb(duckdb_file: Path) -> Shop:
    return open_shop(duckdb_file)


def by_month_and_region(shop: Shop) -> Any:
    lines = sales_lines(shop)
    return (
        lines.group_by(month=lines.day.truncate("M"), region=lines.region, category=lines.category)
        .agg(
            gmv=lines.amount.sum(),
            orders=lines.order_id.nunique(),
            buyers=lines.customer_id.nunique(),
            pieces=lines.qty.sum(),
        )
        .order_by("month", "region", "category")
    )


def test_metrics_are_equal_on_duckdb_and_postgresql(on_duckdb: Shop, on_postgres: Shop) -> None:
    key = ["month", "region", "category"]
    embedded, remote = (
        by_month_and_region(shop)
        .execute()
        .assign(month=lambda f: pd.to_datetime(f.month))
        .sort_values(key, ignore_index=True)
        for shop in (on_duckdb, on_postgres)
    )
    assert len(embedded) == 6 * 3 * 3  # January to June, three regions, three categories
    assert remote[key].equals(embedded[key])
    assert remote.orders.tolist() == embedded.orders.tolist()
    assert remote.buyers.tolist() == embedded.buyers.tolist()
    for column in ("gmv", "pieces"):
        np.testing.assert_allclose(
            remote[column].astype(float), embedded[column].astype(float), rtol=1e-9
        )


def test_both_agree_with_the_frames_they_were_filled_from(small: Small, on_postgres: Shop) -> None:
    sold = small.orders[small.orders.status != "cancelled"]
    # China is eight hours ahead of UTC all year.
    local = sold.assign(month=(sold.order_ts + pd.Timedelta(hours=8)).dt.strftime("%Y-%m"))
    gmv = small.lines.merge(local, on="order_id").groupby("month").paid_amount.sum()
    lines = sales_lines(on_postgres)
    found = lines.group_by(month=lines.day.truncate("M")).agg(gmv=lines.amount.sum()).execute()
    found.index = pd.to_datetime(found.month).dt.strftime("%Y-%m")
    pd.testing.assert_series_equal(
        found.gmv.sort_index(), gmv, check_names=False, check_index_type=False, rtol=1e-9
    )


def test_the_heavy_work_runs_in_the_database(filled: Server, on_postgres: Shop) -> None:
    expression = by_month_and_region(on_postgres)
    with filled.connect() as con:
        con.execute("SELECT pg_stat_statements_reset()")
        groups = expression.execute()
        seen = con.execute(
            "SELECT query, rows FROM pg_stat_statements "
            "WHERE query ILIKE '%t_line%' AND query NOT ILIKE '%pg_stat%'"
        ).fetchall()
    queries = [(query.upper(), rows) for query, rows in seen]
    fetched = [(query, rows) for query, rows in queries if rows]
    assert len(fetched) == 1
    query, rows = fetched[0]
    assert "GROUP BY" in query and "JOIN" in query
    # 54 groups crossed the wire; the tables behind them hold some 1,500 lines.
    assert rows == len(groups) == 54


def test_aware_times_and_decimals_become_what_the_contract_says(
    small: Small, on_postgres: Shop
) -> None:
    assert str(on_postgres.orders.order_ts.type().copy(scale=None)) == "timestamp"
    assert str(on_postgres.order_lines.paid_amount.type().copy(nullable=True)) == "float64"
    first = small.orders.iloc[0]
    row = on_postgres.orders.filter(on_postgres.orders.order_id == first.order_id).execute()
    assert row.order_ts.iloc[0] == first.order_ts + pd.Timedelta(hours=8)


def test_aware_times_in_duckdb_are_moved_into_the_shops_zone(tmp_path: Path) -> None:
    path = tmp_path / "aware.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("SET TimeZone = 'America/New_York'")
        con.execute(
            "CREATE TABLE orders AS SELECT 'a' AS order_id, "
            "TIMESTAMPTZ '2025-03-01 20:30:00+00' AS order_ts"
        )
    shop = open_duckdb(path)
    # 20:30 UTC is 04:30 of the next day in Shanghai, the zone of a shop that says nothing.
    assert shop.orders.order_ts.execute()[0] == pd.Timestamp("2025-03-02 04:30")


def test_plain_times_on_postgresql_follow_daylight_saving(server: Server, tmp_path: Path) -> None:
    with server.connect("postgres") as con:
        con.execute("CREATE SCHEMA IF NOT EXISTS plain")
        con.execute("CREATE TABLE plain.orders (order_id int, order_ts timestamp)")
        # Berlin is one hour ahead of UTC in winter and two in summer.
        con.execute(
            "INSERT INTO plain.orders VALUES (1, '2025-01-31 23:30'), (2, '2025-06-30 22:15')"
        )
    settings = tmp_path / "berlin.toml"
    settings.write_text('timezone = "Europe/Berlin"\ndata_timezone = "UTC"\n', encoding="utf-8")
    url = server.url.replace("/shop", "/postgres")
    shop = open_url(f"{url}?schema=plain&shop_toml={quote(str(settings))}")
    times = shop.orders.order_by("order_id").order_ts.execute()
    assert times.tolist() == [pd.Timestamp("2025-02-01 00:30"), pd.Timestamp("2025-07-01 00:15")]
    assert data_days(shop).days == 151


def test_text_that_is_no_number_or_date_is_null_on_postgresql_too(server: Server) -> None:
    with server.connect("postgres") as con:
        con.execute("CREATE SCHEMA IF NOT EXISTS wordy")
        con.execute("CREATE TABLE wordy.orders (order_id text, order_ts text, freight text)")
        rows = [
            ("1", "2025-02-28 10:00:00", "¥1,234.50"),
            ("2", "2025-02-30 10:00:00", "free"),
            ("3", "2024-02-29", " 7 "),
            ("4", "soon", ""),
        ]
        with con.cursor() as cursor:
            cursor.executemany("INSERT INTO wordy.orders VALUES (%s, %s, %s)", rows)
    shop = open_url(server.url.replace("/shop", "/postgres") + "?schema=wordy")
    typed = shop.entries["orders"].typed.order_by("order_id").execute()
    assert typed.order_ts.tolist()[0] == pd.Timestamp("2025-02-28 10:00")
    assert typed.order_ts.isna().tolist() == [False, True, False, True]
    assert typed.freight.fillna(-1).tolist() == [1234.5, -1, 7, -1]


def test_settings_may_come_from_the_environment(
    filled: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "anywhere.toml"
    settings.write_text(SHOP_TOML, encoding="utf-8")
    monkeypatch.setenv("OPSBOOK_SHOP_TOML", str(settings))
    assert open_url(filled.url).tables == ("orders", "order_lines", "products")
    monkeypatch.setenv("OPSBOOK_SHOP_TOML", str(tmp_path / "gone.toml"))
    with pytest.raises(DataError, match=r"gone\.toml, which should describe the shop"):
        open_url(filled.url)


def test_a_shop_never_shows_the_password(on_postgres: Shop) -> None:
    shown = f"{on_postgres!r} {on_postgres.source} {on_postgres.title}"
    assert PASSWORD not in shown and quote(PASSWORD, safe="") not in shown
    assert on_postgres.source.startswith(f"postgres://{USER}:***@127.0.0.1:")


def test_a_wrong_password_is_said_without_it(server: Server) -> None:
    wrong = server.url.replace(quote(PASSWORD, safe=""), "hunter2hunter2")
    with pytest.raises(DataError, match="password authentication failed") as caught:
        open_url(wrong)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_an_empty_database_says_what_it_has_and_what_to_write(server: Server) -> None:
    url = server.url.replace("/shop", "/template1")
    with pytest.raises(DataError, match=r'no table "orders"; it has -\..*\[tables\.orders\]'):
        open_url(url)


def test_a_mapped_table_that_is_not_there_is_named(filled: Server, tmp_path: Path) -> None:
    settings = tmp_path / "shop.toml"
    settings.write_text('[tables.orders]\nfile = "sales.t_orders"\n', encoding="utf-8")
    url = f"{filled.url}?shop_toml={quote(str(settings))}"
    with pytest.raises(DataError, match=r'"sales\.t_orders" for orders; .* T_Order, t_line'):
        open_url(url)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mongodb://ann:s3cret@h/shop", 'mongodb://ann:***@h/shop: "mongodb" is no database'),
        ("postgres://ann:s3cret@127.0.0.1:1/shop", "cannot be opened: connection failed"),
        ("postgres://ann:s3cret", "postgres://ann:***@ cannot be opened"),
        ("postgres://ann:s3/cret@h/shop", "@ as %40, / as %2F"),
        ("duckdb:///nowhere/s.duckdb", "duckdb:///nowhere/s.duckdb: there is no such file"),
        ("sqlite:///nowhere/s.db", "sqlite:///nowhere/s.db: there is no such file"),
        ("postgres://127.0.0.1:1/shop?sslpassword=s3cret", "?sslpassword=*** cannot be opened"),
    ],
)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_url_that_does_not_open_is_explained(url: str, message: str, lang: str) -> None:
    with pytest.raises(DataError) as caught:
        open_url(url)
    with speaking(lang):
        said = str(caught.value)
    assert "s3cret" not in said and "s3" not in said
    if lang == "en":
        assert message in said
    else:
        assert any("一" <= sign <= "鿿" for sign in said)


def test_a_missing_driver_is_named_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(url: str) -> None:
        raise ModuleNotFoundError("No module named 'clickhouse_connect'")

    monkeypatch.setattr(engines.ibis, "connect", missing)
    with pytest.raises(DataError, match=r'pip install "ibis-framework\[clickhouse\]"'):
        open_url("clickhouse://ann:s3cret@h/shop")


def test_a_driver_that_repeats_the_password_is_cut_short(monkeypatch: pytest.MonkeyPatch) -> None:
    def chatty(url: str) -> None:
        raise RuntimeError(f"cannot reach {url}")

    monkeypatch.setattr(engines.ibis, "connect", chatty)
    with pytest.raises(DataError, match="cannot be opened: RuntimeError") as caught:
        open_url("clickhouse://ann:s%33cret@h/shop?access_token=t0ken")
    assert "cret" not in str(caught.value) and "t0ken" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgres://h:5432/shop", "postgres://h:5432/shop"),
        ("postgres://[::1]:5432/shop", "postgres://[::1]:5432/shop"),
        ("postgres://ann@h/shop", "postgres://ann@h/shop"),
        ("postgres://ann:a:b@h/shop?schema=s", "postgres://ann:***@h/shop?schema=s"),
        ("postgres://ann:12/3@h/shop", "postgres://***"),
        ("postgres://ann:a?b@h/shop", "postgres://***"),
        ("bigquery://p/d?credentials=x&location=EU", "bigquery://p/d?credentials=***&location=EU"),
        ("duckdb://md:shop?motherduck_token=abc", "duckdb://md:shop?motherduck_token=***"),
    ],
)
def test_what_is_shown_of_a_url(url: str, shown: str) -> None:
    assert masked(url) == shown


def test_a_duckdb_file_is_opened_for_reading_only(duckdb_file: Path) -> None:
    shop = open_duckdb(duckdb_file)
    assert shop.title == "small"
    with pytest.raises(duckdb.InvalidInputException, match="read-only"):
        shop.orders.get_backend().raw_sql("DROP TABLE orders")
    assert open_url(f"duckdb://{duckdb_file}").tables == shop.tables


def test_a_file_that_is_no_duckdb_database_is_said(tmp_path: Path) -> None:
    path = tmp_path / "orders.duckdb"
    path.write_text("order_id,order_ts\n" * 400)
    with pytest.raises(DataError, match=r"orders\.duckdb cannot be read as a DuckDB file"):
        open_duckdb(path)
