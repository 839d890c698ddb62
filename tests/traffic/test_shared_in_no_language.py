"""What two languages of one report share is worked out without asking for the language."""

import pandas as pd
import pytest
from traffic_shops import START, order_frames, session_frame, spend_frame

from made_shop import shop_of
from opsbook.language import speaking, t
from opsbook.shop.answers import _Overheard, _untold
from opsbook.shop.periods import Period
from opsbook.traffic import channels, drill, key_sheet, product_conversion
from opsbook.traffic.drill import drill_frame
from opsbook.traffic.key_sheet_counts import counted


def _period(first: int, after: int) -> Period:
    day = pd.Timedelta(days=1)
    return Period((START + first * day).date(), (START + after * day).date())


@pytest.fixture(scope="module")
def shop():
    """16 weeks, two channels and orders without one, a product without a category."""
    visits, rows = [], []
    for day in range(112):
        visits += [(f"v{day}-{i}", None, day + 0.3, "ads") for i in range(20)]
        rows += [(f"u{day}-{i}", day + 0.4, ("ads", "search", None)[i % 3]) for i in range(6)]
    # From day 98 on the ads sell nothing.
    rows = [row for row in rows if row[1] < 98 or row[2] != "ads"]
    tables = order_frames(rows)
    seen = pd.DataFrame(
        [(f"e{i}", f"w{i}", START + pd.Timedelta(days=90), "view", "x") for i in range(40)],
        columns=["event_id", "session_id", "event_ts", "type", "sku"],
    )
    more = seen.rename(columns={"event_ts": "start_ts"})[["session_id", "start_ts"]]
    sessions = pd.concat([session_frame(visits), more.assign(visitor_id=more["session_id"])])
    return shop_of(
        **tables, sessions=sessions, events=seen, ad_spend=spend_frame({"ads": 1120.0}, 112)
    )


def _drilled(shop):
    return drill.drill(shop, _period(98, 112), _period(42, 98))


@pytest.mark.parametrize(
    "work",
    [
        lambda shop: counted(shop, _period(56, 112), 0.95),
        lambda shop: channels._compared(shop, _period(56, 112), 0.95),
        lambda shop: product_conversion._counted_products(shop, _period(56, 112), 0.1, 0.95),
        _drilled,
    ],
)
def test_shared_part_does_not_ask_for_the_language(shop, work):
    heard = _Overheard("en")
    with speaking(heard):
        work(_untold(shop))
    assert not heard.asked


def test_listening_notices_a_text():
    heard = _Overheard("en")
    with speaking(heard):
        t("not stated")
    assert heard.asked


def test_names_follow_the_language_and_figures_do_not(shop):
    found = {}
    for lang in ("en", "zh"):
        with speaking(lang):
            mix = channels.channels(shop, _period(56, 112))
            pages = product_conversion.product_conversion(shop, _period(56, 112))
            sheet = key_sheet.key_sheet(shop, _period(56, 112))
            assert t("not stated") in set(mix.frame["channel"])
            assert set(pages.categories["category"]) == {t("not stated")}
            found[lang] = mix, pages, sheet
    (mix, pages, sheet), (other_mix, other_pages, other_sheet) = found["en"], found["zh"]
    for one, other, name in (
        (mix.frame, other_mix.frame, "channel"),
        (pages.products, other_pages.products, "category"),
    ):
        pd.testing.assert_frame_equal(one.drop(columns=name), other.drop(columns=name), rtol=1e-9)
    assert [x.value for x in sheet.lines] == pytest.approx([x.value for x in other_sheet.lines])
    assert all(x.label != y.label for x, y in zip(sheet.lines, other_sheet.lines, strict=True))


def test_slices_are_named_when_they_are_read():
    days = pd.date_range("2026-03-02", periods=70)
    rows = [
        (day, who, 100.0, 10.0 if who == "old" or day < days[56] else 3.0)
        for day in days
        for who in ("new", "old")
    ]
    sold = pd.DataFrame(rows, columns=["day", "customers", "gmv", "orders"])
    sold = sold.assign(gmv_squares=1e4, order_squares=sold["orders"])
    whole = Period(days[0].date(), (days[-1] + pd.Timedelta(days=1)).date())
    window, base = Period(days[56].date(), whole.end), Period(whole.start, days[56].date())
    found = drill_frame(sold, window, base, span=whole)
    with speaking("en"):
        english = found.frame
    with speaking("zh"):
        chinese = found.frame
    assert set(english["slice"]) == {"New customers", "Old customers"}
    assert set(chinese["slice"]).isdisjoint(english["slice"])
    assert english.drop(columns="slice").equals(chinese.drop(columns="slice"))
