"""The role of the pipeline may do what `deploy/deploy` calls, and nothing else."""

from __future__ import annotations

import ast
import re

import pytest

from deploy.account import as_role, client
from deploy.authorization import grants, needs
from deploy.aws_side import AwsSide
from deploy.calls import Call
from deploy.deployer import ROOT, Deployer, change
from deploy.interruptions import leave_blue_waiting, leave_function_waiting

SUBJECT = "repo:somebody/picus:environment:dev"
# Granted, and not called by these runs: with the reason.
NOT_SEEN = {
    "cloudformation:TagResource": "AWS may look at it where a stack is made with tags",
    "s3:DeleteObject": "osls clears away from its sixth deployment on",
    "iam:GetOutboundWebIdentityFederationInfo": "with authentication, as in test_drill",
    "secretsmanager:GetSecretValue": "with authentication by a secret",
    "ssm:GetParameter": "with authentication by a parameter, as in test_drill",
}


def bootstrap(deployer: Deployer) -> str:
    """The role of the pipeline."""
    deployer.set("pipeline", "Subjects", SUBJECT)
    return deployer.succeed("dev", "--bootstrap").out.splitlines()[-1]


def everything(aws: AwsSide, deployer: Deployer) -> list[Call]:
    """The calls of all that the pipeline does, in each way that it may go."""
    arn = bootstrap(deployer)
    as_role(aws, deployer, arn)
    client(aws, "cloudformation").create_stack(
        StackName="picus-dev-registry", TemplateBody='{"Resources": {}}'
    )
    aws.forget()
    aws.shown["picus-dev-registry"] = "ROLLBACK_COMPLETE"
    deployer.succeed("dev")
    for stack in ("network", "table", "registry", "service", "observability", "delivery"):
        change(deployer, stack, "Description: 'Picus", "Description: 'The Picus")
    change(
        deployer,
        "balancer",
        "DefaultActions: [{Type: forward",
        "DefaultActions: [{Order: 1, Type: forward",
    )
    deployer.set("table", "DeletionProtection", "true")
    deployer.succeed("dev", "--plan")
    deployer.new_image()
    deployer.succeed("dev")
    deployer.new_image()
    aws.after = lambda call: deployer.kill(call) if call.operation == "GetDeployment" else None
    assert deployer.killable("dev").code == -9
    aws.after = lambda _: None
    deployer.succeed("rollback", "dev")
    leave_function_waiting(aws, deployer)
    deployer.succeed("rollback", "dev")
    leave_blue_waiting(aws, deployer)
    deployer.new_image()
    deployer.succeed("dev", "--skip-wait", "--ignore-alarms")
    deployer.succeed("rollback", "dev")
    deployer.succeed("status", "dev")
    return list(aws.calls)


@pytest.mark.timeout(400)
def test_it_may_do_what_is_called_and_all_that_it_may_do_is_called(
    aws: AwsSide, deployer: Deployer
) -> None:
    calls = everything(aws, deployer)
    iam = client(aws, "iam")
    (name,) = [
        r["RoleName"] for r in iam.list_roles()["Roles"] if "pipeline-DeployRole" in r["RoleName"]
    ]
    policy = iam.get_role_policy(RoleName=name, PolicyName="deploy")["PolicyDocument"]
    # moto keeps what CloudFormation gave it as Python writes it
    allowed = grants(policy if isinstance(policy, dict) else ast.literal_eval(policy))
    needed = {need for call in calls for need in needs(call, aws)}

    refused = [need for need in needed if not any(grant.covers(need) for grant in allowed)]
    assert not refused, refused

    used = [grant for grant in allowed if any(grant.covers(need) for need in needed)]
    unused = {grant.action for grant in allowed} - {grant.action for grant in used}
    assert unused == set(NOT_SEEN)
    resources = {grant.resource for grant in allowed if grant.action not in unused}
    assert resources == {grant.resource for grant in used}


def test_it_cannot_change_its_own_rights(aws: AwsSide, deployer: Deployer) -> None:
    arn = bootstrap(deployer)
    as_role(aws, deployer, arn)
    aws.forget()
    change(deployer, "pipeline", "MaxSessionDuration: 7200", "MaxSessionDuration: 3600")
    done = deployer("dev")
    assert done.code == 1
    assert "an administrator has to run `deploy/deploy dev` once" in done.err
    assert not aws.changes()


def test_its_statements_name_no_stack_of_the_other_environment() -> None:
    path = ROOT / "deploy" / "cloudformation" / "pipeline.yaml"
    assert not re.findall(r"picus-(dev|prod)", path.read_text(encoding="utf-8"))
