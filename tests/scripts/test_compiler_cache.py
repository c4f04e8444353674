"""What one checkout has compiled, another one finds in the compiler's cache."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
IGNORED = "tests/ubsan.ignored"
EVERY: dict[str, dict[str, Any]] = {
    preset["name"]: preset
    for preset in json.loads((ROOT / "CMakePresets.json").read_text(encoding="utf-8"))[
        "configurePresets"
    ]
}


def merged(name: str, part: str) -> dict[str, str]:
    """The preset's own and what it inherits."""
    preset = EVERY[name]
    parent = preset.get("inherits")
    return {**(merged(parent, part) if parent else {}), **preset.get(part, {})}


class Checkout:
    """A folder with a source, which is compiled as the preset says."""

    def __init__(self, folder: Path, cache: Path, preset: str) -> None:
        def here(text: str) -> str:
            return text.replace("${sourceDir}", str(folder))

        self.folder = folder
        (folder / "build").mkdir(parents=True)
        (folder / "tests").mkdir()
        shutil.copy(ROOT / IGNORED, folder / IGNORED)
        (folder / "x.cpp").write_text("int doubled(int x) { return x + x; }\n", encoding="utf-8")
        flags = here(merged(preset, "cacheVariables").get("CMAKE_CXX_FLAGS", "")).split()
        self._command = ["ccache", "clang++-19", *flags, "-c", str(folder / "x.cpp"), "-o", "x.o"]
        given = {key: here(text) for key, text in merged(preset, "environment").items()}
        self._env = {**os.environ, **given, "CCACHE_DIR": str(cache)}

    def hits(self) -> int:
        """Compiles it: whether the cache had it."""
        log = self.folder / "ccache.log"
        subprocess.run(
            self._command,
            cwd=self.folder / "build",
            env={**self._env, "CCACHE_STATSLOG": str(log)},
            check=True,
        )
        words = log.read_text(encoding="utf-8").split()
        log.unlink()
        return words.count("direct_cache_hit") + words.count("preprocessed_cache_hit")


@pytest.mark.parametrize("preset", ["release", "asan", "tsan"])
def test_another_checkout_finds_what_was_compiled(preset: str, tmp_path: Path) -> None:
    one, other = (Checkout(tmp_path / name, tmp_path / "cache", preset) for name in ("a", "b"))
    assert one.hits() == 0
    assert other.hits() == 1


def test_what_the_sanitizer_is_to_ignore_is_part_of_what_was_compiled(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path / "a", tmp_path / "cache", "asan")
    assert checkout.hits() == 0
    assert checkout.hits() == 1
    with (checkout.folder / IGNORED).open("a", encoding="utf-8") as text:
        text.write("fun:doubled\n")
    assert checkout.hits() == 0
