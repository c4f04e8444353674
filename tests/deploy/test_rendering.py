"""appspec.yaml and taskdef.json come out of their templates, with nothing left to fill in."""

from __future__ import annotations

import pytest
import yaml

from deploy.rendering import ROOT
from picus_deploy import rendering

LAST = {
    "family": "picus-dev-service",
    "taskDefinitionArn": "arn:1",
    "revision": 3,
    "cpu": "256",
    "containerDefinitions": [{"name": "picus", "image": "old", "user": "65532"}, {"name": "other"}],
}


def test_the_appspec_names_the_revision_and_the_hook() -> None:
    document = yaml.safe_load(rendering.appspec("arn:2", "verify"))
    (resource,) = document["Resources"]
    properties = resource["TargetService"]["Properties"]
    assert properties["TaskDefinition"] == "arn:2"
    assert properties["LoadBalancerInfo"] == {"ContainerName": "picus", "ContainerPort": 8080}
    assert document["Hooks"] == [{"AfterAllowTestTraffic": "verify"}]


def test_a_task_definition_is_the_last_one_with_another_image() -> None:
    made = rendering.task_definition(LAST, "new")
    assert made == {
        "family": "picus-dev-service",
        "cpu": "256",
        "containerDefinitions": [
            {"name": "picus", "image": "new", "user": "65532"},
            {"name": "other"},
        ],
    }


def test_a_task_definition_without_our_container_is_refused() -> None:
    with pytest.raises(ValueError, match="no picus among other"):
        rendering.task_definition({"containerDefinitions": [{"name": "other"}]}, "new")


def test_a_name_that_is_missing_or_surplus_is_refused() -> None:
    path = ROOT / "deploy" / "codedeploy" / "taskdef.json"
    with pytest.raises(KeyError):
        rendering.fill(path, IMAGE="x")
    with pytest.raises(ValueError, match="has no OTHER"):
        rendering.fill(path, IMAGE="x", CONTAINER="y", OTHER="z")


def test_what_ecs_adds_or_reorders_makes_no_other_task_definition() -> None:
    containers = LAST["containerDefinitions"][::-1]  # type: ignore[index]
    said = {**LAST, "volumes": [], "containerDefinitions": containers}
    assert rendering.same(LAST, {**said, "revision": 4, "status": "ACTIVE"})
    assert not rendering.same(LAST, {**said, "cpu": "512"})
