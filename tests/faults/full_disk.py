"""A disk that fills up under a service: what is still answered, what is refused, and that nothing is lost."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

import psycopg

from services.operations.embedded import DATABASE, EmbeddedServer
from tests.api.writing import did, entry, told
from tests.faults.disk import SmallDisk
from tests.faults.serving import Served, served_alone
from tests.faults.writing import check_record, writing

READS = ("/v1/jurisdictions", "/v1/jurisdictions/XA/state", "/v1/log", "/v1/state", "/v1/changes?from=2000-01-01")


def fill_and_grow(disk: SmallDisk, rounds: int) -> str:
    """
    Fills the disk of a serving process to the last byte, asks it, and makes the disk larger; so many times.

    Raises AssertionError where a read is not answered, a write is refused in other words, or anything is lost.
    """
    reads = refused = 0
    with served_alone(disk.folder / "data") as served, served.client() as client:
        with writing(served, 2) as writers:
            for number in range(rounds):
                writers.wait_for(4)
                disk.fill()
                answer = client.post("/v1/acts", json=entry(told(f"xa-full-{number}", did("adopted", "full"))))
                assert (answer.status_code, answer.json()["type"]) == (503, "/problems/storage-full"), answer.text
                assert answer.headers["retry-after"] == "5"
                refused += 1
                for _ in range(5):
                    for path in READS:
                        asked = client.get(path)
                        assert asked.status_code == 200, asked.text
                        reads += 1
                disk.grow(300 + 100 * (number + 1))
        assert set(writers.statuses) <= {200, 201, 503}
        assert set(writers.types) <= {"/problems/storage-full"}
    check_record(served, writers)
    return (
        f"disk filled {rounds} times: {reads} of {reads} reads answered, {refused} of {refused} writes refused with "
        f"503; {writers.count} acts acknowledged, 0 lost after growing"
    )


def end_postgres_for_want_of_disk(disk: SmallDisk) -> str:
    """
    Has PostgreSQL itself find no room for its write-ahead log, upon which it ends, and makes the disk larger.

    Raises AssertionError where anything but 503 is answered meanwhile, or the service does not go on by itself.
    """
    with served_alone(disk.folder / "data") as served:
        with writing(served, 2) as writers:
            writers.wait_for(4)
            disk.fill(but=30_000_000)
            _swell(served)
            begun = monotonic()
            while served.postgres() is not None and not writers.statuses[503]:
                assert monotonic() - begun < 60
                sleep(0.05)
            disk.fill()
            sleep(3)  # it tries to come back, and cannot
            disk.grow(600)
            grown = monotonic()
            writers.wait_for(4)
            back = monotonic() - grown
        assert set(writers.statuses) <= {200, 201, 503}, (writers.statuses, writers.types)
    check_record(served, writers)
    return f"PostgreSQL ended for want of disk; writes {back:.1f} s after growing; {writers.count} acknowledged, 0 lost"


def _swell(served: Served) -> None:
    """Writes something else into the database until there is no room for it."""
    server = EmbeddedServer(served.data_dir)
    url = server._url(server._socket_dir(), DATABASE)
    with suppress(psycopg.Error), psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS public.junk (junk text)")
        while True:
            connection.execute("INSERT INTO public.junk SELECT repeat('x', 1000) FROM generate_series(1, 5000)")
            connection.execute("TRUNCATE public.junk")  # which leaves the write-ahead log


def flip_a_byte(cluster: Path, relation: Path, at: int) -> None:
    """Changes one bit of a byte of a file of the cluster, as a failing disk does."""
    with (cluster / relation).open("r+b") as file:
        file.seek(at)
        (byte,) = file.read(1)
        file.seek(at)
        file.write(bytes([byte ^ 0x10]))
