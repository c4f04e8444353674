"""The rooms of src/: who may include whom is what the link lines say, and nothing points upwards.

A room is a folder whose CMakeLists.txt declares a library by `picus_library`; folders below belong
to it unless they declare one of their own. Tests and folders named `testing` may include anything;
nothing that is shipped includes or links what is for tests.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LIBRARY = re.compile(r"picus_library\((\w+)\s[^)]*?LINK ([^)]*)\)")
INCLUDE = re.compile(r'^#include "([^"]+)"', re.MULTILINE)


@dataclass(frozen=True)
class Room:
    folder: Path
    links: tuple[str, ...]


def rooms_of(src: Path) -> dict[str, Room]:
    """By the target's name without `picus_`."""
    found = {}
    for file in sorted(src.rglob("CMakeLists.txt")):
        for name, links in LIBRARY.findall(file.read_text(encoding="utf-8")):
            found[name] = Room(file.parent, tuple(re.findall(r"picus_(\w+)", links)))
    return found


def below(rooms: dict[str, Room], name: str) -> set[str]:
    """What a room may include besides itself: its links, and theirs."""
    reached: set[str] = set()
    ahead = list(rooms[name].links)
    while ahead:
        other = ahead.pop()
        if other in rooms and other not in reached:
            reached.add(other)
            ahead += rooms[other].links
    return reached


def is_for_tests(path: Path) -> bool:
    return "testing" in path.parts or path.stem.endswith("_test")


def check(root: Path) -> list[str]:
    src = root / "src"
    rooms = rooms_of(src)
    return [*arrows(rooms), *includes(src, rooms)]


def arrows(rooms: dict[str, Room]) -> Iterator[str]:
    for name, room in rooms.items():
        for link in room.links:
            if link not in rooms:
                yield f"src: {name} is shipped and links {link}, which is no room"
        if name in below(rooms, name):
            yield f"src: {name} reaches itself by its LINK lines"


def includes(src: Path, rooms: dict[str, Room]) -> Iterator[str]:
    owners = {room.folder: name for name, room in rooms.items()}

    def owner(path: Path) -> str:
        return next((owners[folder] for folder in path.parents if folder in owners), "")

    for file in sorted([*src.rglob("*.h"), *src.rglob("*.cpp")]):
        own = owner(file)
        if not own or is_for_tests(file.relative_to(src)):
            continue
        allowed = {own, *below(rooms, own)}
        for included in INCLUDE.findall(file.read_text(encoding="utf-8")):
            shown = f"{file.relative_to(src.parent)}: includes {included}"
            if is_for_tests(Path(included)):
                yield f"{shown}, which is for tests"
            elif owner(src / included) not in allowed:
                yield f"{shown}, of a room that the LINK line of {own} does not reach"
