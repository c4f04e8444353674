"""What the documents name is there."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from docs.markdown import DOCUMENTS, ROOT, anchors, blocks, prose, table

LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")
# A path of the repository in backticks: with a folder of ours before it.
NAMED_PATH = re.compile(
    r"`((?:src|tests|scripts|docs|bench|cmake)/[\w./*-]*|[A-Z]\w+\.(?:md|txt|json)|Makefile)`"
)
TARGET = re.compile(r"`make ([a-z]+)[^`]*`|^\$ make ([a-z]+)", re.MULTILINE)


def identity(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("document", DOCUMENTS, ids=identity)
def test_every_link_leads_somewhere(document: Path) -> None:
    links = LINK.findall(prose(document))
    for link in links:
        if re.match(r"https?://", link):
            continue
        name, _, anchor = link.partition("#")
        target = document.parent / name if name else document
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target), link


@pytest.mark.parametrize("document", DOCUMENTS, ids=identity)
def test_every_named_file_is_there(document: Path) -> None:
    for name in NAMED_PATH.findall(document.read_text(encoding="utf-8")):
        assert list(ROOT.glob(name.rstrip("/"))), name


@pytest.mark.parametrize("document", DOCUMENTS, ids=identity)
def test_every_named_make_target_is_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    targets = {name for names in TARGET.findall(text) for name in names if name}
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in targets:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_make_help_names_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert phony
    told = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert re.findall(r"^  make (\w+)  ", told, re.MULTILINE) == " ".join(phony).split()


def built_arrows() -> dict[str, set[str]]:
    built = {}
    for file in (ROOT / "src").rglob("CMakeLists.txt"):
        text = file.read_text(encoding="utf-8")
        for own, links in re.findall(r"picus_library\((\w+)\s[^)]*?LINK ([^)]*)\)", text):
            built[own] = set(re.findall(r"picus_(\w+)", links))
    return built


def drawn_arrows() -> dict[str, set[str]]:
    picture = blocks(ROOT / "docs" / "architecture.md", "mermaid")[0]
    drawn: dict[str, set[str]] = {}
    for own, other in re.findall(r"^  (\w+)(?:\[.*?\])? --> (\w+)", picture, re.MULTILINE):
        drawn.setdefault(own, set()).add(other)
    return drawn


def reached(arrows: dict[str, set[str]], room: str) -> set[str]:
    found: set[str] = set()
    ahead = [room]
    while ahead:
        for other in arrows.get(ahead.pop(), set()) - found:
            found.add(other)
            ahead.append(other)
    return found


def test_the_rooms_in_the_picture_are_those_in_the_sources() -> None:
    picture = blocks(ROOT / "docs" / "architecture.md", "mermaid")[0]
    drawn = {path.rstrip("/") for path in re.findall(r'\["([\w/]+)/<br/>', picture)}
    libraries = {
        str(file.parent.relative_to(ROOT / "src"))
        for file in (ROOT / "src").rglob("CMakeLists.txt")
        if "picus_library(" in file.read_text(encoding="utf-8")
    }
    assert drawn == libraries


def test_the_arrows_in_the_picture_are_those_that_the_build_allows() -> None:
    built, drawn = built_arrows(), drawn_arrows()
    for room, links in built.items():
        assert drawn.get(room, set()) <= links, room
        assert reached(drawn, room) == reached(built, room), room


def test_every_place_to_look_in_is_there() -> None:
    rows = table(ROOT / "docs" / "architecture.md", "To change something")
    assert len(rows) >= 24
    for purpose, places in rows:
        paths = re.findall(r"`([^`]+)`", places)
        assert paths, purpose
        assert [path for path in paths if not (ROOT / path).exists()] == [], purpose


# Of other programs, and of scripts of the repository.
FOREIGN = {
    "--add-architecture": "dpkg",
    "--dir": "gh",
    "--health-cmd": "podman",
    "--inside": "scripts/image",
    "--jq": "gh",
    "--now": "systemctl",
    "--seeds": "rehearsal",
    "--stop-timeout": "docker",
}
FLAG = re.compile(r"(?:^|\s)(--[a-z][a-z-]+)")


def flags_of_the_programs(picus: Path) -> set[str]:
    told = subprocess.run([picus, "help"], capture_output=True, text=True, check=True).stdout
    commands = re.findall(r"^  ([a-z]+)  ", told.split("Commands:")[1], re.MULTILINE)
    calls = [[picus, "help", command] for command in commands]
    calls.append([picus.with_name("picus-verify"), "--help"])
    texts = [subprocess.run(c, capture_output=True, text=True, check=True).stdout for c in calls]
    texts.append((ROOT / "deploy" / "picus_deploy" / "command.py").read_text(encoding="utf-8"))
    return set(re.findall(r"--[a-z][a-z-]+", "\n".join(texts)))


# What is gone, of which these tell.
GONE = {"--body-limit", "PICUS_BODY_LIMIT"}
OF_THE_PAST = {"CHANGELOG.md", "upgrading.md"}


def test_every_option_that_a_document_names_is_one(picus: Path) -> None:
    """The decisions may name options that are gone."""
    known = flags_of_the_programs(picus)
    named: dict[str, str] = {}
    for document in DOCUMENTS:
        if document.parent.name != "decisions":
            for span in re.findall(r"`([^`\n]+)`", prose(document)):
                flags = set(FLAG.findall(span))
                flags -= GONE if document.name in OF_THE_PAST else set()
                named |= dict.fromkeys(flags, f"{document.name}: {span}")
    assert len(named) >= 30
    assert {flag: where for flag, where in named.items() if flag not in known | set(FOREIGN)} == {}
    assert set(FOREIGN) <= set(named), "a foreign option that no document names"


VARIABLE = re.compile(r"\bPICUS_[A-Z0-9]+(?:_[A-Z0-9]+)*\b(?!_|…)")


def test_every_variable_that_a_document_names_is_read_somewhere(picus: Path) -> None:
    read = set()
    verify = picus.with_name("picus-verify")
    for words in ((str(picus), "help", "serve"), (str(verify), "--help")):
        told = subprocess.run(words, capture_output=True, text=True, check=True)
        read |= set(VARIABLE.findall(told.stdout))
    for folder in ("src", "scripts", ".github", "deploy", "bench", "tests/harness"):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "node_modules" not in path.parts:
                read |= set(VARIABLE.findall(path.read_text(encoding="utf-8", errors="replace")))
    named = set()
    for one in DOCUMENTS:
        variables = set(VARIABLE.findall(one.read_text("utf-8")))
        named |= variables - (GONE if one.name in OF_THE_PAST else set())
    assert len(named) >= 30
    assert named - read == set()
