"""Links lead somewhere, and nothing in the tree names the machine on which it was made."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.documentation.reading import DOCUMENTS, TOP, anchors, links

REGISTRIES = ("py" + "pi.org", "python" + "hosted.org", "registry." + "npmjs", "proxy." + "golang", "--index" + "-url=")
MACHINE = re.compile(r"(?<![\w.:/~$}-])/(work|root|Users)/\w")
HOME = re.compile(r"(?<![\w.:/~$}-])/home/\w")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_of_a_document_leads_somewhere(document: str) -> None:
    for target in links(document):
        if re.match(r"https?:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (TOP / document).parent / path if path else TOP / document
        assert file.exists(), f"{document} links to {target}"
        if anchor:
            assert anchor in anchors(str(file.resolve().relative_to(TOP))), f"{document} links to {target}"


def test_no_file_names_a_registry_or_a_path_of_this_machine() -> None:
    found = []
    for path in _tracked():
        try:
            text = path.read_text("utf-8")
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue
        name = str(path.relative_to(TOP))
        found += [f"{name}: {host}" for host in REGISTRIES if host in text]
        found += [f"{name}: {match[0]}" for match in MACHINE.finditer(text)]
        if not name.startswith("tests/"):  # a test may invent a home
            found += [f"{name}: {match[0]}" for match in HOME.finditer(text)]
    assert found == []


def _tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=TOP,
        capture_output=True,
        check=False,
    )
    if listed.returncode != 0:
        pytest.skip("not a clone")
    return [TOP / name for name in listed.stdout.decode().split("\0") if name]
