"""Lets calls through to ministack as their signers, and keeps what was called."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass

from harness.fault_proxy import Exchange
from harness.ministack import REGION
from harness.signature_gate import Gate

Keys = dict[str, str]  # as variables of a program


@dataclass(frozen=True)
class Call:
    """A call of DynamoDB, and what ministack said of the caller's rights."""

    role: str
    action: str
    table: str
    allowed: bool


class Recorder:
    """A Fault: a signature has to be right, as DynamoDB would have it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._gates: dict[str, tuple[str, Gate]] = {}
        self._calls: set[Call] = set()

    def admit(self, role: str, keys: Keys) -> None:
        """Knows these keys from now on as those of the role."""
        access = keys["AWS_ACCESS_KEY_ID"]
        gate = Gate(REGION, access, keys["AWS_SECRET_ACCESS_KEY"], keys["AWS_SESSION_TOKEN"])
        with self._lock:
            self._gates[access] = (role, gate)

    def calls(self, role: str | None = None) -> set[Call]:
        """Of one role or of all."""
        with self._lock:
            return {call for call in self._calls if role in (None, call.role)}

    def __call__(self, exchange: Exchange) -> None:
        headers, body = exchange.request()
        access = headers["authorization"].partition("Credential=")[2].partition("/")[0]
        role, gate = self._gates[access]
        refused = gate.judge(exchange)
        if refused:
            exchange.send(refused.wire())
            return
        reply = exchange.forward()
        action = "dynamodb:" + headers["x-amz-target"].partition(".")[2]
        allowed = reply.status < 400 or b"AccessDenied" not in reply.body
        with self._lock:
            self._calls.add(Call(role, action, json.loads(body)["TableName"], allowed))
        exchange.send(reply.wire())
