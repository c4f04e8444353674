"""A store with many items."""

from __future__ import annotations

import subprocess
from pathlib import Path


def store_of(picus: Path, items: int, folder: Path) -> Path:
    """The directory of a new store with so many small items."""
    lines, data = folder / "items.ndjson", folder / "data"
    with lines.open("w") as file:
        for number in range(items):
            file.write(
                f'{{"id":"item-{number:07}","n":{number}.50,"text":"some text of an item"}}\n'
            )
    subprocess.run(
        [picus, "import", "--create", "--data", data, lines], check=True, capture_output=True
    )
    return data
