"""JupyterLab as `opsbook lab` starts it, on a free port, and a reader's hands in its browser."""

import json
import re
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from opsbook.lab.explorer import FOLDER
from opsbook.lab.server import lab_command, lab_environment
from opsbook.lab.start import page_name, write_start_pages

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
PATIENCE_MS = 300_000
# Cells outside the window have no controls to move; people scroll, the test does not.
_SETTINGS = {"@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"}}
_ENDED = """() => {
    const notebook = window.jupyterapp.shell.currentWidget;
    const kernel = notebook.sessionContext.session?.kernel;
    const cells = notebook.content.widgets.filter(c => c.model.type === 'code');
    const failed = cells.some(c => c.model.outputs.toJSON().some(o => o.output_type === 'error'));
    const all = cells.every(c => c.model.executionCount || !c.model.sharedModel.source.trim());
    return kernel?.status === 'idle' && (failed || all);
}"""
_FAULTS = """() => window.jupyterapp.shell.currentWidget.content.widgets
    .filter(c => c.model.type === 'code')
    .flatMap(c => c.model.outputs.toJSON().filter(o => o.output_type === 'error'
        || (o.output_type === 'stream' && o.name === 'stderr'))
        .map(o => c.model.id + ': ' + (o.evalue || o.text)))"""


def notebooks_for(folder: Path, shop: Path, lang: str = "en") -> Path:
    """Copies of the notebooks that read a small shop: JupyterLab saves what it opens."""
    folder.mkdir()
    for file in [*NOTEBOOKS.glob("*.ipynb"), *NOTEBOOKS.glob("*.toml")]:
        shutil.copy(file, folder)
    for file in folder.glob("*.ipynb"):
        notebook = json.loads(file.read_text(encoding="utf-8"))
        cell = next(c for c in notebook["cells"] if "parameters" in c["metadata"].get("tags", []))
        text = "".join(cell["source"])
        text = re.sub(r'^source = "demo"', f"source = {json.dumps(str(shop))}", text)
        cell["source"] = text.replace('lang = "en"', f'lang = "{lang}"')
        file.write_text(json.dumps(notebook, ensure_ascii=False), encoding="utf-8")
    return folder


@contextmanager
def serving(notebooks: Path, home: Path) -> Iterator[str]:
    """The address of a JupyterLab with settings of its own; gone afterwards."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    write_start_pages(notebooks, notebooks / FOLDER)
    more = [
        "--no-browser",
        "--allow-root",
        "--expose-app-in-browser",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={token}",
    ]
    (home / "config" / "labconfig").mkdir(parents=True)
    overrides = home / "config" / "labconfig" / "default_setting_overrides.json"
    overrides.write_text(json.dumps(_SETTINGS), encoding="utf-8")
    places = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    (home / "answers").mkdir()
    env = {**lab_environment(home / "answers"), **{k: str(home / v) for k, v in places.items()}}
    env.pop("OPSBOOK_REPORT", None)
    command = lab_command(notebooks, more, page=f"{FOLDER}/{page_name('en')}")
    log = (home / "log").open("wb")
    server = subprocess.Popen(command, env=env, stdout=log, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{address}/api?token={token}", server, home / "log")
        yield f"{address}{{path}}{{sign}}token={token}"
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        log.close()


def _wait(address: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(600):
        assert server.poll() is None, log.read_text(errors="replace")[-3000:]
        try:
            with urlopen(address, timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.2)
    raise AssertionError(log.read_text(errors="replace")[-3000:])


class Desk:
    """One page of the lab, and what went wrong on it."""

    def __init__(self, browser: Any, address: str) -> None:
        self.address = address
        self.errors: list[str] = []
        self.left: list[str] = []
        self.page = browser.new_page(viewport={"width": 1400, "height": 1000})
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("console", lambda said: said.type == "error" and self.errors.append(said.text))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", self._asked)

    def _asked(self, request: Any) -> None:
        if not re.match(r"(http|ws)://127\.0\.0\.1:|data:|blob:", request.url):
            self.left.append(request.url)

    def go(self, path: str) -> None:
        self.page.goto(self.address.format(path=path, sign="&" if "?" in path else "?"))
        self.page.wait_for_function("() => window.jupyterapp?.shell?.currentWidget")

    def run_all(self, name: str) -> None:
        """Open a notebook and run it to its end; the kernel has come to rest."""
        # Without the notebooks of earlier pages, which the lab would open again behind this one.
        self.go(f"/lab/tree/{name}.ipynb?reset")
        self.page.wait_for_function(
            "() => window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status"
            " === 'idle'"
        )
        # The promise of run-all ends with the last cell; it is not waited for here.
        self.page.evaluate(
            "() => { void window.jupyterapp.commands.execute('notebook:run-all-cells') }"
        )
        self.page.wait_for_function(_ENDED, polling=500)

    @property
    def faults(self) -> list[str]:
        """Errors of cells, and what cells said on standard error."""
        found: list[str] = self.page.evaluate(_FAULTS)
        return found

    @property
    def serious(self) -> list[str]:
        """What axe finds serious or critical in what cells show; the frame is JupyterLab's."""
        from axe_playwright_python.sync_playwright import Axe

        found = Axe().run(self.page, context=".jp-OutputArea-output").response["violations"]
        return [
            f"{rule['id']}: {node['html'][:200]}"
            for rule in found
            if rule["impact"] in ("serious", "critical")
            for node in rule["nodes"]
        ]

    def view(self, name: str) -> Any:
        return self.page.locator(f".opsbook-view-{name}")

    def control(self, view: str, name: str) -> Any:
        return self.view(view).locator(f".opsbook-control-{name}")

    def said(self, view: str, name: str) -> str:
        """What stands beside a control that is wrong."""
        return "".join(self.control(view, name).locator(".opsbook-wrong").all_inner_texts())

    def state(self, view: str) -> str:
        return str(self.view(view).locator(".opsbook-state").inner_text())

    def shown(self, view: str) -> str:
        """Texts and pictures below the controls."""
        out = self.view(view).locator(".opsbook-shown")
        pictures = out.locator("img").evaluate_all("all => all.map(i => i.src.length + i.src)")
        return str(out.inner_text()) + "".join(pictures)

    def busy(self, view: str) -> bool:
        return bool(self.view(view).locator(".opsbook-busy").count())

    def changed(self, view: str, before: str) -> str:
        """Wait until something else is shown and stays, and give it."""
        end = time.monotonic() + PATIENCE_MS / 1000
        last, since = before, time.monotonic()
        while time.monotonic() < end:
            now = self.shown(view)
            if now != last or self.busy(view):
                last, since = now, time.monotonic()
            elif now != before and time.monotonic() - since > 1:
                return now
            self.page.wait_for_timeout(100)
        raise AssertionError(f"{view} shows what it showed: {before[:300]}")

    def type(self, view: str, name: str, text: str) -> None:
        box = self.control(view, name).locator("input[type=text]").first
        box.fill(text)
        box.press("Enter")

    def choose(self, view: str, name: str, value: str) -> None:
        self.control(view, name).locator("select").select_option(value)

    def pick_day(self, view: str, name: str, day: str) -> None:
        self.control(view, name).locator("input[type=date]").fill(day)

    def slide(self, view: str, name: str, keys: int = 5) -> None:
        """Move a slider with the keyboard, as everybody can."""
        handle = self.control(view, name).locator(".noUi-handle")
        for _ in range(keys):
            handle.press("ArrowRight")
