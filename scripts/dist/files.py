"""The files of an installation, and the tarball of them."""

from __future__ import annotations

import gzip
import io
import re
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

from known import collect, labels

ROOT = Path(__file__).resolve().parents[2]
DEBIAN = ROOT / "deploy" / "debian"
# By the architecture's name in Debian: where its programs are built.
BUILDS = {name: ROOT / build for name, (_, build) in collect.TARGETS.items()}
PROGRAMS = ("picus", "picus-verify")
SHELLS = ("bash", "zsh", "fish")


@dataclass(frozen=True)
class File:
    content: bytes
    mode: int = 0o644


def printed(name: str, *arguments: str) -> bytes:
    """What the program for this machine prints: it is the same text in each."""
    program = BUILDS["amd64"] / name
    return subprocess.run([program, *arguments], check=True, stdout=subprocess.PIPE).stdout


def verify_page() -> bytes:
    """picus-verify(1): its help, as it prints it."""
    text = printed("picus-verify", "--help").decode().replace("\\", "\\e").replace("-", "\\-")
    text = re.sub(r"^(?=[.'])", r"\\&", text, flags=re.MULTILINE)
    head = f'.TH PICUS\\-VERIFY 1 "" "Picus {labels.version()}" "User Commands"\n.SH NAME\n'
    head += "picus\\-verify \\- checks that a Picus server works\n.SH DESCRIPTION\n.nf\n"
    return (head + text + ".fi\n").encode()


def notices(packages: Path) -> bytes:
    """The licences of the Debian packages that are in the programs."""
    parts = []
    for file in sorted((packages / "usr/share/doc").glob("*/copyright")):
        parts += [f"==== {file.parent.name}\n\n".encode(), file.read_bytes(), b"\n"]
    return b"".join(parts)


def common(packages: Path) -> dict[str, File]:
    """What is the same text in every package, by its name."""
    texts = {
        "picus.1": printed("picus", "help", "--man"),
        "picus-verify.1": verify_page(),
        "picus.conf": (DEBIAN / "picus.conf").read_bytes(),
        "picus.service": (DEBIAN / "picus.service").read_bytes(),
        "picus.sysusers": (DEBIAN / "picus.sysusers").read_bytes(),
        "LICENSE": (ROOT / "LICENSE").read_bytes(),
        "CHANGELOG.md": (ROOT / "CHANGELOG.md").read_bytes(),
        "THIRD-PARTY": notices(packages),
    }
    texts |= {f"completion.{shell}": printed("picus", "completion", shell) for shell in SHELLS}
    return {name: File(content) for name, content in texts.items()}


def programs(architecture: str) -> dict[str, File]:
    build = BUILDS[architecture]
    return {name: File((build / name).read_bytes(), 0o755) for name in PROGRAMS}


def packed(content: bytes) -> bytes:
    return gzip.compress(content, compresslevel=9, mtime=0)


def write_tarball(files: dict[str, File], folder: str, archive: Path) -> None:
    """The same bytes for the same files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, file in sorted(files.items()):
            entry = tarfile.TarInfo(f"{folder}/{name}")
            entry.mode, entry.size, entry.mtime = file.mode, len(file.content), labels.created()
            tar.addfile(entry, io.BytesIO(file.content))
    archive.write_bytes(packed(buffer.getvalue()))
