"""Pages upon the small record of the API's tests; nothing here writes, so a module shares it."""

from __future__ import annotations

from tests.api.conftest import api

__all__ = ["api"]
