"""A report as PDF, set by Typst: the same bytes for the same report, by the same version of it and the same fonts."""

from __future__ import annotations

from importlib.resources import files

import msgspec

from services.outlets.extras import extra
from services.outlets.reports.document import MARK, Document


def pdf(document: Document) -> bytes:
    """The document as a file; the texts go to Typst as data. Raises ExtraMissing."""
    with extra("pdf", "Reports as PDF"):
        import typst
    report = msgspec.to_builtins(document) | {"mark": MARK}
    template = (files("services.outlets.reports") / "report.typ").read_bytes()
    made = typst.compile(
        template, format="pdf", sys_inputs={"report": msgspec.json.encode(report).decode()}, timestamp=0
    )
    assert isinstance(made, bytes)
    return made
