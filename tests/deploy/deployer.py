"""`deploy/deploy` in a copy of the sources, which a test may change, against AWS's stand-in."""

from __future__ import annotations

import hashlib
import importlib
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

import botocore.loaders

from deploy.aws_side import REGION, AwsSide
from deploy.calls import Call

ROOT = Path(__file__).resolve().parents[2]
ENDED = 120  # seconds after which a run counts as hanging
INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
QUICK = ("--poll", "0.01", "--lock-seconds", "1")


def write_image(path: Path, *layers: bytes, architecture: str = "amd64") -> str:
    """An OCI archive. Its digest."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as tar:

        def add(name: str, raw: bytes) -> None:
            entry = tarfile.TarInfo(name)
            entry.size = len(raw)
            tar.addfile(entry, io.BytesIO(raw))

        def blob(kind: str, raw: bytes) -> dict[str, Any]:
            digest = hashlib.sha256(raw).hexdigest()
            add(f"blobs/sha256/{digest}", raw)
            return {"mediaType": kind, "digest": f"sha256:{digest}", "size": len(raw)}

        config = {"os": "linux", "architecture": architecture}
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": blob(CONFIG, json.dumps(config).encode()),
            "layers": [blob(LAYER, raw) for raw in layers],
        }
        entry = blob(MANIFEST, json.dumps(manifest).encode())
        index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry]}
        add("index.json", json.dumps(index).encode())
        add("oci-layout", b'{"imageLayoutVersion": "1.0.0"}')
    return str(entry["digest"])


class Packages:
    """In a folder like `build`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.digest = write_image(folder / "image" / "picus.tar", b"a layer", b"another" * 1000)
        (folder / "lambda").mkdir()
        for name in ("picus-lambda", "picus-verify"):
            self._zip(folder / "lambda" / f"{name}.zip", name)

    @staticmethod
    def _zip(path: Path, text: str) -> None:
        program = path.with_suffix("")
        program.write_text(f"#!/bin/sh\necho {text}\n", encoding="utf-8")
        script = ROOT / "scripts" / "lambda_zip.py"
        subprocess.run([sys.executable, script, program, path], check=True, capture_output=True)
        program.unlink()


@contextmanager
def fresh(package: str) -> Iterator[None]:
    """Inside, it is not loaded yet; what was loaded before is so again afterwards."""

    def loaded() -> dict[str, ModuleType]:
        return {n: m for n, m in sys.modules.items() if f"{n}.".startswith(f"{package}.")}

    before = loaded()
    for name in before:
        del sys.modules[name]
    try:
        yield
    finally:
        for name in loaded():
            del sys.modules[name]
        sys.modules.update(before)


# Each run has a session of its own; all of them read botocore's models once.
botocore.loaders.create_loader = cache(botocore.loaders.create_loader)


@dataclass(frozen=True)
class Done:
    """How a run ended; -9 where it was killed."""

    code: int
    out: str
    err: str

    def __str__(self) -> str:
        return f"exit code {self.code}\n{self.out}\n{self.err}"


class Deployer:
    """Starts it, in an environment in which nothing leads to the real AWS."""

    def __init__(self, aws: AwsSide, packages: Packages, folder: Path) -> None:
        self._aws = aws
        self.root = folder / "picus"
        shutil.copytree(
            ROOT / "deploy",
            self.root / "deploy",
            ignore=shutil.ignore_patterns("__pycache__", "node_modules", ".serverless"),
        )
        shutil.copy(ROOT / "CMakeLists.txt", self.root)  # it has the version
        osls = Path("deploy") / "serverless" / "node_modules"
        (self.root / osls).symlink_to(ROOT / osls)
        self.build = self.root / "build"
        shutil.copytree(packages.folder, self.build, symlinks=True)
        self.credentials = {
            "AWS_ACCESS_KEY_ID": "AKIAADMINISTRATOR000",
            "AWS_SECRET_ACCESS_KEY": "none",
        }
        self.process: subprocess.Popen[str] | None = None

    def start(self, *words: str, **variables: str) -> subprocess.Popen[str]:
        """As a process of its own, which can be killed."""
        self.process = subprocess.Popen(
            [sys.executable, str(self.root / "deploy" / "deploy"), *words],
            env=self._environment(variables),
            cwd=self.root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        return self.process

    def _environment(self, variables: dict[str, str]) -> dict[str, str]:
        plain = {n: t for n, t in os.environ.items() if not n.startswith(("AWS_", "PICUS_"))}
        settings = {
            "AWS_ENDPOINT_URL": self._aws.url,
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": str(self.root / "none"),
            "AWS_SHARED_CREDENTIALS_FILE": str(self.root / "none"),
            "SLS_AWS_MONITORING_FREQUENCY": "20",  # milliseconds between looks at a stack, not 5000
            **self.credentials,
            **variables,
        }
        return {**plain, **{n: t for n, t in settings.items() if t}}

    def __call__(self, *words: str, stdin: str = "", **variables: str) -> Done:
        """In this process, which is quick: by modules of the copy that are loaded for it alone."""
        out, err = io.StringIO(), io.StringIO()
        with (
            patch.dict(os.environ, self._environment(variables), clear=True),
            patch.object(sys, "path", [str(self.root / "deploy"), *sys.path]),
            patch.object(sys, "stdin", io.StringIO(stdin)),
            fresh("picus_deploy"),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            try:
                main = importlib.import_module("picus_deploy.command").main
                code = main([*QUICK, *words])
            except SystemExit as ended:
                code = int(ended.code or 0)
        return Done(code, out.getvalue(), err.getvalue())

    def killable(self, *words: str, **variables: str) -> Done:
        """In a process of its own."""
        return self.end(self.start(*QUICK, *words, **variables))

    @staticmethod
    def end(process: subprocess.Popen[str]) -> Done:
        out, err = process.communicate(timeout=ENDED)
        return Done(process.returncode, out, err)

    def new_image(self, architecture: str = "amd64") -> str:
        """In the place of the last one. Its digest."""
        path = self.build / "image" / "picus.tar"
        return write_image(path, os.urandom(64), architecture=architecture)

    def new_function(self) -> None:
        """In the place of the last one."""
        path = self.build / "lambda" / "picus-lambda.zip"
        path.write_bytes(path.read_bytes() + os.urandom(8))

    def set(self, stack: str, name: str, value: str, environment: str = "dev") -> None:
        """A parameter, in the environment's file."""
        path = self.root / "deploy" / "parameters" / f"{environment}.yaml"
        text = path.read_text(encoding="utf-8")
        changed = re.sub(
            rf"(^{stack}:\n(?:[ ].*\n)*?  {name}: ).*$", rf"\g<1>{value}", text, flags=re.MULTILINE
        )
        assert changed != text, f"{stack} has no {name} other than {value}"
        path.write_text(changed, encoding="utf-8")

    def kill(self, _: Call) -> None:
        """At once, without a word, as a lost machine would."""
        process = self.process  # another may be started meanwhile
        assert process
        process.send_signal(signal.SIGKILL)
        with suppress(ChildProcessError):  # a call of one that was ended already came late
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)

    def succeed(self, *words: str, **variables: str) -> Done:
        done = self(*words, **variables)
        assert done.code == 0, str(done)
        return done


def change(deployer: Deployer, stack: str, old: str, new: str) -> None:
    path = deployer.root / "deploy" / "cloudformation" / f"{stack}.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
