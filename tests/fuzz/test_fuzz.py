"""Fuzzers look for texts that what reads outside bytes cannot stand.

--fuzz-seconds says how long; with 0 they read the corpus only, which keeps what was ever found.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
FUZZERS = sorted(path.name.removesuffix("_fuzz.cpp") for path in HERE.glob("*_fuzz.cpp"))
MAX_BYTES = 4096
MEMORY_MIB = 2048
SLOW_SECONDS = 10  # for one text


@pytest.mark.timeout(0)
@pytest.mark.parametrize("name", FUZZERS)
def test_no_text_is_too_much_for(
    name: str, picus: Path, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    program = picus.parent / "fuzz" / f"fuzz_{name}"
    assert program.exists(), f"{program} is not there: build with the preset asan"
    found = HERE.parents[1] / "build" / "fuzz" / name
    found.mkdir(parents=True, exist_ok=True)
    seeds = list((HERE / "corpus" / name).iterdir())
    seconds = pytestconfig.getoption("--fuzz-seconds")
    done = subprocess.run(
        [
            str(program),
            f"-max_total_time={seconds}" if seconds else "-runs=0",
            *(f"-max_len={MAX_BYTES}", f"-rss_limit_mb={MEMORY_MIB}", f"-timeout={SLOW_SECONDS}"),
            *(f"-artifact_prefix={found}/", "-print_final_stats=1"),
            *(str(tmp_path), str(HERE / "corpus" / name)),
        ],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    assert done.returncode == 0, f"{done.stderr[-8000:]}\nthe text is in {found}"
    # It has read what it is to begin with, and went on from there.
    read = re.search(r"seed corpus: files: (\d+)", done.stderr)
    assert read, done.stderr
    assert int(read[1]) == len(seeds)
    runs = re.search(r"number_of_executed_units: (\d+)", done.stderr)
    assert runs, done.stderr
    assert int(runs[1]) >= len(seeds) * (100 if seconds else 1)
