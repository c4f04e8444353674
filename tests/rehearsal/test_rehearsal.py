"""Deployments of containers, good and bad, under load. `make rehearse` is longer, test_short.py
shorter."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from harness.code_deploy_lifecycle import Step, steps_of
from harness.waiting import wait_until
from rehearsal.plan import read_plan
from rehearsal.rehearsal import SHORT_WARM_UP_REQUESTS, Report, report, short, warm_up
from rehearsal.scenarios import Play, Result
from rehearsal.stage import programs_of, staged

REQUESTS = 20_000
# Five minutes of AWS's become a second and a half here.
SCALE = 1 / 200
SETTLED_REQUESTS = 500

pytestmark = pytest.mark.timeout(600)


@dataclasses.dataclass(frozen=True)
class Rehearsal:
    report: Report
    failed_of_a_killed_task: int

    def result(self, title: str) -> Result:
        return next(one for one in self.report.results if one.title == title)


@pytest.fixture(scope="module")
def rehearsal(
    picus: Path, image: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Rehearsal]:
    """All that is done, done once: what the tests look at is what came of it."""
    plan = read_plan("prod", SCALE)
    with contextlib.ExitStack() as stack:
        programs = programs_of(picus.parent, image, stack)
        stage = stack.enter_context(staged(tmp_path_factory.mktemp("site"), plan, programs))
        # As fast as it goes, a busy machine would be slow enough for the alarm of good deployments.
        load = stage.start_load(warm_up(stage, SHORT_WARM_UP_REQUESTS) // 2)
        play = Play(stage, load, print, SETTLED_REQUESTS)
        short(play)

        def without_end(_: Result) -> None:
            seen = len(stage.site.timeline())
            driver = stage.deploy(stage.revision())
            stage.wait_for_event(driver, "Install", seen)
            wait_until(lambda: False, "the end", 0.5)

        play.perform("without end", without_end)
        play.perform("driver killed", play.killed_and_another_comes)
        play.perform("stopped", play.stopped)
        play.perform("a task retires", play.retired)
        load.wait_for(REQUESTS)
        told = report(play, load, programs.remark)
        witness = stage.start_load(0)
        witness.wait_for(1000)
        stage.lose_a_task()
        witness.wait_for(witness.requests + 1000)
        yield Rehearsal(told, witness.failed)


def test_the_tasks_are_containers_of_the_image(rehearsal: Rehearsal) -> None:
    assert rehearsal.report.remark.startswith("Tasks are containers")


def test_a_good_deployment_loses_no_request(rehearsal: Rehearsal) -> None:
    assert rehearsal.result("good").problems == []


def test_what_fails_verification_gets_no_production_traffic(rehearsal: Rehearsal) -> None:
    assert rehearsal.result("fails verification").problems == []


def test_what_locks_the_verification_out_gets_no_production_traffic(rehearsal: Rehearsal) -> None:
    assert rehearsal.result("locks the verification out").problems == []


def test_a_rotation_of_tokens_is_a_deployment_that_loses_no_request(rehearsal: Rehearsal) -> None:
    assert rehearsal.result("tokens rotate").problems == []


def test_an_alarm_stops_what_fails_after_the_canary(rehearsal: Rehearsal) -> None:
    assert rehearsal.result("fails after the canary").problems == []


def test_what_does_not_end_in_time_fails_alone(rehearsal: Rehearsal) -> None:
    assert rehearsal.result("without end").problems == ["not within 0.5 s: the end"]


def test_a_driver_that_was_killed_is_followed_by_another(rehearsal: Rehearsal) -> None:
    assert rehearsal.result("driver killed").problems == []


def test_a_deployment_can_be_stopped_and_excludes_a_second_one(rehearsal: Rehearsal) -> None:
    assert rehearsal.result("stopped").problems == []


def test_a_task_that_is_stopped_under_load_loses_no_request(rehearsal: Rehearsal) -> None:
    assert rehearsal.result("a task retires").problems == []


def test_every_acknowledged_write_is_there_afterwards(rehearsal: Rehearsal) -> None:
    assert rehearsal.report.outcome.lost == 0
    assert rehearsal.report.outcome.acknowledged > REQUESTS / 20


def test_kept_alive_connections_outlive_all_of_it(rehearsal: Rehearsal) -> None:
    assert rehearsal.report.outcome.reconnects == 0


def test_the_load_is_what_it_is_to_be(rehearsal: Rehearsal) -> None:
    assert rehearsal.report.outcome.requests >= REQUESTS
    operations = {request.operation for request in rehearsal.report.requests}
    assert operations >= {"get", "put", "replace", "replay", "list", "delete", "read-back"}
    targets = {request.target for request in rehearsal.report.requests}
    assert targets >= {"blue", "green", "function"}


def test_the_load_notices_when_a_task_is_killed(rehearsal: Rehearsal) -> None:
    assert rehearsal.failed_of_a_killed_task > 0


def test_the_picture_shows_traffic_errors_and_p99(rehearsal: Rehearsal) -> None:
    root = ElementTree.fromstring(rehearsal.report.picture())
    kinds = {element.get("class") for element in root.iter()}
    assert kinds >= {"blue", "green", "function", "errors", "p99", "band"}


@pytest.mark.parametrize(
    ("configuration", "steps"),
    [
        ("CodeDeployDefault.ECSAllAtOnce", [Step(100, 0)]),
        ("CodeDeployDefault.ECSCanary10Percent15Minutes", [Step(10, 900), Step(100, 0)]),
        (
            "CodeDeployDefault.ECSLinear10PercentEvery3Minutes",
            [*(Step(percent, 180) for percent in range(10, 100, 10)), Step(100, 0)],
        ),
    ],
)
def test_a_deployment_configuration_is_read_by_its_name(
    configuration: str, steps: list[Step]
) -> None:
    assert steps_of(configuration) == steps


def test_a_deployment_configuration_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="LambdaAllAtOnce"):
        steps_of("CodeDeployDefault.LambdaAllAtOnce")


def test_prod_has_a_canary_and_dev_has_none() -> None:
    assert [step.percent for step in read_plan("prod").group.steps] == [10, 100]
    assert [step.percent for step in read_plan("dev").group.steps] == [100]
