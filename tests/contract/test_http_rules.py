"""Rules of HTTP (RFC 9110) that hold on every route, each as a table over the routes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.client import Answer, Client, path_of, unique
from harness.shapes import COMPRESSION, HEAD_LENGTH

pytestmark = pytest.mark.transport

# What a request that reads may ask for; `{key}` is an item that is there.
READS = [
    *("/", "/livez", "/readyz", "/readyz/store", "/openapi.json"),
    *("/picus/get/{key}", "/picus/get?key={key}"),
    *("/picus/list", "/picus/list?limit=1"),
]
TAGGED = ["/openapi.json", "/picus/get/{key}", "/picus/get?key={key}"]
# Of one answer, or of what stands between the client and a function.
OWN = {"date", "x-request-id", "content-length", "transfer-encoding", "link", "connection"}
OWN |= {"x-amzn-requestid", "x-amz-request-id"}


@pytest.fixture
def ask(client: Client) -> Callable[..., Answer]:
    key = unique()
    client.created({"id": key, "text": "x" * 3000})

    def request(method: str, target: str, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return client.request(method, target.format(key=path_of(key)), headers=named)

    return request


def fields(answer: Answer) -> dict[str, list[str]]:
    names = {name.lower() for name in answer.headers} - OWN
    return {name: sorted(answer.headers.get_all(name, [])) for name in names}


@pytest.mark.parametrize("target", READS)
def test_head_has_the_status_and_the_fields_of_get(ask: Callable[..., Answer], target: str) -> None:
    got = ask("GET", target)
    headed = ask("HEAD", target)
    assert headed.status == got.status == 200
    told, known = fields(headed), fields(got)
    if target.startswith("/picus/list"):  # only its text shows whether a page is compressed
        assert all(answer["vary"].pop(0) == "Accept" for answer in (told, known))
        del told["vary"], known["vary"]
    assert told == known


@pytest.mark.needs(HEAD_LENGTH)
@pytest.mark.parametrize("target", READS)
def test_head_says_the_length_of_get_or_none(ask: Callable[..., Answer], target: str) -> None:
    length = ask("HEAD", target).get("Content-Length")
    if target.startswith("/picus/list"):  # nothing is read for it
        assert length is None
    else:
        assert length == ask("GET", target)["Content-Length"]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("target", TAGGED)
def test_a_304_has_the_fields_of_the_200_that_caches_need(
    ask: Callable[..., Answer], target: str, method: str
) -> None:
    full = ask(method, target)
    answer = ask(method, target, If_None_Match=full.etag)
    assert answer.status == 304
    for name in ("ETag", "Vary", "Cache-Control"):
        assert answer.headers.get_all(name) == full.headers.get_all(name), name


@pytest.mark.needs(COMPRESSION)
@pytest.mark.parametrize("target", TAGGED)
def test_a_304_says_vary_and_no_coding(ask: Callable[..., Answer], target: str) -> None:
    etag = ask("GET", target).etag
    answer = ask("GET", target, If_None_Match=etag, Accept_Encoding="gzip")
    assert (answer.status, answer["Vary"]) == (304, "Accept-Encoding")
    assert answer.get("Content-Encoding") is None


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("target", TAGGED)
def test_if_match_that_names_no_strong_tag_of_what_is_read_is_412(
    ask: Callable[..., Answer], target: str, method: str
) -> None:
    etag = ask("GET", target).etag
    for condition in ('"other"', f"W/{etag}", f'"other", W/{etag}'):
        answer = ask(method, target, If_Match=condition)
        assert answer.status == 412
        assert method == "HEAD" or answer.code == "precondition-failed"
        assert answer.get("ETag") is None
    for condition in ("*", etag, f'"other", {etag}', f'W/"other", {etag}'):
        assert ask(method, target, If_Match=condition).status == 200, condition


@pytest.mark.parametrize("target", TAGGED)
def test_if_match_is_judged_before_if_none_match(ask: Callable[..., Answer], target: str) -> None:
    etag = ask("GET", target).etag
    assert ask("GET", target, If_Match='"other"', If_None_Match=etag).status == 412
    assert ask("GET", target, If_Match=etag, If_None_Match=etag).status == 304
    assert ask("GET", target, If_Match=etag, If_None_Match='"other"').status == 200


# RFC 9110, 5.6.1.2: elements of a list may be empty.
LISTS = [", {0}", ",,\t, {0}", "{0},", "{0} , ,", '"a",, {0}', ' ,"a" ,\t, {0} ,']


@pytest.mark.parametrize("template", LISTS)
@pytest.mark.parametrize("target", TAGGED)
def test_a_list_of_tags_may_have_empty_elements(
    ask: Callable[..., Answer], target: str, template: str
) -> None:
    tags = template.format(ask("GET", target).etag)
    assert ask("GET", target, If_Match=tags).status == 200
    assert ask("GET", target, If_None_Match=tags).status == 304


@pytest.mark.parametrize("template", LISTS)
def test_a_list_of_tags_on_a_write_may_have_empty_elements(client: Client, template: str) -> None:
    key = unique()
    etag = client.created({"id": key}).etag
    etag = client.put({"id": key, "n": 1}, {"If-Match": template.format(etag)}).etag
    assert client.delete(key, {"If-Match": template.format(etag)}).status == 200
