"""On whose behalf the embedded PostgreSQL runs: root, who may not run it, and ordinary users."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.operations import embedded
from services.operations.accounts import root_in_a_namespace
from services.operations.embedded import EmbeddedServer, embedded_server
from tests.operations.test_embedded_server import USER, one, server_of


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder outside pytest's private ones, which another account can reach."""
    folder = Path(tempfile.mkdtemp(prefix="dateline-test-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another account")


@root_only
def test_where_namespaces_are_forbidden_root_hands_the_server_to_a_poor_account(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "root_in_a_namespace", lambda: None)
    data_dir = open_folder / "data"
    with embedded_server(data_dir) as url:
        assert one(url, "SELECT 1") == 1
        assert server_of(data_dir).uids().real != 0
        assert EmbeddedServer(data_dir).home == data_dir / "postgres" / "server"
    monkeypatch.undo()
    # The cluster keeps its account where namespaces are allowed again.
    with embedded_server(data_dir) as url:
        assert one(url, "SELECT 1") == 1
        assert server_of(data_dir).uids().real != 0


@root_only
def test_binaries_that_the_account_cannot_reach_are_copied(
    tmp_path: Path, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = embedded.binaries()
    package = installed.parent.parent
    hidden = tmp_path / "hidden"
    hidden.mkdir(mode=0o700)
    (hidden / package.name).mkdir()
    for original in (package / installed.parent.name, package.with_name(package.name + ".libs")):
        subprocess.run(["cp", "-a", original, hidden / original.relative_to(package.parent)], check=True)
    monkeypatch.setattr(embedded, "binaries", lambda _: hidden / package.name / installed.parent.name / "bin")
    monkeypatch.setattr(embedded, "root_in_a_namespace", lambda: None)
    with embedded_server(open_folder / "data") as url:
        assert one(url, "SELECT 1") == 1
        assert "/runtime/" in server_of(open_folder / "data").exe()


@root_only
def test_an_ordinary_user_needs_no_detour(tmp_path: Path, project: Path) -> None:
    ordinary = root_in_a_namespace()  # to the programs in it, root is somebody else
    if ordinary is None:
        pytest.skip("user namespaces are forbidden here")
    data_dir = tmp_path / "mine"
    code, output = ordinary.run(
        [sys.executable, "-c", "import os; print(os.geteuid());" + USER, str(data_dir)], cwd=project
    )
    assert code == 0, output
    number, url = output.splitlines()
    assert int(number) != 0
    assert url.startswith("postgresql://")


@root_only
def test_a_cluster_of_another_user_is_refused_to_an_ordinary_one(tmp_path: Path, project: Path) -> None:
    ordinary = root_in_a_namespace()
    if ordinary is None:
        pytest.skip("user namespaces are forbidden here")
    with embedded_server(tmp_path):
        pass
    os.chown(EmbeddedServer(tmp_path).cluster, 12345, 12345)
    code, output = ordinary.run([sys.executable, "-c", USER, str(tmp_path)], cwd=project)
    assert code != 0
    assert "run as that user" in output
