"""Many writers at once over real HTTP, a lost acknowledgement, and everything told again: each act is there once."""

from __future__ import annotations

import json
import random
import socket
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import httpx
import msgspec
import yaml

from projections.rebuild import rebuild
from services.access.keys import Keys
from services.access.roles import Role
from services.intake.importing import import_files
from services.operations.wiring import Service, service
from tests.acceptance.serving import served
from tests.api.writing import Json, did, entry, told, writer
from tests.recording.test_two_services import tables

DOSSIER = Path(__file__).resolve().parents[2] / "dossier"
WRITERS = 32
EACH = 6


def test_every_acknowledged_act_of_many_writers_is_there_once_and_every_refused_one_nowhere(
    database_url: str,
) -> None:
    with service(database_url) as opened, served(opened) as base:
        token = Keys(opened.pool, opened.clock).make("ada", Role.RECORDER).token
        headers = {"Authorization": f"Bearer {token}"}
        begun = httpx.post(f"{base}/v1/acts", json=entry(told("xa-common", did("adopted", "common"))), headers=headers)
        assert begun.status_code == 201
        barrier = Barrier(WRITERS)

        def write(writer: int) -> list[tuple[str, int, Json]]:
            chance = random.Random(writer)
            found = []
            with httpx.Client(base_url=base, headers=headers, timeout=60) as client:
                barrier.wait()
                for number in range(EACH):
                    slug, body = _drawn(chance, writer, number)
                    answer = client.post("/v1/acts", json=body)
                    found.append((slug, answer.status_code, answer.json()))
                    if chance.random() < 0.3:  # the acknowledgement was lost: asked again as it was
                        found.append((slug, (again := client.post("/v1/acts", json=body)).status_code, again.json()))
            return found

        with ThreadPoolExecutor(WRITERS) as pool:
            results = [each for many in pool.map(write, range(WRITERS)) for each in many]
        statuses = Counter(status for _, status, _ in results)
        assert set(statuses) == {200, 201, 409, 412, 422}, statuses
        events = list(opened.log.walk())
        assert [event.position for event in events] == list(range(1, len(events) + 1))
        assert [event.recorded_at for event in events] == sorted(event.recorded_at for event in events)
        by_act: dict[str, list[int]] = {}
        acts: dict[str, list[Any]] = {}
        for event in events:
            act: Any = getattr(event.event, "act", None)
            by_act.setdefault(act.act, []).append(event.position)
            acts.setdefault(act.act, []).append(act)
        acknowledged = {"xa-common": [1]}
        for slug, status, answer in results:
            if status in (200, 201):
                assert acknowledged.setdefault(slug, answer["positions"]) == answer["positions"]
        assert acknowledged == by_act
        assert len(acts["xa-contested"]) == 1
        assert Counter(status for slug, status, _ in results if slug == "xa-contested")[201] == 1
        assert {slug for slug, status, _ in results if status in (409, 412, 422)} - by_act.keys()
        for slug, status, answer in results:
            if slug == "xa-contested" and status == 409:
                assert answer["fields"] == ["title"]
        before = tables(database_url)
        rebuild(opened.pool, opened.log)
        assert tables(database_url) == before


def _drawn(chance: random.Random, writer: int, number: int) -> tuple[str, Json]:
    """A body: on the common measure, on one of a few, guarded, unlawful, or under the contested slug."""
    if number == 0:
        return "xa-contested", entry(told("xa-contested", did("adopted", "contested"), title=f"told by {writer % 2}"))
    slug = f"xa-{writer}-{number}"
    day = f"20{21 + chance.randrange(5)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}"
    if number == 1:  # nobody has begun this measure
        return slug, entry(told(slug, did("amended", f"nothing-{writer}", effects=["none"]), on=day))
    if number == 2:  # read before anybody else had written
        return slug, entry(told(slug, did("amended", "common", effects=["none"]), on=day)) | {
            "expected": {"XA/common": 1}
        }
    if number == 3:
        return slug, entry(told(slug, did("adopted", f"own-{writer}"), did("noted", "common"), on=day))
    return slug, entry(told(slug, did("amended", "common", values={f"writer-{writer}": number}), on=day))


def test_a_write_whose_acknowledgement_was_lost_is_asked_again_as_it_was(database_url: str) -> None:
    body = json.dumps(entry(told()) | {"expected": {"XA/decree": 0}}).encode()
    with service(database_url) as opened, writer(opened) as client:
        url = client.base_url
        request = (
            f"POST /v1/acts HTTP/1.1\r\nHost: {url.host}\r\nAuthorization: {client.headers['authorization']}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode()
        with socket.create_connection((url.host, url.port or 80)) as connection:
            connection.sendall(request + body)
            _until(lambda: opened.log.head().position == 1)  # and hang up without having read the answer
        again = client.post("/v1/acts", content=body, headers={"Content-Type": "application/json"})
        assert (again.status_code, again.json()["positions"]) == (200, [1])
        assert opened.log.head().position == 1


def _until(is_so: Any) -> None:
    ends = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < ends
        time.sleep(0.01)


def test_the_dossier_and_what_was_put_right_in_it_told_again_and_again_grow_the_log_once(
    database_url: str, tmp_path: Path
) -> None:
    corrections = _corrections(tmp_path)
    with service(database_url) as opened, writer(opened) as client:
        retracted = entry(told("xa-mistake", did("adopted", "mistake")))
        recorded = client.post("/v1/acts", json=retracted)
        assert recorded.status_code == 201
        assert client.post("/v1/acts/xa-mistake/retraction", json={"reason": "unfounded"}).status_code == 201
        assert _imported(opened, DOSSIER) > 300
        assert _imported(opened, corrections) == 3
        head = opened.log.head()
        for path in (DOSSIER, corrections, corrections, DOSSIER):
            assert _imported(opened, path) == 0
        again = client.post("/v1/acts", json=retracted)
        assert (again.status_code, again.json()["positions"]) == (200, recorded.json()["positions"])
        assert again.json()["entries"][0]["now"] == "retracted"
        assert opened.log.head() == head


def _imported(opened: Service, path: Path) -> int:
    return import_files(opened.recording, [path], recorded_by="ada", clock=opened.clock).events


def _corrections(folder: Path) -> Path:
    """Two corrections and a retraction of acts of the dossier, as a file."""
    written: dict[str, list[Any]] = {"corrections": [], "retractions": []}
    dutch = yaml.safe_load((DOSSIER / "NL.yaml").read_text("utf-8"))
    plain = [act for act in msgspec.json.decode(msgspec.json.encode(dutch))["acts"] if len(act["actions"]) == 1]
    for act in plain[:2]:
        replacement = act | {"title": f"{act['title']} (as corrected)"}
        written["corrections"].append({"act": act["act"], "reason": "typo", "replacement": replacement})
    written["retractions"].append({"act": plain[0]["act"], "reason": "unfounded"})
    path = folder / "corrections.yaml"
    path.write_text(yaml.safe_dump({"jurisdiction": "NL", **written}, allow_unicode=True), "utf-8")
    return path
