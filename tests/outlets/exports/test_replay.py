"""A log exported and brought back into an empty service is the same log, with the same answers and the same package."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from events.commands import ReviewJurisdiction
from events.errors import Refusal
from events.recorder import LogNotEmpty
from projections.answering import HEAD, Asked
from projections.answers import encode
from projections.rebuild import rebuild
from services.intake import log as intake
from services.intake.log import Replayed, replay_log
from services.intake.problems import InvalidRecord
from services.operations.agreement import disagreements
from services.operations.wiring import Service, service
from services.outlets.exports import Wanted, export_of
from services.outlets.files import write_file
from services.outlets.formats import FORMAT
from services.outlets.package import write_package

PRESENT = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def exported(record: Service, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("exported") / "log.jsonl"
    write_log(record, path)
    return path


def write_log(record: Service, path: Path, asked: Asked = HEAD) -> None:
    export = export_of(record.exporting, Wanted("log"), asked)
    write_file(FORMAT["jsonl"].write(export.columns, export.rows(), export.edition.recorded_at), path)


@pytest.fixture
def empty(database_url: str) -> Iterator[Service]:
    with service(database_url, lambda: PRESENT) as opened:
        yield opened


def bring_back(empty: Service, path: Path, **options: Any) -> Replayed:
    return replay_log(empty.recording, empty.log, path, clock=empty.clock, **options)


TABLES = ("event", "action", "act", "verification", "period", "review", "jurisdiction", "entry")


def tables(opened: Service) -> dict[str, list[Any]]:
    with opened.pool.connection() as connection:
        return {
            table: sorted(connection.execute(f"select {table}::text from dateline.{table}").fetchall())
            for table in TABLES
        }


def test_the_round_trip_gives_the_same_log_the_same_answers_and_the_same_package(
    record: Service, empty: Service, exported: Path, package: Path, tmp_path: Path
) -> None:
    """The other service has another clock."""
    head = record.log.head()
    assert bring_back(empty, exported) == Replayed(head.position, head.position)
    assert empty.log.head() == head
    assert list(empty.log.walk_stored(up_to=head.position)) == list(record.log.walk_stored(up_to=head.position))
    assert tables(empty) == tables(record)
    with empty.pool.connection() as connection:
        assert list(disagreements(connection)) == []
    for position in (head.position, head.position - 6):
        for known_on in (date(2020, 6, 1), date(2026, 11, 24)):
            asked: dict[str, Any] = {"known_on": known_on, "asked": Asked(position)}
            for one, other in ((record.answering, empty.answering),):
                assert encode(one.world(as_of=date(2020, 3, 1), **asked)) == encode(
                    other.world(as_of=date(2020, 3, 1), **asked)
                )
                for code in ("NL", "US", "XA"):
                    day = date(2020, 6, 1)
                    assert encode(one.state(code, as_of=day, **asked)) == encode(other.state(code, as_of=day, **asked))
    history = "NL/telecom-supplier-decree"
    assert encode(record.answering.history(history)) == encode(empty.answering.history(history))
    written = write_package(empty.exporting, tmp_path / "again")
    assert written.files == {each.name: digest(each) for each in package.iterdir() if each.name != "SHA256SUMS"}
    assert (tmp_path / "again" / "SHA256SUMS").read_bytes() == (package / "SHA256SUMS").read_bytes()


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_what_was_brought_back_is_what_a_rebuild_makes_and_can_be_recorded_upon(
    record: Service, empty: Service, exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "CHUNK", 20)
    bring_back(empty, exported)
    told = tables(empty)
    assert told == tables(record)
    rebuild(empty.pool, empty.log)
    assert tables(empty) == told
    (review,) = empty.recording.record(
        [ReviewJurisdiction(jurisdiction="NL", reviewed_on="2026-11-30")], recorded_by="ada"
    )
    assert review.position == record.log.head().position + 1


def test_an_earlier_edition_is_brought_back_as_far_as_it_goes(record: Service, empty: Service, tmp_path: Path) -> None:
    last = record.log.head().position
    position = next(iter(record.log.at([1]))).edition
    write_log(record, tmp_path / "log.jsonl", Asked(position + 1))  # within the append that follows
    assert bring_back(empty, tmp_path / "log.jsonl") == Replayed(position, position)
    assert empty.log.head().position == position < last
    day = date(2020, 6, 1)
    one, other = (each.answering.world(as_of=day, asked=Asked(position)) for each in (record, empty))
    assert encode(one) == encode(other)


def test_an_import_that_was_cut_off_goes_on(
    record: Service, empty: Service, exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "CHUNK", 1)
    seen = []

    def stop(done: int, total: int) -> None:
        seen.append(done)
        if len(seen) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bring_back(empty, exported, progress=stop)
    head = record.log.head().position
    there = empty.log.head().position
    assert 0 < there < head
    assert bring_back(empty, exported) == Replayed(head, head - there)
    assert bring_back(empty, exported) == Replayed(head, 0)
    assert tables(empty) == tables(record)


def test_a_dry_run_records_nothing(empty: Service, record: Service, exported: Path) -> None:
    head = record.log.head().position
    assert bring_back(empty, exported, dry_run=True) == Replayed(head, head, dry_run=True)
    assert empty.log.head().position == 0


def test_where_something_else_is_on_record_nothing_is_brought_back(
    record: Service, empty: Service, exported: Path
) -> None:
    empty.recording.record([ReviewJurisdiction(jurisdiction="NL", reviewed_on="2026-11-30")], recorded_by="ada")
    with pytest.raises(LogNotEmpty, match="at position 1 they are not those"):
        bring_back(empty, exported)
    assert empty.log.head().position == 1


def test_a_log_that_went_on_is_not_brought_back_from_an_earlier_file(
    record: Service, empty: Service, exported: Path, tmp_path: Path
) -> None:
    bring_back(empty, exported)
    write_log(record, tmp_path / "earlier.jsonl", Asked(next(iter(record.log.at([1]))).edition))
    with pytest.raises(LogNotEmpty):
        bring_back(empty, tmp_path / "earlier.jsonl")


def test_who_records_meanwhile_is_told_of(empty: Service, exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "CHUNK", 1)

    def meanwhile(done: int, total: int) -> None:
        if empty.log.head().position == done:
            review = ReviewJurisdiction(jurisdiction="NL", reviewed_on="2026-11-30")
            empty.recording.record([review], recorded_by="ada")

    with pytest.raises(LogNotEmpty, match="into which nobody else writes"):
        bring_back(empty, exported, progress=meanwhile)


Lines = list[dict[str, Any]]


def _without(number: int) -> Callable[[Lines], Any]:
    return lambda lines: lines.pop(number)


def _set(number: int, **fields: Any) -> Callable[[Lines], Any]:
    return lambda lines: lines[number].update(fields)


def _later(lines: Lines) -> None:
    for line in lines[-1:]:
        line["entry_recorded_at"] = (PRESENT + timedelta(days=1)).isoformat().replace("+00:00", "Z")


def _other_fact(lines: Lines) -> None:
    lines[0]["stored"]["act"]["title"] = "Another"


@pytest.mark.parametrize(
    ("spoil", "line", "sentence"),
    [
        (_without(3), 4, "entry_position 5 follows 3"),
        (_without(-1), None, "the rest of it is missing"),
        (lambda lines: lines.insert(2, lines[1]), 3, "entry_position 2 follows 2"),
        (_set(5, entry_edition=2), 6, "lies before entry_position"),
        (_set(5, entry_edition=7), 6, "begins within the append"),
        (_set(5, entry_recorded_at="2026-11-24T09:00:00Z"), 6, "of the same append"),
        (_set(-1, entry_recorded_at="2026-11-20T09:00:00Z"), None, "runs backwards"),
        (_later, None, "lies in the future"),
        (_set(5, entry_recorded_at="2026-11-24T08:00:00"), 6, "no time zone"),
        (_set(5, entry_revision=9), 6, "entry_revision 9"),
        (_set(5, entry_recorded_by="eve"), 6, "recorded by another"),
        (_set(5, entry_stream="NL/other"), 6, "and the line of NL/other"),
        (_set(5, topic="measure.invented"), 6, "No event is stored under the name"),
        (_set(5, position=3), 6, "two exports are mixed"),
        (_set(5, stored={"v": 1}), 6, "cannot be read"),
        (_set(5, entry_position="x"), 6, "no line of 'export log"),
        (_other_fact, 1, None),
    ],
)
def test_a_file_that_is_no_whole_log_is_refused_by_its_line(
    empty: Service,
    exported: Path,
    tmp_path: Path,
    spoil: Callable[[Lines], Any],
    line: int | None,
    sentence: str | None,
) -> None:
    lines = [json.loads(each) for each in exported.read_text("utf-8").splitlines()]
    spoil(lines)
    path = tmp_path / "log.jsonl"
    path.write_text(
        "".join(json.dumps(each, ensure_ascii=False, separators=(",", ":")) + "\n" for each in lines), "utf-8"
    )
    if sentence is None:  # a fact that was changed by hand is a fact of that file: only a checksum tells
        assert bring_back(empty, path, dry_run=True)
        return
    with pytest.raises(InvalidRecord) as refused:
        bring_back(empty, path)
    told = [each for each in refused.value.problems if sentence in each.sentence]
    assert told, refused.value.problems
    assert line is None or told[0].line == line
    assert empty.log.head().position == 0


def test_bytes_that_were_written_anew_are_refused(empty: Service, exported: Path, tmp_path: Path) -> None:
    lines = [json.loads(each) for each in exported.read_text("utf-8").splitlines()]
    path = tmp_path / "log.jsonl"
    path.write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in lines), "utf-8")
    with pytest.raises(InvalidRecord, match="other bytes"):
        bring_back(empty, path)


@pytest.mark.parametrize(("content", "sentence"), [(b"", "empty"), (b"\xff\n", "no line of"), (b"{", "no line of")])
def test_what_is_no_log_at_all_is_told_so(empty: Service, tmp_path: Path, content: bytes, sentence: str) -> None:
    (tmp_path / "log.jsonl").write_bytes(content)
    with pytest.raises(InvalidRecord, match=sentence):
        bring_back(empty, tmp_path / "log.jsonl")
    with pytest.raises(InvalidRecord, match="cannot be read"):
        bring_back(empty, tmp_path / "none.jsonl")


def test_events_that_cannot_be_folded_are_refused_and_leave_nothing(
    empty: Service, exported: Path, tmp_path: Path
) -> None:
    """A log of which the beginning of a measure was taken out, and all numbers put in order again."""
    lines = [json.loads(each) for each in exported.read_text("utf-8").splitlines()]
    stream = next(each["entry_stream"] for each in lines if each["entry_name"] == "extended")
    kept = [each for each in lines if each["entry_stream"] == stream and each["entry_name"] == "extended"][:1]
    kept[0].update(position=1, entry_position=1, entry_edition=1, entry_revision=1)
    path = tmp_path / "log.jsonl"
    path.write_text(json.dumps(kept[0], ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")
    with pytest.raises(Refusal, match="has no base"):
        bring_back(empty, path)
    assert empty.log.head().position == 0
    assert tables(empty) == {table: [] for table in TABLES}
