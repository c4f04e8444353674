"""Several items are selected in the list, and deleted at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from harness.client import Client
from harness.visitor import visitor

Start = Callable[[list[str]], Client]
# In the order of the list; numbers that a float would change.
ITEMS = [f'{{"id":"{number:02}","n":9007199254740993,"d":{number}.50}}' for number in range(60)]


def ids(client: Client) -> list[str]:
    return [item["id"] for item in client.list().json()]


def box(page: Page, key: str) -> Any:
    return page.get_by_label(f"Select {key}", exact=True)


def selected(page: Page) -> str:
    return page.locator(".selection span").first.inner_text()


def delete_selected(page: Page) -> None:
    page.get_by_role("button", name="Delete", exact=True).click()
    page.locator("dialog .danger").click()


def test_the_keyboard_selects_deletes_and_puts_back(browser: Browser, picus_with: Start) -> None:
    client = picus_with(ITEMS[:4])
    before = client.list().body
    with visitor(browser, client.url) as person:
        page, keyboard = person.page, person.page.keyboard
        person.goto("/")
        keyboard.press("d")  # nothing is selected: nothing is asked
        for key in ("j", "x", "j", "j", "x", "d"):
            keyboard.press(key)
        page.wait_for_selector("dialog")
        assert page.locator("dialog h2").inner_text() == "Delete 2 items?"
        assert page.locator("dialog li").all_inner_texts() == ["00", "02"]
        assert person.focused() == "Cancel"
        keyboard.press("Escape")
        assert person.focused() == "02"
        keyboard.press("d")
        page.wait_for_selector("dialog[open]")  # it opens behind a request for its module
        keyboard.press("Tab")
        assert person.focused() == "Delete 2 items"
        keyboard.press("Enter")
        page.wait_for_selector("#outcome:has-text('Deleted 2 items.')")
        page.wait_for_selector("main:not([aria-busy]) h1:focus")
        assert ids(client) == ["01", "03"]
        assert not page.locator(".selection").is_visible()
        page.get_by_role("button", name="Put back").focus()
        keyboard.press("Enter")
        page.wait_for_selector("#outcome:has-text('Put back 2 items.')")
        assert client.list().body == before


def test_what_changed_or_is_gone_is_reported_item_by_item(
    browser: Browser, picus_with: Start
) -> None:
    client = picus_with(ITEMS[:4])
    with visitor(browser, client.url, refusals=(404, 412)) as person:
        page = person.page
        person.goto("/")
        page.get_by_label("Select all").check()
        box(page, "03").uncheck()
        assert page.get_by_label("Select all").evaluate("box => box.indeterminate")
        client.put({"id": "00", "other": True}, {"If-Match": "*"})
        client.delete("01")

        def change_late(route: Route) -> None:
            client.put({"id": "02", "late": True}, {"If-Match": "*"})
            route.continue_()

        page.route("**/picus?key=02", change_late)
        delete_selected(page)
        problem = page.get_by_role("alert")
        problem.wait_for()
        assert "2 items not deleted" in problem.inner_text()
        assert problem.get_by_role("link").all_inner_texts() == ["00", "02"]
        assert problem.locator("code", has_text="precondition-failed").count() == 2
        page.wait_for_selector("#outcome:has-text('1 item was deleted before.')")
        assert ids(client) == ["00", "02", "03"]
        # What failed stays selected, and is deleted as it is now shown.
        page.wait_for_selector("tr:has-text('other')")
        assert (selected(page), box(page, "00").is_checked()) == ("2 selected", True)
        page.unroute("**/picus?key=02")
        delete_selected(page)
        page.wait_for_selector("#outcome:has-text('Deleted 2 items.')")
        assert page.get_by_role("alert").count() == 0
        assert ids(client) == ["03"]


def test_a_selection_outlives_pages_and_shift_selects_a_range(
    browser: Browser, picus_with: Start
) -> None:
    client = picus_with(ITEMS)
    with visitor(browser, client.url) as person:
        page = person.page
        person.goto("/#items?limit=25")
        box(page, "03").click()
        box(page, "01").click(modifiers=["Shift"])
        assert selected(page) == "3 selected"
        page.get_by_role("link", name="Next").click()
        page.wait_for_selector(".range:has-text('26–50')")
        assert selected(page) == "3 selected, 3 on other pages"
        page.get_by_label("Select all").check()
        delete_selected(page)
        page.wait_for_selector("#outcome:has-text('Deleted 28 items.')")
        page.wait_for_selector(".range:has-text('26–35 of 35')")
    assert ids(client) == ["00", *(f"{number:02}" for number in [*range(4, 25), *range(50, 60)])]


@pytest.mark.parametrize("key", ["<img src=x onerror=alert(1)>", "a\u202egpj.exe", ".."])
def test_an_unkind_key_is_named_as_it_is(browser: Browser, picus_with: Start, key: str) -> None:
    client = picus_with([])
    client.put({"id": key})
    with visitor(browser, client.url) as person:
        page = person.page
        person.goto("/")
        page.get_by_label("Select all").check()
        page.get_by_role("button", name="Delete", exact=True).click()
        shown = key.replace("\u202e", "\\u202e")
        page.wait_for_selector("dialog[open]")
        assert page.locator("dialog li").all_inner_texts() == [shown]
        page.get_by_role("button", name="Delete 1 item").click()
        page.wait_for_selector("#outcome:has-text('Deleted 1 item.')")
    assert ids(client) == []


def test_a_server_that_goes_away_stops_the_rest(browser: Browser, picus_with: Start) -> None:
    client = picus_with(ITEMS[:30])
    with visitor(browser, client.url) as person:
        page = person.page
        person.goto("/")
        page.get_by_label("Select all").check()
        sent: list[str] = []

        def break_off(route: Route) -> None:
            sent.append(route.request.url)
            if len(sent) < 8:
                route.continue_()
            else:
                route.abort()

        page.route("**/picus?key=*", break_off)
        delete_selected(page)
        problem = page.get_by_role("alert")
        problem.wait_for()
        person.faults.clear()  # Chromium reports the connections that failed
        assert "no-response" in problem.inner_text()
        assert len(sent) <= 12
        page.wait_for_selector(".selection:has-text('23 selected')")
        assert len(ids(client)) == 23


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 320)])
def test_each_state_of_a_deletion_is_accessible_and_fits(
    browser: Browser, picus_with: Start, scheme: str, width: int
) -> None:
    client = picus_with([*ITEMS[:20], f'{{"id":"{"k" * 511}"}}'])
    with visitor(browser, client.url, scheme=scheme, width=width) as person:
        page = person.page

        def look(name: str) -> None:
            person.picture(f"{name}-{scheme}-{width}")
            assert person.violations() == [], name
            assert person.overflow() <= 0, name

        person.goto("/")
        page.get_by_label("Select all").check()
        look("selected")
        page.get_by_role("button", name="Delete", exact=True).click()
        look("delete-several")
        client.put({"id": "k" * 511, "n": 1}, {"If-Match": "*"})
        page.locator("dialog .danger").click()
        page.wait_for_selector("main:not([aria-busy]) h1:focus")
        look("not-deleted")
