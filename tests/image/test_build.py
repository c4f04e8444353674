"""What `make image` writes: the same bytes by every tool, and nothing that need not be there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from harness.container import SOURCE, STORAGE, build_image
from image.archives import Archive

ROOT = Path(__file__).resolve().parents[2]
LABEL = "org.opencontainers.image."


def output(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_another_tool_makes_the_same_image_under_other_circumstances(
    image: Path, archive: Archive, tmp_path: Path
) -> None:
    umask = os.umask(0o077)
    try:
        done = build_image(tmp_path / "elsewhere", "--engine=podman")
    finally:
        os.umask(umask)
    assert done.returncode == 0, done.stderr
    assert archive.digest in done.stdout
    for name in ("picus.tar", "picus.digest", "picus.cdx.json"):
        assert (tmp_path / "elsewhere" / name).read_bytes() == (image / name).read_bytes(), name


# What podman cannot do of docker's command line, or does in another way.
DOCKER = """#!/bin/sh
export CONTAINERS_STORAGE_CONF={storage}
case $1 in
  version | buildx) exit ;;
  build) [ "$2" = --provenance=false ] && shift 2 && exec podman build --format=docker "$@" ;;
  *) exec podman "$@" ;;
esac
"""


WITHOUT_BUILDX = '#!/bin/sh\n[ "$1" != buildx ]\n'


def test_the_command_line_of_docker_makes_the_same_image(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As podman understands it: there is no docker where this runs."""
    storage = tmp_path / "storage.conf"
    place = tempfile.mkdtemp(prefix="picus-docker-")
    storage.write_text(STORAGE.format(place), encoding="utf-8")
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text(DOCKER.format(storage=storage), encoding="utf-8")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{docker.parent}:{os.environ['PATH']}")
    try:
        done = build_image(tmp_path / "by-docker")  # the first one that works
    finally:
        shutil.rmtree(place)
    assert done.returncode == 0, done.stderr
    assert archive.digest in done.stdout


def test_it_is_pushed_under_the_digest_that_was_told(
    image: Path, archive: Archive, tmp_path: Path
) -> None:
    told = (image / "picus.digest").read_text(encoding="utf-8")
    assert told == f"{archive.digest}\n"
    copied = tmp_path / "digest"
    output(
        *("skopeo", "copy", "--quiet", f"--digestfile={copied}"),
        *(f"oci-archive:{image}/picus.tar", f"dir:{tmp_path}/registry"),
    )
    assert copied.read_text(encoding="utf-8").strip() == archive.digest


def test_images_for_two_architectures_become_one(
    image: Path, archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(ROOT / "scripts" / "image")
    archives = __import__("archive")
    other = archives.read_saved(image / "picus.tar")
    other.architecture = "arm64"
    digest = archives.write_oci(other, 0, "localhost/picus:other", tmp_path / "arm64.tar")
    index = [sys.executable, "scripts/image/index.py"]
    joined = tmp_path / "picus.tar"
    output(*index, str(joined), str(tmp_path / "arm64.tar"), str(image / "picus.tar"))

    told = json.loads(output("skopeo", "inspect", "--raw", f"oci-archive:{joined}"))
    platforms = {one["platform"]["architecture"]: one["digest"] for one in told["manifests"]}
    assert platforms == {"amd64": archive.digest, "arm64": digest}
    copied = tmp_path / "digest"
    output(
        *("skopeo", "copy", "--quiet", "--all", "--preserve-digests", f"--digestfile={copied}"),
        *(f"oci-archive:{joined}", f"dir:{tmp_path}/registry"),
    )
    assert (
        copied.read_text(encoding="utf-8").strip()
        == joined.with_suffix(".digest").read_text(encoding="utf-8").strip()
    )

    twice = subprocess.run(
        [*index, joined, image / "picus.tar", image / "picus.tar"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert twice.returncode == 1
    assert "two images are for one architecture: amd64, amd64" in twice.stderr


def test_it_has_the_program_the_certificates_and_a_place_for_items_and_nothing_else(
    archive: Archive, picus: Path
) -> None:
    bundle = "etc/ssl/certs/ca-certificates.crt"
    assert set(archive.files) == {"usr/bin/picus", bundle}
    assert archive.files["usr/bin/picus"] == picus.read_bytes()
    owners = {name: (entry.uid, entry.gid) for name, entry in archive.entries.items()}
    assert owners.pop("var/lib/picus") == (65532, 65532)
    assert set(owners.values()) == {(0, 0)}
    modes = {name: f"{entry.mode:o}" for name, entry in archive.entries.items()}
    assert modes.pop(bundle) == "644"
    assert set(modes.values()) == {"755"}


def test_it_trusts_the_certificates_of_debian_and_no_other(archive: Archive) -> None:
    """The bundle of the machine that builds may have its owner's own."""
    bundle = archive.files["etc/ssl/certs/ca-certificates.crt"].decode()
    found = re.findall(r"-----BEGIN.*?END CERTIFICATE-----", bundle, re.DOTALL)
    listed = output("dpkg-query", "--listfiles", "ca-certificates").splitlines()
    shipped = {Path(name).read_text().strip() for name in listed if name.endswith(".crt")}
    assert len(found) > 100
    assert set(found) == shipped


def test_it_is_smaller_than_12_mb(archive: Archive) -> None:
    assert sum(map(len, archive.files.values())) < 12_000_000


def test_its_settings_are_those_of_a_server_that_is_nobody_in_particular(archive: Archive) -> None:
    settings = archive.settings
    assert settings["User"] == "65532:65532"
    assert settings["Entrypoint"] == ["/usr/bin/picus"]
    assert settings["Cmd"] == ["serve"]
    assert list(settings["ExposedPorts"]) == ["8080/tcp"]
    assert settings["StopSignal"] == "SIGTERM"
    assert settings["Healthcheck"]["Test"] == ["CMD", "/usr/bin/picus", "healthcheck"]
    variables = dict(line.split("=", 1) for line in settings["Env"])
    assert variables.pop("PATH")
    assert variables == {"PICUS_LISTEN": "0.0.0.0:8080", "PICUS_DATA": "/var/lib/picus"}
    assert "Volumes" not in settings


def test_its_labels_tell_version_commit_and_source(archive: Archive, picus: Path) -> None:
    labels = archive.settings["Labels"]
    # Files may have changed since the program was built.
    revision = labels[f"{LABEL}revision"].removesuffix("-changed")
    assert revision == output("git", "rev-parse", "HEAD")
    line = output(str(picus), "--version").replace("-changed", "")
    assert line == f"picus {labels[f'{LABEL}version']} ({revision[:12]})"
    assert labels[f"{LABEL}source"] == SOURCE
    assert labels[f"{LABEL}licenses"] == "MIT"
    assert not [name for name in labels if not name.startswith(LABEL)]


def test_its_time_is_that_of_the_commit(archive: Archive) -> None:
    when = int(output("git", "log", "-1", "--format=%ct"))
    assert archive.config["created"] == output(
        "date", "--utc", f"--date=@{when}", "+%Y-%m-%dT%H:%M:%SZ"
    )
    assert {entry.mtime for entry in archive.entries.values()} == {when}


@pytest.mark.parametrize("docker", [False, True])
def test_without_a_tool_it_says_what_installs_one(tmp_path: Path, docker: bool) -> None:
    if docker:
        (tmp_path / "docker").write_text(WITHOUT_BUILDX, encoding="utf-8")
        (tmp_path / "docker").chmod(0o755)
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "image", "--out", tmp_path],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "none of docker, podman, buildah works here" in done.stderr
    assert ("plugin buildx" in done.stderr) == docker
    assert "scripts/setup image" in done.stderr


@pytest.mark.parametrize(
    ("remote", "told"),
    [
        ("https://host.example/o/picus.git", "https://host.example/o/picus.git"),
        ("https://user:secret@host.example/o/picus", "https://host.example/o/picus"),
        ("git@host.example:o/picus.git", "https://host.example/o/picus.git"),
        ("ssh://git@host.example/o/picus.git", "https://host.example/o/picus.git"),
        ("/srv/git/picus", ""),
        ("", ""),
    ],
)
def test_the_source_is_told_without_secrets_and_paths(
    monkeypatch: pytest.MonkeyPatch, remote: str, told: str
) -> None:
    monkeypatch.syspath_prepend(ROOT / "scripts" / "image")
    assert __import__("labels").source_of(remote) == told
