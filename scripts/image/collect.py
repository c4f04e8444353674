"""Builds Picus and lays out what the image is made of. Runs on Debian.

/usr/bin/python3 scripts/image/collect.py amd64|arm64 OUT

OUT/root      the image's files
OUT/data      the directory of its items, empty
OUT/packages  dpkg's records and the licences of the Debian packages that are in the image
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

BUNDLE = Path("etc/ssl/certs/ca-certificates.crt")
RECORDS = Path("var/lib/dpkg/status")
# By the image's architecture: what builds Picus for it, and where.
TARGETS = {"amd64": ("build", Path("build/release")), "arm64": ("arm64", Path("build/arm64"))}


def output(*command: str | Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def compiled(build: Path, *programs: str) -> set[Path]:
    """The files outside of the repository that the programs' objects were compiled from."""
    inputs = output("ninja", "-C", build, "-t", "inputs", *programs).splitlines()
    objects = [name for name in inputs if name.endswith(".o")]
    told = output("ninja", "-C", build, "-t", "deps", *objects)
    assert "deps not found" not in told, "Picus is not built: run `make build`"
    return {Path(name) for name in re.findall(r"^ +(/\S+)$", told, re.MULTILINE)}


def linked(build: Path, program: str) -> set[Path]:
    """The files outside of the repository that the linker read, as it wrote them down."""
    rule = (build / f"{program}.linked").read_text(encoding="utf-8").split("\n\n")[0]
    names = rule.partition(":")[2].replace("\\\n", " ").split()
    return {Path(name) for name in names if name.startswith("/")}


def packages_of(files: set[Path], architecture: str) -> set[str]:
    """The Debian packages that these files are from; each has to be from one.

    A header may be that of several architectures: then the package is that of this one.
    """
    told = output("dpkg-query", "--search", *sorted(path.resolve() for path in files))
    found = [line.rpartition(": ")[0].split(", ") for line in told.splitlines()]
    own = f":{architecture}"
    return {next((name for name in names if name.endswith(own)), names[0]) for names in found}


def certificates() -> list[Path]:
    """Those of Debian's package: the bundle of a machine may have its owner's own among them."""
    files = output("dpkg-query", "--listfiles", "ca-certificates").splitlines()
    return [Path(name) for name in sorted(files) if name.endswith(".crt")]


def record(packages: set[str], out: Path) -> None:
    """A small root directory in which these packages are installed, as far as records go."""
    records = out / RECORDS
    records.parent.mkdir(parents=True)
    stanzas = [output("dpkg-query", "--status", package) for package in sorted(packages)]
    records.write_text("\n".join(stanzas), encoding="utf-8")
    for package in packages:
        licence = Path("usr/share/doc") / package.partition(":")[0] / "copyright"
        (out / licence).parent.mkdir(parents=True)
        shutil.copyfile(Path("/") / licence, out / licence)


def install(content: bytes, target: Path, mode: int) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    target.chmod(mode)


def main(arguments: list[str]) -> int:
    if len(arguments) != 2 or arguments[0] not in TARGETS:
        print(__doc__, file=sys.stderr)
        return 2
    architecture, out = arguments[0], Path(arguments[1])
    target, build = TARGETS[architecture]
    subprocess.run(["make", target], check=True)
    os.umask(0o022)
    shutil.rmtree(out, ignore_errors=True)
    root, data = out / "root", out / "data"
    bundle = certificates()
    install((build / "picus").read_bytes(), root / "usr/bin/picus", 0o755)
    install(b"".join(path.read_bytes() for path in bundle), root / BUNDLE, 0o644)
    (root / "var/lib").mkdir(parents=True)
    data.mkdir()
    ours = Path.cwd()
    files = compiled(build, "picus") | linked(build, "picus") | set(bundle)
    foreign = {path for path in files if not path.is_relative_to(ours)}
    record(packages_of(foreign, architecture), out / "packages")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
