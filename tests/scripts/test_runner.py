"""scripts/test, with stages of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from harness.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
Done = subprocess.CompletedProcess[str]
Run = Callable[..., Done]
Start = Callable[..., subprocess.Popen[str]]

PASSING = '<testcase name="a" classname="a" time="1.5"/>'
FAILING = (
    '<testcase name="b" classname="b" time="0.5">'
    "<failure>def b():\nE   assert 1 == 2\nb.py:1: Error</failure></testcase>"
)


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """The runner with these stages, Python text in which S makes one and REPORTS is there."""

    def start_runner(
        stages: str, *words: str, before: str = "", **env: str
    ) -> subprocess.Popen[str]:
        program = tmp_path / "program.py"
        program.write_text(
            "import sys, re, pathlib\n"
            f"sys.path.insert(0, {str(ROOT / 'scripts' / 'test')!r})\n"
            "import stages, process, results, importlib.util as u\n"
            f"main = {str(ROOT / 'scripts' / 'test' / '__main__.py')!r}\n"
            "spec = u.spec_from_file_location('runner', main)\n"
            "runner = u.module_from_spec(spec); spec.loader.exec_module(runner)\n"
            f"REPORTS = runner.REPORTS = pathlib.Path({str(tmp_path / 'reports')!r})\n"
            "S = stages.Stage\n"
            f"{before}\n"
            f"made = [{stages}]\n"
            "stages.choose = lambda words: (stages.QUICK, made)\n"
            f"sys.argv = ['scripts/test', *{list(words)!r}]\n"
            "sys.exit(runner.main())\n",
            encoding="utf-8",
        )
        return subprocess.Popen(
            [sys.executable, program],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env={**os.environ, **env},
        )

    return start_runner


@pytest.fixture
def run(start: Start) -> Run:
    def run_to_the_end(stages: str, *words: str, before: str = "", **env: str) -> Done:
        runner = start(stages, *words, before=before, **env)
        out, err = runner.communicate(timeout=30)
        return subprocess.CompletedProcess(runner.args, runner.returncode, out, err)

    return run_to_the_end


@pytest.fixture
def stages(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(ROOT / "scripts" / "test")
    return __import__("stages")


def junit(*cases: str, code: int = 1) -> str:
    """The command of a stage that writes this file of cases."""
    text = f"<testsuite>{''.join(cases)}</testsuite>"
    return f"['bash', '-c', 'cat >$0 <<<$1; exit {code}', str(REPORTS / 'u.xml'), {text!r}]"


def test_the_runner_counts_what_failed_and_closes_with_one_line(run: Run) -> None:
    done = run(
        "S('build-x', ['true'], 9),"
        f"S('u', {junit(PASSING, FAILING)}, 9, ('build-x',), REPORTS / 'u.xml'),"
        "S('leaky', ['bash', '-c', 'p=${ASAN_OPTIONS#log_path=}; echo LEAK >${p%%:*}.1'], 9),"
        "S('build-y', ['false'], 9),"
        "S('v', ['true'], 9, ('build-y',)),"
    )
    assert done.returncode == 1, done.stderr
    assert done.stdout.splitlines()[-1] == "1 passed, 4 failed"
    assert "LEAK" in done.stdout
    assert "b\n  E   assert 1 == 2\nfailed in u: exit code 1\n" in done.stdout
    assert "failed in v: not run: what it needs failed" in done.stdout
    assert "failed in u: free disk space: " in done.stdout
    assert "    1.5 s  a\n" in done.stdout


def test_when_all_passes_the_exit_code_is_0(run: Run) -> None:
    done = run(f"S('u', {junit(PASSING, code=0)}, 9, (), REPORTS / 'u.xml')")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "1 passed, 0 failed"), done
    assert "failed in" not in done.stdout


def test_a_stage_that_runs_no_test_fails(run: Run) -> None:
    done = run(f"S('u', {junit(code=0)}, 9, (), REPORTS / 'u.xml')")
    assert done.returncode == 1
    assert "failed in u: ran no test" in done.stdout


def test_a_stage_past_its_budget_is_killed_with_all_that_it_started(
    run: Run, tmp_path: Path
) -> None:
    """Whatever it did to get away: it ignores signals, and has children in other sessions."""
    pids = tmp_path / "pids"
    stubborn = f"trap '' INT TERM; echo $$ >>{pids}; while :; do read -t 1 <> <(:); done"
    script = f"setsid bash -c {stubborn!r} & bash -c {stubborn!r} & {stubborn}".replace("\\'", "'")
    done = run(
        f"S('slow', ['bash', '-c', {script!r}], 1), S('next', ['true'], 9)",
        before="process.ASKED_SECONDS = process.TERMINATED_SECONDS = 0.5",
    )
    assert done.returncode == 1
    assert "failed in slow: stopped: took more than its budget of 1 s" in done.stdout
    assert "=== next" in done.stdout
    started = [int(line) for line in pids.read_text().split()]
    assert len(started) == 3
    for pid in started:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_runner_that_is_told_to_end_ends_its_stage_and_prints_a_summary(
    start: Start, tmp_path: Path, number: signal.Signals
) -> None:
    pid = tmp_path / "pid"
    script = f"echo $$ >{pid}; exec tail -f /dev/null"
    runner = start(f"S('long', ['bash', '-c', {script!r}], 99), S('next', ['true'], 9)")
    wait_until(lambda: pid.exists() and bool(pid.read_text()), "the stage")
    runner.send_signal(number)
    out, _ = runner.communicate(timeout=30)
    assert runner.returncode == 1
    assert f"failed in long: stopped by {number.name}\n" in out
    assert f"failed in next: not run: stopped by {number.name}\n" in out
    assert out.splitlines()[-1] == "0 passed, 2 failed"
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


def test_what_a_stage_leaves_running_is_killed_and_named(run: Run, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    leave = f"setsid bash -c 'echo $$ >{pid}; exec tail -f /dev/null' &"
    # Until it is what it is to be named as.
    leave += f" until [[ -s {pid} && $(</proc/$(<{pid})/comm) == tail ]]; do :; done"
    done = run(f"S('untidy', ['bash', '-c', {leave!r}], 9)")
    assert done.returncode == 0
    assert "untidy left this running, it was killed: tail -f /dev/null" in done.stdout
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


def test_a_stage_that_is_stopped_may_still_write_its_report(run: Run) -> None:
    text = f"<testsuite>{PASSING}</testsuite>"
    script = "trap 'cat >$0 <<<$1; exit 2' INT; while :; do read -t 1 <> <(:); done"
    command = f"['bash', '-c', {script!r}, str(REPORTS / 'u.xml'), {text!r}]"
    # Long enough for bash to begin on a busy machine.
    done = run(f"S('u', {command}, 5, (), REPORTS / 'u.xml')")
    assert done.stdout.splitlines()[-1] == "1 passed, 1 failed"
    assert "took more than its budget of 5 s" in done.stdout


def test_after_the_total_budget_the_rest_is_reported_as_failed(run: Run) -> None:
    done = run("S('slow', ['tail', '-f', '/dev/null'], 99), S('never', ['true'], 99)", "--total=6")
    assert done.returncode == 1
    told = "failed in slow: stopped: took more than what was left of the total budget of 6 s\n"
    assert told in done.stdout
    assert "failed in never: not run: the total budget of 6 s is used up" in done.stdout
    assert done.stdout.splitlines()[-1] == "0 passed, 2 failed"


UNIT = "repeat=('ctest',), kind='ctest', failure=stages.unit('asan').failure"


def ctest(tmp_path: Path, **commands: str) -> str:
    """The command of a stage that runs these as tests, with ctest."""
    lines = [f"add_test([=[s.{name}]=] {command})\n" for name, command in commands.items()]
    lines += [
        f"set_tests_properties(s.{name} PROPERTIES SKIP_RETURN_CODE 77)\n" for name in commands
    ]
    (tmp_path / "CTestTestfile.cmake").write_text("".join(lines))
    return f"['ctest', '--test-dir', {str(tmp_path)!r}, '--output-junit', str(REPORTS / 'u.xml')]"


def test_of_a_stage_that_is_stopped_for_its_failures_they_are_named(
    run: Run, tmp_path: Path
) -> None:
    """ctest writes no file of cases when it is stopped."""
    failing = {f"a{n}": "false" for n in range(30)}
    command = ctest(tmp_path, **failing, endless="tail -f /dev/null")
    done = run(f"S('unit', {command}, 99, (), REPORTS / 'u.xml', {UNIT})")
    assert "failed in unit: stopped after 30 failures\n" in done.stdout
    assert re.search(r"s\.a29 \.+\*\*\*Failed", done.stdout)
    assert "failed in unit: s.a29\n" in done.stdout
    assert done.stdout.splitlines()[-1] == "0 passed, 30 failed"
    names = "|".join(rf"s\.a{n}" for n in range(12))
    assert f"again, 12 of 30: ctest --tests-regex '^({names})$'\n" in done.stdout


def test_a_test_whose_program_is_missing_failed(run: Run, tmp_path: Path) -> None:
    skipped = 'sh -c "exit 77"'
    command = ctest(tmp_path, good="true", missing=str(tmp_path / "missing"), skipped=skipped)
    done = run(f"S('unit', {command}, 99, (), REPORTS / 'u.xml', {UNIT})")
    assert done.stdout.splitlines()[-1] == "1 passed, 1 failed, 1 skipped"
    assert "failed in unit: s.missing\n" in done.stdout
    assert "again: ctest --tests-regex '^(s\\.missing)$'\n" in done.stdout


def test_the_lines_that_report_a_failure_have_its_name(stages: ModuleType) -> None:
    with_parameter = "lmdb.A/B.C/d  # GetParam() = d"
    for failure, line, name in (
        (stages.unit("asan").failure, "1/7 Test  #2: a.b ......***Failed  0.00 sec", "a.b"),
        (stages.unit("asan").failure, "1/7 Test #2: a ..***Exception: SegFault  0.00 sec", "a"),
        (stages.unit("asan").failure, "1/7 Test #2: a.b ...***Not Run   0.00 sec", "a.b"),
        (stages.unit("asan").failure, "1/7 Test #2: a.b ...Subprocess aborted***Exception:", "a.b"),
        (stages.unit("asan").failure, "1/7 Test #2: a.b ...SIGTRAP***Exception:  0.1 sec", "a.b"),
        (
            stages.unit("asan").failure,
            f"1/7 Test #2: {with_parameter} ...***Timeout   1.01 sec",
            with_parameter,
        ),
        (stages.dynamodb("asan").failure, "[  FAILED  ] A.B (3 ms)", "A.B"),
        (
            stages.dynamodb("asan").failure,
            "[  FAILED  ] A/B.C/d, where GetParam() = d (3 ms)",
            "A/B.C/d",
        ),
    ):
        assert failure.search(line)[1] == name
    for line in (
        "1/7 Test #2: a.b ......   Passed  0.00 sec",
        "1/7 Test #2: a.b ......***Skipped  0.00 sec",
        "1/7 Test #2: a.b ......***Not Run (Disabled)  0.00 sec",
    ):
        assert not stages.unit("asan").failure.search(line)


def test_without_free_space_a_stage_is_not_run(run: Run) -> None:
    done = run("S('u', ['true'], 9)", before="runner.FREE_FLOOR = 2**60")
    assert done.returncode == 1
    assert "failed in u: not run: " in done.stdout
    assert "of disk space are free, it needs 1073741824.0 GiB" in done.stdout


def test_the_lowest_free_space_is_reported_with_a_failure(run: Run) -> None:
    free = "[9, 8, 1, 7]"
    script = "until (($(wc -l <$0) > 3)); do :; done; false"
    done = run(
        f"S('u', ['bash', '-c', {script!r}, str(calls)], 9)",
        before=f"""
calls = REPORTS.parent / 'calls'
calls.touch()
def free():
    with calls.open('a') as file: print(file=file)
    left = {free}
    return left[min(len(calls.read_text()) - 1, 3)] * 2**30
process.free_bytes = free
""",
    )
    assert "failed in u: free disk space: 8.0 GiB before, 1.0 GiB at the lowest" in done.stdout


def test_a_stage_does_not_outlive_an_error_of_the_runner(run: Run, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    long = f"echo $$ >{pid}; exec tail -f /dev/null"
    ended = f"! kill -0 $(<{pid})"
    done = run(
        f"S('long', ['bash', '-c', {long!r}], 99), S('next', ['bash', '-c', {ended!r}], 9)",
        before=f"""
calls = []
def free():
    if pathlib.Path({str(pid)!r}).exists():
        calls.append(1)
        # The runner asks while the stage runs, and before the next one.
        if len(calls) == 1: raise OSError(5, 'Input/output error', '/cache')
    return 2**40
process.free_bytes = free
""",
    )
    assert done.stdout.splitlines()[-1] == "0 passed, 1 failed", done
    error = "[Errno 5] Input/output error: '/cache'"
    assert f"failed in long: the runner could not go on: {error}\n" in done.stdout


def test_an_error_before_a_stage_fails_it_alone(run: Run) -> None:
    gone = "def free(): raise OSError(2, 'No such file or directory', '/tmp')"
    done = run("S('u', ['true'], 9)", before=f"{gone}\nprocess.free_bytes = free")
    assert done.stdout.splitlines()[-1] == "0 passed, 1 failed", done.stderr
    assert "No such file or directory: '/tmp'" in done.stdout


def test_what_may_not_be_killed_is_named_and_loses_no_results(run: Run, tmp_path: Path) -> None:
    """As a process of root is for another user."""
    pid = tmp_path / "pid"
    leave = f"setsid bash -c 'echo $$ >{pid}; exec tail -f /dev/null >/dev/null 2>&1' &"
    leave += f" until [[ -s {pid} && $(</proc/$(<{pid})/comm) == tail ]]; do :; done"
    text = f"<testsuite>{PASSING}</testsuite>"
    script = f"{leave}; cat >$0 <<<$1"
    done = run(
        f"S('u', ['bash', '-c', {script!r}, str(REPORTS / 'u.xml'), {text!r}], 9, (),"
        " REPORTS / 'u.xml')",
        before="""
def refuse(*_): raise PermissionError(1, 'Operation not permitted')
process.os.kill = refuse
process.TERMINATED_SECONDS = 0.5
""",
    )
    os.kill(int(pid.read_text()), signal.SIGKILL)
    assert done.stdout.splitlines()[-1] == "1 passed, 0 failed", done.stderr
    assert "u left this running, it may not be killed: tail -f /dev/null\n" in done.stdout


def test_a_command_that_may_not_be_stopped_is_not_waited_for(run: Run, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    script = f"echo $$ >{pid}; exec tail -f /dev/null >/dev/null 2>&1"
    done = run(
        f"S('u', ['bash', '-c', {script!r}], 1), S('next', ['true'], 9)",
        before="""
def refuse(*_): raise PermissionError(1, 'Operation not permitted')
process.os.kill = process.os.killpg = refuse
process.ASKED_SECONDS = process.TERMINATED_SECONDS = 0.2
""",
    )
    os.kill(int(pid.read_text()), signal.SIGKILL)
    assert "failed in u: stopped: took more than its budget of 1 s\n" in done.stdout, done.stderr
    assert "u left this running, it may not be killed: tail -f /dev/null\n" in done.stdout
    assert "=== next" in done.stdout


@pytest.mark.parametrize("damage", ["<testcase", '<testcase name="a" time="x"/>'])
def test_a_damaged_report_fails_its_stage_alone(run: Run, damage: str) -> None:
    done = run(f"S('u', {junit(PASSING, damage, code=0)}, 9, (), REPORTS / 'u.xml')")
    assert done.stdout.splitlines()[-1] == "0 passed, 1 failed", done.stderr
    assert "failed in u: /" in done.stdout
    assert "u.xml: " in done.stdout


def test_the_command_that_repeats_names_what_failed(run: Run) -> None:
    case = '<testcase name="test_x[a b]" classname="c.m" file="c/m.py"><failure/></testcase>'
    rerun = "repeat=('.venv/bin/python', '-m', 'pytest'), kind='pytest'"
    done = run(f"S('u', {junit(case)}, 9, (), REPORTS / 'u.xml', {rerun})")
    assert "again: .venv/bin/python -m pytest 'tests/c/m.py::test_x[a b]'\n" in done.stdout
    unit = "repeat=('ctest',), kind='ctest'"
    done = run(f"S('u', {junit(FAILING)}, 9, (), REPORTS / 'u.xml', {unit})")
    assert "again: ctest --tests-regex '^(b)$'\n" in done.stdout


def test_a_stage_without_names_of_failed_cases_is_repeated_as_it_ran(run: Run) -> None:
    rerun = "repeat=('pytest',), kind='pytest'"
    done = run(f"S('u', {junit(PASSING)}, 9, (), REPORTS / 'u.xml', {rerun})")
    assert "again: bash -c 'cat >$0 <<<$1; exit 1' /" in done.stdout


def test_what_threads_did_is_repeated_with_the_same_suppressions(run: Run) -> None:
    done = run("S('u', ['false'], 9, ('build-tsan',)), S('v', ['false'], 9, ('build-asan',))")
    options = "TSAN_OPTIONS=halt_on_error=1:suppressions=$PWD/tests/tsan.suppressions"
    assert f"again: {options} false\n" in done.stdout
    assert "again: false\n" in done.stdout


def test_cases_that_did_not_end_are_not_counted(run: Run) -> None:
    """As pytest writes those that were running when it was stopped."""
    running = '<testcase time="0.000"/>'
    done = run(f"S('u', {junit(FAILING, running, running)}, 9, (), REPORTS / 'u.xml')")
    assert done.stdout.splitlines()[-1] == "0 passed, 1 failed"
    assert "failed in u: 2 cases did not end\n" in done.stdout
    assert "None" not in done.stdout


KILLED = """
import os, signal

def test_failing(): assert False
def test_killing(): os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_failed_case_is_named_at_once(tmp_path: Path) -> None:
    """pytest that is killed prints nothing more."""
    (tmp_path / "test_own.py").write_text(KILLED)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "conftest", "."],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT / "tests")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    assert "\nF test_own.py::test_failing\n" in done.stdout


def test_nothing_is_read_from_standard_input(run: Run) -> None:
    done = run("S('u', ['bash', '-c', '! read -r'], 9)")
    assert done.returncode == 0, done.stdout


def listed(*words: str) -> Done:
    return subprocess.run(
        [sys.executable, ROOT / "scripts" / "test", "--list", *words],
        capture_output=True,
        text=True,
        check=False,
    )


def names(*words: str) -> list[str]:
    done = listed(*words)
    assert done.returncode == 0, done.stderr
    return [line.split()[0] for line in done.stdout.splitlines()]


def test_a_tier_has_what_smaller_tiers_have() -> None:
    quick, ci, full = names("quick"), names("ci"), names("full")
    assert names() == quick
    assert set(quick) < set(ci) < set(full)
    assert not [name for name in quick if "arm64" in name or "image" in name]


def test_a_stage_brings_what_it_needs_and_is_of_the_smallest_tier_that_has_it() -> None:
    assert names("unit-asan") == ["set-up", "build-asan", "unit-asan"]
    assert names("contract-arm64") == ["set-up", "build-arm64", "contract-arm64"]
    assert names("ci", "black-box") == ["set-up", "build-release", "black-box"]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["dance"], "no tier or stage 'dance'"),
        ([""], "no tier or stage ''"),
        (["quick", "full"], "one tier at a time"),
        (["quick", "contract-arm64"], "the tier quick has no stage 'contract-arm64'"),
    ],
)
def test_what_is_not_there_is_one_sentence_and_exit_code_2(words: list[str], reason: str) -> None:
    done = listed(*words)
    assert done.returncode == 2
    assert reason in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_the_budgets_of_a_tier_are_below_its_total(stages: ModuleType) -> None:
    """Not their sum, which no run needs: each, and what is usual, a third of a budget."""
    assert set(stages.TOTALS) == set(stages.TIERS)
    for tier, total in stages.TOTALS.items():
        budgets = [stage.budget for stage in stages.stages_of(tier)]
        assert all(30 <= budget < total for budget in budgets)
        assert sum(budgets) / 3 < total


@pytest.mark.parametrize("total", ["nan", "0", "-1", "soon"])
def test_a_total_is_a_number_of_seconds(total: str) -> None:
    done = listed(f"--total={total}")
    assert done.returncode == 2
    assert f"invalid seconds value: '{total}'" in done.stderr


def test_the_week_that_carriers_depend_on_is_printed_and_the_same_for_all_stages(run: Run) -> None:
    stages = "S('u', ['sh', '-c', 'echo its week is $PICUS_TEST_WEEK'], 9)"
    done = run(stages, before="import os; os.environ.pop('PICUS_TEST_WEEK')")
    week = re.match(r"PICUS_TEST_WEEK=(\d{4}-W\d{2})\n", done.stdout)
    assert week, done.stdout
    assert f"its week is {week[1]}\n" in done.stdout
    done = run(stages, PICUS_TEST_WEEK="2026-W01")
    assert done.stdout.startswith("PICUS_TEST_WEEK=2026-W01\n")
    assert "PICUS_TEST_WEEK=" not in run(stages, before="stages.QUICK = stages.FULL").stdout


def test_a_stage_that_needs_more_than_the_container_may_do_is_left_out_by_name(run: Run) -> None:
    stages = "S('a', ['true'], 9), S('b', ['false'], 9, privileged='tests/image')"
    assert run(stages, PICUS_UNPRIVILEGED="0").returncode == 1
    done = run(stages, PICUS_UNPRIVILEGED="1")
    assert done.returncode == 0, done.stdout
    assert "left out: b: this container may not mount file systems or start containers: " in (
        done.stdout
    )
    assert "tests/image" in done.stdout


def test_what_cases_the_system_does_not_allow_is_in_the_summary(run: Run) -> None:
    left_out = "".join(
        f'<property name="left out" value="cli/test_x.py::test_{name}"/>' for name in "ab"
    )
    told = f"<properties>{left_out}</properties>"
    done = run(f"S('u', {junit(told, PASSING, code=0)}, 9, (), REPORTS / 'u.xml')")
    assert done.stdout.splitlines()[-1] == "1 passed, 0 failed"
    lines = "\n  cli/test_x.py::test_a\n  cli/test_x.py::test_b\n"
    assert f"left out: u: this system allows too little for{lines}" in done.stdout
