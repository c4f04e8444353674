"""wrk, and what it found."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from harness.answers import WrongAnswerError
from harness.bench import Bench


@dataclass(frozen=True)
class Requests:
    """What every connection asks for, over and over."""

    port: int
    path: str
    connections: int = 64
    headers: dict[str, str] = field(default_factory=dict)
    post: Path | None = None
    """The file with the body of each request."""
    refused: bool = False
    """Every answer must be an error (404); else none may be."""
    scheme: str = "http"


@dataclass(frozen=True)
class WrkResult:
    requests_per_second: float
    p50_us: float
    p99_us: float
    requests: int


def wrk(bench: Bench, requests: Requests, seconds: float) -> WrkResult:
    """One thread of wrk on the load's core."""
    command = ["wrk", "-t1", f"-c{requests.connections}", f"-d{round(seconds)}s"]
    command += ["--timeout", "30s", "-s", str(bench.sources / "wrk.lua")]
    for name, value in requests.headers.items():
        command += ["-H", f"{name}: {value}"]
    command += [f"{requests.scheme}://127.0.0.1:{requests.port}{requests.path}", "--"]
    if requests.post:
        command.append(str(requests.post))
    run = subprocess.run(bench.on_load_core(command), stdout=subprocess.PIPE, check=True, text=True)
    result = json.loads(run.stdout.rsplit("result ", 1)[1])
    refused = result["refused"]
    wrong = result["requests"] - refused if requests.refused else refused
    if wrong or result["socket_errors"] or not result["requests"]:
        raise WrongAnswerError(f"{requests.path}: {wrong} wrong answers: {result}")
    return WrkResult(
        result["requests"] * 1e6 / result["duration_us"],
        result["p50_us"],
        result["p99_us"],
        result["requests"],
    )
