"""Make foreign output safe for a page: HTML from other libraries, paths, secrets."""

import re
from collections.abc import Mapping
from html import escape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

__all__ = ["clean_html", "masked", "scrub", "secrets_in", "short_paths", "without"]

_TEXT = ("b", "i", "em", "strong", "small", "sub", "sup", "code", "pre", "p", "br", "span", "div")
_LISTS = ("ul", "ol", "li", "dl", "dt", "dd", "blockquote")
_TABLES = ("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td")
_TAGS = frozenset((*_TEXT, *_LISTS, *_TABLES))
_WITH_CONTENT = frozenset(("script", "style", "template", "iframe", "object", "svg", "title"))
_ATTRIBUTES = {"th": {"scope", "colspan", "rowspan"}, "td": {"colspan", "rowspan"}}
_VOID = frozenset(("br",))


class _Cleaner(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self.open: list[str] = []
        self.skipping: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _WITH_CONTENT:
            self.skipping.append(tag)
        if self.skipping or tag not in _TAGS:
            return
        kept = _ATTRIBUTES.get(tag, set())
        given = "".join(f' {k}="{escape(v or "")}"' for k, v in attrs if k in kept)
        self.out.append(f"<{tag}{given}>")
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.skipping:
            if tag == self.skipping[-1]:
                self.skipping.pop()
        elif tag in self.open:
            while self.open:
                closing = self.open.pop()
                self.out.append(f"</{closing}>")
                if closing == tag:
                    break

    def handle_data(self, data: str) -> None:
        if not self.skipping:
            self.out.append(escape(data))


def clean_html(html: str) -> str:
    """Keep text and tables, drop everything that runs, loads or styles.

    Example:
        >>> clean_html('<td onclick="x()">a<script>alert(1)</script></td>')
        '<td>a</td>'
    """
    cleaner = _Cleaner()
    cleaner.feed(html)
    cleaner.close()
    cleaner.out.extend(f"</{tag}>" for tag in reversed(cleaner.open))
    return "".join(cleaner.out)


_PATH = re.compile(r"(?<![\w:/.<])(?:/[^\s/:'\"<>|,]+){2,}|\b[A-Za-z]:(?:\\[^\s\\:'\"<>|,]+)+")


def short_paths(text: str) -> str:
    """Cut absolute paths to their names: the page travels, the machine stays at home.

    Example:
        >>> short_paths("/home/ada/shop/orders.csv row 17, see /srv/lib/shop/door.py")
        'orders.csv row 17, see shop/door.py'
    """

    def short(found: re.Match[str]) -> str:
        parts = re.split(r"[/\\]", found[0])
        return "/".join(parts[-2:] if parts[-1].endswith(".py") else parts[-1:])

    return _PATH.sub(short, text)


_SECRET_KEYS = re.compile(r"pass|pwd|token|secret|key|credential|auth", re.IGNORECASE)
_LONG_ENOUGH = 6


def secrets_in(source: str) -> dict[str, str]:
    """Passwords and tokens in a URL: what to look for, and what to put in its place.

    A short password is looked for in its URL only: alone it might be any word of the page.
    """
    if "://" not in source:
        return {}
    try:
        parts = urlsplit(source)
        password, named = parts.password or "", parse_qsl(parts.query)
    except ValueError:
        return {source: "***"}
    # urlsplit finds no password that holds a slash; people have such passwords.
    wide = re.match(r"\w+://[^:/@]*:(.+)@", source)
    passwords = {password, unquote(password), wide[1] if wide else ""} - {""}
    found = {f":{word}@": ":***@" for word in passwords}
    found |= {f"{k}={v}": f"{k}=***" for k, v in named if _SECRET_KEYS.search(k)}
    bare = [*passwords, *(v for k, v in named if _SECRET_KEYS.search(k))]
    return found | {secret: "***" for secret in bare if len(secret) >= _LONG_ENOUGH}


def masked(source: str) -> str:
    """A source as it may be shown: no password in a URL, no folder but the last."""
    if "://" in source:
        from opsbook.shop import engines

        return engines.masked(source)
    return source.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1] or source


def without(text: str, secrets: Mapping[str, str]) -> str:
    """The text with every secret put out, longest first."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, secrets[secret])
    return text


_DRAWN = ("wide", "phone", "image/png", "image/jpeg", "image/svg+xml")


def scrub(data: Any, secrets: Mapping[str, str]) -> Any:
    """Plain data with every secret put out of its texts; drawings are left alone."""
    if isinstance(data, str):
        return without(data, secrets)
    if isinstance(data, dict):
        for key, value in data.items():
            data[key] = value if key in _DRAWN else scrub(value, secrets)
    elif isinstance(data, list):
        data[:] = [scrub(value, secrets) for value in data]
    return data
