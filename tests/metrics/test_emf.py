"""What a server with `--metrics emf` writes for CloudWatch."""

from __future__ import annotations

from harness.client import Client
from harness.fixtures import Serve
from metrics.emf import lines_of, metrics_of

EMF = ("--metrics", "emf", "--environment-name", "test", "--service-name", "items")


def test_a_server_writes_its_metrics_at_the_latest_when_it_ends(serve: Serve) -> None:
    server = serve(*EMF)
    client = Client(server.url)
    for n in range(5):
        assert client.put({"id": f"k{n}"}).status == 201
    assert client.get("k1").status == 200
    assert client.get("absent").status == 404
    assert client.request("GET", "/livez").status == 200
    server.stop()
    found = metrics_of(lines_of(server.out.lines()))
    everything, routes = ("items", "test"), {key[0][2] for key in found if len(key[0]) == 3}
    assert routes == {"/picus/put", "/picus/get/{key}", "other"}
    assert found[(*everything, "/picus/put"), "Requests"][1] == 5
    assert found[(*everything, "/picus/get/{key}"), "Requests"][1] == 2
    assert found[everything, "Requests"][1] == 8
    assert found[everything, "Errors5xx"][1] == 0
    assert found[everything, "Duration"][0] == 8
    assert found[everything, "StoreDuration"][0] == 7
    assert 1 <= found[everything, "Commits"][1] <= 5
    for name in ("ConsumedRead", "ConsumedWrite", "Throttles"):
        assert found[everything, name][1] == 0


def test_without_it_standard_output_has_no_metrics(serve: Serve) -> None:
    server = serve()
    Client(server.url).request("GET", "/livez")
    server.stop()
    assert [line for line in server.out.lines() if not line.startswith("listening on")] == []
