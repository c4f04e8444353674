"""What scripts/image knows: version, commit, the Debian packages in a program, and licences."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "image"))

import bill
import collect
import labels

__all__ = ["bill", "collect", "labels"]
