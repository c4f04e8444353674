"""Rules, dashboard and documents name the metrics that servers emit, and no others."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from docs.markdown import ROOT, table
from harness.client import Client
from harness.dynamodb import CREDENTIALS, DynamoDbLocal
from harness.fixtures import Serve
from harness.process import PicusProcess
from metrics.scrape import ADMIN, REQUESTS, admin_url, scrape, scraped

LOCAL = ROOT / "deploy" / "local"
OPERATIONS = ROOT / "docs" / "operations.md"
ALERTS = ROOT / "docs" / "alerts.md"
NAME = re.compile(r"\b(?:picus|http|db|process)_[a-z0-9_]+\b")
SUFFIX = re.compile(r"_(?:bucket|sum|count)$")
# What is there once an issuer has keys, with credentials that expire, and with TLS.
OTHERS = {
    "picus_auth_keys_age_seconds",
    "picus_aws_credentials_expiry_seconds",
    "picus_tls_certificate_expiry_seconds",
}
LABELS = re.compile(r"^(?:http_(?:route|request_method|response_status_code)|db_\w+_name)$")


def described(text: str) -> set[str]:
    return set(re.findall(r"^# TYPE (\S+) ", text, re.MULTILINE))


def emitted(picus: Path, serve: Serve, dynamodb: DynamoDbLocal, folder: Path) -> set[str]:
    """By a server with its own store, and by one with a table and tokens."""
    spans = ("--otlp-endpoint", "http://127.0.0.1:1")
    first = serve(*ADMIN, *spans)
    assert Client(first.url).get("absent").status == 404  # a series begins with its first value
    scraped(admin_url(first), REQUESTS, 1)
    names = described(scrape(admin_url(first)))
    access = folder / "access.json"
    subprocess.run(
        [picus, "token", "add", "reader", "--scopes", "items:read", "--auth-file", access],
        check=True,
        capture_output=True,
    )
    name = dynamodb.create_table()
    server = PicusProcess(
        picus,
        folder / "table",
        *dynamodb.options(name),
        *ADMIN,
        "--auth-file",
        str(access),
        env=CREDENTIALS,
    )
    try:
        return names | described(scrape(admin_url(server)))
    finally:
        server.stop()
        dynamodb.delete_table(name)


def named(text: str) -> set[str]:
    found = {SUFFIX.sub("", name) for name in NAME.findall(text)}
    return {name for name in found if not LABELS.match(name)}


def test_every_name_is_one_that_servers_emit(
    picus: Path, serve: Serve, dynamodb: DynamoDbLocal, tmp_path: Path
) -> None:
    real = emitted(picus, serve, dynamodb, tmp_path)
    dashboard = json.loads((LOCAL / "dashboard.json").read_text(encoding="utf-8"))
    for text in (
        (LOCAL / "rules.yaml").read_text(encoding="utf-8"),
        (LOCAL / "rules_test.yaml").read_text(encoding="utf-8"),
        json.dumps([panel["targets"] for panel in dashboard["panels"]]),
        ALERTS.read_text(encoding="utf-8"),
    ):
        names = named(text)
        assert len(names) >= 4
        assert names - real - OTHERS == set()
    rows = table(OPERATIONS, "Metrics")
    listed = {name for row in rows for name in re.findall(r"`([a-z_]+)`", row[0])}
    assert listed == real | OTHERS


def test_the_rules_do_what_they_say() -> None:
    rules = (LOCAL / "rules.yaml").read_text(encoding="utf-8")
    alerts = re.findall(r"- alert: (\w+)", rules)
    tested = (LOCAL / "rules_test.yaml").read_text(encoding="utf-8")
    assert set(alerts) == set(re.findall(r"alertname: (\w+)", tested))
    for command in (
        ["promtool", "check", "config", str(LOCAL / "prometheus.yaml")],
        ["promtool", "test", "rules", str(LOCAL / "rules_test.yaml")],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
