"""The spans of a server on the embedded store are what its clients asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from harness.access import bearer, configuration, entry, new_token
from harness.client import Client, unique
from harness.otlp_receiver import OtlpReceiver, Span
from harness.process import PicusProcess
from harness.wire import Wire, get
from traces.conftest import Start

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLER = "00f067aa0ba902b7"
SAMPLED, IS_REMOTE = 0x1, 0x200
OF_A_REQUEST = {
    "http.request.method",
    "url.scheme",
    "http.response.status_code",
    "network.protocol.version",
    "server.address",
    "server.port",
    "user_agent.original",
    "picus.request_id",
}
ROUTED = {*OF_A_REQUEST, "http.route"}
COMMITTED = {*ROUTED, "picus.commit.wait", "picus.commit.sync"}


@pytest.fixture(scope="module")
def server(
    picus: Path, tmp_path_factory: pytest.TempPathFactory, shared: OtlpReceiver
) -> Iterator[PicusProcess]:
    directory = tmp_path_factory.mktemp("traced")
    options = ("--otlp-endpoint", shared.url, "--trace-sample", "1", "--service-name", "shop")
    running = PicusProcess(picus, directory / "data", *options)
    yield running
    running.stop()


def asked(
    server: PicusProcess, receiver: OtlpReceiver, method: str, path: str, **headers: str
) -> Span:
    """The only span of a request."""
    name = unique("request")
    given = {"X-Request-Id": name, "User-Agent": "a shop/1", **headers}
    body = b'{"id":"one"}' if method == "POST" else None
    answer = Client(server.url).request(method, path, body, given)
    (span,) = receiver.trace_of(name, 1)
    assert span["http.response.status_code"] == answer.status
    line = server.log_line(request_id=name)
    assert (line["trace_id"], line["span_id"]) == (span.trace, span.id)
    assert span.end - span.begin >= line["duration_us"] * 1000
    return span


@pytest.mark.parametrize(
    ("method", "path", "name", "status", "attributes"),
    [
        ("POST", "/picus/put", "POST /picus/put", (201, 409), COMMITTED),
        ("GET", "/picus/get/one", "GET /picus/get/{key}", (200, 404), ROUTED),
        ("GET", "/picus/list?limit=3", "GET /picus/list", (200,), ROUTED),
        ("DELETE", "/picus/none", "DELETE /picus/{key}", (404,), COMMITTED),
        ("GET", "/livez", "GET /livez", (200,), ROUTED),
        ("GET", "/of/nobody", "GET", (404,), OF_A_REQUEST),
        ("PUT", "/picus/put", "PUT /picus/put", (405,), ROUTED),
        ("BREW", "/", "HTTP /", (405,), {*ROUTED, "http.request.method_original"}),
    ],
)
def test_a_request_is_one_span(
    server: PicusProcess,
    shared: OtlpReceiver,
    method: str,
    path: str,
    name: str,
    status: tuple[int, ...],
    attributes: set[str],
) -> None:
    span = asked(server, shared, method, path)
    assert (span.name, span.kind, span.parent, span.failed) == (name, "SERVER", "", False)
    assert span["http.response.status_code"] in status
    assert span.attributes.keys() == attributes
    assert span["http.request.method"] == (method if method != "BREW" else "_OTHER")
    assert span["url.scheme"] == "http"
    assert span["network.protocol.version"] == "1.1"
    address = urlsplit(server.url)
    assert (span["server.address"], span["server.port"]) == (address.hostname, address.port)
    assert span["user_agent.original"] == "a shop/1"
    assert span.flags & (SAMPLED | IS_REMOTE) == SAMPLED
    if "picus.commit.sync" in attributes:
        seconds = (span.end - span.begin) / 1e9
        assert span["picus.commit.wait"] >= 0
        assert 0 < span["picus.commit.wait"] + span["picus.commit.sync"] < seconds


def test_the_resource_is_the_process(server: PicusProcess, shared: OtlpReceiver) -> None:
    resource = asked(server, shared, "GET", "/livez").resource
    assert resource["service.name"] == "shop"
    assert resource["service.version"] == resource["telemetry.sdk.version"]
    assert len(resource["service.instance.id"]) == 36
    assert resource == asked(server, shared, "GET", "/livez").resource


def test_a_clients_trace_goes_on(server: PicusProcess, shared: OtlpReceiver) -> None:
    given = f"00-{TRACE}-{CALLER}-01"
    span = asked(server, shared, "GET", "/picus/list", traceparent=given, tracestate="a=1,b=2")
    assert (span.trace, span.parent, span.state) == (TRACE, CALLER, "a=1,b=2")
    assert span.flags & IS_REMOTE


def test_a_client_decides_whether_its_trace_is_recorded(
    server: PicusProcess, shared: OtlpReceiver
) -> None:
    client = Client(server.url)
    name = unique("request")
    headers = {"X-Request-Id": name, "traceparent": f"00-{TRACE}-{CALLER}-00"}
    client.request("GET", "/livez", headers=headers)
    line = server.log_line(request_id=name)
    assert line["trace"].endswith(";Sampled=0")
    assert (line["trace_id"], len(line["span_id"])) == (TRACE, 16)
    asked(server, shared, "GET", "/livez")  # one that follows has arrived
    assert line["span_id"] not in {span.id for span in shared.spans}


def test_no_span_has_a_key_a_query_or_a_token(server: PicusProcess, shared: OtlpReceiver) -> None:
    secret = unique("secret")
    client = Client(server.url)
    client.created({"id": secret, "member": secret})
    for path in (f"/picus/get/{secret}", f"/picus/get?key={secret}", f"/{secret}/{secret}"):
        asked(server, shared, "GET", path, Authorization=f"Bearer {secret}")
    asked(server, shared, "DELETE", f"/picus/{secret}", **{"If-Match": f'"{secret}"'})
    for span in shared.spans:
        assert secret not in f"{span.name} {span.attributes} {span.resource}"


def test_long_and_strange_texts_of_clients_arrive(
    server: PicusProcess, shared: OtlpReceiver
) -> None:
    span = asked(server, shared, "GET", "/livez", **{"User-Agent": "x" * 1000})
    assert span["user_agent.original"] == "x" * 256
    span = asked(server, shared, "GET", "/livez", **{"User-Agent": "caf\u00e9"})  # Latin-1
    assert span["user_agent.original"] == "caf?"


def test_without_a_ratio_only_what_clients_record_is_sent(
    start: Start, receiver: OtlpReceiver
) -> None:
    server = start("--otlp-endpoint", receiver.url, "--trace-sample", "0")
    client = Client(server.url)
    for _ in range(20):
        assert client.request("GET", "/livez").status == 200
    recorded = {"traceparent": f"00-{TRACE}-{CALLER}-01"}
    client.request("GET", "/livez", headers=recorded)
    server.stop()
    assert [span.trace for span in receiver.spans] == [TRACE]


def test_a_token_that_is_not_remembered_is_a_span(start: Start, receiver: OtlpReceiver) -> None:
    token = new_token()
    auth = {"PICUS_AUTH": configuration(entry("reader", token, "items:read"))}
    server = start("--otlp-endpoint", receiver.url, "--trace-sample", "1", env=auth)
    client = Client(server.url)
    for given, result in ((bearer(token), "ok"), (bearer(new_token()), "invalid-token")):
        name = unique("request")
        client.request("GET", "/picus/list", headers={"X-Request-Id": name, **given})
        request, check = receiver.trace_of(name, 2)
        assert (check.name, check.kind, check.parent) == ("auth", "INTERNAL", request.id)
        assert check.attributes == {"picus.auth.result": result}
    name = unique("request")
    with Wire(client) as wire:
        for more in ((), (f"X-Request-Id: {name}",)):  # on one thread, which remembers it
            wire.send(get("/picus/list", f"Authorization: Bearer {token}", *more))
            assert wire.answer().status == 200
    receiver.trace_of(name, 1)


def test_the_variables_of_opentelemetry_count(start: Start, receiver: OtlpReceiver) -> None:
    server = start(
        env={
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": receiver.url + "/as/it/is",
            "OTEL_EXPORTER_OTLP_HEADERS": "api-key=a%20b",
            "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
            "OTEL_TRACES_SAMPLER_ARG": "1.0",
            "OTEL_SERVICE_NAME": "named",
            "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=dev",
        }
    )
    Client(server.url).request("GET", "/livez")
    server.stop()
    (post,) = receiver.posts
    assert (post.path, post.headers["api-key"]) == ("/as/it/is", "a b")
    (span,) = post.spans
    assert span.resource["service.name"] == "named"
    assert span.resource["deployment.environment.name"] == "dev"
