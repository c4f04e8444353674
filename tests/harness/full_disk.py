"""Whether a failure may come of a full disk, which few messages of a failing case say."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

# With less than this, something that a case or its programs wrote was most likely refused.
LEAST_BYTES = 16 * 2**20


def remark(places: Iterable[Path]) -> str:
    """A line with errno and path for a place that is full, or nothing."""
    for place in places:
        if place.exists():
            free = shutil.disk_usage(place).free
            if free < LEAST_BYTES:
                text = os.strerror(errno.ENOSPC)
                return f"[Errno {errno.ENOSPC}] {text}: '{place}', {free} bytes are free"
    return ""
