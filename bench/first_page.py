#!/usr/bin/env python3
"""Times the first page of the console in Chromium, of a store with a million items.

The time is from the start of the navigation until the browser has drawn the list: scripts, the
request for the items and the layout are in it. Each run has a new profile: nothing is in a cache.
Runs alternate with those of a store that has one page: a machine with other work slows both.
Needs .venv, which `scripts/setup ci` makes, and Debian's chromium.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from harness.process import PicusProcess  # noqa: E402
from harness.visitor import chromium  # noqa: E402
from harness.volume import store_of  # noqa: E402

# One page, and what 20 000 pages cost beside it.
ITEMS = (50, 1_000_000)
# Two frames after the first item is in the document, it is on the screen.
DRAWN = """
const seen = new MutationObserver(() => {
  if (!document.querySelector("a.key")) return;
  seen.disconnect();
  requestAnimationFrame(() => requestAnimationFrame(() => { window.drawn = performance.now(); }));
});
seen.observe(document, { childList: true, subtree: true });
"""


def first_page(browser: Browser, url: str) -> float:
    """Milliseconds until the list is on the screen."""
    page = browser.new_page()
    page.add_init_script(DRAWN)
    page.goto(f"{url}/")
    page.wait_for_function("() => window.drawn")
    drawn = float(page.evaluate("window.drawn"))
    page.close()
    return drawn


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--picus", type=Path, default=ROOT / "build" / "release" / "picus")
    parser.add_argument("--runs", type=int, default=20)
    options = parser.parse_args()
    times: dict[int, list[float]] = {}
    with ExitStack() as stack:
        urls = {}
        for items in ITEMS:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            process = PicusProcess(options.picus, store_of(options.picus, items, folder))
            stack.callback(process.stop)
            urls[items] = process.url
        browser = stack.enter_context(chromium())
        for run in range(options.runs + 1):
            for items, url in urls.items():
                time = first_page(browser, url)
                if run > 0:  # the first one starts parts of the browser
                    times.setdefault(items, []).append(time)
    for items, found in times.items():
        print(
            f"{items:>9} items: median {statistics.median(found):.0f} ms, "
            f"{min(found):.0f} to {max(found):.0f} ms in {options.runs} runs"
        )


if __name__ == "__main__":
    main()
