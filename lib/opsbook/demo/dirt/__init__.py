"""Dirt for the demo shop: what real data has, planted with a key of every row.

``soil`` plants it; ``opsbook.demo.dirt.score`` says how much of it the check finds.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opsbook.demo.dirt.soiling import soil

__all__ = ["soil"]


def __getattr__(name: str) -> Any:
    """Load the engine only when it is used."""
    if name == "soil":
        from opsbook.demo.dirt.soiling import soil

        return soil
    raise AttributeError(name)
