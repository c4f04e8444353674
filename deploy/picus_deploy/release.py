"""The files of a release: downloaded once, and compared with the checksums of the release."""

from __future__ import annotations

import hashlib
import re
import subprocess
from pathlib import Path

import urllib3

from picus_deploy.environment import ROOT
from picus_deploy.errors import UsageError
from picus_deploy.packages import Packages
from picus_deploy.progress import Progress

RELEASES = ROOT / "build" / "releases"
SUMS = "SHA256SUMS"
FILES = {
    "image": "picus-image-{version}.tar",
    "function": "picus-lambda-{version}-x86_64.zip",
    "verify": "picus-verify-lambda-{version}-x86_64.zip",
}
PROJECT = re.compile(r"^project\(picus VERSION (\S+)", re.MULTILINE)
# As git writes it with https and with ssh: HOST/ORG/REPO.git, HOST:ORG/REPO.git.
REMOTE = re.compile(r"(?:https://|(?:ssh://)?git@)([^/:]+)[/:](.+?)(?:\.git)?/?")


def packages_of(version: str, releases: str | None, progress: Progress) -> Packages:
    """Downloads what is missing. Templates and programs belong together, so this checkout has to
    be of the same version."""
    own = PROJECT.search((ROOT / "CMakeLists.txt").read_text(encoding="utf-8"))
    if own is None or own[1] != version:
        raise UsageError(
            f"The templates here are those of {own[1] if own else 'no version'}: check out"
            f" v{version} to deploy {version}."
        )
    names = {part: name.format(version=version) for part, name in FILES.items()}
    source = Source(version, releases, progress)
    sums = source.sums()
    missing = [name for name in names.values() if name not in sums]
    if missing:
        raise UsageError(f"The release {version} has no {' and no '.join(missing)}.")
    return Packages(**{part: source.file(name, sums[name]) for part, name in names.items()})


class Source:
    """The files of one release, and the folder that keeps them."""

    def __init__(self, version: str, releases: str | None, progress: Progress) -> None:
        self._folder = RELEASES / version
        self._version = version
        self._releases = releases
        self._progress = progress

    def sums(self) -> dict[str, str]:
        """The SHA-256 of each file, by its name."""
        path = self._folder / SUMS
        if not path.exists():
            self._keep(path, self._download(SUMS))
        lines = path.read_text(encoding="utf-8").splitlines()
        return {name: digest for digest, name in (line.split() for line in lines)}

    def file(self, name: str, digest: str) -> Path:
        path = self._folder / name
        if not path.exists():
            self._progress.step("release", f"downloading {name}")
            self._keep(path, self._verified(name, self._download(name), digest))
        self._verified(str(path.relative_to(ROOT)), path.read_bytes(), digest)
        return path

    @staticmethod
    def _verified(name: str, raw: bytes, digest: str) -> bytes:
        if hashlib.sha256(raw).hexdigest() != digest:
            raise UsageError(f"{name} does not match {SUMS} of the release: delete it, and repeat.")
        return raw

    @staticmethod
    def _keep(path: Path, raw: bytes) -> None:
        """All of it or nothing."""
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.part")
        part.write_bytes(raw)
        part.rename(path)

    def _download(self, name: str) -> bytes:
        url = f"{self._releases or repository()}/releases/download/v{self._version}/{name}"
        try:
            answer = urllib3.request("GET", url, timeout=60, retries=3)
        except urllib3.exceptions.HTTPError as error:
            raise UsageError(f"{url}: {error}") from error
        if answer.status != 200:
            raise UsageError(
                f"{url}: {answer.status}. If the repository is private, download its files to"
                f" {self._folder.relative_to(ROOT)} (`gh release download v{self._version} --dir"
                f" {self._folder.relative_to(ROOT)}`)."
            )
        return bytes(answer.data)


def repository() -> str:
    """The page of the repository that this checkout was cloned from."""
    command = ["git", "config", "--get", "remote.origin.url"]
    try:
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
        found = REMOTE.fullmatch(done.stdout.strip())
    except FileNotFoundError:  # no git
        found = None
    if found is None:
        raise UsageError(
            "No repository to download a release from: name its page with --releases, as in"
            " https://HOST/ORG/REPO."
        )
    return f"https://{found[1]}/{found[2]}"
