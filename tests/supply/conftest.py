"""The default demo shop, made where it is missing, for tests that hold it against its truth."""

import pytest

from opsbook.demo import ensure_demo


@pytest.fixture(scope="session", autouse=True)
def demo_shop() -> None:
    """Build the shop once; a fresh checkout has none."""
    ensure_demo()
