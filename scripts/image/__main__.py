"""Builds the container image of deploy/container/Containerfile.

    .venv/bin/python scripts/image [--inside] [--engine NAME] [--source URL] [--out DIR]

DIR, build/image unless it is named, gets picus.tar (an OCI archive, which `docker load` takes too),
picus.digest, and picus.cdx.json, the bill of materials.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import urllib.parse
from pathlib import Path

import archive
import bill
from engines import ENGINES, Engine, choose

ROOT = Path(__file__).resolve().parents[2]
DEBIAN = "docker.io/library/debian:12-slim"
MAX_BYTES = 12_000_000  # of the files in it
TAG = "localhost/picus"


def git(*arguments: str) -> str:
    """What git says, or nothing where this is no clone."""
    done = subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else ""


def revision() -> str:
    """The commit, and whether the files differ from it."""
    return git("rev-parse", "HEAD") + ("-changed" if git("status", "--porcelain") else "")


def source_of(remote: str) -> str:
    """The address of a remote for people: without user and password, and nothing for a path."""
    remote = re.sub(r"^(?:ssh://)?git@([\w.-]+)[:/]", r"https://\1/", remote)
    parts = urllib.parse.urlsplit(remote)
    if parts.scheme != "https" or not parts.hostname:
        return ""
    return f"https://{parts.hostname}{parts.path}"


def version() -> str:
    text = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
    found = re.search(r"^project\(picus VERSION (\S+)", text, re.MULTILINE)
    assert found
    return found[1]


def is_debian_12() -> bool:
    release = Path("/etc/os-release")
    lines = release.read_text(encoding="utf-8").splitlines() if release.exists() else []
    return "ID=debian" in lines and 'VERSION_ID="12"' in lines


def built_here(out: Path) -> list[str]:
    """Builds Picus on this machine; the options that put it into the place of the stage `build`."""
    subprocess.run(["make", "build"], cwd=ROOT, check=True)
    place = out / "build"
    command = ["/usr/bin/python3", "scripts/image/collect.py", "build/release", place / "out"]
    subprocess.run(command, cwd=ROOT, check=True)
    return ["--quiet", f"--build-context=build={place}"]


def built_inside(engine: Engine) -> list[str]:
    """The options that name the Debian in which the stage `build` builds Picus."""
    base = DEBIAN
    if not engine.has(base):
        print(f"{base} cannot be fetched: making a Debian 12 from its packages", flush=True)
        base = engine.debian()
    return [f"--build-arg=DEBIAN={base}"]


def make(engine: Engine, arguments: argparse.Namespace) -> str:
    """Builds and writes everything. A line that says what came out."""
    out: Path = arguments.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    labels = {"VERSION": version(), "REVISION": revision(), "SOURCE": arguments.source}
    inside = arguments.inside or not is_debian_12()
    options = [f"--build-arg={name}={value}" for name, value in labels.items()]
    options += built_inside(engine) if inside else built_here(out)

    image = archive.read_saved(engine.save(engine.build("image", ROOT, *options)))
    size = sum(len(content) for _, content in image.files.values())
    if size > MAX_BYTES:
        raise RuntimeError(f"the image has {size} bytes, more than {MAX_BYTES}")
    packages = archive.read_saved(engine.save(engine.build("packages", ROOT, *options)))
    shutil.rmtree(out / "packages", ignore_errors=True)
    packages.extract(out / "packages")

    created = int(os.environ.get("SOURCE_DATE_EPOCH") or git("log", "-1", "--format=%ct") or 0)
    tar = out / "picus.tar"
    digest = archive.write_oci(image, created, f"{TAG}:{labels['VERSION']}", tar)
    (out / "picus.digest").write_text(f"{digest}\n", encoding="utf-8")
    facts = {"version": version(), "architecture": image.architecture, "digest": digest}
    bill.write(out / "packages", facts, created, out / "picus.cdx.json")
    return f"{tar}: {tar.stat().st_size} bytes, {digest}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/image", description="Build the image.")
    parser.add_argument("--engine", choices=ENGINES, help="default: the first that is there")
    parser.add_argument(
        "--inside", action="store_true", help="build Picus in the image's own Debian, not here"
    )
    parser.add_argument(
        "--source",
        default=source_of(git("remote", "get-url", "origin")),
        help="where the sources are, for the image's label; default: git's origin",
    )
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "image", metavar="DIR")
    arguments = parser.parse_args()
    try:
        with Engine(choose(arguments.engine)) as engine:
            print(make(engine, arguments))
    except (RuntimeError, subprocess.CalledProcessError) as error:
        print(f"scripts/image: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
