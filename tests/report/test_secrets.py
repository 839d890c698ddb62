"""Planted secrets: a password, a token and a variable of the environment reach nothing."""

import os
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from jobs_kit import place, run

from opsbook.language import speaking
from opsbook.report.batch import run_many
from opsbook.report.hidden import environment_secrets, put_away, secrets_of, value_of
from opsbook.report.jobs import Ask, exit_code, run_jobs
from opsbook.report.progress import Lines
from tiny_notebook import LOAD, PARAMETERS, code, write

PASSWORD, KEY, TOKEN = "hunter2/long", "k-9876543", "t0ken-abcdef-123"
VARIABLE = "pa55-of-the-environment"
SAYS = """
import os
print(source, dict(os.environ))
Findings.rank([Finding("A02", "Fuel fell at " + source, "n = 3", source, -99999.0, source,
    source, "buyer", "now", "high", "market/categories")], "CNY")
"""
JOBS = """
notebooks = "notebooks"
[jobs.daily]
sources = "env:SHOP_URL"
lang = "en"
notify = ["team", "gone"]
[notify.team]
url = "env:TEAM_URL"
[notify.gone]
url = "env:GONE_URL"
"""


class Hook(BaseHTTPRequestHandler):
    bodies: list[bytes]

    def do_POST(self) -> None:
        self.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Everything that one run of a job wrote, said and sent: where to what."""
    folder = tmp_path_factory.mktemp("job")
    bodies: list[bytes] = []
    server = HTTPServer(("127.0.0.1", 0), type("Own", (Hook,), {"bodies": bodies}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"postgres://ann:{PASSWORD}@127.0.0.1:1/shop?sslkey={KEY}"
    for name, last in (("good", "'done'"), ("bad", "raise ValueError('cannot reach ' + source)")):
        write(folder / "notebooks", [PARAMETERS, code(LOAD), code(SAYS), code(last)], name)
    (folder / "jobs.toml").write_text(JOBS)
    said: list[str] = []
    with pytest.MonkeyPatch.context() as patch, speaking("en"):
        patch.setenv("SHOP_URL", url)
        patch.setenv("TEAM_URL", f"json://127.0.0.1:{server.server_port}/{TOKEN}")
        patch.setenv("GONE_URL", f"json://ann:{TOKEN}@127.0.0.1:1/")
        patch.setenv("SHOP_DB_PASSWORD", VARIABLE)
        make = partial(run_many, show=Lines(said.append))
        done = run_jobs(folder / "jobs.toml", Ask(), said.append, make)
        assert os.environ["SHOP_URL"] == url
    server.shutdown()
    server.server_close()
    assert exit_code(done) == 1 and [r["status"] for r in done[0].reports] == ["failed", "good"]
    files = [file for file in (folder / "out").rglob("*") if file.is_file()]
    found = {str(f.relative_to(folder)): f.read_text(encoding="utf-8") for f in files}
    yield found | {"screen": "\n".join(said), "message": b"\n".join(bodies).decode()}


def test_job_writes_says_and_sends_all_that_it_should(outputs: dict[str, str]) -> None:
    names = {name.rsplit("/", 1)[-1] for name in outputs}
    assert {"run.json", "manifest.json", "index.html", "good.html", "bad.failed.html"} <= names
    assert "bad: FAILED" in outputs["screen"]
    assert "gone: the message could not be sent" in outputs["screen"]
    assert "1 of 2 reports failed" in outputs["message"] and "Fuel fell" in outputs["message"]
    assert "ann:***@127.0.0.1:1/shop" in outputs["out/manifest.json"]  # masked, not left out


@pytest.mark.parametrize("secret", [PASSWORD, "hunter2", KEY, TOKEN])
def test_secret_of_an_address_reaches_no_output(outputs: dict[str, str], secret: str) -> None:
    assert [name for name, text in outputs.items() if secret in text] == []


def test_secret_of_the_environment_reaches_no_output(outputs: dict[str, str]) -> None:
    assert [name for name, text in outputs.items() if VARIABLE in text] == []


def test_source_that_does_not_open_is_named_without_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_URL", f"postgres://ann:hunter2-long@127.0.0.1:1/shop?sslkey={KEY}")
    monkeypatch.setenv("GONE_URL", f"json://127.0.0.1:1/{TOKEN}")
    jobs = JOBS.replace("[notify.team]", 'grid = { region = "*" }\n[notify.team]')
    file = place(tmp_path, jobs.replace('notebooks = "notebooks"', ""))
    said: list[str] = []
    (done,) = run(file, None, said)
    assert done.record is not None
    text = done.record.read_text(encoding="utf-8") + "\n".join(said)
    assert "ann:***@127.0.0.1:1/shop" in text and "could not be sent" in text
    assert not any(secret in text for secret in ("hunter2", KEY, TOKEN))


def test_environment_names_tell_what_is_secret() -> None:
    environment = {
        "DB_PASSWORD": "a-long-one",
        "SLACK_TOKEN": "xoxb-12345",
        "AWS_SECRET_ACCESS_KEY": "abcdef/123",
        "API_KEY": "key-123456",
        "DATABASE_URL": "postgres://ann:in-the-url@db/x",
        "PASSWORD": "abc",  # any word of a page
        "HOME": "/home/ann",
        "KEYBOARD": "qwerty-layout",
        "PATH": "/usr/bin:/bin",
        "AUTHOR": "ann smith",
    }
    found = environment_secrets(environment)
    assert {"a-long-one", "xoxb-12345", "abcdef/123", "key-123456", "in-the-url"} <= set(found)
    plain = ("abc", "/home/ann", "qwerty-layout", "/usr/bin:/bin", "ann smith")
    assert not set(plain) & set(found)


def test_every_part_of_an_address_may_be_its_token() -> None:
    found = secrets_of("dingtalk://s3cret-s3cret@t0ken%2Dt0ken/13800000000?x=k3y-k3y-k3y")
    assert {"s3cret-s3cret", "t0ken%2Dt0ken", "t0ken-t0ken", "k3y-k3y-k3y"} <= set(found)
    assert "smtp.example.com" not in secrets_of("mailtos://ann:pa55-word@smtp.example.com")


def test_variables_are_put_away_and_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEAM_URL", "x")
    with pytest.raises(RuntimeError), put_away(["TEAM_URL", "NOT_THERE"]):
        assert "TEAM_URL" not in os.environ
        raise RuntimeError
    assert os.environ["TEAM_URL"] == "x" and "NOT_THERE" not in os.environ
    assert value_of("env:TEAM_URL", "here") == "x" and value_of("plain", "here") == "plain"
