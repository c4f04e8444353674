"""Our load balancer on ministack, with the packed function and a real server behind its rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness.cloudformation import Stacks, Template, client, load, parameters, part_of
from harness.deployment import PATIENT, operations
from harness.dynamodb import CREDENTIALS, REGION, DynamoDbLocal
from harness.front import address_of
from harness.lambda_ministack import MENDED
from harness.ministack import Ministack
from harness.osls import BUCKET, HANDED, emulated
from harness.process import PicusProcess
from harness.roles import stack_name

# What ministack knows of the network: no NAT, no routes to one, no flow logs.
NETWORK = {"Vpc", "PrivateSubnets"}
FUNCTION = "DeleteLambdaFunction"
# Of the clients, and of the test listener.
GROUPS = {"live": "DeleteAlbMultiValueTargetGroupListener", "next": "TestTargetGroup"}


class Balancer:
    """The stacks network (in part), table, balancer and function of dev. One server at a time."""

    def __init__(
        self,
        picus: Path,
        directory: Path,
        dynamodb: DynamoDbLocal,
        function: Template,
        zipped: Path,
    ) -> None:
        self._picus = picus
        self._directory = directory
        self._dynamodb = dynamodb
        self._ministack = Ministack(directory, program=MENDED)
        self._stacks = Stacks(self._ministack)
        self._create("network", part_of(load("network"), (), NETWORK))
        self._create("table", part_of(load("table"), {"Table"}, {"TableName", "TableArn"}))
        self._create("balancer", load("balancer"))
        code = function["Resources"][FUNCTION]["Properties"]["Code"]
        self.aws("s3").create_bucket(Bucket=BUCKET)
        self.aws("s3").put_object(Bucket=BUCKET, Key=code["S3Key"], Body=zipped.read_bytes())
        self._create("function", emulated(function))
        self._variables = function["Resources"][FUNCTION]["Properties"]["Environment"]["Variables"]
        self.table = self._output("table", "TableName")
        self._register_function()
        self._running: list[tuple[PicusProcess, dict[str, str]]] = []
        self._dynamodb.create_table(name=self.table)

    def _create(self, stack: str, template: Template) -> None:
        table = self._stacks.outputs.get(stack_name("table"), {}).get("TableName", "")
        given = {"TableName": table, **HANDED, **parameters("dev", stack)}
        self._stacks.create(stack_name(stack), template, given)

    def _output(self, stack: str, name: str) -> str:
        return self._stacks.outputs[stack_name(stack)][name]

    def aws(self, service: str) -> Any:
        return client(self._ministack, service)

    def _register_function(self) -> None:
        """What the template says of targets, ministack's CloudFormation leaves undone."""
        elb = self.aws("elbv2")
        for alias, name in GROUPS.items():
            arn = self.aws("lambda").get_alias(FunctionName=self.function, Name=alias)["AliasArn"]
            group = self._stacks.physical(stack_name("function"), name)
            elb.register_targets(TargetGroupArn=group, Targets=[{"Id": arn}])
            # Of an attribute it keeps a boolean, where CloudFormation writes a word.
            multiple = {"Key": "lambda.multi_value_headers.enabled", "Value": "true"}
            elb.modify_target_group_attributes(TargetGroupArn=group, Attributes=[multiple])

    @property
    def function(self) -> str:
        return self._output("function", "FunctionName")

    @property
    def url(self) -> str:
        """The production listener: where ministack sends what names no listener's port."""
        first = self.aws("elbv2").describe_listeners()["Listeners"][0]
        assert first["ListenerArn"] == self._output("balancer", "ProductionListener")
        return f"{self.gateway}/_alb/{self.name}"

    @property
    def gateway(self) -> str:
        """ministack itself."""
        return self._ministack.url

    @property
    def name(self) -> str:
        described = self.aws("elbv2").describe_load_balancers()["LoadBalancers"]
        return str(described[0]["LoadBalancerName"])

    @property
    def at(self) -> dict[str, str]:
        """Host names, which ministack tells load balancers and listeners from, by listener."""
        ports = {"production": 80, "test": 8080}
        return {which: f"{self.name}.alb.localhost:{port}" for which, port in ports.items()}

    def start(self, env: dict[str, str]) -> PicusProcess:
        """A server behind blue on an empty table, and the function on the same."""
        self._dynamodb.delete_table(self.table)
        self._dynamodb.create_table(name=self.table)
        server = PicusProcess(
            self._picus,
            self._directory / "server",
            *self._dynamodb.options(self.table),
            env=CREDENTIALS | operations(load("service")) | PATIENT | env,
        )
        self._running.append((server, env))
        self._serve_with_newest()
        return server

    def end(self, server: PicusProcess) -> None:
        """What was started before it serves again."""
        self._running = [one for one in self._running if one[0] is not server]
        self._serve_with_newest()
        server.stop()

    def _serve_with_newest(self) -> None:
        group = self._output("balancer", "BlueTargetGroup")
        elb = self.aws("elbv2")
        described = elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        targets = [one["Target"] for one in described]
        if targets:
            elb.deregister_targets(TargetGroupArn=group, Targets=targets)
        if self._running:
            server, env = self._running[-1]
            self._publish(env)
            self.register(group, server.url)

    def place_green(self, url: str) -> None:
        self.register(self._stacks.physical(stack_name("balancer"), "GreenTargetGroup"), url)

    def register(self, group: str, url: str) -> None:
        """As ECS does with a task."""
        host, port = address_of(url)
        targets = [{"Id": host, "Port": port}]
        self.aws("elbv2").register_targets(TargetGroupArn=group, Targets=targets)

    def _publish(self, env: dict[str, str]) -> None:
        """Another version of the function, whose DynamoDB is DynamoDB Local."""
        given = {name: text for name, text in self._variables.items() if isinstance(text, str)}
        given |= {"PICUS_TABLE": self.table, "PICUS_ENDPOINT_URL": self._dynamodb.url}
        given |= PATIENT
        functions = self.aws("lambda")
        functions.update_function_configuration(
            FunctionName=self.function,
            Environment={"Variables": given | {"PICUS_REGION": REGION} | env},
        )
        version = functions.publish_version(FunctionName=self.function)["Version"]
        for alias in GROUPS:
            functions.update_alias(FunctionName=self.function, Name=alias, FunctionVersion=version)

    def stop(self) -> None:
        for server, _ in list(self._running):
            self.end(server)
        self._dynamodb.delete_table(self.table)
        self._ministack.stop()
