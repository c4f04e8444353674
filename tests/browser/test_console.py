"""The console in Debian's Chromium, with what is unkind to it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, Route

from harness.client import Client, unique
from harness.tiers import FULL
from harness.visitor import SHOWN, Visitor, visitor

# What a page of the list has, in its order.
KEYS = "links => links.map((link) => link.dataset.key)"
IMAGE = "<img src=x onerror=alert(1)>"
SCRIPT = "</script><script>alert(1)</script>"
# Items that something has broken before, by what it was. Text, because Python has floats too.
UNKIND = {
    "markup": f'{{"id":"{IMAGE}","{IMAGE}":"{SCRIPT}"}}',
    "digits": '{"id":"digits","n":9007199254740993,"d":12.50,"e":1e-130,"z":-0,"l":[0.10,1E+2]}',
    "direction": '{"id":"a\u202egpj.exe","text":"\u202e\u2066hidden\u2069","عربي":"مفتاح"}',
    "control": '{"id":"control","nul":"\\u0000","lines":"a\\nb\\u2028c","bell":"\\u0007"}',
    "long": f'{{"id":"long","text":"{"x" * 400_000}"}}',
    "deep": f'{{"id":"deep","a":{"[" * 31}{"]" * 31}}}',
    "dots": '{"id":".."}',
    "pairs": f'{{"id":"pairs","{"🐦" * 40}":"{"🐦" * 50}"}}',
    "separators": '{"id":"a/b?c#d&e=f+g %2F"}',
    "constructor": '{"id":"__proto__","constructor":{"__proto__":[1,"two",null,true]}}',
    "longest": f'{{"id":"{"k" * 511}"}}',
}


PICTURE = Path(__file__).resolve().parents[2] / "docs" / "console.png"


def item_path(key: str, view: str = "item") -> str:
    return f"/#{view}?key={quote(key, safe='')}"


def text_of(page: Page, selector: str) -> str:
    return page.locator(selector).first.inner_text()


def saved(page: Page) -> None:
    page.get_by_role("button", name="Save").click()
    page.wait_for_selector("#outcome:has-text('Saved')")


def open_dialog(page: Page) -> None:
    """With the button that has the focus. It opens behind a request for its module."""
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open]")


@pytest.mark.parametrize("kind", UNKIND)
def test_an_unkind_item_is_shown_and_survives_an_edit_exactly(
    browser: Browser, client: Client, kind: str
) -> None:
    put = client.put(UNKIND[kind].encode())
    key = put.json()["id"]
    before = client.get(key)
    with visitor(browser, client.url) as person:
        person.goto("/#items?limit=500")
        assert person.page.evaluate("document.body.textContent.isWellFormed()")
        keys = person.page.locator("a.key").evaluate_all(KEYS)
        person.page.locator("a.key").nth(keys.index(key)).click()
        person.page.wait_for_selector("pre.json")
        assert person.page.locator("img:not([src^='/ui/'])").count() == 0
        person.page.get_by_role("link", name="Edit", exact=True).click()
        saved(person.page)
        # The ETag is a hash of the text: not one digit or character has changed.
        after = client.get(key)
        assert (after.etag, after.body) == (before.etag, before.body)


def test_what_nobody_sees_is_shown_as_an_escape(browser: Browser, client: Client) -> None:
    client.put(UNKIND["direction"].encode())
    with visitor(browser, client.url) as person:
        person.goto(item_path("a\u202egpj.exe"))
        assert text_of(person.page, "h1") == "a\\u202egpj.exe"
        assert '"\\u202e\\u2066hidden\\u2069"' in text_of(person.page, "pre.json")


def test_the_keyboard_is_enough(browser: Browser, client: Client) -> None:
    """Create, find, edit, meet a conflict, save over it, delete, put back: no mouse."""
    key = unique("keyboard")
    with visitor(browser, client.url, refusals=(412,)) as person:
        page, keyboard = person.page, person.page.keyboard
        person.goto("/")
        keyboard.press("n")
        page.wait_for_selector("#new-key:focus")
        keyboard.type(key)
        keyboard.press("Tab")
        assert person.focused() == "text"
        keyboard.type('"price": 12.50')
        keyboard.press("Control+s")
        page.wait_for_selector(f"h1:has-text('{key}')")
        assert client.get(key).body == f'{{"id":"{key}","price":12.50}}'.encode()
        keyboard.press("/")
        page.wait_for_selector("#key:focus")
        keyboard.type(key)
        keyboard.press("Enter")
        page.wait_for_selector("h1:focus")
        keyboard.press("e")
        page.wait_for_selector("#text:focus")
        client.put({"id": key, "other": 1}, {"If-Match": "*"})
        keyboard.press("Control+Home")
        keyboard.press("End")
        keyboard.type('"mine": 9007199254740993,')
        keyboard.press("Control+s")
        page.wait_for_selector("h2:focus:has-text('On the server now')")
        assert page.locator(".conflict mark").all_inner_texts() == ['"other": 1']
        assert '"mine": 9007199254740993' in page.locator("#text").input_value()
        keyboard.press("Control+s")
        page.wait_for_selector("#outcome:has-text('Saved')")
        assert b'"mine":9007199254740993' in client.get(key).body
        page.wait_for_selector("h1:focus")
        for _ in range(2):
            keyboard.press("Tab")
        assert person.focused() == "Delete"
        open_dialog(page)
        assert key in text_of(page, "dialog")
        assert person.focused() == "Cancel"
        keyboard.press("Escape")
        assert person.focused() == "Delete"
        open_dialog(page)
        keyboard.press("Tab")
        keyboard.press("Enter")
        page.wait_for_selector("#outcome:has-text('Deleted')")
        assert client.get(key).status == 404
        page.get_by_role("button", name="Put it back").focus()
        keyboard.press("Enter")
        page.wait_for_selector(f"h1:has-text('{key}')")
        assert client.get(key).status == 200


def test_j_and_k_move_through_the_list_and_the_way_back_keeps_the_place(
    browser: Browser, client: Client
) -> None:
    for number in range(3):
        client.put({"id": f"!{number}"})
    with visitor(browser, client.url) as person:
        person.goto("/")
        assert person.page.locator("#keys option").first.get_attribute("value") == "!0"
        for key, focused in (("j", "!0"), ("j", "!1"), ("j", "!2"), ("k", "!1")):
            person.page.keyboard.press(key)
            assert person.focused() == focused
        person.page.keyboard.press("Enter")
        person.page.wait_for_selector("h1:has-text('!1')")
        person.page.go_back()
        person.page.wait_for_selector("a.key:focus")
        assert person.focused() == "!1"


def test_a_part_of_a_key_can_be_completed(browser: Browser, client: Client) -> None:
    key = unique()
    client.put({"id": key})
    with visitor(browser, client.url, refusals=(404,)) as person:
        page = person.page
        person.goto("/")
        page.fill("#key", key[:-1])
        page.keyboard.press("Enter")
        page.wait_for_selector("h1:has-text('No such item')")
        page.get_by_role("link", name="Back to the list").click()
        page.locator("#key").press("End")
        page.keyboard.type(key[-1])
        page.keyboard.press("Enter")
        page.wait_for_selector(f"h1:has-text('{key}')")
        page.get_by_role("link", name="Items").first.click()
        page.wait_for_selector("a.key:focus")
        assert page.locator("#key").input_value() == ""


def test_an_item_that_changed_is_not_deleted(browser: Browser, client: Client) -> None:
    key = unique()
    client.put({"id": key, "a": 1})
    with visitor(browser, client.url, refusals=(412,)) as person:
        page = person.page
        person.goto(item_path(key))
        client.put({"id": key, "a": 2}, {"If-Match": "*"})
        page.get_by_role("button", name="Delete").click()
        page.get_by_role("button", name="Delete item").click()
        page.wait_for_selector(".problem:has-text('Nothing was deleted.')")
        page.get_by_role("button", name="Show the item as it is now").click()
        page.wait_for_selector("pre.json:has-text('\"a\": 2')")
        assert page.get_by_role("alert").count() == 0
    assert client.get(key).status == 200


def test_single_keys_can_be_turned_off(browser: Browser, client: Client) -> None:
    with visitor(browser, client.url) as person:
        person.goto("/")
        for is_on in (False, True):
            person.page.get_by_role("button", name="Keyboard shortcuts").click()
            person.page.get_by_label("Use single keys").set_checked(is_on)
            person.page.keyboard.press("Escape")
            person.page.wait_for_selector("dialog", state="detached")
            person.goto("/")  # a choice outlives the page
            person.page.keyboard.press("?")
            # One that opens against the choice is in the way of the next click.
            if is_on:
                person.page.wait_for_selector("dialog[open]")
            assert person.page.locator("dialog").count() == is_on


def test_pages_follow_one_another_and_lead_back(browser: Browser, client: Client) -> None:
    for number in range(60):
        client.put({"id": f"page/{number}"})
    keys = [item["id"] for item in client.list().json()]
    with visitor(browser, client.url) as person:
        page = person.page
        seen = []
        person.goto("/#items?limit=25")
        while True:
            seen += page.locator("a.key").evaluate_all(KEYS)
            onward = page.get_by_role("link", name="Next")
            if onward.count() == 0:
                break
            first = text_of(page, "a.key")
            onward.click()
            page.wait_for_selector(f"{SHOWN}:focus")
            assert text_of(page, "a.key") != first
        assert seen == keys
        page.get_by_role("link", name="Previous").click()
        page.get_by_role("link", name="First").click()
        page.wait_for_selector(".range:has-text('1–25')")


def test_the_other_text_of_a_conflict_can_be_taken(browser: Browser, client: Client) -> None:
    key = unique()
    client.put({"id": key, "a": 1})
    with visitor(browser, client.url, refusals=(412,)) as person:
        page = person.page
        person.goto(item_path(key, "edit"))
        client.put({"id": key, "a": 2}, {"If-Match": "*"})
        page.fill("#text", f'{{"id":"{key}","a":3}}')
        page.get_by_role("button", name="Save").click()
        page.get_by_role("button", name="Take this text").click()
        assert '"a": 2' in page.locator("#text").input_value()
        saved(page)
        assert client.get(key).json() == {"id": key, "a": 2}


def test_the_changes_of_both_become_one_text(browser: Browser, client: Client) -> None:
    key = unique()
    client.put({"id": key, "a": 1, "b": [1, 2], "c": 3})
    with visitor(browser, client.url, refusals=(412,)) as person:
        page = person.page
        person.goto(item_path(key, "edit"))
        other = f'{{"id":"{key}","a":1,"b":[1,9007199254740993],"d":12.50}}'
        client.put(other.encode(), {"If-Match": "*"})
        page.fill("#text", f'{{"id": "{key}", "__proto__": {{}}, "a": 2, "b": [1,\n2], "c": 3}}')
        page.get_by_role("button", name="Save").click()
        page.get_by_role("button", name="Add these changes to mine").click()
        assert page.get_by_role("alert").count() == 1
        assert page.locator(".problem").count() == 0
        saved(page)
        merged = f'{{"id":"{key}","__proto__":{{}},"a":2,"b":[1,9007199254740993],"d":12.50}}'
        assert client.get(key).body == merged.encode()


def test_what_both_changed_is_named_and_left_to_the_person(
    browser: Browser, client: Client
) -> None:
    key = unique()
    client.put({"id": key, "a": 1, "b": 1})
    with visitor(browser, client.url, refusals=(412,)) as person:
        page = person.page
        person.goto(item_path(key, "edit"))
        client.put({"id": key, "a": 2, "b": 1}, {"If-Match": "*"})
        page.fill("#text", f'{{"id":"{key}","a":3}}')
        page.get_by_role("button", name="Save").click()
        page.wait_for_selector(".conflict .hint:has-text('You changed “a” too.')")
        assert page.get_by_role("button", name="Add these changes").count() == 0
        page.fill("#text", f'{{"id":"{key}","a":1}}')
        page.get_by_role("button", name="Add these changes to mine").click()
        saved(page)
        assert client.get(key).json() == {"id": key, "a": 2}


def test_a_browser_that_keeps_nothing_shows_the_console_too(
    browser: Browser, client: Client
) -> None:
    with visitor(browser, client.url) as person:
        # As Chromium does where cookies are blocked.
        person.page.add_init_script(
            "Object.defineProperty(window, 'sessionStorage', {"
            " get() { throw new DOMException('Access is denied', 'SecurityError'); } })"
        )
        person.goto("/")
        person.page.click("#token-button")
        person.page.wait_for_selector("dialog[open]")
        assert person.page.locator("dialog #keep").count() == 0
        person.page.fill("#token", "secret")
        person.page.keyboard.press("Enter")
        person.page.wait_for_selector("#token-button:text-is('Token set')")


def test_a_server_that_is_slow_or_away_is_shown_as_that(
    browser: Browser, picus_with: Callable[[list[str]], Client]
) -> None:
    client = picus_with(['{"id":"a"}'])
    with visitor(browser, client.url) as person:
        page = person.page
        person.goto("/#status")
        held: list[Route] = []

        def hold(route: Route) -> None:
            held.append(route)

        page.route("**/picus/list*", hold)
        page.get_by_role("link", name="Items").click()
        page.wait_for_selector("main[aria-busy]")
        bar = "getComputedStyle(document.querySelector('main'), '::before').position"
        assert page.evaluate(bar) == "fixed"
        page.get_by_role("link", name="New", exact=True).click()  # nobody has to wait
        page.wait_for_selector("#new-key:focus")
        page.unroute("**/picus/list*")
        page.route("**/picus/list*", lambda route: route.abort())
        page.get_by_role("link", name="Items").click()
        page.wait_for_selector(".problem:has-text('no-response')")
        person.faults.clear()  # Chromium reports the connection that failed
        page.unroute("**/picus/list*")
        page.get_by_role("button", name="Try again").click()
        page.wait_for_selector("a.key")


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (502, "<h1>Bad gateway</h1>", "status-502"),
        (403, '{"message":"Forbidden"}', "status-403"),
        (200, "<h1>Log in to this network</h1>", "no-response"),
        (503, '{"__proto__":{"code":"x","title":"y"}}', "status-503"),
    ],
)
def test_what_a_proxy_sends_instead_is_a_problem_too(
    browser: Browser, client: Client, status: int, body: str, code: str
) -> None:
    with visitor(browser, client.url, refusals=(status,)) as person:
        page = person.page
        person.goto("/#status")
        page.route("**/picus/list*", lambda route: route.fulfill(status=status, body=body))
        page.get_by_role("link", name="Items").click()
        page.wait_for_selector(f"main:not([aria-busy]) .problem:has-text('{code}')")
        page.unroute("**/picus/list*")
        page.get_by_role("button", name="Try again").click()
        page.wait_for_selector("h1:has-text('Items')")


def test_a_page_whose_items_are_gone_says_so(
    browser: Browser, picus_with: Callable[[list[str]], Client]
) -> None:
    client = picus_with([f'{{"id":"{number:02}"}}' for number in range(30)])
    with visitor(browser, client.url) as person:
        page = person.page
        person.goto("/#items?limit=25")
        for item in client.list().json():
            client.delete(item["id"])
        page.get_by_role("link", name="Next").click()
        page.wait_for_selector("main .hint:has-text('There are no more items.')")
        page.get_by_role("link", name="First").click()
        page.wait_for_selector(".empty")


def test_what_was_typed_survives_another_view(browser: Browser, client: Client) -> None:
    key = unique()
    client.put({"id": key})
    with visitor(browser, client.url) as person:
        page = person.page
        person.goto(item_path(key, "edit"))
        page.fill("#text", f'{{"id":"{key}","typed":true}}')
        page.get_by_role("link", name="Status").click()
        page.wait_for_selector("dl.status")
        page.go_back()
        page.wait_for_selector("#text:focus")
        assert '"typed":true' in page.locator("#text").input_value()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('{"a":01}', "Line 1, column 6: “01” is not a JSON value."),
        ('{"a":1,\n "a":2}', "Line 2, column 2: The member “a” occurs twice."),
        ('{"id":""}', "Line 1, column 7: The id is the key: it must not be empty."),
        ('{"a":"x}', "Line 1, column 6: A string has no closing quote."),
        ("[]", "Line 1, column 1: An item is a JSON object: it begins with “{”."),
    ],
)
def test_a_text_that_is_no_item_is_not_sent(
    browser: Browser, client: Client, text: str, fault: str
) -> None:
    with visitor(browser, client.url) as person:
        person.goto("/#new")
        person.page.fill("#text", text)
        person.page.locator(".validity.invalid", has_text=fault).wait_for()
        person.page.get_by_role("button", name="Create").click()
        assert person.focused() == "text"


def test_a_taken_key_leads_to_its_item_and_nothing_is_lost(
    browser: Browser, client: Client
) -> None:
    key = unique()
    client.put({"id": key, "old": True})
    with visitor(browser, client.url, refusals=(409,)) as person:
        page = person.page
        person.goto("/#new")
        page.fill("#new-key", key)
        page.fill("#text", '{"new":true}')
        page.get_by_role("button", name="Create").click()
        problem = page.get_by_role("alert")
        problem.wait_for()
        assert "already-exists" in problem.inner_text()
        assert re.search(r"request [0-9a-f-]{36}", problem.inner_text())
        assert page.locator("#text").input_value() == '{"new":true}'
        page.get_by_role("link", name="Open that item").click()
        page.wait_for_selector("pre.json:has-text('old')")
        problem.get_by_role("button", name="Close").click()
        assert page.get_by_role("alert").count() == 0


def test_an_export_is_the_list(browser: Browser, client: Client) -> None:
    client.put(UNKIND["digits"].encode())
    with visitor(browser, client.url) as person:
        person.goto("/#export")
        with person.page.expect_download() as download:
            person.page.get_by_role("button", name="Export all items").click()
        saved_as = download.value.path()
        assert re.fullmatch(r"picus-\d{4}-\d\d-\d\d\.ndjson", download.value.suggested_filename)
        listed = client.list(headers={"Accept": "application/x-ndjson"})
        assert saved_as.read_bytes() == listed.body


def test_the_status_names_the_store_and_the_version(browser: Browser, client: Client) -> None:
    with visitor(browser, client.url) as person:
        person.goto("/#status")
        shown = text_of(person.page, "dl.status").split("\n")
        assert shown[:6] == [
            *(
                "Server",
                "ready",
                "Store",
                "ok",
                "Version",
                client.request("GET", "/").json()["version"],
            )
        ]


def views(person: Visitor, files: Path) -> dict[str, Callable[[], Any]]:
    """Each view, and each state of one that looks different: how to get there from the list."""
    page = person.page

    def conflict() -> None:
        person.goto(item_path("planets/saturn", "edit"))
        Client(person.origin).put({"id": "planets/saturn", "moons": 274}, {"If-Match": "*"})
        page.get_by_role("button", name="Save").click()
        page.wait_for_selector(".conflict mark")

    def invalid() -> None:
        person.goto("/#new?key=planets%2Fpluto")
        page.fill("#text", '{"moons": 5,}')
        page.wait_for_selector(".validity.invalid")

    def imported() -> None:
        person.goto("/#import")
        page.set_input_files("#file", files)
        page.get_by_role("button", name="Import").click()
        page.wait_for_selector(".errors")

    def list_inside() -> None:
        files.with_name("moons.json").write_text('{"moons":[{"name":"Io"},{"name":"Europa"}]}')
        person.goto("/#import")
        page.set_input_files("#file", files.with_name("moons.json"))
        page.get_by_role("button", name="Import").click()
        page.wait_for_selector("dialog")

    def delete() -> None:
        person.goto(item_path("planets/mars"))
        page.get_by_role("button", name="Delete").click()
        page.wait_for_selector("dialog")

    def token() -> None:
        person.goto("/#status")
        page.click("#token-button")
        page.wait_for_selector("dialog")

    def shortcuts() -> None:
        person.goto("/#status")
        page.keyboard.press("?")
        page.wait_for_selector("dialog")

    return {
        "list": lambda: person.goto("/"),
        "item": lambda: person.goto(item_path("planets/saturn")),
        "absent": lambda: person.goto(item_path("planets/vulcan")),
        "edit": lambda: person.goto(item_path("planets/mars", "edit")),
        "conflict": conflict,
        "new": invalid,
        "import": imported,
        "list-inside": list_inside,
        "export": lambda: person.goto("/#export"),
        "status": lambda: person.goto("/#status"),
        "delete": delete,
        "token": token,
        "shortcuts": shortcuts,
        "api": lambda: person.goto("/docs"),
    }


PLANETS = [
    '{"id":"planets/mercury","name":"Mercury","radius_km":2439.7,"moons":0}',
    '{"id":"planets/venus","name":"Venus","radius_km":6051.8,"moons":0}',
    '{"id":"planets/earth","name":"Earth","radius_km":6371.0,"moons":1,"names":["Terra","Gaia"]}',
    '{"id":"planets/mars","name":"Mars","radius_km":3389.50,"moons":2,"orbit":{"days":686.980}}',
    '{"id":"planets/jupiter","name":"Jupiter","radius_km":69911,"moons":95}',
    '{"id":"planets/saturn","name":"Saturn","radius_km":58232,"moons":146,"mass_kg":5.6834e26}',
    '{"id":"planets/uranus","name":"Uranus","radius_km":25362,"moons":28}',
    '{"id":"planets/neptune","name":"Neptune","radius_km":24622,"moons":16}',
]


def test_the_picture_in_the_documents_is_of_this_console(
    browser: Browser, picus_with: Callable[[list[str]], Client]
) -> None:
    """To renew it: cp build/test/pictures/console.png docs/"""
    client = picus_with(PLANETS[:6])
    with visitor(browser, client.url, width=860, height=490) as person:
        person.goto("/")
        made = person.picture("console").read_bytes()
    kept = PICTURE.read_bytes()
    assert len(kept) <= 60_000
    assert kept[:24] == made[:24], "the signature, width and height of a PNG"


# The first two have each scheme and each width; the tier full has all.
LOOKS = [("light", 1280), ("dark", 320), ("light", 320), ("dark", 1280)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "width" in metafunc.fixturenames:
        full = metafunc.config.getoption("--tier") == FULL
        metafunc.parametrize(("scheme", "width"), LOOKS if full else LOOKS[:2])


def test_every_view_is_accessible_and_fits(
    browser: Browser,
    picus_with: Callable[[list[str]], Client],
    tmp_path: Path,
    scheme: str,
    width: int,
) -> None:
    """WCAG 2.2 AA by axe-core, in both schemes, and no scrolling sideways at 320 pixels, which is
    also a window of 1280 at a zoom of 400 %."""
    client = picus_with(PLANETS)
    file = tmp_path / "planets.ndjson"
    file.write_text('{"id":"planets/mars"}\n{"id":7}\n')
    with visitor(
        browser, client.url, scheme=scheme, width=width, refusals=(404, 412, 422)
    ) as person:
        for name, show in views(person, file).items():
            show()
            person.picture(f"{name}-{scheme}-{width}")
            assert person.violations() == [], name
            assert person.overflow() <= 0, name
