"""The function's stack is made, changed and deleted, on ministack and on moto."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.cloudformation import Cloud, Stacks, Template, client, load, part_of, without
from harness.ministack import Ministack
from harness.moto_server import Moto
from harness.osls import BUCKET, HANDED, emulated, package

NAME = "picus-dev-function"
FUNCTION = "picus-dev-delete"
# moto's Lambda knows no permission for an alias, and moto's CloudFormation no number of a version.
MOTO_LACKS = ("AWS::Lambda::Permission", "AWS::Lambda::Alias")


@pytest.fixture(scope="module")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ministack]:
    running = Ministack(tmp_path_factory.mktemp("ministack"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moto]:
    running = Moto(tmp_path_factory.mktemp("moto"))
    yield running
    running.stop()


def listener(port: int) -> dict[str, Any]:
    answer = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}
    properties = {"LoadBalancerArn": {"Ref": "LoadBalancer"}, "Protocol": "HTTP", "Port": port}
    properties["DefaultActions"] = [answer]
    return {"Type": "AWS::ElasticLoadBalancingV2::Listener", "Properties": properties}


def subnet(addresses: str) -> dict[str, Any]:
    properties = {"VpcId": {"Ref": "Vpc"}, "CidrBlock": addresses}
    return {"Type": "AWS::EC2::Subnet", "Properties": properties}


# Stands for our load balancer's stack, of which moto's CloudFormation makes nothing.
LISTENERS: Template = {
    "Resources": {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.20.0.0/16"}},
        "SubnetA": subnet("10.20.0.0/24"),
        "SubnetB": subnet("10.20.1.0/24"),
        "LoadBalancer": {
            "Type": "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "Properties": {"Subnets": [{"Ref": "SubnetA"}, {"Ref": "SubnetB"}]},
        },
        "ProductionListener": listener(80),
        "TestListener": listener(8080),
    },
    "Outputs": {
        name: {
            "Value": {"Ref": name},
            "Export": {"Name": {"Fn::Sub": f"${{AWS::StackName}}-{name}"}},
        }
        for name in ("ProductionListener", "TestListener")
    },
}


def prepared(cloud: Cloud, archive: Path, *templates: Template) -> Stacks:
    """With all that the function's stack imports, and the zips that it is made from."""
    stacks = Stacks(cloud)
    table = part_of(load("table"), {"Table"}, {"TableName", "TableArn"})
    stacks.create("picus-dev-table", table, {"DeletionProtection": "false"})
    stacks.create("picus-dev-balancer", LISTENERS)
    s3 = client(cloud, "s3")
    s3.create_bucket(Bucket=BUCKET)
    for template in templates:
        code = template["Resources"]["DeleteLambdaFunction"]["Properties"]["Code"]
        s3.put_object(Bucket=BUCKET, Key=code["S3Key"], Body=archive.read_bytes())
    return stacks


def given(stacks: Stacks) -> dict[str, str]:
    return {"TableName": stacks.outputs["picus-dev-table"]["TableName"], **HANDED}


@pytest.fixture(scope="module")
def changed(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Template:
    """The stack of the next version."""
    directory = tmp_path_factory.mktemp("changed")
    other = directory / "picus-lambda.zip"
    other.write_bytes(archive.read_bytes() + b"\0")
    return package("dev", directory / "package", other, "--param", "fingerprint=next")


def test_the_stack_lives_and_dies_on_ministack(
    ministack: Ministack, archive: Path, function_stack: Template, changed: Template
) -> None:
    function_stack, changed = emulated(function_stack), emulated(changed)
    stacks = prepared(ministack, archive, function_stack, changed)
    assert stacks.create(NAME, function_stack, given(stacks))["FunctionName"] == FUNCTION
    functions = client(ministack, "lambda")
    first = functions.get_alias(FunctionName=FUNCTION, Name="live")["FunctionVersion"]
    assert stacks.update(NAME, changed, given(stacks))["Fingerprint"] == "next"
    second = functions.get_alias(FunctionName=FUNCTION, Name="live")["FunctionVersion"]
    assert int(second) > int(first)
    routes = {route["RouteKey"] for route in routes_of(ministack)}
    assert routes == {"DELETE /picus", "DELETE /picus/{key}"}
    stacks.delete(NAME)
    assert functions.list_functions()["Functions"] == []
    assert rules_of(ministack) == []


def as_moto_takes_it(template: Template) -> Template:
    left = copy.deepcopy(without(emulated(template), *MOTO_LACKS))
    left["Resources"]["TestTargetGroup"]["Properties"]["Targets"] = []
    kept = {n: o for n, o in left["Outputs"].items() if not n.endswith("Version")}
    return {**left, "Outputs": kept}


def test_the_stack_lives_and_dies_on_moto(
    moto: Moto, archive: Path, function_stack: Template, changed: Template
) -> None:
    made, next_one = (as_moto_takes_it(one) for one in (function_stack, changed))
    stacks = prepared(moto, archive, made, next_one)
    assert stacks.create(NAME, made, given(stacks))["FunctionName"] == FUNCTION
    assert len(rules_of(moto)) == 2
    assert stacks.update(NAME, next_one, given(stacks))["Fingerprint"] == "next"
    stacks.delete(NAME)  # says that it is gone, and leaves the function and its rules behind


def routes_of(cloud: Cloud) -> list[dict[str, str]]:
    gateway = client(cloud, "apigatewayv2")
    (api,) = gateway.get_apis()["Items"]
    return list(gateway.get_routes(ApiId=api["ApiId"])["Items"])


def rules_of(cloud: Cloud) -> list[str]:
    """Those that are no listener's default."""
    elb = client(cloud, "elbv2")
    (balancer,) = elb.describe_load_balancers()["LoadBalancers"]
    listeners = elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    rules = [
        rule
        for listener in listeners
        for rule in elb.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
    ]
    return [rule["RuleArn"] for rule in rules if not rule["IsDefault"]]
