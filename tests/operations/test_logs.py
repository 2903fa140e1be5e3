"""The log: one line a request, nothing in it that is secret, nothing that is not a line."""

from __future__ import annotations

import io
import json
import logging
import re
import time
from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.access.keys import Keys
from services.access.roles import Role
from services.operations import logs
from services.operations.wiring import Service, service
from tests.acceptance.serving import served
from tests.api.exemplified import NOTHING, Failing
from tests.api.test_access import bearer
from tests.cli.processes import serving
from tests.conftest import TEMPLATE, fresh_database
from tests.documentation.reading import section
from tests.recording.telling import act, did

KEY = f"dateline_{'0' * 12}_{'x' * 43}"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What is logged, as JSON."""
    written = io.StringIO()
    before = logging.getLogger().level, logging.getLogger(logs.OURS).level
    logs.configure("info", "json", written)
    yield written
    for handler in list(logging.getLogger().handlers):
        if getattr(handler, "stream", None) is written:
            logging.getLogger().removeHandler(handler)
    logging.getLogger().setLevel(before[0])
    logging.getLogger(logs.OURS).setLevel(before[1])


def written(log: io.StringIO, count: int) -> str:
    """What is in the log, once it has so many lines: one is written when its answer is on its way."""
    until = time.monotonic() + 30
    while log.getvalue().count("\n") < count and time.monotonic() < until:
        time.sleep(0.005)
    return log.getvalue()


def lines(log: io.StringIO, count: int) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written(log, count).splitlines()]


@pytest.fixture(scope="module")
def opened(postgres_server: str) -> Iterator[Service]:
    with fresh_database(postgres_server, TEMPLATE) as url, service(url) as opened:
        opened.recording.record([act("xa-1", "2020-03-01", did("adopted", "XA/law"))], recorded_by="ada")
        yield opened


@pytest.fixture(scope="module")
def client(opened: Service) -> Iterator[httpx.Client]:
    with served(opened) as base, httpx.Client(base_url=base) as client:
        yield client


def test_every_request_is_one_line_that_says_what_came_of_it(
    log: io.StringIO, client: httpx.Client, opened: Service
) -> None:
    key = bearer(Keys(opened.pool, opened.clock).make("ben", Role.READER).token)
    client.get("/v1/jurisdictions/XA/state?as_of=2020-03-02", headers={"X-Request-ID": "one.1"})
    client.head("/v1/jurisdictions", headers=key)
    client.get("/v1/nowhere")
    client.get("/health/ready")
    client.get("/v1/codebook")
    told = lines(log, 4)
    assert all(isinstance(each.pop("ms"), float) and each.pop("at").endswith("Z") for each in told)
    assert told[0] == {
        "event": "answered",
        "level": "info",
        "method": "GET",
        "path": "/v1/jurisdictions/XA/state",
        "status": 200,
        "request": "one.1",
        "caller": "anyone",
        "position": 1,
    }
    assert [(each["method"], each["path"], each["status"], each["caller"]) for each in told[1:]] == [
        ("HEAD", "/v1/jurisdictions", 200, "ben"),
        ("GET", "/v1/nowhere", 404, "anyone"),
        ("GET", "/v1/codebook", 200, "anyone"),
    ]


@pytest.mark.parametrize("given", ["a-1", "Z" * 64, "0.9_x"])
def test_a_request_keeps_the_name_that_its_client_gave_it(client: httpx.Client, given: str) -> None:
    for path in ("/v1/jurisdictions", "/v1/nowhere", "/v1/log?limit=x", "/health/live", "/docs"):
        assert client.get(path, headers={"X-Request-ID": given}).headers["x-request-id"] == given


@pytest.mark.parametrize(
    "given", [b"", b"a b", b"x" * 65, b"\xe4", b'"', b"a\tb", b"<script>", b"\x1b[31m", b"a,b"], ids=repr
)
def test_a_name_that_is_none_is_given_anew(client: httpx.Client, given: bytes) -> None:
    try:
        answer = client.get("/v1/jurisdictions", headers=[(b"X-Request-ID", given)])
    except httpx.LocalProtocolError:  # not to be sent at all
        return
    if answer.status_code != 400:  # refused by the server as no header
        assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])


def test_two_names_of_one_request_are_none(client: httpx.Client) -> None:
    answer = client.get("/v1/jurisdictions", headers=[("X-Request-ID", "a"), ("X-Request-ID", "b")])
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])


def test_nothing_secret_is_logged_wherever_it_was_sent(log: io.StringIO, client: httpx.Client) -> None:
    logs.configure("debug", "json", log)
    for path in (
        "/v1/jurisdictions",
        f"/v1/jurisdictions?key={KEY}&password=hunter2",
        f"/v1/jurisdictions/{KEY}/state",
        "/v1/token=hunter2",
    ):
        client.get(path)
        client.get(path, headers=bearer(KEY))
        client.get(path, headers={"Authorization": "Basic aHVudGVyMg==", "X-Request-ID": KEY})
    told = written(log, 12)
    assert [secret for secret in ("x" * 20, "hunter2", "aHVudGVyMg") if secret in told] == []


@pytest.mark.parametrize(
    "text",
    [
        f"no key {KEY} here",
        "Authorization: Bearer hunter2-and-more",
        "{'authorization': 'Basic hunter2'}",
        "connection to postgresql://dateline:hunter2@db:5432/dateline failed",
        "connection to postgresql://:hunter2@/dateline?host=x failed",
        "user=dateline password=hunter2 host=db",
        "user=dateline password='hunter2 hunter2' host=db",
        "/v1/log?api_key=hunter2&limit=3",
        "/v1/log?access-token=hunter2",
        "/v1/log?key%3Dhunter2",
        '{"secret": "hunter2"}',
    ],
)
def test_what_looks_like_a_secret_is_hidden(text: str) -> None:
    hidden = logs.without_secrets(text)
    assert "hunter2" not in hidden
    assert "x" * 20 not in hidden
    assert logs.HIDDEN in hidden


_PARTS = (
    *("dateline_", "0" * 12, "_", "x", "Bearer", "basic ", "://", ":", "@", "=", "%3D", "'", "&", " ", "a"),
    *(
        "PassWord",
        "passwd",
        "pwd",
        "SECRET",
        "token",
        "Authorization",
        "api-key",
        "access_key",
        "signature",
        "key",
        "\u212aey",
    ),
)


@given(st.lists(st.sampled_from(_PARTS), max_size=12).map("".join))
def test_no_text_has_something_to_hide_and_is_taken_for_one_that_has_not(text: str) -> None:
    hidden = text
    for pattern, instead in logs._SECRETS:
        hidden = pattern.sub(instead, hidden)
    assert logs.without_secrets(text) == hidden


def test_what_is_no_secret_is_told() -> None:
    for text in (
        "/v1/measures/US/key-escrow-act",
        "the token ring of 1998",
        "postgresql://db:5432/dateline",
        "monkey=1",
    ):
        assert logs.without_secrets(text) == text


@pytest.mark.parametrize(
    "told",
    [
        {"method": "GET", "path": "/v1/jurisdictions", "status": 200, "ms": 0.3, "request": "one.1", "position": 3},
        {"path": f"/v1/{KEY}", "request": KEY, "caller": "ada", "status": None, "from_memory": True},
        {"path": "/v1/token=hunter2", "caller": "zo\u00e9", "request": "\x1b[31m\u2028"},
    ],
)
def test_a_line_of_a_request_is_written_as_any_other_line_is(
    log: io.StringIO, monkeypatch: pytest.MonkeyPatch, told: dict[str, Any]
) -> None:
    ours = [each for each in logging.getLogger().handlers if getattr(each, "stream", None) is log]
    logs.Lines("dateline.requests").info("answered", told)  # beside the handlers of whoever runs the tests
    monkeypatch.setattr(logging.getLogger(), "handlers", ours)
    logs.Lines("dateline.requests").info("answered", told)  # alone
    logs.logger("dateline.requests").info("answered", **told)
    written = [
        re.sub(r'"at": "\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"', "AT", each) for each in log.getvalue().splitlines()
    ]
    assert len(written) == 3
    assert len(set(written)) == 1
    assert "AT" in written[0]


@pytest.mark.parametrize("form", ["json", "text"])
def test_an_error_is_in_the_log_with_its_traceback_and_in_no_answer(log: io.StringIO, form: logs.Format) -> None:
    logs.configure("info", form, log)
    failing: Any = Failing(RuntimeError("postgresql://dateline:hunter2@db failed \x1b[31m"))
    with served(Service(**NOTHING | {"answering": failing})) as base:
        answer = httpx.get(f"{base}/v1/jurisdictions", headers={"X-Request-ID": "failed-1"})
    assert answer.status_code == 500
    assert answer.headers["x-request-id"] == "failed-1"
    assert "Traceback" not in answer.text
    told = written(log, 1)
    assert "Traceback (most recent call last)" in told
    assert "RuntimeError: postgresql://dateline:[hidden]@db failed" in told
    assert "failed-1" in told
    assert "hunter2" not in told
    assert "\x1b[31m" not in told
    assert told.count("Traceback (most recent call last)") == 1


def test_a_database_that_is_gone_is_a_line_without_a_traceback(log: io.StringIO) -> None:
    failing: Any = Failing(psycopg.OperationalError("connection refused"))
    with served(Service(**NOTHING | {"answering": failing})) as base:
        httpx.get(f"{base}/v1/jurisdictions")
    (told,) = lines(log, 1)
    assert (told["event"], told["level"], told["status"]) == ("the database does not answer", "warning", 503)
    assert told["reason"] == "connection refused"


def test_what_is_sent_in_a_path_stays_on_its_line(log: io.StringIO, client: httpx.Client) -> None:
    logs.configure("info", "text", log)
    client.get("/v1/a%0ab%1b%5b31m/state")
    told = written(log, 1)
    assert told.count("\n") == 1
    assert "\x1b" not in told


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_log_is_text_on_a_terminal_and_json_elsewhere(log: io.StringIO, client: httpx.Client) -> None:
    terminal = Terminal()
    try:
        logs.configure("info", "auto", terminal)
        client.get("/v1/jurisdictions")
        written(terminal, 1)
    finally:
        logs.configure("info", "auto", log)
    with pytest.raises(json.JSONDecodeError):
        json.loads(terminal.getvalue())
    assert "/v1/jurisdictions" in terminal.getvalue()
    client.get("/v1/jurisdictions")
    assert lines(log, 1)[-1]["path"] == "/v1/jurisdictions"


@pytest.mark.parametrize(
    ("level", "paths"),
    [
        ("warning", ["/v1/jurisdictions/XB/state"]),
        ("info", ["/v1/codebook", "/v1/jurisdictions/XB/state"]),
        ("debug", ["/health/live", "/v1/codebook", "/v1/jurisdictions/XB/state"]),
    ],
)
def test_the_level_says_how_much_is_told(log: io.StringIO, level: logs.Level, paths: list[str]) -> None:
    logs.configure(level, "json", log)
    with served(Service(**NOTHING)) as base:  # what needs a database fails, and is told at every level
        for path in ("/health/live", "/v1/codebook", "/v1/jurisdictions/XB/state"):
            httpx.get(f"{base}{path}")
    told = lines(log, len(paths))
    assert [each["path"] for each in told if "path" in each] == paths


def test_a_service_that_serves_logs_to_standard_error_alone(database_url: str) -> None:
    with serving(DATELINE_DATABASE_URL=database_url, DATELINE_LOG_LEVEL="info") as served:
        httpx.get(f"{served.base}/v1/jurisdictions", headers={"X-Request-ID": "told"}, timeout=30)
        assert served.end() == 0
        assert json.loads(served.errors.splitlines()[0])["request"] == "told"
        assert served.rest() == ""


def test_the_lines_of_the_log_are_documented(log: io.StringIO, client: httpx.Client) -> None:
    client.get("/v1/jurisdictions")
    text = section("docs/operations.md", "How it is")
    names = set(lines(log, 1)[-1]) - {"at", "event", "level"}
    assert [name for name in sorted(names) if f"`{name}`" not in text] == []
