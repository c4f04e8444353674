"""A deployer that is killed, wherever that happens, is followed by one that goes on from there.

Killed as soon as AWS has done what a call asked for, and before the answer: what was done, the
deployer never knew. One that is killed before a call leaves AWS as after the call before.
"""

from __future__ import annotations

import re
import signal

import pytest

from deploy.account import deploy_two, running
from deploy.aws_side import AwsSide
from deploy.calls import Call
from deploy.deployer import QUICK, Deployer
from deploy.interruptions import count, until_done
from deploy.rendering import STACKS
from harness.code_deploy_lifecycle import EVENTS

# Each case starts many deployers, of seconds of a processor together: too much for the 120 s that
# others have where a busy machine gives a fraction of it.
pytestmark = pytest.mark.timeout(400)


@pytest.mark.timeout(600)
def test_killed_at_every_change_it_comes_from_nothing_to_all_and_back(
    aws: AwsSide, deployer: Deployer
) -> None:
    struck = until_done(aws, deployer, "dev")
    made = count(aws, "CreateStack")
    assert len(made) == len(STACKS), made
    assert set(made.values()) == {1}, made
    assert {f"CreateStack {name}" for name in made} <= struck
    assert {"PutImage None 0", "PutParameter False", "PutParameter True"} <= struck
    assert count(aws, "PutImage").total() == 1
    assert count(aws, "CreateDeployment").total() == 1

    aws.forget()
    struck = until_done(aws, deployer, "destroy", "dev", "--yes")
    assert len([key for key in struck if key.startswith("DeleteStack")]) == len(STACKS)
    assert deployer("status", "dev").out.count("not there") == len(STACKS)


def test_killed_in_the_middle_of_a_deployment_it_follows_the_same_one(
    aws_server: AwsSide, deployed: Deployer
) -> None:
    def event(call: Call) -> str:
        """Each look at the deployment, so that there is a kill in every event of its lifecycle."""
        if call.operation != "GetDeployment":
            return ""
        one = aws_server.code_deploy.deployments[call.parameters["deploymentId"]]
        return f"event {one.event}" if one.status == "InProgress" else ""

    digest = deployed.new_image()
    struck = until_done(aws_server, deployed, "dev", also=event)
    assert running(aws_server) == digest
    assert count(aws_server, "CreateDeployment").total() == 1
    assert count(aws_server, "RegisterTaskDefinition").total() == 1
    assert len([key for key in struck if key.startswith("event")]) == len(EVENTS)
    assert [key for key in struck if key.startswith("CreateDeployment")]


def test_one_that_is_interrupted_says_how_to_go_on_and_frees_its_lock(
    aws_server: AwsSide, deployed: Deployer
) -> None:
    """By Ctrl-C, or by GitHub where somebody cancels the workflow."""
    digest = deployed.new_image()
    aws_server.after = lambda call: (
        process.send_signal(signal.SIGINT) if call.operation == "GetDeployment" else None
    )
    ours = signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background
    process = deployed.start(*QUICK, "dev")
    signal.signal(signal.SIGINT, ours)
    done = deployed.end(process)
    assert done.code == 130, str(done)
    assert done.err == "deploy/deploy: interrupted. The same command goes on from here.\n"
    aws_server.forget()
    assert "held by" not in deployed.succeed("dev").out
    assert running(aws_server) == digest


def test_a_way_back_that_was_interrupted_is_gone_to_its_end_and_not_back_again(
    aws_server: AwsSide, deployed: Deployer
) -> None:
    before = deploy_two(aws_server, deployed)
    aws_server.forget()
    aws_server.after = lambda call: (
        deployed.kill(call) if call.operation == "CreateDeployment" else None
    )
    assert deployed.killable("rollback", "dev").code == -9
    aws_server.after = lambda _: None
    assert "goes back already" in deployed.succeed("rollback", "dev").out
    assert running(aws_server) == before
    assert count(aws_server, "CreateDeployment").total() == 1
    assert "has gone back already" in deployed.succeed("rollback", "dev").out
    assert running(aws_server) == before


def test_a_deployment_that_is_stopped_goes_back_however_often_that_is_interrupted(
    aws_server: AwsSide, deployed: Deployer
) -> None:
    deployed.succeed("dev")
    before = running(aws_server)
    deployed.new_image()
    aws_server.after = lambda call: (
        deployed.kill(call) if call.operation == "GetDeployment" else None
    )
    assert deployed.killable("dev").code == -9
    aws_server.forget()
    struck = until_done(aws_server, deployed, "rollback", "dev")
    assert [key for key in struck if key.startswith("StopDeployment")]
    assert count(aws_server, "CreateDeployment").total() == 0
    assert running(aws_server) == before


def test_an_update_that_was_interrupted_is_finished(
    aws_server: AwsSide, deployed: Deployer
) -> None:
    deployed.succeed("dev")  # an earlier test may have brought another image
    aws_server.forget()
    path = deployed.root / "deploy" / "parameters" / "dev.yaml"
    text = path.read_text(encoding="utf-8")
    days = 90 if "FlowLogRetentionDays: 7" in text else 7
    wanted = re.sub(r"FlowLogRetentionDays: \d+", f"FlowLogRetentionDays: {days}", text)
    path.write_text(wanted, encoding="utf-8")
    until_done(aws_server, deployed, "dev")
    assert count(aws_server, "UpdateStack") == {"picus-dev-network": 1}
    aws_server.has_dev = False  # it has other parameters now
