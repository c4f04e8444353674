#!/usr/bin/env python3
"""Packs a program as AWS Lambda takes it: the same bytes for the same program, wherever it is made.

scripts/lambda_zip.py BOOTSTRAP ZIP
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

MAX_BYTES = 4_000_000
EARLIEST = (1980, 1, 1, 0, 0, 0)  # that a zip can tell
UNIX = 3
EXECUTABLE = 0o100755


def pack(program: Path, archive: Path) -> None:
    """Writes the archive anew. Its one entry is an executable file named `bootstrap`."""
    entry = zipfile.ZipInfo("bootstrap", EARLIEST)
    entry.create_system = UNIX
    entry.external_attr = EXECUTABLE << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr(entry, program.read_bytes(), compresslevel=9)


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    program, archive = map(Path, arguments)
    pack(program, archive)
    size = archive.stat().st_size
    if size > MAX_BYTES:
        print(f"{archive}: {size} bytes are more than {MAX_BYTES}", file=sys.stderr)
        return 1
    print(f"{archive}: {size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
