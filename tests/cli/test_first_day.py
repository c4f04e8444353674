"""What `picus import` makes of the files that people have."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from cli.conftest import Run, items, lines, summary
from cli.first_day import LINES, NUMBERED, ROWS, refused, taken
from harness.waiting import wait_until


def test_every_file_of_items_is_recognised_and_imported(run: Run, tmp_path: Path) -> None:
    for file in taken():
        (tmp_path / file.name).write_bytes(file.content)
        place = ("--data", tmp_path / f"{file.name}-data")
        done = run("import", file.name, "--create", *file.options, *place)
        assert f"picus: {file.name}: " in done.stderr, (file.name, done.stderr)
        recognised = done.stderr.splitlines()[0]
        assert file.what in recognised, (file.name, done.stderr)
        counted = {"created": file.items, "replaced": 0, "skipped": 0, "failed": file.failed}
        assert summary(done.stderr) == counted, (file.name, done.stderr)
        assert done.returncode == (1 if file.failed else 0), file.name
        stored = run("export", *place).stdout.splitlines()
        assert len(stored) == file.items, file.name


def test_every_other_file_is_refused_in_one_sentence_before_anything_is_made(
    run: Run, data: Path, tmp_path: Path
) -> None:
    (tmp_path / "good.ndjson").write_text(LINES)
    for file in refused(tmp_path):
        (tmp_path / file.name).write_bytes(file.content)
        for files in ((file.name,), ("good.ndjson", file.name)):
            done = run("import", *files, "--create", "--data", data)
            assert (done.returncode, done.stdout) == (1, ""), (file.name, done)
            (told,) = done.stderr.splitlines()
            assert told.startswith(f"picus: {file.name}: "), told
            assert all(word in told for word in file.words), (file.name, told)
            assert not data.exists(), file.name


def test_the_corpus_has_forty_files_of_each_day(tmp_path: Path) -> None:
    names = [file.name for file in taken()] + [file.name for file in refused(tmp_path)]
    assert len(set(names)) == len(names) >= 40


def test_a_pretty_printed_array_keeps_every_item(run: Run, data: Path) -> None:
    done = run("import", "-", "--create", "--data", data, stdin=json.dumps(ROWS, indent=2))
    assert done.returncode == 0, done.stderr
    stored = [json.loads(line) for line in run("export", "--data", data).stdout.splitlines()]
    assert sorted(stored, key=lambda row: str(row["id"])) == ROWS


def test_numbers_become_ids_by_the_member_that_has_them(run: Run, data: Path) -> None:
    text = json.dumps(NUMBERED)
    refused_all = run("import", "-", "--create", "--data", data, stdin=text)
    assert refused_all.returncode == 1
    assert (
        "picus: if the id is a number or has another name, give --id-from MEMBER"
        in refused_all.stderr
    )
    done = run("import", "-", "--id-from", "id", "--data", data, stdin=text)
    assert summary(done.stderr)["created"] == 5
    assert '{"id":"3","name":"Planet 3"}' in run("export", "--data", data).stdout
    other = run("import", "-", "--id-from", "name", "--data", data, stdin='{"name":"x"}\n{"n":1}')
    assert summary(other.stderr) == {"created": 1, "replaced": 0, "skipped": 0, "failed": 1}
    assert ':2: invalid-id: The item has no member "name".' in other.stderr
    assert '{"id":"x","name":"x"}' in run("export", "--data", data).stdout


def test_an_import_makes_a_store_only_when_it_is_told(run: Run, tmp_path: Path) -> None:
    typo = tmp_path / "typo"
    (tmp_path / "in").write_text(items(3))
    done = run("import", "in", "--data", typo)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == f"picus: --data: {typo} has no store: give --create to create one\n"
    assert not typo.exists()
    assert run("import", "in", "--create", "--data", typo).returncode == 0
    assert run("import", "in", "--data", typo).returncode == 0


def test_what_fails_is_kept_although_another_file_takes_its_name(
    picus: Path, data: Path, tmp_path: Path
) -> None:
    rejects = tmp_path / "rejects"
    kept = tmp_path / "rejects.partial"
    text = '{"id":7}\n' * 20_000
    with subprocess.Popen(
        [picus, "import", "-", "--create", "--data", data, "--rejects", rejects],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as command:
        assert command.stdin
        command.stdin.write(text)  # more than it looks at to recognise the file
        command.stdin.flush()
        wait_until(kept.exists, "the file of the rejects")
        rejects.write_text("of somebody else")
        _, told = command.communicate(timeout=60)
    assert f"--rejects: {rejects}: what was written stays in {kept}, which cannot be" in told
    assert rejects.read_text() == "of somebody else"
    assert kept.read_text() == text


def test_what_fails_may_go_to_standard_output(run: Run, data: Path) -> None:
    done = run("import", "-", "--create", "--data", data, "--rejects", "-", stdin='{"id":7}\n')
    assert done.stdout == '{"id":7}\n'
    assert "are in standard output: correct them, then run picus import FILE" in done.stderr


def test_what_fails_is_kept_to_be_corrected_and_imported(
    run: Run, place: list[str], tmp_path: Path
) -> None:
    assert run("import", "-", *place, stdin='{"id":"taken","n":1}').returncode == 0
    long = json.dumps({"id": "long", "pad": "x" * 2_000_000})
    rows = ['{"id":"good"}', '{"id":7}', '{"id":"taken","n":2}', '{"id":"nan","n":NaN}', long]
    for name, text in (("lines", "\n".join(rows)), ("array", "[" + ",\n".join(rows) + "]")):
        (tmp_path / name).write_text(text)
        done = run("import", name, "--rejects", f"{name}-rejects", *place)
        assert done.returncode == 1, done.stderr
        assert summary(done.stderr)["failed"] == 4
        rejects = tmp_path / f"{name}-rejects"
        assert f"the items that failed are in {rejects.name}: correct them" in done.stderr
        assert rejects.stat().st_mode & 0o777 == 0o600
        assert lines(rejects.read_text()) == set(rows[1:])

    again = run("import", "lines", "--rejects", "lines-rejects", *place)
    assert again.returncode == 1
    assert again.stderr == ("picus: --rejects: lines-rejects: exists: give another file\n")
    mended = (tmp_path / "lines-rejects").read_text()
    mended = mended.replace('"id":7', '"id":"7"').replace("NaN", "0").replace("x" * 2_000_000, "")
    (tmp_path / "mended").write_text(mended)
    done = run("import", "mended", "--on-conflict", "replace", "--rejects", "none", *place)
    assert done.returncode == 0, done.stderr
    assert lines(run("export", *place).stdout) == {
        '{"id":"good"}',
        '{"id":"7"}',
        '{"id":"taken","n":2}',
        '{"id":"nan","n":0}',
        '{"id":"long","pad":""}',
    }
    assert sorted(path.name for path in tmp_path.glob("none*")) == []


def test_a_suggested_command_has_nothing_that_a_shell_reads_otherwise(
    run: Run, data: Path, tmp_path: Path
) -> None:
    hostile = "x'; touch pwned; echo '\x1b]0;title\x07\x9b31m"
    (tmp_path / "wrapped.json").write_text(json.dumps({hostile: [{"a": 1}]}))
    told = run("import", "wrapped.json", "--create", "--data", data).stderr.splitlines()[0]
    assert """jq -c '.["MEMBER"][]' wrapped.json |""" in told, told
    assert told.isprintable(), told
    for name in ("a b.csv", "x;touch pwned.csv", "-x.csv", "$(touch pwned).csv", "\x1b[2J.csv"):
        (tmp_path / name).write_text("a,b\n1,2\n")
        told = run("import", "--data", data, "--", name).stderr.removesuffix("\n")
        assert "mlr --icsv --ojsonl cat FILE | picus import -" in told, told
        assert told.isprintable(), told
