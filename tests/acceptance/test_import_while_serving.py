"""Importing into the data that is being served: readers and writers go on, and see whole appends alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx

COMMAND = [sys.executable, "-m", "services.cli.main"]


def body(number: int) -> dict[str, object]:
    return {
        "jurisdiction": "XA",
        "act": {
            "act": f"xa-act-{number}",
            "announced_on": "2020-01-01",
            "authority": "Ministry",
            "instrument": "rule",
            "title": f"Act {number}",
            "sources": [{"name": "Gazette", "url": "https://gazette.example/1"}],
            "actions": [{"measure": f"law-{number}", "type": "adopted", "effects": ["restricts"]}],
        },
    }


def test_an_import_goes_into_the_data_that_is_served_while_others_read_and_write(project: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "DATELINE_DATA_DIR": str(tmp_path / "data"), "DATELINE_DATABASE_URL": ""}

    def started(*arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=project,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    with started("serve", "--port", "0") as serving:
        try:
            assert serving.stdout is not None
            base = serving.stdout.readline().split()[2].removesuffix("/v1/jurisdictions")
            with started("keys", "make", "--name", "ada", "--role", "recorder") as making:
                token = making.communicate(timeout=120)[0].strip()
            with (
                httpx.Client(base_url=base, timeout=120, headers={"Authorization": f"Bearer {token}"}) as client,
                started("import", str(project / "dossier"), "--json") as importing,
            ):
                written, position, alongside = 0, 0, 0
                while importing.poll() is None or written < 3:
                    world = client.get("/v1/state")
                    assert world.status_code == 200, world.text
                    assert world.json()["position"] >= position
                    position = world.json()["position"]
                    told = client.post("/v1/acts", json=body(written))
                    assert told.status_code == 201, told.text
                    assert told.json()["edition"] > position
                    written += 1
                    alongside += importing.poll() is None
                imported = json.loads(importing.communicate(timeout=120)[0])
                assert importing.returncode == 0
                assert alongside >= 1
                log = client.get("/v1/jurisdictions").json()
                assert log["position"] == imported["events"] + written
                law = client.get("/v1/jurisdictions/XA/state").json()["measures"]
                assert len(law) == written
        finally:
            serving.terminate()
            assert serving.wait(timeout=60) == 0
