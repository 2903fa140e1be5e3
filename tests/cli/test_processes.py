"""The command line as a process: started, piped, interrupted, and what it leaves behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import pytest

from tests.cli.processes import COMMAND, done, serving, started, surroundings


def servers_of(data_dir: Path) -> list[psutil.Process]:
    """The PostgreSQL servers that run on the data of a directory."""
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if process.info["cmdline"]
        and "postgres" in process.info["cmdline"][0]
        and any(str(data_dir) in each for each in process.info["cmdline"])
    ]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_serving_answers_and_ends_within_seconds_without_an_orphan(
    data_dir: Path, number: signal.Signals, code: int
) -> None:
    with serving(DATELINE_DATA_DIR=str(data_dir), DATELINE_DATABASE_URL="") as served:
        with urllib.request.urlopen(f"{served.base}/v1/jurisdictions", timeout=30) as answer:
            assert json.load(answer)["jurisdictions"] == []
        assert len(servers_of(data_dir)) > 0
        assert served.end(number) == code
        assert "Traceback" not in served.errors
        assert servers_of(data_dir) == []


def test_what_a_client_says_of_its_address_is_not_believed_not_even_from_this_machine(database_url: str) -> None:
    environment = {
        "DATELINE_DATABASE_URL": database_url,
        "DATELINE_RATE_LIMIT": "2/day",
        "FORWARDED_ALLOW_IPS": "*",  # the server's own variable, which would have it believe
    }
    with serving(**environment) as served:
        statuses = []
        for number in range(4):
            address = f"{served.base}/v1/jurisdictions"
            asked = urllib.request.Request(address, headers={"X-Forwarded-For": f"198.51.100.{number}"})
            try:
                with urllib.request.urlopen(asked, timeout=30) as answer:
                    statuses.append(answer.status)
            except urllib.error.HTTPError as error:
                statuses.append(error.code)
        assert statuses == [200, 200, 429, 429]


def test_a_port_in_use_is_said_to_be_so_before_anything_is_started(project: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = done("serve", "--port", str(port), DATELINE_DATA_DIR=str(tmp_path))
    assert ended.returncode == 2
    assert f"Port {port} of 127.0.0.1 is in use by another program" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_address_of_another_machine_is_refused(project: Path, tmp_path: Path) -> None:
    ended = done("serve", "--host", "192.0.2.1", "--port", "0", DATELINE_DATA_DIR=str(tmp_path))
    assert ended.returncode == 2
    assert "Cannot listen on 192.0.2.1, port 0" in ended.stderr


def test_a_reader_who_has_read_enough_is_no_error(project: Path, database_url: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as closed:
        ended = subprocess.run(
            [*COMMAND, "world", "--json"],
            cwd=project,
            env=surroundings({"DATELINE_DATABASE_URL": database_url}),
            stdout=closed,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (ended.returncode, ended.stderr) == (0, "")


def test_the_demo_ends_quietly_where_its_reader_has_read_enough(database_url: str) -> None:
    with started("demo", "--no-serve", DATELINE_DATABASE_URL=database_url) as shown:
        shown.line()
        assert shown.process.stdout is not None
        shown.process.stdout.close()
        assert shown.process.wait(timeout=60) == 0
        assert shown.errors == ""


def test_every_command_and_every_option_has_help(project: Path) -> None:
    import typer.main

    from services.cli.main import app

    for name, command in typer.main.get_command(app).commands.items():  # type: ignore[attr-defined]
        assert command.help, name
        for parameter in command.params:
            assert getattr(parameter, "help", None), f"{name} {parameter.name}"


def test_help_imports_neither_the_web_nor_the_database(project: Path) -> None:
    heavy = ("uvicorn", "fastapi", "psycopg", "pydantic", "eventsourcing", "yaml")
    asked = "import sys; import services.cli.main; print([name for name in sys.argv[1:] if name in sys.modules])"
    printed = subprocess.run(
        [sys.executable, "-c", asked, *heavy], cwd=project, capture_output=True, text=True, check=True
    ).stdout
    assert printed == "[]\n"


def test_version_is_one_line(project: Path) -> None:
    ended = done("--version")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("dateline")


@pytest.mark.parametrize("question", [["state", "NL", "--subject"], ["search"]])
def test_bytes_that_are_no_text_are_refused_in_a_sentence(database_url: str, question: list[str]) -> None:
    ended = done(*question, "Caf\udce9", DATELINE_DATABASE_URL=database_url)  # the byte E9, as Python has it
    assert (ended.returncode, ended.stdout) == (2, "")
    told = "'caf\\udce9' has bytes that are no text in UTF-8. Write it in UTF-8, and ask again.\n"
    assert ended.stderr.replace("'C", "'c") == told
