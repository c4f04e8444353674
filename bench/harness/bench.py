"""What all figures share: where things are, how long a round lasts, the servers to start."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from harness.answers import exchange, expect
from harness.processes import Server, free_port, nginx_config, pinned

ITEM_BYTES = 1024
LIST_ITEM_BYTES = 512
BULK_ITEM_BYTES = 200
DISCARD_PORT = 9
"""Nobody listens there."""

Measured = TypeVar("Measured")


@dataclass(frozen=True)
class Scale:
    """How much of everything."""

    rounds: int
    seconds: float
    list_items: int
    bulk_items: int
    starts: int
    idle_connections: int


@dataclass
class Bench:
    picus: Path
    tools: Path
    """The folder with the rivals and bench_load."""
    sources: Path
    """The folder that this program is in."""
    scratch: Path
    """On the disk that is measured; removed at the end."""
    scale: Scale
    server_core: int
    load_core: int
    _seeded: Path | None = field(default=None, init=False)

    def say(self, text: str) -> None:
        print(text, flush=True)

    def folder(self, name: str) -> Path:
        return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.scratch))

    # The servers.

    def picus_command(self, data: Path, listen: str = "127.0.0.1:0") -> list[str]:
        return [str(self.picus), "serve", "--listen", listen, "--data", str(data)]

    def start_picus(
        self, data: Path | None = None, *options: object, listen: str = "127.0.0.1:0"
    ) -> Server:
        command = self.picus_command(data or self.folder("data"), listen)
        command += map(str, options)
        return Server(command, self.server_core, self.scratch / "picus.log")

    def start_epoll(self, answer: bytes) -> Server:
        return Server(
            [str(self.tools / "bench_epoll"), str(self._answer_file(answer))],
            self.server_core,
            self.scratch / "bench_epoll.log",
        )

    def start_epoll_log(self, answer: bytes) -> Server:
        log = self.folder("epoll-log") / "records"
        return Server(
            [str(self.tools / "bench_epoll_log"), str(log), str(self._answer_file(answer))],
            self.server_core,
            self.scratch / "bench_epoll_log.log",
        )

    def start_nginx(
        self, body: bytes, files: dict[str, Path] | None = None, upstream: int = DISCARD_PORT
    ) -> Server:
        """/fixed answers the body; / is answered by what listens on `upstream`; every other path is
        a file: /static.json holds the body too."""
        prefix = self.folder("nginx")
        (prefix / "files").mkdir()
        (prefix / "files" / "static.json").write_bytes(body)
        for name, path in (files or {}).items():
            (prefix / "files" / name).symlink_to(path)
        port = free_port()
        config = prefix / "nginx.conf"
        template = self.sources / "nginx.conf.in"
        config.write_text(nginx_config(template, port, prefix, body.decode(), upstream))
        command = ["nginx", "-e", "stderr", "-p", str(prefix), "-c", str(config)]
        return Server(command, self.server_core, self.scratch / "nginx.log", port)

    def _answer_file(self, answer: bytes) -> Path:
        path = self.folder("answer") / "answer"
        path.write_bytes(answer)
        return path

    # Loads and items.

    def tool(self, name: str, *arguments: object, core: int | None = None) -> dict[str, float]:
        """Runs one of our programs to its end, on the load's core unless told; what it prints."""
        command = [str(self.tools / name), *map(str, arguments)]
        command = pinned(self.load_core if core is None else core, command)
        run = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
        printed: dict[str, float] = json.loads(run.stdout)
        return printed

    def on_load_core(self, command: list[str]) -> list[str]:
        return pinned(self.load_core, command)

    def load_command(self, *arguments: object) -> list[str]:
        """The command of a load of our own, pinned."""
        return self.on_load_core([str(self.tools / "bench_load"), *map(str, arguments)])

    def item(self, item_bytes: int) -> bytes:
        """The text of item-00000000."""
        path = self.folder("item") / "item.json"
        self.write_items(path, 1, item_bytes)
        return path.read_bytes().rstrip(b"\n")

    def write_items(self, path: Path, items: int, item_bytes: int) -> None:
        """One on each line."""
        command = [str(self.tools / "bench_load"), "items", "--items", str(items)]
        subprocess.run([*command, "--item-bytes", str(item_bytes), str(path)], check=True)

    def seed(self, port: int, items: int, item_bytes: int, *more: str) -> dict[str, float]:
        """One bulk put of items through the server."""
        sizes = ["--items", items, "--item-bytes", item_bytes]
        return self.tool(
            "bench_load", "bulk", "--port", port, "--path", "/picus/put", *sizes, *more
        )

    def seeded(self) -> Path:
        """A data directory with the list's items, made once."""
        if self._seeded is None:
            self._seeded = self.folder("seeded")
            with self.start_picus(self._seeded) as picus:
                self.seed(picus.port, self.scale.list_items, LIST_ITEM_BYTES)
                expect(
                    exchange(picus.port, "GET", "/picus/get/item-00000000"),
                    200,
                    self.item(LIST_ITEM_BYTES),
                )
        return self._seeded

    def forget(self, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)

    def interleaved(
        self, candidates: dict[str, Callable[[float], Measured]]
    ) -> dict[str, list[Measured]]:
        """Each candidate once to warm up, then A B C A B C …: round n of one is compared with
        round n of another, so that what the machine does meanwhile meets both. A candidate is told
        for how long to run."""
        for candidate in candidates.values():
            candidate(min(1.0, self.scale.seconds))
        measured: dict[str, list[Measured]] = {name: [] for name in candidates}
        for _ in range(self.scale.rounds):
            for name, candidate in candidates.items():
                measured[name].append(candidate(self.scale.seconds))
        return measured
