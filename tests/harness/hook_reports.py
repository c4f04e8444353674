"""CodeDeploy as a hook meets it: one call, whose signature botocore judges."""

from __future__ import annotations

import json
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from harness.by_the_book import checked
from harness.dynamodb import CREDENTIALS, REGION
from harness.fault_proxy import Reply, error_reply
from harness.signature_gate import Gate

TARGET = "CodeDeploy_20141006.PutLifecycleEventHookExecutionStatus"
CUT = Reply(0, b"")  # the connection ends instead of an answer


class CodeDeploy:
    """On a free port of this machine. `reports` has what was taken, in its order."""

    def __init__(self, *faults: Reply, secret_key: str = CREDENTIALS["AWS_SECRET_ACCESS_KEY"]):
        """The first calls meet the faults. Behind a cut the report is taken all the same."""
        access_key = CREDENTIALS["AWS_ACCESS_KEY_ID"]
        self.gate = Gate(REGION, access_key, secret_key, service="codedeploy")
        self.faults = deque(faults)
        self.reports: list[dict[str, str]] = []
        self.calls = 0
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.codedeploy = self
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, headers: dict[str, str], body: bytes) -> Reply:
        self.calls += 1
        assert headers["x-amz-target"] == TARGET
        assert headers["content-type"] == "application/x-amz-json-1.1"
        refused = self.gate.judge(headers, body)
        if refused:
            return refused
        fault = self.faults.popleft() if self.faults else None
        if fault and fault is not CUT:
            return fault
        report = json.loads(body)
        if report in self.reports:
            return error_reply(400, "LifecycleEventAlreadyCompletedException")
        self.reports.append(report)
        execution = {"lifecycleEventHookExecutionId": report["lifecycleEventHookExecutionId"]}
        name = TARGET.rsplit(".", 1)[1]
        return fault or Reply(200, json.dumps(checked("codedeploy", name, execution)).encode())


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    codedeploy: CodeDeploy


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *_: Any) -> None:
        """Says nothing."""

    def do_POST(self) -> None:
        assert self.path == "/"
        headers = {name.lower(): str(value) for name, value in self.headers.items()}
        body = self.rfile.read(int(headers["content-length"]))
        reply = self.server.codedeploy.answer(headers, body)
        if reply is CUT:
            self.close_connection = True
        else:
            self.wfile.write(reply.wire())
