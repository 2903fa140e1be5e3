"""Reports as documents: every line has its sources, and what is on record is text in every form, never markup."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from projections.answering import Asked
from projections.answers import RULES, Report, encode
from services.operations.wiring import service
from services.outlets.reports.document import Document, document_of
from services.outlets.reports.earlier import Earlier, NotAReport, ReportOfOtherRules, earlier_report
from services.outlets.reports.html import html
from services.outlets.reports.markdown import markdown
from services.outlets.reports.pdf import pdf
from tests.conftest import TEMPLATE, fresh_database
from tests.recording.telling import act, did

D = date.fromisoformat
HOSTILE = [
    "*bold* _italics_ **strong** `code`",
    "[a link](javascript:alert(1)) ![picture](http://evil.example/x)",
    "<script>alert(1)</script> <b>bold</b> &lt;b&gt; &amp;",
    "# heading\n## another\n- item\n> quote",
    "| a | b |\n|---|---|",
    "https://evil.example/ <https://evil.example/> www.evil.example",
    "~~gone~~ $x^2$ [^1] [^1]: note -->",
    '#let x = 1 #import "/etc/passwd" $ \\ @label <label> //comment',
    "\\*not bold\\* \\[no link](x)",
    "dateline-report: /v1/jurisdictions/US/report?as_of=2000-01-01&known_on=2000-01-01&position=1&rules=1",
    "1. first 2) second",
]
RECORDED = [
    act(
        f"xa-act-{number}",
        f"2020-01-{number + 1:02}",
        did(
            "adopted", f"XA/law-{number}", title=said, effects=["restricts"], subjects=[said], effective_on="2020-03-01"
        ),
        did("deadline_set", f"XA/law-{number}", deadline="list", due="2020-02-01", obliged="authority"),
        title=said,
        authority=said,
        citation=said,
    )
    for number, said in enumerate(HOSTILE)
]


@pytest.fixture(scope="module")
def report(postgres_server: str) -> Iterator[Report]:
    with fresh_database(postgres_server, TEMPLATE) as url, service(url) as opened:
        opened.recording.record(RECORDED, recorded_by="ada")
        yield opened.answering.report("XA", as_of=D("2020-02-10"), since=D("2020-01-01"))


@pytest.fixture(scope="module")
def document(report: Report) -> Document:
    return document_of(report)


def flat(text: str) -> str:
    return " ".join(text.split())


def tokens(written: bytes) -> list[Token]:
    """What a reader of CommonMark makes of a file, with tables and struck text as GitHub has them."""
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    blocks = parser.parse(re.sub(r"^\[\^\d+\]: ", "", written.decode(), flags=re.MULTILINE))
    return [each for block in blocks for each in (block, *(block.children or []))]


def test_every_line_rests_on_acts_and_every_act_has_its_sources(report: Report, document: Document) -> None:
    numbers = {note.number: note for note in document.notes}
    assert [note.act for note in document.notes] == [each.act for each in report.acts]
    lines = [line for section in document.sections for line in section.lines]
    assert len(lines) == 11 + 11 + 33  # overdue, adopted, and three rows of the diary a law
    assert all(line.notes and set(line.notes) <= set(numbers) for line in lines)
    assert all(note.sources for note in document.notes)


def test_what_is_overdue_comes_first_and_what_changed_is_told_by_the_eyes_of_the_report(document: Document) -> None:
    assert [section.heading for section in document.sections] == [
        "Overdue",
        "Adopted, not yet in force",
        "Due next",
        "What changed from 2020-01-01 to 2020-02-10",
    ]
    assert "overdue by 9 days (due 2020-02-01, not met)" in document.sections[0].lines[0].said
    assert document.sections[2].lines == ()


def test_in_markdown_what_is_on_record_is_text(document: Document) -> None:
    found = tokens(markdown(document))
    kinds = {each.type for each in found}
    assert not kinds & {"image", "html_inline", "table_open", "s_open", "em_open", "blockquote_open", "fence"}
    assert [each.content for each in found if each.type == "html_block"] == [
        f"<!-- dateline-report: {document.pinned} -->\n"
    ]
    assert {each.attrs["href"] for each in found if each.type == "link_open"} == set()
    headings = [block.children for block in found if block.type == "inline" and block.level == 1]
    assert headings
    text = flat("".join(each.content if each.type in ("text", "code_inline") else " " for each in found))
    for said in HOSTILE:
        assert flat(said) in text, said


class Reader(HTMLParser):
    """The tags of a page, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_in_html_what_is_on_record_is_text_and_nothing_is_loaded(document: Document) -> None:
    page = Reader()
    page.feed(html(document).decode())
    assert not {tag for tag, _ in page.tags} & {"script", "img", "link", "iframe", "object"}
    assert all(str(given["href"]).startswith(("#note-", "http")) for _, given in page.tags if "href" in given)
    for said in HOSTILE:
        assert said in page.text
    targets = {given["id"] for tag, given in page.tags if tag == "li" and "id" in given}
    assert {f"note-{note.number}" for note in document.notes} == targets


def test_as_pdf_it_is_the_same_bytes_again_whatever_signs_it_has(document: Document) -> None:
    made = pdf(document)
    assert made.startswith(b"%PDF-")
    assert made == pdf(document)


FORMS: dict[str, Any] = {"md": markdown, "html": html, "pdf": pdf}


@pytest.mark.parametrize("form", [*FORMS, "json"])
def test_a_report_in_any_form_says_which_request_it_answers(report: Report, tmp_path: Path, form: str) -> None:
    file = tmp_path / f"report.{form}"
    file.write_bytes(encode(report) if form == "json" else FORMS[form](document_of(report)))
    assert earlier_report(file) == Earlier("XA", D("2020-02-10"), D("2020-02-10"), report.position, D("2020-01-01"))


def test_what_says_of_itself_no_request_is_no_report(tmp_path: Path) -> None:
    file = tmp_path / "notes.md"
    for text in (
        "",
        "# Notes\n",
        "dateline-report: /v1/jurisdictions/XA/report?as_of=soon&known_on=2020-01-01&position=1",
    ):
        file.write_text(text)
        with pytest.raises(NotAReport):
            earlier_report(file)
    with pytest.raises(NotAReport, match="cannot be read"):
        earlier_report(tmp_path / "none.md")


def test_a_report_made_under_other_rules_is_not_held_against_these(tmp_path: Path, document: Document) -> None:
    file = tmp_path / "report.md"
    file.write_bytes(markdown(document).replace(f"rules={RULES}".encode(), b"rules=0.9"))
    with pytest.raises(ReportOfOtherRules, match=r"under rules 0\.9"):
        earlier_report(file)


LAW = did("adopted", "XA/law", effects=["restricts"], effective_on="2020-05-01")


def test_the_diary_of_a_report_has_both_its_days_and_an_earlier_edition_its_own_rows(database_url: str) -> None:
    with service(database_url) as opened:
        opened.recording.record([act("xa-law", "2020-01-10", LAW)], recorded_by="ada")
        opened.recording.record([act("xa-note", "2020-01-20", did("noted", "XA/law"))], recorded_by="ada")

        def rows(since: str, as_of: str, **asked: Any) -> list[str]:
            report = opened.answering.report("XA", as_of=D(as_of), since=D(since), **asked)
            return [f"{row.on} {row.what}" for row in report.changes]

        assert rows("2020-01-10", "2020-01-20") == ["2020-01-10 adopted", "2020-01-20 noted"]
        assert rows("2020-01-11", "2020-01-19") == []
        assert rows("2020-01-10", "2020-01-20", asked=Asked(position=1)) == ["2020-01-10 adopted"]
        assert rows("2020-01-10", "2020-06-01", known_on=D("2020-05-01"))[-1] == "2020-05-01 took_effect"
