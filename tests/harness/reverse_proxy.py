"""The reverse proxies of docs/proxy.md, with the configurations that stand there."""

from __future__ import annotations

import contextlib
import subprocess
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from docs.markdown import ROOT, blocks
from harness.client import Client
from harness.ports import free_port, wait_for_port

DOCUMENT = ROOT / "docs" / "proxy.md"
NAME = "picus.example.com"
UPSTREAM = "127.0.0.1:8080"


class ReverseProxy(ABC):
    """One process in front of `server`; what it writes is in `directory`."""

    language: ClassVar[str]

    def __init__(self, server: Client, directory: Path) -> None:
        directory.mkdir()
        self.directory = directory
        self.port = free_port()
        (snippet,) = blocks(DOCUMENT, self.language)
        assert UPSTREAM in snippet
        command = self.configure(snippet.replace(UPSTREAM, server.authority))
        with (directory / "log").open("wb") as log:
            self._process = subprocess.Popen(
                command, cwd=directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        wait_for_port(self.port, self._process)

    @abstractmethod
    def configure(self, snippet: str) -> list[str | Path]:
        """Writes the configuration; the command that serves it on `port`."""

    @property
    def client(self) -> Client:
        return Client(f"http://127.0.0.1:{self.port}")

    def spooled(self) -> list[str]:
        """The files that it has open to write bodies into, also deleted ones."""
        targets = []
        for descriptor in Path(f"/proc/{self._process.pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):  # closed meanwhile
                targets.append(str(descriptor.readlink()))
        log = str(self.directory / "log")
        return [name for name in targets if name.startswith(str(self.directory)) and name != log]

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()


class Nginx(ReverseProxy):
    language = "nginx"
    # One process, for which a folder of its own is writable whoever runs the tests.
    WHOLE = """daemon off;
master_process off;
pid {directory}/pid;
error_log stderr warn;
events {{}}
http {{
  access_log off;
  client_body_temp_path {directory}/request;
  proxy_temp_path {directory}/response;
  fastcgi_temp_path {directory}/other;
  uwsgi_temp_path {directory}/other;
  scgi_temp_path {directory}/other;
  {snippet}
}}
"""

    def configure(self, snippet: str) -> list[str | Path]:
        assert "listen 80;" in snippet
        snippet = snippet.replace("listen 80;", f"listen 127.0.0.1:{self.port};")
        text = self.WHOLE.format(directory=self.directory, snippet=snippet)
        path = self.directory / "nginx.conf"
        path.write_text(text, encoding="utf-8")
        return ["/usr/sbin/nginx", "-e", "stderr", "-p", self.directory, "-c", path]


class Caddy(ReverseProxy):
    language = "caddyfile"
    # No certificates, and no port besides its own.
    GLOBAL = "{\n  admin off\n  auto_https off\n}\n"

    def configure(self, snippet: str) -> list[str | Path]:
        site = f"{NAME} {{"
        assert site in snippet
        snippet = snippet.replace(site, f"http://:{self.port} {{\n  bind 127.0.0.1")
        path = self.directory / "Caddyfile"
        path.write_text(self.GLOBAL + snippet, encoding="utf-8")
        home = [f"HOME={self.directory}", f"XDG_DATA_HOME={self.directory}"]
        return ["/usr/bin/env", *home, "/usr/bin/caddy", "run", "--config", path]


PROXIES = (Nginx, Caddy)
