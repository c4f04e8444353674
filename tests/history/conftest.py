"""Fixtures for histories."""

from __future__ import annotations

import os
import random
import secrets
from pathlib import Path

import pytest


@pytest.fixture
def rng() -> random.Random:
    """The test's choices. What pytest shows of a failed test says how to make them again."""
    seed = int(os.environ.get("HISTORY_SEED") or secrets.randbits(32))
    print(f"HISTORY_SEED={seed} makes the same choices again")
    return random.Random(seed)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"
