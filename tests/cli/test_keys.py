"""Keys on the command line: printed once, listed without their text, revoked for good."""

from __future__ import annotations

import json
import re

import psycopg
import pytest

from tests.cli.running import Dateline, Ended

TOKEN = re.compile(r"dateline_([0-9a-f]{12})_[A-Za-z0-9_-]{43}\n")


def made(dateline: Dateline, *more: str) -> tuple[Ended, str, str]:
    ended = dateline("keys", "make", "--name", "ada", "--role", "recorder", *more)
    assert ended.code == 0, ended.errors
    found = TOKEN.fullmatch(ended.text)
    assert found is not None, ended.text
    return ended, found[0].strip(), found[1]


def test_a_key_is_printed_alone_and_what_to_do_with_it_beside_it(dateline: Dateline) -> None:
    ended, token, key_id = made(dateline)
    assert token not in ended.errors
    assert f"Key {key_id} of ada, recorder, taken until it is revoked. Keep it now" in ended.errors


def test_keys_are_listed_without_their_text(dateline: Dateline) -> None:
    assert dateline("keys", "list").text == "There are no keys.\n"
    assert json.loads(dateline("keys", "list", "--json").output) == {"keys": []}
    _, first, first_id = made(dateline, "--expires-on", "2200-12-31")
    _, second, second_id = made(dateline)
    assert dateline("keys", "revoke", second_id).text.startswith(f"Key {second_id} of ada is revoked since 20")
    listed = dateline("keys", "list")
    table, structured = listed.text, dateline("keys", "list", "--json").text
    for text in (first, second, first[22:], second[22:]):
        assert text not in table + structured
    lines = [line.split() for line in table.splitlines()]
    assert lines[0] == ["id", "name", "role", "made", "at", "last", "day", "state"]
    assert [(line[0], line[1], line[2], line[4]) for line in lines[1:]] == [
        (first_id, "ada", "recorder", "2200-12-31"),
        (second_id, "ada", "recorder", "revoked"),
    ]
    assert [(each["id"], each["revoked_at"] is None) for each in json.loads(structured)["keys"]] == [
        (first_id, True),
        (second_id, False),
    ]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("make", "--name", "ada@example.org", "--role", "reader"), "not an e-mail address"),
        (("make", "--name", "ada", "--role", "owner"), "none of reader, recorder, reviewer, admin"),
        (("make", "--name", "ada", "--role", "reader", "--expires-on", "2020-01-01"), "2020-01-01 is over"),
        (("make", "--name", "ada", "--role", "reader", "--expires-on", "tomorrow"), "not a day"),
        (("make", "--name", "ada"), "--role"),
        (("revoke", "0" * 12), "No key has this id."),
        (("revoke",), "ID"),
    ],
)
def test_what_is_wrong_is_refused_and_makes_no_key(
    dateline: Dateline, arguments: tuple[str, ...], sentence: str
) -> None:
    ended = dateline("keys", *arguments)
    assert (ended.code, ended.text) == (2, "")
    assert sentence in ended.errors
    assert dateline("keys", "list").text == "There are no keys.\n"


def test_the_text_of_a_key_given_as_its_id_is_not_repeated(dateline: Dateline) -> None:
    _, token, _ = made(dateline)
    refused = dateline("keys", "revoke", token)
    assert refused.code == 2
    assert token not in refused.errors


def test_an_application_that_does_not_own_the_tables_makes_no_key(
    dateline: Dateline, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    role = "reading_" + psycopg.connect(database_url).info.dbname
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"create role {role} login password 'x'".encode())
        connection.execute(f"grant usage on schema dateline to {role}".encode())
        connection.execute(f"grant select on all tables in schema dateline to {role}".encode())
    try:
        monkeypatch.setenv("DATELINE_DATABASE_URL", re.sub(r"//[^@]+@", f"//{role}:x@", database_url))
        for arguments in (("make", "--name", "ada", "--role", "admin"), ("revoke", "0" * 12)):
            refused = dateline("keys", *arguments)
            assert refused.code == 2
            assert "naming the role that owns them" in refused.errors
        assert dateline("keys", "list").code == 0
    finally:
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute(f"drop owned by {role}".encode())
            connection.execute(f"drop role {role}".encode())


def test_a_database_that_takes_no_writes_makes_no_key_and_says_where_one_is_made(
    dateline: Dateline, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, key_id = made(dateline)
    monkeypatch.setenv("DATELINE_DATABASE_URL", f"{database_url}&options=-c%20default_transaction_read_only%3Don")
    for command in (["keys", "make", "--name", "ada", "--role", "reader"], ["keys", "revoke", key_id], ["rebuild"]):
        refused = dateline(*command)
        assert (refused.code, refused.text) == (2, "")
        assert "This database takes no writes" in refused.errors
        assert "Write through the service of the server that it follows" in refused.errors
    assert json.loads(dateline("keys", "list", "--json").output)["keys"][0]["revoked_at"] is None
