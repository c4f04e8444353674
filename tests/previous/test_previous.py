"""From 0.1.0 to today's program and back: by a handover under load, and by an export."""

from __future__ import annotations

from pathlib import Path

from harness.client import Client
from harness.command import check, run
from harness.fixtures import Serve
from harness.session import listed
from upgrade.listening import listen, urls_of
from upgrade.load import acknowledged, load
from upgrade.old_store import fill, items_of

ATTEMPTS = 3
BETWEEN = 2000
REFUSED = 3


def test_a_handover_to_the_new_version_can_be_called_off_and_loses_no_request(
    previous: Path, picus: Path, data: Path, serve: Serve
) -> None:
    """The old one reads what the new one wrote beside it, until it is ended itself."""
    old = serve(binary=previous)
    url = old.url
    with load([url], fresh=8, kept=6) as (tally, clients):
        tally.wait_for(BETWEEN)
        for _ in range(ATTEMPTS):
            new = serve(*listen(url), binary=picus)
            assert urls_of(new, 1)[0] == url
            tally.wait_for(BETWEEN)
            new.terminate()
            new.finish()
            tally.wait_for(BETWEEN)
        items = acknowledged(clients)
        assert check(previous, data) >= len(items)
        new = serve(*listen(url), binary=picus)
        old.terminate()
        old.finish()
        tally.wait_for(BETWEEN)
    items = acknowledged(clients)
    assert listed(url) == items
    new.log_line(event="store-format-raised")
    assert check(picus, data) == len(items)


def test_the_old_version_refuses_the_new_format_and_says_so(
    previous: Path, data: Path, serve: Serve
) -> None:
    server = serve()
    fill(Client(server.url))
    server.stop()
    for command in ("check", "export"):
        done = run(previous, command, "--data", data)
        assert done.returncode == REFUSED
        assert "was made by a newer Picus (format 2" in done.stderr


def test_the_way_back_is_an_export(
    previous: Path, picus: Path, data: Path, tmp_path: Path, serve: Serve
) -> None:
    server = serve()
    fill(Client(server.url))
    items = items_of(Client(server.url))
    file, back = tmp_path / "all.ndjson", tmp_path / "back"
    assert run(picus, "export", "--data", data, "--output", file).returncode == 0
    server.stop()
    assert run(previous, "import", "--data", back, file).returncode == 0
    assert check(previous, back) == len(items)
    again = tmp_path / "again.ndjson"
    assert run(previous, "export", "--data", back, "--output", again).returncode == 0
    assert sorted(again.read_bytes().splitlines()) == sorted(file.read_bytes().splitlines())
    # Today's program reads what the old one made, with the same texts and ETags.
    back.rename(data.with_name("read-again"))
    data.rename(tmp_path / "away")
    data.with_name("read-again").rename(data)
    assert items_of(Client(serve().url)) == items
