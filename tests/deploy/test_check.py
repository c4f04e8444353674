"""What is missing or unwise is said before anything changes, and production is refused unsafe."""

from __future__ import annotations

import json
import re

import pytest

from deploy.auth import authenticate, configuration, store_parameter, store_secret
from deploy.aws_side import ISSUER, AwsSide
from deploy.deployer import Deployer

ENVIRONMENTS = ("dev", "prod")


def table(out: str) -> dict[str, str]:
    """The rows, up to the line that says what to do next."""
    rows = out.partition("\n\n")[0].splitlines()
    return {row[:22].strip(): row[23:30].strip() for row in rows}


def test_the_table_says_what_is_missing_or_unwise(aws: AwsSide, deployer: Deployer) -> None:
    said = table(deployer.succeed("dev", "--check").out)
    assert said == {
        "account and Region": "ok",
        "roles of services": "unwise",
        "quotas": "ok",
        "packages": "ok",
        "alarm address": "unsafe",
        "deletion protection": "unsafe",
        "certificate": "unwise",
        "reachability": "unwise",
        "authentication": "unsafe",
        "tasks": "unwise",
        "NAT": "unwise",
        "GitHub": "ok",
        "placeholders": "ok",
    }
    assert not aws.changes()


def test_each_row_that_is_not_ok_says_what_to_do(aws: AwsSide, deployer: Deployer) -> None:
    """By a command, or by a parameter and the part of the file that has it."""
    aws.quotas["L-0263D0A3"] = 0.0
    (deployer.build / "image" / "picus.tar").unlink()
    rows, _, verdict = deployer.succeed("dev", "--check").out.partition("\n\n")
    for row in rows.splitlines():
        says = re.search(r"`(aws|deploy/deploy|make) [^`]+`|[sS]et [A-Z]\w+ .*of [a-z]+", row)
        assert row[23:30].strip() == "ok" or says, row
    assert "--service-code ec2 --quota-code L-0263D0A3 --desired-value 1`" in rows
    assert verdict.startswith("`deploy/deploy dev` deploys this. Settings are in deploy/parameters")


def test_production_as_it_is_delivered_is_refused(aws: AwsSide, deployer: Deployer) -> None:
    done = deployer("prod", "--check")
    assert done.code == 1
    assert "refuses this until it is changed: alarm address, authentication." in done.out
    done = deployer("prod", "--yes")
    assert done.code == 2, str(done)
    assert "Production is not deployed like this: authentication, alarm address." in done.err
    assert "set AlarmEmail of observability" in done.out
    assert not aws.changes()


def test_production_with_its_settings_is_good(aws: AwsSide, deployer: Deployer) -> None:
    deployer.set("observability", "AlarmEmail", "someone@picus.test", "prod")
    said = table(deployer("prod", "--check").out)
    assert said["alarm address"] == said["deletion protection"] == said["tasks"] == "ok"
    assert said["NAT"] == said["placeholders"] == "ok"
    assert not aws.changes()


def test_quotas_are_those_of_the_account(aws: AwsSide, deployer: Deployer) -> None:
    out = deployer("prod", "--check").out
    network = "2 of 5 addresses, 2 of 5 networks"
    assert f"unwise  {network}, 10 of 6 vCPU on Fargate, 10 of 10 invocations at a time: ask" in out
    assert "--service-code fargate --quota-code L-3032A538 --desired-value 10`" in out
    aws.quotas["L-3032A538"] = 4000.0
    out = deployer("prod", "--check").out
    assert f"ok      {network}, 10 of 4000 vCPU on Fargate, 10 of 10 invocations" in out
    aws.quotas["L-0263D0A3"] = 1.0
    assert table(deployer("prod", "--check").out)["quotas"] == "unwise"


@pytest.mark.parametrize(
    ("changes", "row"),
    [
        ({"HostName": "picus.example.com"}, "placeholders"),
        ({"Scheme": "internet-facing", "ClientCidr": "0.0.0.0/0"}, "reachability"),
        ({"DeletionProtection": "false"}, "deletion protection"),
    ],
)
def test_production_is_refused_with_what_is_unsafe(
    aws: AwsSide, deployer: Deployer, changes: dict[str, str], row: str
) -> None:
    deployer.set("observability", "AlarmEmail", "someone@picus.test", "prod")
    for name, value in changes.items():
        deployer.set("balancer", name, value, "prod")
    done = deployer("prod", "--check")
    assert done.code == 1
    assert table(done.out)[row] == "unsafe"
    done = deployer("prod", "--yes", "--insecure-no-auth")
    assert done.code == 2
    assert f"Production is not deployed like this: {row}." in done.err
    assert not aws.changes()


def test_everybody_on_the_internet_may_connect_where_tokens_are_asked_for_and_encrypted(
    aws: AwsSide, deployer: Deployer
) -> None:
    deployer.set("balancer", "Scheme", "internet-facing", "prod")
    deployer.set("balancer", "ClientCidr", "0.0.0.0/0", "prod")
    arn = store_secret(aws, configuration())
    for name, value, state in (
        ("AuthArn", arn, "unsafe"),
        ("CertificateArn", "arn:aws:acm:us-east-1:111122223333:certificate/1", "ok"),
    ):
        deployer.set("access" if name == "AuthArn" else "balancer", name, value, "prod")
        assert table(deployer("prod", "--check").out)["reachability"] == state


@pytest.mark.parametrize("kind", ["secret", "parameter"])
def test_production_is_closed_or_open_on_request(
    aws: AwsSide, deployer: Deployer, kind: str
) -> None:
    deployer.set("observability", "AlarmEmail", "someone@picus.test", "prod")
    done = deployer("prod", "--yes")
    assert "Production is not deployed like this: authentication." in done.err
    done = deployer("prod", "--insecure-no-auth")
    assert "Type prod to go on" in done.out + done.err
    text = configuration()
    arn = (
        store_secret(aws, text) if kind == "secret" else store_parameter(aws, text, "/picus/access")
    )
    aws.forget()
    authenticate(deployer, arn, "prod")
    assert table(deployer("prod", "--check").out)["authentication"] == "ok"
    assert "contradicts AuthArn" in deployer("prod", "--yes", "--insecure-no-auth").err
    assert not aws.changes()


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_account_issues_the_tokens_of_the_verification(
    aws: AwsSide, deployer: Deployer, environment: str
) -> None:
    deployer.set("observability", "AlarmEmail", "someone@picus.test", environment)
    authenticate(deployer, store_secret(aws, configuration()), environment)
    aws.forget()
    for issues, state in ((None, "unsafe"), (False, "unsafe"), (True, "ok")):
        aws.issues_tokens = issues
        done = deployer(environment, "--check")
        assert table(done.out)["issuer of IAM tokens"] == state
        assert (ISSUER in done.out) == (issues is True)
        assert ("`aws iam enable-outbound-web-identity-federation`" in done.out) != issues
        if state == "unsafe":
            assert "not deployed like this: issuer of IAM tokens." in deployer(environment).err
    assert not aws.changes()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is not JSON"),
        ("[]", "is not a JSON object"),
        (json.dumps({"tokens": ["x" * 3072]}), "A function has room for 3072"),
        (
            configuration().replace(ISSUER, "https://another.picus.test"),
            "the account's, to `issuers` of the",
        ),
    ],
)
def test_an_access_configuration_that_cannot_be_deployed_is_refused(
    aws: AwsSide, deployer: Deployer, text: str, said: str
) -> None:
    aws.issues_tokens = True
    authenticate(deployer, store_secret(aws, text))
    aws.forget()
    done = deployer("dev")
    assert done.code == 2, str(done)
    assert said in done.err + done.out
    assert said in deployer("dev", "--check").out
    assert not aws.changes()


def test_an_access_configuration_that_is_away_or_encrypted_is_refused(
    aws: AwsSide, deployer: Deployer
) -> None:
    arn = store_parameter(aws, configuration(), "/picus/access", "SecureString")
    aws.forget()
    for named, said in ((arn, "SecureString"), (f"{arn}-2", "is not there")):
        authenticate(deployer, named)
        assert said in deployer("dev").err
        assert said in deployer("dev", "--check").out
    assert not aws.changes()


@pytest.mark.parametrize("name", ["image/picus.tar", "lambda/picus-verify.zip"])
def test_what_was_not_built_is_in_the_table(aws: AwsSide, deployer: Deployer, name: str) -> None:
    (deployer.build / name).unlink()
    done = deployer.succeed("dev", "--check")
    assert f"run `make {name.split('/', maxsplit=1)[0]}`" in done.out
    assert not aws.changes()
