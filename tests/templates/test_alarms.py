"""Every alarm can fire: it watches a metric that AWS publishes, under dimensions that it has."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from templates import metrics, stacks
from templates.metrics import dimensions, named, watched

OBSERVABILITY = stacks.load("observability")
DASHBOARD = stacks.load("dashboard")
ALARMS = stacks.resources(OBSERVABILITY, "AWS::CloudWatch::Alarm")
# What the alarms have to watch.
NEEDED = {
    ("AWS/ECS", "CPUUtilization"),
    ("AWS/ECS", "MemoryUtilization"),
    ("AWS/DynamoDB", "ConsumedReadCapacityUnits"),
    ("AWS/DynamoDB", "ConsumedWriteCapacityUnits"),
    ("AWS/DynamoDB", "ReadThrottleEvents"),
    ("AWS/DynamoDB", "WriteThrottleEvents"),
    ("AWS/DynamoDB", "SystemErrors"),
    ("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count"),
    ("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count"),
    ("AWS/ApplicationELB", "RequestCount"),
    ("AWS/ApplicationELB", "TargetResponseTime"),
    ("AWS/ApplicationELB", "UnHealthyHostCount"),
    ("AWS/Lambda", "Errors"),
    ("AWS/Lambda", "Throttles"),
    ("AWS/Lambda", "Duration"),
    ("Picus", "Requests"),
    ("Picus", "Errors5xx"),
    ("Picus", "Duration"),
    ("Picus", "Throttles"),
    ("Picus", "KeysAge"),
}
# What a threshold may sensibly lie between, by unit; counts are of one period.
SENSIBLE = {"Percent": (50, 99), "Seconds": (0.05, 30), "Milliseconds": (50, 10_000)}
KEYS_USABLE_SECONDS = 24 * 3600  # as long as an issuer may be away
FUNCTION_TIMEOUT_MILLISECONDS = 10_000


def every_metric() -> Iterator[tuple[str, dict[str, Any], metrics.Metric]]:
    for name, alarm in ALARMS.items():
        for metric in watched(alarm):
            yield name, metric, metrics.METRICS[metric["Namespace"], metric["MetricName"]]


def threshold(alarm: dict[str, Any], environment: str) -> float:
    given = alarm["Threshold"]
    if isinstance(given, dict):
        values = stacks.parameters(environment)["observability"]
        parameter = OBSERVABILITY["Parameters"][given["Ref"]]
        given = values.get(given["Ref"], parameter.get("Default"))
    return float(given)


def unit_of(alarm: dict[str, Any], metric: metrics.Metric) -> str:
    """Of what the threshold is compared with."""
    expressions = [query.get("Expression") for query in alarm.get("Metrics", [])]
    return "Seconds" if "time / 1000" in expressions else metric.unit


def test_alarms_on_metrics_of_our_own_are_there_where_they_are_emitted() -> None:
    conditional = {
        name
        for name, resource in OBSERVABILITY["Resources"].items()
        if resource.get("Condition") == "HasMetrics"
    }
    ours = {name for name, metric, _ in every_metric() if metric["Namespace"] == "Picus"}
    assert conditional == ours
    for value in ("emf", "off"):
        given = {"Metrics": value, "AlarmEmail": ""}
        assert stacks.conditions(OBSERVABILITY, given)["HasMetrics"] == (value == "emf")
    service = stacks.load("service")
    (task,) = stacks.resources(service, "AWS::ECS::TaskDefinition").values()
    said = {
        one["Name"]: one["Value"]
        for one in task["ContainerDefinitions"][0]["Environment"]
        if "Name" in one
    }
    assert said["PICUS_METRICS"] == {"Ref": "Metrics"}
    assert named(said["PICUS_ENVIRONMENT_NAME"]) in metrics.VALUES["Environment"]
    assert "PICUS_SERVICE_NAME" not in said  # so that the dimension Service is `picus`


def test_slow_requests_are_watched_by_route() -> None:
    routes = {
        named(dimensions(metric)["Route"])
        for _, metric, _ in every_metric()
        if metric["Namespace"] == "Picus" and metric["MetricName"] == "Duration"
    }
    assert routes == {"/picus/get/{key}", "/picus/put", "/picus/{key}"}


def test_everything_that_has_to_be_watched_is() -> None:
    found = {
        (metric["Namespace"], metric["MetricName"])
        for alarm in ALARMS.values()
        for metric in watched(alarm)
    }
    assert found == NEEDED


def test_each_metric_is_watched_under_dimensions_that_aws_publishes_it_with() -> None:
    for name, metric, known in every_metric():
        assert frozenset(dimensions(metric)) in known.dimensions, name


def test_each_dimension_is_a_resource_of_ours() -> None:
    for name, metric, _ in every_metric():
        for dimension, value in dimensions(metric).items():
            if dimension == "Operation":
                assert value in metrics.OPERATIONS, name
            else:
                assert named(value) in metrics.VALUES[dimension], name


def test_what_names_a_resource_to_cloudwatch_is_exported() -> None:
    for (stack, name), value in metrics.EXPORTED.items():
        assert stacks.exports(stacks.load(stack))[name] == value


def test_unhealthy_hosts_are_watched_in_both_colours() -> None:
    groups = {
        named(dimensions(metric)["TargetGroup"])
        for _, metric, _ in every_metric()
        if metric["MetricName"] == "UnHealthyHostCount"
    }
    assert groups == metrics.VALUES["TargetGroup"]


@pytest.mark.parametrize("colour", ["Blue", "Green"])
def test_a_failing_canary_is_seen_however_little_traffic_there_is(colour: str) -> None:
    """Two requests a minute, all failed, are fewer errors than any number that means a fault."""
    alarm = ALARMS[f"{colour}ErrorRate"]
    rate, *counts = alarm["Metrics"]
    assert rate["Expression"] == "IF(requests > 0, 100 * FILL(errors, 0) / requests, 0)"
    assert [one["Id"] for one in counts] == ["errors", "requests"]
    group = f"${{BalancerStack}}-{colour}TargetGroupFullName"
    assert {named(dimensions(one)["TargetGroup"]) for one in watched(alarm)} == {group}


def test_errors_of_dynamodb_are_added_up_over_every_operation() -> None:
    alarm = ALARMS["TableErrors"]
    assert {dimensions(metric)["Operation"] for metric in watched(alarm)} == metrics.OPERATIONS
    ids = [query["Id"] for query in alarm["Metrics"] if "MetricStat" in query]
    (total,) = (query for query in alarm["Metrics"] if "Expression" in query)
    assert total["Expression"] == f"SUM([{', '.join(ids)}])"
    assert [query["ReturnData"] for query in alarm["Metrics"]] == [True] + [False] * len(ids)


def test_statistic_and_period_suit_the_metric() -> None:
    for name, metric, known in every_metric():
        statistic = "p" if metric["Stat"].startswith("p") else metric["Stat"]
        assert statistic in known.statistics, name
        assert metric["Period"] == 60, f"{name}: every metric here comes once a minute"
        assert "Unit" not in metric, f"{name}: another unit than the metric's finds no data"


@pytest.mark.parametrize("environment", stacks.ENVIRONMENTS)
def test_a_threshold_can_be_reached_and_is_not_reached_all_the_time(environment: str) -> None:
    for name, metric, known in every_metric():
        alarm = ALARMS[name]
        limit = threshold(alarm, environment)
        if alarm["ComparisonOperator"] == "LessThanThreshold":
            assert limit > known.least, name
            continue
        assert known.least < limit < known.most, name
        if metric["MetricName"] == "KeysAge":
            assert 3600 < limit < KEYS_USABLE_SECONDS, name
        elif metric["Stat"] != "SampleCount" and unit_of(alarm, known) in SENSIBLE:
            low, high = SENSIBLE[unit_of(alarm, known)]
            assert low <= limit <= high, name
        if metric["MetricName"] == "Duration":
            assert limit < FUNCTION_TIMEOUT_MILLISECONDS, "it never runs for longer"


def test_an_alarm_fires_within_five_minutes_of_what_it_watches() -> None:
    for name, alarm in ALARMS.items():
        assert 1 < alarm["EvaluationPeriods"] <= 5, name
        assert alarm.get("DatapointsToAlarm", 1) <= alarm["EvaluationPeriods"], name


def test_no_data_is_good_where_nothing_happened_and_bad_where_nothing_runs() -> None:
    for name, metric, known in every_metric():
        missing = ALARMS[name]["TreatMissingData"]
        counts_tasks = metric["Stat"] == "SampleCount"
        assert missing == ("breaching" if counts_tasks else "notBreaching"), name
        assert not (counts_tasks and known.silent), name


def test_every_alarm_goes_to_the_topic_also_when_it_is_over() -> None:
    for name, alarm in ALARMS.items():
        assert alarm["AlarmActions"] == [{"Ref": "Topic"}], name
        assert alarm["OKActions"] == [{"Ref": "Topic"}], name
        assert alarm.get("ActionsEnabled", True) is True, name


def test_cloudwatch_can_publish_to_the_topic() -> None:
    (topic,) = stacks.resources(OBSERVABILITY, "AWS::SNS::Topic").values()
    assert "KmsMasterKeyId" not in topic, "CloudWatch cannot use AWS's own key"
    (policy,) = stacks.resources(OBSERVABILITY, "AWS::SNS::TopicPolicy").values()
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert (statement["Effect"], statement["Action"]) == ("Allow", "sns:Publish")
    assert policy["Topics"] == [statement["Resource"]] == [{"Ref": "Topic"}]


def test_the_alarms_that_stop_a_deployment_are_those_of_what_clients_see() -> None:
    separator, handed = OBSERVABILITY["Outputs"]["Alarms"]["Value"]["Fn::Join"]
    assert separator == ","
    exported = {value["Ref"] for value in handed}
    assert exported == {
        "BalancerErrors",
        "BlueErrorRate",
        "BlueUnhealthy",
        "GreenErrorRate",
        "GreenUnhealthy",
        "Latency",
        "TargetErrors",
    }
    assert exported <= set(ALARMS)


def rows(dashboard: str) -> Iterator[list[str]]:
    """A widget's metrics, with CloudWatch's `.` and `...` filled in."""
    for widget in json.loads(dashboard)["widgets"]:
        before: list[str] = []
        for row in widget["properties"]["metrics"]:
            words = [word for word in row if isinstance(word, str)]
            if words[0] == "...":
                rest = words[1:]
                words = before[: len(before) - len(rest)] + rest
            before = [before[i] if word == "." and before else word for i, word in enumerate(words)]
            yield before


def test_the_dashboard_shows_metrics_that_there_are() -> None:
    (dashboard,) = stacks.resources(DASHBOARD, "AWS::CloudWatch::Dashboard").values()
    text, values = dashboard["DashboardBody"]["Fn::Sub"]
    shown = set()
    for namespace, name, *pairs in rows(text):
        given = dict(zip(pairs[::2], pairs[1::2], strict=True))
        assert frozenset(given) in metrics.METRICS[namespace, name].dimensions, name
        for dimension, variable in given.items():
            known = variable.removeprefix("${").removesuffix("}")
            reference = named(values.get(known, variable))
            assert reference in metrics.VALUES[dimension], name
        shown.add((namespace, name))
    assert len(shown) >= 22
    assert {key for key in metrics.METRICS if key[0] == "Picus"} - shown == {("Picus", "Commits")}


def test_requests_are_counted_in_both_colours_for_scaling() -> None:
    """The predefined metric watches one target group, and deployments move between two."""
    service = stacks.resources(stacks.load("service"), "AWS::ApplicationAutoScaling::ScalingPolicy")
    policy = service["RequestScaling"]["TargetTrackingScalingPolicyConfiguration"]
    queries = policy["CustomizedMetricSpecification"]["Metrics"]
    groups = set()
    for query in queries:
        if "MetricStat" in query:
            metric = query["MetricStat"]["Metric"]
            known = metrics.METRICS[metric["Namespace"], metric["MetricName"]]
            assert frozenset(dimensions(metric)) in known.dimensions
            assert query["MetricStat"]["Stat"] in known.statistics
            groups.add(named(dimensions(metric)["TargetGroup"]))
    assert groups == metrics.VALUES["TargetGroup"]
