"""What is handed to Lambda as the hook: a zip with one static program that needs nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from harness.client import Client
from harness.hook_reports import CodeDeploy
from harness.lambda_process import FUNCTION
from harness.process import PicusProcess
from harness.runtime_api import RuntimeApi

ZIP = Path(__file__).resolve().parents[2] / "scripts" / "lambda_zip.py"


def test_the_zip_has_the_program_as_an_executable_bootstrap(program: Path, tmp_path: Path) -> None:
    archive = tmp_path / "picus-verify.zip"
    subprocess.run([sys.executable, ZIP, program, archive], check=True, capture_output=True)
    with zipfile.ZipFile(archive) as zipped:
        (entry,) = zipped.infolist()
        assert (entry.filename, entry.external_attr >> 16) == ("bootstrap", 0o100755)
        assert zipped.read(entry) == program.read_bytes()


def test_it_runs_in_an_empty_root_with_nothing_but_itself(
    program: Path, tmp_path: Path, picus_server: PicusProcess, items: Client
) -> None:
    root = tmp_path / "root"
    root.mkdir()
    shutil.copy(program, root / "bootstrap")
    api, codedeploy = RuntimeApi(), CodeDeploy()
    env = FUNCTION | {
        "AWS_LAMBDA_RUNTIME_API": api.address,
        "AWS_ENDPOINT_URL_CODEDEPLOY": codedeploy.url,
        "PICUS_VERIFY_URL": picus_server.url,
    }
    rights = [] if os.geteuid() == 0 else ["/usr/bin/unshare", "--map-root-user"]
    command = [*rights, "/usr/sbin/chroot", str(root), "/bootstrap"]
    process = subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL)
    try:
        event = {"DeploymentId": "d-1", "LifecycleEventHookExecutionId": "e"}
        assert api.invoke(json.dumps(event).encode()).body == b'{"status":"Succeeded"}'
        assert [taken["status"] for taken in codedeploy.reports] == ["Succeeded"]
        assert items.list().json() == []
    finally:
        process.kill()
        process.wait()
        api.stop()
        codedeploy.stop()
