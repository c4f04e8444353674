"""Words that texts avoid: plain technical English for readers of any first language.

Each text is prose with a place: documents, the descriptions of the API and of templates, and of the
sources the string literals (help, errors, log lines) and the comments of headers. Another kind of
text is another function that yields `Text`s, added to `texts`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml


@dataclass(frozen=True)
class Text:
    """A line of prose."""

    file: str
    line: int
    text: str


@dataclass(frozen=True)
class Word:
    """A word to avoid, in all its forms, and what to write instead."""

    pattern: re.Pattern[str]
    instead: str


def word(forms: str, instead: str) -> Word:
    return Word(re.compile(rf"\b(?:{forms})\b", re.IGNORECASE), instead)


WORDS = (
    word("answer(?:s|ed|ing)?", "response, respond, return"),
    word("tells?|told|telling", "report, show, distinguish"),
    word("say|says|said|saying", "state, describe, contain, mean"),
    word("stands?|stood|standing", "is, be"),
    word("comes?|came|coming", "arrive, is, happen"),
    word("meets?|met|meeting", "find, reach, have"),
    word("bears?|bore|borne|bearing", "have, carry"),
    word("mend(?:s|ed|ing)?", "fix, repair"),
    word("cuts?|cutting", "close, end, truncate"),
    word("patience", "timeout"),
    word("rights", "permissions"),
    word("(?:is|are|be|was|were) away", "cannot be reached, has failed"),
    word("serves? on", "continue to serve"),
    word("anew", "again"),
    word("also (?:if|when|where|while)", "even if, even while"),
    word(r"exits? with (?=\d)", "exit with code"),
    word("at once", "immediately, at the same time"),
    word("is another one", "is different"),
    word("(?:has|have) not (?:a|the|\\d+)", "does not have, is not"),
    # "who" without a noun before it.
    Word(
        re.compile(
            r"\bwhoever\b|(?:^|[.:;(] |\b(?:for|of|by|to|from|and|or) )who\b", re.IGNORECASE
        ),
        "name the actor: the client, the operator, a process that",
    ),
)


@dataclass(frozen=True)
class Allowed:
    """A phrase that may have such a word."""

    phrase: re.Pattern[str]
    reason: str


def allowed(phrase: str, reason: str) -> Allowed:
    return Allowed(re.compile(phrase, re.IGNORECASE), reason)


ALLOWED = (
    allowed(r"\bstand-ins?\b", "the usual noun for a program that takes another one's place"),
    allowed(r"\b(?:comes?|coming|came) from\b", "the usual verb for an origin"),
)

FENCE = re.compile(r"^ *(```|~~~)")
CODE = re.compile(r"`[^`]*`")
LINK_TARGET = re.compile(r"\]\([^)]*\)")
# `cut()`, `--patience`
NAME = re.compile(r"\b[\w:]+\(\)|--[\w-]+")


def prose(text: str) -> str:
    """Without code, link targets and the phrases that are allowed."""
    text = NAME.sub("", LINK_TARGET.sub("]", CODE.sub("`", text)))
    for one in ALLOWED:
        text = one.phrase.sub("", text)
    return text


def markdown(root: Path, path: Path) -> Iterator[Text]:
    """The lines outside of blocks of code. A code span may go over two lines."""
    fenced = False
    for number, line in enumerate((root / path).read_text(encoding="utf-8").splitlines(), start=1):
        if FENCE.match(line):
            fenced = not fenced
        elif not fenced:
            yield Text(path.as_posix(), number, line)


DESCRIBING = ("description", "summary", "title", "detail")


def openapi(root: Path, path: Path) -> Iterator[Text]:
    """The descriptions, summaries and titles, and the texts of problems in examples."""

    def walk(node: yaml.Node) -> Iterator[Text]:
        if isinstance(node, yaml.SequenceNode):
            for item in node.value:
                yield from walk(item)
        elif isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value in DESCRIBING and isinstance(value, yaml.ScalarNode):
                    begin = value.start_mark.line + 1 + (value.style in ("|", ">"))
                    for number, line in enumerate(value.value.splitlines()):
                        yield Text(path.as_posix(), begin + number, line)
                else:
                    yield from walk(value)

    document = yaml.compose((root / path).read_text(encoding="utf-8"), yaml.SafeLoader)
    if document is not None:
        yield from walk(document)


# In a CloudFormation template, and of a task of make.
TEMPLATE = re.compile(r"^[^#]*\b(?:Alarm)?Description: (.*)")
TASK = re.compile(r"^\w+:.* ## (.*)")


def matched(root: Path, path: Path, pattern: re.Pattern[str]) -> Iterator[Text]:
    """The part of each line that is for people."""
    lines = (root / path).read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, start=1):
        if found := pattern.match(line):
            yield Text(path.as_posix(), number, found[1])


LITERAL = re.compile(r'"((?:[^"\\]|\\.)* (?:[^"\\]|\\.)*)"')
COMMENT = re.compile(r"(?:^|\s)//[/<]* (.*)")


def source(root: Path, path: Path) -> Iterator[Text]:
    """The string literals with a space, and of a header the comments."""
    for number, line in enumerate((root / path).read_text(encoding="utf-8").splitlines(), start=1):
        comment = COMMENT.search(line)
        if comment and path.suffix == ".h":
            yield Text(path.as_posix(), number, comment[1])
        for literal in LITERAL.finditer(line[: comment.start() if comment else None]):
            yield Text(path.as_posix(), number, literal[1])


def is_of_the_program(path: Path) -> bool:
    return (
        path.parts[0] == "src"
        and path.suffix in (".cpp", ".h")
        and not path.stem.endswith(("_test", "_testing"))
        and "testing" not in path.parts
    )


def texts(root: Path, files: list[Path]) -> Iterator[Text]:
    for path in files:
        if (
            path.suffix == ".md"
            and path.parts[:2] != ("bench", "runs")
            and path.parts[0] != "tests"
        ):
            yield from markdown(root, path)
        elif path.name == "openapi.yaml":
            yield from openapi(root, path)
        elif path.parts[0] == "deploy" and path.suffix in (".yaml", ".yml"):
            yield from matched(root, path, TEMPLATE)
        elif is_of_the_program(path):
            yield from source(root, path)
        elif path.name == "Makefile":
            yield from matched(root, path, TASK)


def check(root: Path, files: list[Path]) -> list[str]:
    return [
        f"{one.file}:{one.line}: {found[0].strip(' .:;(')}: write {avoided.instead}:"
        f" {one.text.strip()[:90]}"
        for one in texts(root, files)
        for avoided in WORDS
        for found in avoided.pattern.finditer(prose(one.text))
    ]
