"""Items on their way into a store and out again."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import socket
import stat
import subprocess
from pathlib import Path

import pytest

from cli.conftest import LOST, Answers, Run, Serve, items, lines, summary
from harness.client import Client
from harness.limits import LIMITS


@pytest.mark.parametrize("limit", LIMITS)
def test_what_export_gives_at_a_limit_is_imported(
    run: Run, data: Path, tmp_path: Path, limit: str
) -> None:
    (tmp_path / "in").write_text(LIMITS[limit].fits)
    assert run("import", "in", "--create", "--data", data).returncode == 0
    exported = run("export", "--data", data).stdout
    (tmp_path / "out").write_text(exported)
    again = run("import", "out", "--create", "--data", tmp_path / "again")
    assert again.returncode == 0, again.stderr
    assert run("export", "--data", tmp_path / "again").stdout == exported
    (tmp_path / "beyond").write_text(LIMITS[limit].beyond)
    beyond = run("import", "beyond", "--data", data)
    assert beyond.returncode == 1
    assert LIMITS[limit].refusal[1] in beyond.stderr


def test_what_is_imported_is_exported(run: Run, place: list[str], tmp_path: Path) -> None:
    (tmp_path / "in").write_text(items(10_000))
    done = run("import", "in", *place)
    assert done.returncode == 0, done.stderr
    assert summary(done.stderr) == {"created": 10_000, "replaced": 0, "skipped": 0, "failed": 0}
    exported = run("export", *place)
    assert exported.returncode == 0
    assert lines(exported.stdout) == lines(items(10_000))
    assert len(exported.stdout.splitlines()) == 10_000
    assert exported.stderr.startswith("exported 10000 items, ")


def test_an_import_can_be_repeated(run: Run, place: list[str], tmp_path: Path) -> None:
    text = items(300) + '{"no":"id"}\n{"no":"id"}\n{"other":1}\n'
    (tmp_path / "in").write_text(text)
    assert summary(run("import", "in", *place).stderr)["created"] == 303
    before = run("export", *place).stdout
    again = run("import", "in", *place)
    assert again.returncode == 0
    assert summary(again.stderr) == {"created": 0, "replaced": 0, "skipped": 303, "failed": 0}
    assert run("export", *place).stdout == before
    assert len(before.splitlines()) == 303


def test_other_content_under_a_taken_id_is_a_conflict(
    run: Run, place: list[str], tmp_path: Path
) -> None:
    (tmp_path / "old").write_text(items(500))
    (tmp_path / "new").write_text(items(498) + '{"id":"item-000499","n":"new"}\n{"id":"fresh"}\n')
    assert run("import", "old", *place).returncode == 0
    done = run("import", "new", *place)
    assert done.returncode == 1
    assert summary(done.stderr) == {"created": 1, "replaced": 0, "skipped": 498, "failed": 1}
    assert "new:499: already-exists: " in done.stderr
    assert '{"id":"item-000499","n":499}' in run("export", *place).stdout

    skipped = run("import", "new", *place, "--on-conflict", "skip")
    assert skipped.returncode == 0
    assert summary(skipped.stderr) == {"created": 0, "replaced": 0, "skipped": 500, "failed": 0}
    assert '{"id":"item-000499","n":499}' in run("export", *place).stdout

    replaced = run("import", "new", *place, "--on-conflict", "replace")
    assert replaced.returncode == 0
    assert summary(replaced.stderr)["replaced"] == 500
    assert '{"id":"item-000499","n":"new"}' in run("export", *place).stdout


def test_bad_lines_are_reported_and_the_rest_goes_on(
    run: Run, place: list[str], tmp_path: Path
) -> None:
    (tmp_path / "in").write_text('{"id":"a"}\n[1]\n\n{"id":"b","n":1e999}\n{"id":"c"}\n{"id":\n')
    done = run("import", "in", *place)
    assert done.returncode == 1
    assert summary(done.stderr) == {"created": 2, "replaced": 0, "skipped": 0, "failed": 3}
    told = done.stderr.splitlines()
    assert told[0] == "picus: in: NDJSON"
    assert told[1].startswith("in:2: not-an-object: ")
    assert told[2].startswith("in:4: invalid-number: ")
    assert told[3].startswith("in:6: invalid-json: ")


def test_compressed_files_are_read(run: Run, data: Path, tmp_path: Path) -> None:
    members = gzip.compress(items(5).encode()) + gzip.compress(items(5, first=5).encode())
    (tmp_path / "in.gz").write_bytes(members)
    done = run("import", "in.gz", "--create", "--data", data)
    assert summary(done.stderr)["created"] == 10


def test_a_truncated_compressed_file_is_an_error(run: Run, data: Path, tmp_path: Path) -> None:
    whole = gzip.compress(items(20_000).encode())
    (tmp_path / "in.gz").write_bytes(whole[: len(whole) // 3])
    done = run("import", "in.gz", "--create", "--data", data)
    assert done.returncode == 1
    assert "in.gz: the gzip data is truncated" in done.stderr
    read = summary(done.stderr)["created"]
    assert f"picus: stopped after line {read} of in.gz; run the command again " in done.stderr
    assert 0 < read < 20_000
    assert len(run("export", "--data", data).stdout.splitlines()) == read


def test_standard_input_and_several_files_are_read(run: Run, data: Path, tmp_path: Path) -> None:
    (tmp_path / "one").write_text(items(3))
    done = run("import", "one", "-", "--create", "--data", data, stdin=items(3, first=3))
    assert summary(done.stderr)["created"] == 6
    bad = run("import", "-", "--data", data, stdin='{"id":"a"}\nx\n')
    assert "\nstandard input:2: invalid-json: " in bad.stderr


def test_a_file_that_is_not_there_is_named_before_anything_is_made(run: Run, data: Path) -> None:
    done = run("import", "nowhere", "--create", "--data", data)
    assert done.returncode == 1
    assert done.stderr == "picus: nowhere: cannot be read: No such file or directory\n"
    assert not data.exists()


def test_a_store_that_is_not_there_is_told(run: Run, data: Path) -> None:
    for command in ("export", "check"):
        done = run(command, "--data", data)
        assert (done.returncode, done.stdout) == (3, "")
        assert str(data) in done.stderr
        assert not data.exists()


def test_a_server_that_is_not_there_is_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "in").write_text(items(1))
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound, not listening: nobody else takes it meanwhile
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        for arguments in (("export",), ("import", "in")):
            done = run(*arguments, "--url", url)
            assert done.returncode == 3
            told = done.stderr.splitlines()[-1]
            assert told == f"picus: {url}: no connection: Connection refused."


def test_export_reads_and_import_writes_while_a_server_serves(
    run: Run, serve: Serve, data: Path, tmp_path: Path
) -> None:
    server = serve()
    client = Client(server.url)
    assert client.put({"id": "served"}).status == 201
    assert run("export", "--data", data).stdout == '{"id":"served"}\n'
    (tmp_path / "in").write_text('{"id":"imported"}\n')
    assert run("import", "in", "--create", "--data", data).returncode == 0
    assert client.get("imported").json() == {"id": "imported"}
    check = run("check", "--data", data)
    assert check.returncode == 0
    assert "2 items" in check.stdout


def test_an_exported_file_appears_when_it_is_complete(run: Run, data: Path, tmp_path: Path) -> None:
    (tmp_path / "in").write_text(items(10))
    run("import", "in", "--create", "--data", data)
    target = tmp_path / "out"
    target.write_text("older")
    done = run("export", "--data", data, "--output", "out")
    assert (done.returncode, done.stdout) == (0, "")
    assert lines(target.read_text()) == lines(items(10))
    assert not (tmp_path / "out.partial").exists()

    failed = run("export", "--data", tmp_path / "nowhere", "--output", "out")
    assert failed.returncode == 3
    assert lines(target.read_text()) == lines(items(10))
    assert not (tmp_path / "out.partial").exists()


def test_an_export_to_a_device_or_a_pipe_writes_into_it(
    run: Run, picus: Path, data: Path, tmp_path: Path
) -> None:
    run("import", "-", "--create", "--data", data, stdin=items(5))
    done = run("export", "--data", data, "--output", "/dev/null")
    assert done.returncode == 0, done.stderr
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)
    done = run("export", "--data", data, "--output", "/dev/stdout")
    assert (done.returncode, lines(done.stdout)) == (0, lines(items(5)))
    full = run("export", "--data", data, "--output", "/dev/full")
    assert full.returncode == 1
    assert "/dev/full: cannot be written: No space left on device" in full.stderr

    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen([picus, "export", "--data", data, "--output", pipe]) as export:
        assert lines(pipe.read_text()) == lines(items(5))
        assert export.wait(60) == 0
    assert pipe.is_fifo()

    directory = run("export", "--data", data, "--output", ".")
    assert directory.returncode == 1
    assert ".: cannot be written: " in directory.stderr


def test_an_export_waits_for_the_reader_of_a_pipe_or_a_signal(
    picus: Path, data: Path, run: Run, tmp_path: Path
) -> None:
    run("import", "-", "--create", "--data", data, stdin=items(1))
    os.mkfifo(tmp_path / "pipe")
    with subprocess.Popen(
        [picus, "export", "--data", data, "--output", tmp_path / "pipe"], stderr=subprocess.PIPE
    ) as export:
        export.send_signal(signal.SIGTERM)
        assert export.wait(60) != 0


@pytest.mark.parametrize("there", [True, False])
def test_an_export_through_a_link_writes_what_it_names(
    run: Run, data: Path, tmp_path: Path, *, there: bool
) -> None:
    run("import", "-", "--create", "--data", data, stdin=items(2))
    (tmp_path / "other").mkdir()
    target = tmp_path / "other" / "target"
    if there:
        target.write_text("older")
    (tmp_path / "link").symlink_to("other/target")
    done = run("export", "--data", data, "--output", "link")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "link").is_symlink()
    assert lines(target.read_text()) == lines(items(2))
    assert sorted(path.name for path in (tmp_path / "other").iterdir()) == ["target"]


def test_an_export_named_gz_is_compressed(run: Run, data: Path, tmp_path: Path) -> None:
    run("import", "-", "--create", "--data", data, stdin=items(20_000))
    assert run("export", "--data", data, "--output", "out.gz").returncode == 0
    packed = (tmp_path / "out.gz").read_bytes()
    assert lines(gzip.decompress(packed).decode()) == lines(items(20_000))
    assert len(packed) * 3 < len(items(20_000))
    assert run("export", "--data", data, "--output", "OUT.GZ").returncode == 0
    assert (tmp_path / "OUT.GZ").read_bytes() == packed
    again = run("import", "out.gz", "--data", data)
    assert summary(again.stderr)["skipped"] == 20_000
    assert "picus: out.gz: NDJSON, gzip" in again.stderr


def test_a_reader_that_leaves_ends_the_export_quietly_and_as_failed(
    run: Run, picus: Path, data: Path, tmp_path: Path
) -> None:
    (tmp_path / "in").write_text(items(50_000))
    run("import", "in", "--create", "--data", data)
    with subprocess.Popen(
        [picus, "export", "--data", data], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as export:
        assert export.stdout
        assert export.stderr
        assert export.stdout.readline().startswith(b'{"id":')
        export.stdout.close()
        assert export.stderr.read() == b""
        assert export.wait(60) == 1
    pipe = tmp_path / "pipe"  # one that is named, and not expected to lose its reader
    os.mkfifo(pipe)
    with subprocess.Popen(
        [picus, "export", "--data", data, "--output", pipe], stderr=subprocess.PIPE
    ) as export:
        with pipe.open("rb") as reader:
            assert reader.read(1)
        assert export.stderr
        assert export.stderr.read().decode() == f"picus: {pipe}: cannot be written: Broken pipe\n"
        assert export.wait(60) == 1


def test_an_interrupted_import_goes_on_when_it_is_repeated(
    run: Run, picus: Path, data: Path
) -> None:
    text = items(30_000) + '{"no":"id"}\n' * 3
    with subprocess.Popen(
        [picus, "import", "-", "--create", "--data", data],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as command:
        assert command.stdin
        assert command.stderr
        command.stdin.write(text.encode())
        command.stdin.flush()  # the pipe takes 64 KiB: the rest of the text was read by now
        command.send_signal(signal.SIGINT)
        told = command.stderr.read().decode()
        assert command.wait(60) == 130
    assert "picus: interrupted " in told
    assert "of standard input; run the command again to continue" in told
    written = summary(told)["created"]
    assert written > 20_000
    assert len(run("export", "--data", data).stdout.splitlines()) == written
    done = run("import", "-", "--create", "--data", data, stdin=text)
    assert done.returncode == 0
    assert summary(done.stderr)["created"] == 30_003 - written
    assert len(run("export", "--data", data).stdout.splitlines()) == 30_003


def test_an_interrupted_export_leaves_no_file(
    run: Run, picus: Path, data: Path, tmp_path: Path
) -> None:
    (tmp_path / "in").write_text(items(50_000))
    run("import", "in", "--create", "--data", data)
    pipe = tmp_path / "out.partial"
    os.mkfifo(pipe)  # an output that nobody drains: the export has to wait
    with subprocess.Popen(
        [picus, "export", "--data", data, "--output", tmp_path / "out"], stderr=subprocess.PIPE
    ) as export:
        with pipe.open("rb") as reader:
            assert reader.read(1)
            export.send_signal(signal.SIGINT)
            assert export.stderr
            told = export.stderr.read().decode()
        assert export.wait(60) == 130
    assert "picus: interrupted after " in told
    assert not pipe.exists()
    assert not (tmp_path / "out").exists()


DONE = {"created": 2, "replaced": 0, "skipped": 0, "failed": 0, "errors": []}


def test_a_server_without_room_is_asked_again(
    run: Run, scripted: tuple[str, type[Answers]], tmp_path: Path
) -> None:
    url, script = scripted
    busy = json.dumps({"code": "overloaded", "detail": "Too much to do."}).encode()
    script.answers += [(503, {"Retry-After": "1"}, busy), (200, {}, json.dumps(DONE).encode())]
    (tmp_path / "in").write_text(items(2))
    done = run("import", "in", "--url", url)
    assert done.returncode == 0, done.stderr
    assert summary(done.stderr)["created"] == 2
    assert script.seen == [items(2).encode()] * 2


FAILED = {"created": 0, "replaced": 0, "skipped": 0, "failed": 1}
TAKEN = {"line": 1, "code": "already-exists", "detail": "An item with this key exists."}
BUSY = {"line": 2, "code": "throttled", "detail": "The table is busy."}


def partly(failed: int = 1, line: int = 2) -> tuple[int, dict[str, str], bytes]:
    """One item was created; of those that failed, only the busy one is listed."""
    errors = [{**BUSY, "line": line}]
    report = {**FAILED, "created": 1, "failed": failed, "errors": errors}
    return 200, {}, json.dumps(report).encode()


def test_the_comparison_with_a_stored_item_is_repeated(
    run: Run, scripted: tuple[str, type[Answers]], tmp_path: Path
) -> None:
    url, script = scripted
    taken = json.dumps({"code": "bulk-failed", **FAILED, "errors": [TAKEN]}).encode()
    busy = json.dumps({"code": "overloaded", "detail": "Too much to do."}).encode()
    script.answers += [(422, {}, taken), (503, {"Retry-After": "1"}, busy), (304, {}, b"")]
    (tmp_path / "in").write_text(items(1))
    done = run("import", "in", "--url", url)
    assert done.returncode == 0, done.stderr
    assert summary(done.stderr)["skipped"] == 1


@pytest.mark.parametrize("on_conflict", ["fail", "skip"])
def test_items_that_a_server_cannot_store_yet_are_sent_again(
    run: Run, scripted: tuple[str, type[Answers]], tmp_path: Path, on_conflict: str
) -> None:
    url, script = scripted
    last = json.dumps({**DONE, "created": 1}).encode()
    script.answers += [partly(), (200, {}, last)]
    if on_conflict == "fail":
        script.answers.insert(1, (404, {}, b""))  # whether the item is there
    (tmp_path / "in").write_text(items(2))
    done = run("import", "in", "--url", url, "--on-conflict", on_conflict)
    assert done.returncode == 0, done.stderr
    assert summary(done.stderr) == {"created": 2, "replaced": 0, "skipped": 0, "failed": 0}
    second = items(2).splitlines(keepends=True)[1]
    assert [text for text in script.seen if text] == [items(2).encode(), second.encode()]


def test_an_item_is_not_sent_again_over_a_later_one_with_its_key(
    run: Run, scripted: tuple[str, type[Answers]], tmp_path: Path
) -> None:
    url, script = scripted
    script.answers += [partly(line=1)]
    (tmp_path / "in").write_text('{"id":"a","n":1}\n{"id":"a","n":2}\n')
    done = run("import", "in", "--url", url, "--on-conflict", "replace")
    assert done.returncode == 0, done.stderr
    assert summary(done.stderr) == {"created": 1, "replaced": 1, "skipped": 0, "failed": 0}


def test_what_was_stored_counts_although_the_rest_cannot_be_sent_again(
    run: Run, scripted: tuple[str, type[Answers]], tmp_path: Path
) -> None:
    url, script = scripted
    denied = json.dumps({"code": "unauthenticated", "detail": "The token has expired."}).encode()
    script.answers += [partly(), (401, {}, denied)]
    (tmp_path / "in").write_text(items(2))
    done = run("import", "in", "--url", url, "--on-conflict", "replace")
    assert done.returncode == 1
    assert summary(done.stderr) == {"created": 1, "replaced": 0, "skipped": 0, "failed": 1}


def test_an_item_that_is_not_there_is_no_conflict_but_sent_again(
    run: Run, scripted: tuple[str, type[Answers]], tmp_path: Path
) -> None:
    url, script = scripted
    script.answers += [partly(failed=2), (304, {}, b""), (404, {}, b""), (404, {}, b"")]
    script.answers += [(200, {}, json.dumps(DONE).encode())]
    (tmp_path / "in").write_text(items(3))
    done = run("import", "in", "--url", url)
    assert done.returncode == 0, done.stderr
    assert summary(done.stderr) == {"created": 3, "replaced": 0, "skipped": 0, "failed": 0}


def test_what_a_server_refuses_is_told(
    run: Run, scripted: tuple[str, type[Answers]], tmp_path: Path
) -> None:
    """As of a store that is full, the exit code is not that of one which cannot be reached."""
    url, script = scripted
    full = json.dumps({"code": "store-full", "detail": "The disk is full."}).encode()
    script.answers += [(507, {}, full)]
    (tmp_path / "in").write_text(items(2))
    done = run("import", "in", "--url", url)
    assert done.returncode == 1
    told = (
        "picus: The server returned 507 store-full: The disk is full.\n"
        "picus: stopped at the beginning of in; run the command again to continue: "
    )
    assert told in done.stderr
    assert "\nimported 0 items" in done.stderr


def test_another_server_than_picus_is_told(
    run: Run, scripted: tuple[str, type[Answers]], tmp_path: Path
) -> None:
    url, script = scripted
    page = (200, {"Content-Type": "text/html"}, b"<html>")
    script.answers += [page, page]
    (tmp_path / "in").write_text(items(1))
    for arguments in (("import", "in"), ("export",)):
        done = run(*arguments, "--url", url)
        assert (done.returncode, done.stdout) == (3, "")
        told = done.stderr.splitlines()[-1]
        assert told == "picus: The response is not from a Picus server."
    redirect = "302, a redirect: give the URL that it leads to."
    for status, reason in ((201, "201"), (302, redirect)):
        script.answers += [(status, {"Location": "/other"}, b'{"id":"a"}')]
        done = run("export", "--url", url)
        assert done.stderr == f"picus: The server returned {reason}\n"


def test_an_answer_that_is_cut_fails_the_export(
    run: Run, scripted: tuple[str, type[Answers]], tmp_path: Path
) -> None:
    url, script = scripted
    kind = {"Content-Type": "application/x-ndjson", "Transfer-Encoding": "chunked"}
    script.answers += [(200, kind, b'b\r\n{"id":"a"}\n\r\n')]
    done = run("export", "--url", url, "--output", "out")
    assert done.returncode == 1
    assert "the response was truncated" in done.stderr
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "out.partial").exists()


NDJSON = {"Content-Type": "application/x-ndjson"}


def test_an_export_reads_every_page_of_a_server_that_returns_pages(
    run: Run, scripted: tuple[str, type[Answers]], tmp_path: Path
) -> None:
    url, script = scripted
    next_path = "/picus/list?limit=1000&cursor=c"
    link = {**NDJSON, "Link": f'<{next_path}>; rel="next"'}
    script.answers += [(200, link, items(2).encode()), (200, NDJSON, b'{"id":"z"}\n')]
    done = run("export", "--url", url)
    assert done.returncode == 0, done.stderr
    assert done.stdout == items(2) + '{"id":"z"}\n'
    assert done.stderr.startswith("exported 3 items, ")
    assert script.paths == ["/picus/list", next_path]
    script.answers += [(200, link, items(2).encode()), (200, link, items(2).encode())]
    done = run("export", "--url", url, "--output", "out")  # a page that leads to itself
    assert done.returncode == 1
    assert not (tmp_path / "out").exists()


def test_a_page_that_does_not_begin_is_asked_for_again(
    run: Run, scripted: tuple[str, type[Answers]]
) -> None:
    url, script = scripted
    next_path = "/picus/list?cursor=c"
    link = {**NDJSON, "Link": f'<{next_path}>; rel="next"'}
    script.answers += [(200, link, items(2).encode()), (503, {"Retry-After": "1"}, b"")]
    # Of a connection that was kept, the first loss is none: it is made again at once.
    script.answers += [LOST, LOST, (200, NDJSON, b'{"id":"z"}\n')]
    done = run("export", "--url", url)
    assert done.returncode == 0, done.stderr
    assert done.stdout == items(2) + '{"id":"z"}\n'
    assert script.paths == ["/picus/list"] + [next_path] * 4


@pytest.mark.parametrize(
    "body", [b'{"id":"a"}\n{"id":"b"', b'{"id":"a"}\n1\n', b"\n", b"\x1f\x8b\n"]
)
def test_an_export_of_what_is_not_a_whole_list_fails(
    run: Run, scripted: tuple[str, type[Answers]], tmp_path: Path, body: bytes
) -> None:
    url, script = scripted
    script.answers += [(200, NDJSON, body)]
    done = run("export", "--url", url, "--output", "out")
    assert done.returncode != 0
    assert re.search(r"picus: The (list|response) is not ", done.stderr)
    assert not (tmp_path / "out").exists()


UNACCOUNTED = [
    {**DONE, "created": 1},
    {**DONE, "created": 3},
    {**DONE, "created": 1, "failed": 1},
    {**DONE, "created": 1, "failed": 1, "errors": [{**TAKEN, "line": 3}]},
    {**DONE, "created": 0, "failed": 2, "errors": [TAKEN, TAKEN]},
    {**DONE, "created": 1, "replaced": -1, "skipped": 2},
]


@pytest.mark.parametrize("report", UNACCOUNTED)
def test_an_import_fails_if_the_server_does_not_account_for_each_item(
    run: Run, scripted: tuple[str, type[Answers]], tmp_path: Path, report: dict[str, object]
) -> None:
    url, script = scripted
    script.answers += [(200, {}, json.dumps(report).encode())]
    (tmp_path / "in").write_text(items(2))
    done = run("import", "in", "--url", url)
    assert done.returncode == 1
    told = (
        "picus: The response of the server does not account for each of the 2 items that were "
        "sent.\npicus: stopped at the beginning of in; run the command again to continue: "
    )
    assert told in done.stderr
