"""What goes wrong: refusals as exceptions, reads that are sent again, what is not reached, what is not understood."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

import msgspec
import pytest
from msgspec.structs import fields

from dateline_client import Client, Misunderstood, Problem, Unreachable
from dateline_client.answers import Codebook
from tests.client.asking import Either, Told, tiny
from tests.client.conftest import Dossier

Asking = Callable[..., Either]

BUSY = Told(503, b'{"type": "/problems/log-busy", "title": "Busy", "detail": "Ask again."}', {"Retry-After": "0"})
LISTS = [each.name for each in fields(Codebook) if each.name not in ("rules", "version")]
CODEBOOK = Told(body=msgspec.json.encode({"rules": "1", "version": "v", **dict.fromkeys(LISTS, ())}))


def test_a_refusal_is_an_exception_with_its_facts(dossier: Dossier, either: Asking) -> None:
    with pytest.raises(Problem) as refused:
        either(dossier.url).state("Atlantis")
    problem = refused.value
    assert (problem.type, problem.word, problem.status) == (
        "/problems/unknown-jurisdiction", "unknown-jurisdiction", 404,
    )  # fmt: skip
    assert problem.members == {"jurisdiction": "Atlantis"}
    assert problem.title
    assert problem.detail in str(problem)
    assert "Atlantis" in problem.detail


def test_what_the_service_does_not_take_it_refuses_and_names(dossier: Dossier, either: Asking) -> None:
    with pytest.raises(Problem) as refused:
        either(dossier.url).state("NL", as_of="2019-11-31", status="asleep")
    assert refused.value.word == "invalid-parameters"
    assert {each["parameter"] for each in refused.value.members["parameters"]} == {"as_of", "status"}


def test_a_refusal_in_the_midst_of_pages_is_raised_where_the_rows_are_taken(dossier: Dossier, either: Asking) -> None:
    with pytest.raises(Problem, match="position-above-head"):
        either(dossier.url).log(position=10**9)


def test_a_measure_without_its_jurisdiction_is_told_so_before_anything_is_sent(either: Asking) -> None:
    with pytest.raises(ValueError, match="US/eo-13873"):
        either("http://127.0.0.1:9").measure("eo-13873")


def test_a_read_that_is_told_to_come_back_comes_back(either: Asking) -> None:
    with tiny(BUSY, BUSY._replace(status=429), CODEBOOK) as server:
        assert either(server.url).codebook().version == "v"
    assert [asked[:2] for asked in server.asked] == [("GET", "/v1/codebook")] * 3


def test_the_wait_is_as_long_as_the_service_says(either: Asking) -> None:
    with tiny(BUSY._replace(headers={"Retry-After": "1"}), CODEBOOK) as server:
        begun = time.monotonic()
        either(server.url).codebook()
    assert 1 <= time.monotonic() - begun < 30


def test_a_read_does_not_come_back_for_ever(either: Asking) -> None:
    with tiny(BUSY) as server, pytest.raises(Problem) as refused:
        either(server.url, patience=3).codebook()
    assert (refused.value.word, refused.value.retry_after) == ("log-busy", 0)
    assert len(server.asked) == 4


def test_a_wait_beyond_its_patience_is_not_begun(either: Asking) -> None:
    with tiny(BUSY._replace(headers={"Retry-After": "3600"})) as server, pytest.raises(Problem) as refused:
        either(server.url).codebook()
    assert refused.value.retry_after == 3600
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "told",
    [
        BUSY._replace(headers={}),
        BUSY._replace(headers={"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"}),
        BUSY._replace(status=500),
    ],
    ids=["nothing said", "a date", "an error of its own"],
)
def test_a_read_that_is_not_told_when_to_come_back_does_not(either: Asking, told: Told) -> None:
    with tiny(told, CODEBOOK) as server, pytest.raises(Problem) as refused:
        either(server.url).codebook()
    assert refused.value.retry_after is None
    assert len(server.asked) == 1


def test_a_write_is_never_sent_again_by_itself(either: Asking) -> None:
    with tiny(BUSY) as server, pytest.raises(Problem, match="log-busy"):
        either(server.url).retract("xa-order", reason="duplicate")
    assert [asked[:2] for asked in server.asked] == [("POST", "/v1/acts/xa-order/retraction")]


def test_an_error_of_something_before_the_service_is_a_problem_as_well(either: Asking) -> None:
    with tiny(Told(502, b"<h1>Bad Gateway</h1>")) as server, pytest.raises(Problem) as refused:
        either(server.url).codebook()
    problem = refused.value
    assert (problem.type, problem.title, problem.status) == ("about:blank", "Bad Gateway", 502)
    assert problem.detail == "<h1>Bad Gateway</h1>"


def test_a_redirection_is_not_followed_with_the_key(either: Asking) -> None:
    with tiny(CODEBOOK) as other, tiny(Told(302, b"", {"Location": f"{other.url}/v1/codebook"})) as server:
        with pytest.raises(Problem, match="302"):
            either(server.url, key="dateline_secret").codebook()
        assert other.asked == []


def test_an_answer_that_is_no_answer_is_told_so(either: Asking) -> None:
    for body in (b"<html>", b'{"rules": 1}', b"\xff"):
        with tiny(Told(body=body)) as server, pytest.raises(Misunderstood, match="no Codebook"):
            either(server.url).codebook()


def test_a_service_that_is_not_there_is_told_with_its_address(either: Asking) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(Unreachable, match=url):
            either(url).codebook()


def test_an_answer_that_breaks_off_is_not_taken_for_whole(either: Asking) -> None:
    row = (
        b'{"as_of":"2020-01-01","known_on":"2020-01-01","position":1,"recorded_at":null,"rules":"1",'
        b'"jurisdiction":"NL"}'
    )
    with tiny(Told(body=row + b"\n", cut=True)) as server, pytest.raises(Unreachable, match="broke off"):
        either(server.url).panel(from_="2020-01-01")


def test_a_service_that_says_nothing_is_not_waited_for_for_ever(either: Asking) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(Unreachable):
            either(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.1).codebook()


def test_the_key_is_the_argument_or_else_of_the_environment(either: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_KEY", "of the environment\n")
    with tiny(CODEBOOK) as server:
        for options in ({}, {"key": "of the argument"}, {"key": ""}):
            either(server.url, **options).codebook()
        monkeypatch.delenv("DATELINE_KEY")
        either(server.url).codebook()
    assert [headers.get("authorization") for _, _, headers in server.asked] == [
        "Bearer of the environment", "Bearer of the argument", None, None,
    ]  # fmt: skip


def test_a_key_that_cannot_be_one_is_told_so_without_showing_it(either: Asking) -> None:
    with pytest.raises(ValueError, match="no key has") as refused:
        either("http://127.0.0.1:9", key="schlüssel").codebook()
    assert "schl" not in str(refused.value)


def test_the_key_does_not_show() -> None:
    with Client(key="dateline_secret") as client:
        assert "secret" not in repr(client)
