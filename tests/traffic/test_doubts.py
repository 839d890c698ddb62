"""A finding that counts events whose tracking broke says so; others stay as they are."""

from dataclasses import replace
from datetime import date
from types import SimpleNamespace

from opsbook.finding import Finding
from opsbook.shop.periods import Period
from opsbook.traffic.doubts import in_doubt
from opsbook.traffic.faults import Fault, Faults

DAYS = Period(date(2026, 1, 1), date(2026, 2, 1))
NOTE = Finding(
    "D13", "a page is weak", "20 of 1,000", "", 5.0, "", "mend it", "", "", "high", "traffic/D13"
)
BROKEN = Fault(
    "pay", "mobile", date(2026, 1, 10), date(2026, 1, 11),
    900, 0, 300.0, 0.0, 0.02, "fault", 300, 300, 0.0,
)  # fmt: skip


def health(*faults):
    return SimpleNamespace(faults=Faults(faults, DAYS.start, DAYS.end))


def test_it_says_which_event_is_missing_and_is_of_low_confidence():
    (said,) = in_doubt([NOTE], health(BROKEN), DAYS, "product_view", "pay")
    assert said.evidence.startswith(NOTE.evidence)
    assert "mobile" in said.evidence
    assert said.confidence == "low"


def test_other_events_other_days_and_sound_tracking_change_nothing():
    before = Period(date(2025, 12, 1), date(2026, 1, 1))
    assert in_doubt([NOTE], health(BROKEN), DAYS, "cart") == [NOTE]
    assert in_doubt([NOTE], health(BROKEN), before, "pay") == [NOTE]
    assert in_doubt([NOTE], health(), DAYS, "pay") == [NOTE]
    assert in_doubt([NOTE], None, DAYS, "pay") == [NOTE]


def test_a_true_fall_is_no_fault_of_the_count():
    fell = replace(BROKEN, verdict="incident")
    assert in_doubt([NOTE], health(fell), DAYS, "pay") == [NOTE]
