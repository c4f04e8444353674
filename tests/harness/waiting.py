"""Waiting for what another process does, where nobody reports it."""

from __future__ import annotations

import time
from collections.abc import Callable

SECONDS = 30
POLL_SECONDS = 0.02


class NeverError(Exception):
    """The condition was not met in time."""


def wait_until(condition: Callable[[], bool], what: str, seconds: float = SECONDS) -> None:
    """Asks again and again, with pauses that leave the CPU to others. Raises NeverError."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise NeverError(f"not within {seconds:.1f} s: {what}")
        time.sleep(POLL_SECONDS)
