"""The library's public functions as pages of the book: signature, docstring, source.

Read from the source text, not by importing: a page costs nothing and shows what stands there.
"""

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["NAME", "Public", "module_file", "public_names", "resolve"]

PACKAGE = Path(__file__).resolve().parents[1]
NAME = re.compile(r"opsbook(?:\.\w+)+")
"""A dotted name of the library in a text."""


@dataclass(frozen=True)
class Public:
    """A name that a module offers.

    Args:
        module: Its module, dotted.
        name: The name.
        signature: As one would write it; a constant whole, or its name where it is long.
        doc: Its docstring.
        source: Its source text.
        line: Where it begins in the file.
    """

    module: str
    name: str
    signature: str
    doc: str
    source: str
    line: int


def module_file(module: str) -> Path | None:
    """The file of a module of the package; None where there is none."""
    parts = module.split(".")[1:]
    plain = PACKAGE.joinpath(*parts).with_suffix(".py") if parts else PACKAGE / "__init__.py"
    if plain.is_file():
        return plain
    inside = PACKAGE.joinpath(*parts) / "__init__.py"
    return inside if inside.is_file() else None


def resolve(name: str) -> tuple[str, str] | None:
    """The module and the public name that a dotted name means.

    Returns:
        Module and name; the name is empty where the module itself is meant, and that of the
        class where one of its attributes is. A name that a module only passes on stands in the
        one that defines it. None if the library has no such module.
    """
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        module = ".".join(parts[:cut])
        if module_file(module):
            return _home(module, parts[cut]) if cut < len(parts) else (module, "")
    return None


def _home(module: str, name: str) -> tuple[str, str]:
    seen = {module}
    place = module
    while name not in {public.name for public in public_names(place)[1]}:
        place = _passed_on(place).get(name, "")
        if not place or place in seen:
            return module, name
        seen.add(place)
    return place, name


@cache
def _passed_on(module: str) -> dict[str, str]:
    """Names that a module imports from others of the library, each with where from."""
    file = module_file(module)
    tree = ast.parse(file.read_text(encoding="utf-8") if file else "")
    return {
        alias.name: node.module
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("opsbook.")
        for alias in node.names
        if node.module and alias.asname is None
    }


@cache
def public_names(module: str) -> tuple[str, tuple[Public, ...]]:
    """A module's docstring and what it offers, in the order of its source.

    A name that it only passes on from another module is left to that one.
    """
    file = module_file(module)
    if file is None:
        return "", ()
    text = file.read_text(encoding="utf-8")
    tree = ast.parse(text)
    offered = _all(tree)
    found = []
    for place, node in enumerate(tree.body):
        for name in _names(node):
            if name.startswith("_") or (offered is not None and name not in offered):
                continue
            follower = tree.body[place + 1] if place + 1 < len(tree.body) else None
            found.append(_public(module, name, node, follower, text))
    return ast.get_docstring(tree) or "", tuple(found)


def _all(tree: ast.Module) -> set[str] | None:
    for node in tree.body:
        targets = (
            node.targets
            if isinstance(node, ast.Assign)
            else [node.target]
            if isinstance(node, ast.AnnAssign)
            else []
        )
        if any(isinstance(t, ast.Name) and t.id == "__all__" for t in targets):
            value = getattr(node, "value", None)
            if isinstance(value, ast.List | ast.Tuple):
                return {
                    e.value
                    for e in value.elts
                    if isinstance(e, ast.Constant) and isinstance(e.value, str)
                }
    return None


def _names(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [t.id for t in node.targets if isinstance(t, ast.Name)]
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return [node.target.id]
    return []


def _public(module: str, name: str, node: ast.stmt, follower: ast.stmt | None, text: str) -> Public:
    source = ast.get_source_segment(text, node) or ""
    if isinstance(node, ast.FunctionDef):
        signature, doc = _signature(name, node), ast.get_docstring(node) or ""
    elif isinstance(node, ast.ClassDef):
        start = next(
            (b for b in node.body if isinstance(b, ast.FunctionDef) and b.name == "__init__"), None
        )
        signature = f"class {name}" if start is None else _signature(name, start, skip=1)
        doc = ast.get_docstring(node) or ""
    else:
        signature, doc = source if len(source.splitlines()) <= 12 else name, ""
        if (
            isinstance(follower, ast.Expr)
            and isinstance(follower.value, ast.Constant)
            and isinstance(follower.value.value, str)
        ):
            doc = follower.value.value
    decorators = getattr(node, "decorator_list", [])
    first = min([d.lineno for d in decorators] + [node.lineno])
    whole = "\n".join(text.splitlines()[first - 1 : node.end_lineno]) if decorators else source
    return Public(module, name, signature, doc, whole, node.lineno)


def _signature(name: str, node: ast.FunctionDef, *, skip: int = 0) -> str:
    given = node.args
    shown = ast.arguments(
        posonlyargs=given.posonlyargs,
        args=given.args[skip:],
        vararg=given.vararg,
        kwonlyargs=given.kwonlyargs,
        kw_defaults=given.kw_defaults,
        kwarg=given.kwarg,
        defaults=given.defaults,
    )
    back = f" -> {ast.unparse(node.returns)}" if node.returns and not skip else ""
    flat = f"{name}({ast.unparse(shown)}){back}"
    if len(flat) <= 88:
        return flat
    parts = _split(ast.unparse(shown))
    return f"{name}(\n" + "".join(f"    {part},\n" for part in parts) + f"){back}"


def _split(arguments: str) -> list[str]:
    """Arguments apart at the commas that are not inside brackets or quotes."""
    parts, depth, quote, last = [], 0, "", 0
    for place, letter in enumerate(arguments):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth -= 1
        elif letter == "," and not depth:
            parts.append(arguments[last:place].strip())
            last = place + 1
    return [*parts, arguments[last:].strip()]
