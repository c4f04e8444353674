"""How fast does `picus import` read a JSON array, against the same items as NDJSON?"""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from harness.answers import WrongAnswerError
from harness.bench import BULK_ITEM_BYTES, Bench
from harness.results import Figure, at_least, at_most

KIB_OF_MIB = 1024


@dataclass(frozen=True)
class Run:
    rate: float
    """Items a second, with the start and the end of the process."""
    peak_mib: float


def run_of(bench: Bench, file: Path, items: int) -> Run:
    data = bench.folder("imported")
    words = [str(bench.picus), "import", "--create", "--data", str(data), str(file)]
    began = time.monotonic()
    process = subprocess.Popen(
        bench.on_load_core(words), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr
    report = process.stderr.read().decode()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - began
    bench.forget(data)
    if process.returncode != 0 or f"({items} created" not in report:
        raise WrongAnswerError(f"the import of {file.name} says {report[-200:]!r}")
    return Run(items / seconds, used.ru_maxrss / KIB_OF_MIB)


def measure(bench: Bench) -> list[Figure]:
    items = bench.scale.bulk_items
    folder = bench.folder("imports")
    lines, array, tenth = folder / "lines", folder / "array.json", folder / "tenth.json"
    bench.write_items(lines, items, BULK_ITEM_BYTES)
    text = lines.read_bytes().rstrip(b"\n")
    array.write_bytes(b"[" + text.replace(b"\n", b",\n") + b"]\n")
    a_tenth = text.split(b"\n", items // 10)[: items // 10]
    tenth.write_bytes(b"[" + b",\n".join(a_tenth) + b"]\n")
    runs = bench.interleaved(
        {
            "array": lambda _: run_of(bench, array, items),
            "lines": lambda _: run_of(bench, lines, items),
            "tenth": lambda _: run_of(bench, tenth, items // 10),
        }
    )
    bench.forget(folder)
    name = f"import of a JSON array of {items:,} items of 200 B".replace(",", " ")
    growth = [
        whole.peak_mib - part.peak_mib
        for whole, part in zip(runs["array"], runs["tenth"], strict=True)
    ]
    return [
        Figure(
            name,
            "items/s",
            [run.rate for run in runs["array"]],
            "the same items as NDJSON",
            [run.rate for run in runs["lines"]],
            at_least(0.7),
        ),
        Figure(
            "the same: peak memory, less that of a tenth", "MiB", growth, goal=at_most(16, "MiB")
        ),
    ]
