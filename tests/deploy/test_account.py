"""Two environments in one account, what an account has once, and data that outlives its stack."""

from __future__ import annotations

import pytest

from deploy.account import client, subject, table_of
from deploy.aws_side import ACCOUNT, REGION, AwsSide
from deploy.deployer import Deployer

PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"


def providers(aws: AwsSide) -> list[str]:
    found = client(aws, "iam").list_open_id_connect_providers()["OpenIDConnectProviderList"]
    return [one["Arn"] for one in found]


def test_two_environments_share_the_provider_and_it_outlives_either(
    aws: AwsSide, deployer: Deployer
) -> None:
    for environment in ("dev", "prod"):
        deployer.set("pipeline", "Subjects", subject(environment), environment)
        role = deployer.succeed(environment, "--bootstrap", "--yes").out.splitlines()[-1]
        assert f"picus-{environment}-pipeline-DeployRole" in role
    assert providers(aws) == [PROVIDER]
    deployer.succeed("destroy", "dev", "--yes")
    assert providers(aws) == [PROVIDER]


def test_a_provider_that_somebody_else_made_is_used(aws: AwsSide, deployer: Deployer) -> None:
    iam = client(aws, "iam")
    url = "https://token.actions.githubusercontent.com"
    iam.create_open_id_connect_provider(Url=url, ClientIDList=["another"])
    deployer.set("pipeline", "Subjects", subject("dev"))
    deployer.succeed("dev", "--bootstrap")
    said = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=PROVIDER)
    assert set(said["ClientIDList"]) == {"another", "sts.amazonaws.com"}


def test_as_delivered_nobody_on_github_may_deploy(aws: AwsSide, deployer: Deployer) -> None:
    done = deployer("dev", "--bootstrap")
    assert done.code == 2, str(done)
    assert "Nobody on GitHub may deploy dev: set Subjects" in done.err
    assert not aws.changes()


def test_an_example_is_trusted_with_nothing(aws: AwsSide, deployer: Deployer) -> None:
    deployer.set("pipeline", "Subjects", "repo:example/picus:environment:dev")
    done = deployer("dev")
    assert done.code == 2, str(done)
    assert "names an example" in done.err
    assert not aws.changes()


def test_the_roles_of_services_are_there_before_the_first_service(
    aws: AwsSide, deployer: Deployer
) -> None:
    deployer.set("pipeline", "Subjects", subject("dev"))
    deployer.succeed("dev", "--bootstrap")
    for service in ("ecs", "ecs.application-autoscaling", "elasticloadbalancing"):
        path = f"/aws-service-role/{service}.amazonaws.com/"
        assert client(aws, "iam").list_roles(PathPrefix=path)["Roles"], service


def test_a_table_that_was_kept_is_neither_forgotten_nor_made_anew(
    aws: AwsSide, deployer: Deployer
) -> None:
    deployer.succeed("dev")
    kept = table_of(aws)
    client(aws, "cloudformation").delete_stack(StackName="picus-dev-table")
    deployer.set("network", "FlowLogRetentionDays", "30")
    aws.forget()
    done = deployer("dev")
    assert done.code == 1, str(done)
    assert f"{kept} of an earlier dev still has its items" in done.err
    assert not aws.changes()
    deployer.set("table", "ExistingTable", kept)
    deployer.succeed("dev")
    assert table_of(aws) == kept
    assert client(aws, "dynamodb").list_tables()["TableNames"] == [kept]


@pytest.mark.parametrize("word", ["picus-prod-table-Table-1", "anything"])
def test_a_table_of_another_name_is_refused(aws: AwsSide, deployer: Deployer, word: str) -> None:
    deployer.set("table", "ExistingTable", word)
    done = deployer("dev")
    assert done.code == 2, str(done)
    assert "picus-dev-" in done.err
    assert not aws.changes()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("Scheme", "internet-facing", "An internet-facing load balancer needs CertificateArn"),
        ("CertificateArn", f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/1", "needs HostName"),
    ],
)
def test_what_the_load_balancer_would_refuse_is_refused_before_the_first_stack(
    aws: AwsSide, deployer: Deployer, name: str, value: str, said: str
) -> None:
    deployer.set("balancer", name, value)
    done = deployer("dev")
    assert done.code == 2, str(done)
    assert said in done.err
    assert not aws.changes()


def test_a_load_balancer_does_not_move_to_the_internet(
    aws_server: AwsSide, deployed: Deployer
) -> None:
    deployed.set("balancer", "Scheme", "internet-facing")
    deployed.set("network", "FlowLogRetentionDays", "30")
    done = deployed("dev")
    assert done.code == 2, str(done)
    assert "is internal, and Scheme says internet-facing" in done.err
    assert not aws_server.changes()
