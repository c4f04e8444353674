"""The bill of materials of the programs for one architecture."""

from __future__ import annotations

import hashlib
from pathlib import Path

from files import BUILDS, ROOT
from known import bill, collect, labels

# The functions are built for x86 only.
BUILT = {"amd64": ("picus", "picus-verify", "bootstrap"), "arm64": ("picus", "picus-verify")}


def record(architecture: str, out: Path) -> None:
    """dpkg's records and the licences of the Debian packages that are in the programs."""
    build, names = BUILDS[architecture], BUILT[architecture]
    found = collect.compiled(build, *names)
    for name in names:
        found |= collect.linked(build, name)
    foreign = {path for path in found if not path.is_relative_to(ROOT)}
    collect.record(collect.packages_of(foreign, architecture), out)


def write(packages: Path, architecture: str, tarball: Path, file: Path) -> None:
    """The bill in CycloneDX. It names the tarball, by its digest."""
    digest = hashlib.sha256(tarball.read_bytes()).hexdigest()
    version = labels.version()
    facts = {"version": version, "architecture": architecture, "digest": f"sha256:{digest}"}
    told = bill.generated(packages, facts, labels.created())
    bill.add_licences(told)
    told["metadata"]["component"] |= {
        "type": "application",
        "licenses": [{"license": {"id": "MIT"}}],
        "purl": f"pkg:generic/picus@{version}?arch={architecture}",
        "hashes": [{"alg": "SHA-256", "content": digest}],
    }
    bill.save(told, file)
