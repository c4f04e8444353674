"""404 and 405 name the request that was probably meant; spellings of one path are one path."""

from __future__ import annotations

import re

import pytest

from harness.client import Client, path_of, unique
from harness.shapes import ONE_PROGRAM, OWN_PROCESS, WRITTEN_METHODS, WRITTEN_PATHS, Server

pytestmark = pytest.mark.transport

MEANT = [
    ("GET", "/picus/{key}", "GET /picus/get/{key}"),
    ("GET", "/picus/get/{key}/", "GET /picus/get/{key}"),
    ("GET", "/picus//get/{key}", "GET /picus/get/{key}"),
    ("GET", "/PICUS/Get/{key}", "GET /picus/get/{key}"),
    ("GET", "/get/{key}", "GET /picus/get/{key}"),
    ("GET", "/picus/get/a/{key}", "GET /picus/get/a%2F{key}"),
    ("GET", "/picus/get/", "GET /picus/get/{{key}}"),
    ("GET", "/picus", "GET /picus/list"),
    ("GET", "/picus/", "GET /picus/list"),
    ("GET", "/picus/list/", "GET /picus/list"),
    ("GET", "/picus/LIST", "GET /picus/list"),
    ("GET", "/Picus/list", "GET /picus/list"),
    ("GET", "//picus/list", "GET /picus/list"),
    ("GET", "/list", "GET /picus/list"),
    ("POST", "/picus/list", "GET /picus/list"),
    ("GET", "/picus/put", "POST /picus/put"),
    ("PUT", "/picus/put", "POST /picus/put"),
    ("POST", "/picus/put/", "POST /picus/put"),
    ("POST", "/put", "POST /picus/put"),
    ("POST", "/picus", "POST /picus/put"),
    ("PUT", "/picus/{key}", "POST /picus/put"),
    ("PATCH", "/picus/get/{key}", "POST /picus/put"),
    ("DELETE", "/picus/get/{key}", "DELETE /picus/{key}"),
    ("DELETE", "/picus/delete/{key}", "DELETE /picus/{key}"),
    ("POST", "/picus/delete/{key}", "DELETE /picus/{key}"),
    ("DELETE", "/picus/{key}/", "DELETE /picus/{key}"),
    ("DELETE", "/PICUS/{key}", "DELETE /picus/{key}"),
    ("GET", "/livez/", "GET /livez"),
    ("GET", "/LiveZ", "GET /livez"),
    ("POST", "/readyz", "GET /readyz"),
    ("GET", "/healthz", "GET /livez"),
    ("GET", "/openapi.yaml", "GET /openapi.json"),
]


@pytest.mark.needs(WRITTEN_PATHS, WRITTEN_METHODS, ONE_PROGRAM)
@pytest.mark.parametrize(("method", "path", "meant"), MEANT)
def test_404_and_405_name_the_request_that_was_probably_meant(
    client: Client, method: str, path: str, meant: str
) -> None:
    key = unique("Key")
    client.created({"id": key})
    client.created({"id": f"a/{key}"})
    answer = client.request(method, path.format(key=key))
    assert answer.status in (404, 405)
    told = re.search(r": (\S+ \S+) was probably meant;", answer.json()["detail"])
    assert told, answer.json()["detail"]
    assert told[1] == meant.format(key=key)
    # It is one: what it names is there.
    there = told[1].replace("{key}", key).split(" ")
    body = b"{}" if there[0] == "POST" else None
    assert client.request(there[0], there[1], body).status in (200, 201)
    assert client.request("OPTIONS", there[1]).status == 204


@pytest.mark.needs(WRITTEN_METHODS)
@pytest.mark.parametrize("path", ["/nothing", "/favicon.ico", "/get.php", "/a/b/c"])
def test_where_nothing_suggests_itself_there_is_no_guess(client: Client, path: str) -> None:
    for method in ("GET", "POST", "DELETE", "PATCH"):
        detail = client.request(method, path).json()["detail"]
        assert detail == "This path does not exist; the API is described at /openapi.json."


@pytest.mark.needs(WRITTEN_PATHS)
@pytest.mark.parametrize("key", ["k" * 500, "ü" * 60, "a%0Ab"])
def test_a_guess_is_short_and_plain(client: Client, key: str) -> None:
    answer = client.request("GET", f"/picus/{key if '%' in key else path_of(key)}")
    assert answer.status == 405
    detail = answer.json()["detail"]
    assert re.search(r"GET /picus/get/\S+ was probably meant;", detail)
    assert len(detail) < 350
    assert detail.isascii()
    assert detail.isprintable()


# RFC 3986, 6.2.2.2: an escape of an unreserved character is that character.
EQUAL = [
    *("/picus/%67et/{key}", "/%70%69%63%75%73/get/{key}", "/picus/g%65%74/{key}"),
    *("/picus/%67et?key={key}", "/picus/list", "/picus/lis%74?limit=1"),
    *("/%6Civez", "/%72eadyz", "/openapi%2Ejson"),
]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", EQUAL)
def test_needless_escapes_in_a_path_change_nothing(client: Client, path: str, method: str) -> None:
    key = unique()
    client.created({"id": key})
    answer = client.request(method, path.format(key=key))
    assert answer.status == 200
    if "{key}" in path and method == "GET":
        assert answer.json() == {"id": key}


@pytest.mark.needs(WRITTEN_PATHS, ONE_PROGRAM)
def test_needless_escapes_in_the_paths_of_writes_change_nothing(client: Client) -> None:
    key = unique()
    put = client.request("POST", "/picus/%70ut", f'{{"id":"{key}"}}')
    assert put.status == 201
    assert client.request("DELETE", f"/%70icus/%6{ord(key[0]) - 0x60:X}{key[1:]}").status == 200
    assert client.get(key).status == 404


@pytest.mark.needs(WRITTEN_PATHS)
@pytest.mark.parametrize(
    ("path", "key"),
    [("%61%2Fb", "a/b"), ("%2561", "%61"), ("%25%36%31", "%61"), ("%7E%2B+", "~++"), ("%2e", ".")],
)
def test_keys_are_decoded_once_also_where_escapes_are_needless(
    client: Client, path: str, key: str
) -> None:
    client.put({"id": key})
    answer = client.request("GET", f"/picus/get/{path}")
    assert (answer.status, answer.json()) == (200, {"id": key})


@pytest.mark.needs(WRITTEN_PATHS)
@pytest.mark.parametrize("path", ["/picus%2Flist", "/picus%2fget/a", "/%2Flivez", "/livez%00"])
def test_escapes_of_reserved_characters_are_no_slashes(client: Client, path: str) -> None:
    assert client.request("GET", path).status == 404


@pytest.mark.needs(OWN_PROCESS)
def test_the_log_has_the_path_of_a_request_that_no_route_matches(server: Server) -> None:
    def logged(method: str, target: str) -> tuple[object, object]:
        answer = server.client.request(method, target)
        line = server.process.log_line(request_id=answer["X-Request-Id"])
        return line["route"], line.get("path")

    assert logged("GET", "/nowhere?key=secret") == ("unknown", "/nowhere")
    assert logged("GET", "/Picus/list") == ("unknown", "/Picus/list")
    assert logged("GET", "/picus/get/secret/b") == ("unknown", "/picus/get/{key}/{key}")
    assert logged("GET", "/get/secret/") == ("unknown", "/get/{key}/")
    assert logged("GET", '/a"b%0A%22%e4') == ("unknown", '/a"b%0A%22%e4')
    assert logged("GET", "/" + "ab%20/" * 30) == ("unknown", "/" + "ab%20/" * 10 + "ab%")
    # As long as a token.
    assert logged("GET", "/" + "a" * 41) == ("unknown", "/{long}")
    for method, target in (
        ("GET", "/picus/get/secret"),
        ("GET", "/picus/get?key=secret"),
        ("GET", "/picus/secret"),
        ("POST", "/picus/secret"),
        ("DELETE", "/picus/secret"),
        ("DELETE", "/picus?key=secret"),
        ("DELETE", "/picus/get/secret"),
        ("DELETE", "/picus/list?key=secret"),
        ("PATCH", "/picus/get/secret"),
        ("GET", "/picus/list?cursor=secret"),
        ("GET", "/picus/get/%zzsecret"),
        ("GET", "/livez?secret"),
    ):
        answer = server.client.request(method, target)
        line = server.process.log_line(request_id=answer["X-Request-Id"])
        assert "secret" not in str(line), (method, target)
        assert line["route"] != "unknown"
