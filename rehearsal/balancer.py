"""HAProxy as the load balancer: started here, moved through its runtime socket from any process."""

from __future__ import annotations

import csv
import shutil
import socket
import string
import subprocess
from dataclasses import dataclass
from pathlib import Path

from harness.waiting import wait_until

CONFIGURATION = Path(__file__).with_name("haproxy.cfg")
BLUE, GREEN = "blue", "green"
GROUPS = (BLUE, GREEN)
FUNCTION = "function"
RESPONSES = "responses"  # the socket that gets the time of each response, if somebody reads it
PRODUCTION, TEST = "production", "test"
ERRORS = ("HTTPCode_Target_5XX_Count", "HTTPCode_ELB_5XX_Count")
LISTENERS = (PRODUCTION, TEST, "table", "faulty")
SLOTS = 8
OPERATIONS = ("GetItem", "PutItem", "DeleteItem", "Scan")
START_SECONDS = 20
CLOSED_PORT = 1


def other(group: str) -> str:
    return GREEN if group == BLUE else BLUE


@dataclass(frozen=True)
class HealthCheck:
    """Of a target group."""

    path: str
    interval_seconds: float
    timeout_seconds: float
    healthy: int
    unhealthy: int


@dataclass(frozen=True)
class Target:
    """A place in a target group, as HAProxy tells of it."""

    group: str
    slot: str
    status: str
    sessions: int


class BalancerControl:
    """What the load balancer's API is on AWS."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def _ask(self, command: str) -> str:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(START_SECONDS)
            connection.connect(str(self._directory / "haproxy.sock"))
            connection.sendall(f"{command}\n".encode())
            answer = b""
            while data := connection.recv(65536):
                answer += data
        return answer.decode().strip()

    def _tell(self, command: str) -> None:
        answer = self._ask(command)
        if answer and not answer.startswith("IP changed") and "no need to change" not in answer:
            raise RuntimeError(f"HAProxy: {command}: {answer}")

    def answers(self) -> bool:
        try:
            return bool(self._ask("show info"))
        except OSError:
            return False

    def shift(self, listener: str, group: str, percent: int) -> None:
        """So many of the listener's requests go to this target group, the rest to the other."""
        weight = percent if group == GREEN else 100 - percent
        self._tell(f"set map {self._directory}/weights {listener} {weight}")

    def weight(self, listener: str) -> int:
        """How many percent of its requests go to green."""
        entries = self._ask(f"show map {self._directory}/weights").split("\n")
        return int(next(entry.split()[2] for entry in entries if entry.split()[1] == listener))

    def strike(self, fault: str, percent: int) -> None:
        """`throttled`, `gone` (whole or not at all), and for the faulty revision `denied.OPERATION`
        and `lost` (first attempts that get no response). 0 heals."""
        self._tell(f"set map {self._directory}/faults {fault} {percent}")

    def _statistics(self) -> list[dict[str, str]]:
        text = self._ask("show stat").removeprefix("# ")
        return list(csv.DictReader(text.splitlines()))

    def targets(self, *groups: str) -> list[Target]:
        return [
            Target(row["pxname"], row["svname"], row["status"], int(row["scur"]))
            for row in self._statistics()
            if row["pxname"] in groups and row["svname"] != "BACKEND"
        ]

    def register(self, group: str, slot: str, port: int) -> None:
        """A target in this place, unhealthy until its health checks say otherwise."""
        name = f"{group}/{slot}"
        self._tell(f"set server {name} addr 127.0.0.1 port {port}")
        self._check_at(name, port)
        self._tell(f"set server {name} state ready")
        self._tell(f"set server {name} health down")

    def _check_at(self, name: str, port: int) -> None:
        self._tell(f"set server {name} check-addr 127.0.0.1 port {port}")

    def fail_checks(self, group: str, slot: str) -> None:
        """Its health checks do not reach this target any more, requests do."""
        self._check_at(f"{group}/{slot}", CLOSED_PORT)

    def healthy(self, group: str) -> set[str]:
        """The places whose targets pass their health checks."""
        return {target.slot for target in self.targets(group) if target.status == "UP"}

    def drain(self, group: str, slot: str) -> None:
        """It gets no new requests."""
        self._tell(f"set server {group}/{slot} state drain")

    def idle(self, group: str, slot: str) -> bool:
        """Whether no request is under way to this target."""
        return all(one.sessions == 0 for one in self.targets(group) if one.slot == slot)

    def deregister(self, group: str, slot: str) -> None:
        self._tell(f"set server {group}/{slot} state maint")

    def errors(self) -> dict[str, int]:
        """Answers 5xx so far, by CloudWatch's names: those of the targets, and those of the
        load balancer itself."""
        targets = clients = 0
        for row in self._statistics():
            if row["pxname"] in (BLUE, GREEN, FUNCTION) and row["svname"] != "BACKEND":
                targets += int(row["hrsp_5xx"])
            elif row["pxname"] in (PRODUCTION, TEST):
                clients += int(row["hrsp_5xx"])
        return dict(zip(ERRORS, (targets, max(0, clients - targets)), strict=True))


class Balancer:
    """The HAProxy process. `function` and `dynamodb` are ports of this machine."""

    def __init__(self, directory: Path, check: HealthCheck, function: int, dynamodb: int) -> None:
        self.control = BalancerControl(directory)
        self.ports: dict[str, int] = {}
        (directory / "weights").write_text(f"{PRODUCTION} 0\n{TEST} 100\n")
        faults = ("throttled", "gone", "lost", *(f"denied.{operation}" for operation in OPERATIONS))
        (directory / "faults").write_text("".join(f"{name} 0\n" for name in faults))
        sockets = {name: self._listen(name) for name in LISTENERS}
        self._nowhere = self._silent()
        configuration = directory / "haproxy.cfg"
        configuration.write_text(
            string.Template(CONFIGURATION.read_text(encoding="utf-8")).substitute(
                {name: str(listening.fileno()) for name, listening in sockets.items()},
                socket=directory / "haproxy.sock",
                maps=directory,
                slots=SLOTS,
                health_path=check.path,
                health_timeout=f"{round(check.timeout_seconds * 1000)}ms",
                health_interval=f"{round(check.interval_seconds * 1000)}ms",
                healthy=check.healthy,
                unhealthy=check.unhealthy,
                function=function,
                dynamodb=dynamodb,
                nowhere=self._nowhere.getsockname()[1],
            ),
            encoding="utf-8",
        )
        self._start(directory, configuration, [one.fileno() for one in sockets.values()])
        for listening in sockets.values():
            listening.close()

    @staticmethod
    def _silent() -> socket.socket:
        """It listens, and nobody accepts what connects."""
        listening = socket.socket()
        listening.bind(("127.0.0.1", 0))
        listening.listen(4096)
        return listening

    def _listen(self, name: str) -> socket.socket:
        listening = self._silent()
        self.ports[name] = listening.getsockname()[1]
        return listening

    def _start(self, directory: Path, configuration: Path, descriptors: list[int]) -> None:
        program = shutil.which("haproxy", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
        if program is None:
            raise RuntimeError("there is no haproxy: run `scripts/setup ci`")
        with (directory / "haproxy.log").open("wb") as log:
            self._process = subprocess.Popen(
                [program, "-db", "-f", configuration],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=descriptors,
            )
        wait_until(
            lambda: self.control.answers() or self._process.poll() is not None,
            "HAProxy's runtime socket",
            START_SECONDS,
        )
        if self._process.poll() is not None:
            raise RuntimeError(f"HAProxy ended: see {directory / 'haproxy.log'}")

    def url(self, listener: str) -> str:
        return f"http://127.0.0.1:{self.ports[listener]}"

    def stop(self) -> None:
        self._process.kill()  # it keeps nothing
        self._process.wait()
        self._nowhere.close()
