"""Canaries that fail nothing, and that alarms end all the same: they are slow, or unhealthy."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from rehearsal.plan import read_plan
from rehearsal.rehearsal import rehearse_some
from rehearsal.scenarios import Play
from rehearsal.stage import programs_of

SCALE = 1 / 200

pytestmark = pytest.mark.timeout(300)


def perform(play: Play) -> None:
    play.perform("slow", play.slow_after_the_canary)
    play.perform("unhealthy", play.unhealthy_after_the_canary)


def test_alarms_end_a_slow_canary_and_an_unhealthy_one(picus: Path, tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        programs = programs_of(picus.parent, None, stack)
        told = rehearse_some(tmp_path, read_plan("prod", SCALE), programs, perform, 0.5)
    assert told.problems == []
