"""Canaries that fail nothing, and that alarms end all the same: they are slow, or unhealthy."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from rehearsal.plan import read_plan
from rehearsal.rehearsal import SHORT_WARM_UP_REQUESTS, report, warm_up
from rehearsal.scenarios import Play
from rehearsal.stage import programs_of, staged

SCALE = 1 / 200

pytestmark = pytest.mark.timeout(300)


def test_alarms_end_a_slow_canary_and_an_unhealthy_one(picus: Path, tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        programs = programs_of(picus.parent, None, stack)
        stage = stack.enter_context(staged(tmp_path, read_plan("prod", SCALE), programs))
        # As fast as it goes, a busy machine is slow enough for the alarm before there is a canary.
        load = stage.start_load(warm_up(stage, SHORT_WARM_UP_REQUESTS) // 2)
        play = Play(stage, load, print)
        play.perform("slow", play.slow_after_the_canary)
        play.perform("unhealthy", play.unhealthy_after_the_canary)
        told = report(play, load, programs.remark)
    assert told.problems == []
