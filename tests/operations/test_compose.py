"""docker-compose.yml, read as text: what must hold of it wherever it runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml


@pytest.fixture
def compose(project: Path) -> dict[str, Any]:
    loaded = yaml.safe_load((project / "docker-compose.yml").read_text())
    assert isinstance(loaded, dict)
    return loaded


def test_no_password_has_a_default(project: Path) -> None:
    text = (project / "docker-compose.yml").read_text()
    variables = re.findall(r"\$\{([A-Z_]+)([^}]*)\}", text)
    assert {name for name, _ in variables} == {
        "POSTGRES_PASSWORD",
        "DATELINE_OWNER_PASSWORD",
        "DATELINE_APP_PASSWORD",
    }
    assert all(rest.startswith(":?") for _, rest in variables)


def test_the_database_is_postgresql_18_with_checksums_on_a_named_volume(compose: dict[str, Any]) -> None:
    database = compose["services"]["database"]
    assert database["image"] == "postgres:18"
    assert "--data-checksums" in database["environment"]["POSTGRES_INITDB_ARGS"]
    assert "database:/var/lib/postgresql" in database["volumes"]
    assert "database" in compose["volumes"]
    assert database["healthcheck"]["test"][1] == "pg_isready"
    assert "ports" not in database


def test_the_service_is_the_application_and_only_the_migration_is_the_owner(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert services["service"]["environment"]["DATELINE_DATABASE_URL"].startswith("postgresql://dateline_app:")
    assert services["migrate"]["environment"]["DATELINE_DATABASE_URL"].startswith("postgresql://dateline_owner:")
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
