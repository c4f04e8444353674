"""What tests ask of the emulated account, and the sessions in which they ask."""

from __future__ import annotations

from typing import Any

import boto3

from deploy.aws_side import REGION, AwsSide
from deploy.deployer import Deployer

FUNCTION = "picus-dev-delete"


def client(aws: AwsSide, service: str) -> Any:
    return boto3.client(
        service,
        region_name=REGION,
        endpoint_url=aws.url,
        aws_access_key_id="AKIATEST",
        aws_secret_access_key="none",
    )


def as_role(aws: AwsSide, deployer: Deployer, arn: str) -> None:
    """From here on it has a session of the role, as the workflow has."""
    got = client(aws, "sts").assume_role(RoleArn=arn, RoleSessionName="GitHubActions")
    keys = got["Credentials"]
    deployer.credentials = {
        "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
        "AWS_SESSION_TOKEN": keys["SessionToken"],
    }


def subject(environment: str) -> str:
    return f"repo:somebody@1/picus@2:environment:{environment}"


def definition(aws: AwsSide) -> dict[str, Any]:
    """The service's task definition."""
    ecs = client(aws, "ecs")
    (cluster,) = ecs.list_clusters()["clusterArns"]
    (arn,) = ecs.list_services(cluster=cluster)["serviceArns"]
    (service,) = ecs.describe_services(cluster=cluster, services=[arn])["services"]
    sets = [one for one in service.get("taskSets", []) if one["status"] == "PRIMARY"]
    serving = (sets[0] if sets else service)["taskDefinition"]
    found = ecs.describe_task_definition(taskDefinition=serving)
    return dict(found["taskDefinition"])


def running(aws: AwsSide) -> str:
    """The digest that it has."""
    (container,) = definition(aws)["containerDefinitions"]
    return str(container["image"].split("@")[1])


def table_of(aws: AwsSide) -> str:
    (container,) = definition(aws)["containerDefinitions"]
    (name,) = (one["value"] for one in container["environment"] if one["name"] == "PICUS_TABLE")
    return str(name)


def version(aws: AwsSide, alias: str = "live", function: str = FUNCTION) -> str:
    said = client(aws, "lambda").get_alias(FunctionName=function, Name=alias)
    return str(said["FunctionVersion"])


def deploy_two(aws: AwsSide, deployer: Deployer) -> str:
    """Two images, one after the other. The digest of the first, to which a rollback leads."""
    deployer.new_image()
    deployer.succeed("dev")
    first = running(aws)
    deployer.new_image()
    deployer.succeed("dev")
    return first
