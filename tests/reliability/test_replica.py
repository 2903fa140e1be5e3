"""Two real servers, one of which follows the other: what a service upon the second answers, and what it refuses."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

import httpx
import psycopg
import pytest

from projections.database import migrations
from tests.api.test_problems import problem
from tests.api.test_streams import following
from tests.api.writing import did, entry, told
from tests.cli.processes import Serving, done, serving
from tests.documentation.reading import TOP
from tests.operations.servers import Deployment, deployed, replicated

DOSSIER = TOP / "dossier"

DAYS = "as_of=2020-06-01&known_on=2020-06-01"

PINNED = (
    "/v1/jurisdictions?position={position}",
    f"/v1/jurisdictions/NL/state?{DAYS}&position={{position}}",
    f"/v1/jurisdictions/US/state?{DAYS}&position={{position}}&format=csv",
    f"/v1/state?{DAYS}&position={{position}}",
    f"/v1/deadlines?{DAYS}&position={{position}}",
    f"/v1/measures/US/huawei-temporary-general-licence?{DAYS}&position={{position}}",
    "/v1/measures/US/huawei-temporary-general-licence/history?position={position}",
    "/v1/jurisdictions/US/changes?from=2019-01-01&to=2020-12-31&known_on=2020-12-31&position={position}",
    "/v1/changes?from=2020-01-01&to=2020-12-31&known_on=2020-12-31&position={position}",
    "/v1/series?from=2019-01-01&to=2020-12-31&known_on=2020-12-31&position={position}",
    "/v1/acts/us-tgl-2019-05?position={position}",
    f"/v1/jurisdictions/US/restatement?{DAYS}&from_position=10&to_position={{position}}",
    f"/v1/jurisdictions/DE/pressure?{DAYS}&position={{position}}",
    f"/v1/jurisdictions/NL/report?{DAYS}&position={{position}}&format=md",
    "/v1/log?position={position}&limit=1000",
    "/v1/search?q=Huawei&position={position}",
)


class Pair(NamedTuple):
    """Both servers, a service upon each, and the key of one who may record; the key is known to both."""

    primary: Deployment
    replica: Deployment
    written: Serving
    read: Serving
    key: str

    def record(self, slug: str) -> int:
        """Records an act of its own measure through the first; its position."""
        answer = httpx.post(
            f"{self.written.base}/v1/acts",
            json=entry(told(slug, did("adopted", slug, effects=["restricts"]))),
            headers={"Authorization": f"Bearer {self.key}"},
        )
        assert answer.status_code == 201, answer.text
        return int(answer.json()["edition"])

    def has_reached(self, position: int) -> bool:
        return int(httpx.get(f"{self.read.base}/v1/log?limit=1").json()["position"]) >= position


@contextmanager
def paired(folder: Path, *files: Path) -> Iterator[Pair]:
    """The files are imported into the first, and the second has reached it, before anything is asked."""
    (folder / "one").mkdir()
    (folder / "two").mkdir()
    with deployed(folder / "one", 18) as primary:
        made = done("keys", "make", "--name", "ada", "--role", "recorder", DATELINE_DATABASE_URL=primary.owner)
        key = next(word for word in made.stdout.split() if word.startswith("dateline_"))
        for file in files:
            imported = done("import", str(file), DATELINE_DATABASE_URL=primary.application)
            assert imported.returncode == 0, imported.stderr
        with (
            replicated(folder / "two", 18, primary) as replica,
            serving(DATELINE_DATABASE_URL=primary.application) as written,
            serving(DATELINE_DATABASE_URL=replica.application) as read,
        ):
            pair = Pair(primary, replica, written, read, key)
            position = pair.record("xa-first")
            assert comes_true(lambda: pair.has_reached(position))
            assert comes_true(lambda: httpx.get(f"{read.base}/v1/search?q=xa-first&position={position}").is_success)
            yield pair


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with paired(tmp_path_factory.mktemp("pair"), DOSSIER) as pair:
        yield pair


def comes_true(question: Callable[[], bool], seconds: float = 30, pause: float = 0.05) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if question():
            return True
        time.sleep(pause)
    return False


def test_a_pinned_question_has_the_same_bytes_from_both(pair: Pair) -> None:
    position = int(httpx.get(f"{pair.read.base}/v1/log?limit=1").json()["position"])
    for asked in PINNED:
        address = asked.format(position=position)
        first, second = (httpx.get(f"{base}{address}") for base in (pair.written.base, pair.read.base))
        assert first.status_code == 200, (address, first.text)
        assert first.content
        assert second.content == first.content, address
        for name in ("etag", "cache-control", "vary", "content-type"):
            assert second.headers.get(name) == first.headers.get(name), address


def test_a_position_that_the_replica_has_not_reached_is_above_its_head_and_answered_when_it_has(pair: Pair) -> None:
    with psycopg.connect(pair.replica.superuser, autocommit=True) as replica:
        replica.execute("select pg_wal_replay_pause()")
        try:
            position = pair.record("xa-while-it-stands-still")
            address = f"/v1/jurisdictions/XA/state?{DAYS}&position={position}"
            first = httpx.get(f"{pair.written.base}{address}")
            assert first.status_code == 200
            early = problem(httpx.get(f"{pair.read.base}{address}"), 404, "position-above-head")
            assert early["head"] < position
        finally:
            replica.execute("select pg_wal_replay_resume()")
    assert comes_true(lambda: pair.has_reached(position))
    assert httpx.get(f"{pair.read.base}{address}").content == first.content


def test_what_is_acknowledged_is_read_from_the_replica_a_moment_later(pair: Pair) -> None:
    behind = []
    for number in range(20):
        position = pair.record(f"xa-in-a-row-{number}")
        begun = time.monotonic()
        address = f"{pair.read.base}/v1/jurisdictions/XA/state?{DAYS}&position={position}"
        assert comes_true(lambda address=address: httpx.get(address).status_code == 200, pause=0)  # type: ignore[misc]
        behind.append(time.monotonic() - begun)
    print(f"a replica on the same machine answers at a position {median(behind) * 1000:.0f} ms after (median of 20)")
    assert median(behind) < 5


def test_the_head_of_a_replica_is_answered_under_its_own_position(pair: Pair) -> None:
    head = httpx.get(f"{pair.read.base}/v1/jurisdictions/XA/state").json()
    ready = httpx.get(f"{pair.read.base}/health/ready").json()
    assert head["position"] == ready["position"] > 0


def test_pages_are_shown_upon_a_replica(pair: Pair) -> None:
    for path in ("/", "/jurisdictions/NL", "/measures/US/huawei-temporary-general-licence", "/log", "/search?q=Huawei"):
        assert httpx.get(f"{pair.read.base}{path}", headers={"Accept": "text/html"}).status_code == 200


def test_a_write_upon_a_replica_is_refused_with_where_to_go(pair: Pair) -> None:
    headers = {"Authorization": f"Bearer {pair.key}"}
    body = entry(told("xa-astray", did("adopted", "astray")))
    for _ in range(2):  # the second time the key is known already
        refused = problem(httpx.post(f"{pair.read.base}/v1/acts", json=body, headers=headers), 421, "read-only")
        assert "the service of the server that it follows" in refused["detail"]
    tried = httpx.post(f"{pair.read.base}/v1/acts?dry_run=true", json=body, headers=headers)
    assert tried.status_code == 200  # what it would come to can be asked
    assert httpx.get(f"{pair.written.base}/v1/acts/xa-astray").status_code == 404
    assert "Traceback" not in pair.read.errors


@pytest.mark.parametrize(
    "command",
    [
        ["keys", "make", "--name", "eve", "--role", "reader"],
        ["import", str(DOSSIER / "NL.yaml")],
        ["rebuild"],
        ["migrate"],
    ],
    ids=lambda command: command[0],
)
def test_a_command_that_writes_is_refused_upon_a_replica(pair: Pair, command: list[str]) -> None:
    ended = done(*command, DATELINE_DATABASE_URL=pair.replica.owner)
    if command[0] == "import":  # all of it is on record
        assert ended.returncode == 0, ended.stderr
        return
    assert ended.returncode == 2, ended.stderr
    assert "This database takes no writes" in ended.stderr


def test_a_key_that_is_revoked_is_refused_by_both(pair: Pair) -> None:
    made = done("keys", "make", "--name", "dan", "--role", "reader", DATELINE_DATABASE_URL=pair.primary.owner)
    key = next(word for word in made.stdout.split() if word.startswith("dateline_"))
    headers = {"Authorization": f"Bearer {key}"}

    def asked(base: str) -> int:
        return httpx.get(f"{base}/v1/jurisdictions/NL/state", headers=headers).status_code

    assert comes_true(lambda: asked(pair.read.base) == 200)
    revoked = done("keys", "revoke", key.split("_")[1], DATELINE_DATABASE_URL=pair.primary.owner)
    assert revoked.returncode == 0, revoked.stderr
    assert asked(pair.written.base) == 401
    assert comes_true(lambda: asked(pair.read.base) == 401)


def test_a_stream_upon_a_replica_tells_what_is_recorded_upon_the_other(pair: Pair) -> None:
    with following(pair.read.base) as (events, place):
        position = pair.record("xa-followed")
        event = next(events)
        assert event.id == position
        assert '"xa-followed"' in json.dumps(event.data)
        assert place["id"] == position


def test_the_doctor_finds_a_replica_well_and_says_that_it_is_one(pair: Pair) -> None:
    findings = []
    for url in (pair.primary.application, pair.replica.application):
        looked = json.loads(done("doctor", "--json", DATELINE_DATABASE_URL=url).stdout)
        findings.append({each["check"]: each for each in looked["findings"]})
    assert [found.get("replica", {}).get("state") for found in findings] == [None, "ok"]
    assert "it follows another server" in findings[1]["replica"]["found"]
    not_well = [name for name, each in findings[1].items() if each["state"] != "ok"]
    assert not_well == ["durability"]  # as these servers are set up for tests


def test_older_tables_are_brought_up_to_date_upon_the_server_that_is_followed(pair: Pair) -> None:
    number, name, _ = migrations()[-1]
    with psycopg.connect(pair.primary.owner, autocommit=True) as primary:
        removed = primary.execute("delete from dateline.migration where number = %s returning *", [number]).fetchone()
        assert removed is not None
        assert removed[1] == name
        try:
            with psycopg.connect(pair.replica.owner, autocommit=True) as replica:
                asked = "select count(*) from dateline.migration where number = %s"
                assert comes_true(lambda: replica.execute(asked, [number]).fetchone() == (0,))
            refused = done("serve", "--port", "0", DATELINE_DATABASE_URL=pair.replica.owner)
            assert refused.returncode == 2
            assert "upon the server that it follows" in refused.stderr
        finally:
            primary.execute("insert into dateline.migration values (%s, %s, %s, %s)", removed)


def test_a_replica_that_takes_the_place_of_the_other_takes_writes_without_a_restart(tmp_path: Path) -> None:
    with paired(tmp_path) as pair:
        headers = {"Authorization": f"Bearer {pair.key}"}
        body = entry(told("xa-after-the-change", did("adopted", "after-the-change")))
        problem(httpx.post(f"{pair.read.base}/v1/acts", json=body, headers=headers), 421, "read-only")
        with psycopg.connect(pair.replica.superuser, autocommit=True) as replica:
            assert replica.execute("select pg_promote()").fetchone() == (True,)
        answer = httpx.post(f"{pair.read.base}/v1/acts", json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        assert answer.json()["edition"] == 2
        assert httpx.get(f"{pair.read.base}/v1/acts/xa-after-the-change").status_code == 200
