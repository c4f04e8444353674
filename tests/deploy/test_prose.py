"""The stand-ins answer what AWS's models say in prose: each sentence is a rule, or has a reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from harness.by_the_book import checked, operation
from harness.prose import ABSENT, BESIDE, OPERATIONS, RULES, sentences, structures

ARN = "arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/a/1"
OTHER = ARN.replace("/a/", "/b/")
TWO_GROUPS = {"TargetGroups": [{"TargetGroupArn": ARN}, {"TargetGroupArn": OTHER}]}
WHEN = "2026-11-29T08:00:00Z"


def restrictions() -> Iterator[tuple[str, str, str, str]]:
    """Service, shape, member and sentence; of an operation itself without a member."""
    for service, names in OPERATIONS.items():
        for name in names:
            model = operation(service, name)
            for sentence in sentences(model.documentation):
                yield service, name, "", sentence
            for shape in structures(model.output_shape):
                for member, inner in shape.members.items():
                    for sentence in sentences(inner.documentation):
                        yield service, shape.name, member, sentence


def test_each_sentence_that_restricts_an_answer_is_a_rule_or_has_a_reason() -> None:
    rules = {(rule.service, rule.prose) for rule in RULES}
    unread = {
        (service, shape, member, sentence)
        for service, shape, member, sentence in restrictions()
        if (service, sentence) not in rules
        and (service, shape) not in ABSENT
        and (service, shape, member) not in BESIDE
    }
    assert not unread


def test_each_rule_and_each_reason_is_about_a_sentence_that_is_there() -> None:
    there = list(restrictions())
    said = {(service, sentence) for service, _, _, sentence in there}
    assert not {rule.prose for rule in RULES if (rule.service, rule.prose) not in said}
    assert {(service, shape) for service, shape, _, _ in there} >= ABSENT
    assert {(service, shape, member) for service, shape, member, _ in there} >= set(BESIDE)


def revision(**spec: str) -> dict[str, Any]:
    return {"deploymentInfo": {"revision": {"appSpecContent": spec}}}


def service(**members: Any) -> dict[str, Any]:
    return {"services": [members]}


def listener(**members: Any) -> dict[str, Any]:
    return {"Listeners": [members]}


def action(**members: Any) -> dict[str, Any]:
    return listener(DefaultActions=[members])


def stack(**members: Any) -> dict[str, Any]:
    times = {"CreationTime": WHEN}
    return {"Stacks": [{"StackName": "s", "StackStatus": "CREATE_COMPLETE", **times, **members}]}


STRATEGY = [{"capacityProvider": "FARGATE"}]
EXTERNAL = {"deploymentController": {"type": "CODE_DEPLOY"}}


@pytest.mark.parametrize(
    ("of", "name", "answer", "said"),
    [
        ("codedeploy", "GetDeployment", revision(content="x"), "is always null"),
        (
            "ecs",
            "DescribeServices",
            service(launchType="FARGATE", capacityProviderStrategy=STRATEGY),
            "was created using a capacity provider strategy",
        ),
        (
            "ecs",
            "DescribeServices",
            service(launchType="EC2", platformVersion="1.4.0"),
            "hosted on Fargate",
        ),
        (
            "ecs",
            "DescribeServices",
            service(launchType="EC2", taskSets=[{"platformFamily": "Linux"}]),
            "use the Fargate launch type",
        ),
        (
            "ecs",
            "DescribeServices",
            service(**EXTERNAL, deployments=[{"rolloutState": "COMPLETED"}]),
            "use the rolling update",
        ),
        (
            "ecs",
            "DescribeServices",
            service(loadBalancers=[{"loadBalancerName": "n", "targetGroupArn": ARN}]),
            "name parameter should be omitted",
        ),
        (
            "ecs",
            "DescribeTaskDefinition",
            {"taskDefinition": {"volumes": [{"efsVolumeConfiguration": {"fileSystemId": "f"}}]}},
            "is held against nothing",
        ),
        (
            "elbv2",
            "DescribeListeners",
            listener(Certificates=[{"CertificateArn": "c", "IsDefault": True}]),
            "not included in the output when describing a listener",
        ),
        (
            "elbv2",
            "DescribeListeners",
            action(Type="redirect", TargetGroupArn=ARN),
            "Type is forward",
        ),
        (
            "elbv2",
            "DescribeListeners",
            action(Type="forward", TargetGroupArn=ARN, ForwardConfig=TWO_GROUPS),
            "must be the same target group",
        ),
        ("elbv2", "DescribeListeners", {"NextMarker": ""}, "Otherwise, this is null"),
        ("cloudformation", "DescribeStacks", stack(LastUpdatedTime=WHEN), "at least once"),
        (
            "cloudformation",
            "DescribeStacks",
            stack(Parameters=[{"ParameterKey": "k", "ResolvedValue": "v"}]),
            "only for Systems Manager",
        ),
        (
            "cloudformation",
            "DescribeChangeSet",
            {"StackDriftStatus": "IN_SYNC"},
            "drift-aware change sets",
        ),
        (
            "secretsmanager",
            "GetSecretValue",
            {"SecretString": "s", "SecretBinary": b"s"},
            "this field is omitted",
        ),
    ],
)
def test_an_answer_that_the_prose_rules_out_is_noticed(
    of: str, name: str, answer: dict[str, Any], said: str
) -> None:
    with pytest.raises(AssertionError, match=said):
        checked(of, name, answer)


def test_what_the_prose_allows_is_not() -> None:
    one = {"TargetGroups": [{"TargetGroupArn": ARN, "Weight": 1}]}
    assert checked(
        "elbv2", "DescribeListeners", action(Type="forward", TargetGroupArn=ARN, ForwardConfig=one)
    )
    assert checked("codedeploy", "GetDeployment", {"deploymentInfo": {"deploymentId": "d-1"}})
    assert checked(
        "cloudformation",
        "DescribeStacks",
        stack(StackStatus="UPDATE_COMPLETE", LastUpdatedTime=WHEN),
    )
