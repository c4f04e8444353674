"""What `deploy/deploy` does when nothing goes wrong, and when a deployment does."""

from __future__ import annotations

import re

import pytest

from deploy import moto_types
from deploy.account import definition, deploy_two, running
from deploy.aws_side import AwsSide
from deploy.deployer import ROOT, Deployer
from deploy.rendering import STACKS

HINTS = ("`aws logs tail picus-dev-delivery-VerifyLogGroup", "--ignore-alarms deploys the fix")


def test_everything_comes_from_nothing_and_is_told_with_its_url(
    aws: AwsSide, deployer: Deployer
) -> None:
    done = deployer.succeed("dev")
    assert running(aws) in done.out
    (verified,) = aws.code_deploy.deployments.values()
    assert verified.status == "Succeeded"
    assert re.search(r"^http://picus-dev-\S+$", done.out.splitlines()[-1])
    status = deployer.succeed("status", "dev")
    assert status.out.count("CREATE_COMPLETE") == len(STACKS)
    assert re.search(r"^lock +free$", status.out, re.MULTILINE)


def test_a_second_deployment_changes_nothing(aws_server: AwsSide, deployed: Deployer) -> None:
    deployed.succeed("dev")
    aws_server.forget()
    done = deployed.succeed("dev")
    assert not aws_server.changes()
    assert done.out.count("unchanged") == len(STACKS) + 1


def test_a_new_image_is_pushed_and_gets_the_traffic_by_a_deployment(
    aws_server: AwsSide, deployed: Deployer
) -> None:
    digest = deployed.new_image()
    done = deployed.succeed("dev")
    assert running(aws_server) == digest
    assert [str(c).split()[0] for c in aws_server.changes()].count(
        "codedeploy:CreateDeployment"
    ) == 1
    shown = [line.split("d-")[1][10:] for line in done.out.splitlines() if " d-0" in line]
    assert "AfterAllowTestTraffic, blue 100 %, green 0 %" in shown
    assert "AllowTraffic, blue 0 %, green 100 %" in shown
    assert shown[-1] == "succeeded"


def test_another_architecture_comes_with_an_image_for_it(
    aws_server: AwsSide, deployed: Deployer
) -> None:
    path = deployed.root / "deploy" / "parameters" / "dev.yaml"
    text = path.read_text(encoding="utf-8").replace("Architecture: X86_64", "Architecture: ARM64")
    path.write_text(text, encoding="utf-8")
    digest = deployed.new_image("arm64")
    aws_server.has_dev = False
    deployed.succeed("dev")
    assert running(aws_server) == digest
    assert definition(aws_server)["runtimePlatform"]["cpuArchitecture"] == "ARM64"
    deployed.succeed("rollback", "dev")
    assert definition(aws_server)["runtimePlatform"]["cpuArchitecture"] == "X86_64"


def test_the_stack_of_the_service_keeps_its_first_image(
    aws_server: AwsSide, deployed: Deployer
) -> None:
    deployed.new_image()
    deployed.succeed("dev")
    assert "cloudformation:UpdateStack" not in {str(c).split()[0] for c in aws_server.changes()}


@pytest.mark.parametrize(
    ("event", "why", "hint"),
    [
        ("AfterAllowTestTraffic", "AfterAllowTestTraffic did not succeed", HINTS[0]),
        ("AfterAllowTraffic", "One or more alarms have been activated", HINTS[1]),
    ],
)
def test_a_deployment_that_fails_is_told_with_its_reason_after_the_traffic_is_back(
    aws_server: AwsSide, deployed: Deployer, event: str, why: str, hint: str
) -> None:
    (traffic,) = aws_server.code_deploy.groups.values()
    before, blue = running(aws_server), traffic.serving()
    deployed.new_image()
    aws_server.code_deploy.fail_next.append(event)
    done = deployed("dev")
    assert done.code == 1, str(done)
    assert f"{why}. Rolled back." in done.err
    assert [one for one in HINTS if one in done.err] == [hint]
    assert (running(aws_server), traffic.serving()) == (before, blue)


def test_rollback_brings_back_what_ran_before(aws_server: AwsSide, deployed: Deployer) -> None:
    before = deploy_two(aws_server, deployed)
    deployed.succeed("rollback", "dev")
    assert running(aws_server) == before


def test_rollback_does_not_go_back_further_than_codedeploy_has(
    aws_server: AwsSide, deployed: Deployer
) -> None:
    deployed.new_image()
    deployed.succeed("dev")
    good = running(aws_server)
    deployed.new_image()
    aws_server.code_deploy.fail_next.append("AfterAllowTestTraffic")
    assert deployed("dev").code == 1
    done = deployed.succeed("rollback", "dev")
    assert "dev has gone back already" in done.out
    assert running(aws_server) == good


def test_what_ran_before_the_first_deployment_that_succeeded_can_be_brought_back(
    aws: AwsSide, deployer: Deployer
) -> None:
    """No deployment brought what the service began with: its verification failed, each time."""
    for _ in range(2):
        aws.code_deploy.fail_next.append("AfterAllowTestTraffic")
        assert deployer("dev").code == 1
    before = running(aws)
    deployer.new_image()
    deployer.succeed("dev")
    assert running(aws) != before
    deployer.succeed("rollback", "dev")
    assert running(aws) == before


def test_the_plan_shows_what_would_change_and_changes_nothing(
    aws_server: AwsSide, deployed: Deployer
) -> None:
    path = deployed.root / "deploy" / "parameters" / "dev.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("FlowLogRetentionDays: 7", "FlowLogRetentionDays: 30"), "utf-8")
    before = running(aws_server)
    digest = deployed.new_image()
    done = deployed.succeed("dev", "--plan")
    assert re.search(r"^network +\d+ changes$", done.out, re.MULTILINE), str(done)
    assert " FlowLogs AWS::Logs::LogGroup" in done.out  # moto tells no change from an addition
    assert re.search(r"^table +unchanged$", done.out, re.MULTILINE)
    assert f"{before} -> {digest}" in done.out
    assert running(aws_server) == before
    left = [c.operation for c in aws_server.changes()]
    assert left == ["CreateChangeSet", "DeleteChangeSet"]


def test_a_plan_of_nothing_says_that_all_would_be_made(aws: AwsSide, deployer: Deployer) -> None:
    done = deployer.succeed("dev", "--plan")
    assert done.out.count("would be made") == len(STACKS)
    assert not aws.changes()


def test_destroying_leaves_the_data_and_says_so(aws: AwsSide, deployer: Deployer) -> None:
    deployer.succeed("dev")
    done = deployer.succeed("destroy", "dev", "--yes")
    kept = re.findall(r"^Kept, with what is in it: (\S+) ", done.out, re.MULTILINE)
    assert "AWS::DynamoDB::Table" in kept
    status = deployer("status", "dev")
    assert status.code == 1
    assert status.out.count("not there") == len(STACKS)
    again = deployer.succeed("destroy", "dev", "--yes")
    assert again.out.count("not there") == len(STACKS)
    assert [c.operation for c in aws.changes()].count("DeleteStack") == len(STACKS)


def test_the_stand_ins_are_of_types_that_moto_lacks_and_the_templates_have() -> None:
    texts = [p.read_text("utf-8") for p in (ROOT / "deploy" / "cloudformation").glob("*.yaml")]
    used = {
        k for text in texts for k in re.findall(r"^ +Type: (AWS::\w+::\w+)$", text, re.MULTILINE)
    }
    assert used - moto_types.KNOWN == moto_types.LACKING
    assert not moto_types.LACKING_OF_FUNCTION & moto_types.KNOWN
