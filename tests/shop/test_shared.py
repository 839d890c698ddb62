"""Results shared by the reports of one batch: computed once, in no language, one copy each."""

import multiprocessing
import os
import time
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pytest

from made_shop import shop_of
from opsbook.errors import CannotTell
from opsbook.language import N_, speaking, t
from opsbook.shop.described import Indescribable, code_state, described
from opsbook.shop.settings import Settings
from opsbook.shop.shared import FOLDER, in_any_order, shared
from opsbook.shop.shop import Shop

calls: list[str] = []


@dataclass(frozen=True)
class Answer:
    rows: pd.DataFrame
    source: str


@shared
def counted(shop: Shop, days: int = 7, *, brand: str = "") -> Answer:
    calls.append("counted")
    return Answer(pd.DataFrame({"days": [days], "brand": [brand]}), shop.title)


@shared
def passed_on(shop: Shop, answer: Answer) -> Answer:
    calls.append("passed_on")
    return Answer(answer.rows, answer.source)


@shared
def spoken(shop: Shop) -> str:
    calls.append("spoken")
    return t("Reports")


@shared
def around(shop: Shop) -> list[str]:
    calls.append("around")
    return [spoken(shop)]


@shared
def plain_around(shop: Shop) -> str:
    return counted(shop).source


@shared
def doubled(found: Answer) -> Answer:
    calls.append("doubled")
    return replace(found, rows=pd.concat([found.rows, found.rows]))


@dataclass
class Box:
    shop: Shop


@shared
def holding(number: float, box: Box) -> Box:
    calls.append("holding")
    return box


@shared
def written_out(shop: Shop) -> str:
    calls.append("written_out")
    return f"Source: {shop.title}"


@shared
def refusing(shop: Shop) -> None:
    calls.append("refusing")
    raise CannotTell(N_("{source} has no table"), source=shop.title)


@shared
def nothing(number: float) -> None:
    calls.append("nothing")


@shared
def slowly(shop: Shop, mark: str) -> float:
    with Path(mark).open("a") as file:
        file.write("x")
    time.sleep(0.5)
    return time.time()


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A shop whose data lie in a file, in a batch that has just begun."""
    calls.clear()
    batch = tmp_path / "batch"
    batch.mkdir(mode=0o700)
    monkeypatch.setenv(FOLDER, str(batch))
    return made(tmp_path)


def made(folder: Path) -> Shop:
    data = folder / "orders.csv"
    if not data.exists():
        data.write_text("order_id,order_ts\n1,2024-01-01\n")
    orders = pd.DataFrame({"order_id": ["1"], "order_ts": [pd.Timestamp("2024-01-01")]})
    found = shop_of(orders=orders)
    return Shop(str(data), Settings(name="Acme", name_zh="艾克美", currency="CNY"), found.entries)


def test_second_report_reads_what_the_first_computed_and_gets_a_copy_of_its_own(
    shop: Shop, tmp_path: Path
) -> None:
    first = counted(shop, 7)
    first.rows.loc[0, "days"] = 99
    second = counted(made(tmp_path), days=7, brand="")
    assert calls == ["counted"]
    assert second.rows["days"].tolist() == [7]


def test_outside_a_batch_the_function_is_called_each_time(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("", None):
        if folder is None:
            monkeypatch.delenv(FOLDER)
        else:
            monkeypatch.setenv(FOLDER, folder)
        counted(shop)
    assert calls == ["counted", "counted"]


def test_shops_name_is_read_in_the_readers_language_and_a_brand_of_that_name_stays(
    shop: Shop,
) -> None:
    with speaking("en"):
        english = counted(shop, brand="Acme")
        assert passed_on(shop, english).source == "Acme"
    with speaking("zh"):
        chinese = counted(shop, brand="Acme")
        # The brand's bytes are those of the name: what cannot be told apart is not shared.
        assert passed_on(shop, chinese).source == "艾克美"
    assert english.source == "Acme"
    assert chinese.source == "艾克美"
    assert chinese.rows["brand"].tolist() == ["Acme"]


def test_name_passed_on_from_another_answer_keeps_the_question_the_same_in_both_languages(
    shop: Shop,
) -> None:
    with speaking("en"):
        passed_on(shop, counted(shop))
    with speaking("zh"):
        assert passed_on(shop, counted(shop)).source == "艾克美"
    assert calls == ["counted", "passed_on"]


def test_question_about_an_answer_alone_knows_the_shops_name_from_it(shop: Shop) -> None:
    with speaking("en"):
        assert doubled(counted(shop)).source == "Acme"
    with speaking("zh"):
        assert doubled(counted(shop)).source == "艾克美"
    assert calls == ["counted", "doubled"]


def test_shop_that_the_reader_was_not_given_is_not_written_down(shop: Shop) -> None:
    assert holding(1.0, Box(shop)).shop is shop
    assert calls[0] == "holding"


def test_what_asks_for_the_language_is_not_shared_across_languages(shop: Shop) -> None:
    with speaking("en"):
        assert around(shop) == ["Reports"]
        assert around(shop) == ["Reports"]
    with speaking("zh"):
        assert around(shop) == [t("Reports")] != ["Reports"]
    assert calls == ["around", "spoken", "around", "spoken"]


def test_asking_for_something_shared_is_not_asking_for_the_language(
    shop: Shop, tmp_path: Path
) -> None:
    with speaking("en"):
        assert plain_around(shop) == "Acme"
    kept = sorted(file.suffix for file in (tmp_path / "batch").iterdir())
    assert kept == [".all", ".all", ".lock", ".lock"]
    with speaking("zh"):
        assert plain_around(shop) == "艾克美"


def test_name_inside_a_longer_text_is_never_shared(shop: Shop) -> None:
    for lang, name in (("en", "Acme"), ("zh", "艾克美"), ("en", "Acme")):
        with speaking(lang):
            assert written_out(shop) == f"Source: {name}"


def test_exception_is_met_by_each_caller_with_its_own_words(shop: Shop) -> None:
    for lang, name in (("en", "Acme"), ("zh", "艾克美")):
        with speaking(lang), pytest.raises(CannotTell) as met:
            refusing(shop)
        assert met.value.values == {"source": name}


def test_none_is_an_answer_and_a_question_needs_no_shop(shop: Shop) -> None:
    assert nothing(1.5) is None
    assert nothing(1.5) is None
    assert nothing(2.5) is None
    assert calls == ["nothing", "nothing"]


def test_other_data_settings_or_arguments_are_another_question(shop: Shop, tmp_path: Path) -> None:
    counted(shop)
    counted(shop, 8)
    (tmp_path / "orders.csv").write_text("order_id,order_ts\n1,2024-01-01\n2,2024-01-02\n")
    counted(made(tmp_path))
    counted(Shop(shop.source, Settings(name="Acme", currency="EUR"), shop.entries))
    assert calls == ["counted"] * 4


def test_shop_in_a_database_shares_nothing(shop: Shop, tmp_path: Path) -> None:
    for _ in range(2):
        counted(Shop("postgres://here/shop", shop.settings, shop.entries))
    assert calls == ["counted"] * 2
    assert not list((tmp_path / "batch").iterdir())


def test_folder_that_has_gone_costs_time_only(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "batch").rmdir()
    assert counted(shop).source == "Acme"


# --- two at once ---------------------------------------------------------------------------

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="locks need POSIX")


def ask_slowly(folder: Path, mark: Path, said: "multiprocessing.Queue[float]") -> None:
    said.put(slowly(made(folder), str(mark)))


def ask_and_die(folder: Path, mark: Path) -> None:
    slowly(made(folder), str(mark))


@forks
def test_of_two_at_once_one_computes_and_the_other_waits(shop: Shop, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    said: multiprocessing.Queue[float] = context.Queue()
    mark = tmp_path / "mark"
    both = [context.Process(target=ask_slowly, args=(tmp_path, mark, said)) for _ in range(2)]
    for one in both:
        one.start()
    times = {said.get(timeout=60) for _ in both}
    for one in both:
        one.join()
    assert len(times) == 1
    assert mark.read_text() == "x"


@forks
def test_dead_holder_is_not_waited_for(shop: Shop, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    mark = tmp_path / "mark"
    holder = context.Process(target=ask_and_die, args=(tmp_path, mark))
    holder.start()
    while not mark.exists():
        time.sleep(0.01)
    holder.kill()
    holder.join()
    assert slowly(shop, str(mark)) > 0
    assert mark.read_text() == "xx"


def test_questions_in_any_order_are_answered_in_theirs(shop: Shop) -> None:
    found = in_any_order(counted, [(shop, days) for days in (3, 1, 2)])
    assert [answer.rows["days"].item() for answer in found] == [3, 1, 2]


# --- descriptions --------------------------------------------------------------------------


def test_like_values_of_other_kinds_are_told_apart() -> None:
    frame = pd.DataFrame({"a": [1, 2]})
    other = frame.assign(a=[1, 3])
    named = frame.copy()
    named.attrs["level"] = 0.9
    values = [1, 1.0, True, "1", b"1", None, (1,), [1], {1}, {1: 1}, frame, other, named]
    values += [frame.astype(float), frame["a"], frame["a"].to_numpy(), Answer(frame, "x"), t]
    values += [
        range(1, 2),
        range(2, 3),
        pd.Index([1, 2]),
        pd.Index([1, 2], name="a"),
        pd.date_range("2026-01-01", periods=2),
    ]
    assert len({described(value) for value in values}) == len(values)
    assert described(frame.copy()) == described(frame)


def test_what_cannot_be_told_is_said_so() -> None:
    for value in (lambda: None, object(), pd.DataFrame({"a": [object()]}), iter(())):
        with pytest.raises(Indescribable):
            described(value)


def test_code_is_looked_at_once() -> None:
    assert code_state() == code_state() != ""
