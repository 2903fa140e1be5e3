"""docker-compose.yml, read as text: what must hold of it wherever it runs. What it runs in the database is run."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import psycopg
import pytest
import typer.main
import yaml
from psycopg.conninfo import make_conninfo

from services.cli.main import app
from services.operations.embedded import binaries, embedded_server


@pytest.fixture
def compose(project: Path) -> dict[str, Any]:
    loaded = yaml.safe_load((project / "docker-compose.yml").read_text())
    assert isinstance(loaded, dict)
    return loaded


SECRETS = ["postgres", "owner", "app", "backup"]


def test_every_password_is_a_secret_in_a_file_that_git_ignores(compose: dict[str, Any], project: Path) -> None:
    text = (project / "docker-compose.yml").read_text()
    assert "${" not in text
    assert "password@" not in text
    assert compose["secrets"] == {name: {"file": f"./secrets/{name}"} for name in SECRETS}
    assert "/secrets/" in (project / ".gitignore").read_text().splitlines()
    told = {name: service.get("secrets", []) for name, service in compose["services"].items()}
    assert told == {"database": SECRETS, "migrate": ["owner"], "service": ["app"], "backup": ["backup"]}


def test_the_database_is_postgresql_18_with_checksums_on_a_named_volume(compose: dict[str, Any]) -> None:
    database = compose["services"]["database"]
    assert database["image"] == "postgres:18"
    assert "--data-checksums" in database["environment"]["POSTGRES_INITDB_ARGS"]
    assert "database:/var/lib/postgresql" in database["volumes"]
    assert "database" in compose["volumes"]
    assert database["healthcheck"]["test"][1] == "pg_isready"
    assert "ports" not in database


@pytest.mark.parametrize(("name", "role"), [("service", "app"), ("migrate", "owner"), ("backup", "backup")])
def test_each_service_has_a_role_and_its_password_alone(compose: dict[str, Any], name: str, role: str) -> None:
    environment = compose["services"][name]["environment"]
    assert environment["DATELINE_DATABASE_URL"] == f"postgresql://dateline_{role}@database:5432/dateline"
    assert environment["DATELINE_DATABASE_PASSWORD_FILE"] == f"/run/secrets/{role}"


def test_the_service_waits_for_the_database_and_its_tables(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert services["service"]["depends_on"]["database"]["condition"] == "service_healthy"
    assert services["service"]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"


def test_what_is_published_is_published_on_loopback(compose: dict[str, Any]) -> None:
    published = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_every_file_it_mounts_is_here(compose: dict[str, Any], project: Path) -> None:
    mounted = [
        volume.split(":")[0]
        for service in compose["services"].values()
        for volume in service.get("volumes", [])
        if volume.startswith("./")
    ]
    assert len(mounted) == 2
    assert all((project / path).is_file() for path in mounted)


def test_the_image_is_built_from_the_lock_and_runs_as_nobody_special(project: Path) -> None:
    text = (project / "Dockerfile").read_text()
    assert "--require-hashes -r requirements.lock" in text
    last_user = re.findall(r"^USER (\S+)", text, re.MULTILINE)[-1]
    assert last_user not in ("root", "0")


def test_the_backup_is_a_command_that_there_is(compose: dict[str, Any]) -> None:
    (shell,) = re.findall(r"exec dateline (\S+) (\S+)/\$\$\(date", compose["services"]["backup"]["command"][2])
    command, folder = shell
    assert command in typer.main.get_command(app).commands  # type: ignore[attr-defined]
    assert f"backups:{folder}" in compose["services"]["backup"]["volumes"]
    assert "backups" in compose["volumes"]


def test_the_first_start_makes_each_role_with_the_password_of_its_secret(tmp_path: Path, project: Path) -> None:
    passwords = {"owner": "it's /one", "app": "two", "backup": "three\\"}
    (tmp_path / "secrets").mkdir()
    for role, password in passwords.items():
        (tmp_path / "secrets" / role).write_text(password + "\n")
    operations = project / "services" / "operations"
    with embedded_server(tmp_path / "data", settings={"fsync": "off"}) as url:
        told = subprocess.run(
            [
                binaries() / "psql",
                "--no-psqlrc",
                f"--set=secrets={tmp_path / 'secrets'}",
                f"--set=roles={operations / 'roles.sql'}",
                f"--file={operations / 'first-start.sql'}",
                url,
            ],
            env={**os.environ, "PGDATA": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert told.returncode == 0, told.stderr
        assert not any(password in told.stdout + told.stderr for password in passwords.values())
        for role, password in passwords.items():
            with psycopg.connect(make_conninfo(url, user=f"dateline_{role}", password=password)) as connection:
                found = connection.execute(
                    "select rolreplication, rolsuper from pg_roles where rolname = current_user"
                ).fetchone()
                assert found == (role == "backup", False)
    assert (tmp_path / "pg_hba.conf").read_text() == "host replication dateline_backup all scram-sha-256\n"
