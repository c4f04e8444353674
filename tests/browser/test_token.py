"""Who has no token, or the wrong one, is asked for another, and loses nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request

from harness.access import bearer, configuration, entry, new_token
from harness.client import Client, unique
from harness.process import PicusProcess
from harness.visitor import visitor

READER, WRITER = new_token(), new_token()


@pytest.fixture(scope="module")
def guarded(picus: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A server with authentication."""
    directory = tmp_path_factory.mktemp("guarded")
    access = directory / "access.json"
    every = "items:read items:write items:delete"
    access.write_text(
        configuration(entry("reader", READER, "items:read"), entry("writer", WRITER, every))
    )
    process = PicusProcess(picus, directory / "data", "--auth-file", str(access))
    yield Client(process.url)
    process.stop()


def use(page: Page, token: str, keep: bool = False) -> None:
    page.wait_for_selector("dialog #token:focus")
    page.fill("#token", token)
    if keep:
        page.check("#keep")
    page.keyboard.press("Enter")


def places_of(page: Page, token: str) -> set[str]:
    """Where the browser keeps the token."""
    found = page.evaluate(
        """(token) => Object.entries({
          session: JSON.stringify({ ...sessionStorage }),
          local: JSON.stringify({ ...localStorage }),
          cookie: document.cookie,
          address: location.href,
        }).filter(([, text]) => text.includes(token)).map(([name]) => name)""",
        token,
    )
    return set(found)


def test_a_token_lets_in_and_is_forgotten_by_a_reload(browser: Browser, guarded: Client) -> None:
    key = unique()
    guarded.put({"id": key}, bearer(WRITER))
    with visitor(browser, guarded.url, refusals=(401,)) as person:
        page = person.page
        page.goto(guarded.url)
        use(page, "a token")  # no header can have it: the browser says so
        assert page.evaluate("document.querySelector('#token').validity.patternMismatch")
        use(page, "wrong")
        use(page, READER)
        page.get_by_role("link", name=key).wait_for()
        assert places_of(page, READER) == set()
        page.reload()
        page.wait_for_selector("dialog")
        assert "token" in page.locator("#token-why").inner_text()
        page.keyboard.press("Escape")
        page.wait_for_selector(".problem:has-text('unauthenticated')")


def test_a_token_is_kept_for_the_tab_and_forgotten_only_on_request(
    browser: Browser, guarded: Client
) -> None:
    with visitor(browser, guarded.url, refusals=(401,)) as person:
        page = person.page
        page.goto(guarded.url)
        use(page, READER, keep=True)
        page.wait_for_selector("table.items, .empty")
        assert places_of(page, READER) == {"session"}
        page.reload()
        page.wait_for_selector("table.items, .empty")
        page.click("#token-button")
        page.get_by_role("button", name="Forget token").click()
        page.wait_for_selector("#token-button:text-is('Token')")
        assert places_of(page, READER) == set()


def test_what_was_typed_is_saved_once_a_token_has_the_scope(
    browser: Browser, guarded: Client
) -> None:
    key = unique()
    with visitor(browser, guarded.url, refusals=(401, 403)) as person:
        page = person.page
        page.goto(guarded.url)
        use(page, READER)
        page.get_by_role("link", name="New", exact=True).click()
        page.fill("#new-key", key)
        page.fill("#text", '{"n":12.50}')
        page.get_by_role("button", name="Create").click()
        page.wait_for_selector("dialog:has-text('items:write')")
        use(page, WRITER)
        page.wait_for_selector(f"h1:has-text('{key}')")
    assert guarded.get(key, bearer(WRITER)).body == f'{{"id":"{key}","n":12.50}}'.encode()


def test_an_import_asks_for_a_token_too(browser: Browser, guarded: Client, tmp_path: Path) -> None:
    key = unique()
    file = tmp_path / "items.ndjson"
    file.write_text(f'{{"id":"{key}"}}\n')
    with visitor(browser, guarded.url, refusals=(401,)) as person:
        page = person.page
        sent = []

        def note(request: Request) -> None:
            sent.append(request.url)

        page.on("request", note)
        person.goto("/#import")
        page.set_input_files("#file", file)
        page.get_by_role("button", name="Import").click()
        use(page, WRITER)
        page.wait_for_selector("h2:focus:has-text('items.ndjson')")
        # A large file is not sent for nothing.
        assert len([url for url in sent if "on_conflict" in url]) == 1
    assert guarded.get(key, bearer(WRITER)).status == 200


def test_a_deletion_of_several_items_asks_for_the_scope_once(
    browser: Browser, guarded: Client
) -> None:
    keys = [unique() for _ in range(6)]
    guarded.bulk("\n".join(f'{{"id":"{key}"}}' for key in keys), headers=bearer(WRITER))
    with visitor(browser, guarded.url, refusals=(401, 403)) as person:
        page = person.page
        page.goto(guarded.url)
        use(page, READER)
        for key in keys:
            page.get_by_label(f"Select {key}").check()
        page.get_by_role("button", name="Delete", exact=True).click()
        page.locator("dialog .danger").click()
        page.wait_for_selector("dialog:has-text('items:delete')")
        use(page, WRITER)
        page.wait_for_selector("#outcome:has-text('Deleted 6 items.')")
        assert page.locator("dialog").count() == 0


def test_the_api_page_sends_the_token_and_keeps_it_out_of_the_command(
    browser: Browser, guarded: Client
) -> None:
    with visitor(browser, guarded.url, refusals=(401,)) as person:
        page = person.page
        person.goto("/docs#listItems")
        page.click("#listItems button")
        page.fill("#listItems-token", READER)
        page.locator("#listItems").get_by_role("button", name="Send").click()
        page.wait_for_selector("#listItems [aria-label=Response]:has-text('200')")
        command = page.locator("#listItems .try pre").first.inner_text()
        assert '-H "Authorization: Bearer $TOKEN"' in command
        assert READER not in command
        assert places_of(page, READER) == set()
