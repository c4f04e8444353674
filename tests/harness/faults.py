"""System calls that fail when a test says so, in a real, unchanged program.

The program runs under a filter (seccomp_unotify(2)) that hands some of its system calls to the
test before the kernel carries them out. The test lets each go on, or answers it with an error.
No rights are needed. As a script, this file is what becomes the program, the filter set.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import platform
import select
import shlex
import socket
import struct
import sys
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

NUMBERS = {
    "x86_64": {
        "accept4": 288, "fdatasync": 75, "fsync": 74, "openat": 257, "pwrite64": 18,
        "pwritev": 296, "setsockopt": 54, "write": 1, "writev": 20,
    },
    "aarch64": {
        "accept4": 242, "fdatasync": 83, "fsync": 82, "openat": 56, "pwrite64": 68,
        "pwritev": 70, "setsockopt": 208, "write": 64, "writev": 66,
    },
}  # fmt: skip
SECCOMP_CALL = {"x86_64": 317, "aarch64": 277}

# linux/seccomp.h, linux/prctl.h, linux/filter.h
SET_MODE_FILTER = 1
NEW_LISTENER = 1 << 3
NO_NEW_PRIVILEGES = 38
LOAD_WORD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, NOTIFY = 0x7FFF0000, 0x7FC00000
NOTIFICATION = struct.Struct("=QIIiIQ6Q")  # id, thread, flags, number, machine, where, arguments
RESPONSE = struct.Struct("=QqiI")  # id, value, negative errno, flags
GO_ON = 1
RECEIVE = 0xC0002100 | NOTIFICATION.size << 16
SEND = 0xC0002101 | RESPONSE.size << 16


@dataclass(frozen=True)
class Call:
    """A system call that waits for its fate."""

    name: str
    thread: int
    arguments: tuple[int, ...]

    def file(self) -> str:
        """The file behind the first argument, a descriptor."""
        try:
            return str(Path(f"/proc/{self.thread}/fd/{self.arguments[0]}").readlink())
        except OSError:
            return ""

    def path(self) -> str:
        """The path in the second argument."""
        try:
            with Path(f"/proc/{self.thread}/mem").open("rb", buffering=0) as memory:
                memory.seek(self.arguments[1])
                return memory.read(4096).split(b"\0")[0].decode(errors="replace")
        except OSError:
            return ""

    def opens_for_writing(self) -> bool:
        return self.name == "openat" and self.arguments[2] & os.O_ACCMODE != os.O_RDONLY


Judge = Callable[[Call], int]  # an errno, or 0: let it go on


def go_on(_: Call) -> int:
    return 0


class Faults:
    """Judges the calls of the programs that are started through `program()`."""

    def __init__(self, directory: Path, *watched: str) -> None:
        self._directory = directory
        self._watched = watched
        self._judge: Judge = go_on
        self._refused: Counter[str] = Counter()
        self._changed = threading.Condition()
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(str(directory / "faults"))
        self._door.listen()
        threading.Thread(target=self._admit, daemon=True).start()

    def program(self, program: Path) -> Path:
        """A program that is this one, its calls watched."""
        script = self._directory / f"{program.name}-watched"
        command = [sys.executable, "-I", __file__, str(self._directory / "faults")]
        command += [",".join(self._watched), str(program)]
        script.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n')
        script.chmod(0o755)
        return script

    def judge(self, judge: Judge) -> None:
        """From the next call on, this one decides."""
        with self._changed:
            self._judge = judge

    def wait_for_refusal(self, name: str, count: int = 1) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self._refused[name] >= count, 30), name

    def close(self) -> None:
        """Lets every call go on; programs that run are watched to their end."""
        self.judge(go_on)
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()

    def _admit(self) -> None:
        while True:
            try:
                launcher, _ = self._door.accept()
            except OSError:
                return
            with launcher:
                _, descriptors, _, _ = socket.recv_fds(launcher, 1, 1)
            threading.Thread(target=self._serve, args=descriptors, daemon=True).start()

    def _serve(self, listener: int) -> None:
        """Judges the calls of one program until it has ended."""
        names = {NUMBERS[platform.machine()][name]: name for name in self._watched}
        poll = select.poll()
        poll.register(listener, select.POLLIN)
        while all(event & select.POLLIN for _, event in poll.poll()):
            buffer = bytearray(NOTIFICATION.size)
            try:
                fcntl.ioctl(listener, RECEIVE, buffer)
            except OSError:
                continue  # the thread that called was killed
            number, thread, _, call, _, _, *arguments = NOTIFICATION.unpack(buffer)
            refusal = self._decide(Call(names[call], thread, tuple(arguments)))
            answer = RESPONSE.pack(number, 0, -refusal, 0 if refusal else GO_ON)
            with contextlib.suppress(FileNotFoundError):  # the thread was killed meanwhile
                fcntl.ioctl(listener, SEND, bytearray(answer))
        os.close(listener)

    def _decide(self, call: Call) -> int:
        with self._changed:
            judge = self._judge
        refusal = judge(call)
        if refusal:
            with self._changed:
                self._refused[call.name] += 1
                self._changed.notify_all()
        return refusal


def filter_program(names: list[str]) -> bytes:
    """Calls with these names are handed over, all others go on."""
    instruction = struct.Struct("=HBBI")
    code = [instruction.pack(LOAD_WORD, 0, 0, 0)]
    for at, name in enumerate(names):
        to_notify = len(names) - at
        code.append(
            instruction.pack(JUMP_IF_EQUAL, to_notify, 0, NUMBERS[platform.machine()][name])
        )
    code += [instruction.pack(RETURN, 0, 0, ALLOW), instruction.pack(RETURN, 0, 0, NOTIFY)]
    return b"".join(code)


def become(door: str, names: str, *command: str) -> None:
    """Sets the filter, sends its listener through the door, and runs the command."""
    code = ctypes.create_string_buffer(filter_program(names.split(",")))
    program = ctypes.create_string_buffer(
        struct.pack("@HP", (len(code) - 1) // 8, ctypes.addressof(code))
    )
    libc = ctypes.CDLL(None, use_errno=True)
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(door)
        libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        number = SECCOMP_CALL[platform.machine()]
        listener = libc.syscall(number, SET_MODE_FILTER, NEW_LISTENER, program)
        if listener < 0:
            raise OSError(ctypes.get_errno(), "seccomp")
        socket.send_fds(connection, [b"x"], [listener])
    os.close(listener)
    os.execv(command[0], command)


if __name__ == "__main__":
    become(*sys.argv[1:])
