"""Servers that break one property each. Each is found, told, and left as it was."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote, unquote

import pytest

from harness.client import Client
from harness.faulty_server import Fault, FaultyServer, Forward
from harness.http_server import Answer, Request
from verify.conftest import Verified

Verify = Callable[..., Verified]
Start = Callable[[Fault], FaultyServer]

PUT = "/picus/put"


def is_put(request: Request, *headers: str) -> bool:
    """A put that has these headers, and no others that the API knows."""
    known = {"if-match", "idempotency-key"} & set(request.headers)
    return request.target == PUT and known == set(headers)


def once() -> Callable[[], bool]:
    """True the first time."""
    passing = threading.Semaphore(1)
    return lambda: passing.acquire(blocking=False)


def wrong_status(request: Request, forward: Forward) -> Answer:
    answer = forward(request)
    return replace(answer, status=200) if answer.status == 201 else answer


def lost_write(request: Request, forward: Forward) -> Answer:
    if not is_put(request):
        return forward(request)
    key = json.loads(request.body)["id"]
    headers = {"etag": '"made-up"', "location": f"/picus/get/{quote(key)}"}
    headers["x-request-id"] = request.headers["x-request-id"]
    return Answer(201, headers, json.dumps({"id": key}).encode())


def rounded_number(request: Request, forward: Forward) -> Answer:
    answer = forward(request)
    return replace(answer, body=answer.body.replace(b"9007199254740993", b"9007199254740992"))


def ignored_if_none_match(request: Request, forward: Forward) -> Answer:
    return forward(request.without("if-none-match"))


def bare_304(request: Request, forward: Forward) -> Answer:
    answer = forward(request)
    if answer.status != 304:
        return answer
    return replace(answer, headers={n: v for n, v in answer.headers.items() if n != "etag"})


def get_that_ignores_if_match(request: Request, forward: Forward) -> Answer:
    return forward(request.without("if-match") if request.method == "GET" else request)


def path_as_it_is_written(request: Request, forward: Forward) -> Answer:
    return forward(replace(request, target=request.target.replace("%67", "%2567")))


def plus_as_it_is_written(request: Request, forward: Forward) -> Answer:
    return forward(replace(request, target=request.target.replace("+", "%2B")))


def head_that_knows_nothing(request: Request, forward: Forward) -> Answer:
    answer = forward(request)
    if request.method != "HEAD":
        return answer
    return replace(answer, headers={n: v for n, v in answer.headers.items() if n != "etag"})


def overwriting_put(request: Request, forward: Forward) -> Answer:
    answer = forward(request)
    if is_put(request) and answer.status == 409:
        answer = forward(request.having("if-match", "*"))
        return replace(answer, status=201)
    return answer


def ignored_if_match(request: Request, forward: Forward) -> Answer:
    return forward(request.having("if-match", "*") if is_put(request, "if-match") else request)


def same_etag() -> Fault:
    first: list[str] = []

    def fault(request: Request, forward: Forward) -> Answer:
        answer = forward(request)
        if is_put(request) and answer.status == 201:
            first.append(answer.headers["etag"])
        if is_put(request, "if-match") and answer.status == 200:
            return answer.having("etag", first[0])
        return answer

    return fault


def ignored_idempotency_key(request: Request, forward: Forward) -> Answer:
    return forward(request.without("idempotency-key"))


def silent_replay(request: Request, forward: Forward) -> Answer:
    answer = forward(request)
    kept = {n: v for n, v in answer.headers.items() if n != "idempotency-replayed"}
    return replace(answer, headers=kept)


def cut_list(request: Request, forward: Forward) -> Answer:
    answer = forward(request)
    if not request.target.startswith("/picus/list?limit=1&cursor=") or answer.status != 200:
        return answer
    return replace(answer, body=answer.body[:20])


def broken_list(request: Request, forward: Forward) -> Answer:
    answer = forward(request)
    if request.target != "/picus/list?limit=1":
        return answer
    return replace(answer, body=answer.body[:20], missing=len(answer.body) - 20)


def list_without_link(request: Request, forward: Forward) -> Answer:
    answer = forward(request)
    return replace(answer, headers={n: v for n, v in answer.headers.items() if n != "link"})


def list_that_lacks_one(request: Request, forward: Forward) -> Answer:
    answer = forward(request)
    if request.target != "/picus/list?limit=10":
        return answer
    return replace(answer, body=json.dumps(json.loads(answer.body)[1:]).encode())


def page_again(request: Request, forward: Forward) -> Answer:
    return forward(replace(request, target=re.sub("&cursor=(?!forged).*", "", request.target)))


def lenient_put(request: Request, forward: Forward) -> Answer:
    return forward(replace(request, body=request.body.replace(b"1E400", b"1E40")))


def number_of_any_length(request: Request, forward: Forward) -> Answer:
    body = request.body.replace(b"0" * 200, b"0")
    return forward(replace(request, body=body))


def ignored_parameter(request: Request, forward: Forward) -> Answer:
    return forward(replace(request, target=request.target.replace("?prefix=a", "")))


def body_before_parameters(request: Request, forward: Forward) -> Answer:
    return forward(replace(request, target=request.target.replace("?ttl=1", "")))


def wordless_problem(request: Request, forward: Forward) -> Answer:
    answer = forward(request)
    return replace(answer, body=answer.body.replace(b"/picus/list", b"another"))


def served_foreign_page(request: Request, forward: Forward) -> Answer:
    return forward(request.without("origin"))


def ignored_coding(request: Request, forward: Forward) -> Answer:
    return forward(request.without("content-encoding"))


def array_in_words(request: Request, forward: Forward) -> Answer:
    """An array is one text, and that is no object."""
    body = b'"array"' if request.body.startswith(b"[") else request.body
    return forward(replace(request, body=body))


def plain_problem(request: Request, forward: Forward) -> Answer:
    answer = forward(request)
    return answer.having("content-type", "application/json") if answer.status == 404 else answer


def other_request_id(request: Request, forward: Forward) -> Answer:
    answer = forward(request)
    return answer.having("x-request-id", "another") if request.target == "/" else answer


def unready(request: Request, forward: Forward) -> Answer:
    return forward(replace(request, target="/nowhere") if request.target == "/readyz" else request)


def without_its_store(request: Request, forward: Forward) -> Answer:
    if request.target != "/readyz/store":
        return forward(request)
    headers = {"x-request-id": request.headers["x-request-id"], "content-type": "application/json"}
    return Answer(503, headers, b'{"status":"unreachable"}')


def older(request: Request, forward: Forward) -> Answer:
    """One that does not have the route."""
    known = request.target != "/readyz/store"
    return forward(request if known else replace(request, target="/nowhere"))


def delete_in_words() -> Fault:
    strikes = once()

    def fault(request: Request, forward: Forward) -> Answer:
        if request.method != "DELETE" or "if-match" in request.headers or not strikes():
            return forward(request)
        body = {"id": unquote(request.target.removeprefix("/picus/")), "deleted": True}
        headers = {"x-request-id": request.headers["x-request-id"]}
        return Answer(200, headers, json.dumps(body).encode())

    return fault


def delete_that_says_too_much(request: Request, forward: Forward) -> Answer:
    answer = forward(request)
    if request.method == "DELETE" and answer.status == 404:
        body = {"id": unquote(request.target.removeprefix("/picus/")), "deleted": True}
        return Answer(200, answer.headers, json.dumps(body).encode())
    return answer


@pytest.mark.parametrize(
    ("fault", "check", "reason"),
    [
        (without_its_store, "ready", "the status in GET /readyz/store is unreachable"),
        (unready, "ready", "GET /readyz returned 404 not-found, not 200"),
        (other_request_id, "ready", 'GET / returned the X-Request-Id "another", not '),
        (wrong_status, "put", "POST /picus/put returned 200, not 201"),
        (lost_write, "get", "%20item returned 404 not-found, not 200"),
        (rounded_number, "get", "%20item returned another item than the one that was put"),
        (ignored_if_none_match, "get", "%20item returned 200, not 304"),
        (bare_304, "get", "the ETag of the 304 is , not "),
        (get_that_ignores_if_match, "get", "returned 200, not 412 precondition-failed"),
        (path_as_it_is_written, "get", "GET /picus/%67et/picus-verify-"),
        (plus_as_it_is_written, "get", "GET /picus/get?%6Bey=picus-verify-"),
        (head_that_knows_nothing, "get", "the ETag of the HEAD is , not "),
        (plain_problem, "get", 'a Content-Type "application/json", not application/problem+json'),
        (overwriting_put, "taken key", "returned 201, not 409 already-exists"),
        (ignored_if_match, "conditional put", "returned 200, not 412 precondition-failed"),
        (same_etag(), "conditional put", "the ETag did not change with the item"),
        (ignored_idempotency_key, "idempotent retry", "the retry created a second item"),
        (
            silent_replay,
            "idempotent retry",
            "the response to the retry has no Idempotency-Replayed",
        ),
        (list_without_link, "list page", "GET /picus/list?limit=1 has no Link to the next page"),
        (cut_list, "list page", "the second page of the list is not an array of one item"),
        (broken_list, "list page", "GET /picus/list?limit=1: "),
        (page_again, "list page", "the second page of the list equals the first"),
        (list_that_lacks_one, "list page", "the list does not contain the item "),
        (lenient_put, "bad input", "returned 201, not 422 invalid-number (the body: …,"),
        (number_of_any_length, "bad input", "returned 201, not 422 invalid-number (the body: …,"),
        (
            body_before_parameters,
            "bad input",
            'the problem "invalid-json", not "invalid-parameter"',
        ),
        (ignored_parameter, "bad input", "GET /picus/list?prefix=a returned 200, not 400"),
        (wordless_problem, "bad input", "the detail of POST /picus/list does not name GET"),
        (served_foreign_page, "bad input", "returned 201, not 403 cross-origin"),
        (ignored_coding, "bodies", "(with Content-Encoding: gzip)"),
        (array_in_words, "bodies", "returned 422 not-an-object, not 200"),
        (delete_in_words(), "delete", "after the delete: GET /picus/get/picus-verify-"),
        (delete_that_says_too_much, "delete", "after the delete: DELETE /picus/picus-verify-"),
    ],
    ids=lambda value: getattr(value, "__qualname__", "").split(".")[0] or None,
)
def test_a_broken_property_is_found_and_nothing_is_left(
    items: Client, faulty: Start, verify: Verify, fault: Fault, check: str, reason: str
) -> None:
    done = verify(faulty(fault).url)
    assert done.code == 1, done.out
    assert reason in done.reason(check)
    assert done.results()["clean-up"] == "ok"
    assert items.list().json() == []


def test_a_server_that_cannot_be_asked_for_its_store_passes(
    items: Client, faulty: Start, verify: Verify
) -> None:
    done = verify(faulty(older).url)
    assert done.code == 0, done.out
    assert items.list().json() == []


def test_a_slow_answer_is_a_failure_and_its_item_is_deleted(
    items: Client, faulty: Start, verify: Verify
) -> None:
    def slow(request: Request, forward: Forward) -> Answer:
        answer = forward(request)
        if is_put(request):
            server.over.wait()
        return answer

    server = faulty(slow)
    done = verify(server.url, "--request-timeout", "1s")
    assert done.reason("put") == "POST /picus/put: no response within 1000 ms"
    assert items.list().json() == []


def test_a_put_that_takes_effect_after_the_clean_up_began_is_deleted_too(
    items: Client, faulty: Start, verify: Verify
) -> None:
    deleted = threading.Event()

    def late(request: Request, forward: Forward) -> Answer:
        if is_put(request):
            assert deleted.wait(30)
        answer = forward(request)
        if request.method == "DELETE":
            deleted.set()
        return answer

    done = verify(faulty(late).url, "--request-timeout", "1s")
    assert done.code == 1
    assert done.results()["clean-up"] == "ok"
    assert items.list().json() == []


def test_an_item_whose_key_is_in_a_lost_answer_is_found_and_deleted(
    items: Client, faulty: Start, verify: Verify
) -> None:
    strikes = once()
    made: list[int] = []

    def cut(request: Request, forward: Forward) -> Answer | None:
        answer = forward(request)
        if is_put(request, "idempotency-key") and strikes():
            made.append(answer.status)
            return None
        return answer

    done = verify(faulty(cut).url)
    assert made == [201]
    assert done.reason("idempotent retry").startswith("POST /picus/put: ")
    assert done.results()["clean-up"] == "ok"
    assert items.list().json() == []


def test_an_item_of_others_is_not_deleted_though_the_server_says_it_was_made(
    items: Client, faulty: Start, verify: Verify
) -> None:
    items.created({"id": "moon"})

    def lying(request: Request, forward: Forward) -> Answer:
        if not is_put(request, "idempotency-key"):
            return forward(request)
        headers = {"x-request-id": request.headers["x-request-id"]}
        return Answer(201, headers, b'{"id":"moon"}')

    done = verify(faulty(lying).url)
    assert done.results()["idempotent retry"] == "failed"
    assert [item["id"] for item in items.list().json()] == ["moon"]
    assert items.delete("moon").status == 200


def test_deletes_that_fail_for_a_while_are_tried_again(
    items: Client, faulty: Start, verify: Verify
) -> None:
    refusals = threading.Semaphore(3)

    def throttled(request: Request, forward: Forward) -> Answer:
        if request.method == "DELETE" and refusals.acquire(blocking=False):
            return Answer(503, {"x-request-id": request.headers["x-request-id"]}, b"{}")
        return forward(request)

    done = verify(faulty(throttled).url)
    assert done.reason("delete").endswith("returned 503, not 412 precondition-failed")
    assert done.results()["clean-up"] == "ok"
    assert items.list().json() == []


def test_what_cannot_be_deleted_is_named(items: Client, faulty: Start, verify: Verify) -> None:
    def without_delete(request: Request, forward: Forward) -> Answer:
        if request.method == "DELETE":
            return Answer(405, {"x-request-id": request.headers["x-request-id"]}, b"{}")
        return forward(request)

    done = verify(faulty(without_delete).url)
    left = {str(item["id"]) for item in items.list().json()}
    assert len(left) == 2
    for key in left:
        assert f"{key} may still exist: DELETE /picus/" in done.reason("clean-up")
        assert items.delete(key).status == 200
