"""Waiting for what another process does."""

from __future__ import annotations

import time
from collections.abc import Callable

POLL_SECONDS = 0.02


class NeverError(Exception):
    """What was waited for did not come in time."""


def wait_until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Asks again and again. Raises NeverError."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise NeverError(f"not within {seconds:.1f} s: {what}")
        time.sleep(POLL_SECONDS)
