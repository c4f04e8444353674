"""Where servers listen of which one takes over from another."""

from __future__ import annotations

from harness.process import PicusProcess


def listen(*urls: str) -> tuple[str, str]:
    """The option with which a server listens where others do already."""
    return "--listen", ",".join(url.removeprefix("http://") for url in urls)


def urls_of(server: PicusProcess, count: int) -> list[str]:
    """Where it listens, once it has said so `count` times."""
    said = server.out
    said.wait_for(lambda _: len(said.lines()) >= count, 30, f"{count} lines")
    return [line.removeprefix("listening on ") for line in said.lines()]
