"""What the warm process does before the first report."""

import threading

import pytest

from opsbook.report import preload


def test_the_page_that_warms_is_made_and_leaves_no_thread_behind() -> None:
    before = threading.active_count()
    preload._make_page()
    assert threading.active_count() == before


def test_what_cannot_be_drawn_does_not_keep_the_warm_process_from_coming_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken() -> None:
        raise RuntimeError

    monkeypatch.setattr(preload, "_make_page", broken)
    preload.warm_up()
