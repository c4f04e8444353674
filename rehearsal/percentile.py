"""Percentiles."""

from __future__ import annotations

import math
from collections.abc import Iterable


def percentile(values: Iterable[float], part: float) -> float:
    """0 where there are none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.floor(len(ordered) * part))] if ordered else 0.0
