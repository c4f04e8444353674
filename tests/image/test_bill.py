"""The bill of materials: what is really in the program, with versions and licences."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from image.archives import Archive

Part = dict[str, Any]


@pytest.fixture(scope="module")
def bill(image: Path) -> dict[str, Any]:
    loaded = json.loads((image / "picus.cdx.json").read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


@pytest.fixture(scope="module")
def parts(bill: dict[str, Any]) -> dict[str, Part]:
    """The Debian packages by name."""
    every = bill["components"]
    return {part["name"]: part for part in every if not part["purl"].endswith("arch=source")}


def test_it_is_cyclonedx(image: Path) -> None:
    validator = JsonStrictValidator(SchemaVersion.V1_6)
    text = (image / "picus.cdx.json").read_text(encoding="utf-8")
    assert validator.validate_str(text) is None
    assert validator.validate_str(text.replace('"type": "library"', '"type": "libary"', 1))


def test_it_is_about_this_image(bill: dict[str, Any], archive: Archive) -> None:
    told = bill["metadata"]["component"]
    assert (told["type"], told["name"]) == ("container", "picus")
    assert told["version"] == archive.settings["Labels"]["org.opencontainers.image.version"]
    assert told["hashes"] == [{"alg": "SHA-256", "content": archive.digest.removeprefix("sha256:")}]


def test_it_names_what_is_linked_or_compiled_in_and_nothing_else(parts: dict[str, Part]) -> None:
    assert set(parts) == {
        "ca-certificates",
        "libboost-container1.81-dev",
        "libboost-json1.81-dev",
        "libboost1.81-dev",
        "libc-ares-dev",
        "libc6-dev",
        "libclang-common-19-dev",
        "libgcc-12-dev",
        "liblmdb-dev",
        "libssl-dev",
        "libstdc++-12-dev",
        "libzstd-dev",
        "linux-libc-dev",
        "zlib1g-dev",
    }


def test_versions_are_those_that_are_installed(parts: dict[str, Part]) -> None:
    for name, part in parts.items():
        command = ["dpkg-query", "--show", "--showformat=${Version}\n", name]
        installed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        assert part["version"] == installed.split()[0], name


@pytest.mark.parametrize(
    ("words", "package"),
    [(rb"LMDB (\d+\.\d+\.\d+):", "liblmdb-dev"), (rb"inflate (\d+\.\d+\.\d+) ", "zlib1g-dev")],
)
def test_what_the_program_says_of_itself_is_in_the_bill(
    archive: Archive, parts: dict[str, Part], words: bytes, package: str
) -> None:
    found = re.search(words, archive.files["usr/bin/picus"])
    assert found
    upstream = parts[package]["version"].rpartition(":")[2]
    assert upstream.startswith(found[1].decode())


def test_every_part_has_a_licence(bill: dict[str, Any], parts: dict[str, Part]) -> None:
    for part in bill["components"]:
        (licence,) = part["licenses"]
        assert licence["acknowledgement"] in ("declared", "concluded")
    assert parts["libssl-dev"]["licenses"][0]["expression"] == "Apache-2.0"
    assert parts["libc6-dev"]["licenses"][0]["expression"] == "LGPL-2.1-or-later"
    assert parts["zlib1g-dev"]["licenses"][0]["expression"] == "Zlib"


def test_every_package_leads_to_its_source(bill: dict[str, Any], parts: dict[str, Part]) -> None:
    leads = {entry["ref"]: entry.get("dependsOn", []) for entry in bill["dependencies"]}
    for part in parts.values():
        sources = [ref for ref in leads[part["bom-ref"]] if ref.endswith("arch=source")]
        assert len(sources) == 1, part["name"]
