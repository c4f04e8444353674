"""The shortest rehearsal: a deployment under load that is good, two that are not, and a task that
ends. Its tasks are processes."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from rehearsal.plan import read_plan
from rehearsal.rehearsal import rehearse_some
from rehearsal.scenarios import Play
from rehearsal.stage import programs_of

# Five minutes of AWS's become a second and a half here.
SCALE = 1 / 200
SETTLED_REQUESTS = 300

pytestmark = pytest.mark.timeout(280)


def perform(play: Play) -> None:
    play.perform("fails verification", play.fails_verification)
    play.perform("good", play.good)
    play.perform("fails after the canary", play.fails_after_the_canary)
    play.perform("a task retires", play.retired)


def test_deployments_lose_nothing(picus: Path, tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        programs = programs_of(picus.parent, None, stack)
        plan = read_plan("prod", SCALE)
        told = rehearse_some(tmp_path, plan, programs, perform, 0.25, SETTLED_REQUESTS)
    assert told.problems == []
    assert {request.target for request in told.requests} >= {"blue", "green", "function"}
    assert told.outcome.acknowledged > told.outcome.requests / 20
