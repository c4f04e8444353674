"""What is rehearsed is read from the templates and parameters that are deployed."""

from __future__ import annotations

import pytest

from rehearsal.alarm import METRICS
from rehearsal.plan import read_plan


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_an_environment_is_rehearsed_as_it_would_be_deployed(environment: str) -> None:
    plan = read_plan(environment)
    assert {rule.metric for rule in plan.group.alarms} == set(METRICS)
    assert plan.group.steps[-1].percent == 100
