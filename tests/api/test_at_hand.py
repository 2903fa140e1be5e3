"""A read that is at hand is answered before the framework is asked, and the answer is the one that its route gives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from projections.encoding import Encoding
from projections.following import Follower
from services.access.admission import Admission
from services.access.keys import Keys
from services.access.limits import limit_of
from services.access.roles import Role
from services.api import at_hand as room
from services.api.at_hand import AtHand
from services.operations.wiring import Service, service
from tests.acceptance.serving import served
from tests.api.conftest import COMMANDS, CORRECTED
from tests.conftest import TEMPLATE, fresh_database
from tests.waiting import comes_true

HEAD = 8
STATE = "/v1/jurisdictions/NL/state"
AT_HAND = [
    STATE,
    f"{STATE}?as_of=2020-04-01",
    f"{STATE}?known_on=2020-04-01&as_of=2020-04-01",
    f"{STATE}?as_of=2020-04-01&known_on=2026-11-01",
    f"{STATE}?as_of=2020-04-01&position={HEAD}",
    f"{STATE}?as_of=2020-04-01&known_on=2020-04-01&position={HEAD}&rules=1",
    "/v1/jurisdictions/Netherlands/state?as_of=2020-04-01",
    "/v1/jurisdictions/nl/state?as_of=2020-04-01",
    "/v1/jurisdictions/XX/state?as_of=2020-04-01",
    "/v1/state",
    "/v1/state?as_of=2020-04-01",
    "/v1/state?as_of=2020-04-01&known_on=2026-11-01",
]
ASKED_FURTHER_IN = [
    f"{STATE}?as_of=2020-04-01&position=3",
    f"{STATE}?as_of=2020-04-01&position={HEAD + 1}",
    f"{STATE}?as_of=2020-04-01&position=9999999999999999",
    f"{STATE}?as_of=2020-04-01&recorded_at=2026-11-20T08:00:00Z",
    f"{STATE}?as_of=2020-04-01&rules=2",
    f"{STATE}?as_of=2020-04-01&status=in_force",
    f"{STATE}?as_of=2020-04-01&classes=include",
    f"{STATE}?as_of=2020-04-01&classes=exclude",
    f"{STATE}?as_of=2020-04-01&format=csv",
    f"{STATE}?as_of=2020-04-01&format=json",
    f"{STATE}?as_of=2020-04-31",
    f"{STATE}?as_of=1899-12-31",
    f"{STATE}?as_of=2020-04-01&as_of=2020-04-02",
    f"{STATE}?as_of=",
    f"{STATE}?as_off=2020-04-01",
    f"{STATE}?as_of=2020%2D04-01",
    f"{STATE}?",
    "/v1/jurisdictions//state",
    "/v1/jurisdictions/N%4C/state?as_of=2020-04-01",
    "/v1/jurisdictions/no%2Fbody/state",
    "/v1/jurisdictions/nobody-knows/state",
    "/v1/state?subject=Brask",
    "/v1/state?as_of=2020-04-01&position=3",
]
HEADERS: list[dict[str, str]] = [
    {},
    {"Accept": "application/json"},
    {"Accept": "text/csv"},
    {"Accept": "text/csv, application/json;q=0.5"},
    {"Accept": "image/png"},
    {"If-None-Match": "*"},
    {"If-None-Match": '"0123"'},
    {"Authorization": "Bearer nobody's"},
    {"X-Forwarded-For": "192.0.2.7"},
]
OF_ITS_OWN = {"x-request-id", "date"}


@pytest.fixture(scope="module")
def opened(postgres_server: str) -> Iterator[Service]:
    with fresh_database(postgres_server, TEMPLATE) as url, service(url) as opened:
        opened.recording.record(COMMANDS, recorded_by="ada")
        opened.recording.record([CORRECTED], recorded_by="ben")
        yield opened


@pytest.fixture(scope="module")
def framework(opened: Service) -> Iterator[httpx.Client]:
    """A client of a server that does not follow the log, so that nothing is at hand."""
    with service(opened.url) as other, served(other) as base, httpx.Client(base_url=base) as client:
        yield client


@pytest.fixture(scope="module")
def at_hand(opened: Service) -> Iterator[httpx.Client]:
    """A client of a server that follows the log and was asked everything before."""
    follower = Follower(opened.url)
    with opened.encoding.following(follower), served(opened) as base, httpx.Client(base_url=base) as client:
        assert comes_true(lambda: follower.is_awake)
        for path in AT_HAND:
            assert client.get(path).status_code == 200
        yield client


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths of what was found at hand."""
    answered: list[str] = []
    find = AtHand.found

    def noted(self: AtHand, path: str, query: bytes) -> Any:
        found = find(self, path, query)
        if found is not None:
            answered.append(path)
        return found

    monkeypatch.setattr(AtHand, "found", noted)
    return answered


def alike(one: httpx.Response, other: httpx.Response) -> None:
    assert (one.status_code, one.content) == (other.status_code, other.content)
    told, of_other = ({n: v for n, v in each.headers.items() if n not in OF_ITS_OWN} for each in (one, other))
    assert told == of_other


@pytest.mark.parametrize("path", AT_HAND)
def test_what_is_at_hand_is_answered_at_once_and_as_the_framework_answers_it(
    at_hand: httpx.Client, framework: httpx.Client, answered: list[str], path: str
) -> None:
    alike(at_hand.get(path), framework.get(path))
    alike(at_hand.head(path), framework.head(path))
    etag = {"If-None-Match": framework.get(path).headers["etag"]}
    assert at_hand.get(path, headers=etag).status_code == 304
    alike(at_hand.get(path, headers=etag), framework.get(path, headers=etag))
    assert len(answered) == 3  # HEAD is the framework's


@pytest.mark.parametrize("path", ASKED_FURTHER_IN)
def test_whatever_is_otherwise_about_an_address_is_left_to_the_framework(
    at_hand: httpx.Client, framework: httpx.Client, answered: list[str], path: str
) -> None:
    alike(at_hand.get(path), framework.get(path))
    if path not in (f"{STATE}?", "/v1/jurisdictions/N%4C/state?as_of=2020-04-01"):
        assert answered == []


@pytest.mark.parametrize("headers", HEADERS)
@pytest.mark.parametrize("path", AT_HAND[1:4] + AT_HAND[-2:])
def test_whatever_is_otherwise_about_the_headers_the_answer_is_the_same(
    at_hand: httpx.Client, framework: httpx.Client, path: str, headers: dict[str, str]
) -> None:
    alike(at_hand.get(path, headers=headers), framework.get(path, headers=headers))


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_nothing_but_reading_is_answered_at_once(
    at_hand: httpx.Client, framework: httpx.Client, answered: list[str], method: str
) -> None:
    alike(at_hand.request(method, AT_HAND[1]), framework.request(method, AT_HAND[1]))
    assert answered == []


def test_where_reading_is_closed_nothing_is_at_hand_for_whoever_has_no_key(opened: Service) -> None:
    with (
        service(opened.url, admission=Admission(reading="closed")) as closed,
        closed.encoding.following(follower := Follower(opened.url)),
        served(closed) as base,
        httpx.Client(base_url=base) as client,
    ):
        key = {"Authorization": f"Bearer {Keys(closed.pool, closed.clock).make('eve', Role.READER).token}"}
        assert comes_true(lambda: follower.is_awake)
        for _ in range(2):
            told = client.get(AT_HAND[1], headers=key)
            assert (told.status_code, told.headers["cache-control"]) == (200, "no-cache")
            assert told.headers["vary"] == "Accept, Authorization, Cookie"
            assert client.get(AT_HAND[1]).status_code == 401


def test_what_is_at_hand_is_counted_like_all_else(opened: Service) -> None:
    few = Admission(requests=limit_of("5/minute"))
    with (
        service(opened.url, admission=few) as limited,
        limited.encoding.following(follower := Follower(opened.url)),
        served(limited) as base,
        httpx.Client(base_url=base) as client,
    ):
        assert comes_true(lambda: follower.is_awake)
        assert [client.get(AT_HAND[1]).status_code for _ in range(7)] == [200] * 5 + [429] * 2


def test_an_answer_at_hand_is_never_made_where_it_would_have_to_be_waited_for(
    opened: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    follower = Follower(opened.url)
    with service(opened.url) as other, other.encoding.following(follower):
        assert comes_true(lambda: follower.is_awake)
        monkeypatch.setattr(Encoding, "_as_bytes", None)
        assert other.encoding.at_hand("NL") is None
        assert other.encoding.at_hand(None) is None


def test_what_a_long_address_means_is_not_remembered(opened: Service) -> None:
    at_hand, long = AtHand(opened.encoding, is_open=True), "x" * 300
    for path, query in (("/v1/state", long), (f"/v1/jurisdictions/{long[:90]}/state", long), (f"/v1/{long}", "")):
        before = room._about.cache_info().currsize, room._times.cache_info().currsize
        assert at_hand.found(path, query.encode()) is None
        assert (room._about.cache_info().currsize, room._times.cache_info().currsize) == before
