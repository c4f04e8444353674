"""What the stacks have to be, whoever changes them: who reaches whom, what stays, who may what."""

from __future__ import annotations

import re
import subprocess
from typing import Any

import pytest

from templates import stacks

NETWORK, TABLE, BALANCER, SERVICE = (
    stacks.load(name) for name in ("network", "table", "balancer", "service")
)
CERTIFICATE = "arn:aws:acm:eu-west-1:111122223333:certificate/0123abcd"
RETAINED = {
    "AWS::DynamoDB::Table",
    "AWS::ECR::Repository",
    "AWS::S3::Bucket",
}


def balancer(certificate: str, scheme: str) -> stacks.Template:
    given = {"CertificateArn": certificate, "HostName": "picus.example.com" if certificate else ""}
    given["Scheme"] = scheme
    template: stacks.Template = stacks.decided(BALANCER, stacks.conditions(BALANCER, given))
    return template


def container(auth: str = "") -> dict[str, Any]:
    given = stacks.conditions(SERVICE, {"AuthArn": auth})
    decided = stacks.decided(SERVICE, given)
    (definition,) = stacks.resources(decided, "AWS::ECS::TaskDefinition").values()
    (only,) = definition["ContainerDefinitions"]
    return dict(only)


def environment() -> dict[str, str]:
    """Of the task, as it would be with the defaults of the load balancer's stack."""
    drain = BALANCER["Parameters"]["DeregistrationDelaySeconds"]["Default"]
    known = {
        "PICUS_TABLE": "items",
        "PICUS_REGION": "eu-west-1",
        "PICUS_ALLOW_HOST": "picus.example.com,picus-dev-1234.eu-west-1.elb.amazonaws.com",
        "PICUS_DRAIN_DELAY": f"{drain}s",
        "PICUS_OTLP_ENDPOINT": "https://xray.eu-west-1.amazonaws.com",
        "PICUS_CORS_ORIGIN": "",
        "PICUS_METRICS": "emf",
        "PICUS_ENVIRONMENT_NAME": "dev",
    }
    given = {one["Name"]: one["Value"] for one in container()["Environment"]}
    assert {name for name, value in given.items() if not isinstance(value, str)} == set(known)
    return {**given, **known}


def imported(name: str) -> dict[str, Any]:
    return {"Fn::ImportValue": {"Fn::Sub": name}}


def statements(template: stacks.Template, role: str) -> list[dict[str, Any]]:
    policies = template["Resources"][role]["Properties"]["Policies"]
    return [one for policy in policies for one in policy["PolicyDocument"]["Statement"]]


def actions(template: stacks.Template, role: str) -> set[str]:
    found: set[str] = set()
    for one in statements(template, role):
        assert one["Effect"] == "Allow"
        found |= {one["Action"]} if isinstance(one["Action"], str) else set(one["Action"])
    return found


def test_picus_takes_the_environment_of_the_task(pytestconfig: pytest.Config) -> None:
    done = subprocess.run(
        [pytestconfig.getoption("--picus"), *container()["Command"], "--check-config"],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = [line.split("#")[0] for line in done.stdout.splitlines() if " = " in line]
    settings = {key.strip(): value.strip() for key, value in (one.split("=", 1) for one in lines)}
    assert settings["store"] == "dynamodb"
    assert settings["table"] == "items"
    assert settings["listen"] == "0.0.0.0:8080"
    assert settings["drain-delay"] == "20s"
    assert settings["log-format"] == "json"


def test_a_task_gets_the_access_configuration_or_is_open() -> None:
    open_one, closed = container(), container("arn:aws:ssm:eu-west-1:111122223333:parameter/x")
    insecure = {"Name": "PICUS_INSECURE_NO_AUTH", "Value": "on"}
    assert insecure in open_one["Environment"]
    assert "Secrets" not in open_one
    assert [one for one in open_one["Environment"] if one != insecure] == closed["Environment"]
    assert closed["Secrets"] == [{"Name": "PICUS_AUTH", "ValueFrom": {"Ref": "AuthArn"}}]


@pytest.mark.parametrize(
    ("arn", "is_one"),
    [
        ("arn:aws:ssm:eu-west-1:111122223333:parameter/picus-dev-service-1", True),
        ("arn:aws-us-gov:secretsmanager:x:111122223333:secret:picus-dev-service-1-AbCdEf", True),
        ("", True),
        ("arn:aws:ssm:eu-west-1:111122223333:parameter/", False),
        ("arn:aws:s3:eu-west-1:111122223333:parameter/picus-dev-service-1", False),
        ("picus-dev-service-1", False),
    ],
)
def test_the_access_configuration_is_a_secret_or_a_parameter(arn: str, *, is_one: bool) -> None:
    pattern = stacks.load("access")["Parameters"]["AuthArn"]["AllowedPattern"]
    assert bool(re.fullmatch(pattern, arn)) == is_one


def test_the_verification_brings_a_token_where_the_tasks_need_one() -> None:
    delivery = stacks.load("delivery")
    for auth, expected in (("", None), ("arn", "aws")):
        decided = stacks.decided(delivery, stacks.conditions(delivery, {"AuthArn": auth}))
        (function,) = stacks.resources(decided, "AWS::Lambda::Function").values()
        assert function["Environment"]["Variables"].get("PICUS_VERIFY_TOKEN") == expected


def test_a_task_serves_the_names_that_clients_and_the_verification_use() -> None:
    (names,) = (
        one["Value"] for one in container()["Environment"] if one["Name"] == "PICUS_ALLOW_HOST"
    )
    assert names == {"Ref": "HostNames"}
    assert stacks.HANDED["service"]["HostNames"] == ("balancer", "HostNames")
    balancers_own = {"Fn::GetAtt": ["LoadBalancer", "DNSName"]}
    exported = stacks.exports(BALANCER)["HostNames"]["Fn::If"]
    with_name = {"Fn::Sub": "${HostName},${LoadBalancer.DNSName}"}
    assert exported == ["HasHostName", with_name, balancers_own]


def test_a_task_may_take_longer_to_stop_than_it_drains() -> None:
    longest = BALANCER["Parameters"]["DeregistrationDelaySeconds"]["MaxValue"]
    rest = int(environment()["PICUS_DRAIN_TIMEOUT"].removesuffix("s"))
    assert longest + rest < container()["StopTimeout"] <= 120


def test_a_task_drains_for_as_long_as_the_load_balancer_waits() -> None:
    (delay,) = (
        one["Value"] for one in container()["Environment"] if one["Name"] == "PICUS_DRAIN_DELAY"
    )
    assert delay == {"Fn::Sub": "${DrainSeconds}s"}
    assert stacks.HANDED["service"]["DrainSeconds"] == ("balancer", "DrainSeconds")
    waits = {"Ref": "DeregistrationDelaySeconds"}
    assert stacks.exports(BALANCER)["DrainSeconds"] == waits
    groups = stacks.resources(BALANCER, "AWS::ElasticLoadBalancingV2::TargetGroup")
    assert len(groups) == 2
    for group in groups.values():
        attributes = {one["Key"]: one["Value"] for one in group["TargetGroupAttributes"]}
        assert attributes["deregistration_delay.timeout_seconds"] == waits
        assert (group["HealthCheckPath"], group["TargetType"]) == ("/readyz", "ip")


def test_a_task_is_nobody_and_can_change_nothing_of_its_image() -> None:
    only = container()
    assert only["ReadonlyRootFilesystem"] is True
    assert only["User"] == "65532:65532"
    assert only["Privileged"] is False
    assert only["LinuxParameters"]["Capabilities"] == {"Drop": ["ALL"]}
    assert only["HealthCheck"]["Command"] == ["CMD", "/usr/bin/picus", "healthcheck"]
    assert SERVICE["Parameters"]["Image"]["AllowedPattern"].endswith("@sha256:[0-9a-f]{64}$")


def test_nothing_in_the_service_can_change_with_an_update_of_the_stack() -> None:
    """CloudFormation would send all of its properties, and ECS refuse those of CodeDeploy."""
    (service,) = stacks.resources(SERVICE, "AWS::ECS::Service").values()
    (definition,) = stacks.resources(SERVICE, "AWS::ECS::TaskDefinition").values()
    assert service["DeploymentController"] == {"Type": "CODE_DEPLOY"}
    assert service["TaskDefinition"] == definition["Family"] == {"Ref": "AWS::StackName"}
    assert "DesiredCount" not in service
    named = {value for key, value in stacks.every(service) if key == "Ref"}
    named |= {value[0] for key, value in stacks.every(service) if key == "Fn::GetAtt"}
    assert named == {"AWS::StackName", "Cluster", "TaskSecurityGroup"}
    whole = SERVICE["Resources"]["TaskDefinition"]
    assert whole["UpdateReplacePolicy"] == "Retain"
    assert "TaskDefinition" in SERVICE["Resources"]["Service"]["DependsOn"]


def test_tasks_have_no_public_address_and_only_the_load_balancer_reaches_them() -> None:
    (service,) = stacks.resources(SERVICE, "AWS::ECS::Service").values()
    network = service["NetworkConfiguration"]["AwsvpcConfiguration"]
    assert network["AssignPublicIp"] == "DISABLED"
    assert network["Subnets"] == {"Fn::Split": [",", imported("${NetworkStack}-PrivateSubnets")]}
    assert network["SecurityGroups"] == [{"Fn::GetAtt": ["TaskSecurityGroup", "GroupId"]}]
    (rule,) = SERVICE["Resources"]["TaskSecurityGroup"]["Properties"]["SecurityGroupIngress"]
    assert rule["SourceSecurityGroupId"] == imported("${BalancerStack}-SecurityGroup")
    assert (rule["FromPort"], rule["ToPort"]) == (8080, 8080)
    assert not {"CidrIp", "CidrIpv6"} & set(rule)


def test_the_load_balancer_reaches_only_the_tasks() -> None:
    (own,) = BALANCER["Resources"]["SecurityGroup"]["Properties"]["SecurityGroupEgress"]
    assert own["CidrIp"] == "127.0.0.1/32"
    (rule,) = stacks.resources(SERVICE, "AWS::EC2::SecurityGroupEgress").values()
    tasks = {"Fn::GetAtt": ["TaskSecurityGroup", "GroupId"]}
    assert rule["DestinationSecurityGroupId"] == tasks
    assert rule["GroupId"] == imported("${BalancerStack}-SecurityGroup")


@pytest.mark.parametrize("scheme", ["internal", "internet-facing"])
@pytest.mark.parametrize("certificate", ["", CERTIFICATE])
def test_a_certificate_may_come_later_and_without_one_nothing_is_on_the_internet(
    certificate: str, scheme: str
) -> None:
    """A load balancer that moves to other subnets is another one: only the scheme does that."""
    made = balancer(certificate, scheme)
    rule = BALANCER["Rules"]["NoPlainTextOnTheInternet"]
    assert rule["RuleCondition"] == {"Fn::Equals": [{"Ref": "Scheme"}, "internet-facing"]}
    (assertion,) = rule["Assertions"]
    assert assertion["Assert"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "CertificateArn"}, ""]}]}
    (own,) = stacks.resources(made, "AWS::ElasticLoadBalancingV2::LoadBalancer").values()
    subnets = "Private" if scheme == "internal" else "Public"
    assert own["Scheme"] == {"Ref": "Scheme"}
    assert own["Subnets"]["Fn::Split"][1] == imported(f"${{NetworkStack}}-{subnets}Subnets")
    for name in ("ProductionListener", "TestListener"):
        listener = made["Resources"][name]["Properties"]
        assert listener["Protocol"] == ("HTTPS" if certificate else "HTTP")
        assert ("Certificates" in listener, "SslPolicy" in listener) == (bool(certificate),) * 2
    rules = made["Resources"]["SecurityGroup"]["Properties"]["SecurityGroupIngress"]
    ports = {rule["FromPort"] for rule in rules if rule.get("CidrIp") == {"Ref": "ClientCidr"}}
    assert ports == ({80, 443} if certificate else {80})
    assert "0.0.0.0/0" not in str(rules)


def test_blue_serves_first_and_green_is_tested() -> None:
    for name, group in (("ProductionListener", "Blue"), ("TestListener", "Green")):
        (action,) = BALANCER["Resources"][name]["Properties"]["DefaultActions"]
        assert action == {"Type": "forward", "TargetGroupArn": {"Ref": f"{group}TargetGroup"}}


def test_http_is_redirected() -> None:
    redirect = BALANCER["Resources"]["RedirectListener"]
    assert redirect["Condition"] == "HasCertificate"
    (action,) = redirect["Properties"]["DefaultActions"]
    assert action["RedirectConfig"] == {
        "Protocol": "HTTPS",
        "Port": "443",
        "StatusCode": "HTTP_301",
    }


def test_private_subnets_go_out_through_nat_only_and_to_dynamodb_past_it() -> None:
    routes = stacks.resources(NETWORK, "AWS::EC2::Route").values()
    private = [one for one in routes if one["RouteTableId"]["Ref"].startswith("Private")]
    assert len(private) == 2
    assert all("GatewayId" not in one for one in private)
    tables = [{"Ref": "PrivateRoutesA"}, {"Ref": "PrivateRoutesB"}]
    endpoints = stacks.resources(NETWORK, "AWS::EC2::VPCEndpoint").values()
    assert [one["RouteTableIds"] for one in endpoints] == [tables, tables]
    subnets = stacks.resources(NETWORK, "AWS::EC2::Subnet").values()
    assert [one["MapPublicIpOnLaunch"] for one in subnets] == [False] * 4


def test_prod_has_a_nat_gateway_for_each_zone_and_dev_one() -> None:
    for environment_name, count in (("dev", 1), ("prod", 2)):
        given = stacks.parameters(environment_name)["network"]
        holding = stacks.conditions(NETWORK, given)
        made = [
            one["Type"]
            for one in NETWORK["Resources"].values()
            if holding.get(one.get("Condition"), True)
        ]
        for kind in ("AWS::EC2::NatGateway", "AWS::EC2::EIP"):
            assert made.count(kind) == count


def test_the_server_may_get_put_and_scan_the_one_table_and_send_spans() -> None:
    assert actions(SERVICE, "TaskRole") == {
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Scan",
        "xray:PutTraceSegments",
    }
    items, traces = statements(SERVICE, "TaskRole")
    assert (traces["Action"], traces["Resource"]) == ("xray:PutTraceSegments", "*")
    assert items["Resource"] == {
        "Fn::Sub": "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/"
        "${TableName}"
    }


def test_no_program_may_do_anything_with_every_table() -> None:
    for name in set(stacks.NAMES) - {"access", "pipeline"}:  # whose roles make the other stacks
        template = stacks.load(name)
        for role in stacks.resources(template, "AWS::IAM::Role"):
            for statement in statements(template, role):
                given = statement["Action"]
                every_action = [given] if isinstance(given, str) else given
                assert "*" not in every_action
                if statement["Effect"] == "Allow" and statement["Resource"] == "*":
                    assert not [one for one in every_action if one.startswith("dynamodb:")]


def test_data_outlives_its_stack() -> None:
    for name in stacks.NAMES:
        for logical, resource in stacks.load(name)["Resources"].items():
            if resource["Type"] in RETAINED:
                kept = (resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy"))
                assert kept == ("RetainExceptOnCreate", "Retain"), logical
    assert stacks.parameters("prod")["table"]["DeletionProtection"] == "true"
    (table,) = stacks.resources(TABLE, "AWS::DynamoDB::Table").values()
    recovery = table["PointInTimeRecoverySpecification"]
    assert recovery == {"PointInTimeRecoveryEnabled": True}
    assert table["SSESpecification"]["SSEEnabled"] is True


def test_nothing_has_a_name_that_a_second_stack_could_not_have() -> None:
    named = {"TableName", "BucketName", "RepositoryName", "RoleName", "ClusterName", "AlarmName"}
    named |= {"ServiceName", "LogGroupName", "TopicName", "FunctionName", "DashboardName"}
    for name in stacks.NAMES:
        for logical, properties in stacks.resources(stacks.load(name)).items():
            given = {key for key in named & set(properties) if isinstance(properties[key], str)}
            assert not given, (name, logical)
