"""Builds the container image of deploy/container/Containerfile.

    .venv/bin/python scripts/image [--architecture NAME] [--inside] [--engine NAME]
                                   [--source URL] [--out DIR]

DIR, build/image unless it is named, gets picus.tar (an OCI archive, which `docker load` takes too),
picus.digest, and picus.cdx.json, the bill of materials.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path

import archive
import bill
import collect
import labels
from engines import ENGINES, Engine, choose
from labels import ROOT

MAX_BYTES = 12_000_000  # of the files in it
TAG = "localhost/picus"


def is_debian_12() -> bool:
    release = Path("/etc/os-release")
    lines = release.read_text(encoding="utf-8").splitlines() if release.exists() else []
    return "ID=debian" in lines and 'VERSION_ID="12"' in lines


def built_here(architecture: str, out: Path) -> list[str]:
    """Builds Picus on this machine; the options that put it into the place of the stage `build`."""
    place = out / "build"
    command = ["/usr/bin/python3", "scripts/image/collect.py", architecture, f"{place}/out"]
    subprocess.run(command, cwd=ROOT, check=True)
    return ["--quiet", f"--build-context=build={place}"]


def built_inside(engine: Engine, architecture: str) -> list[str]:
    """The options that say for what the stage `build` builds Picus, and in which Debian."""
    options = [f"--build-arg=ARCHITECTURE={architecture}"]
    file = ROOT / "deploy" / "container" / "Containerfile"
    stage = re.search(r"^FROM (\S+) AS debian$", file.read_text(encoding="utf-8"), re.MULTILINE)
    assert stage, f"{file} has no stage `debian`"
    if not engine.has(stage[1]):
        print(f"{stage[1]} cannot be fetched: making a Debian 12 from its packages", flush=True)
        options += [f"--build-context=debian=docker-image://{engine.debian()}"]
    return options


def make(engine: Engine, arguments: argparse.Namespace) -> str:
    """Builds and writes everything. A line that says what came out."""
    out: Path = arguments.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    version, created = labels.version(), labels.created()
    told = {"VERSION": version, "REVISION": labels.revision(), "SOURCE": arguments.source}
    inside = arguments.inside or not is_debian_12()
    options = [f"--build-arg={name}={value}" for name, value in told.items()]
    architecture: str = arguments.architecture
    options += built_inside(engine, architecture) if inside else built_here(architecture, out)

    image = archive.read_saved(engine.save(engine.build("image", ROOT, *options)))
    image.architecture = architecture  # nothing of it was run, and the tool says its own
    size = sum(len(content) for _, content in image.files.values())
    if size > MAX_BYTES:
        raise RuntimeError(f"the image has {size} bytes, more than {MAX_BYTES}")
    packages = archive.read_saved(engine.save(engine.build("packages", ROOT, *options)))
    shutil.rmtree(out / "packages", ignore_errors=True)
    packages.extract(out / "packages")

    tar = out / "picus.tar"
    digest = archive.write_oci(image, created, f"{TAG}:{version}", tar)
    (out / "picus.digest").write_text(f"{digest}\n", encoding="utf-8")
    facts = {"version": version, "architecture": image.architecture, "digest": digest}
    bill.write(out / "packages", facts, created, out / "picus.cdx.json")
    return f"{tar}: {tar.stat().st_size} bytes, {digest}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/image", description="Build the image.")
    parser.add_argument("--engine", choices=ENGINES, help="default: the first that is there")
    parser.add_argument(
        "--architecture",
        choices=collect.TARGETS,
        default="amd64",
        help="of the machines that run it",
    )
    parser.add_argument(
        "--inside", action="store_true", help="build Picus in the image's own Debian, not here"
    )
    parser.add_argument(
        "--source",
        default=labels.source_of(labels.git("remote", "get-url", "origin")),
        help="where the sources are, for the image's label; default: git's origin",
    )
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "image", metavar="DIR")
    arguments = parser.parse_args()
    try:
        name = choose(arguments.engine)
    except LookupError as error:
        print(f"scripts/image: {error}", file=sys.stderr)
        return 2
    try:
        with Engine(name) as engine:
            print(make(engine, arguments))
    except (RuntimeError, subprocess.CalledProcessError) as error:
        print(f"scripts/image: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
