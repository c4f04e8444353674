"""A changed access configuration is deployed as a new image is: verified first, and as a whole."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from deploy.account import client, version
from deploy.auth import (
    authenticate,
    change_secret,
    configuration,
    store_parameter,
    store_secret,
)
from deploy.aws_side import AwsSide
from deploy.deployer import Deployer

NAME = "picus-dev-delete"


def container(aws: AwsSide) -> dict[str, Any]:
    """What the tasks with the traffic are."""
    (traffic,) = aws.code_deploy.groups.values()
    return dict(traffic.containers(traffic.primary())["picus"])


def secrets(aws: AwsSide) -> dict[str, str]:
    return {one["name"]: one["valueFrom"] for one in container(aws)["secrets"]}


def function(aws: AwsSide) -> str:
    """The configuration of the function that clients have, as CloudFormation resolves it."""
    found = client(aws, "lambda").get_function(FunctionName=NAME, Qualifier=version(aws))
    reference = found["Configuration"]["Environment"]["Variables"]["PICUS_AUTH"]
    secret = re.fullmatch(r"{{resolve:secretsmanager:(arn:.*):SecretString:::(.+)}}", reference)
    if secret:
        said = client(aws, "secretsmanager").get_secret_value(
            SecretId=secret[1], VersionId=secret[2]
        )
        return str(said["SecretString"])
    parameter = re.fullmatch(r"{{resolve:ssm:(/.*:[0-9]+)}}", reference)
    assert parameter, reference
    return str(client(aws, "ssm").get_parameter(Name=parameter[1])["Parameter"]["Value"])


def verifier(aws: AwsSide) -> str:
    """The ARN of the role that verifies."""
    (stack,) = client(aws, "cloudformation").describe_stacks(StackName="picus-dev-delivery")[
        "Stacks"
    ]
    (arn,) = [one["OutputValue"] for one in stack["Outputs"] if one["OutputKey"] == "VerifyRole"]
    return str(arn)


@pytest.fixture
def issuing(aws_server: AwsSide, deployed: Deployer) -> Deployer:
    """Where STS issues tokens, and dev changes for good."""
    aws_server.issues_tokens = True
    aws_server.has_dev = False
    return deployed


def test_authentication_is_turned_on_and_rotated_by_deployments(
    aws_server: AwsSide, issuing: Deployer
) -> None:
    arn = store_secret(aws_server, configuration("arn:aws:iam::111122223333:role/testers"))
    authenticate(issuing, arn)
    done = issuing("dev")
    assert done.code == 1, str(done)
    assert f"no issuer in {arn} has {verifier(aws_server)}" in done.err
    assert not container(aws_server).get("secrets"), "clients keep what they have"

    text = configuration(verifier(aws_server))
    first = change_secret(aws_server, arn, text)
    issuing.succeed("dev")
    assert secrets(aws_server) == {"PICUS_AUTH": f"{arn}:::{first}"}
    assert container(aws_server)["dockerLabels"] == {"picus.access-version": first}
    plain = {one["name"] for one in container(aws_server)["environment"]}
    assert "PICUS_INSECURE_NO_AUTH" not in plain
    assert function(aws_server) == text
    assert re.search(r"traffic +unchanged", issuing.succeed("dev").out)

    before = version(aws_server)
    rotated = json.dumps({**json.loads(text), "revoked": [{"issuer": "x", "sub": "y"}]})
    second = change_secret(aws_server, arn, rotated)
    aws_server.code_deploy.fail_next.append("AfterAllowTestTraffic")
    assert issuing("dev").code == 1
    assert secrets(aws_server) == {"PICUS_AUTH": f"{arn}:::{first}"}, "what verification refused"
    assert version(aws_server) == before
    issuing.succeed("dev")
    assert secrets(aws_server) == {"PICUS_AUTH": f"{arn}:::{second}"}
    assert function(aws_server) == rotated
    issuing.succeed("rollback", "dev")
    assert secrets(aws_server) == {"PICUS_AUTH": f"{arn}:::{first}"}


def test_a_changed_parameter_is_deployed_too(aws_server: AwsSide, issuing: Deployer) -> None:
    """ECS takes no version of it: a label makes the difference."""
    name, role = "/picus-dev/access", "arn:aws:iam::111122223333:role/"
    for number in ("1", "2"):
        text = configuration(verifier(aws_server), role + number)
        arn = store_parameter(aws_server, text, name)
        if number == "1":
            authenticate(issuing, arn)
        before = version(aws_server)
        issuing.succeed("dev")
        assert secrets(aws_server) == {"PICUS_AUTH": arn}
        assert container(aws_server)["dockerLabels"] == {"picus.access-version": number}
        assert function(aws_server) == text
        assert version(aws_server) != before
