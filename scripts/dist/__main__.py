"""Makes what a release consists of, in build/dist.

    .venv/bin/python scripts/dist [--architecture NAME] [--built] [--out DIR]

For each architecture a tarball, a Debian package and a bill of materials; the packages of the
Lambda functions; SHA256SUMS of all. The same commit, built from the same Debian packages, is the
same bytes. Runs on Debian 12; `make debian ARGS=dist` runs it anywhere.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import deb
import files
import materials
from files import BUILDS, ROOT
from known import labels

# What builds everything that is in the files for an architecture.
TARGETS = {"amd64": ("build", "lambda"), "arm64": ("arm64",)}
FUNCTIONS = {"picus-lambda": "bootstrap", "picus-verify-lambda": "picus-verify"}


def write_architecture(architecture: str, out: Path) -> None:
    version = labels.version()
    folder = f"picus-{version}-linux-{architecture}"
    with tempfile.TemporaryDirectory() as directory:
        packages = Path(directory) / "packages"
        materials.record(architecture, packages)
        common = files.common(packages)
        programs = files.programs(architecture)
        tarball = out / f"{folder}.tar.gz"
        files.write_tarball(programs | common, folder, tarball)
        bill = out / f"picus-linux-{architecture}.cdx.json"
        materials.write(packages, architecture, tarball, bill)
    places = deb.installed(programs, common)
    deb.write(places, version, architecture, out / f"picus_{version}_{architecture}.deb")


def write_functions(out: Path) -> None:
    for name, program in FUNCTIONS.items():
        archive = out / f"{name}-{labels.version()}-x86_64.zip"
        command = ["/usr/bin/python3", "scripts/lambda_zip.py", BUILDS["amd64"] / program, archive]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def write_sums(out: Path) -> None:
    """As `sha256sum --check` reads it."""
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        for path in sorted(out.iterdir())
    ]
    (out / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/dist", description="Make a release's files.")
    parser.add_argument(
        "--architecture", choices=BUILDS, action="append", help="may be repeated; default: all"
    )
    parser.add_argument("--built", action="store_true", help="take the programs that are there")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "dist", metavar="DIR")
    arguments = parser.parse_args()
    architectures = arguments.architecture or list(BUILDS)
    out = arguments.out.resolve()
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    try:
        if not arguments.built:
            targets = {target for name in architectures for target in TARGETS[name]}
            targets |= set(TARGETS["amd64"])  # this machine's prints the manual page
            subprocess.run(["make", *sorted(targets)], cwd=ROOT, check=True)
        for architecture in architectures:
            write_architecture(architecture, out)
        if "amd64" in architectures:
            write_functions(out)
        write_sums(out)
    except (OSError, RuntimeError, subprocess.CalledProcessError) as error:
        print(f"scripts/dist: {error}", file=sys.stderr)
        return 1
    print((out / "SHA256SUMS").read_text(encoding="utf-8"), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
