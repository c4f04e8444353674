"""Web pages in a real Chromium: the page of docs/browser.md, and pages that are up to no good."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from docs.markdown import ROOT, blocks
from harness.browser import Site, visit
from harness.client import Client
from harness.process import PicusProcess

DOCUMENT = ROOT / "docs" / "browser.md"
ITEMS = [{"id": f"key-{number}", "text": "Ü/?"} for number in range(5)]
# Each way in which a page may send a request without asking first, and two for which it asks.
INTRUDER = """<pre id="out"></pre>
<iframe name="frame"></iframe>
<form method="post" action="{url}/picus/put" enctype="text/plain" target="frame">
  <input name='{{"id":"form","a":"' value='"}}'>
</form>
<script type="module">
  const out = document.querySelector("#out");
  const show = (...words) => {{ out.textContent += words.join(" ") + "\\n"; }};
  async function attempt(name, path, options) {{
    try {{
      const response = await fetch("{url}" + path, options);
      show(name, response.type, (await response.text()).length);
    }} catch (error) {{
      show(name, error.name);
    }}
  }}
  const simple = {{ method: "POST", body: '{{"id":"simple"}}' }};
  await attempt("simple", "/picus/put", simple);
  await attempt("blind", "/picus/put", {{ ...simple, mode: "no-cors" }});
  const json = {{ "Content-Type": "application/json" }};
  await attempt("json", "/picus/put", {{ ...simple, headers: json }});
  await attempt("delete", "/picus/key-1", {{ method: "DELETE" }});
  await attempt("read", "/picus/get/key-1");
  await attempt("blind-read", "/picus/get/key-1", {{ mode: "no-cors" }});
  const frame = document.querySelector("iframe");
  const loaded = new Promise((resolve) => {{ frame.onload = resolve; }});
  document.querySelector("form").submit();
  await loaded;
  show("end");
</script>"""
# Its own name leads to Picus after it has loaded: to the browser that is the same origin.
REBOUND = """<pre id="out"></pre>
<script type="module">
  const out = document.querySelector("#out");
  const show = (...words) => { out.textContent += words.join(" ") + "\\n"; };
  for (const [method, path] of [["GET", "/picus/list"], ["POST", "/picus/put"]]) {
    const body = method === "POST" ? '{"id":"rebound"}' : undefined;
    const response = await fetch(path, { method, body });
    const problem = await response.json();
    show(response.status, problem.code, problem.detail);
  }
  show("end");
</script>"""


@pytest.fixture
def serve(picus: Path, tmp_path: Path) -> Iterator[Callable[..., Client]]:
    """Starts a server that has ITEMS."""
    with contextlib.ExitStack() as stack:

        def serve_one(*options: str) -> Client:
            process = PicusProcess(picus, tmp_path / "data", *options)
            stack.callback(process.stop)
            client = Client(process.url)
            for item in ITEMS:
                client.created(item)
            return client

        yield serve_one


@pytest.fixture
def publish() -> Iterator[Callable[..., Site]]:
    with contextlib.ExitStack() as stack:

        def publish_one(page: str, server: Client | None = None) -> Site:
            site = Site(page, server)
            stack.callback(site.stop)
            return site

        yield publish_one


def page_for(url: str) -> str:
    (page,) = blocks(DOCUMENT, "html")
    assert "http://127.0.0.1:8080" in page
    return page.replace("http://127.0.0.1:8080", url)


def test_the_page_of_the_document_does_what_it_says(
    serve: Callable[..., Client], publish: Callable[..., Site], tmp_path: Path
) -> None:
    (command,) = blocks(DOCUMENT, "sh")
    assert command == "picus serve --cors-origin http://localhost:3000\n"
    site = publish("")
    client = serve("--cors-origin", f"http://localhost:{site.port}")
    site.page = page_for(client.url)
    with visit(f"http://localhost:{site.port}/", tmp_path):
        shown = site.wait_for_end()
    items = [{"id": "a/b", "text": "Buy bread"}, *ITEMS]
    listed = [json.loads(line.removeprefix("item: ")) for line in shown if line[:5] == "item:"]
    assert sorted(listed, key=lambda item: str(item["id"])) == items
    assert [line for line in shown if line[:5] != "item:"] == [
        "created: 201 /picus/get/a%2Fb",
        "unchanged: 304",
        "replaced: 200",
        "refused: 412 precondition-failed",
        "deleted: 200",
    ]
    assert client.list().json() == ITEMS


@pytest.mark.parametrize("options", [(), ("--cors-origin", "http://localhost:1")], ids=str)
def test_a_page_of_an_origin_that_is_not_allowed_reads_and_changes_nothing(
    serve: Callable[..., Client],
    publish: Callable[..., Site],
    tmp_path: Path,
    options: tuple[str, ...],
) -> None:
    client = serve(*options)
    site = publish(INTRUDER.format(url=client.url))
    with visit(f"http://localhost:{site.port}/", tmp_path):
        shown = site.wait_for_end()
    assert shown == [
        "simple TypeError",
        "blind opaque 0",
        "json TypeError",
        "delete TypeError",
        "read TypeError",
        "blind-read opaque 0",
    ]
    assert client.list().json() == ITEMS


def test_a_page_whose_name_leads_to_the_server_is_refused(
    serve: Callable[..., Client], publish: Callable[..., Site], tmp_path: Path
) -> None:
    client = serve()
    site = publish(REBOUND, client)
    with visit(f"http://evil.example:{site.port}/", tmp_path):
        shown = site.wait_for_end()
    assert len(shown) == 2
    for line in shown:
        assert line.startswith("403 host-not-allowed ")
        assert '"evil.example"' in line
        assert "--allow-host" in line
    assert client.list().json() == ITEMS
