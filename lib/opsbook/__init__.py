"""opsbook: an e-commerce operations playbook that runs."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opsbook.shop.opening import open_shop
    from opsbook.shop.shop import Shop

__all__ = ["Shop", "__version__", "open_shop"]
__version__ = "0.1.0"

_HOMES = {"open_shop": "opsbook.shop.opening", "Shop": "opsbook.shop.shop"}


def __getattr__(name: str) -> Any:
    """Load the engine only when a shop is opened: ``opsbook --help`` stays quick."""
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(name)
