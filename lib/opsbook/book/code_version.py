"""Which library code a piece of code rests on, so that a figure is kept until that changes."""

import ast
import hashlib
from functools import cache

from opsbook.book.library import module_file

__all__ = ["code_version", "imports_of", "reached", "words_of"]

_APART = "opsbook.demo"
"""The simulator: what it made counts, as data, and not how."""


def imports_of(text: str) -> set[str]:
    """Modules of the library that a source text imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        found |= {n for n in names if n.split(".")[0] == "opsbook" and module_file(n)}
    return found


@cache
def _module(name: str) -> tuple[str, frozenset[str]]:
    file = module_file(name)
    text = file.read_text(encoding="utf-8") if file else ""
    return hashlib.sha256(text.encode()).hexdigest(), frozenset(imports_of(text))


def reached(text: str) -> list[str]:
    """Modules that a source text imports, and those that they import, by name."""
    seen: set[str] = set()
    waiting = imports_of(text)
    while waiting:
        name = waiting.pop()
        if name == _APART or name.startswith(f"{_APART}."):
            continue
        seen.add(name)
        waiting |= _module(name)[1] - seen
    return sorted(seen)


@cache
def _words(name: str) -> frozenset[str]:
    file = module_file(name)
    tree = ast.parse(file.read_text(encoding="utf-8") if file else "")
    nodes = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return frozenset(value for value in nodes if isinstance(value, str))


def words_of(modules: list[str]) -> list[str]:
    """Texts in the source of modules, each once: what they may say, and more."""
    return sorted(frozenset().union(*(_words(name) for name in modules)))


def code_version(text: str) -> str:
    """A fingerprint of a source text and of every module that it reaches.

    The package's own ``__init__`` loads lazily by name; what the text names there is followed
    through the modules that the text imports beside it.
    """
    whole = hashlib.sha256(text.encode())
    for name in reached(text):
        whole.update(f"{name} {_module(name)[0]}".encode())
    return whole.hexdigest()[:16]
