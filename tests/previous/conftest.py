"""The program of 0.1.0."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.version import ROOT


@pytest.fixture(scope="session")
def previous() -> Path:
    program = ROOT / "build" / "previous" / "build" / "release" / "picus"
    assert program.exists(), f"{program} is not built: run scripts/previous"
    return program
