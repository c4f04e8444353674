"""The repository's own rules, for every file that belongs to it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

CPP = (".h", ".cpp")
LOCK_FILE = re.compile(r"(requirements[\w-]*\.txt|package-lock\.json|go\.sum)$")

# Hosts that may stand in a file that is no test: this machine, names reserved for examples,
# publishers of standards, and what Picus itself talks to: AWS's endpoints,
# and whose tokens they are told to trust.
HOSTS = re.compile(
    r"^(localhost|127\.0\.0\.1|\[::1?\]|0\.0\.0\.0|([\w-]+\.)*(example(\.(com|org|net))?|invalid)"
    r"|([\w-]+\.)*amazonaws\.com|169\.254\.(169\.254|170\.2)|\[fd00:ec2::(23|254)\]"
    r"|token\.actions\.githubusercontent\.com"
    r"|www\.rfc-editor\.org|json-schema\.org|spec\.openapis\.org|docs\.aws\.amazon\.com"
    r"|www\.w3\.org|keepachangelog\.com|semver\.org|host|picus)?$",
    re.IGNORECASE,
)
URL_HOST = re.compile(r"https?://(\[[0-9A-Fa-f:]*\]|[\w.-]*)", re.ASCII)


@dataclass(frozen=True)
class Rule:
    """Words that no file may contain. The patterns are spelled so as not to match themselves."""

    pattern: re.Pattern[str]
    reason: str
    suffixes: tuple[str, ...] = ()  # empty: every file


RULES = (
    Rule(re.compile(r"\b(TO[D]O|FIX[M]E|XX[X]|HA[C]K)\b"), "finish it, or file it"),
    Rule(
        re.compile(r"(?<![\w.$}])/(home|root|Users|opt|work|mnt)/[\w.-]"),
        "a path of one machine",
    ),
    Rule(
        re.compile(r"(mark|pytest|unittest)\.(s[k]ip|x[f]ail)|importors[k]ip"),
        "a skipped test proves nothing",
        (".py",),
    ),
    Rule(
        re.compile(r"^(from|import) (\w+\.)?test_\w+"),
        "what tests share belongs in a module without tests",
        (".py",),
    ),
    Rule(re.compile(r"GTEST[_]SKIP|\bDISABLED[_]\w"), "a skipped test proves nothing", CPP),
    Rule(
        re.compile(r"--(extra-)?index-url|--find[-]links|--trusted[-]host"),
        "where packages come from is the machine's to say",
    ),
    Rule(
        re.compile(r"[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"),
        "an invisible character",
    ),
    Rule(re.compile(r"[ \t]+$"), "white space at the end of a line"),
    Rule(re.compile(r"\t"), "a tab", (*CPP, ".py", ".yaml", ".md", ".json", ".cmake")),
    Rule(re.compile(r"^.{101}"), "longer than 100 columns", (*CPP, ".py")),
    Rule(re.compile(r"^.{121}"), "longer than 120 columns", ("", ".sh", ".cmake")),
    Rule(
        re.compile(r"^ {6,}[\w{}']+;\s+///<"),
        "a trailing comment broke its declaration: write it above",
        CPP,
    ),
    Rule(re.compile(r"#include <bits/|using namespa[c]e std;"), "not portable, not clear", CPP),
)

IN_TESTS = (
    Rule(
        re.compile(r"\bsleep_for\b|\bu?slee[p]\(|time\.slee[p]\("), "wait for a condition instead"
    ),
)
# It pauses between two looks at the condition.
WAITING = Path("tests/harness/waiting.py")

# Style says when a file is to be split; these are where that becomes an error.
MAX_LINES = {".cpp": 400, ".h": 200, ".py": 500}
MAX_TEST_LINES = 700
MAX_SHELL_LINES = 80
MAX_BYTES = 512 * 1024


@cache
def files(root: Path) -> list[Path]:
    """Every file that is, or would be, committed; relative to the root."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        names = done.stdout.split("\0")
        paths = [Path(name) for name in names if name]
    else:  # not a clone: an archive of the sources
        paths = [path.relative_to(root) for path in root.rglob("*")]
        paths = [path for path in paths if path.parts[0] not in (".git", ".venv", "build", "data")]
    return sorted(path for path in paths if (root / path).is_file())


def check_lines(path: Path, text: str) -> Iterator[str]:
    is_test = path.parts[0] == "tests" or re.search(r"^test_|_test$", path.stem)
    rules = [*RULES, *(IN_TESTS if is_test and path != WAITING else ())]
    rules = [rule for rule in rules if not rule.suffixes or path.suffix in rule.suffixes]
    for number, line in enumerate(text.splitlines(), start=1):
        for rule in rules:
            if rule.pattern.search(line):
                yield f"{path}:{number}: {rule.reason}: {line.strip()[:80]}"
        for host in [] if is_test else URL_HOST.findall(line):
            if not HOSTS.match(host.rstrip(".")):
                yield f"{path}:{number}: a host that is not this machine's or a standard's: {host}"


def check_size(path: Path, text: str) -> Iterator[str]:
    lines = text.count("\n")
    limit = MAX_LINES.get(path.suffix)
    if limit and ("test" in path.stem or path.parts[0] == "tests"):
        limit = MAX_TEST_LINES
    if not path.suffix and text.startswith("#!/usr/bin/env bash"):
        limit = MAX_SHELL_LINES
        if "set -euo pipefail" not in text:
            yield f"{path}: a shell script without `set -euo pipefail`"
    if limit and lines > limit:
        yield f"{path}: {lines} lines, more than {limit}: split it by noun"
    if path.suffix == ".h" and "#pragma once" not in text:
        yield f"{path}: a header without #pragma once"
    if text and not text.endswith("\n"):
        yield f"{path}: no new line at its end"


def check(root: Path) -> list[str]:
    found: list[str] = []
    for path in files(root):
        raw = (root / path).read_bytes()
        if len(raw) > MAX_BYTES:
            found.append(f"{path}: {len(raw)} bytes, more than {MAX_BYTES}")
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            continue  # a picture or a compressed sample
        if "\0" in text:
            continue  # a sample for a fuzzer
        found += check_size(path, text)
        if path.suffix == ".patch":
            continue  # it has lines of other files, behind a space each
        if not LOCK_FILE.search(path.name):
            found += check_lines(path, text)
        elif "--find" + "-links" in text:
            found.append(f"{path}: where packages come from is the machine's to say")
    return found
