"""scripts/test.py, with stages of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_runner_counts_what_failed_and_closes_with_one_line(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        f"import sys; sys.path.insert(0, {str(ROOT / 'scripts')!r}); sys.argv = ['test.py']\n"
        "import test, pathlib\n"
        f"test.REPORTS = pathlib.Path({str(tmp_path)!r}) / 'reports'\n"
        "xml = pathlib.Path(test.REPORTS / 'u.xml')\n"
        "fault = '<failure>def b():\\nE   assert 1 == 2\\nb.py:1: Error</failure>'\n"
        'cases = f\'<testcase name="a"/><testcase name="b">{fault}</testcase>\'\n'
        "text = f'<testsuite>{cases}</testsuite>'\n"
        "write = f'cat >{xml} <<<$1; exit 1'\n"
        "leak = 'p=${ASAN_OPTIONS#log_path=}; echo LEAK >${p%%:*}.1'\n"
        "test.STAGES = [\n"
        "  test.Stage('build-x', 'x', ['true'], 1),\n"
        "  test.Stage('u', 'x', ['bash', '-c', write, '-', text], 1, ('build-x',), xml),\n"
        "  test.Stage('leaky', 'x', ['bash', '-c', leak], 1),\n"
        "  test.Stage('build-y', 'y', ['false'], 1),\n"
        "  test.Stage('v', 'y', ['true'], 1, ('build-y',)),\n"
        "]\n"
        "sys.exit(test.main())\n"
    )
    done = subprocess.run([sys.executable, program], capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert done.stdout.splitlines()[-1] == "1 passed, 4 failed"
    assert "LEAK" in done.stdout
    assert "b\n  E   assert 1 == 2\nfailed in u: exit code 1\n" in done.stdout
    assert "failed in v: not run: its build failed" in done.stdout
