"""dev and prod: the same stacks, each environment with parameters of its own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from picus_deploy.errors import UsageError

DEPLOY = Path(__file__).resolve().parent.parent
ROOT = DEPLOY.parent
ENVIRONMENTS = ("dev", "prod")

# In the order in which they are made; the function is a stack that osls makes.
# `access` needs no other, and has the role that CloudFormation makes the others with.
STACKS = (
    "access",
    "pipeline",
    "network",
    "table",
    "registry",
    "balancer",
    "service",
    "observability",
    "limits",
    "dashboard",
    "delivery",
    "function",
)

# Who may make and change these is no role of theirs.
ADMINISTRATORS = ("access", "pipeline")

# Parameters that are outputs of stacks which are made before. What is handed over may change later;
# CloudFormation refuses to change what another stack imports.
BOUNDARY = {"Boundary": ("access", "Boundary")}
TABLE = {"TableName": ("table", "TableName")}
HANDED: dict[str, dict[str, tuple[str, str]]] = {
    "pipeline": {"ExecutionRole": ("access", "ExecutionRole")},
    "network": BOUNDARY,
    "table": BOUNDARY,
    "balancer": {
        "NatAddressA": ("network", "NatAddressA"),
        "NatAddressB": ("network", "NatAddressB"),
    },
    "service": {
        **BOUNDARY,
        **TABLE,
        "HostNames": ("balancer", "HostNames"),
        "DrainSeconds": ("balancer", "DrainSeconds"),
    },
    "observability": TABLE,
    "limits": {
        "Topic": ("observability", "Topic"),
        "NatGatewayA": ("network", "NatGatewayA"),
        "NatGatewayB": ("network", "NatGatewayB"),
        "MinTasks": ("service", "MinTasks"),
    },
    "dashboard": TABLE,
    "delivery": {
        **BOUNDARY,
        "Alarms": ("observability", "Alarms"),
        "Topic": ("observability", "Topic"),
        "TestUrl": ("balancer", "TestUrl"),
        "TestPort": ("balancer", "TestPort"),
    },
    "function": {
        **BOUNDARY,
        **TABLE,
        "VerifyFunction": ("delivery", "VerifyFunction"),
        "Alarms": ("observability", "FunctionAlarms"),
        "Topic": ("observability", "Topic"),
    },
}

# Parameters of one stack in the file that others take too, under the same name.
SHARED: dict[str, tuple[str, tuple[str, ...]]] = {
    "AuthArn": ("access", ("pipeline", "service", "delivery")),
    "Metrics": ("observability", ("service",)),
}

MAX_TEMPLATE_BYTES = 51_200  # what CreateStack takes in its request


@dataclass(frozen=True)
class Stack:
    """What one of our stacks is to be."""

    kind: str
    name: str
    template: str
    parameters: dict[str, str]
    protected: bool = False  # from being deleted


def text_of(value: Any) -> str:
    """A value of a parameter file as CloudFormation takes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(text_of(one) for one in value)
    return str(value)


class Environment:
    """Reads its files at once: a mistake in them is found before AWS is asked for anything."""

    def __init__(self, name: str, deploy: Path = DEPLOY) -> None:
        self.name = name
        self._deploy = deploy
        path = deploy / "parameters" / f"{name}.yaml"
        try:
            given = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (OSError, yaml.YAMLError) as error:
            raise UsageError(f"{path}: {error}") from error
        if not isinstance(given, dict):
            raise UsageError(f"{path} has no stacks: restore it (`git checkout {path}`).")
        unknown = set(given) - set(STACKS)
        if unknown:
            raise UsageError(
                f"{path}: no such stack: {', '.join(sorted(map(str, unknown)))}. There are"
                f" {', '.join(STACKS)}."
            )
        for kind, values in given.items():
            if not isinstance(values, dict | None):
                raise UsageError(f"{path}: {kind} has no parameters, but {values}.")
        self._path = path
        self._parameters: dict[str, dict[str, Any]] = {k: v or {} for k, v in given.items()}

    def stack_name(self, kind: str) -> str:
        return f"picus-{self.name}-{kind}"

    def parameters(self, kind: str) -> dict[str, str]:
        return {name: text_of(value) for name, value in self._parameters.get(kind, {}).items()}

    def number(self, kind: str, name: str, default: int) -> int:
        """A parameter that we reckon with ourselves."""
        text = self.parameters(kind).get(name, str(default))
        if not text.isdecimal():
            raise UsageError(f"{self._path}: {name} of {kind} is {text}, not a number.")
        return int(text)

    def stack(self, kind: str, computed: dict[str, str] | None = None) -> Stack:
        """With its parameters: those of the file, and those that only the deployment knows."""
        path = self._deploy / "cloudformation" / f"{kind}.yaml"
        try:
            template = path.read_text(encoding="utf-8")
        except OSError as error:
            raise UsageError(f"{path}: {error}") from error
        if len(template.encode()) > MAX_TEMPLATE_BYTES:
            raise UsageError(f"{path}: more than {MAX_TEMPLATE_BYTES} bytes")
        parameters = {**self.parameters(kind), **(computed or {})}
        for name, (source, takers) in SHARED.items():
            if kind in takers:
                parameters[name] = self.parameters(source).get(name, "")
        return Stack(kind, self.stack_name(kind), template, parameters, self.protected)

    @property
    def protected(self) -> bool:
        """Whether its stacks are, as its table is."""
        return self.parameters("table").get("DeletionProtection") == "true"

    @property
    def auth_arn(self) -> str:
        """The secret or parameter with the access configuration; empty for no authentication."""
        return self.parameters("access").get("AuthArn", "")

    def certificate_region(self) -> str | None:
        """Where the certificate of the load balancer is: both have to be in one Region."""
        arn = self.parameters("balancer").get("CertificateArn", "")
        return arn.split(":")[3] if arn.startswith("arn:") else None
