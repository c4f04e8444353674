"""Each of the linters that are our own finds what it is there for, and nothing in what is good."""

from __future__ import annotations

import copy
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
Document = dict[str, Any]


@pytest.fixture
def linters(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    monkeypatch.syspath_prepend(ROOT / "scripts" / "lint")

    def load(name: str) -> ModuleType:
        return __import__(name)

    return load


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("a.cpp", "// TO" + "DO later\n", "finish it"),
        ("a.md", "see /home" + "/someone/x\n", "a path of one machine"),
        ("test_a.py", "@pytest.mark" + ".skip\n", "skipped test"),
        ("a_test.cpp", "GTEST" + "_SKIP();\n", "skipped test"),
        ("test_a.py", "from b.test_" + "c import d\n", "what tests share"),
        ("Makefile", "pip install --index" + "-url=x\n", "where packages come from"),
        ("a.py", "x = 1 \n", "white space"),
        ("a.cpp", "\tint x;\n", "a tab"),
        ("a.cpp", "// " + "x" * 98 + "\n", "longer than 100"),
        ("a.cpp", "using name" + "space std;\n", "not clear"),
        ("test_a.py", "time" + ".sle" + "ep(1)\n", "wait for a condition"),
        ("a.md", "http" + "://packages.nowhere.net/x\n", "a host"),
        ("a.cpp", "x();\n" * 401, "split it"),
        ("a.h", "int x;\n", "#pragma once"),
        ("a.h", "#pragma once\nstd::string\n      x;  ///< what\n", "broke its declaration"),
        ("run", "#!/usr/bin/env bash\necho\n", "set -euo"),
        ("a.txt", "no end", "no new line"),
    ],
)
def test_the_repository_rule_fires(
    linters: Callable[[str], ModuleType], tmp_path: Path, name: str, text: str, reason: str
) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / name).write_text(text)
    found = linters("repository").check(tmp_path)
    assert [line for line in found if reason in line], found


def test_good_files_have_nothing_to_complain_of(
    linters: Callable[[str], ModuleType], tmp_path: Path
) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / "a.cpp").write_text("int x = 1;  // see http://localhost:8080/\n")
    (tmp_path / "ignored.cpp").write_text("\t\n")
    (tmp_path / ".gitignore").write_text("ignored.cpp\n")
    assert linters("repository").check(tmp_path) == []


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("The server answers with 200.", "answers"),
        ("Nobody told it.", "told"),
        ("The manual says how.", "says"),
        ("The id stands first.", "stands"),
        ("Items come back.", "come"),
        ("It meets the old process.", "meets"),
        ("A record bears a checksum.", "bears"),
        ("The fault is mended.", "mended"),
        ("The connection is cut.", "cut"),
        ("A client without patience.", "patience"),
        ("Whoever connects may read.", "Whoever"),
        ("It is for who asks.", "for who"),
        ("The role needs two rights.", "rights"),
        ("The issuer is away.", "is away"),
        ("The old process serves on.", "serves on"),
        ("It begins anew.", "anew"),
        ("The second is refused at once.", "at once"),
        ("Its ETag is another one.", "is another one"),
        ("A key that has not 32 bytes.", "has not 32"),
        ("It is refused also if it is new.", "also if"),
        ("The program exits with 1.", "exits with"),
    ],
)
def test_a_word_to_avoid_is_found(
    linters: Callable[[str], ModuleType], tmp_path: Path, text: str, word: str
) -> None:
    (tmp_path / "a.md").write_text(f"# A\n\n{text}\n")
    (found,) = linters("english").check(tmp_path, [Path("a.md")])
    assert found.startswith(f"a.md:3: {word}: write ")


@pytest.mark.parametrize(
    "text",
    [
        "A client that stops reading; the bearer understands a standard.",
        "A stand-in comes from elsewhere.",
        "The option `--answer` and [a link](says.md).",
        "```\nit says no\n```",
        "A user who stops.",
    ],
)
def test_plain_words_and_code_are_no_words_to_avoid(
    linters: Callable[[str], ModuleType], tmp_path: Path, text: str
) -> None:
    (tmp_path / "a.md").write_text(f"{text}\n")
    assert linters("english").check(tmp_path, [Path("a.md")]) == []


def test_the_descriptions_of_the_api_and_its_problems_are_read(
    linters: Callable[[str], ModuleType], tmp_path: Path
) -> None:
    text = "info:\n  title: Answers\n  description: |\n    One.\n    It says.\n"
    text += "example:\n  detail: Told\n"
    (tmp_path / "openapi.yaml").write_text(text)
    found = linters("english").check(tmp_path, [Path("openapi.yaml")])
    assert [one.split(": ")[0] for one in found] == [
        "openapi.yaml:2",
        "openapi.yaml:5",
        "openapi.yaml:7",
    ]


def test_the_descriptions_of_a_template_are_read_and_its_comments_are_not(
    linters: Callable[[str], ModuleType], tmp_path: Path
) -> None:
    (tmp_path / "deploy").mkdir()
    text = "# Description: told\nParameters:\n  A: {Type: String, Description: It is told}\n"
    (tmp_path / "deploy" / "a.yaml").write_text(text)
    (found,) = linters("english").check(tmp_path, [Path("deploy/a.yaml")])
    assert found.startswith("deploy/a.yaml:3: told: ")


SOURCE = """// It says.
/// The option `--patience` and cut().
auto a = "it is told";  ///< a part
auto b = "told";
"""


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("src/a/a.cpp", [3]),
        ("src/a/a.h", [1, 3]),
        ("src/a/a_test.cpp", []),
        ("src/a/testing/a.h", []),
        ("bench/a.cpp", []),
    ],
)
def test_the_texts_of_the_program_and_the_comments_of_headers_are_read(
    linters: Callable[[str], ModuleType], tmp_path: Path, name: str, lines: list[int]
) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.write_text(SOURCE)
    found = linters("english").check(tmp_path, [Path(name)])
    assert [one.split(": ")[0] for one in found] == [f"{name}:{line}" for line in lines]


@pytest.fixture
def good() -> Document:
    problem = {
        "description": "Wrong.",
        "content": {
            "application/problem+json": {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "example": {"code": "x"},
            }
        },
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {
            "/a": {
                "get": {
                    "operationId": "a",
                    "summary": "s",
                    "description": "d",
                    "tags": ["t"],
                    "responses": {"200": {"description": "ok"}, "400": problem},
                }
            }
        },
        "components": {
            "schemas": {"Problem": {"type": "object", "properties": {"code": {"type": "string"}}}}
        },
    }


def spoil(document: Document, path: str, value: Any) -> Document:
    """A copy with the member at `path` replaced, or taken away."""
    spoiled = copy.deepcopy(document)
    *way, last = path.split("|")
    node: Any = spoiled
    for step in way:
        node = node[step]
    if value is None:
        del node[last]
    else:
        node[last] = value
    return spoiled


PROBLEM = "paths|/a|get|responses|400|content|application/problem+json"


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("openapi", "2.0", "openapi"),
        ("paths|/a|get|summary", None, "no summary"),
        ("paths|/a|get|operationId", None, "no operationId"),
        (f"{PROBLEM}|example", {"code": 1}, "does not fit"),
        (f"{PROBLEM}|example", None, "no example"),
        (f"{PROBLEM}|schema", None, "no schema"),
        (f"{PROBLEM}|schema", {"$ref": "#/components/schemas/Lost"}, "leads nowhere"),
        ("paths|/a|get|responses|400", {"description": "d"}, "not a problem document"),
        ("components|schemas|Spare", {"type": "string"}, "never used"),
    ],
)
def test_the_openapi_rule_fires(
    linters: Callable[[str], ModuleType],
    tmp_path: Path,
    good: Document,
    path: str,
    value: Any,
    reason: str,
) -> None:
    file = tmp_path / "openapi.yaml"
    file.write_text(yaml.safe_dump(good))
    assert linters("openapi").check(file) == []
    file.write_text(yaml.safe_dump(spoil(good, path, value)))
    found = linters("openapi").check(file)
    assert [line for line in found if reason in line], found
