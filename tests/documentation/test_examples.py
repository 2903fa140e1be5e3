"""The examples of the documents, run as they stand against the dossier; what they show is what they give."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from psycopg import sql
from psycopg.conninfo import make_conninfo

from services.access.keys import Keys
from services.access.roles import Role
from services.api.app import create_app
from services.cli.main import run
from services.intake.importing import import_files
from services.operations.wiring import Service, present, service
from tests.conftest import TEMPLATE, fresh_database
from tests.documentation.reading import DOCUMENTS, TOP, Command, blocks, commands

WITH_EXAMPLES = [
    document for document in DOCUMENTS if any(block.language in ("console", "sql") for block in blocks(document))
]
ADDRESS = "http://127.0.0.1:8321"


@pytest.fixture(scope="module")
def dossier_database(postgres_server: str) -> Iterator[str]:
    """The name of a database that holds the dossier, to be cloned."""
    with fresh_database(postgres_server, TEMPLATE) as url:
        with service(url) as built:
            import_files(built.recording, [TOP / "dossier"], recorded_by="operator", clock=present)
        with psycopg.connect(url) as connection:
            name = connection.info.dbname
        yield name


@pytest.mark.parametrize("document", WITH_EXAMPLES)
def test_the_examples_of_a_document_give_what_it_shows(
    document: str, postgres_server: str, dossier_database: str, tmp_path: Path, shell: Shell
) -> None:
    with fresh_database(postgres_server, dossier_database) as url, service(url) as served:
        app = create_app(served)
        (tmp_path / "dossier").symlink_to(TOP / "dossier")
        answer: Any = None
        for block in blocks(document):
            where = f"{document}, line {block.line}"
            if block.language == "yaml" and (named := re.match(r"# (\S+\.yaml)\n", block.text)):
                (tmp_path / named[1]).write_text(block.text, "utf-8")
            elif block.file is not None:
                (tmp_path / block.file).write_text(block.text, "utf-8")
            elif block.language == "console":
                for command in commands(block):
                    output = _run(command, served, app, tmp_path, where, shell)
                    _holds(output, command.shown, f"{where}: {' '.join(command.words)}")
                    answer = _json(output)
            elif block.language == "json" and answer is not None:
                shown = json.loads(block.text)
                assert _contains(answer, shown), f"{where}: shown, but not in the answer to the command before it"
            elif block.language == "sql":
                _query(url, block.text, where)


Shell = Callable[[str, Path, list[str]], tuple[int, str, str]]


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Shell:
    """Runs `dateline` in this process: with which code it ends, what it prints, and what it says of trouble."""

    def run_in(url: str, folder: Path, words: list[str]) -> tuple[int, str, str]:
        with monkeypatch.context() as surroundings:
            surroundings.chdir(folder)
            for name, value in {
                "DATELINE_DATABASE_URL": url,
                "DATELINE_RECORDED_BY": "operator",
                "COLUMNS": "100",
            }.items():
                surroundings.setenv(name, value)
            capsysbinary.readouterr()
            with pytest.raises(SystemExit) as ended:
                run(words)
        printed = capsysbinary.readouterr()
        return int(ended.value.code or 0), printed.out.decode(), printed.err.decode()

    return run_in


def _run(command: Command, served: Service, app: FastAPI, folder: Path, where: str, shell: Shell) -> str:
    words = command.words
    if words[0] == "curl":
        address = next(word for word in words[1:] if word.startswith("http"))
        assert address.startswith(ADDRESS), f"{where}: examples ask {ADDRESS}"
        return _ask(served, app, words[1:], address, folder)
    if words[:2] == ["./run", "dateline"]:
        words = words[1:]
    assert words[0] == "dateline", f"{where}: '{words[0]}' is not run in a console block; use sh"
    code, output, errors = shell(served.url, folder, words[1:])
    refused = bool(command.shown) and command.shown[0] in errors
    assert code == (2 if refused else 0), f"{where}: {' '.join(words)}: {errors}"
    return errors if refused else output


def _ask(served: Service, app: FastAPI, words: list[str], address: str, folder: Path) -> str:
    """What curl would be answered, with the key of an administrator where the example has one."""
    parts = urlsplit(address)
    given = {option: [value for name, value in pairwise(words) if name == option] for option in ("-H", "-d")}
    data = [(folder / each[1:]).read_text("utf-8") if each.startswith("@") else each for each in given["-d"]]

    async def ask(token: str) -> str:
        headers = dict(header.replace("$KEY", token).split(": ", 1) for header in given["-H"])
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=ADDRESS) as client:
            where = f"{parts.path}?{parts.query}"
            if not data:
                return (await client.get(where, headers=headers)).text
            answered = await client.post(where, content=data[0], headers=headers)
            assert answered.is_success, f"{address}: {answered.text}"
            return answered.text

    token = Keys(served.pool, served.clock).make("example", Role.ADMIN).token if data else ""
    return asyncio.run(ask(token))


def _holds(output: str, shown: list[str], where: str) -> None:
    """Every shown line stands in the output, in order; without an ellipsis between them, one right after the other."""
    lines = [_still(line) for line in output.splitlines() if line.strip()]
    at, skipping = 0, True
    for line in shown:
        if line.strip() == "…":
            skipping = True
            continue
        try:
            found = lines.index(_still(line), at)
        except ValueError:
            pytest.fail(f"{where}: the output has no line\n{line}\n\n{output[:4000]}")
        assert skipping or found == at, f"{where}: lines are left out before\n{line}\n\n{output[:4000]}"
        at, skipping = found + 1, False


def _still(line: str) -> str:
    """A line without what differs from run to run: moments and batches."""
    line = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "MOMENT", line)
    return re.sub(r"import-[0-9a-f-]{36}", "BATCH", line).rstrip()


def _json(output: str) -> Any:
    try:
        return json.loads(output)
    except ValueError:
        return None


def _contains(answer: Any, shown: Any) -> bool:
    """Whether the answer, or any part of it, has all that is shown."""
    if _has(answer, shown):
        return True
    parts = answer.values() if isinstance(answer, dict) else answer if isinstance(answer, list) else ()
    return any(_contains(part, shown) for part in parts)


def _has(answer: Any, shown: Any) -> bool:
    if isinstance(shown, dict) and isinstance(answer, dict):
        return all(name in answer and _has(answer[name], value) for name, value in shown.items())
    return bool(answer == shown)


def _query(url: str, text: str, where: str) -> None:
    with psycopg.connect(make_conninfo(url, options="-c default_transaction_read_only=on")) as connection:
        found = connection.execute(sql.SQL(text)).fetchall()  # type: ignore[arg-type]
    assert found, f"{where}: the query finds nothing"
