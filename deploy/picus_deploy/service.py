"""The ECS service, as its stack made it and CodeDeploy changes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from picus_deploy import rendering
from picus_deploy.access import Access
from picus_deploy.aws import Aws
from picus_deploy.errors import DeployError

Definition = dict[str, Any]


@dataclass(frozen=True)
class Names:
    """From the outputs of the service stack."""

    cluster: str
    service: str
    task_definition: str  # the one of the stack: what later ones are made from

    @staticmethod
    def of(outputs: dict[str, str]) -> Names:
        return Names(outputs["Cluster"], outputs["ServiceName"], outputs["TaskDefinition"])


class Service:
    """One service of ECS, whose traffic CodeDeploy moves."""

    def __init__(self, aws: Aws, names: Names) -> None:
        self._client = aws.client("ecs")
        self.names = names

    def running(self) -> str:
        """The task definition that the traffic goes to."""
        services = self._client.describe_services(
            cluster=self.names.cluster, services=[self.names.service]
        )["services"]
        if not services or services[0]["status"] != "ACTIVE":
            raise DeployError(
                f"The service stack has a service {self.names.service}, and ECS has none: it was"
                " deleted past CloudFormation. Delete the service stack, and repeat."
            )
        sets = services[0].get("taskSets", [])
        primary = [one["taskDefinition"] for one in sets if one.get("status") == "PRIMARY"]
        return str(primary[0] if primary else services[0]["taskDefinition"])

    def definition(self, name: str) -> Definition:
        """By its ARN, or the newest of a family."""
        answer = self._client.describe_task_definition(taskDefinition=name)
        return dict(answer["taskDefinition"])

    def wanted(self, image: str, access: Access | None) -> Definition:
        """The stack's task definition with this image, and this version of who may do what."""
        last = self.definition(self.names.task_definition)
        return rendering.task_definition(last, image, access)

    def register(self, wanted: Definition) -> str:
        """Its ARN. One that says the same and is the newest is used again."""
        newest = self.definition(wanted["family"])
        if rendering.same(newest, wanted):
            return str(newest["taskDefinitionArn"])
        registered = self._client.register_task_definition(**wanted)
        return str(registered["taskDefinition"]["taskDefinitionArn"])


def image_of(definition: Definition) -> str:
    for container in definition["containerDefinitions"]:
        if container["name"] == rendering.CONTAINER:
            return str(container["image"])
    raise DeployError(f"{definition['family']} has no container {rendering.CONTAINER}.")
