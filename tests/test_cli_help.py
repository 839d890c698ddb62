"""Help on a report: what can be set on it, from the same schema as everything else."""

import subprocess
import sys
from pathlib import Path

import pytest

from opsbook.cli_help import parameter_lines
from opsbook.language import speaking
from tiny_notebook import PARAMETERS, write


def said(folder: Path, *words: str) -> str:
    command = [sys.executable, "-m", "opsbook", "report", "--notebooks", str(folder), *words]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    return " ".join(done.stdout.split())


def test_help_on_a_report_names_its_parameters(tmp_path: Path) -> None:
    write(tmp_path, [PARAMETERS])
    text = said(tmp_path, "tiny", "--help")
    assert "Parameters of tiny" in text
    assert "weeks = 12 length of the period; 4 – 52 weeks" in text
    assert "报告期长度; 4 – 52 周" in said(tmp_path, "tiny", "--lang", "zh", "--help")


def test_help_on_no_report_or_an_unknown_one_is_the_usual_help(tmp_path: Path) -> None:
    write(tmp_path, [PARAMETERS])
    for words in ((), ("nope",)):
        text = said(tmp_path, *words, "--help")
        assert "--cell-timeout" in text and "Parameters of" not in text


def test_help_is_given_where_there_are_no_notebooks(tmp_path: Path) -> None:
    assert "--cell-timeout" in said(tmp_path / "nowhere", "tiny", "--help")


@pytest.mark.parametrize("word", ["tiny", "tiny.ipynb"])
def test_report_is_known_by_name_and_by_file(tmp_path: Path, word: str) -> None:
    write(tmp_path, [PARAMETERS])
    with speaking("en"):
        ((title, rows),) = parameter_lines([word, "--help"], tmp_path)
    assert "tiny" in title and [row[0] for row in rows][-1] == "weeks = 12"
