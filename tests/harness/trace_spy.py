"""DynamoDB Local behind an endpoint that notes the traces which calls belong to."""

from __future__ import annotations

from harness.fault_proxy import Exchange, FaultProxy, healthy

XRAY = "Root=1-67891233-abcdef012345678912345678;Parent=0123456789abcdef;Sampled=1"


class TraceSpy:
    """On a free port of this machine."""

    def __init__(self, port_behind: int) -> None:
        self.seen: list[tuple[str, str | None]] = []  # operation, trace
        self._proxy = FaultProxy(port_behind)
        self._proxy.strike(self._note)

    @property
    def url(self) -> str:
        return self._proxy.url

    def _note(self, exchange: Exchange) -> None:
        headers, _ = exchange.request()
        operation = headers["x-amz-target"].rpartition(".")[2]
        self.seen.append((operation, headers.get("x-amzn-trace-id")))
        assert "x-amzn-trace-id" not in headers["authorization"]
        healthy(exchange)

    def stop(self) -> None:
        self._proxy.stop()
