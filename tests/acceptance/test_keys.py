"""A key from its making to its end: made in the shell, used over HTTP, told in the log, revoked while it is in use."""

from __future__ import annotations

import json

import httpx

from tests.cli.processes import done, serving

ACT = {
    "jurisdiction": "XA",
    "act": {
        "act": "xa-order-2020-01",
        "announced_on": "2020-01-15",
        "authority": "Ministry of Communications",
        "instrument": "rule",
        "title": "Order on trusted suppliers",
        "sources": [{"name": "Official journal"}],
        "actions": [{"measure": "supplier-order", "type": "adopted", "effects": ["restricts"]}],
    },
}


def test_a_key_is_made_in_the_shell_used_over_http_and_revoked_while_it_is_in_use(database_url: str) -> None:
    settings = {"DATELINE_DATABASE_URL": database_url}

    def shell(*arguments: str) -> str:
        ended = done(*arguments, **settings)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout.strip()

    history = "/v1/measures/XA/supplier-order/history"
    with (
        serving(DATELINE_READING="open", **settings) as open_to_all,
        serving(DATELINE_READING="closed", **settings) as closed,
        httpx.Client(base_url=open_to_all.base) as ask,
        httpx.Client(base_url=closed.base) as ask_closed,
    ):
        token = shell("keys", "make", "--name", "ada", "--role", "recorder")
        key = {"Authorization": f"Bearer {token}"}
        for client, recorded in ((ask, 201), (ask_closed, 200)):
            assert client.post("/v1/acts", json=ACT).status_code == 401
            assert client.post("/v1/acts", json=ACT, headers=key).status_code == recorded
            assert [each["recorded_by"] for each in client.get(history, headers=key).json()["entries"]] == ["ada"]
        assert ask.get(history).status_code == 200
        assert ask_closed.get(history).status_code == 401

        # The key is exchanged without a gap: the second is of the same pseudonym.
        second = {"Authorization": f"Bearer {shell('keys', 'make', '--name', 'ada', '--role', 'recorder')}"}
        (first_id, second_id) = [each["id"] for each in json.loads(shell("keys", "list", "--json"))["keys"]]
        assert first_id in token
        shell("keys", "revoke", first_id)
        for client in (ask, ask_closed):
            assert client.get(history, headers=key).status_code == 401
            assert client.post("/v1/acts", json=ACT, headers=key).status_code == 401
            repeated = client.post("/v1/acts", json=ACT, headers=second)
            assert repeated.status_code == 200, repeated.text
        shell("keys", "revoke", second_id)
        for client in (ask, ask_closed):
            assert client.post("/v1/acts", json=ACT, headers=second).status_code == 401
    log = json.loads(shell("log", "--json"))
    assert [each["recorded_by"] for each in log["events"]] == ["ada"]
    assert token not in json.dumps(log)
