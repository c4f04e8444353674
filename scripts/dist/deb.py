"""The Debian package, which runs on every Debian and Ubuntu: its programs are static."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from files import DEBIAN, PROGRAMS, File, packed
from known import labels

COMPLETIONS = {
    "bash": "usr/share/bash-completion/completions/picus",
    "zsh": "usr/share/zsh/vendor-completions/_picus",
    "fish": "usr/share/fish/vendor_completions.d/picus.fish",
}
CONFIGURATION = "etc/picus/picus.conf"
DOCUMENTS = "usr/share/doc/picus"
SCRIPTS = ("postinst", "prerm", "postrm")
MAINTAINER = "The Picus authors <picus@picus.example>"
CONTROL = """\
Package: picus
Version: {version}
Architecture: {architecture}
Maintainer: {maintainer}
Installed-Size: {kibibytes}
Recommends: ca-certificates
Section: database
Priority: optional
Description: JSON items behind a small HTTP API
 A server that stores JSON items in its own store or in a DynamoDB table, and
 commands that export, import and check them. The service picus listens on
 127.0.0.1:8080 once it is enabled: systemctl enable --now picus
"""

# The changes are in NEWS, which is not in Debian's format.
CHANGELOG = """\
picus ({version}) stable; urgency=medium

  * New version: see NEWS.gz.

 -- {maintainer}  {date}
"""


def changelog() -> bytes:
    date = format_datetime(datetime.fromtimestamp(labels.created(), UTC))
    text = CHANGELOG.format(version=labels.version(), maintainer=MAINTAINER, date=date)
    return text.encode()


def installed(programs: dict[str, File], common: dict[str, File]) -> dict[str, File]:
    """Where its files go, below the root directory."""
    places = {f"usr/bin/{name}": programs[name] for name in PROGRAMS}
    places |= {place: common[f"completion.{shell}"] for shell, place in COMPLETIONS.items()}
    for unit in ("picus.service", "picus@.service"):
        places[f"usr/lib/systemd/system/{unit}"] = common["picus.service"]
    places["usr/lib/sysusers.d/picus.conf"] = common["picus.sysusers"]
    places[CONFIGURATION] = common["picus.conf"]
    for page in ("picus.1", "picus-verify.1"):
        places[f"usr/share/man/man1/{page}.gz"] = File(packed(common[page].content))
    overrides = (DEBIAN / "lintian-overrides").read_bytes()
    places["usr/share/lintian/overrides/picus"] = File(overrides)
    places[f"{DOCUMENTS}/copyright"] = common["LICENSE"]
    places[f"{DOCUMENTS}/changelog.gz"] = File(packed(changelog()))
    places[f"{DOCUMENTS}/NEWS.gz"] = File(packed(common["CHANGELOG.md"].content))
    places[f"{DOCUMENTS}/THIRD-PARTY.gz"] = File(packed(common["THIRD-PARTY"].content))
    return places


def put(root: Path, name: str, file: File) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(file.content)
    path.chmod(file.mode)


def control(places: dict[str, File], version: str, architecture: str) -> dict[str, File]:
    """The package's description of itself."""
    size = sum(len(file.content) for file in places.values())
    text = CONTROL.format(
        version=version,
        architecture=architecture,
        maintainer=MAINTAINER,
        kibibytes=(size + 1023) // 1024,
    )
    sums = "".join(
        f"{hashlib.md5(file.content, usedforsecurity=False).hexdigest()}  {name}\n"
        for name, file in sorted(places.items())
        if name != CONFIGURATION
    )
    described = {
        "control": File(text.encode()),
        "conffiles": File(f"/{CONFIGURATION}\n".encode()),
        "md5sums": File(sums.encode()),
    }
    return described | {name: File((DEBIAN / name).read_bytes(), 0o755) for name in SCRIPTS}


def write(places: dict[str, File], version: str, architecture: str, archive: Path) -> None:
    """The same bytes for the same files and the same dpkg-deb."""
    umask = os.umask(0o022)
    try:
        with tempfile.TemporaryDirectory() as directory:
            root = Path(directory) / "root"
            for name, file in places.items():
                put(root, name, file)
            for name, file in control(places, version, architecture).items():
                put(root / "DEBIAN", name, file)
            command = ["dpkg-deb", "--root-owner-group", "-Zxz", "-z3", "--threads-max=1"]
            subprocess.run(
                [*command, "--build", root, archive],
                check=True,
                env={**os.environ, "SOURCE_DATE_EPOCH": str(labels.created())},
                stdout=subprocess.DEVNULL,
            )
    finally:
        os.umask(umask)
