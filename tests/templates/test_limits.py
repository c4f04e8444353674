"""The alarms of what runs out can fire, and say so."""

from __future__ import annotations

from templates import metrics, stacks
from templates.metrics import dimensions, named, watched

ALARMS = stacks.resources(stacks.load("limits"), "AWS::CloudWatch::Alarm")
SOURCES = {"NatGatewayA", "NatGatewayB"}  # handed over


def test_each_watches_a_metric_that_aws_publishes_of_a_resource_of_ours() -> None:
    assert len(ALARMS) == 5
    for name, alarm in ALARMS.items():
        (metric,) = watched(alarm)
        known = metrics.METRICS[metric["Namespace"], metric["MetricName"]]
        assert frozenset(dimensions(metric)) in known.dimensions, name
        assert metric["Stat"] in known.statistics, name
        assert metric["Period"] == 60, name
        for dimension, value in dimensions(metric).items():
            assert named(value) in metrics.VALUES.get(dimension, SOURCES), name


def test_each_goes_to_the_topic_and_no_data_is_bad_only_where_nothing_runs() -> None:
    for name, alarm in ALARMS.items():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": "Topic"}], name
        counts_tasks = alarm["Statistic"] == "SampleCount"
        assert alarm["TreatMissingData"] == ("breaching" if counts_tasks else "notBreaching")
        assert alarm["EvaluationPeriods"] <= 5, name


def test_tasks_are_missing_where_fewer_run_than_scaling_keeps() -> None:
    assert ALARMS["TasksMissing"]["Threshold"] == {"Ref": "MinTasks"}
    assert stacks.HANDED["limits"]["MinTasks"] == ("service", "MinTasks")
    service = stacks.load("service")
    assert service["Outputs"]["MinTasks"]["Value"] == {"Ref": "MinTasks"}
    (target,) = stacks.resources(service, "AWS::ApplicationAutoScaling::ScalableTarget").values()
    assert target["MinCapacity"] == {"Ref": "MinTasks"}
