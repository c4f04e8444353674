"""scripts/tag and scripts/publish in a copy of the tree, with a gh that keeps a record."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from harness import runner

ROOT = Path(__file__).resolve().parents[2]
CHANGELOG = """\
# Changelog

## [Unreleased]

## [1.4.0] - 2026-12-01

### Added

- Moons.

## [1.3.0] - 2026-11-01

- Planets.
"""


# Its registry has these tags, and whether it is public is up to a test.
SKOPEO = r"""
case $1 in
  list-tags) printf '{\n    "Tags": [\n%s\n    ]\n}\n' "${TAGS// /$'\n        '}" ;;
  inspect) exit "${PRIVATE:-0}" ;;
esac
"""


class Tree:
    def __init__(self, directory: Path) -> None:
        self.path = directory / "tree"
        self.record = directory / "record"
        (self.path / "scripts").mkdir(parents=True)
        for name in ("tag", "publish"):
            shutil.copy(ROOT / "scripts" / name, self.path / "scripts" / name)
        self.write("CMakeLists.txt", 'project(picus VERSION 1.4.0 DESCRIPTION "x")\n')
        self.write("CHANGELOG.md", CHANGELOG)
        self.bin = directory / "bin"
        runner.fill(self.bin)
        for name in runner.REPLACED & runner.commands():
            self.program(name, SKOPEO if name == "skopeo" else "")

    def program(self, name: str, body: str) -> None:
        program = self.bin / name
        program.write_text(f'#!/bin/bash\necho "{name} $*" >>{self.record}\n{body}\n')
        program.chmod(0o755)

    def write(self, name: str, text: str) -> None:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def run(self, script: str, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.path / "scripts" / script, *arguments],
            env={"PATH": str(self.bin), **env},
            capture_output=True,
            text=True,
            check=False,
        )

    def calls(self) -> list[str]:
        return self.record.read_text().splitlines() if self.record.exists() else []


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def test_a_tag_that_is_the_version_passes(tree: Tree) -> None:
    done = tree.run("tag", "v1.4.0")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert tree.run("tag", "v1.4.0", "--notes").stdout == "### Added\n\n- Moons.\n"


@pytest.mark.parametrize(
    ("arguments", "change", "sentence"),
    [
        (("v1.3.0",), None, 'the tag "v1.3.0" is not "v1.4.0"'),
        (("1.4.0",), None, 'the tag "1.4.0" is not "v1.4.0"'),
        (("v1.4.0-rc1",), None, 'the tag "v1.4.0-rc1" is not "v1.4.0"'),
        (("v1.4.0",), (" - 2026-12-01", ""), 'CHANGELOG.md has no section "## [1.4.0] - YYYY'),
        (("v1.4.0",), ("### Added\n\n- Moons.\n", ""), "the section of 1.4.0 in CHANGELOG.md is"),
        ((), None, "give one tag"),
        (("v1.4.0", "--now"), None, "give one tag"),
    ],
)
def test_a_tag_that_does_not_fit_is_one_sentence(
    tree: Tree, arguments: tuple[str, ...], change: tuple[str, str] | None, sentence: str
) -> None:
    if change:
        tree.write("CHANGELOG.md", CHANGELOG.replace(*change, 1))
    done = tree.run("tag", *arguments)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert sentence in done.stderr


@pytest.mark.parametrize(
    "tag", ["v0$(touch${IFS}x)", "v0$$(touch${IFS}x)", "v0;touch${IFS}x", "v1\"'"]
)
def test_a_tag_is_no_program(tree: Tree, tag: str) -> None:
    """The name of a branch or a tag may have almost every character."""
    shutil.copy(ROOT / "Makefile", tree.path / "Makefile")
    by_workflow = subprocess.run(
        ["make", "tag"],
        cwd=tree.path,
        env={"PATH": str(tree.bin), "ARGS": tag},
        capture_output=True,
        text=True,
        check=False,
    )
    assert by_workflow.returncode == 2
    assert f'the tag "{tag}" is not' in by_workflow.stderr
    by_hand = subprocess.run(["make", "tag", f"ARGS={tag}"], cwd=tree.path, check=False)
    assert by_hand.returncode == 2
    assert not (tree.path / "x").exists()


def test_a_tag_may_come_on_the_command_line_of_make(tree: Tree) -> None:
    shutil.copy(ROOT / "Makefile", tree.path / "Makefile")
    assert (
        subprocess.run(["make", "tag", "ARGS=v1.4.0"], cwd=tree.path, check=False).returncode == 0
    )


def test_the_projects_own_changelog_can_be_released_once_it_is_dated() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert headings[0] == "## [Unreleased]"


COPY = "skopeo copy --all --preserve-digests oci-archive:build/images/picus.tar docker://"
NAME = "ghcr.example/someone/picus"


def push(tree: Tree, **env: str) -> subprocess.CompletedProcess[str]:
    tree.write("build/images/picus.tar", "image")
    tree.write("build/images/picus.digest", "sha256:0123\n")
    return tree.run("publish", "image", "v1.4.0", "ghcr.example/Someone/Picus", **env)


@pytest.mark.parametrize(
    "tags", [' "1.4.0"', ' "1.3.9"', ' "1.4.0", "latest", "1.3.9", "0.12.0", "2.0.0-rc1"']
)
def test_the_image_is_pushed_by_version_and_as_the_latest(
    tree: Tree, tmp_path: Path, tags: str
) -> None:
    output = tmp_path / "output"
    done = push(tree, TAGS=tags, GITHUB_OUTPUT=str(output))
    assert (done.returncode, done.stderr) == (0, "")
    copies = [call for call in tree.calls() if call.startswith("skopeo copy")]
    assert copies == [f"{COPY}{NAME}:1.4.0", f"{COPY}{NAME}:latest"]
    assert output.read_text() == f"name={NAME}\ndigest=sha256:0123\n"


def test_an_older_version_does_not_become_the_latest(tree: Tree) -> None:
    done = push(tree, TAGS=' "1.10.0", "1.4.0", "latest"')
    assert done.returncode == 0, done.stderr
    copies = [call for call in tree.calls() if call.startswith("skopeo copy")]
    assert copies == [f"{COPY}{NAME}:1.4.0"]
    assert "the tag latest is not changed: 1.10.0 is newer" in done.stderr


def test_a_package_that_is_not_public_is_a_warning(tree: Tree) -> None:
    done = push(tree, TAGS=' "1.4.0"', PRIVATE="1")
    assert done.returncode == 0
    assert f"skopeo inspect --no-creds docker://{NAME}:1.4.0" in tree.calls()[-1]
    (line,) = done.stderr.splitlines()
    assert f"{NAME} cannot be read without an account" in line


def test_the_image_becomes_a_file_of_the_release(tree: Tree) -> None:
    tree.write("build/images/picus.tar", "image")
    tree.write("build/dist/picus.deb", "package")
    tree.write("build/dist/SHA256SUMS", "")
    for _ in range(2):
        done = tree.run("publish", "files", "v1.4.0")
        assert done.returncode == 0, done.stderr
    expected = {"picus-image-1.4.0.tar": b"image", "picus.deb": b"package"}
    sums = (tree.path / "build/dist/SHA256SUMS").read_text().splitlines()
    assert sums == [f"{hashlib.sha256(raw).hexdigest()}  {name}" for name, raw in expected.items()]


def test_the_release_has_every_file_and_the_notes(tree: Tree) -> None:
    tree.write("build/dist/picus.deb", "package")
    digest = hashlib.sha256(b"package").hexdigest()
    tree.write("build/dist/SHA256SUMS", f"{digest}  picus.deb\n")
    done = tree.run("publish", "release", "v1.4.0")
    assert done.returncode == 0, done.stderr
    (call,) = tree.calls()
    assert call.startswith("gh release create v1.4.0 --verify-tag --title Picus 1.4.0 ")
    assert call.endswith(" build/dist/SHA256SUMS build/dist/picus.deb")
    assert (tree.path / "build/dist-notes.md").read_text() == "### Added\n\n- Moons.\n"

    tree.write("build/dist/picus.deb", "changed")
    assert tree.run("publish", "release", "v1.4.0").returncode != 0
    assert len(tree.calls()) == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "unexpected arguments"),
        (("image", "v1.4.0"), "unexpected arguments"),
        (("release", "v1.4.1"), "is not"),
        (("release", "v1.4.0"), "build/dist/SHA256SUMS is missing: run make dist"),
        (("files", "v1.4.0"), "build/images/picus.tar is missing: run make images"),
        (("image", "v1.4.0", "r"), "build/images/picus.tar is missing: run make images"),
    ],
)
def test_what_cannot_be_published_is_one_sentence(
    tree: Tree, arguments: tuple[str, ...], sentence: str
) -> None:
    done = tree.run("publish", *arguments)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert sentence in done.stderr
    assert not tree.calls()


def test_dependencies_are_updated_together_by_kind() -> None:
    text = (ROOT / ".github" / "dependabot.yml").read_text(encoding="utf-8")
    updates = yaml.safe_load(text)["updates"]
    for update in updates:
        for directory in update.get("directories") or [update["directory"]]:
            assert (ROOT / directory.lstrip("/")).is_dir(), directory
    kinds = [update["package-ecosystem"] for update in updates]
    assert len(kinds) == len(set(kinds))


# The files that name dependencies, by the kind of Dependabot's that reads them
LISTS = {
    "pip": r"/requirements[\w-]*\.txt$",
    "npm": r"/package-lock\.json$",
    "gomod": r"/go\.sum$",
    "maven": r"/pom\.xml$",
    "docker": r"/[\w.]*Containerfile$",
}


def test_each_list_of_dependencies_is_kept_up_to_date() -> None:
    text = (ROOT / ".github" / "dependabot.yml").read_text(encoding="utf-8")
    named = {
        update["package-ecosystem"]: set(update.get("directories") or [update["directory"]])
        for update in yaml.safe_load(text)["updates"]
    }
    found = {"github-actions": {"/"}}
    files = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    for kind, pattern in LISTS.items():
        found[kind] = {
            f"/{name[: match.start()]}" for name in files if (match := re.search(pattern, name))
        }
    assert named == found
