"""The start page, and the command that opens JupyterLab."""

import json
import re
import stat
from pathlib import Path
from urllib.parse import unquote

import pytest
import typer
from typer.testing import CliRunner

from opsbook import cli_lab
from opsbook.lab import server
from opsbook.lab.start import page_name, write_start_pages
from opsbook.report.notebooks import find_notebooks
from opsbook.shop.shared import FOLDER

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_notebook_is_one_link_away_in_both_languages(tmp_path: Path, lang: str) -> None:
    folder = tmp_path / "nb"
    folder.mkdir()
    for file in NOTEBOOKS.iterdir():
        if file.suffix in (".ipynb", ".toml"):
            (folder / file.name).write_bytes(file.read_bytes())
    write_start_pages(folder, folder / "lab")
    text = (folder / "lab" / page_name(lang)).read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert all((folder / "lab" / unquote(link)).is_file() for link in links)
    assert len(links) == len(find_notebooks(folder)) + 1
    assert ("市场分析" in text) == (lang == "zh")


def test_a_sidecars_text_cannot_break_the_page(tmp_path: Path) -> None:
    (tmp_path / "odd.ipynb").write_text("{}")
    title = "a | [b](http://x) <script>"
    (tmp_path / "odd.toml").write_text(f'name = "odd"\ntitle = "{title}"\n', encoding="utf-8")
    write_start_pages(tmp_path, tmp_path / "lab")
    text = (tmp_path / "lab" / page_name("en")).read_text(encoding="utf-8")
    assert "<script>" not in text
    assert "a \\| \\[b\\]" in text


def test_the_lab_opens_at_the_page_in_the_language_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[tuple[list[str], dict[str, str]]] = []

    def call(command: list[str], env: dict[str, str]) -> int:
        assert stat.S_IMODE(Path(env[FOLDER]).stat().st_mode) == 0o700
        called.append((command, env))
        return 3

    monkeypatch.setattr(server.subprocess, "call", call)
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "/mine")
    app = typer.Typer()
    cli_lab.register(app)
    app.command("other")(lambda: None)
    arguments = ["lab", "--notebooks", str(tmp_path), "--lang", "zh", "--no-browser", "--port=1"]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 3
    ((command, env),) = called
    assert f"--ServerApp.root_dir={tmp_path.resolve()}" in command
    assert any(f"/lab/tree/lab/{page_name('zh')}" in word for word in command)
    assert command[-2:] == ["--no-browser", "--port=1"]
    assert env["OPSBOOK_LANG"] == "zh"
    assert env["JUPYTER_CONFIG_PATH"].startswith("/mine")
    assert (tmp_path / "lab" / page_name("zh")).is_file()
    # What notebooks worked out is gone with the lab.
    assert not Path(env[FOLDER]).exists()


def test_our_defaults_for_jupyterlab_ask_no_network() -> None:
    folder = Path(server.__file__).parent / "jupyter" / "labconfig"
    settings = json.loads((folder / "default_setting_overrides.json").read_text(encoding="utf-8"))
    news = settings["@jupyterlab/apputils-extension:notification"]
    assert news == {"fetchNews": "false", "checkForUpdates": False}
