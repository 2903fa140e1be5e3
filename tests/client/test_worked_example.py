"""The examples of the client's documentation, run as they stand, in their order; they print what is shown."""

from __future__ import annotations

import contextlib
import io
from itertools import pairwise
from typing import Any

import pytest

from dateline_client import Client
from dateline_client.client import URL
from tests.client.conftest import Dossier
from tests.documentation.reading import Block, blocks, text_of

DOCUMENT = "docs/client.md"


@pytest.mark.parametrize("document", ["README.md", DOCUMENT])
def test_the_examples_of_the_client_print_what_is_shown(
    document: str, dossier: Dossier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATELINE_KEY", dossier.keys["recorder"])
    names: dict[str, Any] = {"__name__": "example"}
    for block, following in pairwise([*blocks(document), Block("", "", 0, None)]):
        if block.language != "python":
            continue
        where = f"{document}, line {block.line}"
        shown = following.text if following.language == "text" else ""
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(block.text.replace(URL, dossier.url), where, "exec"), names)
        lines = printed.getvalue().replace(dossier.url, URL).splitlines()
        assert [line.rstrip() for line in lines] == shown.splitlines(), where


def test_every_method_is_documented() -> None:
    table = text_of(DOCUMENT).partition("## The methods")[2]
    made = {"ask", "rows", "events", "close", "url"}  # what the methods are made of
    for name in (each for each in dir(Client) if not each.startswith("_") and each not in made):
        assert f"`{name}`" in table, name
