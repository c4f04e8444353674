"""A system with systemd as its process 1, which packages can be installed on."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

ENVIRONMENT = ("env", "-i", "PATH=/usr/sbin:/usr/bin", "HOME=/root", "LC_ALL=C.UTF-8")
# At most, for a command.
SECONDS = 60
REASON = "a system is booted in namespaces and a cgroup: as root"


class Machine:
    """Commands are run as its root."""

    def __init__(self, systemd: int) -> None:
        # Where this process sees its files.
        self.root = Path(f"/proc/{systemd}/root")
        self._enter = (
            "nsenter",
            f"--target={systemd}",
            "--all",
            "--root",
            "--wdns=/root",
            *ENVIRONMENT,
        )

    def try_out(self, command: str) -> subprocess.CompletedProcess[str]:
        """A line of shell."""
        return subprocess.run(
            [*self._enter, "sh", "-euc", command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )

    def run(self, command: str) -> str:
        """What a line of shell prints, which has to succeed."""
        done = self.try_out(command)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}\n{self.journal()}"
        return done.stdout.strip()

    def journal(self) -> str:
        return self.try_out("journalctl --no-pager --output=cat --unit='picus*'").stdout

    def install(self, package: Path) -> str:
        (self.root / "root" / package.name).write_bytes(package.read_bytes())
        return self.run(f"dpkg --install {package.name}")


@contextlib.contextmanager
def booted(directory: Path) -> Iterator[Machine]:
    assert os.geteuid() == 0, REASON
    directory.mkdir()
    log = directory.with_suffix(".log")
    boot = Path(__file__).with_name("boot")
    with log.open("wb") as errors:
        keeper = subprocess.Popen(
            ["unshare", "--mount", "--propagation=private", boot, directory],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
    assert keeper.stdout
    with keeper:
        told = keeper.stdout.readline()
        assert told.strip().isdigit(), f"{REASON}: {log.read_text(encoding='utf-8')}"
        systemd = int(told)
        machine = Machine(systemd)
        try:
            while machine.try_out("systemctl start basic.target").returncode != 0:
                assert keeper.poll() is None, log.read_text(encoding="utf-8")
            yield machine
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(systemd, signal.SIGKILL)
