"""The console with a million items: it holds one page, whatever the store has."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser

from harness.client import Client
from harness.process import PicusProcess
from harness.visitor import visitor
from harness.volume import store_of

ITEMS = 1_000_000
MAX_HEAP = 100_000_000


def test_a_million_items_need_no_more_memory_than_a_page(
    browser: Browser, picus: Path, tmp_path: Path
) -> None:
    process = PicusProcess(picus, store_of(picus, ITEMS, tmp_path))
    try:
        with visitor(browser, Client(process.url).url) as person:
            person.goto("/")
            for _ in range(20):
                assert person.page.locator("a.key").count() == 50
                person.page.get_by_role("link", name="Next").click()
                person.page.wait_for_selector("main:not([aria-busy]) h1:focus")
            session = person.page.context.new_cdp_session(person.page)
            session.send("HeapProfiler.collectGarbage")
            used = session.send("Runtime.getHeapUsage")["usedSize"]
            assert used < MAX_HEAP
    finally:
        process.stop()
