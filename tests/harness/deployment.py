"""The server and the function side by side, as they are deployed."""

from __future__ import annotations

import json
import re
from pathlib import Path

from harness.cloudformation import Template, load
from harness.front import Front
from harness.lambda_events import ALB_MULTI_VALUE
from harness.lambda_gateway import Gateway
from harness.lambda_process import LambdaProcess
from harness.ministack import REGION
from harness.process import PicusProcess
from harness.recorder import Keys
from harness.roles import FUNCTION, SERVER, Roles
from harness.runtime_api import RuntimeApi


def operations(template: Template) -> dict[str, str]:
    """What our task definition, or our function, says that is offered."""
    text = json.dumps(template)
    found = re.search(r'"Name": "PICUS_OPERATIONS", "Value": "([^"]*)"', text)
    found = found or re.search(r'"PICUS_OPERATIONS": "([^"]*)"', text)
    return {"PICUS_OPERATIONS": found[1]} if found else {}


class FunctionInRole:
    """The function behind a load balancer of the test tree, which sends events as AWS does."""

    def __init__(
        self, bootstrap: Path, directory: Path, roles: Roles, keys: Keys, env: dict[str, str]
    ) -> None:
        own = {"PICUS_TABLE": roles.table, "PICUS_ENDPOINT_URL": roles.url, "AWS_REGION": REGION}
        self._api = RuntimeApi()
        self._process = LambdaProcess(bootstrap, directory, self._api, own | keys | env)
        self._gateway = Gateway(ALB_MULTI_VALUE, self._api)
        self.url = self._gateway.url

    def stop(self) -> None:
        self._gateway.stop()
        self._process.stop()
        self._api.stop()


class Deployment:
    """Each has the rights of its own role, and nobody answers but one of them."""

    def __init__(self, picus: Path, directory: Path, roles: Roles, env: dict[str, str]) -> None:
        self._server = PicusProcess(
            picus,
            directory / "server",
            *roles.options,
            env=roles.session(*SERVER) | operations(load("service")) | env,
        )
        self._function = FunctionInRole(
            picus.with_name("bootstrap"),
            directory,
            roles,
            roles.session(*FUNCTION),
            {"PICUS_OPERATIONS": "delete"} | env,
        )
        self._front = Front(self._server.url, self._function.url)
        self.url = self._front.url

    def stop(self) -> None:
        self._front.stop()
        self._function.stop()
        self._server.stop()
