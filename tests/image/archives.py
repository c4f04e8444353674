"""Reads an image's archive as a registry would: by digest, each checked."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import Any


class Archive:
    """An OCI layout with one image of one layer."""

    def __init__(self, path: Path) -> None:
        with tarfile.open(path) as tar:
            self._files = {
                entry.name: file.read()
                for entry in tar
                if entry.isfile() and (file := tar.extractfile(entry))
            }
        assert json.loads(self._files["oci-layout"]) == {"imageLayoutVersion": "1.0.0"}
        (described,) = json.loads(self._files["index.json"])["manifests"]
        self.digest = described["digest"]
        manifest = json.loads(self._blob(described))
        self.config: dict[str, Any] = json.loads(self._blob(manifest["config"]))
        (layer,) = manifest["layers"]
        assert layer["mediaType"] == "application/vnd.oci.image.layer.v1.tar+gzip"
        with tarfile.open(fileobj=io.BytesIO(self._blob(layer)), mode="r:gz") as files:
            self.entries = {entry.name: entry for entry in files}
            self.files = {
                entry.name: file.read()
                for entry in files
                if entry.isfile() and (file := files.extractfile(entry))
            }

    @property
    def settings(self) -> dict[str, Any]:
        settings = self.config["config"]
        assert isinstance(settings, dict)
        return settings

    def _blob(self, descriptor: dict[str, Any]) -> bytes:
        kind, _, name = descriptor["digest"].partition(":")
        content = self._files[f"blobs/{kind}/{name}"]
        assert hashlib.new(kind, content).hexdigest() == name
        assert len(content) == descriptor["size"]
        return content
