"""The image as a container: nobody's rights, nothing to write but its volume, a good end."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.certificates import Authority
from harness.client import Client, to_json
from harness.container import RUN, Container, ContainerHost
from harness.dynamodb import CREDENTIALS, REGION, DynamoDbLocal
from harness.fault_proxy import FaultProxy
from harness.ports import free_port
from harness.wire import Wire, chunk, request

Start = Callable[..., Container]
NDJSON = "Content-Type: application/x-ndjson"


def status_of(container: Container, field: str) -> str:
    text = Path(f"/proc/{container.pid}/status").read_text(encoding="ascii")
    (line,) = [line for line in text.splitlines() if line.startswith(f"{field}:")]
    return line.split(":", 1)[1].strip()


def test_it_is_process_1_of_a_user_without_name_or_rights(run: Start) -> None:
    container = run()
    assert container.log_line(event="started")["pid"] == 1
    assert status_of(container, "Uid").split() == ["65532"] * 4
    assert status_of(container, "Gid").split() == ["65532"] * 4
    assert int(status_of(container, "CapEff"), 16) == 0
    assert status_of(container, "NoNewPrivs") == "1"


def test_nothing_is_written_but_to_its_volume(run: Start) -> None:
    container = run()
    Client(container.url).created({"id": "a"})
    mounts = Path(f"/proc/{container.pid}/mounts").read_text(encoding="utf-8").splitlines()
    root = next(line.split() for line in mounts if line.split()[1] == "/")
    assert "ro" in root[3].split(",")
    assert (container.data / "items.mdb").exists()


def test_it_refuses_to_be_reached_by_others_unless_that_is_said(
    container_host: ContainerHost,
) -> None:
    done = container_host.podman(*RUN, "--rm", container_host.image)
    assert (done.returncode, done.stdout) == (2, "")
    assert "0.0.0.0:8080 can be reached from other machines" in done.stderr
    assert "--insecure-no-auth" in done.stderr


def test_without_a_volume_it_says_that_it_cannot_write(container_host: ContainerHost) -> None:
    done = container_host.podman(*RUN, "--rm", container_host.image, "serve", "--insecure-no-auth")
    assert (done.returncode, done.stdout) == (3, "")
    assert "/var/lib/picus" in done.stderr


def test_a_volume_belongs_to_its_user_and_keeps_the_items(
    container_host: ContainerHost, tmp_path: Path
) -> None:
    """A named one takes its owner from the image."""
    assert container_host.podman("volume", "create", "items").returncode == 0
    flags = ("--rm", "--interactive", "--volume=items:/var/lib/picus", container_host.image)
    item = tmp_path / "item.ndjson"
    item.write_bytes(to_json({"id": "a"}) + b"\n")
    mount = f"--volume={item}:/item.ndjson:ro"
    done = container_host.podman(*RUN, mount, *flags, "import", "--create", "/item.ndjson")
    assert done.returncode == 0, done.stderr
    done = container_host.podman(*RUN, *flags, "export")
    assert done.stdout == '{"id":"a"}\n', done.stderr


def test_the_commands_of_the_image_reach_its_own_items(
    container_host: ContainerHost, run: Start
) -> None:
    """With the data of a running server, as an operator runs a backup beside it."""
    container = run(flags=())
    Client(container.url).created({"id": "a"})
    done = container_host.podman(
        *("exec", container.name, "/usr/bin/picus", "check", "--data", str(container.data))
    )
    assert done.returncode == 0, done.stderr
    assert "1 items" in done.stdout


HEALTH = (
    '--health-cmd=["/usr/bin/picus", "healthcheck"]',
    "--health-interval=disable",
    "--health-retries=1",
)


def test_the_health_check_passes_while_the_container_serves(
    container_host: ContainerHost, run: Start
) -> None:
    """Podman does not read it from OCI images, so it is told the same command."""
    address = f"127.0.0.1:{free_port()}"
    env = {"PICUS_LISTEN": address}
    container = run("--listen", address, "--drain-delay", "1h", env=env, flags=HEALTH)
    ready = container_host.podman("healthcheck", "run", container.name)
    assert ready.returncode == 0, ready.stdout + ready.stderr
    container.terminate()
    container.log_line(event="draining")
    draining = container_host.podman("healthcheck", "run", container.name)
    assert draining.returncode == 0, draining.stdout + draining.stderr
    container.terminate()
    container.finish()


def test_a_stop_finishes_what_is_in_flight_and_exits_0(run: Start) -> None:
    container = run("--drain-timeout", "60s")
    with Wire(Client(container.url)) as wire:
        wire.send(
            request(
                "POST", "/picus/put", NDJSON, "Expect: 100-continue", "Transfer-Encoding: chunked"
            )
        )
        assert wire.answer().status == 100
        wire.send(chunk(to_json({"id": "first"}) + b"\n"))
        container.terminate()
        container.log_line(event="draining")
        wire.send(chunk(to_json({"id": "second"}) + b"\n"))
        wire.send(b"0\r\n\r\n")
        answer = wire.answer()
        assert answer.json()["created"] == 2
    container.finish()
    assert container.log_line(event="stopped")["requests"] == "all completed"


def test_docker_stop_drains_it_and_needs_no_kill(container_host: ContainerHost, run: Start) -> None:
    container = run("--drain-delay", "1s")
    Client(container.url).created({"id": "a"})
    began = time.monotonic()
    done = container_host.podman("stop", "--time=60", container.name)
    assert done.returncode == 0, done.stderr
    assert 1 <= time.monotonic() - began < 50
    container.finish()
    assert container.log_line(event="draining")["signal"] == "SIGTERM"
    assert container.log_line(event="stopped")["requests"] == "all completed"


def test_a_stop_that_runs_out_of_time_kills_it_and_loses_nothing_acknowledged(
    container_host: ContainerHost, run: Start
) -> None:
    container = run("--drain-delay", "1h")
    Client(container.url).created({"id": "a"})
    assert container_host.podman("stop", "--time=1", container.name).returncode == 0
    assert container.wait() == 137
    again = run()
    assert again.data == container.data
    assert Client(again.url).get("a").json() == {"id": "a"}


def test_a_second_container_on_the_items_of_a_running_one_is_refused(
    container_host: ContainerHost, run: Start
) -> None:
    """Both are process 1, which LMDB takes for one and the same."""
    first = run()
    volume = f"--volume={first.data.parent}:{first.data.parent}"
    flags = ("--rm", volume, container_host.image)
    listen = ("--listen", "127.0.0.1:0")
    second = container_host.podman(*RUN, *flags, "serve", *listen, "--data", str(first.data))
    assert (second.returncode, second.stdout) == (3, "")
    assert "Resource temporarily unavailable" in second.stderr
    assert Client(first.url).created({"id": "a"}).status == 201


def test_on_a_table_it_needs_no_volume(run: Start, dynamodb: DynamoDbLocal) -> None:
    table = dynamodb.create_table()
    place = {"PICUS_TABLE": table, "AWS_REGION": REGION, "PICUS_ENDPOINT_URL": dynamodb.url}
    container = run("--store", "dynamodb", env={**CREDENTIALS, **place})
    client = Client(container.url)
    client.created({"id": "a"})
    assert client.request("GET", "/readyz").status == 200
    assert [item["id"]["S"] for item in dynamodb.items(table)] == ["a"]
    assert not container.data.exists()
    container.stop()
    dynamodb.delete_table(table)


def test_tls_to_the_table_is_verified_by_the_bundle_of_the_image(
    run: Start, dynamodb: DynamoDbLocal, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    proxy = FaultProxy(dynamodb.port, authority.server())
    table = dynamodb.create_table()
    place = {"PICUS_TABLE": table, "AWS_REGION": REGION, "PICUS_ENDPOINT_URL": proxy.url}
    with pytest.raises(AssertionError, match="certificate"):
        run("--store", "dynamodb", env={**CREDENTIALS, **place})
    trusted = f"--volume={authority.bundle}:/etc/ssl/certs/ca-certificates.crt:ro"
    container = run("--store", "dynamodb", env={**CREDENTIALS, **place}, flags=(trusted,))
    Client(container.url).created({"id": "a"})
    container.stop()
    proxy.stop()
    dynamodb.delete_table(table)


def test_the_log_is_json_on_standard_error(run: Start) -> None:
    container = run()
    answer = Client(container.url).get("absent")
    assert container.log_line(request_id=answer["X-Request-Id"])["status"] == 404
    container.stop()
    assert all(json.loads(line) for line in container.err.lines())
