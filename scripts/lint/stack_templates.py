"""CloudFormation templates: cfn-lint with every check on, and checkov."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import yaml

Accepted = dict[tuple[str, str, str], str]

# What cfn-lint can say and we do not want to hear, with the reason.
IGNORED = {
    "I4010": "wants prose in Metadata, for generators of templates; comments say it to people",
}
EVERY_CHECK = ["--include-checks=I", "--include-experimental", "--configure-rule=E3012:strict=true"]


def files(root: Path) -> list[Path]:
    return sorted((root / "deploy" / "cloudformation").glob("*.yaml"))


def cfn_lint(paths: list[Path]) -> list[str]:
    program = Path(sys.executable).parent / "cfn-lint"
    ignored = [f"--ignore-checks={','.join(IGNORED)}"]
    command: list[str | Path] = [program, *EVERY_CHECK, *ignored, "--", *paths]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return [done.stdout + done.stderr] if done.returncode else []


def checkov(
    root: Path, paths: list[Path] | None = None, reasons: Accepted | None = None
) -> list[str]:
    """What it finds and nobody accepted, and what was accepted for nothing."""
    paths = files(root) if paths is None else paths
    reasons = accepted(root) if reasons is None else reasons
    program = root / ".venv" / "checkov" / "bin" / "checkov"
    options = ["--framework=cloudformation", "--skip-download", "--quiet", "--output=json"]
    named = [f"--file={path}" for path in paths]
    done = subprocess.run([program, *options, *named], capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        return [done.stdout + done.stderr]
    said = json.loads(done.stdout)
    if not said.get("summary", said).get("passed"):
        return ["checkov checked nothing"]
    found = {
        (Path(one["file_path"]).stem, one["resource"], one["check_id"]): one["check_name"]
        for one in said.get("results", {}).get("failed_checks", [])
    }
    return [
        f"{'.'.join(where)}: {name}" for where, name in found.items() if where not in reasons
    ] + [f"{'.'.join(where)}: accepted, but not found" for where in reasons if where not in found]


def accepted(root: Path) -> Accepted:
    text = (root / "scripts" / "lint" / "checkov.yaml").read_text(encoding="utf-8")
    return {
        (template, resource, check): reason
        for template, resources in yaml.safe_load(text).items()
        for resource, checks in resources.items()
        for check, reason in checks.items()
    }
