"""The image, built once for a session, and containers of it that podman runs."""

from __future__ import annotations

import fcntl
import itertools
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from harness.process import PicusProcess
from harness.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
SOURCE = "https://picus.example/picus"
PATIENCE_SECONDS = 120
# Apart from what else podman has on this machine, and on any file system.
STORAGE = '[storage]\ndriver = "vfs"\ngraphroot = "{0}/graph"\nrunroot = "{0}/run"\n'
# Podman would raise these, which not every root may do.
LIMITS = {"nofile": resource.getrlimit(resource.RLIMIT_NOFILE)[1], "nproc": 1024}
# As little as an orchestrator can grant. The network is this machine's, for its loopback interface.
RUN = (
    "--runtime=runc",
    "run",
    "--network=host",
    "--read-only",
    "--read-only-tmpfs=false",
    "--cap-drop=all",
    "--security-opt=no-new-privileges",
    *(f"--ulimit={name}={own}:{own}" for name, own in LIMITS.items()),
)

Done = subprocess.CompletedProcess[str]


def build_image(out: Path, *options: str) -> Done:
    """`make image` without its set-up, from what stands in build/release."""
    command = [sys.executable, "scripts/image", f"--source={SOURCE}", f"--out={out}"]
    return subprocess.run(
        [*command, *options], cwd=ROOT, capture_output=True, text=True, check=False, timeout=600
    )


def built_once(out: Path) -> Path:
    """Builds into this directory, or waits for another process of the session that does."""
    with out.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (out / "picus.cdx.json").exists():  # written last
            done = build_image(out, "--engine=buildah")
            assert done.returncode == 0, f"the image cannot be built:\n{done.stderr}"
    return out


class ContainerHost:
    """Runs containers of the built image, and takes all of them away in the end."""

    def __init__(self, built: Path) -> None:
        assert shutil.which("podman"), "there is no podman: run `scripts/setup ci`"
        self.built = built
        # A short path: sockets lie in it.
        self._place = Path(tempfile.mkdtemp(prefix="picus-run-"))
        settings = self._place / "storage.conf"
        settings.write_text(STORAGE.format(self._place), encoding="utf-8")
        self.environment = {**os.environ, "CONTAINERS_STORAGE_CONF": str(settings)}
        self._numbers = itertools.count(1)
        try:
            self.image = self._loaded()
        except BaseException:
            self.close()
            raise

    def _loaded(self) -> str:
        """The image's name in podman, once it has been seen to run."""
        loaded = self.podman("load", "--quiet", "--input", str(self.built / "picus.tar"))
        assert loaded.returncode == 0, f"podman cannot load the image: {loaded.stderr}"
        image = loaded.stdout.strip().removeprefix("Loaded image: ")
        tried = self.podman(*RUN, "--rm", image, "--version")
        assert tried.returncode == 0, f"podman cannot run containers here: {tried.stderr}"
        return image

    def podman(self, *arguments: str) -> Done:
        """A command of podman that ends."""
        return subprocess.run(
            ["podman", *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )

    def new_name(self) -> str:
        return f"picus-{os.getpid()}-{next(self._numbers)}"

    def close(self) -> None:
        self.podman("rm", "--all", "--force", "--time=0")
        self.podman("rmi", "--all", "--force")
        shutil.rmtree(self._place)


class Container(PicusProcess):
    """`serve` in a container. `process` is podman, which hands signals on and ends as it does.

    Its options, variables and paths mean what they mean outside. `flags` are podman's.
    """

    def __init__(
        self,
        host: ContainerHost,
        data: Path,
        *options: str,
        env: dict[str, str] | None = None,
        flags: tuple[str, ...] = (),
    ) -> None:
        self._host = host
        self.name = host.new_name()
        data.parent.chmod(0o777)  # the container's user is another one
        place = f"--volume={data.parent}:{data.parent}"
        variables = [f"--env={name}" for name in env or {}]
        begin = ["podman", *RUN, "--rm", f"--name={self.name}", place, *variables, *flags]
        super().__init__(
            (*begin, host.image), data, *options, env={**host.environment, **(env or {})}
        )
        # Until podman has written down that it runs, it hands no signal on.
        wait_until(lambda: self.inspect("{{.State.Status}}") == "running", "podman to know it")

    @property
    def pid(self) -> int:
        """Of Picus, as this machine sees it."""
        return int(self.inspect("{{.State.Pid}}"))

    def inspect(self, template: str) -> str:
        done = self._host.podman("container", "inspect", "--format", template, self.name)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def kill(self) -> None:
        self._host.podman("kill", "--signal=KILL", self.name)
        self.wait()
