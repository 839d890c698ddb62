"""Tests of the lab run as a plain script would, whatever ran in this process before."""

import asyncio.events as events
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def no_loop() -> Iterator[None]:
    """Hide the event loop that a browser's session keeps running in the main thread."""
    around = events._get_running_loop()
    events._set_running_loop(None)
    yield
    events._set_running_loop(around)
