"""The one reader of the environment. What is wrong there is told by the name of the variable, with what to do."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Annotated
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from events.errors import Refusal
from projections.citing import LICENCE
from services.access.addresses import networks
from services.access.admission import Admission, Reading
from services.access.limits import LIMIT_RULE, limit_of
from services.access.pseudonyms import PSEUDONYM_RULE, is_pseudonym
from services.operations.logs import Format, Level

_PREFIX = "DATELINE_"

MOST_WORKERS = 10
"""So many processes, with the connections of each, find room on a PostgreSQL server that takes a hundred."""


class SettingRefused(Refusal):
    """A setting of the environment cannot be used. Nothing is guessed in its place. Passwords are never repeated."""

    type = "setting-refused"

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(" ".join(f"{variable} {problem}" for variable, problem in problems.items()), settings=problems)
        self.problems = problems


def default_data_dir(platform: str, home: Path, *, xdg_data_home: str = "", local_app_data: str = "") -> Path:
    """Where the data lives when nothing says otherwise: the place of the platform for the data of one user."""
    if platform == "darwin":
        return home / "Library" / "Application Support" / "dateline"
    if platform == "win32":
        return (Path(local_app_data) if local_app_data else home / "AppData" / "Local") / "dateline"
    # The XDG specification: a relative path there is invalid and is ignored.
    base = Path(xdg_data_home) if xdg_data_home.startswith("/") else home / ".local" / "share"
    return base / "dateline"


def _directory(value: Path | None) -> Path | None:
    if value is None:
        return None
    try:
        path = value.expanduser().absolute()
    except RuntimeError:
        raise ValueError("names a home directory that does not exist: give a full path.") from None
    if path.exists() and not path.is_dir():
        raise ValueError(f"is {path}, which is not a directory: name a directory, or a path where one may be made.")
    return path


def _database_url(value: str | None) -> str | None:
    if value is None:
        return None
    advice = "give postgresql://user:password@host:5432/database, or unset it to use the embedded PostgreSQL."
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        raise ValueError(
            f"is not a URL that can be read (a port is a number, a sign in a password is encoded): {advice}"
        ) from None
    if parts.scheme not in ("postgresql", "postgres"):
        raise ValueError(f"does not begin with postgresql:// : {advice}")
    return value


def _host(value: str) -> str:
    if not value or re.search(r"[\s/]", value):
        raise ValueError(
            "is not an address to listen on: give 127.0.0.1 (this machine alone), 0.0.0.0, or a host name."
        )
    return value


def _pseudonym(value: str) -> str:
    if not is_pseudonym(value):
        raise ValueError(f"is not a pseudonym: {PSEUDONYM_RULE}")
    return value


def _licence(value: str) -> str:
    if not re.fullmatch(r"[\x21-\x7e](?:[\x20-\x7e]{0,98}[\x21-\x7e])?", value):
        raise ValueError("is not a name to quote a licence by: use 1 to 100 plain characters, such as CC BY 4.0.")
    return value


def _limit(value: str) -> str:
    try:
        limit_of(value)
    except ValueError:
        raise ValueError(f"is not a limit: {LIMIT_RULE}.") from None
    return value


def _proxies(value: str) -> str:
    try:
        networks(value)
    except ValueError as error:
        raise ValueError(
            f"names proxies that cannot be understood ({error}): give addresses or networks, separated by commas, as "
            "in 10.0.0.1, 192.168.0.0/16, or leave it empty to trust none."
        ) from None
    return value


_UNITS = {"kB": 1_000, "MB": 1_000_000}
_SIZE = re.compile(r"([1-9]\d{0,5}) ?(kB|MB)", re.ASCII)


def _size(value: str) -> str:
    if not _SIZE.fullmatch(value):
        raise ValueError("is not a size: give a whole number of kB or MB, as in 10 MB.")
    return value


def _bytes(size: str) -> int:
    found = _SIZE.fullmatch(size)
    assert found is not None
    return int(found[1]) * _UNITS[found[2]]


def _unset_when_empty(value: object) -> object:
    return None if value == "" else value


class Settings(BaseSettings):
    """Everything that Dateline takes from its surroundings. Made by `read_settings`."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, frozen=True, extra="forbid")

    configured_data_dir: Annotated[Path | None, BeforeValidator(_unset_when_empty), AfterValidator(_directory)] = Field(
        default=None, validation_alias="DATELINE_DATA_DIR"
    )
    configured_database_url: Annotated[
        str | None, BeforeValidator(_unset_when_empty), AfterValidator(_database_url)
    ] = Field(default=None, validation_alias="DATELINE_DATABASE_URL", repr=False)
    database_password_file: Annotated[Path | None, BeforeValidator(_unset_when_empty)] = None
    host: Annotated[str, AfterValidator(_host)] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8321
    workers: Annotated[int, Field(ge=1, le=MOST_WORKERS)] = 1
    memory: Annotated[str, AfterValidator(_size)] = "512 MB"
    recorded_by: Annotated[str, AfterValidator(_pseudonym)] = "operator"
    reading: Reading = "open"
    rate_limit: Annotated[str, AfterValidator(_limit)] = "12000/minute"
    compute_limit: Annotated[str, AfterValidator(_limit)] = "6000/minute"
    failure_limit: Annotated[str, AfterValidator(_limit)] = "60/minute"
    body_limit: Annotated[str, AfterValidator(_size)] = "10 MB"
    connection_limit: Annotated[int, Field(ge=10, le=100_000)] = 2000
    trusted_proxies: Annotated[str, AfterValidator(_proxies)] = ""
    log_level: Level = "info"
    log_format: Format = "auto"
    data_licence: Annotated[str, AfterValidator(_licence)] = LICENCE

    # Places of the platform, read here because the environment is read nowhere else.
    xdg_data_home: str = Field(default="", validation_alias="XDG_DATA_HOME")
    local_app_data: str = Field(default="", validation_alias="LOCALAPPDATA")

    @property
    def database_url(self) -> str | None:
        """
        The PostgreSQL server, with the password that the file holds where one is named; None for the embedded one.

        A secret, read anew each time. Raises SettingRefused.
        """
        if self.database_password_file is None:
            return self.configured_database_url
        parts = urlsplit(self.configured_database_url or "")
        if parts.username is None or parts.password is not None:
            raise SettingRefused(
                {
                    "DATELINE_DATABASE_PASSWORD_FILE": "goes with a DATELINE_DATABASE_URL that names a role and no "
                    "password, as in postgresql://dateline_app@host:5432/database."
                }
            )
        try:
            password = self.database_password_file.read_text("utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise SettingRefused(
                {"DATELINE_DATABASE_PASSWORD_FILE": f"cannot be read ({_why(error)}): name a file with a password."}
            ) from None
        if not password or "\n" in password:
            raise SettingRefused({"DATELINE_DATABASE_PASSWORD_FILE": "does not hold one line, the password."})
        role, at, place = parts.netloc.rpartition("@")
        return urlunsplit(parts._replace(netloc=f"{role}:{quote(password, safe='')}{at}{place}"))

    @property
    def admission(self) -> Admission:
        """Who is let in over HTTP, and how much."""
        return Admission(
            reading=self.reading,
            requests=limit_of(self.rate_limit),
            compute=limit_of(self.compute_limit),
            failures=limit_of(self.failure_limit),
            body_bytes=_bytes(self.body_limit),
            connections=self.connection_limit,
            trusted_proxies=networks(self.trusted_proxies),
        )

    @property
    def memory_bytes(self) -> int:
        """What each process may keep in memory for answers, in bytes."""
        return _bytes(self.memory)

    @property
    def data_dir(self) -> Path:
        """The directory of the embedded PostgreSQL and of whatever else is kept. It need not exist yet."""
        if self.configured_data_dir is not None:
            return self.configured_data_dir
        try:
            home = Path.home()
        except RuntimeError:
            raise SettingRefused(
                {"DATELINE_DATA_DIR": "is not set, and this user has no home directory: say where the data shall live."}
            ) from None
        return default_data_dir(
            sys.platform, home, xdg_data_home=self.xdg_data_home, local_app_data=self.local_app_data
        )


def _why(error: OSError | UnicodeDecodeError) -> str:
    return (error.strerror or "no reason given") if isinstance(error, OSError) else "it is not text"


def read_settings() -> Settings:
    """Read the environment once. Raises SettingRefused, naming every variable that is wrong, and says what to do."""
    try:
        return Settings()
    except ValidationError as error:
        problems: dict[str, str] = {}
        for detail in error.errors():
            name = str(detail["loc"][0])
            variable = name if name.isupper() else _PREFIX + name.upper()
            problems[variable] = _sentence(variable, detail["type"], detail["msg"])
        raise SettingRefused(problems) from None


def _sentence(variable: str, kind: str, message: str) -> str:
    if kind == "value_error":
        return message.removeprefix("Value error, ")
    if variable == "DATELINE_PORT":
        return "is not a port: give a whole number from 1 to 65535, or 0 for any that is free."
    if variable == "DATELINE_WORKERS":
        return f"is not a number of workers: give a whole number from 1 to {MOST_WORKERS}."
    if variable == "DATELINE_READING":
        return "says neither open nor closed: give open (everybody may ask) or closed (only with a key)."
    if variable == "DATELINE_CONNECTION_LIMIT":
        return "is not a number of connections: give a whole number from 10 to 100000."
    if variable == "DATELINE_LOG_LEVEL":
        return "is not a level of the log: give debug, info, warning or error."
    if variable == "DATELINE_LOG_FORMAT":
        return "is not a form of the log: give auto (text on a terminal, JSON elsewhere), text or json."
    return f"cannot be used: {message}."
