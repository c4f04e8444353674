"""An image from its OCI archive into ECR, layer by layer, through ECR's own API.

No other tool is needed. Blobs and manifests are named by their SHA-256, so that what is there
already is not sent again, and the digest that is deployed is that of the archive.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from picus_deploy.aws import Aws
from picus_deploy.errors import DeployError, UsageError, code_of
from picus_deploy.progress import Progress

INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
DEFAULT_PART_BYTES = 10 * 1024 * 1024
TAG_DIGITS = 16


@dataclass(frozen=True)
class Manifest:
    """One that the registry is to have, with what has to be there before."""

    digest: str
    media_type: str
    text: str
    blobs: tuple[str, ...]


class Archive:
    """An OCI image layout in a tar file, as podman, buildah and skopeo write it."""

    def __init__(self, path: Path) -> None:
        try:
            self._tar = tarfile.open(path)  # noqa: SIM115
            self._names = {name.removeprefix("./"): name for name in self._tar.getnames()}
            entries = json.loads(self._read("index.json"))["manifests"]
        except (OSError, KeyError, ValueError, tarfile.TarError) as error:
            raise UsageError(f"{path} is no OCI archive ({error}): run `make image`.") from error
        if len(entries) != 1:
            raise UsageError(f"{path} has {len(entries)} images, not one.")
        self.manifests = self._follow(entries[0])

    @property
    def digest(self) -> str:
        """What is deployed: the manifest, or the index of those of several architectures."""
        return self.manifests[-1].digest

    @property
    def architectures(self) -> set[str]:
        """What it runs on, in OCI's words (`amd64`)."""
        configs = [one.blobs[0] for one in self.manifests if one.blobs]
        return {json.loads(self.blob(digest))["architecture"] for digest in configs}

    def _follow(self, entry: dict[str, Any]) -> list[Manifest]:
        """Those that it names first."""
        raw = self.blob(entry["digest"])
        said = json.loads(raw)
        if entry["mediaType"] in INDEXES:
            inner = [one for sub in said["manifests"] for one in self._follow(sub)]
            return [*inner, Manifest(entry["digest"], entry["mediaType"], raw.decode(), ())]
        blobs = (said["config"]["digest"], *(layer["digest"] for layer in said["layers"]))
        return [Manifest(entry["digest"], entry["mediaType"], raw.decode(), blobs)]

    def blob(self, digest: str) -> bytes:
        """Its bytes, which have the digest that they are named by."""
        raw = self._read(f"blobs/{digest.replace(':', '/')}")
        if f"sha256:{hashlib.sha256(raw).hexdigest()}" != digest:
            raise UsageError(f"The archive is damaged: {digest} is something else.")
        return raw

    def _read(self, name: str) -> bytes:
        file = self._tar.extractfile(self._names[name])
        if file is None:
            raise KeyError(name)
        return file.read()


class Repository:
    """A repository of ECR, by name."""

    def __init__(self, aws: Aws, name: str, progress: Progress) -> None:
        self._client = aws.client("ecr")
        self._name = name
        self._progress = progress

    def push(self, archive: Archive) -> None:
        """Returns when the registry has the archive's digest."""
        if self._has(archive.digest):
            self._progress.step("image", f"{archive.digest} is there")
            return
        for manifest in archive.manifests:
            self._send_blobs(archive, manifest.blobs)
            last = manifest is archive.manifests[-1]
            self._put(manifest, tag_of(archive.digest) if last else None)
        self._progress.step("image", f"{archive.digest} pushed")

    def _has(self, digest: str) -> bool:
        try:
            self._client.describe_images(
                repositoryName=self._name, imageIds=[{"imageDigest": digest}]
            )
        except ClientError as error:
            if code_of(error) != "ImageNotFoundException":
                raise
            return False
        return True

    def _send_blobs(self, archive: Archive, digests: tuple[str, ...]) -> None:
        if not digests:  # an index has none
            return
        answer = self._client.batch_check_layer_availability(
            repositoryName=self._name, layerDigests=list(dict.fromkeys(digests))
        )
        there = {
            layer["layerDigest"]
            for layer in answer["layers"]
            if layer.get("layerAvailability") == "AVAILABLE"
        }
        for digest in dict.fromkeys(digests):
            if digest not in there:
                self._send_blob(digest, archive.blob(digest))

    def _send_blob(self, digest: str, raw: bytes) -> None:
        self._progress.step("image", f"sending {digest[:19]}, {len(raw)} bytes")
        upload = self._client.initiate_layer_upload(repositoryName=self._name)
        size = upload.get("partSize") or DEFAULT_PART_BYTES
        for first in range(0, len(raw), size):
            part = raw[first : first + size]
            self._client.upload_layer_part(
                repositoryName=self._name,
                uploadId=upload["uploadId"],
                partFirstByte=first,
                partLastByte=first + len(part) - 1,
                layerPartBlob=part,
            )
        try:
            self._client.complete_layer_upload(
                repositoryName=self._name, uploadId=upload["uploadId"], layerDigests=[digest]
            )
        except ClientError as error:
            if code_of(error) != "LayerAlreadyExistsException":
                raise

    def _put(self, manifest: Manifest, tag: str | None) -> None:
        request = {
            "repositoryName": self._name,
            "imageManifest": manifest.text,
            "imageManifestMediaType": manifest.media_type,
            "imageDigest": manifest.digest,
        }
        try:
            put = self._client.put_image(**request, **({"imageTag": tag} if tag else {}))
        except ClientError as error:
            if code_of(error) != "ImageAlreadyExistsException":
                raise
            return
        stored = put["image"]["imageId"]["imageDigest"]
        if stored != manifest.digest:
            raise DeployError(f"ECR stored {stored} for {manifest.digest}.")


def tag_of(digest: str) -> str:
    """Tags are immutable, and an image without one is soon expired: so each digest has its own."""
    return digest.removeprefix("sha256:")[:TAG_DIGITS]
