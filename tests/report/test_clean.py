"""What leaves the machine: no paths, no passwords, no foreign markup that runs."""

import pytest

from opsbook.report.clean import clean_html, masked, secrets_in, short_paths, without


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        ('<a href="javascript:x()">t</a>', "t"),
        ('<img src=x onerror="x()">t', "t"),
        ("<style>td{color:red}</style><table><tr><th scope=col>a", '<table><tr><th scope="col">a'),
        ("<svg><script>x()</script></svg>after", "after"),
        ("a &lt;script&gt; b", "a &lt;script&gt; b"),
        ("<b><i>x</b>y", "<b><i>x</i></b>y"),
    ],
)
def test_foreign_html_keeps_text_and_tables_only(html: str, kept: str) -> None:
    assert clean_html(html).startswith(kept)
    assert "<script" not in clean_html(html) and "on" + "error" not in clean_html(html)


@pytest.mark.parametrize(
    ("url", "password"),
    [
        ("postgres://ann:p4ssw0rd!@db.test/shop", "p4ssw0rd!"),
        ("postgres://ann:p4ss/w0rd!@db.test/shop", "p4ss/w0rd!"),
        ("postgres://db.test/shop?password=p4ssw0rd!", "p4ssw0rd!"),
        ("clickhouse://ann:p4ssw0rd%21@db.test/shop", "p4ssw0rd!"),
    ],
)
def test_password_is_found_in_a_url_and_put_out_of_any_text(url: str, password: str) -> None:
    said = without(f"could not open {url} as {password} was wrong", secrets_in(url))
    assert "p4ss" not in said and "w0rd" not in said and "db.test" in said
    assert "p4ss" not in masked(url) and "w0rd" not in masked(url)


def test_short_password_is_no_reason_to_black_out_common_words() -> None:
    secrets = secrets_in("postgres://ann:shop@db.test/shop")
    assert without("the shop at ann:shop@db", secrets) == "the shop at ann:***@db"


def test_paths_lose_the_machine_but_fractions_and_addresses_stay() -> None:
    assert short_paths('File "/usr/lib/x/shop/door.py", line 3') == 'File "shop/door.py", line 3'
    assert short_paths(r"C:\Users\ada\orders.csv row 3") == "orders.csv row 3"
    assert short_paths("1/2 of https://a.test/b/c/d") == "1/2 of https://a.test/b/c/d"
    assert masked("/home/ada/lotus") == "lotus" and masked("demo") == "demo"
