"""The pages as responses: when there are any, what they are made of, and what they weigh."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
from collections.abc import Callable, Iterator
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.sync_api import Browser

from docs.markdown import ROOT
from harness.client import Answer, Client
from harness.process import PicusProcess
from harness.visitor import visitor

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
POLICY = {
    *("default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:"),
    *("connect-src 'self'", "form-action 'none'", "base-uri 'none'", "frame-ancestors 'none'"),
    *("require-trusted-types-for 'script'", "trusted-types 'none'"),
}
# What a module needs to run.
NEEDED = re.compile(r'from "([^"]+)"')
# The same, or what it loads later.
IMPORTED = re.compile(r'\b(?:from |import\()"(/ui/[^"]+)"')
MAX_CONSOLE, MAX_DOCS = 40_000, 20_000
PICTURE = ROOT / "docs" / "console.png"


class Tags(HTMLParser):
    """The tags of a page, with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attributes}))


def page(client: Client, path: str = "/") -> str:
    return client.request("GET", path, headers=BROWSER).body.decode()


def files_of(client: Client, path: str) -> dict[str, Answer]:
    """The page and all that it loads, by path."""
    text = page(client, path)
    names = {
        attributes.get("src", attributes.get("href", "")) for _, attributes in Tags(text).found
    }
    loaded: dict[str, Answer] = {}
    rest = {name for name in names if name.startswith("/ui/")}
    while rest:
        name = rest.pop()
        loaded[name] = client.request("GET", name)
        rest |= set(IMPORTED.findall(loaded[name].body.decode())) - set(loaded)
    return {path: client.request("GET", path, headers=BROWSER), **loaded}


def weight(files: dict[str, Answer]) -> int:
    return sum(len(gzip.compress(answer.body, 9)) for answer in files.values())


def test_only_who_prefers_html_gets_the_console(client: Client) -> None:
    for accept in (None, "*/*", "application/json", "application/json, text/html"):
        answer = client.request("GET", "/", headers={"Accept": accept} if accept else {})
        assert answer.json()["status"] == "healthy"
        assert answer["Content-Type"] == "application/json"
        assert answer["Vary"] == "Accept"
    shown = client.request("GET", "/", headers=BROWSER)
    assert shown["Content-Type"] == "text/html; charset=utf-8"
    assert shown["Vary"] == "Accept-Encoding, Accept"


def test_a_page_that_the_browser_has_is_not_sent_again(client: Client) -> None:
    for path in files_of(client, "/") | files_of(client, "/docs"):
        shown = client.request("GET", path, headers=BROWSER)
        known = client.request("GET", path, headers={**BROWSER, "If-None-Match": shown.etag})
        assert (known.status, known.etag, known.body) == (304, shown.etag, b"")
        assert known["Vary"] == shown["Vary"]
        assert known["Cache-Control"] == shown["Cache-Control"]
        other = client.request("GET", path, headers={**BROWSER, "If-Match": '"other"'})
        assert other.status == 412
    # The JSON at / is another representation, and has no ETag.
    tag = client.request("GET", "/", headers=BROWSER).etag
    json = client.request("GET", "/", headers={"If-None-Match": tag})
    assert (json.status, json.get("ETag")) == (200, None)


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_the_client_chooses_the_coding_of_a_page(client: Client, path: str) -> None:
    plain = client.request("GET", path, headers=BROWSER)
    for codings, is_packed in (
        *[(yes, True) for yes in ("gzip", "br, gzip;q=0.5", "*", "identity;q=0, *")],
        *[(no, False) for no in ("", "identity", "gzip;q=0, *", "br", "gzip;q=0.5, identity")],
    ):
        headers = {**BROWSER, "Accept-Encoding": codings}
        got = client.request("GET", path, headers=headers)
        assert got.get("Content-Encoding") == ("gzip" if is_packed else None), codings
        assert (gzip.decompress(got.body) if is_packed else got.body) == plain.body
        assert got.headers.get_all("Vary") == [plain["Vary"]]
        assert got.etag == plain.etag
        headed = client.request("HEAD", path, headers=headers)
        assert headed["Content-Length"] == str(len(got.body))
        assert headed.get("Content-Encoding") == got.get("Content-Encoding")


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_every_file_of_a_page_is_there_and_has_its_headers(client: Client, path: str) -> None:
    files = files_of(client, path)
    assert len(files) >= 3
    for name, answer in files.items():
        assert answer.status == 200, name
        assert set(answer["Content-Security-Policy"].split("; ")) == POLICY
        assert answer["Referrer-Policy"] == "no-referrer"
        assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
        assert answer["X-Content-Type-Options"] == "nosniff"
        kept = "public, max-age=31536000, immutable" if name.startswith("/ui/") else "no-cache"
        assert answer["Cache-Control"] == kept


def test_the_page_names_every_module_that_it_needs_before_it_shows_something(
    client: Client,
) -> None:
    """A module of which the browser learns from another one costs one more round trip."""
    tags = Tags(page(client)).found
    scripts = {attributes["src"] for tag, attributes in tags if tag == "script"}
    ahead = {
        attributes["href"] for _, attributes in tags if attributes.get("rel") == "modulepreload"
    }
    files = files_of(client, "/")
    needed, rest = set[str](), set(scripts)
    while rest:
        name = rest.pop()
        needed.add(name)
        rest |= set(NEEDED.findall(files[name].body.decode())) - needed
    assert scripts | ahead == needed
    assert {name for name in files if name.endswith(".js")} > needed


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_a_page_has_no_inline_script_or_style_and_nothing_of_others(
    client: Client, path: str
) -> None:
    for name, answer in files_of(client, path).items():
        text = answer.body.decode()
        if name.endswith((".css", ".js")):
            assert not re.search(r"https?://|@import|url[(]", text), name
        assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document[.]write|eval[(]", text)
    for tag, attributes in Tags(page(client, path)).found:
        assert tag != "style"
        assert tag != "script" or attributes["src"].startswith("/ui/")
        assert not {name for name in attributes if name.startswith("on") or name == "style"}
        for name in ("src", "href"):
            assert not re.match(r"[a-z]+:|//", attributes.get(name, "")), attributes


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_no_other_page_has_a_page_in_a_frame_or_under_its_name(
    browser: Browser, client: Client, path: str
) -> None:
    page = browser.new_page()
    frames = "".join(f'<iframe src="{client.url}{one}"></iframe>' for one in (path, "/livez"))
    page.set_content(frames, wait_until="load")
    assert [frame.url for frame in page.frames[1:]] == [
        "chrome-error://chromewebdata/",
        f"{client.url}/livez",
    ]
    page.close()
    rebound = client.request("GET", path, headers={**BROWSER, "Host": "other.example"})
    assert (rebound.status, rebound.json()["code"]) == (403, "host-not-allowed")


def test_the_pages_are_light(client: Client) -> None:
    assert weight(files_of(client, "/")) <= MAX_CONSOLE
    assert weight(files_of(client, "/docs")) <= MAX_DOCS


@pytest.fixture
def serve(picus: Path, tmp_path: Path) -> Iterator[Callable[..., Client]]:
    running: list[PicusProcess] = []

    def start(*options: str) -> Client:
        running.append(PicusProcess(picus, tmp_path / "data", *options))
        return Client(running[-1].url.replace("0.0.0.0", "127.0.0.1"))

    yield start
    for process in running:
        process.stop()


ELSEWHERE = ("--insecure-no-auth", "--listen", "0.0.0.0:0")


@pytest.mark.parametrize(
    ("options", "is_there"),
    [
        (("--console", "off"), False),
        (ELSEWHERE, False),
        ((*ELSEWHERE, "--console", "on"), True),
    ],
    ids=["off", "auto-for-others", "on-for-others"],
)
def test_the_option_decides_who_has_the_pages(
    serve: Callable[..., Client], options: tuple[str, ...], is_there: bool
) -> None:
    client = serve(*options)
    root = client.request("GET", "/", headers=BROWSER)
    assert root["Content-Type"].startswith("text/html" if is_there else "application/json")
    assert (root.get("Vary") or "").startswith("Accept") == is_there
    assert client.request("GET", "/docs").status == (200 if is_there else 404)
    assert client.request("GET", "/ui/nothing.js").status == 404


def test_the_api_page_has_every_operation_status_and_code(client: Client) -> None:
    document: dict[str, Any] = yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))
    text = page(client, "/docs")
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method == "parameters":
                continue
            start = text.index(f'id="{operation["operationId"]}"')
            end = min(
                (at for tag in ("</section>", "</p>") if (at := text.find(tag, start)) > 0)
                if method in ("head", "options")
                else [text.index("</section>", start)]
            )
            shown = unescape(re.sub(r"<[^>]+>", " ", text[start:end]))
            assert f"{method.upper()} {path}" in re.sub(r"\s+", " ", shown)
            for status in operation["responses"]:
                assert re.search(rf"\b{status}\b", shown), (operation["operationId"], status)
    for code in document["components"]["schemas"]["ProblemCode"]["enum"]:
        assert f"<code>{code}</code>" in text, code
    # The links within the page lead somewhere.
    ids = set(re.findall(r'id="([^"]+)"', text))
    assert set(re.findall(r'href="#([^"]+)"', text)) <= ids


def test_the_api_page_reads_in_a_text_browser(client: Client, tmp_path: Path) -> None:
    file = tmp_path / "docs.html"
    file.write_text(page(client, "/docs"), encoding="utf-8")
    done = subprocess.run(
        ["lynx", "-dump", "-nolist", "-width=100", "-display_charset=utf-8", file],
        capture_output=True,
        text=True,
        check=True,
    )
    read = re.sub(r"\s+", " ", done.stdout)
    assert "POST /picus/put Put one item, or many One item: the body is one JSON object" in read
    assert "409 The key exists, and the request has no If-Match. already-exists" in read
    assert '{"id": "countries/JP"}' in read


def test_the_api_page_can_be_printed(browser: Browser, client: Client) -> None:
    with visitor(browser, client.url) as person:
        person.goto("/docs")
        person.page.emulate_media(media="print")
        person.page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert person.page.get_by_role("button").count() == 0
        assert not person.page.locator(".contents").is_visible()
        for example in person.page.locator("details pre").all():
            assert example.is_visible()
        assert person.overflow() <= 0


def test_a_request_can_be_tried_and_its_command_does_the_same(
    browser: Browser, client: Client
) -> None:
    with visitor(browser, client.url) as person:
        person.goto("/docs")
        section = person.page.locator("#putItem")
        section.get_by_role("button", name="Try it").click()
        section.get_by_label("Body").fill("""{"id":"it's $HOME","n":12.50}""")
        person.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        section.get_by_role("button", name="Copy for curl").click()
        section.get_by_role("button", name="Copied").wait_for()
        command = str(person.page.evaluate("navigator.clipboard.readText()"))
        assert command == section.locator(".try pre").first.inner_text()
        section.get_by_role("button", name="Send").click()
        answer = section.get_by_role("region", name="Response")
        answer.wait_for()
        assert answer.inner_text().startswith("201 Created")
        assert client.get("it's $HOME").body == b"""{"id":"it's $HOME","n":12.50}"""
    client.delete("it's $HOME")
    assert run(command).startswith("HTTP/1.1 201 Created")
    assert client.get("it's $HOME").body == b"""{"id":"it's $HOME","n":12.50}"""


# What a shell or curl could take for something else.
TRICKY = ["$(id)`id`!!\\", "--help", "", "ü'\"\t#&;{a,b}[1-3]", "a\nb", "%41+%"]


def test_the_command_sends_what_the_page_sends(
    browser: Browser, client: Client, tmp_path: Path
) -> None:
    file = tmp_path / "item.json"
    file.write_text("{}")
    with visitor(browser, client.url, refusals=(400, 404)) as person:
        person.goto("/docs")
        for operation, label in (("putItem", "Body"), ("getItemByQuery", "key")):
            section = person.page.locator(f"#{operation}")
            section.get_by_role("button", name="Try it").click()
            for text in (*TRICKY, f"@{file}"):
                if label == "key" and "\n" in text:  # a field of one line
                    continue
                section.get_by_label(label, exact=True).fill(text)
                shown = section.get_by_role("region", name="Response")
                section.get_by_role("button", name="Send").click()
                shown.wait_for()
                answer = run(section.locator(".try pre").first.inner_text())
                assert problem_of(answer) == problem_of(shown.inner_text()), text


def run(command: str) -> str:
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    return done.stdout


def problem_of(answer: str) -> dict[str, Any]:
    """The problem document after the headers, without what each request has of its own."""
    problem: dict[str, Any] = json.loads(re.split(r"\r?\n\r?\n", answer, maxsplit=1)[1])
    del problem["request_id"]
    return problem
