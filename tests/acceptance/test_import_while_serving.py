"""Importing into the data that is being served: readers and writers go on, and see whole appends alone."""

from __future__ import annotations

import json
from pathlib import Path

import httpx

from tests.api.writing import did, entry, told
from tests.cli.processes import done, serving, started


def test_an_import_goes_into_the_data_that_is_served_while_others_read_and_write(project: Path, tmp_path: Path) -> None:
    settings = {"DATELINE_DATA_DIR": str(tmp_path / "data"), "DATELINE_DATABASE_URL": ""}
    with serving(**settings) as served:
        token = done("keys", "make", "--name", "ada", "--role", "recorder", **settings).stdout.strip()
        with (
            httpx.Client(base_url=served.base, timeout=120, headers={"Authorization": f"Bearer {token}"}) as client,
            started("import", str(project / "dossier"), "--json", **settings) as importing,
        ):
            written, position, alongside = 0, 0, 0
            while importing.process.poll() is None or written < 3:
                world = client.get("/v1/state")
                assert world.status_code == 200, world.text
                assert world.json()["position"] >= position
                position = world.json()["position"]
                act = told(f"xa-{written}", did("adopted", f"law-{written}", effects=["restricts"]))
                answered = client.post("/v1/acts", json=entry(act))
                assert answered.status_code == 201, answered.text
                assert answered.json()["edition"] > position
                written += 1
                alongside += importing.process.poll() is None
            imported = json.loads(importing.rest())
            assert importing.process.returncode == 0
            assert alongside >= 1
            log = client.get("/v1/jurisdictions").json()
            assert log["position"] == imported["events"] + written
            law = client.get("/v1/jurisdictions/XA/state").json()["measures"]
            assert len(law) == written
        assert served.end() == 0
