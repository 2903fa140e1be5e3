"""The order of the record, over HTTP: when the clock is set back, and when an append takes its time."""

from __future__ import annotations

from datetime import datetime, timedelta

import httpx
import pytest

from services.access.keys import Keys
from services.access.roles import Role
from services.operations.wiring import service
from tests.acceptance.serving import served
from tests.api.writing import did, entry, told
from tests.faults.following import write_while_one_is_held
from tests.recording.conftest import NOON, Clock


@pytest.mark.parametrize("back", [timedelta(seconds=1), timedelta(hours=1)], ids=["a second", "an hour"])
def test_a_clock_that_is_set_back_sets_back_no_position_and_no_moment_of_recording(
    database_url: str, back: timedelta
) -> None:
    clock = Clock(NOON)
    with service(database_url, clock) as opened, served(opened) as base:
        key = {"Authorization": f"Bearer {Keys(opened.pool, clock).make('ada', Role.RECORDER).token}"}
        with httpx.Client(base_url=base, headers=key, timeout=60) as client:
            positions = []
            for number in range(12):
                if number in (4, 8):
                    clock.moment -= back
                elif number % 4:
                    clock.moment += timedelta(milliseconds=10)
                answer = client.post("/v1/acts", json=entry(told(f"xa-{number}", did("adopted", f"law-{number}"))))
                assert answer.status_code == 201, answer.text
                positions += answer.json()["positions"]
            events = client.get("/v1/log").json()["events"]
            latest = client.get("/v1/jurisdictions/XA/state", params={"recorded_at": events[-1]["recorded_at"]})
    assert positions == [event["position"] for event in events] == list(range(1, 13))
    moments = [datetime.fromisoformat(event["recorded_at"]) for event in events]
    assert moments == sorted(moments)
    assert clock.moment < NOON, "the clock was behind the record at the end"
    assert latest.json()["position"] == 12


def test_while_one_append_is_held_open_no_reader_and_no_follower_skips_an_event(database_url: str) -> None:
    print(write_while_one_is_held(database_url, writers=32, each=2, holds=1))
