"""A server on a table that is reached through a fault proxy."""

from __future__ import annotations

from pathlib import Path

from harness.client import Client
from harness.dynamodb import CREDENTIALS, REGION, DynamoDbLocal
from harness.fault_proxy import FaultProxy
from harness.process import PicusProcess
from harness.waiting import wait_until


class TableServer:
    """Takes the proxy over. `options` go to `picus serve`."""

    def __init__(
        self,
        binary: Path,
        directory: Path,
        dynamodb: DynamoDbLocal,
        proxy: FaultProxy,
        *options: str,
    ) -> None:
        self._dynamodb = dynamodb
        self.proxy = proxy
        self.table = dynamodb.create_table()
        place = ("--table", self.table, "--region", REGION, "--endpoint-url", proxy.url)
        self.process = PicusProcess(binary, directory / "logs", *place, *options, env=CREDENTIALS)
        self.client = Client(self.process.url)

    def ids(self) -> list[str]:
        """Of the items that are stored, past Picus."""
        return sorted(item["id"]["S"] for item in self._dynamodb.items(self.table))

    def wait_until_well(self) -> None:
        """Until reads and writes go through, and it says so."""
        wait_until(lambda: self.client.get("nobody").status == 404, "reading")
        wait_until(lambda: self.client.delete("nobody").status == 404, "writing")
        wait_until(lambda: self.client.request("GET", "/readyz/store").status == 200, "well")

    def stop(self) -> None:
        self.proxy.heal()
        try:
            self.process.stop()
        finally:
            self.proxy.stop()
            self._dynamodb.delete_table(self.table)
