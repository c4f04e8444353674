"""Joins images for several architectures into one: a registry gives each machine its own.

.venv/bin/python scripts/image/index.py ARCHIVE IMAGE …

IMAGE is an archive that scripts/image wrote, ARCHIVE the OCI archive to be written. Its digest,
which is printed and written beside it, follows from those of the images.
"""

from __future__ import annotations

import json
import sys
import tarfile
from pathlib import Path
from typing import Any

from archive import INDEX, Blobs, path_of, write_files

Descriptor = dict[str, Any]


def add_image(blobs: Blobs, image: Path) -> Descriptor:
    """Takes an archive's blobs over. The image's descriptor in an index."""
    with tarfile.open(image) as tar:
        files = {
            entry.name: file.read()
            for entry in tar
            if entry.isfile() and (file := tar.extractfile(entry))
        }
    (described,) = json.loads(files["index.json"])["manifests"]
    manifest = json.loads(files[path_of(described)])
    config = json.loads(files[path_of(manifest["config"])])
    blobs.files |= {name: content for name, content in files.items() if name.startswith("blobs/")}
    platform = {name: config[name] for name in ("architecture", "os")}
    return {name: described[name] for name in ("mediaType", "digest", "size")} | {
        "platform": platform
    }


def write_index(images: list[Path], out: Path) -> str:
    """Writes the archive. The digest of the image for all architectures."""
    blobs = Blobs()
    manifests = sorted(
        (add_image(blobs, image) for image in images), key=lambda one: str(one["platform"])
    )
    architectures = [one["platform"]["architecture"] for one in manifests]
    if len(set(architectures)) != len(architectures):
        raise ValueError(f"two images are for one architecture: {', '.join(architectures)}")
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests}
    described = blobs.add_json(INDEX, index)
    write_files(blobs, [described], out)
    return str(described["digest"])


def main(arguments: list[str]) -> int:
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    out, *images = map(Path, arguments)
    try:
        digest = write_index(images, out)
    except (OSError, ValueError) as error:
        print(f"scripts/image/index.py: {error}", file=sys.stderr)
        return 1
    out.with_suffix(".digest").write_text(f"{digest}\n", encoding="utf-8")
    print(f"{out}: {digest}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
