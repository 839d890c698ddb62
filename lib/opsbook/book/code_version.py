"""Which library code a piece of code rests on, so that a figure is kept until that changes."""

import ast
import hashlib
from functools import cache

from opsbook.book.library import module_file

__all__ = ["code_version", "imports_of"]


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


def code_version(text: str) -> str:
    """A fingerprint of a source text and of every module that it reaches.

    The package's own ``__init__`` loads lazily by name; what the text names there is followed
    through the modules that the text imports beside it.
    """
    seen: set[str] = set()
    waiting = imports_of(text)
    while waiting:
        name = waiting.pop()
        seen.add(name)
        waiting |= _module(name)[1] - seen
    whole = hashlib.sha256(text.encode())
    for name in sorted(seen):
        whole.update(f"{name} {_module(name)[0]}".encode())
    return whole.hexdigest()[:16]
