"""A deployer that is killed at every change it makes, and repeated: too long for each commit."""

from __future__ import annotations

import pytest

from deploy.account import version
from deploy.aws_side import AwsSide
from deploy.calls import Call
from deploy.deployer import Deployer
from deploy.drill import Drill, first_days
from deploy.interruptions import count, until_done

FUNCTION = "picus-dev-function"


@pytest.mark.timeout(3600)
def test_the_first_days_with_a_deployer_that_is_killed_at_every_change(
    aws: AwsSide, deployer: Deployer
) -> None:
    first_days(Drill(aws, deployer, interrupted=True))


@pytest.mark.timeout(300)
def test_killed_at_every_step_of_the_functions_move_clients_come_to_the_newest_version(
    aws_server: AwsSide, deployed: Deployer
) -> None:
    def seen(call: Call) -> str:
        """Each look at the stack while it changes: for the new version, and for its clients."""
        if call.operation != "DescribeStacks" or FUNCTION not in call.subject:
            return ""
        state = aws_server.seen.get(FUNCTION, "")
        return f"{state} {count(aws_server, 'UpdateStack')[FUNCTION]}" if state else ""

    deployed.succeed("dev")
    aws_server.forget()
    before = version(aws_server)
    deployed.new_function()
    struck = until_done(aws_server, deployed, "dev", also=seen)
    assert version(aws_server) == version(aws_server, "next") != before
    assert count(aws_server, "UpdateStack") == {FUNCTION: 2}
    assert {"UPDATE_IN_PROGRESS 1", "UPDATE_IN_PROGRESS 2"} <= struck
    assert {f"UpdateStack {FUNCTION}", f"UpdateStack {FUNCTION} again"} <= struck
