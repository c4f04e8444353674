"""What is missing or unwise is said before anything changes, and production is refused unsafe."""

from __future__ import annotations

import pytest

from deploy.aws_side import AwsSide
from deploy.deployer import Deployer


def table(out: str) -> dict[str, str]:
    return {line[:22].strip(): line[23:30].strip() for line in out.splitlines()}


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
        "tasks": "unwise",
        "NAT": "unwise",
        "GitHub": "ok",
        "placeholders": "ok",
    }
    assert not aws.changes()


def test_production_as_it_is_delivered_is_refused(aws: AwsSide, deployer: Deployer) -> None:
    assert deployer("prod", "--check").code == 1
    done = deployer("prod", "--yes")
    assert done.code == 2, str(done)
    assert "Production is not deployed like this: alarm address." in done.err
    assert "set AlarmEmail of observability" in done.out
    assert not aws.changes()


def test_production_with_its_settings_is_good(aws: AwsSide, deployer: Deployer) -> None:
    deployer.set("observability", "AlarmEmail", "someone@picus.test", "prod")
    said = table(deployer.succeed("prod", "--check").out)
    assert said["alarm address"] == said["deletion protection"] == said["tasks"] == "ok"
    assert said["NAT"] == said["placeholders"] == "ok"
    assert not aws.changes()


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
    done = deployer("prod", "--yes")
    assert done.code == 2
    assert f"Production is not deployed like this: {row}." in done.err
    assert not aws.changes()


@pytest.mark.parametrize("name", ["image/picus.tar", "lambda/picus-verify.zip"])
def test_what_was_not_built_is_in_the_table(aws: AwsSide, deployer: Deployer, name: str) -> None:
    (deployer.build / name).unlink()
    done = deployer.succeed("dev", "--check")
    assert f"run `make {name.split('/', maxsplit=1)[0]}`" in done.out
    assert not aws.changes()
