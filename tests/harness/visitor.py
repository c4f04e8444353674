"""A person at a page: Debian's Chromium, watched for everything that a page must not do."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Route, sync_playwright

from harness.browser import CHROMIUM

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "build" / "test" / "pictures"
AXE = ROOT / "tests" / "browser" / "node_modules" / "axe-core" / "axe.min.js"
# What is wrong everywhere is wrong here too: WCAG 2.2 AA, and axe's own best practices.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WAIT_MS = 20_000
REFUSED = re.compile(r"Failed to load resource: the server responded with a status of (\d+)")
SHOWN = "main:not([aria-busy]) h1"


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield browser
        browser.close()


@dataclass
class Visitor:
    """One page of one origin, with a profile of its own."""

    origin: str
    page: Page
    # Statuses of responses that the case provokes. Chromium reports them as errors of the console.
    refusals: Collection[int]
    faults: list[str] = field(default_factory=list)

    def watch(self) -> None:
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.faults.append(f"uncaught: {error}"))
        self.page.route("**/*", self._requested)
        self.page.add_init_script(
            "addEventListener('securitypolicyviolation',"
            " (event) => console.error('violates', event.violatedDirective, event.blockedURI));"
        )

    def _heard(self, message: ConsoleMessage) -> None:
        refused = REFUSED.match(message.text)
        if message.type in ("error", "warning") and not (
            refused and int(refused[1]) in self.refusals
        ):
            self.faults.append(f"console: {message.text}")

    def _requested(self, route: Route, request: Request) -> None:
        if request.url.startswith((f"{self.origin}/", "data:", f"blob:{self.origin}/")):
            route.continue_()
        else:
            self.faults.append(f"leaves the origin: {request.url}")
            route.abort()

    def goto(self, path: str) -> None:
        """Loads the page anew, even where only the fragment differs."""
        self.page.goto("about:blank")
        self.page.goto(self.origin + path)
        self.page.wait_for_selector(SHOWN)

    def focused(self) -> str:
        """The text or the id of what has the focus."""
        return str(
            self.page.evaluate(
                "document.activeElement.id || document.activeElement.textContent.trim()"
            )
        )

    def violations(self) -> list[str]:
        """What axe finds wrong with the page as it is now."""
        if not self.page.evaluate("typeof axe !== 'undefined'"):
            self.page.evaluate(axe_source())
        options = json.dumps({"runOnly": RULES, "resultTypes": ["violations"]})
        found: Any = self.page.evaluate(f"axe.run(document, {options})")
        return [
            f"{one['id']}: {node['target']} {node['failureSummary']}"
            for one in found["violations"]
            for node in one["nodes"]
        ]

    def overflow(self) -> int:
        """By how many pixels the page is wider than its window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))

    def picture(self, name: str) -> Path:
        PICTURES.mkdir(parents=True, exist_ok=True)
        path = PICTURES / f"{name}.png"
        self.page.screenshot(path=path)
        return path


@cache
def axe_source() -> str:
    return AXE.read_text(encoding="utf-8")


@contextlib.contextmanager
def visitor(
    browser: Browser,
    origin: str,
    *,
    scheme: Any = "light",
    width: int = 1280,
    height: int = 800,
    refusals: Collection[int] = (),
) -> Iterator[Visitor]:
    """A new visitor of this origin; at the end nothing forbidden may have happened."""
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": height}, reduced_motion="reduce"
    )
    context.set_default_timeout(WAIT_MS)
    opened = Visitor(origin, context.new_page(), refusals)
    opened.watch()
    try:
        yield opened
    finally:
        context.close()
    assert opened.faults == []
