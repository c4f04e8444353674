"""Images as files: reads what an engine saved, writes what goes into a registry.

Engines differ in what they write for the same files: times, order, compression, history. What is
written here does not: the same files and settings are the same bytes, whichever engine built them.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
# Under which name podman and skopeo, and docker, load it.
NAMES = ("org.opencontainers.image.ref.name", "io.containerd.image.name")
# Of an image's settings these are kept, as far as they say something.
SETTINGS = (
    *("User", "ExposedPorts", "Env", "Entrypoint", "Cmd", "WorkingDir", "Labels", "StopSignal"),
    "Healthcheck",  # reserved in OCI's format for this use of Docker's
)
LABELS = "org.opencontainers.image."  # engines add their own


@dataclass
class Image:
    """Its settings, and its files by path, in one layer."""

    architecture: str
    settings: dict[str, Any]
    files: dict[str, tuple[tarfile.TarInfo, bytes]] = field(default_factory=dict)

    def extract(self, out: Path) -> None:
        """Its regular files, below a directory."""
        for path, (entry, content) in self.files.items():
            if entry.isfile():
                (out / path).parent.mkdir(parents=True, exist_ok=True)
                (out / path).write_bytes(content)


def add_layer(image: Image, layer: bytes) -> None:
    """Puts a layer over what is there."""
    with tarfile.open(fileobj=io.BytesIO(layer), mode="r:*") as tar:
        for entry in tar:
            path = entry.name.removeprefix("./").strip("/")
            if not path:
                continue
            if Path(path).name.startswith(".wh."):
                raise ValueError(f"a layer takes {path} away; nothing in this image should")
            content = tar.extractfile(entry) if entry.isfile() else None
            image.files[path] = (entry, content.read() if content else b"")


def settings_of(config: dict[str, Any]) -> dict[str, Any]:
    kept = {name: config.get(name) for name in SETTINGS}
    labels = (kept["Labels"] or {}).items()
    kept["Labels"] = {name: text for name, text in labels if text and name.startswith(LABELS)}
    return {name: value for name, value in kept.items() if value and value != "/"}


def read_saved(archive: Path) -> Image:
    """The one image in an archive as `docker save` writes it."""
    with tarfile.open(archive) as tar:

        def content(name: str) -> bytes:
            file = tar.extractfile(name)
            if file is None:
                raise ValueError(f"{archive}: {name} is no file")
            return file.read()

        (saved,) = json.loads(content("manifest.json"))
        config = json.loads(content(saved["Config"]))
        image = Image(config["architecture"], settings_of(config["config"]))
        for name in saved["Layers"]:
            add_layer(image, content(name))
    return image


def to_json(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def add_file(tar: tarfile.TarFile, path: str, content: bytes, like: tarfile.TarInfo) -> None:
    """An entry with the kind, mode, owner, link and time of `like`, and nothing else of it."""
    entry = tarfile.TarInfo(path)
    entry.type, entry.mode, entry.linkname = like.type, like.mode & 0o7777, like.linkname
    entry.uid, entry.gid, entry.mtime = like.uid, like.gid, like.mtime
    entry.size = len(content)
    tar.addfile(entry, io.BytesIO(content))


def layer_of(image: Image, created: int) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path in sorted(image.files):
            entry, content = image.files[path]
            entry.mtime = created
            add_file(tar, path, content, entry)
    return buffer.getvalue()


def path_of(descriptor: dict[str, Any]) -> str:
    """Where an OCI layout has it."""
    return "blobs/" + str(descriptor["digest"]).replace(":", "/")


class Blobs:
    """The content of an OCI layout, named by its digests."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def add(self, kind: str, content: bytes) -> dict[str, Any]:
        """A descriptor of it."""
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        descriptor = {"mediaType": kind, "digest": digest, "size": len(content)}
        self.files[path_of(descriptor)] = content
        return descriptor

    def add_json(self, kind: str, value: Any) -> dict[str, Any]:
        return self.add(kind, to_json(value))


def write_files(
    blobs: Blobs, manifests: list[dict[str, Any]], archive: Path, created: int = 0, **others: bytes
) -> None:
    """Writes an archive that is an OCI layout of these manifests, with other files beside."""
    files = {
        "oci-layout": to_json({"imageLayoutVersion": "1.0.0"}),
        "index.json": to_json({"schemaVersion": 2, "manifests": manifests}),
        **others,
        **blobs.files,
    }
    plain = tarfile.TarInfo()
    plain.mtime = created
    with tarfile.open(archive, "w", format=tarfile.USTAR_FORMAT) as tar:
        for path, content in files.items():
            add_file(tar, path, content, plain)


def config_of(image: Image, created: int, layer: bytes) -> bytes:
    when = datetime.fromtimestamp(created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    digest = hashlib.sha256(layer).hexdigest()
    config = {
        "architecture": image.architecture,
        "os": "linux",
        "created": when,
        "config": image.settings,
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
        "history": [{"created": when, "created_by": "deploy/container/Containerfile"}],
    }
    return to_json(config)


def write_oci(image: Image, created: int, tag: str, archive: Path) -> str:
    """Writes an archive that is an OCI layout and that `docker load` takes too. Its digest."""
    layer = layer_of(image, created)
    blobs = Blobs()
    config = blobs.add(CONFIG, config_of(image, created, layer))
    packed = blobs.add(LAYER, gzip.compress(layer, compresslevel=9, mtime=0))
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [packed]}
    described = blobs.add_json(MANIFEST, manifest)
    named = described | {"annotations": dict.fromkeys(NAMES, tag)}
    saved = {"Config": path_of(config), "RepoTags": [tag], "Layers": [path_of(packed)]}
    write_files(blobs, [named], archive, created, **{"manifest.json": to_json([saved])})
    return str(described["digest"])
