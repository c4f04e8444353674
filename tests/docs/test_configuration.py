"""docs/configuration.md lists the options and variables that the programs have."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from docs.markdown import ROOT, blocks, table
from harness.ports import free_port

DOCUMENT = ROOT / "docs" / "configuration.md"
OPTIONS = "Options of picus serve"
FUNCTION = "Variables of the Lambda function"
# Those that `picus serve` does not have, with a valid value.
FUNCTION_ALONE = {"PICUS_BASE_PATH": "/store", "PICUS_AUTH_EVENT_IAM": "trust"}
ORIGIN = re.compile(r"(.*?)(?: \[([^\]]*)\])?")


def help_of_serve(picus: Path) -> list[tuple[str, str, str]]:
    """Each option as `--name VALUE`, its text, and where its value comes from."""
    done = subprocess.run([picus, "help", "serve"], capture_output=True, text=True, check=True)
    options = done.stdout.split("\nOptions:\n", 1)[1]
    found = []
    for entry in re.split(r"^  (?=--)", options, flags=re.MULTILINE)[1:]:
        head, *lines = entry.splitlines()
        parts = ORIGIN.fullmatch(" ".join(line.strip() for line in lines))
        assert parts
        found.append((head.strip(), parts[1], parts[2] or ""))
    return found


def row_of(head: str, text: str, origin: str) -> list[str]:
    variable = re.match(r"PICUS_\w+", origin)
    preset = re.search(r"default (.*)", origin)
    return [
        f"`{head}`",
        f"`{variable[0]}`" if variable else "",
        f"`{preset[1]}`" if preset else "",
        text,
    ]


def test_the_options_are_those_of_help(picus: Path) -> None:
    wanted = [row_of(*option) for option in help_of_serve(picus)]
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in wanted]
    assert table(DOCUMENT, OPTIONS) == wanted, "\n".join(["it should be:", *lines])


def test_the_variables_of_aws_are_those_of_help(picus: Path) -> None:
    wanted = {}
    for head, _, origin in help_of_serve(picus):
        others = re.findall(r"\bAWS_\w+", origin)
        if others:
            wanted[f"`{head.split()[0]}`"] = [f"`{name}`" for name in others]
    told = {row[0]: row[1].split(", ") for row in table(DOCUMENT, "Variables of AWS")}
    assert told == wanted


def samples(picus: Path) -> dict[str, str]:
    """A valid value of every variable of `picus serve`."""
    values = {"PICUS_TABLE": "items", "PICUS_REGION": "eu-west-1"}
    rows = [row_of(*option) for option in help_of_serve(picus)]
    for _, variable, preset, _ in rows:
        values.setdefault(variable.strip("`"), preset.strip("`"))
    del values[""]
    return values


def test_the_functions_variables_are_those_that_it_reads(picus: Path) -> None:
    """The program names the variables that it does not read; those it reads must not be empty."""
    values = samples(picus) | FUNCTION_ALONE
    values |= {"PICUS_ENDPOINT_URL": "http://127.0.0.1:1", "PICUS_CA_BUNDLE": "/dev/null"}
    values["PICUS_OTLP_ENDPOINT"] = "http://127.0.0.1:1"
    values["PICUS_CORS_ORIGIN"] = "https://app.example.com"
    values = {name: value or "x" for name, value in values.items()}
    done = subprocess.run(
        [picus.with_name("bootstrap")],
        env=values | {"AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{free_port()}"},
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    warnings = [line["detail"] for line in lines if line["event"] == "configuration"]
    # Behind the name may be a suggestion.
    unread = {re.findall(r"PICUS_\w+", warning)[0] for warning in warnings}
    assert {line["level"] for line in lines if line["event"] == "configuration"} == {"warning"}
    presets = {row[1]: row[2] for row in (row_of(*option) for option in help_of_serve(picus))}
    presets |= {"`PICUS_BASE_PATH`": "", "`PICUS_AUTH_EVENT_IAM`": "`off`"}
    told = {row[0]: row[1] for row in table(DOCUMENT, FUNCTION)}
    assert {name.strip("`") for name in told} == set(values) - unread
    assert told == {name: presets[name] for name in told}


def test_the_file_that_it_shows_is_one(picus: Path, tmp_path: Path) -> None:
    file = tmp_path / "picus.conf"
    (text,) = blocks(DOCUMENT, "ini")
    file.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [picus, "serve", "--config", file, "--check-config"],
        env={"PICUS_MAX_STREAMS": "16"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "listen = 127.0.0.1:8080, unix:/run/picus/http.sock " in done.stdout
    assert re.search(r"^max-streams = 16 +# PICUS_MAX_STREAMS$", done.stdout, re.MULTILINE)
