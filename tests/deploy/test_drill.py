"""The first days of dev and prod in one account: drill.py has the steps."""

from __future__ import annotations

import pytest

from deploy.aws_side import AwsSide
from deploy.deployer import Deployer
from deploy.drill import Drill, first_days


@pytest.mark.timeout(900)
def test_the_first_days_in_an_account(aws: AwsSide, deployer: Deployer) -> None:
    first_days(Drill(aws, deployer, interrupted=False))
