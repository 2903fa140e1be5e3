"""Whatever is asked, the answer is one that the API's description foresees. Ten thousand times: tests/reliability."""

from __future__ import annotations

import pytest

from tests.api.anything import whatever_is_asked


@pytest.mark.parametrize("with_key", [False, True], ids=["without a key", "with a key"])
def test_whatever_is_asked_the_answer_is_as_described(database_url: str, with_key: bool) -> None:
    told = whatever_is_asked(database_url, 500, seed=8321, with_key=with_key)
    assert told.number >= 500
    assert told.routes == told.described
    assert {200, 404, 422} <= set(told.statuses)
    assert (401 in told.statuses) is not with_key
