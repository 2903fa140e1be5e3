"""Texts that mean to do something, every one of them in every place, and in every header of every route as well."""

from __future__ import annotations

import httpx

from services.operations.wiring import service
from tests.acceptance.serving import served
from tests.api.test_injections import ask_everything


def test_a_text_that_means_to_do_something_does_nothing_in_any_header_either(database_url: str) -> None:
    with service(database_url) as opened, served(opened) as base:
        paths = httpx.get(f"{base}/v1/openapi.json").json()["paths"]
    assert ask_everything(database_url, paths) > 10_000
