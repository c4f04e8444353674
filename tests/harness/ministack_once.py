"""Runs ministack so that an invocation is handed to a function once.

Its Runtime API answers every call of `next` with the same event, until it ends the process.
Lambda's lets the second call wait: here that connection is closed.
"""

from __future__ import annotations

import http.server
import runpy
from typing import Any


class OnceHandler(http.server.BaseHTTPRequestHandler):
    """Of one server for each invocation."""

    server: Any

    def parse_request(self) -> bool:
        if not super().parse_request():
            return False
        if not self.path.endswith("/runtime/invocation/next"):
            return True
        if getattr(self.server, "was_asked", False):
            self.close_connection = True
            return False
        self.server.was_asked = True
        return True


if __name__ == "__main__":
    http.server.BaseHTTPRequestHandler = OnceHandler  # type: ignore[misc]
    runpy.run_module("ministack", run_name="__main__", alter_sys=True)
