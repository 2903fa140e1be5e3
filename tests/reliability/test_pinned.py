"""Five hundred pinned answers, against all that is recorded later, restarts and rebuilds."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.test_pinned import check_that_pinned_answers_stay


@pytest.mark.slow
def test_five_hundred_pinned_answers_stay_byte_for_byte_the_same(database_url: str, project: Path) -> None:
    check_that_pinned_answers_stay(database_url, project, 500)
