"""Some seconds without DynamoDB, which no task is replaced for. `make rehearse` has a minute."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from rehearsal.plan import read_plan
from rehearsal.rehearsal import SHORT_WARM_UP_REQUESTS, report, warm_up
from rehearsal.scenarios import SHORT_GONE_SECONDS, Play
from rehearsal.stage import programs_of, staged

pytestmark = pytest.mark.timeout(300)


def test_without_dynamodb_no_task_is_replaced_and_nothing_is_lost(
    picus: Path, tmp_path: Path
) -> None:
    with contextlib.ExitStack() as stack:
        programs = programs_of(picus.parent, None, stack)
        stage = stack.enter_context(staged(tmp_path, read_plan("prod"), programs))
        warm_up(stage, SHORT_WARM_UP_REQUESTS)
        load = stage.start_load(0)
        play = Play(stage, load, print)
        play.perform("no DynamoDB", play.without_dynamodb(SHORT_GONE_SECONDS))
        told = report(play, load, programs.remark)
    print(told.table())
    assert told.problems == []
