"""
Writes the examples anew: every request of `services/api/examples/` is asked for real, and its answer put beside it.

    .venv/bin/python -m tests.api.examples_anew

For when the rules, the dossier or the answers have changed. Read what it changed before you keep it: an example is what
clients go by, and the tests hold the service to it.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import msgspec
from msgspec import UNSET

from services.api.examples import ANSWERS, HERE, PROBLEM_GROUPS, PROBLEMS
from services.operations.embedded import embedded_server
from tests.api.exemplified import desk
from tests.conftest import make_template


def write_anew(server: str) -> None:
    """Asks everything, and writes both files."""
    with desk(server) as at:
        for kind in PROBLEMS.values():  # first: the pages of the problems are among the answers
            for instance in kind.examples:
                instance.document = at.document(kind.type, instance)
        _write(HERE / "problems.json", PROBLEM_GROUPS)
        for example in ANSWERS:
            example.status, example.media, answer = at.answer(example)
            example.answer = UNSET if example.is_long else answer
        _write(HERE / "answers.json", ANSWERS)


def _write(file: Path, content: Any) -> None:
    file.write_text(json.dumps(msgspec.to_builtins(content), ensure_ascii=False, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, embedded_server(Path(folder) / "postgres") as url:
        make_template(url)
        write_anew(url)
