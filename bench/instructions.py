#!/usr/bin/env python3
"""Counts the instructions that Picus executes for each request, with callgrind.

The count does not depend on what else the machine does: it shows a change of 1 % where times do
not. System calls, and waiting for them, are not in it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import socket
import subprocess
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from harness.answers import Answer, expect, receive
from harness.results import number, table_of
from harness.services import TABLE, aws_environment

ROOT = Path(__file__).resolve().parent.parent
ITEM_BYTES, BULK_ITEM_BYTES = 1024, 200
BULK_ITEMS = 10_000
PAGE_ITEMS = 25
WARM = 50
SPANS_SENT_SECONDS = 2.5
TOKEN = "picus_" + "0" * 43 + "DbmFfO"
"""An API token: its last characters are a check sum."""
BROWSER = {
    "Connection": "keep-alive",
    "Cache-Control": "max-age=0",
    "sec-ch-ua": '"Chromium";v="142", "Not_A Brand";v="99"',
    "sec-ch-ua-mobile": "?0",
    "sec-ch-ua-platform": '"Linux"',
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Safari/537.36",
    "Accept": "*/*",
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-Mode": "cors",
    "Sec-Fetch-Dest": "empty",
    "Accept-Language": "en-GB,en;q=0.9",
}
"""What Chromium sends with a fetch()."""


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    status: int
    """Of the right response."""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def text(self) -> bytes:
        lines = [f"{self.method} {self.path} HTTP/1.1", "Host: 127.0.0.1:8080"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if self.body:
            lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + self.body


class Picus:
    """A server under callgrind with one thread, and one connection to it."""

    def __init__(
        self,
        picus: Path,
        folder: Path,
        running: ExitStack,
        endpoint: int | None = None,
        access: str = "",
        options: tuple[str, ...] = (),
    ) -> None:
        """`endpoint`: the port where DynamoDB is; None: with a new store in the folder.
        `access`: the configuration of tokens; empty: requests need none. `options`: others."""
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        variables = {**os.environ, **({"PICUS_AUTH": access} if access else {})}
        command = ["valgrind", "--quiet", "--tool=callgrind", "--callgrind-out-file=counts"]
        command += [str(picus), "serve", "--listen", "127.0.0.1:0", "--threads", "1"]
        command += [*(["--table", TABLE] if endpoint else ["--data", "data"]), *options]
        with (folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                command,
                cwd=folder,
                env={**variables, **(aws_environment(endpoint) if endpoint else {})},
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        running.callback(end, self._process)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line.startswith("listening on http://"):
            raise RuntimeError(f"{picus} did not start: {(folder / 'log').read_text()[-1000:]}")
        address = ("127.0.0.1", int(line.rsplit(":", 1)[1]))
        self._connection = running.enter_context(socket.create_connection(address, timeout=120))
        self._dumps = 0

    def send(self, request: Request) -> Answer:
        self._connection.sendall(request.text())
        return receive(self._connection)

    def instructions(
        self, requests: list[Request], warm: int, after_seconds: float = 0
    ) -> int | None:
        """Of all requests but the first `warm` ones, and of what the process does so long after
        them. None: this Picus answers the first one with another status."""
        for request in requests[:warm]:
            if self.send(request).status != request.status:
                return None
        self._control("--zero")
        for request in requests[warm:]:
            expect(self.send(request), request.status)
        time.sleep(after_seconds)
        self._control("--dump")
        self._dumps += 1
        text = (self._folder / f"counts.{self._dumps}").read_text()
        found = re.search(r"^totals: (\d+)$", text, re.MULTILINE)
        if not found:
            raise RuntimeError("callgrind wrote no total")
        return int(found[1])

    def _control(self, word: str) -> None:
        command = ["callgrind_control", word, str(self._process.pid)]
        subprocess.run(command, check=True, capture_output=True, timeout=120)


def end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    process.wait(120)


def item(key: str, item_bytes: int) -> str:
    text = f'{{"id":"{key}","count":12345.67,"flags":[true,false,null],"text":""}}'
    return text[:-2] + "x" * (item_bytes - len(text)) + text[-2:]


def bulk(kind: str, count: int) -> tuple[Request, Request]:
    """A small one to warm up, and the one that counts."""

    def body(name: str, items: int) -> bytes:
        texts = [item(f"{kind}-{name}-{number:08}", BULK_ITEM_BYTES) for number in range(items)]
        return ("\n".join(texts) if kind == "line" else f"[{','.join(texts)}]").encode()

    headers = {"Content-Type": "application/x-ndjson" if kind == "line" else "application/json"}
    warm, counted = body("warm", 100), body("counted", count)
    return (
        Request("POST", "/picus/put", 200, headers, warm),
        Request("POST", "/picus/put", 200, headers, counted),
    )


def start_endpoint(program: Path, running: ExitStack) -> int:
    """DynamoDB with prepared responses; its port."""
    command = [str(program), str(PAGE_ITEMS), str(ITEM_BYTES), "meta"]
    endpoint = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    running.callback(end, endpoint)
    assert endpoint.stdout is not None
    return int(endpoint.stdout.readline().rsplit(":", 1)[1])


def each(server: Picus, kinds: dict[str, Request], requests: int) -> dict[str, float | None]:
    counts: dict[str, float | None] = {}
    for name, request in kinds.items():
        found = server.instructions([request] * (WARM + requests), WARM)
        counts[name] = None if found is None else found / requests
    return counts


def on_dynamodb(picus: Path, program: Path, requests: int, folder: Path) -> dict[str, float | None]:
    with ExitStack() as running:
        server = Picus(picus, folder, running, start_endpoint(program, running))
        get = Request("GET", "/picus/get/item-00000000", 200)
        match = {"If-Match": expect(server.send(get), 200).headers["etag"]}
        put = Request("POST", "/picus/put", 201, body=item("item-00000000", ITEM_BYTES).encode())
        remove = Request("DELETE", "/picus/item-00000000", 200)
        kinds = {
            "get of 1 KiB": get,
            "put of 1 KiB": put,
            "put of 1 KiB, If-Match": replace(put, status=200, headers=match),
            "delete": remove,
            "delete, If-Match": replace(remove, headers=match),
            f"list of {PAGE_ITEMS} of 1 KiB": Request("GET", "/picus/list?limit=1000", 200),
        }
        found = each(server, kinds, requests)
    return {f"DynamoDB, {name}": count for name, count in found.items()}


def with_a_token(picus: Path, requests: int, folder: Path) -> float | None:
    """A get by an API token, which the server has verified before."""
    entry = {"name": "bench", "sha256": hashlib.sha256(TOKEN.encode()).hexdigest()}
    access = json.dumps({"tokens": [entry | {"scopes": "items:read items:write"}]})
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    with ExitStack() as running:
        server = Picus(picus, folder, running, access=access)
        put = Request("POST", "/picus/put", 201, bearer, item("one", ITEM_BYTES).encode())
        expect(server.send(put), 201)
        get = Request("GET", "/picus/get/one", 200, bearer)
        return each(server, {"get": get}, requests)["get"]


class Receiver(BaseHTTPRequestHandler):
    """Accepts spans."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


def observed(picus: Path, requests: int, folder: Path) -> dict[str, float | None]:
    """A get with metrics, and with one request in twenty traced. Spans are sent in the
    background, every second: that is counted too, over more requests."""
    receiver = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    metrics = ("--admin-listen", "127.0.0.1:0")
    traces: tuple[str, ...] = ("--otlp-endpoint", f"http://127.0.0.1:{receiver.server_port}")
    traces += ("--trace-sample", "0.05")
    put = Request("POST", "/picus/put", 201, body=item("one", ITEM_BYTES).encode())
    get = Request("GET", "/picus/get/one", 200)
    counts: dict[str, float | None] = {}
    for name, options in {
        "": (),
        ", with metrics": metrics,
        ", 1 in 20 traced": traces,
        ", with both": metrics + traces,
    }.items():
        with ExitStack() as running:
            server = Picus(picus, folder / str(len(counts)), running, options=options)
            expect(server.send(put), 201)
            found = server.instructions([get] * (WARM + 10 * requests), WARM, SPANS_SENT_SECONDS)
        counts[f"get of 1 KiB over seconds{name}"] = (
            None if found is None else found / 10 / requests
        )
    receiver.shutdown()
    return counts


def on_lmdb(picus: Path, requests: int, folder: Path) -> dict[str, float | None]:
    get = Request("GET", "/picus/get/one", 200)
    put = Request("POST", "/picus/put", 201, body=item("one", ITEM_BYTES).encode())
    with ExitStack() as running:
        server = Picus(picus, folder, running)
        etag = expect(server.send(put), 201).headers["etag"]
        new = item("", ITEM_BYTES).replace('"id":"",', "").encode()
        kinds = {
            "get of 1 KiB": get,
            "the same, with the headers of a browser": replace(get, headers=BROWSER),
            "get, not modified (304)": replace(get, status=304, headers={"If-None-Match": etag}),
            "get of an absent key (404)": Request("GET", "/picus/get/two", 404),
            "put of 1 KiB, a new item": replace(put, body=new),
            "put of 1 KiB, If-Match: *": replace(put, status=200, headers={"If-Match": "*"}),
            "delete of an absent key (404)": Request("DELETE", "/picus/two", 404),
            f"list, a page of {PAGE_ITEMS} of 1 KiB": Request(
                "GET", f"/picus/list?limit={PAGE_ITEMS}", 200
            ),
        }
        counts = each(server, kinds, requests)
        for kind in ("line", "element"):
            found = server.instructions(list(bulk(kind, BULK_ITEMS)), 1)
            name = f"bulk put, {kind} of {BULK_ITEM_BYTES} B"
            counts[name] = None if found is None else found / BULK_ITEMS
    counts["get of 1 KiB, with a token"] = with_a_token(picus, requests, folder / "token")
    return counts | observed(picus, requests, folder / "observed")


def cells(name: str, counts: list[float | None]) -> list[str]:
    numbers = ["not supported" if count is None else number(count) for count in counts]
    if len(counts) == 1:
        return [name, *numbers]
    ours, rival = counts
    return [name, *numbers, f"{ours / rival:.3f}" if ours and rival else ""]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("picus", type=Path, nargs="?", default=ROOT / "build" / "release" / "picus")
    parser.add_argument("--against", type=Path, help="another picus, an older one")
    parser.add_argument(
        "--dynamodb",
        action="store_true",
        help="on DynamoDB, with prepared responses (of bench_tools, in the same build)",
    )
    parser.add_argument("--requests", type=int, default=500, help="counted requests of each kind")
    parser.add_argument("--keep", type=Path, help="a new folder for callgrind's files, one a kind")
    given = parser.parse_args()
    programs = [given.picus.resolve()] + ([given.against.resolve()] if given.against else [])
    counts = []
    with ExitStack() as running:
        kept = given.keep or Path(running.enter_context(tempfile.TemporaryDirectory()))
        for place, picus in enumerate(programs):
            folder = kept.resolve() / str(place)
            folder.mkdir(parents=True)
            if given.dynamodb:
                program = programs[0].parent / "bench" / "bench_dynamodb"
                counts.append(on_dynamodb(picus, program, given.requests, folder))
            else:
                counts.append(on_lmdb(picus, given.requests, folder))
    header = ["instructions of one", "Picus", *(["the other", "ratio"] if given.against else [])]
    print(table_of(header, [cells(name, [c[name] for c in counts]) for name in counts[0]]))


if __name__ == "__main__":
    main()
