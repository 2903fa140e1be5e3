"""The environment, and what is said when it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from events.errors import Refusal
from services.operations.settings import SettingRefused, default_data_dir, read_settings

VARIABLES = [
    "DATA_DIR",
    "DATABASE_URL",
    "DATABASE_PASSWORD_FILE",
    "WORKERS",
    "HOST",
    "PORT",
    "RECORDED_BY",
    "DATA_LICENCE",
    "READING",
    "RATE_LIMIT",
    "COMPUTE_LIMIT",
    "FAILURE_LIMIT",
    "BODY_LIMIT",
    "TRUSTED_PROXIES",
]


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(f"DATELINE_{name}", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)


def test_nothing_needs_to_be_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    settings = read_settings()
    assert settings.data_dir == tmp_path / ".local/share/dateline"
    assert settings.database_url is None
    assert (settings.host, settings.port, settings.recorded_by) == ("127.0.0.1", 8321, "operator")
    assert settings.data_licence == "CC BY 4.0"


def test_each_platform_has_its_place_for_data() -> None:
    home = Path("/home/ann")
    assert default_data_dir("linux", home) == home / ".local/share/dateline"
    assert default_data_dir("linux", home, xdg_data_home="/data") == Path("/data/dateline")
    assert default_data_dir("linux", home, xdg_data_home="relative") == home / ".local/share/dateline"
    assert default_data_dir("darwin", home) == home / "Library/Application Support/dateline"
    assert default_data_dir("win32", home, local_app_data="/local") == Path("/local/dateline")


def test_a_relative_data_directory_is_meant_from_where_the_command_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATELINE_DATA_DIR", "here")
    assert read_settings().data_dir == tmp_path / "here"
    monkeypatch.setenv("DATELINE_DATA_DIR", "~/there")
    assert read_settings().data_dir == tmp_path / "there"


def test_an_empty_variable_is_an_unset_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_DATABASE_URL", "")
    monkeypatch.setenv("DATELINE_DATA_DIR", "")
    assert read_settings().database_url is None
    assert read_settings().data_dir.name == "dateline"


SERVER = "postgresql://dateline_app@db:5432/dateline?sslmode=require"


def test_the_password_comes_from_a_file_and_stands_in_the_url_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "password").write_text("it's /half: 50%@\n")
    monkeypatch.setenv("DATELINE_DATABASE_URL", SERVER)
    monkeypatch.setenv("DATELINE_DATABASE_PASSWORD_FILE", str(tmp_path / "password"))
    url = read_settings().database_url
    assert url is not None
    assert conninfo_to_dict(url) == {
        "user": "dateline_app",
        "password": "it's /half: 50%@",
        "host": "db",
        "port": "5432",
        "dbname": "dateline",
        "sslmode": "require",
    }
    assert "half" not in repr(read_settings())
    (tmp_path / "password").write_text("another")
    assert "dateline_app:another@db" in str(read_settings().database_url)


@pytest.mark.parametrize(
    ("url", "held", "advice"),
    [
        (SERVER, None, "cannot be read (No such file or directory)"),
        (SERVER, b"", "does not hold one line"),
        (SERVER, b"one\ntwo\n", "does not hold one line"),
        (SERVER, b"\xff\xfe", "cannot be read (it is not text)"),
        ("postgresql://dateline_app:secret@db/dateline", b"other", "names a role and no password"),
        ("postgresql://db/dateline", b"other", "names a role and no password"),
        ("", b"other", "names a role and no password"),
    ],
)
def test_a_password_file_that_cannot_be_used_is_refused(
    url: str, held: bytes | None, advice: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if held is not None:
        (tmp_path / "password").write_bytes(held)
    monkeypatch.setenv("DATELINE_DATABASE_URL", url)
    monkeypatch.setenv("DATELINE_DATABASE_PASSWORD_FILE", str(tmp_path / "password"))
    with pytest.raises(SettingRefused) as refusal:
        _ = read_settings().database_url
    assert str(refusal.value).startswith("DATELINE_DATABASE_PASSWORD_FILE ")
    assert advice in str(refusal.value)
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("WORKERS", "0", "whole number from 1 to 10"),
        ("WORKERS", "many", "whole number from 1 to 10"),
        ("PORT", "eighty", "whole number from 1 to 65535"),
        ("PORT", "65536", "whole number from 1 to 65535"),
        ("PORT", "-1", "whole number from 1 to 65535"),
        ("HOST", "", "127.0.0.1"),
        ("HOST", "http://localhost/", "127.0.0.1"),
        ("DATABASE_URL", "mysql://root:secret@db/x", "postgresql://user:password@host:5432/database"),
        ("DATABASE_URL", "dbname=x password=secret", "postgresql://user:password@host:5432/database"),
        ("DATABASE_URL", "postgresql://user:secret@host:port/x", "a port is a number"),
        ("DATA_DIR", __file__, "not a directory"),
        ("DATA_DIR", "~nobody-of-this-name/data", "home directory that does not exist"),
        ("RECORDED_BY", "ann@example.org", "not an e-mail address"),
        ("READING", "ajar", "open (everybody may ask) or closed"),
        ("READING", "", "open (everybody may ask) or closed"),
        ("RATE_LIMIT", "many", "600/minute, or off"),
        ("RATE_LIMIT", "0/minute", "600/minute, or off"),
        ("COMPUTE_LIMIT", "", "600/minute, or off"),
        ("FAILURE_LIMIT", "-1/second", "600/minute, or off"),
        ("BODY_LIMIT", "10", "as in 10 MB"),
        ("BODY_LIMIT", "0 MB", "as in 10 MB"),
        ("TRUSTED_PROXIES", "proxy.example", "10.0.0.1, 192.168.0.0/16"),
        ("TRUSTED_PROXIES", "*", "10.0.0.1, 192.168.0.0/16"),
        ("RECORDED_BY", "a\nb", "pseudonym"),
        ("RECORDED_BY", "", "pseudonym"),
        ("DATA_LICENCE", "", "such as CC BY 4.0"),
        ("DATA_LICENCE", "CC BY\r\nX-Injected: 1", "such as CC BY 4.0"),
    ],
)
def test_a_wrong_value_is_refused_by_name_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, advice: str
) -> None:
    monkeypatch.setenv(f"DATELINE_{name}", value)
    with pytest.raises(SettingRefused) as caught:
        read_settings()
    assert isinstance(caught.value, Refusal)
    assert caught.value.message.startswith(f"DATELINE_{name} ")
    assert advice in caught.value.message
    assert "secret" not in caught.value.message


def test_every_wrong_value_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_PORT", "x")
    monkeypatch.setenv("DATELINE_HOST", "a b")
    with pytest.raises(SettingRefused) as caught:
        read_settings()
    assert set(caught.value.problems) == {"DATELINE_PORT", "DATELINE_HOST"}


def test_the_password_of_the_database_does_not_show_in_a_printed_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_DATABASE_URL", "postgresql://ann:secret@db/x")
    assert "secret" not in repr(read_settings())


def test_who_is_let_in_and_how_much_is_read_from_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    admission = read_settings().admission
    assert (admission.reading, admission.body_bytes, admission.trusted_proxies) == ("open", 10_000_000, ())
    assert [item and item.amount for item in (admission.requests, admission.compute, admission.failures)] == [
        12000,
        6000,
        60,
    ]
    monkeypatch.setenv("DATELINE_READING", "closed")
    monkeypatch.setenv("DATELINE_RATE_LIMIT", "off")
    monkeypatch.setenv("DATELINE_COMPUTE_LIMIT", "7/hour")
    monkeypatch.setenv("DATELINE_BODY_LIMIT", "512kB")
    monkeypatch.setenv("DATELINE_TRUSTED_PROXIES", "10.0.0.1, fd00::/8")
    admission = read_settings().admission
    assert (admission.reading, admission.requests, admission.body_bytes) == ("closed", None, 512_000)
    assert admission.compute is not None
    assert (admission.compute.amount, admission.compute.get_expiry()) == (7, 3600)
    assert [str(each) for each in admission.trusted_proxies] == ["10.0.0.1/32", "fd00::/8"]
