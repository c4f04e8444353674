"""Waiting for what another process does."""

from __future__ import annotations

import time
from collections.abc import Callable

SECONDS = 30


def wait_until(condition: Callable[[], bool], what: str, seconds: float = SECONDS) -> None:
    """Asks again and again, for a condition that nobody reports."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"still not: {what}"
