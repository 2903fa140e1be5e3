"""What goes wrong inside is said without its inside."""

from __future__ import annotations

from typing import Any

import httpx
import psycopg
import pytest
from msgspec.structs import fields

from services.operations.wiring import Service
from tests.acceptance.serving import served
from tests.api.test_problems import problem


class Failing:
    """Answers nothing, but fails."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def jurisdictions(self, **_: Any) -> None:
        raise self.error


def asked(error: Exception) -> httpx.Response:
    failing: Any = Failing(error)
    nothing: Any = dict.fromkeys(each.name for each in fields(Service) if each.required)
    with served(Service(**nothing | {"answering": failing})) as base:
        return httpx.get(f"{base}/v1/jurisdictions")


@pytest.mark.parametrize("error", [psycopg.OperationalError("secret"), psycopg.errors.AdminShutdown("secret")])
def test_a_database_that_does_not_answer_is_a_matter_of_time(error: Exception) -> None:
    answer = asked(error)
    problem(answer, 503, "database-unavailable")
    assert answer.headers["retry-after"] == "5"
    assert "secret" not in answer.text


@pytest.mark.parametrize("error", [psycopg.OperationalError("secret"), RuntimeError("secret")])
def test_a_connection_that_ends_with_an_error_is_said_to_end(error: Exception) -> None:
    assert asked(error).headers["connection"] == "close"


def test_a_full_disk_is_said_as_such() -> None:
    problem(asked(psycopg.errors.DiskFull("secret")), 503, "storage-full")


def test_an_error_that_nobody_foresaw_shows_nothing_of_its_inside() -> None:
    answer = asked(RuntimeError("secret"))
    problem(answer, 500, "unforeseen")
    assert "secret" not in answer.text


class Gone:
    """A pool whose database does not answer."""

    def connection(self) -> None:
        raise psycopg.OperationalError("secret")


def test_a_key_that_cannot_be_looked_up_is_a_matter_of_time() -> None:
    nothing: Any = dict.fromkeys(each.name for each in fields(Service) if each.required)
    with served(Service(**nothing | {"pool": Gone()})) as base:
        key = {"Authorization": f"Bearer dateline_{'0' * 12}_{'x' * 43}"}
        answer = httpx.get(f"{base}/v1/openapi.json", headers=key)
    problem(answer, 503, "database-unavailable")
    assert "secret" not in answer.text
