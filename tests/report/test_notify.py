"""Messages: what is worth one, what it says, and that it arrives; real servers on loopback."""

import json
import socket
import sys
import threading
from collections.abc import Iterator
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import requests
from aiosmtpd.controller import Controller
from jobs_kit import FINDING

from opsbook.report.job import Notice
from opsbook.report.news import Message, Told, message, new_findings, plain
from opsbook.report.notify import send

MESSAGE = Message("daily: 新发现：1", "• Fuel fell <b> & more (−12.0 k CNY)\nsecond line", True)


class Inbox:
    """An SMTP server's memory."""

    def __init__(self) -> None:
        self.got: list[Any] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.got.append((envelope, message_from_bytes(envelope.content, policy=policy.default)))
        return "250 OK"


@pytest.fixture
def mail() -> Iterator[tuple[Inbox, int]]:
    inbox = Inbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Controller(inbox, hostname="127.0.0.1", port=port)
    server.start()
    yield inbox, port
    server.stop()


class Hook(HTTPServer):
    """A web server that remembers what was posted, and answers as told."""

    status = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Post)
        self.got: list[tuple[str, dict[str, str], bytes]] = []


class Post(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, dict(self.headers), body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture
def hook() -> Iterator[Hook]:
    server = Hook()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def test_mail_arrives_with_title_and_text(mail: tuple[Inbox, int]) -> None:
    inbox, port = mail
    address = f"mailto://127.0.0.1:{port}?from=ops@shop.test&to=ann@shop.test&format=text"
    assert send(address, MESSAGE) == ""
    ((envelope, got),) = inbox.got
    assert envelope.rcpt_tos == ["ann@shop.test"] and got["Subject"] == MESSAGE.title
    text = got.get_body(("plain",)).get_content()
    assert "• Fuel fell <b> & more (−12.0 k CNY)" in text and "second line" in text


def test_mail_as_html_runs_nothing_and_loads_nothing(mail: tuple[Inbox, int]) -> None:
    inbox, port = mail
    address = f"mailto://127.0.0.1:{port}?from=ops@shop.test&to=ann@shop.test&format=html"
    assert send(address, Message("t", "<script>alert(1)</script><img src=x>", False)) == ""
    ((envelope, got),) = inbox.got
    html = got.get_body(("html",)).get_content()
    assert "&lt;script&gt;" in html and "<script" not in html and "<img" not in html
    assert b"github" not in envelope.content.lower()


def test_webhook_gets_json_with_title_and_text(hook: Hook) -> None:
    assert send(f"json://127.0.0.1:{hook.server_port}/hooks/t0ken-abcdef", MESSAGE) == ""
    ((path, headers, body),) = hook.got
    found = json.loads(body)
    assert path == "/hooks/t0ken-abcdef" and found["title"] == MESSAGE.title
    assert found["message"] == MESSAGE.body and found["type"] == "failure"
    assert "github" not in (body.decode() + str(headers)).lower()


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("wecombot://k3y-k3y-k3y-k3y", "wecombot"),
        ("feishu://t0ken-t0ken-t0ken", "feishu"),
        ("dingtalk://s3cret@t0kent0kent0ken/", "dingtalk"),
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#ops", "slack"),
    ],
)
def test_chats_get_one_request_to_their_own_address(
    monkeypatch: pytest.MonkeyPatch, address: str, name: str
) -> None:
    asked: list[tuple[str, str]] = []

    def answer(_: Any, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        body = request.body or b""
        text = body.decode() if isinstance(body, bytes) else body
        asked.append((str(request.url), text))
        found = requests.Response()
        found.status_code = 200
        found._content = b'{"code": 0, "errcode": 0}' if name != "slack" else b"ok"
        found.request = request
        return found

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", answer)
    assert send(address, Message("daily: 1 of 2 reports failed", "line", True)) == ""
    ((url, data),) = asked
    hosts = {"wecombot": "qyapi.weixin.qq.com", "feishu": "open.feishu.cn"}
    hosts |= {"dingtalk": "oapi.dingtalk.com", "slack": "hooks.slack.com"}
    assert url.startswith(f"https://{hosts[name]}/")
    assert "1 of 2 reports failed" in data and "line" in data and "github" not in data.lower()


@pytest.mark.parametrize("status", [404, 500])
def test_service_that_refuses_is_said_without_the_token(
    hook: Hook, status: int, capfd: pytest.CaptureFixture[str]
) -> None:
    hook.status = status
    why = send(f"json://ann:hunter2-long@127.0.0.1:{hook.server_port}/t0ken-abcdef", MESSAGE)
    assert str(status) in why
    said = capfd.readouterr()
    assert "t0ken" not in why + said.out + said.err and "hunter2" not in why + said.out + said.err


def test_service_that_is_not_there_is_said(capfd: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    why = send(f"json://127.0.0.1:{port}/t0ken-abcdef", MESSAGE)
    assert why and "t0ken" not in why + capfd.readouterr().err


@pytest.mark.parametrize(
    "address", ["nonsense", "nowhere://abc-t0ken-abc", "slack://t0ken-abcdef", "mailto://", ""]
)
def test_address_that_is_none_is_said_without_showing_it(
    address: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        why = send(address, MESSAGE)
    said = capfd.readouterr()
    assert "t0ken" not in caplog.text
    assert "does not understand the address" in why
    assert "t0ken" not in why + said.out + said.err


_listening: list[list[tuple[str, Any]]] = []


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if _listening and event in ("socket.connect", "socket.getaddrinfo"):
        _listening[-1].append((event, arguments[-1] if event == "socket.connect" else arguments[0]))


def test_nobody_is_called_but_the_service_that_was_named(
    hook: Hook, mail: tuple[Inbox, int]
) -> None:
    """An audit hook sees every connection and every look-up of a name."""
    sys.addaudithook(_hear)
    _listening.append([])
    try:
        assert send(f"json://127.0.0.1:{hook.server_port}/", MESSAGE) == ""
        assert send(f"mailto://127.0.0.1:{mail[1]}?from=a@shop.test&to=b@shop.test", MESSAGE) == ""
    finally:
        heard = _listening.pop()
    asked = {place[0] if isinstance(place, tuple) else place for _, place in heard}
    assert len(heard) >= 2 and asked <= {"127.0.0.1", socket.getfqdn(), socket.gethostname()}


# --- what is news ------------------------------------------------------------------------


def told(**given: Any) -> Told:
    return Told(**({"label": "tiny (en)", "group": "tiny", "lang": "en"} | given))


@pytest.mark.parametrize(
    ("now", "is_new"),
    [
        ({}, False),
        ({"statement": "Fuel fell 7.9 %"}, False),
        ({"statement": "Fuel rose 5.1 %"}, True),
        ({"id": "A03"}, True),
        ({"money": -900.0}, False),  # not worth telling
        ({"confidence": "low"}, False),
    ],
)
def test_finding_is_new_where_its_sentence_is_figures_aside(
    now: dict[str, Any], is_new: bool
) -> None:
    notice = Notice("team", "", money=1000, confidence="medium")
    report = told(before=[FINDING], findings=[FINDING | now])
    assert bool(new_findings(report, notice)) is is_new


def test_known_finding_that_has_grown_past_the_threshold_is_news() -> None:
    notice = Notice("team", "", money=10_000)
    assert new_findings(told(before=[FINDING | {"money": -500.0}], findings=[FINDING]), notice)


def test_finding_without_a_price_passes_only_where_no_price_is_asked_for() -> None:
    report = told(findings=[FINDING | {"money": None}])
    assert new_findings(report, Notice("team", ""))
    assert not new_findings(report, Notice("team", "", money=1))


def test_message_is_in_its_readers_language_and_takes_the_page_in_it() -> None:
    english = told(findings=[FINDING], headline="Sales grew", currency="CNY", page="tiny.html")
    chinese = told(
        label="tiny (zh)", lang="zh", headline="销售增长", page="tiny-zh.html", currency="CNY",
        findings=[FINDING | {"statement": "燃料下降 5.1 %"}],
    )  # fmt: skip
    found = message("daily", Notice("a", "", lang="zh"), [english, chinese], "https://x.test/r/")
    assert found is not None
    assert "销售增长" in found.body and "燃料下降" in found.body and "−1.2 万 CNY" in found.body
    assert "Sales grew" not in found.body and "https://x.test/r/tiny-zh.html" in found.body
    first = message("daily", Notice("a", ""), [english, chinese])
    assert first is not None and first.title == "daily: new findings: 1"
    assert "Fuel fell 5.1 % (−12.0 k CNY) → Check prices." in first.body


def test_nothing_is_sent_where_nothing_happened_that_was_asked_for() -> None:
    failed = told(fault="broken", findings=[])
    assert message("daily", Notice("a", ""), [told()]) is None
    assert message("daily", Notice("a", "", on=("findings",)), [failed]) is None
    assert message("daily", Notice("a", "", on=("failure",)), [told(findings=[FINDING])]) is None
    found = message("daily", Notice("a", ""), [failed, told()])
    assert found is not None and found.is_failure and "tiny (en): broken" in found.body


def test_message_stays_short_however_much_happened() -> None:
    many = [told(label=f"r{n}", group=f"r{n}", fault="x" * 10_000) for n in range(200)]
    found = message("daily", Notice("a", ""), many)
    assert found is not None and len(found.body) < 4000 and "… and 190 more" in found.body


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<!channel> <at user_id='all'>", "‹!channel› ‹at user_id='all'›"),
        ("@all hello", "＠all hello"),
        ("[click](https://evil.test)", "［click］(https：//evil.test)"),
        ("a\r\nBcc: x\x00\u202eb", "a Bcc: xb"),
    ],
)
def test_foreign_text_calls_nobody_and_links_nowhere(text: str, shown: str) -> None:
    assert plain(text) == shown
