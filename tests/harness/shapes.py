"""The shapes that Picus comes in. Every contract test runs, unchanged, on each that can do it."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from harness.access import EVERY_SCOPE, configuration, entry, new_token
from harness.balancer import Balancer
from harness.certificates import Authority
from harness.client import Client
from harness.container import Container, ContainerHost
from harness.deployment import Deployment
from harness.dynamodb import CREDENTIALS, DynamoDbLocal
from harness.lambda_events import (
    ALB,
    ALB_MULTI_VALUE,
    FUNCTION_URL,
    HTTP_API_1,
    HTTP_API_2,
    REST_API,
)
from harness.lambda_gateway import Gateway
from harness.lambda_ministack import LambdaHost
from harness.lambda_process import LambdaProcess, variables_of
from harness.process import PicusProcess
from harness.roles import Roles
from harness.runtime_api import RuntimeApi

# What a test may need of a shape: @pytest.mark.needs(RAW_SOCKETS).
RAW_SOCKETS = "raw_sockets"  # the bytes a test sends reach Picus as they are
OWN_PROCESS = "own_process"  # `server.process` is there: log, memory, signals
OPTIONS = "options"  # `picus serve` takes command line options
RESTART = "restart"  # a second server can be started on the data of a first one
BESIDE = "beside"  # also while the first one runs
LOOPBACK = "loopback"  # it is reached by a loopback address, without authentication
PLAIN_HTTP = "plain_http"  # it is reached without TLS
DIRECTORY = "directory"  # `server.process.data` is the directory that has the items
SAME_TEXT = "same_text"  # members come back in their order, and numbers in their spelling
# What a server has and some sources of Lambda events have not; docs/lambda.md says which, and why.
STREAMING = "streaming"  # bodies of any size, both ways, a list in pieces
COMPRESSION = "compression"  # answers are compressed by Picus itself
HEAD_LENGTH = "head_length"  # HEAD tells the length of what GET answers
WRITTEN_PATHS = "written_paths"  # a path reaches Picus percent-encoded as the client wrote it
WRITTEN_QUERIES = "written_queries"  # so does a query
REPEATS = "repeats"  # a header or parameter that comes twice reaches Picus as two
REPEATED_PARAMETERS = "repeated_parameters"  # a parameter that comes twice does
# What AWS's sources of events have, and some of ministack's have not.
PERCENT_IN_PATHS = "percent_in_paths"  # a key's % reaches Picus as one, by a path
PERCENT_IN_QUERIES = "percent_in_queries"  # and by a query, and so does a +
WRITTEN_METHODS = "written_methods"  # a method reaches Picus as the client wrote it
PREFLIGHT = "preflight"  # OPTIONS reaches Picus, and nobody else adds CORS's fields
ANY_BYTES = "any_bytes"  # a body that is no UTF-8 reaches Picus
BARE_ANSWERS = "bare_answers"  # no header is added that tells of a body
NAMELESS = "nameless"  # no program on the way tells its name
ENCODED_PATHS = "encoded_paths"  # what a path has percent-encoded
FAST = "fast"  # thousands of items or requests are a matter of seconds
ONE_PROGRAM = "one_program"  # what gets a path knows every operation
SERVER_CAPABILITIES = (
    *(RAW_SOCKETS, OWN_PROCESS, OPTIONS, LOOPBACK, PLAIN_HTTP, DIRECTORY, SAME_TEXT),
)
CAPABILITIES = (
    *SERVER_CAPABILITIES,
    RESTART,
    BESIDE,
    STREAMING,
    COMPRESSION,
    HEAD_LENGTH,
    WRITTEN_PATHS,
    WRITTEN_QUERIES,
    REPEATS,
    REPEATED_PARAMETERS,
    PERCENT_IN_PATHS,
    PERCENT_IN_QUERIES,
    WRITTEN_METHODS,
    PREFLIGHT,
    ANY_BYTES,
    BARE_ANSWERS,
    NAMELESS,
    ENCODED_PATHS,
    FAST,
    ONE_PROGRAM,
)
# Of every source of events at AWS.
OF_EVENTS = frozenset(
    {
        RESTART,
        BESIDE,
        PERCENT_IN_PATHS,
        PERCENT_IN_QUERIES,
        WRITTEN_METHODS,
        PREFLIGHT,
        ANY_BYTES,
        BARE_ANSWERS,
        NAMELESS,
        ENCODED_PATHS,
        FAST,
        ONE_PROGRAM,
    }
)


class Server:
    """Something that answers the contract at `url`."""

    def __init__(
        self,
        url: str,
        data: Path,
        process: PicusProcess | None = None,
        authority: Authority | None = None,
        token: str = "",
    ) -> None:
        self.url = url
        self.data = data  # names its store, for a second server (RESTART)
        self.tls = authority.client() if authority else None
        self.client = Client(url, self.tls, token)
        # What other programs need to trust it.
        self.trust = {"REQUESTS_CA_BUNDLE": str(authority.bundle)} if authority else {}
        self.token = token  # which the client sends; empty: none
        self._process = process

    def with_token(self, token: str) -> Server:
        """The same for a client that sends a token."""
        return Server(self.url, self.data, self._process, token=token)

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
    # It serves only the client of the tests: of other programs' tests, none runs on it.
    only_contract: ClassVar[bool] = False
    # All its servers have one store, which a start empties.
    one_store: ClassVar[bool] = False

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
        return Server(process.url, where, process)

    def stop(self, server: Server) -> None:
        if server.process.running():
            server.process.stop()


class ServerOverTls(ServerOnLmdb):
    """The same, reached over TLS."""

    name = "server-tls"
    capabilities = frozenset(CAPABILITIES) - {PLAIN_HTTP}

    def __init__(self, binary: Path, directory: Path) -> None:
        super().__init__(binary, directory)
        self._authority = Authority(directory)
        self._pair = self._authority.issue()

    def start(
        self, *options: str, env: dict[str, str] | None = None, data: Path | None = None
    ) -> Server:
        plain = super().start(*self._pair.options, *options, env=env, data=data)
        return Server(plain.url, plain.data, plain.process, self._authority)


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
        return Server(process.url, where, process)

    def stop(self, server: Server) -> None:
        if server.process.running():
            server.process.stop()

    def close(self) -> None:
        for table in self._tables.values():
            self._dynamodb.delete_table(table)


class ImageOnLmdb(Shape):
    """A container of the image, its items in a directory that is mounted."""

    name = "image-lmdb"
    # Each is process 1 of its own space, and LMDB tells its users apart by their process ids.
    capabilities = frozenset(CAPABILITIES) - {BESIDE}
    parts = ("container_host",)

    def __init__(self, binary: Path, directory: Path, host: ContainerHost) -> None:
        super().__init__(binary, directory)
        self._host = host
        self._numbers = itertools.count(1)

    def start(
        self, *options: str, env: dict[str, str] | None = None, data: Path | None = None
    ) -> Server:
        where = data or self.directory / f"data-{next(self._numbers)}"
        container = Container(self._host, where, *options, env=env)
        return Server(container.url, where, container)

    def stop(self, server: Server) -> None:
        if server.process.running():
            server.process.stop()


class LambdaShape(Shape):
    """The function on DynamoDB Local; the Runtime API and the events are the test tree's."""

    name = "lambda"
    capabilities = frozenset()
    parts = ("dynamodb",)
    source: ClassVar[str]

    def __init__(self, binary: Path, directory: Path, dynamodb: DynamoDbLocal) -> None:
        super().__init__(binary, directory)
        self._dynamodb = dynamodb
        self._tables: dict[Path, str] = {}
        self._running: dict[str, tuple[Gateway, LambdaProcess, RuntimeApi]] = {}

    def start(
        self, *options: str, env: dict[str, str] | None = None, data: Path | None = None
    ) -> Server:
        assert not options, "a function takes no options"
        where = data or self.directory / f"table-{len(self._tables) + 1}"
        if where not in self._tables:
            self._tables[where] = self._dynamodb.create_table()
        variables = variables_of(self._dynamodb, self._tables[where]) | (env or {})
        api = RuntimeApi()
        bootstrap = self.binary.with_name("bootstrap")
        function = LambdaProcess(bootstrap, self.directory, api, variables)
        gateway = Gateway(self.source, api)
        self._running[gateway.url] = (gateway, function, api)
        return Server(gateway.url, where)

    def stop(self, server: Server) -> None:
        running = self._running.pop(server.url, None)
        if running is None:
            return
        gateway, function, api = running
        gateway.stop()
        function.stop()
        api.stop()

    def close(self) -> None:
        for table in self._tables.values():
            self._dynamodb.delete_table(table)


WRITTEN = OF_EVENTS | {WRITTEN_PATHS, WRITTEN_QUERIES, REPEATED_PARAMETERS}


class LambdaAlb(LambdaShape):
    name = "lambda-alb"
    source = ALB
    capabilities = OF_EVENTS | {WRITTEN_PATHS, WRITTEN_QUERIES}


class LambdaAlbMultiValue(LambdaShape):
    name = "lambda-alb-multi"
    source = ALB_MULTI_VALUE
    capabilities = WRITTEN | {REPEATS}


class LambdaRestApi(LambdaShape):
    name = "lambda-rest-api"
    source = REST_API
    capabilities = (WRITTEN | {REPEATS}) - {WRITTEN_QUERIES}


class LambdaHttpApi1(LambdaShape):
    name = "lambda-http-api-1"
    source = HTTP_API_1
    capabilities = OF_EVENTS | {REPEATS, REPEATED_PARAMETERS}


class LambdaHttpApi2(LambdaShape):
    name = "lambda-http-api-2"
    source = HTTP_API_2
    capabilities = OF_EVENTS | {WRITTEN_QUERIES, REPEATED_PARAMETERS}


class LambdaFunctionUrl(LambdaShape):
    name = "lambda-function-url"
    source = FUNCTION_URL
    capabilities = WRITTEN


class MinistackShape(Shape):
    """The packed function on DynamoDB Local, invoked by a data plane of ministack."""

    name = "ministack"
    capabilities = frozenset()
    parts = ("dynamodb", "lambda_host")
    front: ClassVar[str]  # the method of LambdaHost that makes it

    def __init__(
        self, binary: Path, directory: Path, dynamodb: DynamoDbLocal, host: LambdaHost
    ) -> None:
        super().__init__(binary, directory)
        self._dynamodb = dynamodb
        self._host = host
        self._tables: dict[Path, str] = {}

    def start(
        self, *options: str, env: dict[str, str] | None = None, data: Path | None = None
    ) -> Server:
        assert not options, "a function takes no options"
        where = data or self.directory / f"table-{len(self._tables) + 1}"
        if where not in self._tables:
            self._tables[where] = self._dynamodb.create_table()
        function = self._host.create_function(self._tables[where], env or {})
        return Server(getattr(self._host, self.front)(*function), where)

    def stop(self, server: Server) -> None:
        """Nothing of it runs between two invocations."""

    def close(self) -> None:
        for table in self._tables.values():
            self._dynamodb.delete_table(table)


class MinistackAlb(MinistackShape):
    name = "ministack-alb"
    front = "behind_load_balancer"
    capabilities = frozenset({RESTART, BESIDE, ANY_BYTES, ENCODED_PATHS, ONE_PROGRAM, FAST})


class MinistackAlbMultiValue(MinistackShape):
    name = "ministack-alb-multi"
    front = "behind_multi_value_load_balancer"
    capabilities = MinistackAlb.capabilities | {REPEATED_PARAMETERS}


class MinistackFunctionUrl(MinistackShape):
    name = "ministack-function-url"
    front = "behind_function_url"
    capabilities = frozenset(
        {
            RESTART,
            BESIDE,
            ANY_BYTES,
            ENCODED_PATHS,
            ONE_PROGRAM,
            FAST,
            PREFLIGHT,
            PERCENT_IN_QUERIES,
            REPEATED_PARAMETERS,
        }
    )


class MinistackHttpApi(MinistackShape):
    name = "ministack-http-api"
    front = "behind_http_api"
    capabilities = frozenset(
        {
            RESTART,
            BESIDE,
            ANY_BYTES,
            ENCODED_PATHS,
            ONE_PROGRAM,
            FAST,
            PERCENT_IN_PATHS,
            PERCENT_IN_QUERIES,
            REPEATED_PARAMETERS,
        }
    )


class MinistackRestApi(MinistackShape):
    name = "ministack-rest-api"
    front = "behind_rest_api"
    capabilities = frozenset(
        {
            RESTART,
            BESIDE,
            ENCODED_PATHS,
            ONE_PROGRAM,
            FAST,
            PREFLIGHT,
            PERCENT_IN_PATHS,
            PERCENT_IN_QUERIES,
            REPEATED_PARAMETERS,
        }
    )


class InRoles(Shape):
    """Server and function, each with the rights of its role, on a table of ministack."""

    name = "roles"
    capabilities = frozenset(
        {
            *(OF_EVENTS - {RESTART, BESIDE, FAST, ONE_PROGRAM}),
            *(STREAMING, COMPRESSION, HEAD_LENGTH),
            *(WRITTEN_PATHS, WRITTEN_QUERIES, REPEATS, REPEATED_PARAMETERS),
        }
    )
    parts = ("roles",)
    one_store = True

    def __init__(self, binary: Path, directory: Path, roles: Roles) -> None:
        super().__init__(binary, directory)
        self._roles = roles
        self._running: dict[str, Deployment] = {}

    def start(
        self, *options: str, env: dict[str, str] | None = None, data: Path | None = None
    ) -> Server:
        """There is one table, which its rights are for: it is emptied."""
        assert not options, "a function takes no options"
        assert data is None, "no second server starts on what is there"
        self._roles.empty_table()
        running = Deployment(self.binary, self.directory, self._roles, env or {})
        self._running[running.url] = running
        return Server(running.url, self.directory)

    def stop(self, server: Server) -> None:
        running = self._running.pop(server.url, None)
        if running:
            running.stop()

    def close(self) -> None:
        refused = [call for call in self._roles.recorder.calls() if not call.allowed]
        assert not refused, "they did more than their roles may"


class BehindBalancer(Shape):
    """Server and function behind the rules of our load balancer, which is ministack's."""

    name = "ministack-balancer"
    capabilities = frozenset({ANY_BYTES})
    parts = ("balancer",)
    one_store = True

    def __init__(self, binary: Path, directory: Path, balancer: Balancer) -> None:
        super().__init__(binary, directory)
        self._balancer = balancer

    def start(
        self, *options: str, env: dict[str, str] | None = None, data: Path | None = None
    ) -> Server:
        """There is one table, which is emptied, and one way in: an earlier server has to wait."""
        assert not options, "a function takes no options"
        assert data is None, "no second server starts on what is there"
        process = self._balancer.start(env or {})
        return Server(self._balancer.url, self.directory, process)

    def stop(self, server: Server) -> None:
        if server.process.running():
            self._balancer.end(server.process)


class WithTokens(Shape):
    """A shape with authentication: the client has a token for everything."""

    only_contract = True
    base: ClassVar[type[Shape]]

    def start(
        self, *options: str, env: dict[str, str] | None = None, data: Path | None = None
    ) -> Server:
        if "PICUS_AUTH" in (env or {}):
            return self.base.start(self, *options, env=env, data=data)
        token = new_token()
        own = {"PICUS_AUTH": configuration(entry("all", token, " ".join(EVERY_SCOPE)))}
        server = self.base.start(self, *options, env=own | (env or {}), data=data)
        return server.with_token(token)


class TokensOnLmdb(WithTokens, ServerOnLmdb):
    base = ServerOnLmdb
    name = "tokens-lmdb"
    capabilities = ServerOnLmdb.capabilities - {RAW_SOCKETS, LOOPBACK, OPTIONS}


class TokensOnDynamoDb(WithTokens, ServerOnDynamoDb):
    base = ServerOnDynamoDb
    name = "tokens-dynamodb"
    capabilities = ServerOnDynamoDb.capabilities - {RAW_SOCKETS, LOOPBACK, OPTIONS}


class TokensOnLambda(WithTokens, LambdaAlbMultiValue):
    base = LambdaAlbMultiValue
    name = "tokens-lambda"


SERVERS: tuple[type[Shape], ...] = (
    ServerOnLmdb,
    ServerOnDynamoDb,
    ServerOverTls,
    ImageOnLmdb,
)
FUNCTIONS: tuple[type[Shape], ...] = (
    LambdaAlb,
    LambdaAlbMultiValue,
    LambdaRestApi,
    LambdaHttpApi1,
    LambdaHttpApi2,
    LambdaFunctionUrl,
)
PACKED: tuple[type[Shape], ...] = (
    MinistackAlb,
    MinistackAlbMultiValue,
    MinistackFunctionUrl,
    MinistackHttpApi,
    MinistackRestApi,
)
# The references of harness/tiers.py.
AUTHENTICATED: tuple[type[Shape], ...] = (TokensOnLmdb, TokensOnDynamoDb, TokensOnLambda)
DEPLOYED: tuple[type[Shape], ...] = (InRoles, BehindBalancer)
SHAPES: dict[str, type[Shape]] = {
    shape.name: shape for shape in (*SERVERS, *FUNCTIONS, *PACKED, *AUTHENTICATED, *DEPLOYED)
}
