"""With authentication on, each operation on items takes a token with its scope, and no other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.access import EVERY_SCOPE, SCOPES, bearer, configuration, entry, new_token
from harness.client import Answer, Client, path_of, unique
from harness.shapes import (
    LOOPBACK,
    OWN_PROCESS,
    PREFLIGHT,
    RAW_SOCKETS,
    REPEATED_PARAMETERS,
    REPEATS,
    Server,
    Shape,
)
from harness.wire import Wire, request

pytestmark = pytest.mark.transport

TOKENS = {scope: new_token() for scope in EVERY_SCOPE}
ALL = new_token()
ALSO_ALL = new_token()
EXPIRED = new_token()
UNKNOWN = new_token()
CONFIGURATION = configuration(
    *(entry(scope.replace(":", "-"), token, scope) for scope, token in TOKENS.items()),
    entry("all", ALL, " ".join(EVERY_SCOPE)),
    entry("also-all", ALSO_ALL, " ".join(EVERY_SCOPE)),
    entry("expired", EXPIRED, " ".join(EVERY_SCOPE), expires="2020-01-31T00:00:00Z"),
)


@pytest.fixture(scope="module")
def guarded(shape: Shape) -> Iterator[Server]:
    """A server that knows these tokens."""
    running = shape.start(env={"PICUS_AUTH": CONFIGURATION})
    yield running
    shape.stop(running)


@pytest.fixture
def closed(guarded: Server) -> Client:
    return guarded.client


def ask(client: Client, operation: str, headers: dict[str, str]) -> Answer:
    """A request that would succeed, or find nothing, with the right to it."""
    method, path = operation.split()
    key = unique()
    target = path.replace("{key}", key)
    if path in ("/picus/get", "/picus"):
        target += f"?key={path_of(key)}"
    return client.request(method, target, b"{}" if method == "POST" else None, headers)


@pytest.mark.parametrize("operation", SCOPES)
def test_an_operation_takes_its_scope_alone(closed: Client, operation: str) -> None:
    needed = SCOPES[operation]
    for scope, token in {**TOKENS, "all": ALL}.items():
        answer = ask(closed, operation, bearer(token))
        if scope in (needed, "all"):
            assert answer.status in (200, 201, 404), scope
            continue
        assert answer.status == 403, scope
        challenge = f'Bearer realm="picus", error="insufficient_scope", scope="{needed}"'
        assert answer["WWW-Authenticate"] == challenge
        if not operation.startswith("HEAD"):
            assert answer.code == "insufficient-scope"
            assert answer.json()["detail"].endswith(f"{needed}.")


@pytest.mark.parametrize("operation", SCOPES)
def test_an_operation_takes_no_bad_token(closed: Client, operation: str) -> None:
    texts = {UNKNOWN: "The token is not valid", EXPIRED: "The token has expired"}
    texts[ALL[:-1]] = texts[ALL + "0"] = texts["a.b.c"] = "The token is not valid"
    for token, text in texts.items():
        answer = ask(closed, operation, bearer(token))
        assert answer.status == 401
        assert answer["WWW-Authenticate"] == (
            f'Bearer realm="picus", error="invalid_token", error_description="{text}"'
        )
    for headers in ({}, {"Authorization": f"Basic {ALL}"}, {"Authorization": ALL}):
        answer = ask(closed, operation, headers)
        assert answer.status == 401
        assert answer["WWW-Authenticate"] == 'Bearer realm="picus"'
        if not operation.startswith("HEAD"):
            assert answer.code == "unauthenticated"


def test_what_is_not_about_items_takes_no_token(closed: Client) -> None:
    for target in ("/", "/livez", "/readyz", "/openapi.json"):
        for headers in ({}, bearer(UNKNOWN)):
            assert closed.request("GET", target, headers=headers).status == 200


@pytest.mark.needs(PREFLIGHT)
def test_options_take_no_token(closed: Client) -> None:
    for target in ("/picus/list", "/picus/put", "/readyz/store"):
        assert closed.request("OPTIONS", target).status == 204


def test_the_scheme_has_any_case(closed: Client) -> None:
    for scheme in ("bearer", "BEARER", "bEaReR"):
        assert closed.list(headers={"Authorization": f"{scheme} {ALL}"}).status == 200


def test_the_order_of_errors(closed: Client) -> None:
    assert closed.request("GET", "/nowhere").status == 404
    assert closed.request("DELETE", "/readyz").status == 405
    assert closed.list("?limit=x").status == 401
    assert closed.list("?limit=x", bearer(TOKENS["items:write"])).status == 403
    assert closed.list("?limit=x", bearer(ALL)).code == "invalid-parameter"
    assert closed.put(b"no JSON").status == 401
    assert closed.put(b"no JSON", bearer(ALL)).code == "invalid-json"
    assert closed.put({}, {"If-Match": "nonsense"}).status == 401


def test_a_token_in_the_query_is_400(closed: Client) -> None:
    for headers in ({}, bearer(ALL)):
        for query in (f"?access_token={ALL}", f"?acc%65ss_token={ALL}"):
            answer = closed.list(query, headers)
            assert (answer.status, answer.code) == (400, "bad-request")


@pytest.mark.needs(REPEATED_PARAMETERS)
def test_two_tokens_in_the_query_are_400(closed: Client) -> None:
    answer = closed.list(f"?access_token={ALL}&access_token={ALL}")
    assert (answer.status, answer.code) == (400, "bad-request")


def test_a_token_in_the_place_of_a_key_or_a_name_is_not_repeated(closed: Client) -> None:
    """`check_answer` looks for it."""
    for target in (f"/picus/get/{ALL}", f"/picus/{ALL}", f"/{ALL}", f"/picus/list?{ALL}=1"):
        assert closed.request("GET", target, headers=bearer(ALL)).status in (400, 404, 405)


@pytest.mark.needs(REPEATS)
def test_two_tokens_are_400(closed: Client) -> None:
    value = f"Bearer {ALL}"
    answer = closed.request(
        "GET", "/picus/list", headers=[("Authorization", value), ("authorization", value)]
    )
    assert (answer.status, answer.code) == (400, "bad-request")


def test_idempotency_keys_of_different_callers_never_meet(closed: Client) -> None:
    key = {"Idempotency-Key": unique()}
    first = closed.put({"a": 1}, key | bearer(ALL))
    assert first.status == 201
    other = closed.put({"a": 2}, key | bearer(ALSO_ALL))
    assert other.status == 201
    assert first.json()["id"] != other.json()["id"]
    again = closed.put({"a": 1}, key | bearer(ALL))
    assert (again.status, again["Idempotency-Replayed"]) == (201, "true")
    assert again.json() == first.json()


@pytest.mark.needs(LOOPBACK)
def test_any_host_is_served(closed: Client) -> None:
    headers = bearer(ALL) | {"Host": "picus.example"}
    assert closed.request("GET", "/picus/list", headers=headers).status == 200
    assert closed.request("GET", "/picus/list", headers={"Host": "a b"}).status == 400


ALLOWED = f"Bearer {ALL}"
POOR = f"Authorization: Bearer {TOKENS['items:write']}"
# What would succeed if anything but the route and the header Authorization counted.
ESCAPES = {
    "another method by a header": request("GET", "/picus/list", POOR, "X-HTTP-Method: POST"),
    "a method override": request("GET", "/picus/list", POOR, "X-HTTP-Method-Override: POST"),
    "HEAD": request("HEAD", "/picus/list", POOR),
    "an absolute target": request("GET", "http://localhost/picus/list", POOR),
    "an escaped path": request("GET", "/picus/%6Cist", POOR),
    "a token of a proxy": request("GET", "/picus/list", f"Proxy-Authorization: {ALLOWED}"),
    "a cookie": request("GET", "/picus/list", f"Cookie: access_token={ALL}"),
    "a user in the target": request("GET", f"http://a:{ALL}@localhost/picus/list"),
    "a folded header": request("GET", "/picus/list", f"Authorization: Bearer\r\n {ALL}"),
    "a folded second header": request("GET", "/picus/list", f"A: b\r\n Authorization: {ALLOWED}"),
    "a space before the colon": request("GET", "/picus/list", f"Authorization : {ALLOWED}"),
    "a better second token": request("GET", "/picus/list", POOR, f"authorization: {ALLOWED}"),
    "an empty second header": request(
        "GET", "/picus/list", f"Authorization: {ALLOWED}", "Authorization:"
    ),
    "a list of tokens": request("GET", "/picus/list", f"{POOR}, {ALLOWED}"),
    "a tab": request("GET", "/picus/list", f"Authorization: Bearer\t{ALL}"),
    "a line feed": request("GET", "/picus/list", f"A: b\nAuthorization: {ALLOWED}"),
    "a trailer": request("POST", "/picus/put", "Transfer-Encoding: chunked")
    + f"2\r\n{{}}\r\n0\r\nAuthorization: {ALLOWED}\r\n\r\n".encode(),
    "a form": request("POST", "/picus/put", body=f"access_token={ALL}".encode()),
    "a request before it": request("GET", "/livez", f"Authorization: {ALLOWED}")
    + request("GET", "/picus/list"),
}


@pytest.mark.needs(RAW_SOCKETS)
@pytest.mark.parametrize("escape", ESCAPES)
def test_no_spelling_of_a_request_reaches_more_than_its_token_permits(
    closed: Client, escape: str
) -> None:
    with Wire(closed) as wire:
        wire.send(ESCAPES[escape])
        if escape == "a request before it":
            assert wire.answer().status == 200
        assert wire.answer("HEAD" if escape == "HEAD" else "GET").status in (400, 401, 403)


@pytest.mark.needs(RAW_SOCKETS)
def test_a_body_is_not_asked_for_without_a_token(closed: Client) -> None:
    with Wire(closed) as wire:
        wire.send(request("POST", "/picus/put", "Expect: 100-continue", "Content-Length: 5"))
        assert wire.answer().status == 401


@pytest.mark.needs(RAW_SOCKETS)
@pytest.mark.parametrize(("size", "goes_on"), [(60_000, True), (10_000_000, False)])
def test_a_small_body_without_a_token_is_read_and_a_large_one_ends_the_connection(
    closed: Client, size: int, *, goes_on: bool
) -> None:
    with Wire(closed) as wire:
        wire.send(request("POST", "/picus/put", f"Content-Length: {size}"))
        if goes_on:
            wire.send(b"x" * size)
        answer = wire.answer()
        assert answer.status == 401
        assert (answer.get("Connection") != "close") == goes_on
        if goes_on:
            wire.send(request("GET", "/livez"))
            assert wire.answer().status == 200


@pytest.mark.needs(OWN_PROCESS)
def test_the_log_names_the_caller_and_no_token(guarded: Server) -> None:
    sent = {"X-Request-Id": unique()}
    assert guarded.client.list(headers=sent | bearer(ALL)).status == 200
    line = guarded.process.log_line(request_id=sent["X-Request-Id"])
    assert line["principal"] == "all"
    sent = {"X-Request-Id": unique()}
    assert guarded.client.list(headers=sent | bearer(UNKNOWN)).status == 401
    line = guarded.process.log_line(request_id=sent["X-Request-Id"])
    assert line["error"] == "unauthenticated"
    assert line["detail"] == "an API token that is not in the configuration"
    assert "principal" not in line
    # A token that comes where it does not belong.
    guarded.client.list(f"?access_token={ALL}")
    guarded.client.list(f"?{ALL}=1", bearer(ALL))
    guarded.client.request("GET", f"/picus/get/{ALL}")
    guarded.client.request("GET", f"/{ALL}")
    sent = {"X-Request-Id": unique()}
    guarded.client.list(headers=sent)
    guarded.process.log_line(request_id=sent["X-Request-Id"])
    log = "\n".join(guarded.process.err.lines() + guarded.process.out.lines())
    for token in (ALL, ALSO_ALL, EXPIRED, UNKNOWN, *TOKENS.values()):
        assert token not in log
