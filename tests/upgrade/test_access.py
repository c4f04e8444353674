"""Two processes at one address, while clients with tokens keep them busy, agree on who may."""

from __future__ import annotations

import json
from pathlib import Path

from harness.access import EVERY_SCOPE, configuration, entry, new_token
from harness.client import Client
from harness.fixtures import Serve
from harness.process import PicusProcess
from upgrade.listening import listen
from upgrade.load import load

ALL = " ".join(EVERY_SCOPE)


def write(file: Path, **tokens: str) -> None:
    """As `picus token` does: in one step."""
    new = file.with_suffix(".new")
    new.touch(0o600)
    new.write_text(configuration(*(entry(name, token, ALL) for name, token in tokens.items())))
    new.replace(file)


def status(url: str, token: str) -> int:
    return Client(url, token=token).list("?limit=1").status


def has_served(process: PicusProcess, principal: str) -> bool:
    lines = [line for line in process.err.lines() if '"request"' in line]
    return any(json.loads(line).get("principal") == principal for line in lines)


def test_a_handover_refuses_no_good_token_and_both_processes_follow_a_revocation(
    serve: Serve, tmp_path: Path
) -> None:
    file = tmp_path / "access.json"
    kept, revoked, added = new_token(), new_token(), new_token()
    write(file, kept=kept, revoked=revoked)
    guarded = ("--auth-file", str(file), "--access-log", "on", "--threads", "2")
    old = serve(*guarded)
    url = old.url
    with load([url], 3, 3, ("Authorization", f"Bearer {kept}")) as (tally, _):
        tally.wait_for(100)
        assert status(url, revoked) == 200
        new = serve(*guarded, *listen(url))
        write(file, kept=kept, added=added, third=new_token())
        for process in (old, new):
            process.log_line(event="access-reloaded", tokens=3)
        while not (has_served(old, "added") and has_served(new, "added")):
            assert status(url, added) == 200
            assert status(url, revoked) == 401
        tally.wait_for(100)
        old.terminate()
        while old.running():
            assert status(url, added) == 200
            assert status(url, revoked) == 401
        old.finish()
        tally.wait_for(100)
    assert old.log_line(event="stopped")["requests"] == "all completed"
