"""A wrong date is recorded, put right in the open, and both truths can be asked for: at every door."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from services.access.roles import Role
from services.cli.main import run
from services.operations.wiring import service
from tests.api.writing import Json, did, entry, told, writer
from tests.web.browsing import Browser, browsing, key_of

MEASURE = "XA/supplier-decree"
WRONG = told("xa-decree-2019-11", did("adopted", "supplier-decree", effects=["restricts"], effective_on="2020-05-01"))
RIGHT = told("xa-decree-2019-11", did("adopted", "supplier-decree", effects=["restricts"], effective_on="2020-03-01"))
ON = "2020-04-01"


def test_over_http(database_url: str) -> None:
    with service(database_url) as opened, writer(opened) as client:

        def ask(path: str, **params: Any) -> Json:
            answer = client.get(path, params=params)
            assert answer.status_code == 200, answer.text
            found: Json = answer.json()
            return found

        recorded = client.post("/v1/acts", json=entry(WRONG)).json()
        measure = ask(f"/v1/measures/{MEASURE}", as_of=ON)
        assert (measure["line"]["status"], measure["revision"]) == ("adopted", 1)
        correction = {
            "jurisdiction": "XA",
            "reason": "wrong_date",
            "note": "the journal says 1 March",
            "replacement": RIGHT,
            "expected": {MEASURE: measure["revision"]},
        }
        path = "/v1/acts/xa-decree-2019-11/corrections"
        tried = client.post(path, json=correction, params={"dry_run": "true"}).json()
        assert [(row["on"], row["what"]) for row in tried["measures"][0]["new"]] == [("2020-03-01", "took_effect")]
        corrected = client.post(path, json=correction)
        assert corrected.status_code == 201
        now = ask("/v1/jurisdictions/XA/state", as_of=ON)
        assert (now["headline"]["status"], now["measures"][0]["effective_on"]) == ("in_force", "2020-03-01")
        then = ask("/v1/jurisdictions/XA/state", as_of=ON, position=recorded["edition"])
        assert (then["headline"], then["measures"][0]["effective_on"]) == (None, "2020-05-01")
        entries = ask(f"/v1/measures/{MEASURE}/history")["entries"]
        assert [(each["type"], each["superseded_by"]) for each in entries] == [("adopted", 2), ("corrected", None)]
        assert (entries[1]["reason"], entries[1]["note"]) == ("wrong_date", "the journal says 1 March")
        assert entries[1]["actions"][0]["effective_on"] == "2020-03-01"
        assert client.post(path, json=correction).status_code == 200


def test_by_forms_in_a_browser(database_url: str) -> None:
    with service(database_url) as opened, browsing(opened) as base:

        def ask(path: str, **params: Any) -> Json:
            answer = ada.client.get(path, params=params, headers={"Accept": "application/json"})
            assert answer.status_code == 200, answer.text
            found: Json = answer.json()
            return found

        ada, ben = Browser(base), Browser(base)
        ada.sign_in(key_of(opened, "ada", Role.RECORDER))
        ada.open(f"/record/act?measure={MEASURE}")
        ada.press("do=choose", {"act.actions[0].type": "adopted"})
        wrong: dict[str, str | list[str]] = {
            "act.act": "xa-decree-2019-11",
            "act.announced_on": "2019-11-28",
            "act.authority": "Ministry of Communications",
            "act.instrument": "rule",
            "act.title": "Decree on trusted suppliers",
            "act.sources[0].name": "Official journal 2019, 457",
            "act.actions[0].effects": ["restricts"],
            "act.actions[0].effective_on": "2020-05-01",
        }
        ada.press("do=preview", wrong)
        assert "1 event was recorded at position 1 of the log." in ada.press("do=record").text
        ada.open("/record/acts/xa-decree-2019-11/correction")
        day = "replacement.actions[0].effective_on"
        ada.press("do=preview", {"reason": "wrong_date", "note": "the journal says 1 March", day: "2020-03-01"})
        assert "1 event was recorded at position 2 of the log." in ada.press("do=record").text
        assert ada.open("/record/acts/xa-decree-2019-11/verification").status == 403
        ben.sign_in(key_of(opened, "ben", Role.REVIEWER), "/record/acts/xa-decree-2019-11/verification")
        ben.press("do=preview", {"level": "official_document"})
        assert "1 event was recorded at position 3 of the log." in ben.press("do=record").text

        now = ask("/v1/jurisdictions/XA/state", as_of=ON)
        assert (now["headline"]["status"], now["measures"][0]["effective_on"]) == ("in_force", "2020-03-01")
        assert now["measures"][0]["verified"] == "official_document"
        then = ask("/v1/jurisdictions/XA/state", as_of=ON, position=1)
        assert (then["headline"], then["measures"][0]["effective_on"]) == (None, "2020-05-01")
        entries = ask(f"/v1/measures/{MEASURE}/history")["entries"]
        assert [(each["type"], each["recorded_by"], each["superseded_by"]) for each in entries] == [
            ("adopted", "ada", 2),
            ("corrected", "ada", None),
            ("verified", "ben", None),
        ]
        assert entries[1]["changed"] == [{"field": "actions[0].effective_on", "from": "2020-05-01", "to": "2020-03-01"}]
        log = ask("/v1/log", act="xa-decree-2019-11")["events"]
        assert [(each["position"], each["name"]) for each in log] == [(1, "adopted"), (2, "corrected"), (3, "verified")]


def test_by_command_line(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setenv("DATELINE_DATABASE_URL", database_url)
    (tmp_path / "decree.json").write_text(json.dumps(entry(WRONG)))
    (tmp_path / "right.json").write_text(
        json.dumps({"jurisdiction": "XA", "reason": "wrong_date", "replacement": RIGHT})
    )

    def dateline(*arguments: str) -> Json:
        capsysbinary.readouterr()
        with pytest.raises(SystemExit) as ended:
            run([*arguments, "--json"])
        printed = capsysbinary.readouterr()
        assert ended.value.code == 0, printed.err
        found: Json = json.loads(printed.out)
        return found

    recorded = dateline("record", str(tmp_path / "decree.json"))
    measure = dateline("measure", MEASURE, "--as-of", ON)
    assert (measure["line"]["status"], measure["revision"]) == ("adopted", 1)
    correct = ("correct", "xa-decree-2019-11", str(tmp_path / "right.json"), "--expected", f"{MEASURE}=1")
    tried = dateline(*correct, "--dry-run")
    assert (tried["events"], tried["measures"][0]["after"]["effective_on"]) == (1, "2020-03-01")
    assert dateline(*correct)["revisions"] == {MEASURE: 2}
    now = dateline("state", "XA", "--as-of", ON)
    assert (now["headline"]["status"], now["measures"][0]["effective_on"]) == ("in_force", "2020-03-01")
    then = dateline("state", "XA", "--as-of", ON, "--position", str(recorded["edition"]))
    assert (then["headline"], then["measures"][0]["effective_on"]) == (None, "2020-05-01")
    entries = dateline("history", MEASURE)["entries"]
    assert [(each["type"], each["superseded_by"]) for each in entries] == [("adopted", 2), ("corrected", None)]


def test_an_adoption_under_five_extensions_is_retracted_with_them_or_from_the_newest(database_url: str) -> None:
    months = range(5, 10)
    acts = [told("xa-licence", did("adopted", "licence", effects=["permits_temporarily"], expires_on="2020-05-31"))]
    acts += [
        told(
            f"xa-ext-{month}",
            did("extended", "licence", expires_on=f"2020-{month + 1:02}-28"),
            on=f"2020-{month:02}-01",
        )
        for month in months
    ]
    why = {"reason": "unfounded"}
    with service(database_url) as opened, writer(opened) as client:
        batch = client.post("/v1/acts", json={"acts": [entry(act) for act in acts]}).json()["batch"]
        refused = client.post("/v1/acts/xa-licence/retraction", json=why)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/leaves-without-base")
        assert refused.json()["acts"] == [f"xa-ext-{month}" for month in months]
        undone = client.post(f"/v1/batches/{batch}/retraction", json=why)
        assert (undone.status_code, len(undone.json()["entries"])) == (201, 6)
        assert client.get("/v1/jurisdictions/XA/state").json()["measures"] == []
        again = {"acts": [entry(act | {"again": True}) for act in acts]}
        assert client.post("/v1/acts", json=again).status_code == 201
        for act in reversed(acts):
            assert client.post(f"/v1/acts/{act['act']}/retraction", json=why).status_code == 201
        assert client.get("/v1/jurisdictions/XA/state").json()["measures"] == []
