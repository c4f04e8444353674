"""The drill, in which each command is killed at every change that it makes, and repeated."""

from __future__ import annotations

import pytest

from deploy.aws_side import AwsSide
from deploy.deployer import Deployer
from deploy.test_drill import Drill, first_days


@pytest.mark.timeout(3600)
def test_the_first_days_with_a_deployer_that_is_killed_at_every_change(
    aws: AwsSide, deployer: Deployer
) -> None:
    first_days(Drill(aws, deployer, interrupted=True))
