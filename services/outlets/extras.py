"""What a plain installation does not bring: asked for where it is needed, with a sentence that says how to have it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from events.errors import Refusal


class ExtraMissing(Refusal):
    """Some formats need a library that is installed as an extra."""

    type = "extra-missing"


@contextmanager
def extra(name: str, what: str) -> Iterator[None]:
    """Around the imports of libraries of the extra of that name, for what needs them. Raises ExtraMissing."""
    try:
        yield
    except ImportError:
        raise ExtraMissing(
            f"{what} need a library that is not installed here: install Dateline with its extra '{name}', "
            f"as in pip install 'dateline[{name}]', or take another format.",
            extra=name,
        ) from None
