"""The stages of the tests, the tiers that have them, and how long each may take."""

from __future__ import annotations

import dataclasses
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

ROOT = Path(__file__).resolve().parents[2]
REPORTS = ROOT / "build" / "test"
CORES = str(os.cpu_count() or 1)
# A test waits half of its time: for a disk, a deadline, or another program to start.
WAITING = str((os.cpu_count() or 1) * 3 // 2)
QUICK, CI, FULL = "quick", "ci", "full"
TIERS = (QUICK, CI, FULL)
# What fails so often fails for one reason.
MOST_FAILURES = 30
# Seconds for all stages together. CI ends a run after 90 minutes, without its summary.
TOTALS = {QUICK: 45 * 60, CI: 75 * 60, FULL: 8 * 3600}

# Seconds that a stage may take, by tier, which has no stages without a budget. A budget is about
# three times what the stage takes on two idle cores: machines differ that much.
BUDGETS: dict[str, dict[str, int]] = {
    "set-up": {QUICK: 600, CI: 900, FULL: 1200},
    "build-release": {QUICK: 900, CI: 900, FULL: 900},
    "black-box": {QUICK: 600, CI: 1500, FULL: 3600},
    "rehearsal": {CI: 300, FULL: 300},
    "build-arm64": {FULL: 900},
    "unit-arm64": {FULL: 600},
    "contract-arm64": {FULL: 900},
    "privileged": {CI: 300, FULL: 900},
    "build-previous": {FULL: 900},
    "previous": {FULL: 300},
    "damage": {FULL: 3600},
    "soak": {FULL: 1200},
    "build-asan": {QUICK: 1200, CI: 1500, FULL: 1500},
    "unit-asan": {QUICK: 400, CI: 400, FULL: 900},
    "dynamodb-asan": {CI: 300, FULL: 600},
    "fuzz": {CI: 300, FULL: 1800},
    "contract-asan": {CI: 600, FULL: 1800},
    "build-tsan": {CI: 1200, FULL: 1200},
    "unit-tsan": {CI: 600, FULL: 1800},
    "concurrent-tsan": {CI: 500, FULL: 1200},
    "contract-tsan": {FULL: 2400},
    "bench": {FULL: 1800},
    "known-faults": {FULL: 5400},
    "lint-cpp": {FULL: 3600},
}

PYTEST = [".venv/bin/python", "-m", "pytest", "-q", "-o", f"cache_dir={REPORTS / 'pytest'}"]
# xunit1 names the files of the cases. Who gets which case is in tests/conftest.py.
PYTEST += ["-o", "junit_family=xunit1", f"--maxfail={MOST_FAILURES}"]
PYTEST += ["--no-loadscope-reorder"]

# Also the folder of the build and the name of its preset.
RELEASE, ARM64, ASAN, TSAN = "release", "arm64", "asan", "tsan"


@dataclass(frozen=True)
class Stage:
    """One command. It passes when the command exits 0 and no sanitizer wrote a report."""

    name: str
    command: list[str]
    # Seconds.
    budget: float = 0
    needs: tuple[str, ...] = ()
    junit: Path | None = None
    # Who runs the cases: pytest, ctest, gtest, or what takes their `names`: how `repeat` gets them.
    kind: str = ""
    # Runs the cases that it is given, by hand.
    repeat: tuple[str, ...] = ()
    # What it takes more rights for than a container has by default; the tests then left out.
    privileged: str = ""
    # The lines of its output that report a failure and its name, where the program neither counts
    # them nor writes the JUnit file when it is stopped.
    failure: re.Pattern[str] | None = None


def build(flavour: str, *targets: str) -> Stage:
    """These targets, or all."""
    command = f"cmake --build --preset {flavour} --target {' '.join(targets or ('all',))}"
    if not sys.stdout.isatty():
        command += " -- --quiet"
    script = f"cmake --preset {flavour} --log-level=WARNING && {command}"
    return Stage(f"build-{flavour}", ["sh", "-ec", script], needs=("set-up",))


def unit(flavour: str, only: str = "", without: str = "") -> Stage:
    """The unit tests whose names match one pattern and not the other."""
    name = f"unit-{flavour}"
    junit = REPORTS / f"{name}.xml"
    repeat = ["ctest", "--test-dir", f"build/{flavour}", "--output-on-failure"]
    command = [*repeat, "--progress", "--no-tests=error", "--parallel", WAITING]
    command += ["--output-junit", str(junit)]
    command += ["--tests-regex", only] if only else []
    command += ["--exclude-regex", without] if without else []
    return Stage(
        name,
        command,
        needs=(f"build-{flavour}",),
        junit=junit,
        kind="ctest",
        repeat=tuple(repeat),
        failure=re.compile(r"Test +#\d+: (.+?) \.+[\w ]*\*\*\*(?!Skipped|Not Run \(Disabled\))"),
    )


def dynamodb(flavour: str) -> Stage:
    """The store's tests that DynamoDB Local judges."""
    name = f"dynamodb-{flavour}"
    junit = REPORTS / f"{name}.xml"
    repeat = [".venv/bin/python", "tests/with_dynamodb.py", f"build/{flavour}/dynamodb_test"]
    command = [*repeat, "--gtest_brief=1", f"--gtest_output=xml:{junit}"]
    needs = (f"build-{flavour}",)
    return Stage(
        name,
        command,
        needs=needs,
        junit=junit,
        kind="gtest",
        repeat=tuple(repeat),
        failure=re.compile(r"^\[  FAILED  \] ([^ ,]+).* \(\d+ ms\)"),
    )


def black_box(
    name: str,
    flavour: str,
    paths: Sequence[str],
    shapes: Sequence[str] = (),
    tier: str = FULL,
    workers: str = CORES,
) -> Stage:
    """Tests of a built program, on the shapes of the tier whose names begin with these words."""
    junit = REPORTS / f"{name}.xml"
    program = f"--picus=build/{flavour}/picus"
    options = [path for path in paths if path.startswith("--") and "ignore" not in path]
    command = [*PYTEST, f"--numprocesses={workers}", f"--junitxml={junit}", program]
    command.append(f"--tier={tier}")
    command += [f"--shape={shape}" for shape in shapes] + list(paths)
    repeat = (".venv/bin/python", "-m", "pytest", program, *options)
    needs = (f"build-{flavour}",)
    return Stage(name, command, needs=needs, junit=junit, kind="pytest", repeat=repeat)


CONTRACT = "tests/contract"
# What a change of Picus is most likely to break, without containers, emulators, AWS's stand-ins.
NEAR = [CONTRACT, "tests/cli", "tests/crash", "tests/docs", "tests/function", "tests/scripts"]
NEAR += ["tests/upgrade", "tests/verify"]
NEAR += ["--ignore=tests/docs/test_alerts.py", "--ignore=tests/docs/test_aws.py"]
NEAR += ["--ignore=tests/function/test_rights.py"]
EVERYTHING = ["tests", "--ignore=tests/fuzz", "--ignore=tests/previous", "--ignore=tests/soak"]
EVERYTHING += ["--ignore=tests/dist/test_arm64.py"]
# Its alarms watch how long responses take: nothing else may run beside it.
REHEARSAL = "tests/rehearsal/test_short.py"
EVERYTHING += [f"--ignore={REHEARSAL}"]
# How much memory it takes does not change from one day to the next, nor how the rehearsal measures
# latencies and unhealthy targets.
NIGHTLY = ["--ignore=tests/memory", "--ignore=tests/browser/test_volume.py"]
NIGHTLY += ["--ignore=tests/rehearsal/test_alarmed_canary.py"]
NIGHTLY += ["--ignore=tests/deploy/test_every_kill.py"]
# Server and function as they are deployed (`roles`, ministack's balancer and gateways), and the one
# form of events that ministack does not make.
RELEASE_SHAPES = ("server", "ministack", "roles", "lambda", "tokens")
# What depends on the processor shows in one shape, on the store of its own.
EMULATED = [CONTRACT, "tests/dist/test_arm64.py", "--emulator=/usr/bin/qemu-aarch64-static"]
# They mount file systems or start containers.
PRIVILEGED = ["tests/image", "tests/crash", "tests/cli", "tests/traces", "tests/upgrade"]
# And everything else in containers, except where the memory and descriptors of a process count.
PRIVILEGED_AT_NIGHT = ["tests", "--ignore=tests/memory"]
# The other architecture's image takes its libraries.
NO_ARM64 = "--ignore=tests/image/test_arm64.py"
OTHERS, ALONE = ["-m", "not privileged"], ["-m", "privileged"]
# The package is made of the release build.
FUNCTION = ["tests/function", "--ignore=tests/function/test_package.py"]
# What reads bytes of others: clients', DynamoDB's under faults, Lambda's, CodeDeploy's.
PARSING = ["tests/aws/test_faults.py", "tests/verify/test_faults.py", "tests/verify/test_hook.py"]
# A form with lists of values; the fuzzer and the unit tests know the others.
ASAN_SHAPES = ("server-lmdb", "server-dynamodb", "lambda-alb-multi")
# A function does one thing at a time: one form is as good as another.
TSAN_SHAPES = ("server", "tokens-lmdb", "lambda-http-api-2")
# Cases on servers that are kept busy, and what hands connections over.
BUSY = ["bulk", "concurrency", "conditions", "get", "idempotency", "put", "wire_drain"]
CONCURRENT = ["--load", *(f"{CONTRACT}/test_{name}.py" for name in BUSY)]
CONCURRENT += ["tests/upgrade/test_handover.py::test_several_listeners_are_handed_over_together"]
CONCURRENT += ["tests/cli/test_issuers.py::test_a_rotation_under_load_refuses_no_good_token"]
# `make lint` has a budget of time for clang-tidy.
WHOLE_TREE = "scripts/setup lint && .venv/bin/python scripts/lint --whole cpp"
# The unit tests of what has threads.
THREADED = ["api", "aws", "core", "dynamodb_unit", "issuers", "lmdb"]
THREADED += ["net", "net_client", "net_server", "telemetry"]
# They walk through thousands of states with one thread, where ThreadSanitizer has nothing to see.
SEQUENTIAL = "StoreLockstep|APowerFailureTakes|LmdbOpening"


def runs(stage: Stage, path: str) -> bool:
    """Whether the stage runs the tests of this file or folder, or this test."""
    above = {str(parent) for parent in PurePath(path.partition("::")[0]).parents}
    above |= {path, path.partition("::")[0]}
    left_out = {f"--ignore={one}" for one in above}
    return not above.isdisjoint(stage.command) and left_out.isdisjoint(stage.command)


def tier_of(path: str) -> str:
    """The smallest tier that runs the tests of this file or folder, or this test, by its path."""
    for tier in TIERS:
        if any(runs(stage, path) for stage in stages_of(tier)):
            return tier
    raise LookupError(f"no tier runs {path}")


def known_faults() -> Stage:
    junit = REPORTS / "known-faults.xml"
    command = [".venv/bin/python", "scripts/test/known_faults.py", f"--junit={junit}"]
    needs = ("build-asan",)
    repeat = tuple(command[:2])
    return Stage("known-faults", command, needs=needs, junit=junit, kind="names", repeat=repeat)


def stages_of(tier: str) -> list[Stage]:
    """What the tier has, in the order in which it runs."""
    budget = {name: by_tier[tier] for name, by_tier in BUDGETS.items() if tier in by_tier}
    full = tier == FULL
    near = {QUICK: NEAR, CI: [*EVERYTHING, *NIGHTLY, *OTHERS], FULL: [*EVERYTHING, *OTHERS]}[tier]
    privileged = PRIVILEGED_AT_NIGHT if full else [*PRIVILEGED, NO_ARM64]
    folders = "|".join(THREADED)
    asan = () if tier != QUICK else ("unit_tests",)
    asan_shapes = ASAN_SHAPES if full else ASAN_SHAPES[:1]
    made = [
        Stage("set-up", ["scripts/setup", tier]),
        build(RELEASE, "programs"),
        black_box("black-box", RELEASE, near, RELEASE_SHAPES, tier, WAITING),
        black_box("rehearsal", RELEASE, [REHEARSAL], workers="1"),
        build(ARM64, "picus", "picus-verify", "json_test"),
        unit(ARM64, r"^json\."),
        black_box("contract-arm64", ARM64, EMULATED, ["server-lmdb"]),
        dataclasses.replace(
            black_box("privileged", RELEASE, [*privileged, *ALONE], ["image"], tier),
            privileged=", ".join(word for word in privileged if not word.startswith("-")),
        ),
        Stage("build-previous", ["scripts/previous"], needs=("set-up",)),
        dataclasses.replace(
            black_box("previous", RELEASE, ["tests/previous"]),
            needs=(f"build-{RELEASE}", "build-previous"),
        ),
        black_box("damage", RELEASE, ["tests/damage", "--damage-seeds=2000"]),
        black_box("soak", RELEASE, ["tests/soak", "--soak-seconds=300"]),
        build(ASAN, *asan),
        unit(ASAN),
        dynamodb(ASAN),
        black_box("fuzz", ASAN, ["tests/fuzz", f"--fuzz-seconds={60 if full else 0}"]),
        black_box(
            "contract-asan", ASAN, [CONTRACT, *FUNCTION, *PARSING], asan_shapes, tier, WAITING
        ),
        build(TSAN, "programs", *(f"{folder}_test" for folder in THREADED)),
        unit(TSAN, rf"^({folders})\.", SEQUENTIAL),
        # Under load DynamoDB Local is what is slow: its time-outs would be the result.
        black_box("concurrent-tsan", TSAN, CONCURRENT, ["server" if full else "server-lmdb"]),
        black_box("contract-tsan", TSAN, [CONTRACT, *FUNCTION], TSAN_SHAPES),
        Stage("bench", ["make", "bench", "ARGS=--quick"], needs=(f"build-{RELEASE}",)),
        known_faults(),
        Stage("lint-cpp", ["sh", "-ec", WHOLE_TREE], needs=("set-up",)),
    ]
    return [
        dataclasses.replace(stage, budget=budget[stage.name])
        for stage in made
        if stage.name in budget
    ]


def with_needs(every: list[Stage], words: tuple[str, ...]) -> list[Stage]:
    """Those whose names begin with one of the words, and what they need."""
    by_name = {stage.name: stage for stage in every}
    wanted: set[str] = set()
    waiting = [stage.name for stage in every if stage.name.startswith(words)]
    while waiting:
        name = waiting.pop()
        if name in by_name and name not in wanted:
            wanted.add(name)
            waiting += by_name[name].needs
    return [stage for stage in every if stage.name in wanted]


def choose(words: Sequence[str]) -> tuple[str, list[Stage]]:
    """The tier and the stages that the words name. LookupError: what they do not."""
    named = [word for word in words if word in TIERS]
    names = tuple(word for word in words if word not in TIERS)
    if len(named) > 1:
        raise LookupError(f"one tier at a time, not {' and '.join(named)}")
    unknown = [word for word in names if not (word and any(n.startswith(word) for n in BUDGETS))]
    if unknown:
        raise LookupError(
            f"there is no tier or stage {unknown[0]!r}; tiers: {', '.join(TIERS)};"
            f" stages: {', '.join(BUDGETS)}"
        )
    for tier in named or TIERS:
        every = stages_of(tier)
        if all(any(stage.name.startswith(word) for stage in every) for word in names):
            return tier, with_needs(every, names) if names else every
    absent = [word for word in names if not any(s.name.startswith(word) for s in every)]
    raise LookupError(f"the tier {tier} has no stage {absent[0]!r}; see --list")
