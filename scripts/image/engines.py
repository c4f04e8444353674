"""What builds images: docker, podman, buildah. Each is used the same way, by its command line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TextIO

ENGINES = ("docker", "podman", "buildah")
# Where podman and buildah work unless the caller says otherwise: apart from the user's own images,
# and without an overlay file system, which not every kernel allows.
STORAGE = '[storage]\ndriver = "vfs"\ngraphroot = "{0}/graph"\nrunroot = "{0}/run"\n'


class Engine:
    """Builds stages of a Containerfile, in a place that is gone after `close`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._place = Path(tempfile.mkdtemp(prefix="picus-image-"))
        self._environment = {"BUILDAH_ISOLATION": "chroot", **os.environ}
        if name != "docker" and "CONTAINERS_STORAGE_CONF" not in os.environ:
            settings = self._place / "storage.conf"
            settings.write_text(STORAGE.format(self._place), encoding="utf-8")
            self._environment["CONTAINERS_STORAGE_CONF"] = str(settings)
        self._tags: list[str] = []

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        for tag in self._tags:
            remove = ["rmi"] if self.name == "buildah" else ["image", "rm", "--force"]
            self._run(*remove, tag, out=subprocess.DEVNULL)
        # Without root, files of other users of the image belong to this user's subordinate ones.
        unshare = [self.name, "unshare"] if os.geteuid() and self.name != "docker" else []
        subprocess.run([*unshare, "rm", "-rf", self._place], check=False)

    def _run(self, *arguments: str | Path, out: int | TextIO = sys.stderr) -> None:
        subprocess.run(
            [self.name, *arguments],
            check=True,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
        )

    def build(self, target: str, context: Path, *options: str) -> str:
        """Builds a stage; the tag that it has in the engine."""
        tag = f"localhost/picus-building-{target}:{self._place.name[-8:].lower()}"
        own = ["--format=docker", "--network=host", "--layers"]
        if self.name == "docker":
            own = ["--provenance=false"]
        file = context / "deploy/container/Containerfile"
        self._run(
            "build",
            *own,
            f"--target={target}",
            f"--tag={tag}",
            f"--file={file}",
            *options,
            str(context),
        )
        self._tags.append(tag)
        return tag

    def save(self, tag: str) -> Path:
        """The image as `docker save` writes it."""
        archive = self._place / f"{len(self._tags)}.tar"
        if self.name == "buildah":
            self._run("push", "--quiet", tag, f"docker-archive:{archive}:{tag}")
        elif self.name == "podman":
            self._run("save", "--quiet", "--format=docker-archive", f"--output={archive}", tag)
        else:
            self._run("save", f"--output={archive}", tag)
        return archive

    def has(self, image: str) -> bool:
        """Whether an image is here, or can be fetched."""
        pulled = subprocess.run(
            [self.name, "pull", image],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        return pulled.returncode == 0

    def debian(self) -> str:
        """A Debian 12 from its packages, for where no registry can be reached; its tag."""
        if not shutil.which("mmdebstrap"):
            raise RuntimeError("no registry is reached, and there is no mmdebstrap")
        base = self._place / "base"
        base.mkdir()
        command = ["mmdebstrap", "--quiet", "--variant=minbase"]
        subprocess.run([*command, "bookworm", base / "root.tar"], check=True)
        (base / "Containerfile").write_text("FROM scratch\nADD root.tar /\n", encoding="utf-8")
        tag = f"localhost/picus-debian:{self._place.name[-8:].lower()}"
        self._run("build", f"--tag={tag}", f"--file={base / 'Containerfile'}", str(base))
        self._tags.append(tag)
        return tag


def works(name: str) -> bool:
    """Whether it is there. Docker's command alone is not: it needs its engine, and buildx."""
    if not shutil.which(name):
        return False
    probes = [["version"], ["buildx", "version"]] if name == "docker" else []
    return all(
        subprocess.run([name, *probe], capture_output=True, check=False).returncode == 0
        for probe in probes
    )


def choose(wanted: str | None) -> str:
    """The engine that is asked for, else the first one that works. LookupError: there is none."""
    tried = [wanted] if wanted else ENGINES
    for name in tried:
        if works(name):
            return name
    docker = "docker" in tried and shutil.which("docker")
    needs = " (docker needs its service and its plugin buildx)" if docker else ""
    names = ", ".join(tried)
    raise LookupError(f"none of {names} works here{needs}: `scripts/setup image` installs buildah")


if __name__ == "__main__":  # scripts/portable asks for no more than this
    try:
        print(choose(None))
    except LookupError as error:
        print(f"scripts/image: {error}", file=sys.stderr)
        sys.exit(2)
