"""An event is called by its name in the reader's language, an unknown one by its own words."""

from opsbook.language import speaking
from opsbook.reference.calendar import name_of


def test_known_and_unknown_events() -> None:
    assert name_of("qixi") == "Qixi"
    assert name_of("my_own_day") == "my own day"
    with speaking("zh"):
        assert name_of("qixi") == "七夕"
        assert name_of("national_day") == "国庆节"
