"""A web site of one page, and Chromium, which visits it."""

from __future__ import annotations

import contextlib
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from harness.client import Client

CHROMIUM = "/usr/bin/chromium"
WAIT_SECONDS = 60
# Sends what the page shows in #out to the site, each time that it changes.
REPORTER = """<script>
  const shown = document.querySelector("#out");
  const report = () => fetch("/report", { method: "POST", body: shown.textContent });
  new MutationObserver(report).observe(shown, { childList: true, subtree: true });
</script>"""


class Site:
    """Serves `page` under every path but /picus/…, where its name leads to `server`."""

    def __init__(self, page: str, server: Client | None = None) -> None:
        self.page = page
        self._changed = threading.Condition()
        self._reports: list[str] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if server and self.path.startswith("/picus/"):
                    self.relay(server)
                else:
                    self.answer(200, "text/html", (site.page + REPORTER).encode())

            def do_POST(self) -> None:
                if server and self.path.startswith("/picus/"):
                    self.relay(server)
                else:
                    site.note(self.body().decode())
                    self.answer(204, "text/plain", b"")

            def body(self) -> bytes:
                return self.rfile.read(int(self.headers.get("Content-Length", 0)))

            def relay(self, server: Client) -> None:
                """As if the name led there. What comes back is not compressed."""
                left_out = ("Content-Length", "Accept-Encoding")
                sent = [pair for pair in self.headers.items() if pair[0] not in left_out]
                with server.stream(self.command, self.path, self.body(), sent) as response:
                    kind = response.headers["Content-Type"]
                    self.answer(response.status, kind, response.read())

            def answer(self, status: int, kind: str, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    @property
    def port(self) -> int:
        return self._server.server_port

    def note(self, report: str) -> None:
        with self._changed:
            self._reports.append(report)
            self._changed.notify_all()

    def wait_for_end(self) -> list[str]:
        """The lines that the page shows, up to `end`. Reports may overtake each other."""

        def whole() -> str | None:
            return next((text for text in self._reports if text.endswith("end\n")), None)

        with self._changed:
            self._changed.wait_for(whole, WAIT_SECONDS)
            report = whole()
            assert report, f"the page did not come to its end: {self._reports}"
            return report.splitlines()[:-1]

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@contextlib.contextmanager
def visit(url: str, directory: Path) -> Iterator[None]:
    """A new browser on this page. Every name under .example leads to this machine."""
    profile = directory / "profile"
    with (directory / "chromium.log").open("wb") as log:
        process = subprocess.Popen(
            [
                *(CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"),
                *("--disable-background-networking", f"--user-data-dir={profile}"),
                "--disable-dev-shm-usage",  # docker's /dev/shm has 64 MB
                *("--host-resolver-rules=MAP *.example 127.0.0.1", url),
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        yield
    finally:
        process.terminate()
        process.wait(WAIT_SECONDS)
