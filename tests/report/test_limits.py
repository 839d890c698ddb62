"""What a report may take: read from text, shared between reports, put up in the kernel."""

import subprocess
import sys
from pathlib import Path

import pytest

from opsbook.errors import ParameterError
from opsbook.report.guard import memory_of
from opsbook.report.limits import Limits, cores, machine_memory, memory_bytes, shared_by


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4GB", 4 * 10**9),
        ("4G", 4 * 10**9),
        ("1.5gb", 1_500_000_000),
        ("2GiB", 2 * 2**30),
        (" 700 MB ", 700_000_000),
        ("600000000", 600_000_000),
    ],
)
def test_memory_is_read_as_people_write_it(text: str, expected: int) -> None:
    assert memory_bytes(text) == expected


@pytest.mark.parametrize("text", ["", "much", "4 GB free", "-4GB", "4,5GB", "nanGB", "GB"])
def test_what_is_no_memory_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ParameterError, match="write it like 4GB"):
        memory_bytes(text)


def test_too_little_memory_is_refused_before_anything_runs() -> None:
    with pytest.raises(ParameterError, match=r"100MB is too little .* 0\.5GB"):
        memory_bytes("100MB")


@pytest.mark.parametrize("given", [{"cell_seconds": -1}, {"report_seconds": -1}, {"retries": -1}])
def test_negative_limits_are_refused(given: dict[str, float]) -> None:
    with pytest.raises(ParameterError, match="must not be negative"):
        Limits(**given)  # type: ignore[arg-type]


def test_unknown_isolation_is_refused_with_what_is_valid() -> None:
    with pytest.raises(ParameterError, match=r"warm / plain, not .cold"):
        Limits(isolation="cold")


def test_reports_that_run_at_once_share_memory_and_processors() -> None:
    alone, four = shared_by(Limits(), 1), shared_by(Limits(), 4)
    # 80 % of the machine for one, a quarter of that for each of four, but 1 GB at least.
    assert alone.memory_bytes == max(10**9, int(machine_memory() * 0.8))
    assert four.memory_bytes == max(10**9, int(machine_memory() * 0.2))
    assert (alone.threads, four.threads) == (cores(), max(1, cores() // 4))


def test_what_was_asked_for_is_not_shared() -> None:
    asked = Limits(memory_bytes=3 * 10**9, threads=5)
    assert shared_by(asked, 4) == asked


def in_kernel(source: str, **environment: str) -> str:
    """Output of Python with the walls up."""
    code = f"from opsbook.report.walls import raise_walls; raise_walls()\n{source}"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_duckdb_gets_its_share_and_spills_where_it_is_told() -> None:
    look = (
        "import ibis\n"
        "for one in (ibis.duckdb.connect(), ibis.duckdb.connect(threads=1)):\n"
        "    print(*one.raw_sql(\"select current_setting('memory_limit'), \"\n"
        "        \"current_setting('threads'), current_setting('temp_directory')\").fetchone())"
    )
    given = {"OPSBOOK_MEMORY": "1000000000", "OPSBOOK_THREADS": "2", "OPSBOOK_SPILL": "/x/spill"}
    # 60 % of 1 GB is 572.2 MiB
    assert in_kernel(look, **given).splitlines() == [
        "572.2 MiB 2 /x/spill",
        "572.2 MiB 1 /x/spill",
    ]


@pytest.mark.slow
def test_query_larger_than_its_memory_spills_and_finishes(tmp_path: Path) -> None:
    # 30 million groups of two need some 2 GB; each key k holds k and k + 30 million.
    query = (
        "import ibis\nprint(ibis.duckdb.connect().raw_sql('select count(*), max(s) from (select "
        "i % 30000000 k, sum(i) s from range(60000000) t(i) group by 1)').fetchone())"
    )
    given = {"OPSBOOK_MEMORY": "1000000000", "OPSBOOK_THREADS": "2"}
    said = in_kernel(query, **given, OPSBOOK_SPILL=str(tmp_path))
    # On a slow machine DuckDB draws a bar first; in Jupyter's kernels it does not.
    assert said.splitlines()[-1].endswith("(30000000, 89999998)")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts private memory")
def test_one_large_allocation_is_an_error_that_can_be_shown_not_a_death() -> None:
    grab = "try: bytearray(2 * 10**9)\nexcept MemoryError: print('refused')\nbytearray(10**8)"
    assert in_kernel(grab, OPSBOOK_MEMORY="1000000000") == "refused"


def test_without_limits_nothing_is_put_up() -> None:
    look = "import sys; print('duckdb' in sys.modules)"
    assert in_kernel(look) == "False"


@pytest.mark.skipif(sys.platform != "linux", reason="read from /proc")
def test_memory_of_a_process_includes_its_children_but_not_twice() -> None:
    source = (
        "import os, sys\nx = bytearray(b'1' * 10**8)\npid = os.fork()\n"
        "if pid == 0:\n    y = bytearray(b'2' * (5 * 10**7))\n    print('up', flush=True)\n"
        "    sys.stdin.read()\n    os._exit(0)\nos.waitpid(pid, 0)"
    )
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", source], stdin=pipe, stdout=pipe) as process:
        assert process.stdout is not None
        process.stdout.readline()
        used = memory_of(process.pid)
        process.communicate()
    # 100 MB shared by both, 50 MB of the child's own, some for two Pythons
    assert 150e6 < used < 190e6
