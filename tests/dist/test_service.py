"""The Debian package on a system that runs: what its scripts, its unit and the pages do there."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from dist.conftest import DEB
from dist.machine import Machine, booted
from harness.certificates import Authority
from harness.version import ROOT

pytestmark = [pytest.mark.privileged, pytest.mark.timeout(400)]
PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
LIVE = '{"status":"alive"}'
LOCAL = "http://127.0.0.1:8080"
CONFIGURATION = """\
data = /var/lib/picus
listen = 127.0.0.1:8080, unix:/run/picus/http.sock, tls:0.0.0.0:443
socket-mode = 0660
tls-cert = /etc/picus/cert.pem
tls-key = /etc/picus/key.pem
"""
# Requests without a pause, until the file exists. Prints how many failed, and whether any did not.
LOAD = f"""\
served=0 failed=0
until [ -e stop ]; do
  if curl -sf -o /dev/null {LOCAL}/livez; then served=1; else failed=$((failed + 1)); fi
done
echo "$served $failed"
"""


def block_after(sentence: str, page: str = PAGE) -> str:
    """The first block of code after a sentence of the page."""
    found = re.search(r"```\w+\n(.*?)```", page.partition(sentence)[2], re.DOTALL)
    assert found, sentence
    return found[1]


@pytest.fixture
def machine(tmp_path: Path, dist: Path) -> Iterator[Machine]:
    with booted(tmp_path / "machine") as one:
        one.install(dist / DEB)
        yield one


@pytest.fixture
def newer(tmp_path: Path, dist: Path) -> Path:
    """The same package with a higher version."""
    tree, package = tmp_path / "tree", tmp_path / "newer.deb"
    subprocess.run(["dpkg-deb", "--raw-extract", dist / DEB, tree], check=True)
    control = tree / "DEBIAN" / "control"
    control.write_text(re.sub(r"(?m)^(Version: .*)$", r"\1+newer", control.read_text()))
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "-Znone", "--build", tree, package],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    shutil.rmtree(tree)
    return package


def test_an_installation_starts_nothing_and_an_upgrade_restarts_what_runs(
    machine: Machine, newer: Path
) -> None:
    assert machine.try_out("systemctl is-active picus").stdout == "inactive\n"
    assert machine.try_out("systemctl is-enabled picus").stdout == "disabled\n"
    machine.run("systemctl enable --now picus")
    assert machine.run(f"curl -sf {LOCAL}/livez") == LIVE
    machine.run(f"""curl -sf -d '{{"id":"moon"}}' {LOCAL}/picus/put""")
    assert machine.run("stat -c '%U %a' /var/lib/picus") == "picus 700"
    assert "event" in machine.journal()

    before = machine.run("systemctl show --property=MainPID picus")
    machine.install(newer)
    assert machine.run("systemctl show --property=MainPID picus") != before
    assert machine.run(f"curl -sf {LOCAL}/picus/get/moon") == '{"id":"moon"}'
    machine.run("systemctl stop picus")
    machine.install(newer)
    assert machine.try_out("systemctl is-active picus").stdout == "inactive\n"


def test_a_removal_ends_all_instances_and_a_purge_keeps_the_items(machine: Machine) -> None:
    machine.run("systemctl enable --now picus@blue")
    machine.run("dpkg --remove picus")
    assert machine.run("systemctl list-units --all --plain --no-legend 'picus*'") == ""
    assert machine.run("find /etc/systemd /proc/[0-9]*/exe -lname '*picus*'") == ""
    assert "The items in /var/lib/picus remain" in machine.run("dpkg --purge picus")
    assert machine.run("stat -c %U /var/lib/picus/items.mdb") == "picus"


def test_certificates_tokens_sockets_and_ports_work_as_the_page_says(
    machine: Machine, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    pair = authority.issue("localhost")
    for name, file in (("fullchain.pem", pair.certificate), ("privkey.pem", pair.key)):
        (machine.root / "root" / name).write_bytes(file.read_bytes())
    (machine.root / "root/bundle.pem").write_bytes(authority.bundle.read_bytes())
    machine.run("chmod 0600 privkey.pem")
    (machine.root / "root/hook").write_text(block_after("A hook for certbot"))
    machine.run("RENEWED_LINEAGE=/root sh hook")
    (machine.root / "etc/picus/picus.conf").write_text(CONFIGURATION)
    drop_in = machine.root / "etc/systemd/system/picus.service.d/override.conf"
    drop_in.parent.mkdir(parents=True)
    drop_in.write_text(block_after("**Ports below 1024").replace("/srv/picus", "/srv"))
    machine.run("systemctl daemon-reload")
    printed = machine.run(block_after("**Tokens.**"))

    token = re.search(r"^picus_\w+$", printed, re.MULTILINE)
    assert token
    header = f"-H 'Authorization: Bearer {token[0]}'"
    put = f"""curl -sf --cacert bundle.pem {header} -d '{{"id":"moon"}}' https://localhost"""
    assert machine.run(f"{put}/picus/put") == '{"id":"moon"}'
    assert "401" in machine.run(f"curl -si {LOCAL}/picus/get/moon")

    proxy = "setpriv --reuid=33 --regid=33 --clear-groups"
    member = "setpriv --reuid=33 --regid=33 --groups=$(id -g picus)"
    request = "curl -sS --unix-socket /run/picus/http.sock http://picus/livez"
    assert machine.run(f"{member} {request}") == LIVE
    assert machine.try_out(f"{proxy} {request}").returncode == 7

    machine.run("picus token add bob --scopes items:read --auth-file /etc/picus/access.json")
    assert machine.run("stat -c '%U %a' /etc/picus/access.json") == "picus 600"


def test_an_upgrade_between_two_instances_refuses_no_request(machine: Machine, newer: Path) -> None:
    machine.run("systemctl start picus@blue")
    (machine.root / "root/load").write_text(LOAD)
    machine.run("sh load >told 2>&1 &")
    upgrade = block_after("With systemd, alternate between two instances").splitlines()[1]
    machine.install(newer)
    assert machine.run("systemctl is-active picus@blue") == "active"
    machine.run(upgrade)
    machine.run(upgrade.replace("blue", "x").replace("green", "blue").replace("x", "green"))
    machine.run("touch stop")
    machine.run("until [ -s told ]; do :; done")
    assert machine.run("cat told") == "1 0"
    assert machine.journal().count('"listeners-taken-over"') == 2
