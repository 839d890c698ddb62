"""Visits from events: a pause longer than the gap begins a new one, nothing else does."""

from datetime import timedelta
from itertools import pairwise

import ibis
import numpy as np
import pandas as pd
import pytest

from opsbook.errors import ParameterError
from opsbook.traffic.sessionise import sessionise, visits_of

NIGHT = pd.Timestamp("2026-01-05 23:50:00")


def events_at(*rows):
    frame = pd.DataFrame(rows, columns=["visitor_id", "second"])
    return ibis.memtable(
        frame.assign(
            event_id=[f"e{i}" for i in range(len(frame))],
            event_ts=[NIGHT + pd.Timedelta(seconds=s) for s in frame.pop("second")],
        )
    )


def test_a_pause_of_the_gap_is_the_same_visit_and_a_second_more_is_not():
    events = events_at(("u", 0), ("u", 1800), ("u", 3601), ("v", 1800))
    found = sessionise(events).order_by("event_id").execute()
    assert found["visit_no"].tolist() == [1, 1, 2, 1]
    assert found["place"].tolist() == [1, 2, 1, 1]


def test_midnight_and_equal_seconds_do_not_end_a_visit():
    visits = visits_of(events_at(("u", 0), ("u", 0), ("u", 900))).execute()
    assert visits[["events", "dwell_s"]].to_numpy().tolist() == [[3, 900]]


def test_visits_equal_a_plain_loop():
    rng = np.random.default_rng(1)
    rows = [(f"u{rng.integers(20)}", int(rng.integers(200_000))) for _ in range(800)]
    visits = visits_of(events_at(*rows), gap=timedelta(minutes=10)).execute()
    expected = 0
    for name in {u for u, _ in rows}:
        seconds = sorted(s for u, s in rows if u == name)
        expected += 1 + sum(b - a > 600 for a, b in pairwise(seconds))
    assert len(visits) == expected
    assert visits["events"].sum() == 800


def test_events_without_visitor_or_time_are_left_out():
    events = events_at(("u", 0), (None, 5))
    assert sessionise(events).count().execute() == 1


def test_bad_gaps_and_columns_are_refused():
    with pytest.raises(ParameterError, match="gap"):
        sessionise(events_at(("u", 0)), gap=timedelta(0))
    with pytest.raises(ParameterError, match="cookie"):
        sessionise(events_at(("u", 0)), unit="cookie")
