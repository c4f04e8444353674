"""What AWS publishes, from its own pages: each metric with its dimensions, its unit and its beat.

- AWS/ApplicationELB: its guide, "CloudWatch metrics for your Application Load Balancer"
- AWS/ECS: Amazon ECS, "Amazon ECS CloudWatch metrics": no metric is published without ClusterName
- AWS/DynamoDB: Amazon DynamoDB, "DynamoDB metrics and dimensions"
- AWS/NATGateway: Amazon VPC, "Monitor NAT gateways with Amazon CloudWatch"
- AWS/Lambda: AWS Lambda, "Types of metrics for Lambda functions"
- Picus: what tasks and function emit, with which tests/metrics/test_emf.py compares it
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Dimensions = frozenset[str]


@dataclass(frozen=True)
class Metric:
    """One metric. An alarm has to name exactly one of these sets of dimensions."""

    unit: str
    dimensions: frozenset[Dimensions]
    # The statistics that its page calls meaningful, `p` for percentiles.
    statistics: frozenset[str]
    # Whether nothing is published where nothing happens, so that no data means that all is well.
    silent: bool = True
    # What its values cannot be below or above.
    least: float = 0
    most: float = float("inf")


def sets(*each: str) -> frozenset[Dimensions]:
    return frozenset(frozenset(names.split()) for names in each)


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


BALANCER = sets("LoadBalancer", "LoadBalancer AvailabilityZone")
TARGETS = sets("TargetGroup LoadBalancer", "TargetGroup AvailabilityZone LoadBalancer")
SERVICE = sets("ClusterName", "ClusterName ServiceName")
TABLE = sets("TableName", "TableName GlobalSecondaryIndexName")
OPERATION = sets("TableName Operation")
FUNCTION = sets("FunctionName", "FunctionName Resource", "")

APPLICATION = sets("Service Environment")
ROUTE = sets("Service Environment Route")

COUNTED = words("Sum SampleCount")
SHARE = words("Average Minimum Maximum SampleCount")
TIME = words("Average Minimum Maximum p")

METRICS = {
    ("AWS/ApplicationELB", "RequestCount"): Metric("Count", BALANCER | TARGETS, words("Sum")),
    ("AWS/ApplicationELB", "RequestCountPerTarget"): Metric(
        "Count", TARGETS | sets("TargetGroup"), words("Sum")
    ),
    ("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count"): Metric("Count", BALANCER, words("Sum")),
    ("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count"): Metric(
        "Count", BALANCER | TARGETS, words("Sum")
    ),
    ("AWS/ApplicationELB", "TargetResponseTime"): Metric(
        "Seconds", BALANCER | TARGETS, words("Average p")
    ),
    ("AWS/ApplicationELB", "HealthyHostCount"): Metric(
        "Count", TARGETS, words("Average Minimum Maximum"), silent=False
    ),
    ("AWS/ApplicationELB", "UnHealthyHostCount"): Metric(
        "Count", TARGETS, words("Average Minimum Maximum")
    ),
    ("AWS/ApplicationELB", "TargetConnectionErrorCount"): Metric(
        "Count", BALANCER | TARGETS, words("Sum")
    ),
    ("AWS/ApplicationELB", "RejectedConnectionCount"): Metric("Count", BALANCER, words("Sum")),
    ("AWS/NATGateway", "ErrorPortAllocation"): Metric("Count", sets("NatGatewayId"), words("Sum")),
    ("AWS/ECS", "CPUUtilization"): Metric("Percent", SERVICE, SHARE, silent=False, most=100),
    ("AWS/ECS", "MemoryUtilization"): Metric("Percent", SERVICE, SHARE, silent=False, most=100),
    ("AWS/DynamoDB", "ConsumedReadCapacityUnits"): Metric(
        "Count", TABLE, words("Minimum Maximum Average Sum SampleCount")
    ),
    ("AWS/DynamoDB", "ConsumedWriteCapacityUnits"): Metric(
        "Count", TABLE, words("Minimum Maximum Average Sum SampleCount")
    ),
    ("AWS/DynamoDB", "ReadThrottleEvents"): Metric("Count", TABLE, COUNTED),
    ("AWS/DynamoDB", "WriteThrottleEvents"): Metric("Count", TABLE, COUNTED),
    ("AWS/DynamoDB", "SystemErrors"): Metric("Count", OPERATION, COUNTED),
    ("AWS/Lambda", "Invocations"): Metric("Count", FUNCTION, words("Sum")),
    ("AWS/Lambda", "Errors"): Metric("Count", FUNCTION, words("Sum")),
    ("AWS/Lambda", "Throttles"): Metric("Count", FUNCTION, words("Sum")),
    ("AWS/Lambda", "Duration"): Metric("Milliseconds", FUNCTION, TIME, silent=True, most=900_000),
    ("Picus", "Requests"): Metric("Count", APPLICATION | ROUTE, words("Sum")),
    ("Picus", "Errors5xx"): Metric("Count", APPLICATION | ROUTE, words("Sum")),
    ("Picus", "Duration"): Metric("Milliseconds", APPLICATION | ROUTE, TIME),
    ("Picus", "StoreDuration"): Metric("Milliseconds", APPLICATION, TIME),
    ("Picus", "ConsumedRead"): Metric("Count", APPLICATION, words("Sum")),
    ("Picus", "ConsumedWrite"): Metric("Count", APPLICATION, words("Sum")),
    ("Picus", "Throttles"): Metric("Count", APPLICATION, words("Sum")),
    ("Picus", "Commits"): Metric("Count", APPLICATION, words("Sum")),
    ("Picus", "KeysAge"): Metric("Seconds", APPLICATION, words("Maximum")),
}

# Which export of which stack is a value of the dimension.
VALUES: dict[str, set[str]] = {
    "LoadBalancer": {"${BalancerStack}-LoadBalancerFullName"},
    "TargetGroup": {
        "${BalancerStack}-BlueTargetGroupFullName",
        "${BalancerStack}-GreenTargetGroupFullName",
    },
    "ClusterName": {"${ServiceStack}-Cluster"},
    "ServiceName": {"${ServiceStack}-ServiceName"},
    "TableName": {"TableName"},  # which is handed over
    "FunctionName": {"FunctionName"},  # whose name is fixed
    "Service": {"picus"},
    "Environment": {"second part of the stack's name"},
    "Route": {"/picus/get/{key}", "/picus/put", "/picus/list", "/picus/{key}"},
}
# What these exports have to be, for AWS to know the dimension's value.
EXPORTED = {
    ("balancer", "LoadBalancerFullName"): {"Fn::GetAtt": ["LoadBalancer", "LoadBalancerFullName"]},
    ("balancer", "BlueTargetGroupFullName"): {
        "Fn::GetAtt": ["BlueTargetGroup", "TargetGroupFullName"]
    },
    ("balancer", "GreenTargetGroupFullName"): {
        "Fn::GetAtt": ["GreenTargetGroup", "TargetGroupFullName"]
    },
    ("service", "Cluster"): {"Ref": "Cluster"},
    ("service", "ServiceName"): {"Fn::GetAtt": ["Service", "Name"]},
}
# Those of DynamoDB that Picus uses: SystemErrors is counted for each.
OPERATIONS = {"GetItem", "PutItem", "Scan", "DeleteItem"}

PART_OF_NAME = {"Fn::Select": [1, {"Fn::Split": ["-", {"Ref": "AWS::StackName"}]}]}


def watched(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    """Each metric with namespace, name, dimensions, statistic and period."""
    if "Metrics" not in alarm:
        statistic = alarm.get("Statistic") or alarm["ExtendedStatistic"]
        return [alarm | {"Stat": statistic}]
    queries = [query["MetricStat"] for query in alarm["Metrics"] if "MetricStat" in query]
    return [query["Metric"] | query for query in queries]


def dimensions(metric: dict[str, Any]) -> dict[str, Any]:
    return {one["Name"]: one["Value"] for one in metric["Dimensions"]}


def named(value: str | dict[str, Any]) -> str:
    """What a dimension's value is: a text, another stack's export, or what is handed over."""
    if isinstance(value, str):
        return value
    if value == PART_OF_NAME:
        return "second part of the stack's name"
    return str(value["Ref"] if "Ref" in value else value["Fn::ImportValue"]["Fn::Sub"])
