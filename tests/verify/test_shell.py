"""picus-verify as a command, against servers without a fault."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.access import EVERY_SCOPE, configuration, entry, new_token
from harness.certificates import Authority
from harness.client import Client
from harness.dynamodb import CREDENTIALS, DynamoDbLocal
from harness.faulty_server import FaultyServer, Forward, forward_to, healthy
from harness.http_server import Answer, Request
from harness.ports import free_port
from harness.process import PicusProcess
from harness.shapes import FAST, NAMELESS, SHAPES, Server
from harness.version import COMMIT, VERSION
from verify.conftest import Verified

CHECKS = ["ready", "put", "get", "taken key", "conditional put", "idempotent retry", "list page"]
CHECKS += ["bad input", "bodies", "delete", "clean-up"]
# On a machine that stands still for seconds, which is not what these tests are about.
PATIENT = ("--request-timeout", "30s")
Verify = Callable[..., Verified]


def ids(server: Server) -> list[str]:
    return sorted(item["id"] for item in server.client.list().json())


# ministack's data planes are paths of one host, and its table is slow.
@pytest.mark.needs(NAMELESS, FAST)
def test_every_check_passes_and_nothing_is_left(server: Server, verify: Verify) -> None:
    before = ids(server)
    trust = [word for bundle in server.trust.values() for word in ("--ca-bundle", bundle)]
    done = verify(server.url, *PATIENT, *trust)
    assert done.code == 0, done.out
    assert done.results() == dict.fromkeys(CHECKS, "ok")
    assert done.out.splitlines()[-1].startswith(f"{server.url}, version {VERSION}, passed in ")
    assert ids(server) == before


def test_deletes_may_go_to_a_function(
    picus: Path,
    tmp_path_factory: pytest.TempPathFactory,
    dynamodb: DynamoDbLocal,
    verify: Verify,
) -> None:
    """As behind the load balancer: DELETE is the function's, all else the server's."""
    directory = tmp_path_factory.mktemp("split")
    lambdas = SHAPES["lambda-alb"](picus, directory, dynamodb)  # type: ignore[call-arg]
    function = lambdas.start(env={"PICUS_OPERATIONS": "delete"}, data=directory / "shared")
    table = lambdas._tables[directory / "shared"]  # type: ignore[attr-defined]
    process = PicusProcess(
        picus,
        directory / "data",
        *dynamodb.options(table),
        "--operations",
        "get,put,list",
        env=CREDENTIALS,
    )
    delete = forward_to(function.url)

    def route(request: Request, forward: Forward) -> Answer:
        return delete(request) if request.method == "DELETE" else forward(request)

    balancer = FaultyServer(process.url, route)
    try:
        done = verify(balancer.url, *PATIENT)
        assert done.code == 0, done.out
        refused = verify(process.url, *PATIENT).reason("delete")
        assert refused.endswith("not 412 precondition-failed")
    finally:
        balancer.stop()
        process.stop()
        lambdas.stop(function)
        lambdas.close()


def test_runs_at_the_same_time_do_not_disturb_each_other(
    picus_server: PicusProcess, items: Client, verify: Verify
) -> None:
    with ThreadPoolExecutor(8) as pool:
        runs = list(pool.map(lambda _: verify(picus_server.url, *PATIENT), range(24)))
    assert [run.out for run in runs if run.code] == []
    assert items.list().json() == []


def test_other_items_are_left_alone_and_a_full_store_is_not_read_through(
    items: Client, faulty: Callable[..., FaultyServer], verify: Verify
) -> None:
    lines = b"".join(json.dumps({"id": f"other-{n:04}"}).encode() + b"\n" for n in range(500))
    items.request("POST", "/picus/put", lines, {"Content-Type": "application/x-ndjson"})
    read = 0

    def counting(request: Request, forward: Forward) -> Answer:
        nonlocal read
        answer = forward(request)
        if answer.body and request.target.startswith("/picus/list") and answer.status == 200:
            read += len(json.loads(answer.body))
        return answer

    done = verify(faulty(counting).url)
    left = [str(item["id"]) for item in items.list().json()]
    for key in left:
        assert items.delete(key).status == 200
    assert done.code == 0, done.out
    assert read == 12
    assert left == [f"other-{n:04}" for n in range(500)]


def test_the_deepest_and_the_largest_items_are_read_over(
    picus_server: PicusProcess, items: Client, verify: Verify
) -> None:
    deep: object = []
    for _ in range(30):
        deep = [deep]
    others = [{"id": "deep", "v": deep, "n": int("9" * 38)}]
    others += [{"id": f"large-{n}", "v": "x" * 399_000} for n in range(9)]
    for other in others:
        assert items.put(other).status == 201
    done = verify(picus_server.url, *PATIENT)
    for other in others:
        assert items.delete(str(other["id"])).status == 200
    assert done.code == 0, done.out


def test_https_is_trusted_by_the_bundle_that_is_named_and_by_no_other(
    picus_server: PicusProcess, tmp_path: Path, verify: Verify
) -> None:
    authority, stranger = Authority(tmp_path), Authority(tmp_path, "stranger")
    server = FaultyServer(picus_server.url, healthy, authority.server())
    try:
        assert verify(server.url, "--ca-bundle", str(authority.bundle)).code == 0
        done = verify(server.url, "--ca-bundle", str(stranger.bundle))
        assert done.code == 1
        assert "certificate" in done.reason("ready")
    finally:
        server.stop()


def test_a_server_that_is_not_there_is_a_failure(verify: Verify) -> None:
    done = verify(f"http://127.0.0.1:{free_port()}")
    assert done.code == 1
    assert done.results() == {
        check: {"ready": "failed", "clean-up": "ok"}.get(check, "not run") for check in CHECKS
    }
    assert done.reason("ready").startswith("GET /readyz: ")


def test_a_server_that_needs_a_token_is_not_waited_for(
    picus: Path, tmp_path: Path, verify: Verify
) -> None:
    good, poor = new_token(), new_token()
    access = configuration(entry("a", good, " ".join(EVERY_SCOPE)), entry("b", poor, "items:write"))
    process = PicusProcess(picus, tmp_path / "data", env={"PICUS_AUTH": access})
    for token, said in (
        ("", "401 unauthenticated: give a token with --token-file FILE, PICUS_TOKEN or"),
        (new_token(), "401 unauthenticated: `picus token show` prints why"),
        (poor, "403 insufficient-scope: the token needs items:read, items:write and items:delete"),
    ):
        done = verify(process.url, "--patience", "10m", env={"PICUS_TOKEN": token})
        assert done.code == 1
        assert said in done.reason("ready")
    assert verify(process.url, *PATIENT, env={"PICUS_TOKEN": good}).code == 0
    process.stop()


class Turnover:
    """A listener that goes over to new tasks: of the requests for `target`, an earlier server
    responds to the first two."""

    def __init__(self, target: str, status: int, /, **body: str) -> None:
        self.asked = 0
        self._target = target
        self._status = status
        self._body = json.dumps(body).encode()

    def __call__(self, request: Request, forward: Forward) -> Answer:
        if request.target == self._target:
            self.asked += 1
            if self.asked < 3:
                own = {"x-request-id": request.headers["x-request-id"]}
                return Answer(self._status, own, self._body)
        return forward(request)


def test_a_refusal_may_be_that_of_an_earlier_server(
    faulty: Callable[..., FaultyServer], verify: Verify
) -> None:
    turnover = Turnover("/readyz/store", 401, code="unauthenticated")
    done = verify(faulty(turnover).url, "--expect-version", VERSION, "--patience=30s")
    assert (done.code, turnover.asked) == (0, 4)


def test_a_version_that_comes_late_is_waited_for(
    faulty: Callable[..., FaultyServer], verify: Verify
) -> None:
    turnover = Turnover("/", 200, status="healthy", version="1.0")
    server = faulty(turnover)
    done = verify(server.url, "--expect-version", VERSION, "--patience=30s")
    assert (done.code, turnover.asked) == (0, 3)
    done = verify(server.url, env={"PICUS_VERIFY_VERSION": "3.0"})
    assert done.reason("ready") == f"the version of the server is {VERSION}, not 3.0"


def test_a_signal_ends_the_checks_and_what_they_made_is_deleted(
    items: Client, faulty: Callable[..., FaultyServer], program: Path
) -> None:
    def slow(request: Request, forward: Forward) -> Answer:
        answer = forward(request)
        if request.target.startswith("/picus/get/") and not process.poll():
            process.send_signal(signal.SIGINT)
        return answer

    server = faulty(healthy)
    process = subprocess.Popen([program, server.url], stdout=subprocess.PIPE, text=True)
    server.fault = slow
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130, out
    assert "interrupted" in out
    assert "ok       clean-up" in out
    assert items.list().json() == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "there is no URL: give one, or set PICUS_VERIFY_URL"),
        (("ftp://host",), '"ftp://host" is not allowed: give http://HOST[:PORT]'),
        (("http://host/path",), '"http://host/path" is not allowed'),
        (("http://a", "http://b"), "there are 2 URLs: give one"),
        (("--timout", "3s"), 'picus-verify has no option "--timout"; did you mean "--timeout"?'),
        (("--timeout",), "--timeout needs a value: DURATION"),
        (("--timeout", "soon", "http://a"), '--timeout: "soon" is not allowed: give a duration'),
    ],
)
def test_a_wrong_command_line_is_told_with_the_way_out(
    verify: Verify, words: tuple[str, ...], told: str
) -> None:
    done = verify(*words)
    assert (done.code, done.out) == (2, "")
    assert told in done.err
    assert done.err.endswith("; see picus-verify --help\n")


def test_the_help_has_every_option_with_its_variable(verify: Verify) -> None:
    done = verify("--help")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("Usage: picus-verify [options] URL\n")
    for name in (
        "expect-version",
        "patience",
        "request-timeout",
        "timeout",
        "ca-bundle",
        "token-file",
        "token",
        "audience",
        "insecure-http",
    ):
        assert re.search(rf"^  --{name}\b", done.out, re.MULTILINE)
    assert done.out.count("[PICUS_VERIFY_") == 9
    assert max(len(line) for line in done.out.splitlines()) <= 88
    assert re.fullmatch(rf"picus-verify {VERSION}{COMMIT}\n", verify("--version").out)
