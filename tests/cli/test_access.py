"""Tokens from the command line: made, served with, listed, removed, and brought along."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli.conftest import Run, Serve
from harness.access import bearer, configuration, entry, new_token
from harness.client import Client
from harness.process import PicusProcess
from harness.session import Session

TOKEN = re.compile(r"picus_[0-9A-Za-z]{49}")
EVERY = "items:read items:write items:delete"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "access.json"


@pytest.fixture
def add(run: Run, file: Path) -> Callable[..., str]:
    def add_one(name: str, *options: str) -> str:
        done = run("token", "add", name, "--scopes", EVERY, *options, "--auth-file", file)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.removesuffix("\n")

    return add_one


def put_there(file: Path, text: str) -> None:
    """In one step: a server may look at any time, and would find a file that is being written."""
    other = file.with_name(f"{file.name}.new")
    other.write_text(text)
    other.replace(file)


def reloaded(server: PicusProcess, tokens: int) -> None:
    server.log_line(event="access-reloaded", tokens=tokens)


def test_a_token_is_printed_once_and_kept_as_a_digest(
    add: Callable[..., str], file: Path, run: Run
) -> None:
    token = add("tester1")
    assert TOKEN.fullmatch(token)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(file.read_text()) == {"tokens": [entry("tester1", token, EVERY)]}
    begun = datetime.now(UTC)
    add("tester2", "--expires", "30d")
    listed = run("token", "list", "--auth-file", file)
    first, second = json.loads(listed.stdout)["tokens"]
    assert (first["name"], second["name"]) == ("tester1", "tester2")
    assert "expires" not in first
    made = datetime.fromisoformat(second["expires"]) - timedelta(days=30)
    assert begun <= made <= datetime.now(UTC) + timedelta(seconds=1)
    assert "sha256" not in listed.stdout
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_second_token_keeps_mode_and_rest_of_the_file(
    add: Callable[..., str], file: Path
) -> None:
    issuer = {
        "issuer": "https://a.example.com",
        "keys": "not-there.json",
        "audience": ["picus"],
        "scopes": "token",
        "grants": {"a": "items:read"},
    }
    file.write_text(json.dumps({"issuers": [issuer]}))
    file.chmod(0o640)
    add("tester1")
    assert json.loads(file.read_text())["issuers"] == [issuer]
    assert stat.S_IMODE(file.stat().st_mode) == 0o640 & ~_umask()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("add",), 2, "token add needs NAME"),
        (("add", "a b", "--scopes", EVERY), 2, "1 to 64 characters of A-Z"),
        (("add", "a"), 2, "--scopes"),
        (("add", "a", "--scopes", "items:*"), 2, "--scopes"),
        (("add", "a", "--scopes", EVERY, "--expires", "0s"), 2, "--expires"),
        (("add", "a", "--scopes", EVERY, "--expires", "5000d"), 2, "--expires"),
        (("list", "a"), 2, "takes no NAME"),
        (("list",), 1, "--auth-file"),
        (("remove", "a"), 1, "--auth-file"),
        (("grant", "a"), 2, "add, list, remove, show or aws"),
    ],
)
def test_what_cannot_be_done_is_said(
    run: Run, file: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    done = run("token", *words, "--auth-file", file)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert not file.exists()


def test_a_token_is_no_name(add: Callable[..., str], file: Path, run: Run) -> None:
    """Names are logged."""
    token = add("a")
    for action in (("add", token, "--scopes", EVERY), ("remove", token)):
        done = run("token", *action, "--auth-file", file)
        assert done.returncode != 0
        assert token[:8] in done.stderr
        assert token not in done.stderr


def test_keys_that_come_after_their_configuration_are_read(file: Path, serve: Serve) -> None:
    file.write_text("{}")
    server = serve("--auth-file", str(file))
    issuer = {"issuer": "https://a.example.com", "audience": ["picus"], "keys": "keys.json"}
    put_there(file, json.dumps({"issuers": [issuer]}))
    line = server.log_line(event="access-not-reloaded")
    assert "issuers[0].keys" in line["detail"]
    put_there(file.with_name("keys.json"), '{"keys": []}')
    server.log_line(event="access-reloaded", issuers=1)
    events = [json.loads(text)["event"] for text in server.err.lines()]
    assert events.count("access-not-reloaded") == 1


def test_a_name_is_taken_once(add: Callable[..., str], file: Path, run: Run) -> None:
    add("a")
    before = file.read_text()
    done = run("token", "add", "a", "--scopes", EVERY, "--auth-file", file)
    assert done.returncode == 1
    assert 'already a token "a"' in done.stderr
    done = run("token", "remove", "b", "--auth-file", file)
    assert done.returncode == 1
    assert 'no token "b"' in done.stderr
    assert file.read_text() == before


def test_a_server_follows_the_file(
    add: Callable[..., str], file: Path, run: Run, serve: Serve
) -> None:
    first = add("first")
    server = serve("--auth-file", str(file))
    client = Client(server.url)
    assert client.list().status == 401
    assert client.list(headers=bearer(first)).status == 200
    second = add("second")
    reloaded(server, 2)
    assert client.list(headers=bearer(second)).status == 200
    run("token", "remove", "first", "--auth-file", file)
    server.log_line(event="access-reloaded", tokens=1)
    assert client.list(headers=bearer(first)).status == 401
    assert client.list(headers=bearer(second)).status == 200

    put_there(file, '{"tokens": [')
    line = server.log_line(event="access-not-reloaded")
    assert "line 1, column 13" in line["detail"]
    assert client.list(headers=bearer(second)).status == 200
    file.unlink()
    server.log_line(
        event="access-not-reloaded", detail=f"--auth-file: {file}: No such file or directory"
    )
    assert client.list(headers=bearer(second)).status == 200

    put_there(file, "{}")
    reloaded(server, 0)
    assert client.list(headers=bearer(second)).status == 401


def make_huge(file: Path) -> None:
    file.touch()
    os.truncate(file, 1 << 40)


def test_whatever_takes_the_place_of_the_file_changes_nothing(
    add: Callable[..., str], file: Path, serve: Serve, tmp_path: Path
) -> None:
    """Also at the other end of a symbolic link, which is followed."""
    token = add("first")
    good = file.read_text()
    socket = tmp_path / "socket"
    server = serve("--auth-file", str(file), "--listen", f"unix:{socket},127.0.0.1:0")
    line = server.out.wait_for(lambda text: "http:" in text, 30, "port")
    client = Client(line.removeprefix("listening on "))
    for make, said in ((os.mkfifo, "not a regular file"), (make_huge, "larger than")):
        file.unlink()
        make(file)
        server.err.wait_for(lambda text, said=said: said in text, 30, said)  # type: ignore[misc]
        assert client.list(headers=bearer(token)).status == 200
        assert client.list().status == 401
        with Session(f"unix:{socket}") as local:
            assert local.exchange("GET", "/picus/list").status == 401
    other = tmp_path / "other.json"
    other.write_text(good)
    link = tmp_path / "link"
    link.symlink_to(other)
    link.replace(file)
    server.log_line(event="access-reloaded", tokens=1)
    other.write_text("{}")
    server.log_line(event="access-reloaded", tokens=0)
    assert client.list(headers=bearer(token)).status == 401


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "access.json: line 1, column 2"),
        ('{"token":[]}', "unknown member token"),
        ('{"tokens":[{"name":"a"}]}', "tokens[0].sha256: is missing"),
        ('{"issuers":[{"issuer":"a","audience":["b"]}]}', "issuers[0].keys"),
        ('{"issuers":[{"issuer":"a","audience":["b"],"keys":"x"}]}', "issuers[0].keys"),
    ],
)
def test_a_broken_file_keeps_a_server_from_starting(
    run: Run, file: Path, data: Path, text: str, said: str
) -> None:
    file.write_text(text)
    for option in ((), ("--check-config",)):
        done = run("serve", "--data", data, "--auth-file", file, *option)
        assert done.returncode == 2
        assert said in done.stderr
    assert not data.exists()


def test_contradictions_are_refused(
    run: Run, add: Callable[..., str], file: Path, data: Path
) -> None:
    add("a")
    serve = ("serve", "--data", data)
    for options, said in (
        (("--auth-file", file, "--insecure-no-auth"), "--insecure-no-auth contradicts"),
        (("--share", "--insecure-no-auth"), "--insecure-no-auth contradicts"),
        (("--share", "--auth-file", file), "--share creates its own token"),
        (("--share", "--scopes", "items:all"), "--scopes: expected items:read"),
    ):
        done = run(*serve, *options)
        assert done.returncode == 2, options
        assert said in done.stderr
    both = run(*serve, "--auth-file", file, env={"PICUS_AUTH": file.read_text()})
    assert both.returncode == 2
    assert "not both" in both.stderr


def test_the_configuration_is_checked_without_digests(
    run: Run, add: Callable[..., str], file: Path
) -> None:
    token = add("tester1")
    done = run("serve", "--auth-file", file, "--check-config")
    assert done.returncode == 0
    assert '"name": "tester1"' in done.stdout
    assert entry("", token, "")["sha256"] not in done.stdout
    config = file.with_name("picus.conf")
    config.write_text(done.stdout)
    assert run("serve", "--config", config, "--check-config").returncode == 0


def test_a_file_that_others_may_read_is_warned_of(
    add: Callable[..., str], file: Path, serve: Serve
) -> None:
    add("a")
    file.chmod(0o644)
    server = serve("--auth-file", str(file))
    server.log_line(
        event="configuration",
        detail=f"{file} can be read or changed by users other than its owner: "
        "to prevent this, run chmod 600",
    )


def test_every_permission_of_others_is_warned_of(
    add: Callable[..., str], file: Path, run: Run
) -> None:
    token = add("a")
    for mode in (0o600, 0o640, 0o620, 0o610, 0o604, 0o602, 0o601):
        file.chmod(mode)
        done = run("token", "show", "--auth-file", file, stdin=token)
        assert done.returncode == 0, done.stderr
        assert ("run chmod 600" in done.stderr) == (mode != 0o600), oct(mode)


def test_a_file_has_at_most_4_mib(run: Run, file: Path) -> None:
    most = 4 * 1024 * 1024
    for size, code in ((most, 0), (most + 1, 2)):
        file.write_text("{}".ljust(size))
        done = run("serve", "--auth-file", file, "--check-config")
        assert done.returncode == code
        assert (f"{file}: larger than {most} bytes" in done.stderr) == (size > most)


def test_other_machines_are_let_in_with_tokens(
    add: Callable[..., str], file: Path, serve: Serve
) -> None:
    token = add("a")
    server = serve("--listen", "0.0.0.0:0", "--auth-file", str(file))
    client = Client(server.url.replace("0.0.0.0", "127.0.0.1"))
    assert client.list(headers=bearer(token)).status == 200


def test_sharing_prints_a_command_for_others(serve: Serve) -> None:
    server = serve("--listen", "0.0.0.0:0", "--share", "--scopes", "items:read")
    line = server.out.wait_for(lambda text: text.startswith("curl "), 30, "curl command")
    found = re.fullmatch(
        r"curl -H 'Authorization: Bearer (picus_\w+)' http://([\d.]+):(\d+)/picus/list", line
    )
    assert found
    client = Client(f"http://127.0.0.1:{found[3]}")
    assert client.list().status == 401
    assert client.list(headers=bearer(found[1])).status == 200
    assert client.put({}, bearer(found[1])).status == 403
    assert found[1] not in "\n".join(server.err.lines())


def test_sharing_keeps_an_address_that_was_chosen(serve: Serve) -> None:
    server = serve("--listen", "127.0.0.1:0", "--share")
    assert server.url.startswith("http://127.0.0.1:")
    server.out.wait_for(lambda text: f"{server.url}/picus/list" in text, 30, "curl command")


def test_the_command_of_a_shared_unix_socket_works(serve: Serve, tmp_path: Path) -> None:
    server = serve("--listen", f"unix:{tmp_path / 'a socket'}", "--share")
    line = server.out.wait_for(lambda text: text.startswith("curl "), 30, "curl command")
    done = subprocess.run(["sh", "-c", f"{line} -sS"], capture_output=True, text=True, check=True)
    assert done.stdout == "[]"


def test_items_move_through_a_server_with_a_token(run: Run, tmp_path: Path, serve: Serve) -> None:
    token = new_token()
    server = serve(env={"PICUS_AUTH": configuration(entry("a", token, EVERY))})
    token_file = tmp_path / "token"
    token_file.write_text(token + "\n")
    url = ("--url", server.url)
    put = run("import", "-", *url, "--token-file", token_file, stdin='{"id":"a"}\n')
    assert put.returncode == 0, put.stderr
    got = run("export", *url, env={"PICUS_TOKEN": token})
    assert (got.returncode, got.stdout) == (0, '{"id":"a"}\n')
    without = run("export", *url)
    assert without.returncode == 3
    assert "401 unauthenticated" in without.stderr
    assert "--token-file FILE, PICUS_TOKEN or --token aws" in without.stderr
    without = run("import", "-", *url, stdin="{}")
    assert "--token-file FILE, PICUS_TOKEN or --token aws" in without.stderr
    both = run("export", *url, "--token-file", token_file, env={"PICUS_TOKEN": token})
    assert both.returncode == 2


def test_a_token_does_not_cross_a_network_in_clear(run: Run) -> None:
    env = {"PICUS_TOKEN": new_token()}
    for command, scheme in ((("export",), "http"), (("import", "-"), "HTTP")):
        done = run(*command, "--url", f"{scheme}://192.0.2.1:1", env=env)
        assert done.returncode == 2
        assert "--insecure-http" in done.stderr
        assert env["PICUS_TOKEN"] not in done.stderr


@pytest.mark.parametrize("text", ["", "two words", "line\nline", "\x01"])
def test_what_is_no_token_is_not_sent(run: Run, tmp_path: Path, text: str) -> None:
    token_file = tmp_path / "token"
    token_file.write_text(text)
    done = run("export", "--url", "http://127.0.0.1:1", "--token-file", token_file)
    assert done.returncode == 2
    assert "not a token" in done.stderr


def test_a_token_that_nobody_got_is_a_failure(
    add: Callable[..., str], picus: Path, clean_env: dict[str, str], file: Path
) -> None:
    add("kept")
    for action in (("add", "lost", "--scopes", EVERY), ("list",)):
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run(
                [picus, "token", *action, "--auth-file", file],
                stdout=full,
                stderr=subprocess.PIPE,
                env=clean_env,
                text=True,
                check=False,
            )
        assert done.returncode == 1
        assert "standard output: cannot be written" in done.stderr


def test_a_stream_that_began_goes_on_when_its_token_is_revoked(
    add: Callable[..., str], file: Path, run: Run, serve: Serve
) -> None:
    token = add("first")
    server = serve("--auth-file", str(file))
    client = Client(server.url, token=token)
    lines = "\n".join(json.dumps({"id": f"{n:04}", "text": "x" * 20_000}) for n in range(1000))
    assert client.bulk(lines).json()["created"] == 1000
    with client.stream("GET", "/picus/list") as response:
        begin = response.read(1)
        run("token", "remove", "first", "--auth-file", file)
        reloaded(server, 0)
        assert client.list("?limit=1").status == 401
        assert len(json.loads(begin + response.read())) == 1000


def test_a_handover_lets_the_same_clients_in(
    add: Callable[..., str], file: Path, serve: Serve
) -> None:
    token = add("first")
    old = serve("--auth-file", str(file))
    client = Client(old.url, token=token)
    client.created({"id": "a"}, {"Idempotency-Key": "k"})
    new = serve("--auth-file", str(file), "--listen", old.url.removeprefix("http://"))
    assert new.url == old.url
    old.terminate()
    old.finish()
    assert client.get("a").status == 200
    again = client.put({"id": "a"}, {"Idempotency-Key": "k"})
    assert (again.status, again["Idempotency-Replayed"]) == (201, "true")
    assert Client(new.url).list().status == 401


def test_a_token_comes_through_a_pipe(
    add: Callable[..., str], file: Path, picus: Path, serve: Serve, clean_env: dict[str, str]
) -> None:
    """As in `--token-file <(picus token aws)`: it is read once, and sent with each request."""
    token = add("first")
    server = serve("--auth-file", str(file))
    done = subprocess.run(
        [picus, "export", "--url", server.url, "--token-file", "/dev/stdin"],
        input=token + "\n",
        capture_output=True,
        text=True,
        env=clean_env,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_a_token_in_the_wrong_place_is_not_repeated(add: Callable[..., str], run: Run) -> None:
    token = add("first")
    done = run("export", "--url", "http://127.0.0.1:1", "--token", token)
    assert done.returncode == 2
    assert "is not allowed: give aws" in done.stderr
    assert token not in done.stdout + done.stderr
