"""Options, fixtures and the closing matrix of the black-box tests."""

from __future__ import annotations

import contextlib
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from harness import leaks
from harness.balancer import Balancer
from harness.client import Client
from harness.cloudformation import Template
from harness.container import ContainerHost, built_once
from harness.dynamodb import DynamoDbLocal
from harness.full_disk import remark
from harness.lambda_ministack import LambdaHost, packed
from harness.osls import package
from harness.roles import Roles
from harness.shapes import CAPABILITIES, DIRECTORY, SHAPES, Server, Shape
from harness.tiers import FULL, MEANING, REFERENCES, TIERS, TRANSPORT, carrier_of, shapes_of, week
from upgrade.load import load

pytest_plugins = ["harness.fixtures", "harness.privileged"]

ROOT = Path(__file__).resolve().parent.parent
# Modules whose cases all look at one long run.
TOGETHER = ("rehearsal/test_rehearsal.py",)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("picus")
    group.addoption(
        "--picus",
        default=os.environ.get("PICUS_BINARY", str(ROOT / "build" / "release" / "picus")),
        help="the program under test (or PICUS_BINARY); default: build/release/picus",
    )
    group.addoption(
        "--emulator", help="what runs the program under test, where it is another machine's"
    )
    group.addoption(
        "--fuzz-seconds",
        type=int,
        default=15,
        help="how long each fuzzer runs; 0: reads the corpus only; default: 15",
    )
    group.addoption(
        "--damage-seeds", type=int, default=150, help="how many damaged stores; default: 150"
    )
    group.addoption(
        "--soak-seconds", type=int, default=15, help="how long a server is kept busy; default: 15"
    )
    group.addoption(
        "--shape",
        action="append",
        help="run only on shapes whose names begin so; may be repeated; default: on all",
    )
    group.addoption(
        "--tier",
        choices=TIERS,
        default=FULL,
        help="how much of it (see harness/tiers.py); default: full, every case on every shape",
    )
    group.addoption(
        "--load",
        action="store_true",
        help="keep clients busy with the server that cases share, so that threads meet",
    )


def pytest_configure() -> None:
    week()  # before there are workers, which inherit it


def pytest_report_header(config: pytest.Config) -> str:
    return f"tier {config.getoption('--tier')}, week {week()}"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "shape" in metafunc.fixturenames:
        words = tuple(metafunc.config.getoption("--shape") or [""])
        every = shapes_of(metafunc.config.getoption("--tier"))
        names = [name for name in every if name.startswith(words)]
        if not names:
            raise pytest.UsageError(f"no such shape; there are: {', '.join(every)}")
        metafunc.parametrize("shape", names, indirect=True, scope="session")


class CaseByCase(LoadScopeScheduling):
    """The next case goes to whoever is free, in order: shape after shape."""

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        return module if module.endswith(TOGETHER) else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> CaseByCase:
    return CaseByCase(config, log)


def about(item: pytest.Item) -> str:
    """Transport or meaning: modules of the contract say which (tests/scripts/test_tiers.py)."""
    return MEANING if item.get_closest_marker(MEANING) else TRANSPORT


def belongs(item: pytest.Item, shape: str, needs: set[str], tier: str) -> bool:
    """Whether the case runs on this shape in this tier."""
    if not needs <= SHAPES[shape].capabilities:
        return False
    is_contract = any(map(item.get_closest_marker, (TRANSPORT, MEANING)))
    subject = about(item)
    carries = is_contract and (subject == MEANING or tier == FULL)
    if SHAPES[shape].only_contract and not carries:
        return False
    if tier == FULL:
        return True
    only = item.get_closest_marker("only_on")
    if only:
        return shape in only.args
    if subject == TRANSPORT or shape in REFERENCES:
        return True
    carriers = [
        name
        for name in shapes_of(tier)
        if name not in REFERENCES and needs <= SHAPES[name].capabilities
    ]
    case, _, parameters = item.nodeid.partition("[")
    return shape == carrier_of(case + parameters.replace(shape, "", 1), carriers, week())


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out the cases whose shape cannot do what they need, and those of other tiers."""
    tier = config.getoption("--tier")
    kept, left_out = [], []
    for item in items:
        name = item.callspec.params.get("shape") if hasattr(item, "callspec") else None
        needs = {need for mark in item.iter_markers("needs") for need in mark.args}
        assert needs <= set(CAPABILITIES), f"{item.nodeid}: no such capability: {needs}"
        if name is not None and not belongs(item, name, needs, tier):
            left_out.append(item)
            continue
        if name is not None:
            item.user_properties.append(("shape", name))
        kept.append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = kept


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Adds to a failure that the disk is full, which its own message may not say."""
    report = yield
    if report.failed:
        # Not tempfile's folder, which is another one when that is full.
        full = remark([Path(os.environ.get("TMPDIR", "/tmp")), item.config.rootpath, Path.home()])
        if full:
            report.longrepr = f"E   {full}\n{report.longreprtext}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_report_teststatus(
    report: pytest.TestReport,
) -> Generator[None, tuple[str, str, Any], tuple[str, str, Any]]:
    """Names a failed case at once: pytest that is killed prints no summary."""
    category, letter, word = yield
    if report.failed:
        letter = f"\n{letter} {report.nodeid}\n"
    return category, letter, word


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None]:
    """Fails the test during which Picus wrote a token somewhere."""
    yield
    assert not (found := leaks.taken()), found


@pytest.fixture(scope="session")
def picus(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program under test, or a script that hands it to the emulator."""
    binary = (pytestconfig.invocation_params.dir / pytestconfig.getoption("--picus")).resolve()
    if not os.access(binary, os.X_OK):
        pytest.exit(f"{binary} is not there: build it, or name another with --picus", 4)
    emulator = pytestconfig.getoption("--emulator")
    if emulator:
        program, binary = binary, tmp_path_factory.mktemp("emulated") / binary.name
        binary.write_text(f'#!/bin/sh\nexec {emulator} {program} "$@"\n', encoding="utf-8")
        binary.chmod(0o755)
    return binary


@pytest.fixture(scope="session")
def dynamodb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DynamoDbLocal]:
    """DynamoDB Local, from the first test that needs it to the last of all."""
    local = DynamoDbLocal(tmp_path_factory.mktemp("dynamodb-local"))
    yield local
    local.stop()


@pytest.fixture(scope="session")
def lambda_host(
    picus: Path, dynamodb: DynamoDbLocal, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LambdaHost]:
    """What runs the packed function, from the first test that needs it to the last of all."""
    host = LambdaHost(picus.with_name("bootstrap"), tmp_path_factory.mktemp("lambda"), dynamodb)
    yield host
    host.stop()


@pytest.fixture(scope="session")
def archive(picus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip that `make lambda` makes."""
    directory = tmp_path_factory.mktemp("zip")
    packed(picus.with_name("bootstrap"), directory)
    return directory / "picus-lambda.zip"


@pytest.fixture(scope="session")
def function_stack(archive: Path, of_all_workers: Path) -> Template:
    """The function's stack in dev, as the Serverless Framework makes it."""
    return package("dev", of_all_workers / "osls-dev", archive)


@pytest.fixture(scope="session")
def roles(function_stack: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Roles]:
    """What enforces the rights of our roles, from the first test that needs it to the last."""
    running = Roles(tmp_path_factory.mktemp("roles"), function_stack)
    yield running
    running.stop()


@pytest.fixture(scope="session")
def balancer(
    picus: Path,
    dynamodb: DynamoDbLocal,
    function_stack: Template,
    archive: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Balancer]:
    """Our load balancer, from the first test that needs it to the last of all."""
    directory = tmp_path_factory.mktemp("balancer")
    running = Balancer(picus, directory, dynamodb, function_stack, archive)
    yield running
    running.stop()


@pytest.fixture(scope="session")
def image(picus: Path, of_all_workers: Path) -> Path:
    """The directory of the built image, from what stands in build/release; one for a session."""
    if picus.parent != ROOT / "build" / "release":
        pytest.fail("the image is that of the release build: run this on build/release/picus")
    return built_once(of_all_workers / "image")


@pytest.fixture(scope="session")
def container_host(image: Path) -> Iterator[ContainerHost]:
    """What runs the image, from the first test that needs it to the last of all."""
    host = ContainerHost(image)
    yield host
    host.close()


@pytest.fixture(scope="session")
def shape(
    request: pytest.FixtureRequest, picus: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shape]:
    """What the test runs on."""
    chosen = SHAPES[request.param]
    parts = [request.getfixturevalue(part) for part in chosen.parts]
    running = chosen(picus, tmp_path_factory.mktemp(chosen.name), *parts)
    yield running
    running.close()


@pytest.fixture(scope="session")
def server(shape: Shape, pytestconfig: pytest.Config) -> Iterator[Server]:
    """One server for all tests that bring their own keys."""
    running = shape.start()
    with contextlib.ExitStack() as stack:
        if pytestconfig.getoption("--load"):
            # It asserts at the end that every response was right. DynamoDB Local is soon busy.
            clients = 2 if DIRECTORY in shape.capabilities else 1
            busy = load([running.url], fresh=clients, kept=clients - 1, trust=running.tls)
            stack.enter_context(busy)
        yield running
    shape.stop(running)


@pytest.fixture
def client(server: Server) -> Client:
    return server.client


@pytest.fixture
def start(shape: Shape) -> Iterator[Callable[..., Server]]:
    """Starts servers for this test alone: `start("--idle-timeout", "1s", env=…, data=…)`."""
    with contextlib.ExitStack() as stack:

        def start_one(*options: str, env: dict[str, str] | None = None, data: Any = None) -> Server:
            running = shape.start(*options, env=env, data=data)
            stack.callback(shape.stop, running)
            return running

        yield start_one


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """How many cases of each group ran on each shape."""
    cells: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for outcome, letter in (("passed", "passed"), ("failed", "failed"), ("error", "failed")):
        for report in terminalreporter.stats.get(outcome, []):
            shape_name = dict(getattr(report, "user_properties", [])).get("shape")
            if shape_name:
                group = Path(report.nodeid.split("::")[0]).stem.removeprefix("test_")
                cells[group][shape_name][letter] += 1
    if not cells:
        return
    shapes = sorted({name for row in cells.values() for name in row})
    terminalreporter.section("contract, passed/cases by shape")
    width = max(map(len, cells)) + 2
    terminalreporter.write_line(" " * width + "  ".join(shapes))
    for group, row in sorted(cells.items()):
        texts = []
        for name in shapes:
            count = row[name]
            text = f"{count['passed']}/{count.total()}" if count.total() else "-"
            texts.append(text.rjust(len(name)))
        terminalreporter.write_line(group.ljust(width) + "  ".join(texts))
