"""What all tests share: English messages, the demo shop, the public panel opened once."""

from collections.abc import Iterator

import pytest

from opsbook.language import speaking
from opsbook.shop.shop import Shop


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Messages are compared in English, whatever the machine's language."""
    monkeypatch.setenv("OPSBOOK_LANG", "en")
    with speaking("en"):
        yield


@pytest.fixture(scope="session", autouse=True)
def demo_shop() -> None:
    """Build the demo shop once; a fresh checkout has none."""
    from opsbook.demo import ensure_demo

    ensure_demo()


@pytest.fixture(scope="session")
def panel() -> Shop:
    """The Complete Journey panel."""
    from opsbook.shop.completejourney import open_completejourney

    return open_completejourney()
