"""What a server with `--metrics emf` writes for CloudWatch."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

from harness.certificates import Authority
from harness.client import Client
from harness.fixtures import Serve
from harness.issuer import Issuer, new_key
from harness.process import PicusProcess
from metrics.emf import check, lines_of, metrics_of
from metrics.scrape import ADMIN, REQUESTS, admin_url, scraped, value
from templates.metrics import METRICS, VALUES

EMF = ("--metrics", "emf", "--environment-name", "test", "--service-name", "items")
PROCESS = ("items", "test")


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
    everything, routes = PROCESS, {key[0][2] for key in found if len(key[0]) == 3}
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


def emitted(documents: list[dict[str, Any]]) -> dict[str, tuple[str, frozenset[frozenset[str]]]]:
    """Each metric with its unit and its sets of dimensions."""
    found: dict[str, tuple[str, frozenset[frozenset[str]]]] = {}
    for document in documents:
        for directive in document["_aws"]["CloudWatchMetrics"]:
            assert directive["Namespace"] == "Picus"
            sets = frozenset(frozenset(names) for names in directive["Dimensions"])
            found |= {one["Name"]: (one["Unit"], sets) for one in directive["Metrics"]}
    return found


def test_alarms_and_dashboards_know_exactly_what_is_emitted(picus: Path, tmp_path: Path) -> None:
    """tests/templates/test_alarms.py compares the templates with the same table."""
    authority = Authority(tmp_path)
    issuer = Issuer(authority.server(), new_key("k1"))
    access = json.dumps({"issuers": [issuer.entry()]})
    env = {"PICUS_AUTH": access, "SSL_CERT_FILE": str(authority.bundle)}
    server = PicusProcess(picus, tmp_path / "data", *EMF, *ADMIN, env=env)
    try:
        server.log_line(event="keys-fetched")
        assert Client(server.url).get("a").status == 401
        token = issuer.token(issuer.keys[0])
        bearer = {"Authorization": f"Bearer {token}"}
        assert Client(server.url).get("a", headers=bearer).status == 404
        samples = scraped(admin_url(server), REQUESTS, 2)
        assert value(samples, "picus_auth_key_fetches_total", result="ok") == 1
        assert value(samples, "picus_auth_key_fetches_total", result="failed") == 0
        age = [one for one in samples if one.name == "picus_auth_keys_age_seconds"]
        assert [one.labels for one in age] == [{"issuer": issuer.entry()["issuer"]}]
        assert 0 <= age[0].value < 60
    finally:
        server.stop()
        issuer.stop()
    documents = [check(line) for line in lines_of(server.out.lines())]
    known = {
        name: (metric.unit, metric.dimensions)
        for (namespace, name), metric in METRICS.items()
        if namespace == "Picus"
    }
    assert emitted(documents) == known
    routes = {document["Route"] for document in documents if "Route" in document}
    assert routes <= VALUES["Route"]
    assert {document["Service"] for document in documents} == {"items"}


def test_without_it_standard_output_has_no_metrics(serve: Serve) -> None:
    server = serve()
    Client(server.url).request("GET", "/livez")
    server.stop()
    assert [line for line in server.out.lines() if not line.startswith("listening on")] == []


def test_each_request_during_a_handover_is_counted_by_one_of_both(serve: Serve) -> None:
    old = serve(*EMF)
    client, over = Client(old.url), threading.Event()
    statuses: list[int] = []

    def ask() -> None:
        while not over.is_set():
            statuses.append(client.request("GET", "/livez").status)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        new = serve(*EMF, "--listen", old.url.removeprefix("http://"))
        old.stop()
        assert client.request("GET", "/livez").status == 200
    finally:
        over.set()
        asking.join()
    new.stop()
    assert set(statuses) == {200}
    counts = [metrics_of(lines_of(one.out.lines()))[PROCESS, "Requests"][1] for one in (old, new)]
    assert min(counts) > 0
    assert sum(counts) == len(statuses) + 1
