"""The image for 64-bit Arm, made on this machine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.container import build_image
from image.archives import Archive

AARCH64 = 183  # EM_AARCH64 of <elf.h>
PROGRAM = "usr/bin/picus"

# It builds the image twice, each time with all packages.
pytestmark = pytest.mark.timeout(400)


def test_it_differs_by_its_program_and_by_whose_packages_that_is_made_of(
    image: Path, archive: Archive, tmp_path: Path
) -> None:
    for engine in ("buildah", "podman"):
        done = build_image(tmp_path / engine, "--architecture=arm64", f"--engine={engine}")
        assert done.returncode == 0, done.stderr
    made = Archive(tmp_path / "podman" / "picus.tar")
    assert made.digest == Archive(tmp_path / "buildah" / "picus.tar").digest

    assert made.config["architecture"] == "arm64"
    assert made.settings == archive.settings
    program = made.files[PROGRAM]
    assert program[:4] == b"\x7fELF"
    assert int.from_bytes(program[18:20], "little") == AARCH64
    assert {**made.files, PROGRAM: b""} == {**archive.files, PROGRAM: b""}
    assert sum(map(len, made.files.values())) < 12_000_000

    def packages(bill: Path) -> list[str]:
        parts = json.loads((bill / "picus.cdx.json").read_text(encoding="utf-8"))["components"]
        return sorted(part["purl"] for part in parts if "arch=source" not in part["purl"])

    ours = packages(tmp_path / "podman")
    # The compiler's own headers are those of the machine that compiles.
    foreign = [name.replace("arch=amd64", "arch=arm64") for name in packages(image)]
    assert sorted(n.replace("arch=amd64", "arch=arm64") for n in ours) == sorted(foreign)
    assert [name for name in ours if "arch=amd64" in name and "libclang-common" not in name] == []
