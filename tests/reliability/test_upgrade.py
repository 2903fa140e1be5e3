"""Upgrading where PostgreSQL runs under an account of its own."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest

from services.operations import embedded
from services.operations.embedded import EmbeddedServer, embedded_server
from services.operations.upgrade import upgrade
from tests.operations.recording import fingerprint_of, record
from tests.operations.test_upgrade import of_16, quiet


def test_where_namespaces_are_forbidden_the_upgraded_database_belongs_to_the_same_account(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(embedded, "root_in_a_namespace", lambda: None)
    folder = Path(tempfile.mkdtemp(prefix="dateline-test-", dir="/tmp"))
    try:
        folder.chmod(0o755)
        with of_16(folder / "data") as url:
            record(url, 3)
        owner = EmbeddedServer(folder / "data").cluster.stat().st_uid
        assert owner != 0
        upgrade(folder / "data", quiet)
        with embedded_server(folder / "data") as url:
            assert fingerprint_of(url).position == 3
            assert EmbeddedServer(folder / "data").cluster.stat().st_uid == owner
    finally:
        shutil.rmtree(folder)
