"""How traffic comes to a version and back, where alarms ring, blue waits, or AWS says little."""

from __future__ import annotations

from deploy.account import client, deploy_two, running
from deploy.aws_side import AwsSide
from deploy.calls import Call
from deploy.deployer import Deployer, change
from deploy.interruptions import leave_blue_waiting
from harness.code_deploy import Answer, RefusedError


def test_alarms_do_not_stop_the_way_back_from_what_set_them_off(
    aws_server: AwsSide, deployed: Deployer
) -> None:
    before = deploy_two(aws_server, deployed)
    aws_server.code_deploy.alarms_ring = True
    deployed.succeed("rollback", "dev")
    assert running(aws_server) == before


def test_a_fix_goes_through_ringing_alarms_only_when_it_is_told_to(
    aws_server: AwsSide, deployed: Deployer
) -> None:
    before = running(aws_server)
    aws_server.code_deploy.alarms_ring = True
    digest = deployed.new_image()
    done = deployed("dev")
    assert done.code == 1, str(done)
    assert "ALARM_ACTIVE" in done.err
    assert "--ignore-alarms" in done.err
    assert running(aws_server) == before
    deployed.succeed("dev", "--ignore-alarms")
    assert running(aws_server) == digest


def test_an_urgent_fix_does_not_wait_for_the_end_of_blue(
    aws_server: AwsSide, deployed: Deployer
) -> None:
    leave_blue_waiting(aws_server, deployed)
    aws_server.forget()
    digest = deployed.new_image()
    done = deployed.succeed("dev", "--skip-wait")
    assert "blue is ended at once" in done.out
    assert [c.operation for c in aws_server.calls].count("ContinueDeployment") == 1
    assert running(aws_server) == digest


def test_what_waits_for_the_end_of_blue_says_so(aws_server: AwsSide, deployed: Deployer) -> None:
    leave_blue_waiting(aws_server, deployed)

    def ring(call: Call) -> None:
        """As soon as somebody has seen it wait. An alarm ends it."""
        aws_server.code_deploy.alarms_ring = aws_server.code_deploy.waits(call)

    aws_server.after = ring
    done = deployed("dev")
    assert "all traffic is green's, blue waits to be ended" in done.out


def test_a_line_of_progress_that_cannot_be_had_ends_no_deployment(
    aws_server: AwsSide, deployed: Deployer
) -> None:
    def refuse(_: object) -> Answer:
        raise RefusedError("AccessDeniedException")

    aws_server.code_deploy.operations["GetDeploymentTarget"] = refuse
    digest = deployed.new_image()
    aws_server.has_dev = False
    done = deployed.succeed("dev")
    assert running(aws_server) == digest
    assert " inprogress" in done.out


def test_a_rollback_that_is_on_its_way_is_followed_although_nobody_says_what_it_brings(
    aws: AwsSide, deployer: Deployer
) -> None:
    """It goes back to what the stack began with, for which CodeDeploy has no AppSpec."""
    aws.after = lambda call: deployer.kill(call) if call.operation == "CreateDeployment" else None
    assert deployer.killable("dev").code == -9
    (only,) = aws.code_deploy.deployments.values()
    aws.after = lambda call: deployer.kill(call) if only.status == "Stopped" else None
    assert deployer.killable("rollback", "dev").code == -9
    aws.forget()
    digest = deployer.new_image()
    done = deployer.succeed("dev")
    assert f"{only.rollback} is on its way already" in done.out
    assert running(aws) == digest


def test_listeners_are_not_touched_while_green_serves(
    aws_server: AwsSide, deployed: Deployer
) -> None:
    """CodeDeploy leaves both groups in the listener's action: what counts is who has the weight."""
    (traffic,) = aws_server.code_deploy.groups.values()
    (blue,) = of_stack(aws_server, "BlueTargetGroup")
    deployed.succeed("dev")  # the newest image serves
    if traffic.serving() == blue:
        deployed.new_image()
        deployed.succeed("dev")
    weights = traffic.weights()
    assert weights.pop(blue) == 0
    assert list(weights.values()) == [100]
    aws_server.has_dev = False
    old, new = "DefaultActions: [{Type", "DefaultActions: [{Order: 1, Type"
    change(deployed, "balancer", old, new)
    aws_server.forget()
    served: list[str] = []
    aws_server.before = lambda call: (
        served.append(traffic.serving()) if call.operation == "UpdateStack" else None
    )
    before = running(aws_server)
    done = deployed.succeed("dev")
    assert "blue has to serve before ProductionListener" in done.out
    assert served == [blue]
    assert running(aws_server) == before


def of_stack(aws: AwsSide, output: str) -> list[str]:
    (stack,) = client(aws, "cloudformation").describe_stacks(StackName="picus-dev-balancer")[
        "Stacks"
    ]
    return [one["OutputValue"] for one in stack["Outputs"] if one["OutputKey"] == output]
