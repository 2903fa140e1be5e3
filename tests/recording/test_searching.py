"""Looking for words upon a record of the test's own: what is found, in which order, in which edition, how far."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.actions import Source
from events.commands import ReviewJurisdiction
from projections import search as index
from projections.answering import Asked
from projections.answers import Search
from projections.encoding import Encoding
from projections.rebuild import rebuild
from projections.search import fill, next_position
from projections.searching import SearchBehind, Searching
from projections.sought import WordsNeeded
from services.operations import indexing as indexing_room
from services.operations.agreement import disagreements
from services.operations.indexing import indexing
from services.operations.room import StorageFull
from services.operations.wiring import Service, service
from tests.conftest import TEMPLATE, fresh_database
from tests.recording.conftest import Clock
from tests.recording.telling import act, correct, did, retract
from tests.waiting import comes_true

DECREE = act(
    "nl-decree",
    "2019-11-28",
    did("adopted", "NL/supplier-decree", title="Decree on trusted suppliers", subjects=["Huawei"], scope=["core"]),
    authority="Ministry of Economic Affairs",
    title="Besluit veiligheid",
    citation="Stb. 2019, 457",
    summary="Operators may not use suppliers that are not trusted in the core.",
    sources=(Source("Official journal", url="https://gazette.example/2019/457"),),
)
ORDER = act(
    "us-order",
    "2019-05-15",
    did("adopted", "US/entity-listing", effects=["prohibits"], subjects=["华为技术有限公司"]),
    authority="Department of Commerce",
    title="Order on exports",
    citation="84 FR 22961",
)
NOTE = act(
    "us-note",
    "2020-01-10",
    did("noted", "US/entity-listing"),
    authority="Department of Commerce",
    title="Hearing on suppliers",
)


@pytest.fixture
def told(opened: Service) -> Service:
    """Positions: 1 the decree, 2 the order, 3 the note, 4 a review of Croatia."""
    for command in (DECREE, ORDER, NOTE, ReviewJurisdiction(jurisdiction="HR", reviewed_on="2026-11-20")):
        opened.recording.record([command], recorded_by="ada")
    return opened


def search(service: Service, q: str, **asked: Any) -> Search:
    position = asked.pop("position", None)
    return service.searching.search(q, asked=Asked(position), **asked)


def names(service: Service, q: str, kind: Any = "act", **asked: Any) -> list[str]:
    return [found.name for found in search(service, q, kind=kind, **asked).results]


@pytest.mark.parametrize(
    ("q", "acts"),
    [
        ("decree", ["nl-decree"]),
        ("besluit", ["nl-decree"]),
        ("Commerce", ["us-note", "us-order"]),
        ("Huawei", ["nl-decree", "us-order"]),
        ("华为", ["nl-decree", "us-order"]),
        ('"84 FR 22961"', ["us-order"]),
        ("prohibits", ["us-order"]),
        ("gazette.example", ["nl-decree"]),
        ("Stb. 2019, 457", ["nl-decree"]),
        ("core network", ["nl-decree"]),
        ("not trusted", ["nl-decree"]),
        ("Netherlands", ["nl-decree"]),
        ("decree commerce", []),
        ("ZTE", []),
    ],
)
def test_acts_are_found_by_their_titles_authorities_subjects_citations_texts_and_sources(
    told: Service, q: str, acts: list[str]
) -> None:
    assert names(told, q) == acts


def test_what_has_the_words_in_its_title_comes_before_what_has_them_elsewhere_and_the_latest_first(
    told: Service,
) -> None:
    later = act("de-decree", "2021-01-01", did("adopted", "DE/decree"), title="A decree", summary="on suppliers")
    titled = act("fr-decree", "2018-01-01", did("adopted", "FR/decree"), title="Decree on suppliers")
    told.recording.record([later, titled], recorded_by="ada")
    assert names(told, "decree suppliers") == ["nl-decree", "fr-decree", "de-decree"]
    assert names(told, "suppliers") == ["us-note", "nl-decree", "fr-decree", "de-decree"]


def test_what_is_named_itself_comes_first(told: Service) -> None:
    about = act("us-decree", "2022-01-01", did("noted", "US/entity-listing"), title="On the supplier-decree nl-decree")
    told.recording.record([about], recorded_by="ada")
    for q in ("NL/supplier-decree", "nl/supplier-decree", " supplier-decree ", "Supplier-Decree"):
        first = search(told, q).results[0]
        assert (first.kind, first.name, first.exact) == ("measure", "NL/supplier-decree", True), q
    first = search(told, "nl-decree").results[0]
    assert (first.kind, first.name, first.exact) == ("act", "nl-decree", True)
    for q in ("NL", "nl", "Netherlands", "holland"):
        first = search(told, q).results[0]
        assert (first.kind, first.name, first.exact, first.coverage) == ("jurisdiction", "NL", True, "recorded"), q


def test_a_country_without_a_record_is_found_as_such(told: Service) -> None:
    (found,) = search(told, "Bangladesh").results
    assert (found.name, found.coverage) == ("BD", "no_record")
    (found,) = search(told, "Croatia").results
    assert (found.name, found.coverage) == ("HR", "recorded")  # it was looked through


def test_a_measure_is_shown_by_its_title_and_by_the_act_that_was_found(told: Service) -> None:
    (found,) = search(told, "hearing", kind="measure").results
    assert (found.name, found.title, found.act, found.on) == (
        "US/entity-listing",
        "Order on exports",
        "us-note",
        "2020-01-10",
    )
    (excerpt,) = found.excerpts
    assert (excerpt.field, excerpt.text, excerpt.marks) == ("act", "Hearing on suppliers", ((0, 7),))


def test_a_long_text_is_shown_around_what_was_found(told: Service) -> None:
    text = "before " * 200 + "a needle here " + "after " * 200
    told.recording.record([act("xa-long", "2020-01-01", summary=text)], recorded_by="ada")
    (found,) = search(told, "needle", kind="act").results
    (excerpt,) = found.excerpts
    assert len(excerpt.text) < 230
    assert excerpt.text.startswith("… before")
    assert excerpt.text.endswith("after …")
    assert [excerpt.text[start:end] for start, end in excerpt.marks] == ["needle"]


def test_a_corrected_act_is_found_by_what_it_says_now_and_in_an_earlier_edition_by_what_it_said_then(
    told: Service,
) -> None:
    righted = act("nl-decree", "2019-11-28", did("adopted", "NL/supplier-decree"), title="Decree on secure networks")
    told.recording.record([correct(righted)], recorded_by="ada")
    assert (names(told, "networks"), names(told, "besluit")) == (["nl-decree"], [])
    assert (names(told, "networks", position=4), names(told, "besluit", position=4)) == ([], ["nl-decree"])
    (measure,) = search(told, "supplier-decree", kind="measure").results
    assert measure.title == "Decree on secure networks"
    (measure,) = search(told, "supplier-decree", kind="measure", position=4).results
    assert measure.title == "Decree on trusted suppliers"


def test_a_retracted_act_is_not_found_any_more_and_still_in_an_earlier_edition(told: Service) -> None:
    told.recording.record([retract("nl-decree")], recorded_by="ada")
    for q in ("besluit", "nl-decree"):
        assert names(told, q) == []
        assert names(told, q, position=4) == ["nl-decree"]
    assert names(told, "supplier-decree", "measure") == []
    assert [found.name for found in search(told, "NL").results] == ["NL"]


def test_an_edition_shows_nothing_that_was_recorded_later(told: Service) -> None:
    assert names(told, "commerce", position=2) == ["us-order"]
    assert search(told, "Huawei", position=0).results == ()
    assert [found.coverage for found in search(told, "HR", position=3).results] == ["no_record"]
    pinned = search(told, "commerce", position=3)
    told.recording.record([act("us-more", "2021-01-01", title="Commerce")], recorded_by="ada")
    assert search(told, "commerce", position=3) == pinned


def test_a_search_can_be_of_some_jurisdictions_or_of_one_kind(told: Service) -> None:
    assert names(told, "suppliers", jurisdictions=["NL"]) == ["nl-decree"]
    assert names(told, "suppliers", "measure", jurisdictions=["US", "HR"]) == ["US/entity-listing"]
    assert names(told, "Netherlands", "jurisdiction", jurisdictions=["US"]) == []
    assert names(told, "us-order", jurisdictions=["NL"]) == []
    answer = search(told, "suppliers")
    assert (answer.counts, answer.more, answer.next) == ({"jurisdiction": 0, "measure": 2, "act": 2}, False, None)


def test_pages_of_results_fit_together(told: Service) -> None:
    acts = [act(f"xa-{number:02}", f"2020-01-{number:02}", title="A needle") for number in range(1, 12)]
    told.recording.record(acts, recorded_by="ada")
    whole = names(told, "needle", limit=100)
    assert whole == [f"xa-{number:02}" for number in range(11, 0, -1)]
    found: list[str] = []
    after: int | None = 0
    while after is not None:
        page = search(told, "needle", kind="act", limit=4, after=after)
        found += [each.name for each in page.results]
        after = page.next
    assert found == whole


def test_what_was_just_recorded_is_found_at_once(told: Service) -> None:
    for number in range(5):
        told.recording.record([act(f"xa-{number}", "2020-01-01", title=f"Needle{number}")], recorded_by="ada")
        assert names(told, f"needle{number}") == [f"xa-{number}"]
        assert search(told, "needle").position == told.log.head().position


@pytest.fixture
def in_lots_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The log is read a position at a time."""
    monkeypatch.setattr(index, "POSITIONS", 1)


def test_a_search_that_has_no_time_answers_from_the_edition_that_it_has_reached_and_says_so(
    told: Service, in_lots_of_one: None
) -> None:
    first = search(told, "commerce", patience=0)
    assert (first.position, first.results) == (1, ())
    second = search(told, "commerce", patience=0)
    assert (second.position, [found.name for found in second.results]) == (2, ["US/entity-listing", "us-order"])
    assert second.recorded_at == told.log.moment_of(2)
    whole = search(told, "commerce", patience=0)
    assert whole.position == 4
    assert search(told, "commerce", patience=0) == search(told, "commerce", patience=0, position=4)
    assert search(told, "commerce", position=2) == second


def test_an_edition_that_was_not_reached_is_refused_rather_than_answered_in_part(
    told: Service, in_lots_of_one: None
) -> None:
    with pytest.raises(SearchBehind, match="up to position 1, not yet up to 4") as refused:
        search(told, "commerce", position=4, patience=0)
    assert (refused.value.facts["reached"], refused.value.facts["position"]) == (1, 4)
    assert search(told, "decree", position=1, patience=0).position == 1


def test_an_append_is_found_whole_or_not_at_all(opened: Service, in_lots_of_one: None) -> None:
    opened.recording.record([DECREE], recorded_by="ada")
    opened.recording.record([ORDER, NOTE, retract("nl-decree")], recorded_by="ada")  # 2 to 4, one edition
    opened.recording.record([act("xa-law", "2020-01-01")], recorded_by="ada")
    found = [search(opened, "commerce OR decree", kind="act", patience=0) for _ in range(4)]
    assert [(each.position, len(each.results)) for each in found] == [(1, 1), (1, 1), (4, 2), (5, 2)]


def test_without_room_for_the_index_what_was_read_before_is_searched(told: Service) -> None:
    def full() -> None:
        raise StorageFull.now()

    assert names(told, "commerce") == ["us-note", "us-order"]
    told.recording.record([act("us-more", "2021-01-01", title="Commerce")], recorded_by="ada")
    with service(told.url, told.clock, may_record=full) as crowded:
        answer = search(crowded, "commerce", kind="act")
        assert (answer.position, len(answer.results)) == (4, 2)


def test_two_who_read_the_log_at_once_leave_one_row_an_action(told: Service) -> None:
    with service(told.url, told.clock) as other:
        assert search(told, "commerce").results == search(other, "commerce").results
        told.recording.record([act("xa-law", "2020-01-01", title="Needle")], recorded_by="ada")
        assert names(other, "needle") == names(told, "needle") == ["xa-law"]
    with psycopg.connect(told.url) as connection:
        assert list(disagreements(connection)) == []


def test_the_index_is_the_same_after_a_rebuild_and_a_missing_row_is_noticed(told: Service) -> None:
    righted = act("nl-decree", "2019-11-28", did("adopted", "NL/supplier-decree"), title="Decree on secure networks")
    told.recording.record([correct(righted)], recorded_by="ada")
    told.searching.catch_up()
    rows = "select t::text from dateline.search t order by 1"
    with psycopg.connect(told.url) as connection:
        before = connection.execute(rows).fetchall()
        assert len(before) == 4
        connection.execute("delete from dateline.search where position = 2")
        assert list(disagreements(connection)) == ["search: 1 not as the log says, first at position 2"]
        connection.commit()
    rebuild(told.pool, told.log)
    with psycopg.connect(told.url) as connection:
        assert connection.execute(rows).fetchall() == before
        assert list(disagreements(connection)) == []


def test_a_process_that_serves_reads_what_nobody_looked_for(told: Service) -> None:
    with indexing(told):
        _wait_until_read(told)
        told.recording.record([act("xa-law", "2020-01-01", title="Needle")], recorded_by="ada")
        _wait_until_read(told)
    assert names(told, "needle", patience=0) == ["xa-law"]


def test_a_process_that_serves_reads_in_the_end_also_while_others_write_without_a_pause(
    told: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing_room, "QUIET_SECONDS", 0.02)
    monkeypatch.setattr(indexing_room, "BEHIND_SECONDS", 0.1)
    told.searching.catch_up()
    needle = told.recording.record([act("xa-law", "2020-01-01", title="Needle")], recorded_by="ada")[0].position
    until = time.monotonic() + 30
    with indexing(told):
        number = 0
        while not _is_read(told, needle) and time.monotonic() < until:
            number += 1
            told.recording.record(
                [act(f"xa-{number}", "2020-01-01", did("adopted", f"XA/m{number}"))], recorded_by="ada"
            )
    assert _is_read(told, needle)
    assert number > 1


@pytest.mark.parametrize(("is_quiet", "way", "least"), [(False, 0.1, 0.1), (True, 60.0, 0.0)])
def test_a_process_that_serves_leaves_the_processor_to_those_who_ask_and_reads_on_all_the_same(
    told: Service, monkeypatch: pytest.MonkeyPatch, is_quiet: bool, way: float, least: float
) -> None:
    acts = [act(f"xa-{number}", "2020-01-01", did("adopted", f"XA/m{number}")) for number in range(4)]
    told.recording.record(acts, recorded_by="ada")
    begun: list[float] = []
    catch_up = Searching.catch_up

    def noted(searching: Searching, patience: float | None = None) -> bool:
        begun.append(time.monotonic())
        return catch_up(searching, patience)

    monkeypatch.setattr(Searching, "catch_up", noted)
    monkeypatch.setattr(index, "POSITIONS", 1)
    monkeypatch.setattr(Encoding, "is_quiet", is_quiet)
    monkeypatch.setattr(indexing_room, "WAY_SECONDS", way)
    with indexing(told):
        assert comes_true(lambda: _is_read(told, told.log.head().position))
    apart = [later - earlier for earlier, later in pairwise(begun)]
    assert len(apart) >= 3
    assert all(each >= least for each in apart)


def _is_read(told: Service, position: int) -> bool:
    with told.pool.connection() as connection:
        asked = "select exists (select from dateline.search where position = %s)"
        return connection.execute(asked, [position]).fetchone() == (True,)


def _wait_until_read(told: Service) -> None:
    while True:
        with told.pool.connection() as connection:
            if next_position(connection) is None:
                return


@pytest.fixture(scope="module")
def many(postgres_server: str) -> Iterator[Service]:
    """Two hundred actions in which words are common and rare, each in an append of its own."""
    with fresh_database(postgres_server, TEMPLATE) as url, service(url) as opened:
        for number in range(200):
            words = ["everywhere", *(f"every{n}" for n in (2, 3, 10, 50) if number % n == 0), f"only{number}"]
            told = act(f"xa-{number:03}", "2020-01-01", did("adopted", f"XA/m-{number:03}"), title=" ".join(words))
            opened.recording.record([told], recorded_by="ada")
        opened.searching.catch_up()
        yield opened


@pytest.mark.parametrize("q", ["everywhere", "every2 every3", "every10", "every50 -every3", "only7", "every2 only7"])
@pytest.mark.parametrize(("back", "common"), [(20_000, 30_000), (10, 30_000), (10, 20), (100, 5)])
def test_common_words_and_rare_ones_are_found_alike_whichever_way_is_taken(
    many: Service, monkeypatch: pytest.MonkeyPatch, q: str, back: int, common: int
) -> None:
    wanted, unwanted = ([w for w in q.split() if w[0] != "-"], [w[1:] for w in q.split() if w[0] == "-"])

    def has(number: int, word: str) -> bool:
        if word == "everywhere":
            return True
        return number % int(word[5:]) == 0 if word.startswith("every") else number == int(word[4:])

    matching = [n for n in range(200) if all(has(n, w) for w in wanted) and not any(has(n, w) for w in unwanted)]
    monkeypatch.setattr(index, "BACK", back)
    monkeypatch.setattr(index, "COMMON", common)
    monkeypatch.setattr(index, "MOST", 40)
    answer = search(
        many, " ".join(f'"{w}"' for w in wanted) + "".join(f" -{w}" for w in unwanted), kind="act", limit=100
    )
    last = [f"xa-{number:03}" for number in matching[-40:]]
    assert sorted(found.name for found in answer.results) == last
    assert answer.more is (len(matching) > 40)
    assert answer.counts["act"] == len(last)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(min_size=1, max_size=60) | st.text("ab\"-' ORx7()&|!:*<>\\", min_size=1, max_size=30))
def test_whatever_is_looked_for_is_answered_or_refused_in_words(many: Service, text: str) -> None:
    with suppress(WordsNeeded):
        answer = search(many, text.replace("\0", ""))
        assert answer.counts["act"] >= len([found for found in answer.results if found.kind == "act"])


def test_the_longest_text_of_an_act_can_be_recorded_and_is_found_by_its_beginning(told: Service) -> None:
    long = " ".join(f"word{number}" for number in range(20_000)) + " " + "x" * 100_000
    told.recording.record([act("xa-long", "2020-01-01", title="Needle", summary=long)], recorded_by="ada")
    assert names(told, "needle word100") == ["xa-long"]
    assert names(told, "word19999") == []


def test_the_index_is_filled_in_the_order_of_the_log(told: Service, in_lots_of_one: None) -> None:
    with psycopg.connect(told.url) as connection:
        assert [fill(connection) for _ in range(4)] == [1, 2, 3, None]
        rows = connection.execute("select position, day::text from dateline.search order by position").fetchall()
        assert rows == [(1, "2019-11-28"), (2, "2019-05-15"), (3, "2020-01-10")]


def test_a_moment_is_an_edition_too(told: Service, clock: Clock) -> None:
    assert told.searching.search("commerce", asked=Asked(recorded_at=clock.moment)).position == 4
