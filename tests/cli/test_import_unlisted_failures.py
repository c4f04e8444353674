"""Imports of which more items fail than the server lists."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.conftest import Answers, Run, items, lines, summary

REASON = {"code": "too-deep", "detail": "The item is nested too deeply."}
Response = tuple[int, dict[str, str], bytes]


def report(failed: int, listed: range, **stored: int) -> Response:
    counts = {"created": 0, "replaced": 0, "skipped": 0, **stored, "failed": failed}
    errors = [{"line": line, **REASON} for line in listed]
    return 200, {}, json.dumps({**counts, "errors": errors}).encode()


MISSING: Response = (404, {}, b"")
OTHER: Response = (200, {}, b"{}")
EQUAL: Response = (304, {}, b"")
# Of 250 items the first and the last are stored.
FIRST = report(248, range(2, 102), created=2)


@pytest.mark.parametrize("on_conflict", ["skip", "replace"])
def test_an_import_sends_only_what_is_not_stored_again(
    run: Run, scripted: tuple[str, type[Answers]], tmp_path: Path, on_conflict: str
) -> None:
    url, script = scripted
    script.answers += [FIRST, *[MISSING] * 148, EQUAL]
    script.answers += [report(100, range(1, 101)), report(47, range(1, 48), created=1)]
    (tmp_path / "in").write_text(items(250))
    done = run("import", "in", "--url", url, "--on-conflict", on_conflict, "--rejects", "bad")
    assert done.returncode == 1
    assert summary(done.stderr) == {"created": 3, "replaced": 0, "skipped": 0, "failed": 247}
    sent = items(250).splitlines(keepends=True)
    pieces = (sent, sent[101:201], sent[201:249])
    assert [text for text in script.seen if text] == ["".join(piece).encode() for piece in pieces]
    assert lines((tmp_path / "bad").read_text()) == lines("".join(sent[1:248]))


def test_what_is_stored_is_no_failure_although_the_rest_cannot_be_sent_again(
    run: Run, scripted: tuple[str, type[Answers]], tmp_path: Path
) -> None:
    url, script = scripted
    denied = json.dumps({"code": "unauthenticated", "detail": "The token has expired."}).encode()
    script.answers += [FIRST, *[MISSING] * 148, EQUAL, (401, {}, denied)]
    (tmp_path / "in").write_text(items(250))
    done = run("import", "in", "--url", url, "--on-conflict", "replace", "--rejects", "bad")
    assert done.returncode == 1
    assert summary(done.stderr) == {"created": 2, "replaced": 0, "skipped": 0, "failed": 248}
    sent = items(250).splitlines(keepends=True)
    assert lines((tmp_path / "bad").read_text()) == lines("".join(sent[1:249]))


@pytest.mark.parametrize(
    ("on_conflict", "last"), [("replace", OTHER), ("replace", MISSING), ("skip", MISSING)]
)
def test_an_import_undoes_no_write_to_what_it_stored(
    run: Run, scripted: tuple[str, type[Answers]], tmp_path: Path, on_conflict: str, last: Response
) -> None:
    """Another client changes or deletes the last item before the rest is sent again."""
    url, script = scripted
    script.answers += [FIRST, *[MISSING] * 148, last]
    (tmp_path / "in").write_text(items(250))
    done = run("import", "in", "--url", url, "--on-conflict", on_conflict)
    assert done.returncode == 1
    assert len([text for text in script.seen if text]) == 1
    told = (
        "picus: Another client changes items of this import: it is not known which to send "
        "again.\npicus: stopped at the beginning of in; run the command again to continue: "
    )
    assert told in done.stderr


@pytest.mark.parametrize("on_conflict", ["fail", "replace"])
def test_an_import_that_cannot_find_out_what_is_stored_stops(
    run: Run, scripted: tuple[str, type[Answers]], tmp_path: Path, on_conflict: str
) -> None:
    url, script = scripted
    script.answers += [FIRST, (403, {}, b"")]
    (tmp_path / "in").write_text(items(250))
    done = run("import", "in", "--url", url, "--on-conflict", on_conflict)
    assert done.returncode == 1
    assert "picus: stopped at the beginning of in; run the command again" in done.stderr


def test_an_earlier_item_is_not_sent_again_over_a_later_one_that_is_stored(
    run: Run, scripted: tuple[str, type[Answers]], tmp_path: Path
) -> None:
    url, script = scripted
    script.answers += [report(101, range(1, 101), created=1, replaced=1)]
    script.answers += [OTHER, EQUAL, MISSING, report(0, range(0), created=1)]
    end = '{"id":"a","n":1}\n{"id":"a","n":2}\n{"id":"b"}\n'
    (tmp_path / "in").write_text(items(100) + end)
    done = run("import", "in", "--url", url, "--on-conflict", "replace")
    assert summary(done.stderr) == {"created": 2, "replaced": 1, "skipped": 0, "failed": 100}
    assert script.seen[-1] == b'{"id":"b"}\n'
