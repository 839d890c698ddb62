"""One browser for all tests of this room: Debian's chromium, driven by Playwright."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A running chromium; without one the test is skipped, but never in the project's CI."""
    if CHROMIUM is None and not os.environ.get("CI"):
        pytest.skip("Debian's chromium is not installed")
    from playwright.sync_api import sync_playwright

    assert CHROMIUM, "chromium is missing; .ci/run installs it"
    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


class Visit:
    """A page opened as a reader opens it, and what it tried to do meanwhile."""

    def __init__(self, browser: Any, file: Path, width: int = 1280, **more: Any) -> None:
        self.asked: list[str] = []
        self.errors: list[str] = []
        self.dialogs: list[str] = []
        self.refused: list[str] = []
        self.page = browser.new_page(viewport={"width": width, "height": 900}, **more)
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("requestfailed", self._failed)
        self.page.on("console", lambda said: said.type == "error" and self.errors.append(said.text))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("dialog", self._dialog)
        self.page.goto(file.as_uri())

    def _failed(self, request: Any) -> None:
        if request.failure == "csp":
            self.refused.append(request.url)

    def _dialog(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    @property
    def left(self) -> list[str]:
        """Addresses asked for that are not the file itself."""
        return [url for url in self.asked if not url.startswith(("file:", "data:"))]

    def too_wide(self) -> list[str]:
        """What makes the page wider than the screen; empty where it is not."""
        if self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
            return []
        found: list[str] = self.page.evaluate(
            "[...document.querySelectorAll('body *')].filter(e => !e.closest('.scroll, svg, nav')"
            " && e.getBoundingClientRect().right > innerWidth + 1)"
            ".map(e => e.tagName + '.' + e.className + ' ' + e.textContent.slice(0, 60))"
        )
        return found or ["the page itself"]

    def serious(self) -> list[str]:
        """What axe finds serious or critical."""
        from axe_playwright_python.sync_playwright import Axe

        return [
            f"{rule['id']}: {rule['nodes'][0]['html'][:120]}"
            for rule in Axe().run(self.page).response["violations"]
            if rule["impact"] in ("serious", "critical")
        ]


@pytest.fixture
def visit(browser: Any) -> Iterator[Any]:
    """Open a file: ``visit(file, width, color_scheme="dark")``; closed afterwards."""
    opened: list[Visit] = []

    def open_file(file: Path, width: int = 1280, **more: Any) -> Visit:
        opened.append(Visit(browser, file, width, **more))
        return opened[-1]

    yield open_file
    for one in opened:
        one.page.close()
