"""The memory of the coroutine that every request runs."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

REUSED_BYTES = 1020
"""Boost.Asio keeps no larger frame of a coroutine for the next one."""


def test_the_frame_of_a_request_is_small_enough_to_be_reused(picus: Path, tmp_path: Path) -> None:
    """A larger one comes from malloc() for each request: 6 % more instructions for a get."""
    build = picus.parent
    (unit,) = [
        unit
        for unit in build.glob("src/api/CMakeFiles/picus_api.dir/Unity/*.cxx")
        if "/src/api/api.cpp" in unit.read_text()
    ]
    commands = subprocess.run(
        ["ninja", "-t", "commands", f"{unit.relative_to(build)}.o"],
        cwd=build,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    words = [word for word in shlex.split(commands.splitlines()[-1]) if word != "ccache"]
    for option in ("-o", "-MF"):
        words[words.index(option) + 1] = str(tmp_path / f"unit{option}")
    compiled = subprocess.run(
        [*words, "-Rpass=coro-split"], cwd=build, check=True, capture_output=True, text=True
    ).stderr
    (size,) = re.findall(r"Split '_ZN5picus3Api6handleE\w+' \(frame_size=(\d+)", compiled)
    assert int(size) <= REUSED_BYTES, "Api::handle keeps more than before while it waits"
