"""The bill of materials: which Debian packages, of which versions and licences, are in the image.

debsbom reads them from dpkg's records; what it cannot know is added here. The result is CycloneDX.
"""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

VERSION = SchemaVersion.V1_6
# The licence of what is in the image of a source package, as a person read its copyright file:
# these cover tools and documents of the source too, and half of them no program can read.
LICENCES = {
    "boost1.81": "BSL-1.0",
    "c-ares": "MIT",
    "ca-certificates": "MPL-2.0",
    "gcc-12": "GPL-3.0-or-later WITH GCC-exception-3.1",
    "glibc": "LGPL-2.1-or-later",
    "libzstd": "BSD-3-Clause",
    "linux": "GPL-2.0-only WITH Linux-syscall-note",
    "llvm-toolchain-19": "Apache-2.0 WITH LLVM-exception",
    "lmdb": "OLDAP-2.8",
    "openssl": "Apache-2.0",
    "zlib": "Zlib",
}


def generated(packages: Path, image: dict[str, str], created: int) -> dict[str, Any]:
    """What debsbom says of a directory of dpkg's records, for what has this `version`,
    `architecture` and `digest`."""
    identity = uuid.uuid5(uuid.NAMESPACE_OID, image["digest"])
    command = [sys.executable, "-m", "debsbom.cli", "generate", "--root", str(packages)]
    command += ["--sbom-type=cdx", f"--cdx-schema-version={VERSION.to_version()}", "--out=-"]
    command += ["--with-licenses", "--no-recommends-deps", f"--cdx-serialnumber={identity}"]
    command += ["--distro-name=picus", f"--distro-version={image['version']}"]
    command += [f"--distro-arch={image['architecture']}"]
    command += [f"--timestamp={datetime.fromtimestamp(created, UTC).isoformat()}"]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    bill = json.loads(told)
    assert isinstance(bill, dict)
    return bill


def sources_of(bill: dict[str, Any]) -> dict[str, str]:
    """The name of the source package of each component, by reference."""
    parts = bill["components"]
    sources = {part["bom-ref"]: part["name"] for part in parts if is_source(part)}
    of_binaries = {
        entry["ref"]: sources[other]
        for entry in bill["dependencies"]
        for other in entry.get("dependsOn", [])
        if other in sources
    }
    return sources | of_binaries


def is_source(part: dict[str, Any]) -> bool:
    return str(part["bom-ref"]).endswith("?arch=source")


def add_licences(bill: dict[str, Any]) -> None:
    sources = sources_of(bill)
    for part in bill["components"]:
        source = sources.get(part["bom-ref"], part["name"])
        if source not in LICENCES:
            raise RuntimeError(f"{Path(__file__).name} does not say which licence {source} has")
        if not (is_source(part) and "licenses" in part):
            part["licenses"] = [{"acknowledgement": "concluded", "expression": LICENCES[source]}]


def write(packages: Path, image: dict[str, str], created: int, file: Path) -> None:
    """Writes the bill of an image with this `version`, `architecture` and `digest`."""
    digest = image["digest"]
    bill = generated(packages, image, created)
    add_licences(bill)
    bill["metadata"]["component"] |= {
        "type": "container",
        "licenses": [{"license": {"id": "MIT"}}],
        "purl": f"pkg:oci/picus@{digest.replace(':', '%3A')}?arch={image['architecture']}",
        "hashes": [{"alg": "SHA-256", "content": digest.removeprefix("sha256:")}],
    }
    save(bill, file)


def save(bill: dict[str, Any], file: Path) -> None:
    """Writes a bill that CycloneDX's schema allows."""
    text = json.dumps(bill, indent=2, sort_keys=True) + "\n"
    wrong = JsonStrictValidator(VERSION).validate_str(text)
    if wrong:
        raise RuntimeError(f"the bill of materials is not what CycloneDX says: {wrong}")
    file.write_text(text, encoding="utf-8")
