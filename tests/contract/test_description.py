"""openapi.yaml says what the contract says, and the server does what openapi.yaml says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from harness.access import SCOPES
from harness.client import Answer, Client, unique
from harness.shapes import FAST, LOOPBACK, ONE_PROGRAM, WRITTEN_PATHS, Server

pytestmark = pytest.mark.transport

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
DOCUMENT = ROOT / "openapi.yaml"
Json = dict[str, Any]

# Every way to succeed, and every refusal that belongs to the request's own path and method.
OPERATIONS = {
    "GET /": {200, 304, 412},
    "HEAD /": {200, 304, 412},
    "GET /livez": {200},
    "HEAD /livez": {200},
    "GET /readyz": {200, 503},
    "HEAD /readyz": {200, 503},
    "GET /readyz/store": {200, 503},
    "HEAD /readyz/store": {200, 503},
    "POST /picus/put": {200, 201, 409, 412, 413, 415, 422, 503, 504, 507},
    "GET /picus/get/{key}": {200, 304, 404, 412, 503, 504},
    "HEAD /picus/get/{key}": {200, 304, 404, 412, 503, 504},
    "GET /picus/get": {200, 304, 404, 412, 503, 504},
    "HEAD /picus/get": {200, 304, 404, 412, 503, 504},
    "GET /picus/list": {200, 503, 504},
    "HEAD /picus/list": {200, 503, 504},
    "DELETE /picus/{key}": {200, 404, 412, 503, 504, 507},
    "DELETE /picus": {200, 404, 412, 503, 504, 507},
    "GET /openapi.json": {200, 304, 412},
    "HEAD /openapi.json": {200, 304, 412},
    "GET /docs": {200, 304, 404, 412},
    "HEAD /docs": {200, 304, 404, 412},
}
ANY_REQUEST = {400, 403, 408, 414, 431, 500}

PROBLEMS = {
    400: "invalid-json duplicate-name invalid-key invalid-cursor invalid-parameter bad-request",
    401: "unauthenticated",
    403: "insufficient-scope cross-origin host-not-allowed",
    404: "not-found",
    405: "method-not-allowed",
    408: "request-timeout",
    409: "already-exists",
    412: "precondition-failed",
    413: "body-too-large item-too-large",
    414: "uri-too-long",
    415: "unsupported-encoding",
    422: "not-an-object invalid-id invalid-number invalid-name reserved-name too-deep"
    " idempotency-mismatch bulk-failed",
    431: "headers-too-large",
    500: "internal store-damaged",
    503: "overloaded store-unavailable throttled draining auth-unavailable",
    504: "deadline-exceeded",
    507: "store-full",
}
CODES = {code: status for status, codes in PROBLEMS.items() for code in codes.split()}


@pytest.fixture(scope="session")
def document() -> Json:
    loaded: Json = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
    return loaded


def resolved(document: Json, node: Json) -> Json:
    while "$ref" in node:
        target = document
        for name in node["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        node = target
    return node


def operations(document: Json) -> Iterator[tuple[str, Json]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                yield f"{method.upper()} {path}", operation


def answers(document: Json) -> Iterator[tuple[str, int, Json]]:
    for name, operation in operations(document):
        for status, answer in operation["responses"].items():
            yield name, int(status), resolved(document, answer)


def described_codes(answer: Json) -> set[str]:
    """The codes that the answer's problem document may have."""
    (schema,) = (media["schema"] for media in answer["content"].values())
    _, narrowed = schema["allOf"]
    code = narrowed["properties"]["code"]
    return set(code.get("enum", [code.get("const")]))


def program_problems() -> dict[str, tuple[str, int, bool]]:
    """Title, status and whether to retry, of every code that the program knows."""
    source = (ROOT / "src" / "core" / "error.cpp").read_text(encoding="utf-8")
    rows = re.findall(r'return \{"([a-z-]+)", "([^"]+)", (\d+), (true|false)\};', source)
    return {code: (title, int(status), retry == "true") for code, title, status, retry in rows}


def test_the_server_serves_the_description_of_the_repository(
    client: Client, document: Json
) -> None:
    answer = client.request("GET", "/openapi.json")
    assert (answer.status, answer["Content-Type"]) == (200, "application/json")
    assert json.loads(answer.body) == document
    known = client.request("GET", "/openapi.json", headers={"If-None-Match": answer.etag})
    assert known.status == 304


def test_it_is_valid_openapi_3_1(document: Json) -> None:
    assert re.fullmatch(r"3\.1\.\d", document["openapi"])
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_its_version_is_that_of_the_server(client: Client, document: Json) -> None:
    assert client.request("GET", "/").json()["version"] == document["info"]["version"]


def test_every_route_is_described_with_every_status(document: Json) -> None:
    options = {f"OPTIONS {path}": {204} for path in document["paths"]}
    options["OPTIONS /docs"] = {204, 404}  # not every server has it
    wanted = {name: found | ANY_REQUEST for name, found in (OPERATIONS | options).items()}
    for name in SCOPES:
        wanted[name].add(401)
    described: dict[str, set[int]] = {}
    for name, status, _ in answers(document):
        described.setdefault(name, set()).add(status)
    assert described == wanted


def test_every_scope_is_described(document: Json) -> None:
    described = {
        name: operation["security"]
        for name, operation in operations(document)
        if "security" in operation
    }
    # It may be off.
    assert described == {name: [{}, {"bearer": [scope]}] for name, scope in SCOPES.items()}


def test_every_problem_code_is_described(document: Json) -> None:
    assert set(document["components"]["schemas"]["ProblemCode"]["enum"]) == set(CODES)
    assert {code: status for code, (_, status, _) in program_problems().items()} == CODES
    told = re.findall(r"^\| ([\d, ]+) \| (.*) \|$", document["info"]["description"], re.MULTILINE)
    for code, status in CODES.items():
        assert any(str(status) in row and f"`{code}`" in codes for row, codes in told), code
    assert {code for _, codes in told for code in re.findall(r"`([a-z-]+)`", codes)} == set(CODES)


def test_every_code_is_described_at_an_answer_with_its_status(document: Json) -> None:
    found: set[str] = set()
    for name, status, answer in answers(document):
        if status < 400:
            continue
        codes = described_codes(answer)
        assert {CODES[code] for code in codes} == {status}, name
        found |= codes
    # It is an answer to what is not described.
    assert found == set(CODES) - {"method-not-allowed"}


def test_the_examples_of_problems_are_what_the_program_says(document: Json) -> None:
    known = program_problems()
    seen = set()
    for _, status, answer in answers(document):
        for code, example in (
            answer.get("content", {})
            .get("application/problem+json", {})
            .get("examples", {})
            .items()
        ):
            problem = example["value"]
            seen.add(code)
            told = (problem["title"], problem["status"], problem["retryable"])
            assert (problem["code"], told) == (code, known[code])
            assert (problem["type"], status) == (f"urn:picus:problem:{code}", known[code][1])
    assert seen == set(CODES) - {"method-not-allowed"}


def test_every_header_is_described_where_it_comes(document: Json) -> None:
    for name, status, answer in answers(document):
        wanted = {"X-Request-Id", "X-Content-Type-Options"}
        if status == 304:
            wanted |= {"Cache-Control", "Vary"}
        if "/picus/" in name and status in (200, 201):
            wanted.add("Cache-Control")
        if status == 204:
            wanted.add("Allow")
        if status == 503:
            wanted.add("Retry-After")
        if status == 401 or (status == 403 and name in SCOPES):
            wanted.add("WWW-Authenticate")
        if status in (201, 304) or (status == 200 and re.match(r"GET .*(get|openapi|docs)", name)):
            wanted.add("ETag")
        if status == 201:
            wanted.add("Location")
        missing = wanted - set(answer["headers"])
        assert not missing, f"{name} -> {status}: {missing}"


def test_every_parameter_is_described(document: Json) -> None:
    described = {
        name: {
            resolved(document, parameter)["name"] for parameter in operation.get("parameters", [])
        }
        for name, operation in operations(document)
    }
    assert described["POST /picus/put"] == {
        "on_conflict",
        "If-Match",
        "If-None-Match",
        "Idempotency-Key",
        "X-Request-Id",
    }
    conditions = {"If-Match", "If-None-Match"}
    for method in ("GET", "HEAD"):
        by_path = described[f"{method} /picus/get/{{key}}"]
        assert by_path == {"consistency", "X-Request-Id"} | conditions
        assert conditions <= described[f"{method} /openapi.json"]
    assert described["GET /picus/list"] == {"limit", "cursor", "consistency", "X-Request-Id"}
    assert described["DELETE /picus/{key}"] == {"If-Match", "X-Request-Id"}
    for method, path in (("GET", "/picus/get"), ("DELETE", "/picus")):
        by_path = described[f"{method} {path}/{{key}}"]
        assert described[f"{method} {path}"] == by_path | {"key"}


# Requests that are answered with the examples, word for word.
CAUSES: dict[str, Callable[[Client], Answer]] = {
    "invalid-json": lambda c: c.put(b'{"name":"Ada'),
    "duplicate-name": lambda c: c.put(b'{"a":1,"a":2}'),
    "invalid-key": lambda c: c.request("GET", "/picus/get/%zz"),
    "invalid-cursor": lambda c: c.list("?limit=1&cursor=x"),
    "not-found": lambda c: c.get(unique()),
    "cross-origin": lambda c: c.request("GET", "/", headers={"Origin": "http://other.example"}),
    "host-not-allowed": lambda c: c.request("GET", "/", headers={"Host": "other.example"}),
    "already-exists": lambda c: c.put({"id": c.created({}).json()["id"]}),
    "precondition-failed": lambda c: c.put(c.created({}).json(), {"If-Match": '"x"'}),
    "body-too-large": lambda c: c.put(b" " * (1024 * 1024 + 1)),
    "unsupported-encoding": lambda c: c.put({}, {"Content-Encoding": "br"}),
    "item-too-large": lambda c: c.put({"a": "x" * 499_964}),
    "not-an-object": lambda c: c.put(b"7"),
    "invalid-id": lambda c: c.put({"id": 1}),
    "invalid-number": lambda c: c.put(b'{"n":1e400}'),
    "invalid-name": lambda c: c.put({"": 1}),
    "reserved-name": lambda c: c.put({"picus:x": 1}),
    "bulk-failed": lambda c: c.put(b"[7]"),
    "too-deep": lambda c: c.put(b'{"a":' + b"[" * 32 + b"]" * 32 + b"}"),
}


NEEDS = {
    "invalid-key": WRITTEN_PATHS,  # a source that decodes paths decodes the cause too
    "host-not-allowed": LOOPBACK,  # no name can be made to lead to a function
}


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(code, marks=[pytest.mark.needs(NEEDS[code])] if code in NEEDS else [])
        for code in CAUSES
    ],
)
def test_the_examples_are_what_the_server_answers(
    client: Client, document: Json, code: str
) -> None:
    problem = CAUSES[code](client).json()
    assert problem["code"] == code
    details = {
        answer["content"]["application/problem+json"]["examples"][code]["value"]["detail"]
        for _, status, answer in answers(document)
        if status >= 400 and code in answer["content"]["application/problem+json"]["examples"]
    }
    assert details == {problem["detail"]}


@pytest.mark.parametrize(
    ("item", "valid"),
    [
        ({}, True),
        ([], False),
        ({"id": "k" * 511}, True),
        ({"id": "k" * 512}, False),
        ({"id": ""}, False),
        ({"id": 1}, False),
        ({"id": "a\x1fb"}, False),
        ({"": 1}, False),
        ({"a": {"": 1}}, False),
        ({"picus:a": 1}, False),
        ({"picus": 1, "a": [None, True, "", {"b": []}]}, True),
        ({"a": 9e125}, True),
        ({"a": -1e126}, False),
        ({"a": 1e-130}, True),
        ({"a": [-1e-131]}, False),
    ],
)
def test_server_and_description_agree_on_what_an_item_is(
    client: Client, document: Json, item: Any, valid: bool
) -> None:
    schema = {"$ref": "#/components/schemas/NewItem", "components": document["components"]}
    assert Draft202012Validator(schema).is_valid(item) == valid
    assert (client.put(item).status in (201, 409)) == valid


@pytest.mark.needs(WRITTEN_PATHS, FAST, ONE_PROGRAM)
@pytest.mark.only_on("server-lmdb", "lambda-alb-multi")
@pytest.mark.timeout(900)
def test_schemathesis_finds_no_difference(start: Callable[..., Server], tmp_path: Path) -> None:
    """Examples, edge cases, made-up requests and sequences of them; schemathesis.toml says how."""
    server = start()
    hooks = {"PYTHONPATH": str(HERE), "SCHEMATHESIS_HOOKS": "description_hooks"}
    # The function does not have this path, and schemathesis would miss it.
    absent = ["/docs"] if server.client.request("GET", "/docs").status == 404 else []
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file"),
            *(HERE / "schemathesis.toml", "run", DOCUMENT, "--url", server.url, "--no-color"),
            *(f"--exclude-path={path}" for path in absent),
            *([f"--header=Authorization: Bearer {server.token}"] if server.token else []),
        ],
        cwd=tmp_path,
        env={**os.environ, **hooks, **server.trust},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    tested = re.search(r"Tested: (\d+)", done.stdout)
    assert tested
    described = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
    expected = [name for name, _ in operations(described) if name.split()[1] not in absent]
    assert int(tested[1]) == len(expected)
    assert re.search(r"API Links: +(\d+) covered / \1 selected / \1 total", done.stdout), (
        done.stdout
    )
    for phase in ("Examples", "Coverage", "Fuzzing", "Stateful"):
        assert f"✅ {phase}" in done.stdout
