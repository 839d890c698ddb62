"""The demo shop: a simulated business whose truth is known."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opsbook.demo.build import END, VERSION, simulate
    from opsbook.demo.folder import default_folder, ensure_demo

__all__ = ["END", "VERSION", "default_folder", "ensure_demo", "simulate"]

_HOMES = {
    "END": "build",
    "VERSION": "build",
    "default_folder": "folder",
    "ensure_demo": "folder",
    "simulate": "build",
}


def __getattr__(name: str) -> Any:
    """Load the simulator only when it is used."""
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f"opsbook.demo.{_HOMES[name]}"), name)
    raise AttributeError(name)
