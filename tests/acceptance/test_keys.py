"""A key from its making to its end: made in the shell, used over HTTP, told in the log, revoked while it is in use."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

COMMAND = [sys.executable, "-m", "services.cli.main"]
ACT = {
    "jurisdiction": "XA",
    "act": {
        "act": "xa-order-2020-01",
        "announced_on": "2020-01-15",
        "authority": "Ministry of Communications",
        "instrument": "rule",
        "title": "Order on trusted suppliers",
        "sources": [{"name": "Official journal"}],
        "actions": [{"measure": "supplier-order", "type": "adopted", "effects": ["restricts"]}],
    },
}


class Shell:
    """The shell of a service: its project, its environment."""

    def __init__(self, project: Path, url: str, **more: str) -> None:
        self.project = project
        self.environment = {**os.environ, "DATELINE_DATABASE_URL": url, **more}

    def run(self, *arguments: str) -> str:
        return subprocess.run(
            [*COMMAND, *arguments],
            cwd=self.project,
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout.strip()

    @contextmanager
    def serving(self) -> Iterator[httpx.Client]:
        with subprocess.Popen(
            [*COMMAND, "serve", "--port", "0"],
            cwd=self.project,
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                assert process.stdout is not None
                address = process.stdout.readline().split()[2].removesuffix("/v1/jurisdictions")
                with httpx.Client(base_url=address, timeout=30) as client:
                    yield client
            finally:
                process.terminate()


@pytest.mark.parametrize("reading", ["open", "closed"])
def test_a_key_is_made_in_the_shell_used_over_http_and_revoked_while_it_is_in_use(
    project: Path, database_url: str, reading: str
) -> None:
    shell = Shell(project, database_url, DATELINE_READING=reading)
    history = "/v1/measures/XA/supplier-order/history"
    with shell.serving() as client:
        token = shell.run("keys", "make", "--name", "ada", "--role", "recorder")
        key = {"Authorization": f"Bearer {token}"}
        assert client.post("/v1/acts", json=ACT).status_code == 401
        assert client.post("/v1/acts", json=ACT, headers=key).status_code == 201
        assert [each["recorded_by"] for each in client.get(history, headers=key).json()["entries"]] == ["ada"]
        assert client.get(history).status_code == (200 if reading == "open" else 401)

        # The key is exchanged without a gap: the second is of the same pseudonym.
        second = {"Authorization": f"Bearer {shell.run('keys', 'make', '--name', 'ada', '--role', 'recorder')}"}
        (first_id, second_id) = [each["id"] for each in json.loads(shell.run("keys", "list", "--json"))["keys"]]
        assert first_id in token
        shell.run("keys", "revoke", first_id)
        assert client.get(history, headers=key).status_code == 401
        assert client.post("/v1/acts", json=ACT, headers=key).status_code == 401
        repeated = client.post("/v1/acts", json=ACT, headers=second)
        assert repeated.status_code == 200, repeated.text
        shell.run("keys", "revoke", second_id)
        assert client.post("/v1/acts", json=ACT, headers=second).status_code == 401
    log = json.loads(shell.run("log", "--json"))
    assert [each["recorded_by"] for each in log["events"]] == ["ada"]
    assert token not in json.dumps(log)
