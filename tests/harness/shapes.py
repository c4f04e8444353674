"""The shapes that Picus comes in. Every contract test runs, unchanged, on each that can do it."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from harness.client import Client
from harness.dynamodb import CREDENTIALS, DynamoDbLocal
from harness.process import PicusProcess

# What a test may need of a shape: @pytest.mark.needs(RAW_SOCKETS).
RAW_SOCKETS = "raw_sockets"  # the bytes a test sends reach Picus as they are
OWN_PROCESS = "own_process"  # `server.process` is there: log, memory, signals
OPTIONS = "options"  # `picus serve` takes command line options
RESTART = "restart"  # a second server can be started on the data of a first one
LOOPBACK = "loopback"  # it is reached by a loopback address, without authentication
DIRECTORY = "directory"  # `server.process.data` is the directory that has the items
SAME_TEXT = "same_text"  # members come back in their order, and numbers in their spelling
CAPABILITIES = (RAW_SOCKETS, OWN_PROCESS, OPTIONS, RESTART, LOOPBACK, DIRECTORY, SAME_TEXT)


class Server:
    """Something that answers the contract at `url`."""

    def __init__(self, url: str, process: PicusProcess | None = None) -> None:
        self.url = url
        self.client = Client(url)
        self._process = process

    @property
    def process(self) -> PicusProcess:
        assert self._process, "a test that looks at the process needs OWN_PROCESS"
        return self._process


class Shape(ABC):
    """A way to run Picus. Instances live as long as the test session."""

    name: ClassVar[str]
    capabilities: ClassVar[frozenset[str]]
    # Fixtures of the session that the constructor takes after the directory, in this order.
    parts: ClassVar[tuple[str, ...]] = ()

    def __init__(self, binary: Path, directory: Path) -> None:
        self.binary = binary
        self.directory = directory

    @abstractmethod
    def start(
        self, *options: str, env: dict[str, str] | None = None, data: Path | None = None
    ) -> Server:
        """A server with an empty store, or with that in `data` (RESTART)."""

    @abstractmethod
    def stop(self, server: Server) -> None:
        """Stops it and asserts that it went well. Does nothing where it is not running any more."""

    def close(self) -> None:  # noqa: B027
        """Takes away what its servers left where it outlives the session."""


class ServerOnLmdb(Shape):
    """`picus serve` on the embedded store."""

    name = "server-lmdb"
    capabilities = frozenset(CAPABILITIES)

    def __init__(self, binary: Path, directory: Path) -> None:
        super().__init__(binary, directory)
        self._numbers = itertools.count(1)

    def start(
        self, *options: str, env: dict[str, str] | None = None, data: Path | None = None
    ) -> Server:
        where = data or self.directory / f"data-{next(self._numbers)}"
        process = PicusProcess(self.binary, where, *options, env=env)
        return Server(process.url, process)

    def stop(self, server: Server) -> None:
        if server.process.running():
            server.process.stop()


class ServerOnDynamoDb(Shape):
    """`picus serve` on a table of its own in DynamoDB Local. A path stands for the table."""

    name = "server-dynamodb"
    capabilities = frozenset(CAPABILITIES) - {DIRECTORY, SAME_TEXT}
    parts = ("dynamodb",)

    def __init__(self, binary: Path, directory: Path, dynamodb: DynamoDbLocal) -> None:
        super().__init__(binary, directory)
        self._dynamodb = dynamodb
        self._tables: dict[Path, str] = {}

    def start(
        self, *options: str, env: dict[str, str] | None = None, data: Path | None = None
    ) -> Server:
        where = data or self.directory / f"table-{len(self._tables) + 1}"
        if where not in self._tables:
            self._tables[where] = self._dynamodb.create_table()
        table = self._dynamodb.options(self._tables[where])
        environment = CREDENTIALS | (env or {})
        process = PicusProcess(self.binary, where, *table, *options, env=environment)
        return Server(process.url, process)

    def stop(self, server: Server) -> None:
        if server.process.running():
            server.process.stop()

    def close(self) -> None:
        for table in self._tables.values():
            self._dynamodb.delete_table(table)


SHAPES: dict[str, type[Shape]] = {shape.name: shape for shape in (ServerOnLmdb, ServerOnDynamoDb)}
