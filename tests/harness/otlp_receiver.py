"""A receiver of traces with OTLP over HTTP, which reads them with the official decoder."""

from __future__ import annotations

import gzip
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1 import trace_pb2

from harness import leaks
from harness.http_server import Answer, HttpServer, Request

WAIT_SECONDS = 60
KINDS = {1: "INTERNAL", 2: "SERVER", 3: "CLIENT"}


def plain(value: AnyValue) -> Any:
    name = value.WhichOneof("value")
    assert name, "an attribute without a value"
    if name == "array_value":
        return [plain(one) for one in value.array_value.values]
    return getattr(value, name)


@dataclass(frozen=True)
class Span:
    """As the receiver got it."""

    trace: str
    id: str
    parent: str  # empty: none
    name: str
    kind: str
    begin: int  # nanoseconds since 1970
    end: int
    failed: bool
    state: str
    flags: int
    attributes: dict[str, Any]
    resource: dict[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.attributes[name]


@dataclass(frozen=True)
class Post:
    """A request to the receiver. Names of headers are in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes
    spans: list[Span]


def rejecting(spans: int, message: str) -> Answer:
    partial = ExportTracePartialSuccess(rejected_spans=spans, error_message=message)
    return Answer(body=ExportTraceServiceResponse(partial_success=partial).SerializeToString())


def attributes_of(pairs: Any) -> dict[str, Any]:
    names = [pair.key for pair in pairs]
    assert len(set(names)) == len(names), f"an attribute twice: {names}"
    return {pair.key: plain(pair.value) for pair in pairs}


def span_of(span: trace_pb2.Span, resource: dict[str, Any]) -> Span:
    assert len(span.trace_id) == 16
    assert len(span.span_id) == 8
    assert span.start_time_unix_nano <= span.end_time_unix_nano
    assert span.name
    return Span(
        trace=span.trace_id.hex(),
        id=span.span_id.hex(),
        parent=span.parent_span_id.hex(),
        name=span.name,
        kind=KINDS[span.kind],
        begin=span.start_time_unix_nano,
        end=span.end_time_unix_nano,
        failed=span.status.code == trace_pb2.Status.STATUS_CODE_ERROR,
        state=span.trace_state,
        flags=span.flags,
        attributes=attributes_of(span.attributes),
        resource=resource,
    )


def decoded(body: bytes) -> list[Span]:
    request = ExportTraceServiceRequest.FromString(body)
    return [
        span_of(span, attributes_of(of_process.resource.attributes))
        for of_process in request.resource_spans
        for of_scope in of_process.scope_spans
        for span in of_scope.spans
    ]


class OtlpReceiver(HttpServer):
    """`reply` decides on each request, and may wait in it; spans count as received where it
    returns 200. Where it returns nothing, the connection ends without a response."""

    def __init__(
        self,
        reply: Callable[[Post], Answer | None] = lambda _: Answer(),
        tls: ssl.SSLContext | None = None,
        port: int = 0,
    ) -> None:
        self.reply = reply
        self.over = threading.Event()  # ends what a reply waits for
        self._posts: list[Post] = []
        self._received: list[Span] = []
        self._changed = threading.Condition()
        super().__init__(self._take, tls, port)

    @property
    def posts(self) -> list[Post]:
        with self._changed:
            return list(self._posts)

    @property
    def spans(self) -> list[Span]:
        with self._changed:
            return list(self._received)

    def wait_for(self, found: Callable[[list[Span]], bool], what: str = "spans") -> list[Span]:
        """The spans so far, once they have what is wanted."""
        with self._changed:
            done = self._changed.wait_for(lambda: found(self._received), WAIT_SECONDS)
            names = [(span.name, span.parent) for span in self._received[-20:]]
            assert done, f"no {what} in {names}"
            return list(self._received)

    def wait_for_spans(self, count: int) -> list[Span]:
        """All that were received, which are so many."""
        return self.wait_for(lambda received: len(received) >= count, f"{count} spans")

    def wait_for_posts(self, count: int) -> list[Post]:
        with self._changed:
            done = self._changed.wait_for(lambda: len(self._posts) >= count, WAIT_SECONDS)
            assert done, f"{len(self._posts)} of {count} requests"
            return list(self._posts)

    def trace_of(self, request_id: str, spans: int) -> list[Span]:
        """All spans of the trace of a request, that of the request first, the others by time."""

        def root(received: list[Span]) -> Span | None:
            named = (s for s in received if s.attributes.get("picus.request_id") == request_id)
            return next(named, None)

        def complete(received: list[Span]) -> bool:
            first = root(received)
            return first is not None and sum(s.trace == first.trace for s in received) >= spans

        received = self.wait_for(complete, f"{spans} spans of the request {request_id}")
        first = root(received)
        assert first
        of_trace = [span for span in received if span.trace == first.trace]
        assert len(of_trace) == spans, [span.name for span in of_trace]
        for span in of_trace:
            assert first.begin <= span.begin <= span.end <= first.end, (first, span)
        others = sorted((s for s in of_trace if s is not first), key=lambda span: span.begin)
        return [first, *others]

    def stop(self) -> None:
        self.over.set()
        super().stop()

    def _take(self, request: Request) -> Answer | None:
        assert request.method == "POST"
        assert request.headers["content-type"] == "application/x-protobuf"
        is_compressed = request.headers.get("content-encoding") == "gzip"
        body = gzip.decompress(request.body) if is_compressed else request.body
        leaks.search(body, "spans")
        spans = decoded(body)
        post = Post(request.target, request.headers, request.body, spans)
        with self._changed:
            self._posts.append(post)
            self._changed.notify_all()
        answer = self.reply(post)
        if answer and answer.status == 200:
            with self._changed:
                self._received.extend(post.spans)
                self._changed.notify_all()
        return answer
