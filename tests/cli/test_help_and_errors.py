"""What a person reads: help, versions, mistakes."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from cli.conftest import Run
from harness.version import COMMIT, VERSION

COMMANDS = (
    "serve",
    "export",
    "import",
    "check",
    "backup",
    "restore",
    "table",
    "token",
    "healthcheck",
    "completion",
    "help",
)


def test_without_a_command_the_overview_is_an_error(run: Run) -> None:
    done = run()
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == run("help").stdout


def test_the_overview_names_every_command_and_exit_code(run: Run) -> None:
    text = run("help").stdout
    for command in COMMANDS:
        assert re.search(rf"^  {command} ", text, re.MULTILINE)
    for code in (0, 1, 2, 3, 130):
        assert re.search(rf"^  {code} ", text, re.MULTILINE)


def test_the_version_is_one_line(run: Run) -> None:
    done = run("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(rf"picus {VERSION}{COMMIT}\n", done.stdout)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(run: Run, command: str) -> None:
    done = run(command, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Usage: picus {command}")
    assert run("help", command).stdout == done.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("sreve",), 'unknown command "sreve"; did you mean "serve"?'),
        (("--hepl",), 'unknown option "--hepl"; did you mean "--help"?'),
        (("serve", "--durabilty", "full"), 'did you mean "--durability"?'),
        (("serve", "--durability", "most"), '"most" is not allowed: give full or relaxed'),
        (("serve", "--listen"), "--listen needs a value: ADDRESS"),
        (("serve", "--listen", "8080"), '--listen: "8080" is not allowed: give HOST:PORT'),
        (("serve", "--header-limit", "2MiB"), "a size from 1KiB to 1MiB"),
        (("serve", "--listen", "0.0.0.0:0"), "--insecure-no-auth"),
        (("serve", "--allow-host", "*.example.com"), "host names without ports or wildcards"),
        (("serve", "--config", "nowhere.conf"), "nowhere.conf: No such file or directory"),
        (("serve", "--config", ""), "--config needs a value: FILE"),
        (("serve", "--scopes", "items:read"), "--scopes is for the token of --share"),
        (("serve", "--listen", "127.0.0.1:80,127.0.0.1:80"), "80 is given more than once"),
        (("export", "--url", "ftp://127.0.0.1:1"), "give http://HOST:PORT"),
        (("import",), "import needs FILE"),
        (("backup", "--url", "http://127.0.0.1:1", "x"), "picus export --url writes the items"),
        (("restore", "--table", "items", "x"), "picus import --table stores the items"),
        (("export", "--output", "items.zst"), "give a name that ends in .gz"),
        (("export", "--output", "items.TGZ"), "give a name that ends in .gz"),
        (("serve", "--store", "dynamodb"), "give --table NAME or PICUS_TABLE"),
        (("serve", "--table", "items"), "give --region or AWS_REGION"),
        (("export", "--table", "no table", "--region", "x"), '"no table" is not allowed'),
        (("table",), "table needs create|describe"),
        (("table", "drop", "--table", "items"), '"drop" is not allowed: give create or describe'),
        (("completion", "tcsh"), "only for bash, zsh and fish"),
    ],
)
def test_a_mistake_is_named_in_one_line(run: Run, arguments: tuple[str, ...], told: str) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    first = done.stderr.splitlines()[0]
    assert first.startswith("picus: ")
    assert told in first


URL = "http://zoe:pass@wo/rd@picus.example.com:1"
ISSUER = {"issuer": "https://a.example.com", "audience": ["picus"], "keys": URL}


@pytest.mark.parametrize(
    ("arguments", "env"),
    [
        (("export", "--url", URL), {}),
        (("import", "-", "--url", URL.removeprefix("http://")), {}),
        (("import", URL), {}),
        (("export", URL), {}),
        ((URL,), {}),
        (("healthcheck", "--listen", URL), {}),
        (("serve", "--config", "picus.conf"), {}),
        (("serve", "--otlp-endpoint", URL), {}),
        (("serve",), {"OTEL_EXPORTER_OTLP_ENDPOINT": URL}),
        (("serve", "--table", "items", "--region", "x", "--endpoint-url", URL), {}),
        (("table", "describe", "--table", "items"), {"AWS_ENDPOINT_URL": URL, "AWS_REGION": "x"}),
        (("token", "aws"), {"AWS_ENDPOINT_URL_STS": URL, "AWS_REGION": "x"}),
        (("export", "--token", "aws", "--url", URL), {"AWS_REGION": "x"}),
        (("serve", "--check-config"), {"PICUS_AUTH": json.dumps({"issuers": [ISSUER]})}),
    ],
)
def test_an_error_has_no_password_of_a_url(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], env: dict[str, str]
) -> None:
    (tmp_path / "picus.conf").write_text(f"{URL}\n")
    done = run(*arguments, env=env)
    assert done.returncode != 0
    for part in ("zoe", "pass@", "wo/rd"):
        assert part not in done.stderr + done.stdout


def test_a_wrong_variable_is_named(run: Run) -> None:
    done = run("serve", env={"PICUS_IDLE_TIMEOUT": "75"})
    assert done.returncode == 2
    assert done.stderr.startswith('picus: PICUS_IDLE_TIMEOUT: "75" is not allowed: give a duration')


def test_a_wrong_file_is_named_with_its_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "picus.conf").write_text("# mine\nthreads = 2\nidle-timout = 75s\n")
    done = run("serve", "--config", "picus.conf")
    assert done.returncode == 2
    told = 'picus.conf:3: unknown setting "idle-timout"; did you mean "idle-timeout"?'
    assert told in done.stderr
    (tmp_path / "picus.conf").write_text("threads = none\n")
    done = run("serve", "--config", "picus.conf")
    assert 'picus.conf:1: threads: "none" is not allowed' in done.stderr
    (tmp_path / "picus.conf").write_bytes(b"threads = 2\ndata = items\0.old\n")
    done = run("serve", "--check-config", "--config", "picus.conf")
    assert done.returncode == 2
    assert "picus.conf:2: the line has a NUL byte" in done.stderr


def test_flag_variable_and_file_come_in_this_order(run: Run, tmp_path: Path) -> None:
    (tmp_path / "picus.conf").write_text("threads = 2\ndeadline = 2s\nidle-timeout = 2s\n")
    env = {"PICUS_CONFIG": "picus.conf", "PICUS_THREADS": "3", "PICUS_DEADLINE": "3s"}
    told = run("serve", "--check-config", "--threads", "4", env=env).stdout
    values = dict(re.findall(r"^(\S+) = (\S+) +# .*$", told, re.MULTILINE))
    assert values["threads"] == "4"
    assert values["deadline"] == "3s"
    assert values["idle-timeout"] == "2s"
    assert values["header-timeout"] == "10s"


def test_the_checked_configuration_can_be_fed_back(run: Run, tmp_path: Path) -> None:
    arguments = ("serve", "--check-config")
    first = run(*arguments, "--threads", "3", "--listen", "127.0.0.1:1,[::1]:2", "--data", "a #b")
    (tmp_path / "picus.conf").write_text(first.stdout)
    second = run(*arguments, "--config", "picus.conf")
    assert second.returncode == 0, second.stderr
    before, after = first.stdout.splitlines(), second.stdout.splitlines()
    assert [line.rsplit("#", 1)[0] for line in after] == [line.rsplit("#", 1)[0] for line in before]
    assert all(line.endswith(f"# picus.conf:{n}") for n, line in enumerate(after, 1))


def bash_completes(run: Run, tmp_path: Path, *words: str) -> list[str]:
    (tmp_path / "completion").write_text(run("completion", "bash").stdout)
    script = (
        "set -eu; compopt() { :; }; source ./completion; "
        'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _picus; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "-c", script, "bash", "picus", *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


def test_bash_completes_commands_options_and_values(run: Run, tmp_path: Path) -> None:
    assert set(bash_completes(run, tmp_path, "")) == {*COMMANDS, "--help", "--version"}
    assert bash_completes(run, tmp_path, "ser") == ["serve"]
    assert bash_completes(run, tmp_path, "serve", "--drain-d") == ["--drain-delay"]
    assert bash_completes(run, tmp_path, "serve", "--durability", "") == ["full", "relaxed"]
    assert bash_completes(run, tmp_path, "import", "--on-conflict", "re") == ["replace"]
    (tmp_path / "items.ndjson").touch()
    (tmp_path / "items").mkdir()
    assert set(bash_completes(run, tmp_path, "import", "ite")) == {"items.ndjson", "items"}
    assert bash_completes(run, tmp_path, "export", "--data", "ite") == ["items"]
    assert bash_completes(run, tmp_path, "completion", "z") == ["zsh"]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_are_told_every_option_too(run: Run, shell: str) -> None:
    script = run("completion", shell).stdout
    options = re.findall(r"^  --(\S+)", run("serve", "--help").stdout, re.MULTILINE)
    assert len(options) > 15
    for option in options:
        assert f"--{option}" in script or f"-l {option} " in script
