"""What CodeDeploy moves: an ECS service and two listeners of moto's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.ecs import ecs_backends
from moto.ecs.models import TaskSet
from moto.elbv2 import elbv2_backends

from harness.code_deploy_lifecycle import AppSpec, World, steps_of


class Traffic(World):
    """That of one deployment group. All tasks are healthy at once."""

    def __init__(
        self, account: str, region: str, properties: dict[str, Any], rings: Callable[[], bool]
    ) -> None:
        self._account, self._region, self._rings = account, region, rings
        service = properties["ECSServices"][0]
        self._cluster, self._name = service["ClusterName"], service["ServiceName"]
        self.target = f"{self._cluster}:{self._name}"
        (pair,) = properties["LoadBalancerInfo"]["TargetGroupPairInfoList"]
        (self.production,) = pair["ProdTrafficRoute"]["ListenerArns"]
        (self._test,) = pair["TestTrafficRoute"]["ListenerArns"]
        self._names = [group["Name"] for group in pair["TargetGroups"]]
        self.steps = steps_of(properties["DeploymentConfigName"])
        ending = properties["BlueGreenDeploymentConfiguration"]
        blue = ending["TerminateBlueInstancesOnDeploymentSuccess"]
        self.termination_wait_seconds = 60.0 * float(blue["TerminationWaitTimeInMinutes"])
        self.fails = ""  # the event that fails the deployment: by its hook, or else by an alarm
        self._event = ""

    def primary(self) -> str:
        """The task definition of the task set that has the traffic."""
        service = self._service()
        sets = [one.task_definition for one in service.task_sets if one.status == "PRIMARY"]
        return str(sets[0] if sets else service.task_definition)

    def containers(self, task_definition: str) -> dict[str, Any]:
        definition = ecs_backends[self._account][self._region].describe_task_definition(
            task_definition
        )
        made: list[dict[str, Any]] = definition.container_definitions
        return {one["name"]: one for one in made}

    def serving(self) -> str:
        """The target group that has the most of the production traffic."""
        weights = self.weights()
        return max(weights, key=lambda arn: weights[arn])

    def weights(self) -> dict[str, int]:
        (action,) = self._listener(self.production).default_actions
        if "ForwardConfig" not in action.data:
            return {action.data["TargetGroupArn"]: 1}
        groups = action.data["ForwardConfig"]["TargetGroups"]
        return {group["TargetGroupArn"]: int(group["Weight"]) for group in groups}

    def begin(self, _: str, spec: AppSpec) -> None:
        ports = self.containers(spec.task_definition)[spec.container]["portMappings"]
        assert spec.port in [port["containerPort"] for port in ports]
        self._spec, self._before, self._event = spec, self.primary(), ""
        self._blue = self.serving()
        self._green = self._other(self._blue)

    def installed(self) -> bool:
        return True

    def allow_test(self) -> None:
        self._forward(self._test, self._green, 100)

    def shift(self, percent: int) -> None:
        """Both groups stay in the action, also with nothing."""
        self._forward(self.production, self._green, percent)

    def promote(self) -> None:
        self._promote(self._spec.task_definition)

    def back(self) -> None:
        self._forward(self.production, self._blue, 100)
        if self.primary() != self._before:
            self._promote(self._before)

    def end_other(self) -> bool:
        return True

    def hook(self, event: str, _: str) -> str:
        return "Failed" if event == self.fails else "Succeeded"

    def alarm_rings(self) -> bool:
        fails = self._event == self.fails != "" and self.fails not in self._spec.hooks
        return fails or self._rings()

    def note(self, what: str, **_: str) -> None:
        self._event = what

    def _promote(self, task_definition: str) -> None:
        """ECS says by task sets what has the traffic; the service keeps what it was made with."""
        service = self._service()
        made = TaskSet(
            self._name,
            self._cluster,
            task_definition,
            self._account,
            self._region,
            launch_type=service.launch_type,
        )
        made.status = "PRIMARY"
        service.task_sets = [made]

    def _service(self) -> Any:
        return ecs_backends[self._account][self._region].services[f"{self._cluster}:{self._name}"]

    def _listener(self, arn: str) -> Any:
        return elbv2_backends[self._account][self._region].describe_listeners(None, [arn])[0]

    def _other(self, arn: str) -> str:
        groups = elbv2_backends[self._account][self._region].target_groups
        arns = [one for one, group in groups.items() if group.name in self._names]
        assert len(arns) == 2, self._names
        return next(one for one in arns if one != arn)

    def _forward(self, listener: str, to: str, percent: int) -> None:
        weights = {to: percent, self._other(to): 100 - percent}
        groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in weights.items()]
        action = {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}
        certificates = [{"CertificateArn": arn} for arn in self._listener(listener).certificates]
        elbv2_backends[self._account][self._region].modify_listener(
            listener, certificates=certificates, actions=[action]
        )
