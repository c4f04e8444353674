"""Work that goes on while others wait."""

from __future__ import annotations

import threading
from collections.abc import Callable

from harness.waiting import POLL_SECONDS


class Repeated:
    """Work that is done again and again, in a thread of its own, until it is closed."""

    def __init__(self, work: Callable[[], None], pause: float = POLL_SECONDS) -> None:
        self._work, self._pause = work, pause
        self._closing = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._repeat, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Raises what ended the work early."""
        self._closing.set()
        self._thread.join()
        if self._failure is not None:
            raise RuntimeError(f"{self._work} failed") from self._failure

    def _repeat(self) -> None:
        try:
            while not self._closing.wait(self._pause):
                self._work()
        except BaseException as error:  # whoever closes it is told
            self._failure = error
