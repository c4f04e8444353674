"""The packages for 64-bit Arm, made and installed on this machine."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from dist.conftest import make
from harness.version import COMMIT, VERSION

AARCH64 = 183  # EM_AARCH64 of <elf.h>


@pytest.mark.timeout(400)
def test_the_programs_are_those_of_the_other_machine_and_run_there(
    tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    out = make(tmp_path / "dist", "--architecture=arm64")
    package = out / f"picus_{VERSION}_arm64.deb"
    root = tmp_path / "root"
    subprocess.run(["dpkg-deb", "--extract", package, root], check=True)
    field = ["dpkg-deb", "--field", str(package), "Architecture"]
    assert subprocess.run(field, check=True, capture_output=True, text=True).stdout == "arm64\n"

    emulator = pytestconfig.getoption("--emulator")
    for name in ("picus", "picus-verify"):
        program = root / "usr" / "bin" / name
        head = program.read_bytes()[:20]
        assert head[:4] == b"\x7fELF"
        assert int.from_bytes(head[18:20], "little") == AARCH64
        done = subprocess.run(
            [emulator, program, "--version"], check=True, capture_output=True, text=True
        )
        assert re.fullmatch(rf"{name} {re.escape(VERSION)}{COMMIT}\n", done.stdout)
    names = {path.name for path in out.iterdir()}
    assert names == {
        "SHA256SUMS",
        package.name,
        f"picus-{VERSION}-linux-arm64.tar.gz",
        "picus-linux-arm64.cdx.json",
    }
