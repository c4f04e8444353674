"""Takes Markdown apart as far as the tests of the documents need."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Command:
    """A command of a `console` block, and what the document says that it prints."""

    text: str
    output: str


def blocks(document: Path, language: str) -> list[str]:
    text = document.read_text(encoding="utf-8")
    return [body for kind, body in FENCE.findall(text) if kind == language]


def prose(document: Path) -> str:
    """The document without its blocks of code."""
    return FENCE.sub("", document.read_text(encoding="utf-8"))


def commands(block: str) -> list[Command]:
    """`$ command`, continued after a backslash at the end, then its output."""
    found: list[Command] = []
    text: list[str] = []
    output: list[str] = []
    continued = False
    for line in block.splitlines():
        if continued or line.startswith("$ "):
            if not continued and text:
                found.append(Command("\n".join(text), "\n".join(output)))
                text, output = [], []
            text.append(line if continued else line.removeprefix("$ "))
            continued = line.endswith("\\")
        else:
            output.append(line)
    if text:
        found.append(Command("\n".join(text), "\n".join(output)))
    return found


def table(document: Path, heading: str) -> list[list[str]]:
    """The cells of the first table under a heading, without its head."""
    text = prose(document)
    section = re.split(rf"^#+ {re.escape(heading)}$", text, maxsplit=1, flags=re.MULTILINE)
    assert len(section) == 2, f"{document.name} has no heading {heading!r}"
    rows = []
    for line in section[1].splitlines():
        if line.startswith("|"):
            cells = re.split(r"(?<!\\)\|", line)[1:-1]
            rows.append([cell.strip().replace("\\|", "|") for cell in cells])
        elif rows:
            break
    return rows[2:]


def anchors(document: Path) -> set[str]:
    """The anchors that headings get."""
    headings = re.findall(r"^#+ (.*)$", prose(document), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
