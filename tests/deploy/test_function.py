"""The function's clients come to a new version after the tasks, under alarms, and by a hook."""

from __future__ import annotations

from deploy.account import running, version
from deploy.aws_side import AwsSide
from deploy.calls import Call
from deploy.deployer import Deployer
from deploy.interruptions import leave_function_waiting

NAME = "picus-dev-delete"


def test_clients_get_a_new_version_after_the_tasks_and_the_test_listener_before(
    aws_server: AwsSide, deployed: Deployer
) -> None:
    before = version(aws_server)
    seen: set[tuple[str, bool]] = set()

    def look(call: Call) -> None:
        if call.operation == "GetDeployment":
            seen.add((aws_server.alias(NAME, "live"), aws_server.alias(NAME, "next") == before))

    aws_server.after = look
    deployed.new_function()
    deployed.new_image()
    done = deployed.succeed("dev")
    assert seen == {(before, False)}
    assert version(aws_server) == version(aws_server, "next") != before
    assert f"clients move to version {version(aws_server)}" in done.out


def test_a_version_that_fails_leaves_clients_where_they_are(
    aws_server: AwsSide, deployed: Deployer
) -> None:
    before = version(aws_server)
    deployed.new_function()
    digest = deployed.new_image()
    aws_server.code_deploy.function_fails = "BeforeAllowTraffic"
    done = deployed("dev")
    assert done.code == 1, str(done)
    assert "DeleteAlias: BeforeAllowTraffic did not succeed" in done.err
    assert running(aws_server) == digest
    assert version(aws_server) == before
    deployed.succeed("dev")  # what failed it was not the version
    assert version(aws_server) == version(aws_server, "next") != before


def test_alarms_stop_a_version_unless_they_are_to_be_ignored(
    aws_server: AwsSide, deployed: Deployer
) -> None:
    before = version(aws_server)
    deployed.new_function()
    aws_server.code_deploy.alarms_ring = True
    done = deployed("dev")
    assert done.code == 1, str(done)
    assert "ALARM_ACTIVE" in done.err
    assert version(aws_server) == before
    deployed.succeed("dev", "--ignore-alarms")
    assert version(aws_server) != before
    aws_server.forget()
    moved = version(aws_server)
    deployed.succeed("dev")  # alarms count again
    assert version(aws_server) == moved
    (group,) = aws_server.code_deploy.function_groups.values()
    assert group["AlarmConfiguration"]["Enabled"] == "true"


def test_rollback_stops_a_version_that_has_a_part_of_the_clients(
    aws_server: AwsSide, deployed: Deployer
) -> None:
    digest = running(aws_server)
    deployed.new_image()
    deployed.succeed("dev")
    before = version(aws_server)
    leave_function_waiting(aws_server, deployed)
    done = deployed.succeed("rollback", "dev")
    assert "clients have the version before" in done.out
    assert version(aws_server) == before
    assert running(aws_server) == digest
