"""Files that are imported in the browser."""

from __future__ import annotations

import gzip
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from harness.client import Client, unique
from harness.visitor import visitor
from real import iso_codes

SUBDIVISIONS = iso_codes.JSON / "iso_3166-2.json"
COUNTS = ("created", "replaced", "skipped", "failed")


def choose(page: Page, file: Path, conflict: str = "Report it") -> None:
    page.set_input_files("#file", file)
    page.get_by_label(conflict).check()
    page.get_by_role("button", name="Import", exact=True).click()


def counts(page: Page, name: str) -> dict[str, int]:
    """Those of the result for this file; zeros are left out."""
    page.locator("h2:focus", has_text=name).wait_for()
    shown = [int(text) for text in page.locator(".counts dd").all_inner_texts()]
    return {count: shown for count, shown in zip(COUNTS, shown, strict=True) if shown}


def test_two_bad_lines_of_a_file_are_named_and_the_rest_is_stored(
    browser: Browser, client: Client, tmp_path: Path
) -> None:
    one, two = unique(), unique()
    file = tmp_path / "items.ndjson"
    file.write_text(f'{{"id":"{one}","n":1.0}}\n{{"id":7}}\n\n{{"broken\n{{"id":"{two}"}}\n')
    with visitor(browser, client.url) as person:
        person.goto("/#import")
        choose(person.page, file)
        assert counts(person.page, file.name) == {"created": 2, "failed": 2}
        errors = person.page.locator(".errors tbody")
        assert errors.locator("th").all_inner_texts() == ["2", "4"]
        assert errors.locator("code").all_inner_texts() == ["invalid-id", "invalid-json"]
    assert client.get(one).body == f'{{"id":"{one}","n":1.0}}'.encode()
    assert client.get(two).status == 200


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_one_item_over_several_lines_is_imported_by_the_same_rules(
    browser: Browser, client: Client, tmp_path: Path, packed: bool
) -> None:
    key = unique()
    file = tmp_path / "item.json"
    # Longer than what is looked at first, and a member that is a list: an item has an id.
    item = {"id": key, "parts": [{"n": number} for number in range(8000)]}
    text = json.dumps(item, indent=2).encode()
    file.write_bytes(gzip.compress(text) if packed else text)
    with visitor(browser, client.url) as person:
        person.goto("/#import")
        for conflict, count in (
            ("Report", "created"),
            ("Replace", "replaced"),
            ("Skip", "skipped"),
        ):
            choose(person.page, file, f"{conflict} it")
            assert counts(person.page, file.name) == {count: 1}
    assert client.get(key).json() == item


def test_a_file_with_a_list_inside_can_be_its_elements_or_one_item(
    browser: Browser, picus_with: Callable[[list[str]], Client]
) -> None:
    """A file of Debian's that nobody made for Picus: one object, whose only member is a list."""
    client = picus_with([])
    (entries,) = json.loads(SUBDIVISIONS.read_text(encoding="utf-8")).values()
    with visitor(browser, client.url) as person:
        person.goto("/#import")
        choose(person.page, SUBDIVISIONS)
        person.page.wait_for_selector(f"dialog:has-text('{len(entries)} objects')")
        person.page.keyboard.press("Escape")
        person.page.wait_for_selector(".running", state="hidden")
        assert client.list().json() == []
        choose(person.page, SUBDIVISIONS)
        person.page.get_by_role("button", name=f"Import the {len(entries)} objects").click()
        assert counts(person.page, SUBDIVISIONS.name) == {"created": len(entries)}
    # The server makes the ids in the order of the list.
    stored = sorted(client.list().json(), key=lambda item: str(item["id"]))
    assert [{name: item[name] for name in item if name != "id"} for item in stored] == entries


def test_an_import_equals_that_of_the_command(
    browser: Browser, picus: Path, picus_with: Callable[[list[str]], Client], tmp_path: Path
) -> None:
    file = tmp_path / "iso-codes.ndjson.gz"
    items = list(iso_codes.items())
    lines = "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items)
    file.write_bytes(gzip.compress(lines.encode()))
    client = picus_with([])
    with visitor(browser, client.url) as person:
        person.goto("/#import")
        choose(person.page, file)
        assert counts(person.page, file.name) == {"created": len(items)}
    data = tmp_path / "other"
    subprocess.run([picus, "import", "--create", "--data", data, file], check=True)
    done = subprocess.run([picus, "export", "--data", data], capture_output=True, check=True)
    listed = client.list(headers={"Accept": "application/x-ndjson"}).body
    assert sorted(listed.splitlines()) == sorted(done.stdout.splitlines())


def test_a_name_and_an_error_with_markup_are_shown_as_texts(
    browser: Browser, client: Client, tmp_path: Path
) -> None:
    image = "<img src=x onerror=alert(1)>"
    file = tmp_path / f"{image}\u202e.ndjson"
    file.write_text(f'{{"id":"{unique()}","{image}":1,"{image}":2}}\n{{"{image}": {image}}}\n')
    with visitor(browser, client.url, refusals=(422,)) as person:
        person.goto("/#import")
        choose(person.page, file)
        assert counts(person.page, f"{image}\\u202e") == {"failed": 2}
        assert image in person.page.locator(".errors").inner_text()
        assert person.page.locator("img:not([src^='/ui/'])").count() == 0
