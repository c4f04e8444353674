"""No token in anything that Picus writes: what receives that in the tests has it searched.

A test during which a token was found fails at its end (tests/conftest.py).
"""

from __future__ import annotations

import re
import threading

# Most of an API token, or the header and claims of a JWT.
TOKEN = re.compile(rb"picus_[0-9A-Za-z]{20}|eyJ[\w-]{16,}\.eyJ[\w-]{16,}")
BEFORE = 200

_found: list[str] = []
_lock = threading.Lock()


def search(text: bytes | str, where: str) -> None:
    """Remembers a token in `text`, which was written to `where`."""
    written = text if isinstance(text, bytes) else text.encode()
    found = TOKEN.search(written)
    if found:
        before = written[max(found.start() - BEFORE, 0) : found.start()]
        with _lock:
            _found.append(f"{where}: {before!r}, and then a token")


def taken() -> list[str]:
    """What was found since the last call."""
    with _lock:
        found = list(_found)
        _found.clear()
    return found
