"""What a person is told who did something wrong, or meets an account that somebody has changed."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from deploy.account import client
from deploy.aws_side import REGION, AwsSide
from deploy.deployer import Deployer
from picus_deploy.errors import explain

EXPIRED = b"""<ErrorResponse><Error><Type>Sender</Type><Code>ExpiredToken</Code>
<Message>The security token included in the request is expired</Message></Error></ErrorResponse>"""


@pytest.mark.parametrize(
    ("words", "variables", "said"),
    [
        (("dev",), {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "No AWS credentials"),
        (("dev",), {"AWS_REGION": ""}, "No Region. Name it with --region, or AWS_REGION."),
        (("dev",), {"AWS_REGION": "eu-west-9"}, "There is no Region eu-west-9: name another with"),
        (("dev",), {"AWS_PROFILE": "nobody"}, "`aws configure list-profiles`, and AWS_PROFILE"),
        (("stage",), {}, "not understood: stage"),
        (("status", "dev", "prod"), {}, "not understood"),
        (("status", "dev", "--plan"), {}, "go with ENV alone"),
        (("prod",), {}, "Production is not deployed like this"),
        (("dev", "--check", "--plan"), {}, "go with ENV alone"),
        (("destroy", "dev"), {}, "Nobody is there to be asked: add --yes."),
        (("dev", "--unprotect"), {}, "--unprotect goes with destroy"),
        (("status", "dev", "--version", "1"), {}, "--version goes with ENV alone"),
        (("dev", "--releases", "x"), {}, "and --releases with --version"),
    ],
)
def test_what_is_asked_wrongly_is_exit_code_2_and_changes_nothing(
    aws: AwsSide, deployer: Deployer, words: tuple[str, ...], variables: dict[str, str], said: str
) -> None:
    done = deployer(*words, **variables)
    assert done.code == 2, str(done)
    assert said in done.err
    assert "Traceback" not in done.err
    assert not [call for call in aws.calls if not call.reads]


@pytest.mark.parametrize("name", ["image/picus.tar", "lambda/picus-verify.zip"])
def test_what_was_not_built_is_named_with_the_target_that_builds_it(
    aws: AwsSide, deployer: Deployer, name: str
) -> None:
    (deployer.build / name).unlink()
    done = deployer("dev")
    assert done.code == 2, str(done)
    assert f"run `make {name.split('/', maxsplit=1)[0]}`" in done.err
    assert not aws.changes()


@pytest.mark.parametrize(
    ("built", "asked", "said"),
    [
        ("arm64", "X86_64", "is made for arm64, and tasks of dev are to run on amd64"),
        ("amd64", "ARM64", "run `make image ARGS='--architecture arm64'`"),
        ("arm64", "ARM", "CpuArchitecture of dev is ARM, not X86_64 or ARM64"),
    ],
)
def test_an_image_for_another_architecture_is_told_before_anything_changes(
    aws: AwsSide, deployer: Deployer, built: str, asked: str, said: str
) -> None:
    path = deployer.root / "deploy" / "parameters" / "dev.yaml"
    text = path.read_text("utf-8").replace("Architecture: X86_64", f"Architecture: {asked}")
    path.write_text(text, encoding="utf-8")
    deployer.new_image(built)
    for words in (("dev",), ("dev", "--plan")):
        done = deployer(*words)
        assert done.code == 2, str(done)
        assert said in done.err
    assert not aws.changes()


def test_a_certificate_of_another_region_is_a_wrong_region(
    aws: AwsSide, deployer: Deployer
) -> None:
    path = deployer.root / "deploy" / "parameters" / "dev.yaml"
    arn = "arn:aws:acm:eu-west-1:111122223333:certificate/1"
    text = path.read_text("utf-8").replace("CertificateArn: ''", f"CertificateArn: {arn}")
    path.write_text(text, encoding="utf-8")
    done = deployer("dev")
    assert done.code == 2, str(done)
    assert f"The certificate of dev is in eu-west-1, and this is {REGION}" in done.err
    assert not aws.changes()


def test_a_service_that_was_deleted_past_cloudformation_is_told(
    aws_server: AwsSide, deployed: Deployer
) -> None:
    ecs = client(aws_server, "ecs")
    (cluster,) = ecs.list_clusters()["clusterArns"]
    (service,) = ecs.list_services(cluster=cluster)["serviceArns"]
    ecs.delete_service(cluster=cluster, service=service, force=True)
    aws_server.has_dev = False
    done = deployed("status", "dev")
    assert done.code == 1, str(done)
    assert "it was deleted past CloudFormation" in done.err


def test_an_environment_that_is_protected_is_not_destroyed_by_half(
    aws_server: AwsSide, deployed: Deployer
) -> None:
    aws_server.has_dev = False
    tables, balancers = client(aws_server, "dynamodb"), client(aws_server, "elbv2")
    (name,) = tables.list_tables()["TableNames"]
    (balancer,) = balancers.describe_load_balancers()["LoadBalancers"]
    tables.update_table(TableName=name, DeletionProtectionEnabled=True)
    protected = {"Key": "deletion_protection.enabled", "Value": "true"}
    arn = balancer["LoadBalancerArn"]
    balancers.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=[protected])
    aws_server.forget()
    done = deployed("destroy", "dev", "--yes")
    assert done.code == 1, str(done)
    assert f"The table {name} and the load balancer" in done.err
    tables.update_table(TableName=name, DeletionProtectionEnabled=False)
    aws_server.forget()
    done = deployed("destroy", "dev", "--yes")
    assert done.code == 1, str(done)
    assert f"The load balancer {balancer['LoadBalancerName']} is protected" in done.err
    assert not aws_server.changes()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "dev.yaml has no stacks"),
        ("- network\n", "dev.yaml has no stacks"),
        ("netwrok: {}\n", "dev.yaml: no such stack: netwrok. There are access, pipeline"),
        ("network: 10.20.0.0/16\n", "dev.yaml: network has no parameters, but 10.20.0.0/16."),
        ("service: {MinTasks: two}\n", "dev.yaml: MinTasks of service is two, not a number."),
        ("service: [\n", "dev.yaml: while parsing"),
    ],
)
def test_parameters_that_cannot_be_meant_are_told_with_their_file(
    aws: AwsSide, deployer: Deployer, text: str, said: str
) -> None:
    path = deployer.root / "deploy" / "parameters" / "dev.yaml"
    path.write_text(text, encoding="utf-8")
    done = deployer("dev", "--check")
    assert done.code == 2, str(done)
    assert said in done.err
    assert not aws.changes()


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("ExpiredToken", "The credentials have expired. Log in again (`aws sso login`"),
        ("InvalidClientTokenId", "name another with --region"),
        ("SignatureDoesNotMatch", "or the clock of this machine"),
        ("AccessDenied", "may not call CreateStack: because. The first deployment"),
        ("Throttling", "Wait a minute, and repeat the command to resume."),
        ("Strange", "AWS refused CreateStack: Strange: because"),
    ],
)
def test_what_aws_refuses_is_told_with_what_to_do(code: str, said: str) -> None:
    error = ClientError({"Error": {"Code": code, "Message": "because"}}, "CreateStack")
    assert said in str(explain(error))


def test_a_session_that_has_expired_is_one_sentence(aws: AwsSide, deployer: Deployer) -> None:
    aws.page, aws.page_status = EXPIRED, "403 Expired"
    done = deployer("dev")
    assert done.code == 1, str(done)
    assert done.err.startswith("deploy/deploy: The credentials have expired. Log in again")
    assert done.err.count("\n") == 1


def test_a_page_of_a_proxy_is_no_traceback(aws: AwsSide, deployer: Deployer) -> None:
    aws.page = b"<!doctype html><title>502 Bad Gateway</title>"
    done = deployer("status", "dev")
    assert done.code == 1, str(done)
    assert "The response is not AWS's: perhaps a proxy is in between." in done.err


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("DELETE_FAILED", "`deploy/deploy destroy` goes on with that"),
        ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback --stack-name picus-dev-network"),
    ],
)
def test_a_stack_that_is_stuck_is_told_with_what_moves_it(
    aws_server: AwsSide, deployed: Deployer, status: str, said: str
) -> None:
    aws_server.shown["picus-dev-network"] = status
    done = deployed("dev")
    assert done.code == 1, str(done)
    assert said in done.err
