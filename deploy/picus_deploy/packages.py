"""What is deployed, and the bucket that zips are put into, by their content."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from botocore.exceptions import ClientError

from picus_deploy.aws import Aws
from picus_deploy.environment import ROOT, Environment
from picus_deploy.errors import UsageError, code_of
from picus_deploy.image import Archive
from picus_deploy.progress import Progress

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
