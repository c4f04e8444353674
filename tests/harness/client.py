"""An HTTP client that sends exactly what it is told, and checks what every answer must have."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import json
import re
import ssl
import urllib.parse
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from harness import leaks

PATIENCE_SECONDS = 60
VISIBLE_ASCII = re.compile(r"[!-~]{1,128}")
PROBLEM_MEMBERS = {"type", "title", "status", "detail", "code", "request_id", "retryable"}
REPORT_MEMBERS = {"created", "replaced", "skipped", "failed", "errors"}
# What a client must never see: paths, source positions, words of libraries behind the API.
LEAKS = re.compile(
    r"/tmp|/home|/src/|\.cpp|\.mdb|MDB_|lmdb|errno|std::|boost|Traceback"
    r"|Exception|amazon|arn:|credential|signature|certificate|127\.0\.0\.1",
    re.IGNORECASE,
)

Headers = dict[str, str] | list[tuple[str, str]]
Body = bytes | str | Iterable[bytes] | None


def parse_exactly(text: bytes | str) -> Any:
    """JSON with every number as a Decimal: nothing is rounded on the way to a comparison."""
    return json.loads(text, parse_float=Decimal, parse_int=Decimal)


def to_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def path_of(key: str | bytes) -> str:
    """The key as one percent-encoded path segment."""
    return urllib.parse.quote(key, safe="")


def unique(prefix: str = "key") -> str:
    """A key that no other test uses."""
    return f"{prefix}-{uuid.uuid4()}"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def __getitem__(self, header: str) -> str:
        value = self.headers[header]
        assert value is not None, f"no {header} in {self.headers.items()}"
        return str(value)

    def get(self, header: str) -> str | None:
        return self.headers.get(header)

    def json(self) -> Any:
        return parse_exactly(self.body)

    @property
    def etag(self) -> str:
        return self["ETag"]

    @property
    def code(self) -> str:
        """The problem's code."""
        assert self["Content-Type"] == "application/problem+json"
        return str(self.json()["code"])


def check_answer(answer: Answer, method: str, sent: Iterable[str] = ()) -> None:
    """What the contract says of every answer. `sent`: what the client wrote in its headers."""
    leaks.search(answer.body, "the body of a response")
    leaks.search(str(answer.headers.items()), "the headers of a response")
    assert VISIBLE_ASCII.fullmatch(answer["X-Request-Id"])
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert len(answer.headers.get_all("X-Request-Id", [])) == 1
    assert len(answer.headers.get_all("Content-Type", [])) <= 1
    bodiless = method == "HEAD" or answer.status in (204, 304)
    if bodiless:
        assert answer.body == b""
    else:
        framed = [h for h in ("Content-Length", "Transfer-Encoding") if answer.get(h) is not None]
        assert len(framed) == 1, answer.headers.items()
        assert answer.get("Content-Type")
    if answer.status >= 400:
        assert answer["Content-Type"] == "application/problem+json"
        if not bodiless:
            check_problem(answer, sent)


def check_problem(answer: Answer, sent: Iterable[str] = ()) -> None:
    """RFC 9457, with exactly the members that the contract names."""
    body = answer.body
    if answer.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    problem = json.loads(body)
    further = REPORT_MEMBERS if problem["code"] == "bulk-failed" else set()
    assert set(problem) == PROBLEM_MEMBERS | further
    assert problem["type"] == f"urn:picus:problem:{problem['code']}"
    assert problem["status"] == answer.status
    assert problem["request_id"] == answer["X-Request-Id"]
    assert isinstance(problem["retryable"], bool)
    assert problem["title"]
    assert problem["detail"]
    # What the client wrote itself is in quotes.
    detail = problem["detail"]
    for value in sent:
        detail = detail.replace(json.dumps(value), "")
    assert not LEAKS.search(problem["title"] + detail), problem
    assert (answer.get("Retry-After") is not None) == (answer.status in (429, 503))


class Client:
    """A connection for each request, to a base URL. May be used from several threads."""

    def __init__(self, url: str, trust: ssl.SSLContext | None = None, token: str = "") -> None:
        """`trust`: for https; by default, the certificates of the system. `token`: sent with each
        request that brings no other."""
        parts = urllib.parse.urlsplit(url)
        assert parts.hostname, url
        assert parts.scheme in ("http", "https"), url
        self.url = url.rstrip("/")
        self.host = parts.hostname
        self.port = parts.port
        self._prefix = parts.path.rstrip("/")
        self.trust = trust
        self._own = {"Authorization": f"Bearer {token}"} if token else {}
        self._is_https = parts.scheme == "https"

    def request(
        self, method: str, target: str, body: Body = None, headers: Headers | None = None
    ) -> Answer:
        with self.stream(method, target, body, headers) as response:
            answer = Answer(response.status, response.headers, response.read())
        pairs = headers.items() if isinstance(headers, dict) else headers or []
        check_answer(answer, method, {self.authority, *(value for _, value in pairs)})
        return answer

    @property
    def authority(self) -> str:
        """The Host of a request that brings none."""
        return f"{self.host}:{self.port}" if self.port else self.host

    def connection(self) -> http.client.HTTPConnection:
        """A new one, which is not open yet."""
        if self._is_https:
            return http.client.HTTPSConnection(
                self.host, self.port, timeout=PATIENCE_SECONDS, context=self.trust
            )
        return http.client.HTTPConnection(self.host, self.port, timeout=PATIENCE_SECONDS)

    @contextlib.contextmanager
    def stream(
        self, method: str, target: str, body: Body = None, headers: Headers | None = None
    ) -> Iterator[http.client.HTTPResponse]:
        """The answer as it comes. Nothing of it is checked."""
        connection = self.connection()
        pairs = list(headers.items()) if isinstance(headers, dict) else list(headers or [])
        names = {name.lower() for name, _ in pairs}
        pairs += [(name, text) for name, text in self._own.items() if name.lower() not in names]
        try:
            connection.putrequest(
                method, self._prefix + target, skip_host="host" in names, skip_accept_encoding=True
            )
            for name, value in pairs:
                connection.putheader(name, value)
            data = body.encode() if isinstance(body, str) else body
            if data is None and method == "POST":
                data = b""
            chunked = False
            if isinstance(data, bytes):
                connection.putheader("Content-Length", str(len(data)))
            elif data is not None:
                chunked = True
                connection.putheader("Transfer-Encoding", "chunked")
            # The server may answer and stop reading before all is sent.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.endheaders(data, encode_chunked=chunked)
            response = connection.getresponse()
            yield response
            response.close()
        finally:
            connection.close()

    def put(self, item: Any, headers: Headers | None = None) -> Answer:
        """`item`: text as it is, or something to be made JSON of."""
        body = item if isinstance(item, (bytes, str)) else to_json(item)
        return self.request("POST", "/picus/put", body, headers)

    def bulk(self, lines: Body, query: str = "", headers: dict[str, str] | None = None) -> Answer:
        kind = {"Content-Type": "application/x-ndjson"}
        return self.request("POST", f"/picus/put{query}", lines, kind | (headers or {}))

    def get(self, key: str | bytes, headers: Headers | None = None, query: str = "") -> Answer:
        return self.request("GET", f"/picus/get/{path_of(key)}{query}", headers=headers)

    def head(self, key: str | bytes, headers: Headers | None = None) -> Answer:
        return self.request("HEAD", f"/picus/get/{path_of(key)}", headers=headers)

    def delete(self, key: str | bytes, headers: Headers | None = None) -> Answer:
        return self.request("DELETE", f"/picus/{path_of(key)}", headers=headers)

    def list(self, query: str = "", headers: Headers | None = None) -> Answer:
        return self.request("GET", f"/picus/list{query}", headers=headers)

    def created(self, item: Any, headers: Headers | None = None) -> Answer:
        """A put that has to answer 201."""
        answer = self.put(item, headers)
        assert answer.status == 201, answer
        return answer


def serves(client: Client, key: str) -> None:
    """Every operation works."""
    assert client.put({"id": key}).status == 201
    assert client.get(key).status == 200
    assert client.list("?limit=1").status == 200
    assert client.bulk(to_json({"id": f"{key}-bulk"})).json()["created"] == 1
    assert client.delete(key).status == 200
    for path in ("/livez", "/readyz", "/"):
        assert client.request("GET", path).status == 200
