"""One deployment of an environment at a time; a dead one is followed, a living one is not."""

from __future__ import annotations

import os
import re
import signal
import threading

import pytest

from deploy.account import running
from deploy.aws_side import AwsSide
from deploy.calls import Call
from deploy.deployer import QUICK, Deployer
from picus_deploy.lock import user

PATIENCE = 60


def test_of_two_at_a_time_the_second_is_refused(aws_server: AwsSide, deployed: Deployer) -> None:
    follows = threading.Event()
    aws_server.after = lambda call: follows.set() if call.operation == "GetDeployment" else None
    digest = deployed.new_image()
    aws_server.code_deploy.paused = True
    first = deployed.start("dev", "--poll", "0.05", "--lock-seconds", "6")
    assert follows.wait(PATIENCE)
    second = deployed("dev")
    aws_server.code_deploy.paused = False
    done = deployed.end(first)
    assert second.code == 3, str(second)
    assert "Another deployment is at work: " in second.err
    assert f"process {first.pid}" in second.err
    assert done.code == 0, str(done)
    assert running(aws_server) == digest


def test_the_lock_of_one_that_was_killed_is_taken_over(
    aws_server: AwsSide, deployed: Deployer
) -> None:
    aws_server.after = lambda call: deployed.kill(call) if call.operation == "GetTemplate" else None
    assert deployed.killable("dev", "--lock-seconds", "8").code == -9
    aws_server.forget()
    again = deployed.succeed("dev")
    assert re.search(r"held by \S+, process \d+; free within \d s if that is dead", again.out)
    assert re.search(r"^lock +free$", deployed.succeed("status", "dev").out, re.MULTILINE)


def test_one_that_slept_past_its_lock_stops_before_it_changes_anything(
    aws_server: AwsSide, deployed: Deployer
) -> None:
    stopped = threading.Event()

    def stop(call: Call) -> None:
        if call.operation == "GetTemplate" and not stopped.is_set():
            first.send_signal(signal.SIGSTOP)
            stopped.set()

    aws_server.after = stop
    deployed.new_image()
    first = deployed.start(*QUICK, "dev")
    assert stopped.wait(PATIENCE)
    digest = deployed.new_image()
    deployed.succeed("dev")
    aws_server.forget()
    first.send_signal(signal.SIGCONT)
    done = deployed.end(first)
    assert done.code == 3, str(done)
    assert "took over from this one" in done.err
    assert not aws_server.changes()
    assert running(aws_server) == digest


def test_an_owner_without_a_name_is_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container whose user is not in its passwd."""

    def unknown(_: int) -> None:
        raise KeyError("uid not found")

    monkeypatch.setattr("pwd.getpwuid", unknown)
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    assert user() == str(os.getuid())


def test_the_lock_leaves_nothing_but_its_last_parameter(
    aws_server: AwsSide, deployed: Deployer
) -> None:
    deployed.succeed("dev")
    deployed.succeed("dev")
    aws_server.forget()
    deployed.succeed("dev")
    (numbers,) = {
        tuple(call.parameters["Names"])
        for call in aws_server.calls
        if call.operation == "DeleteParameters"
    }
    assert len(numbers) == 1
