"""What the person at the terminal, or the reader of a pipeline's log, sees."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TextIO


class Progress:
    """One line a step, as it happens; nothing is rewritten, so that logs read the same."""

    def __init__(self, out: TextIO = sys.stdout) -> None:
        self._out = out
        self._started = time.monotonic()
        self._last = ""

    def step(self, name: str, text: str) -> None:
        """A step's beginning or end. The same line twice in a row is said once."""
        line = f"{name:<14} {text}"
        if line != self._last:
            passed = int(time.monotonic() - self._started)
            print(f"{passed // 60:3}:{passed % 60:02}  {line}", file=self._out, flush=True)
        self._last = line

    def say(self, text: str = "") -> None:
        print(text, file=self._out, flush=True)


class Pause:
    """Waits between two looks at AWS."""

    def __init__(self, seconds: float, sleep: Callable[[float], None] = time.sleep) -> None:
        self._seconds = seconds
        self._sleep = sleep

    def __call__(self) -> None:
        self._sleep(self._seconds)
