"""
An earlier edition by the eyes of a day is read from what could be known by then, and says what all of it says; the
tables have the first day of every act, however it was recorded.
"""

from __future__ import annotations

import random
from collections import Counter
from datetime import date
from itertools import count
from typing import Any

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import UNSET
from msgspec.structs import replace

from events.dates import first_day, span
from events.errors import Refusal
from projections.answering import Asked
from projections.answers import Edition, State, encode
from projections.database import migrations
from projections.index import load
from projections.rebuild import rebuild
from projections.state import UNION, Filters, state_as_of
from services.operations.agreement import disagreements
from services.operations.wiring import Service
from tests.oracle import histories
from tests.recording.telling import act, correct, did, retract
from tests.recording.test_encoding import days_of
from tests.recording.test_index import keeping, read, started  # noqa: F401  # a fixture
from tests.recording.test_periods_grow import acts_of

FRESH = count(1)


def in_full(opened: Service, code: str, as_of: date, known_on: date, position: int) -> State:
    """The state made of all that stands at a position, whoever knew of it when; without its citation."""
    with opened.pool.connection() as connection:
        found = load(connection, [code, UNION], position)
        edition = Edition(position, opened.log.moment_of(position, connection=connection))
    return state_as_of(
        code,
        found[code].folds.values(),
        found[UNION].folds.values() if code != UNION else (),
        as_of=as_of,
        known_on=known_on,
        edition=edition,
        reviewed_on=found[code].reviewed_on,
    )


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.one_of(histories.exact(strange=True), histories.partial(strange=True)), min_size=1, max_size=3),
    st.integers(0, 10**6),
)
def test_a_past_state_by_the_eyes_of_a_day_is_what_all_of_the_record_says(
    opened: Service, told: list[list[dict[str, Any]]], seed: int
) -> None:
    run, chance = next(FRESH), random.Random(seed)
    codes = ["XA", "EU", "XA"]
    commands = [
        each for number, history in enumerate(told) for each in acts_of(history, f"{codes[number]}/m{run}-{number}")
    ]
    chance.shuffle(commands)
    positions, slugs = [], []
    for command in commands:
        try:
            opened.recording.record([command], recorded_by="ada")
        except Refusal:
            continue
        positions.append(opened.log.head().position)
        slugs.append(command.act.act)
    if slugs:
        opened.recording.record([retract(slugs[-1])], recorded_by="ada")
    keeps, days = started(opened), [date.fromordinal(day) for day in days_of(commands)]
    for _ in range(8 if positions else 0):
        as_of, known_on = chance.choice(days), chance.choice(days)
        code, position = chance.choice(["XA", "EU", "SE"]), chance.choice(positions)
        wanted = encode(in_full(opened, code, as_of, known_on, position))
        for answering in (keeps, started(opened)):  # one goes from day to day, the other keeps nothing yet
            answer = answering.state(code, as_of=as_of, known_on=known_on, asked=Asked(position))
            assert encode(replace(answer, cite=UNSET)) == wanted


LAW = act("xa-law", "2020-03-01", did("adopted", effects=["restricts"], subjects=["Foxline"]))
MORE = act("xa-more", "2020-04-01", did("amended", effects=["prohibits"]))
OTHER = act("xa-other", "2020-05-01", did("adopted", "XA/other", subjects=["Brask"]))
SINCE = act("xa-since", "2020-06-01", did("noted"))


def test_what_was_announced_later_is_read_when_a_later_day_is_asked_about(
    opened: Service,
    read: Counter[str],  # noqa: F811  # the fixture
) -> None:
    opened.recording.record([LAW, MORE, OTHER], recorded_by="ada")
    then = Asked(opened.log.head().position)
    opened.recording.record([SINCE], recorded_by="ada")
    answering = started(opened)
    for day, effects, so_far in (
        (date(2020, 3, 31), ["restricts"], {"XA/law": 1}),
        (date(2020, 3, 30), ["restricts"], {"XA/law": 1}),  # an earlier day is in what was read
        (date(2020, 4, 1), ["prohibits"], {"XA/law": 3, "XA/other": 1}),  # a later one is not: now all of it is read
        (date(2020, 5, 1), ["prohibits"], {"XA/law": 3, "XA/other": 1}),
    ):
        state = answering.state("XA", as_of=day, asked=then)
        assert [list(line.effects) for line in state.measures if line.measure == "XA/law"] == [effects]
        assert read == so_far


def test_of_a_measure_with_partial_days_all_is_read_for_how_much_is_tried_depends_on_it(
    opened: Service,
    read: Counter[str],  # noqa: F811  # the fixture
) -> None:
    opened.recording.record([act("xa-law", "2020-03", did("adopted")), MORE, OTHER], recorded_by="ada")
    then = Asked(opened.log.head().position)
    opened.recording.record([SINCE], recorded_by="ada")
    started(opened).state("XA", as_of=date(2020, 3, 5), asked=then)
    assert read == {"XA/law": 1 + 2}


def test_of_the_present_edition_all_is_read_for_all_ask_about_it(
    opened: Service,
    read: Counter[str],  # noqa: F811  # the fixture
) -> None:
    opened.recording.record([LAW, MORE, OTHER], recorded_by="ada")
    answering, everything = started(opened), {"XA/law": 2, "XA/other": 1}
    for asked in (Asked(), Asked(opened.log.head().position)):
        answering.state("XA", as_of=date(2020, 3, 1), asked=asked)
        assert read == everything


def test_where_everything_was_known_by_the_day_later_days_and_other_questions_need_no_more(
    opened: Service,
    read: Counter[str],  # noqa: F811  # the fixture
) -> None:
    opened.recording.record([LAW, MORE, OTHER], recorded_by="ada")
    then = Asked(opened.log.head().position)
    opened.recording.record([SINCE], recorded_by="ada")
    answering = started(opened)
    answering.state("XA", as_of=date(2020, 5, 1), asked=then)
    assert read == {"XA/law": 2, "XA/other": 1}
    answering.state("XA", as_of=date(2021, 5, 1), asked=then)
    assert answering.measure("XA/law", as_of=date(2021, 5, 1), asked=then).revision == 2
    assert read == {"XA/law": 2, "XA/other": 1}


def test_a_measure_of_which_nothing_was_known_yet_is_on_record_all_the_same(opened: Service) -> None:
    opened.recording.record([LAW, OTHER], recorded_by="ada")
    then = Asked(opened.log.head().position)
    opened.recording.record([SINCE], recorded_by="ada")
    before = date(2020, 2, 29)
    state = started(opened).state("XA", as_of=before, asked=then)
    assert (state.coverage, state.measures) == ("recorded", ())
    absent = started(opened).state("XA", as_of=before, asked=then, filters=Filters(statuses=("absent",)))
    assert [line.measure for line in absent.measures] == ["XA/law", "XA/other"]


def test_a_word_that_was_recorded_is_not_unknown_on_a_day_before_anybody_used_it(opened: Service) -> None:
    opened.recording.record([LAW, OTHER], recorded_by="ada")
    then = Asked(opened.log.head().position)
    opened.recording.record([SINCE], recorded_by="ada")
    for subject, unknown in (("Brask", UNSET), ("Nowhere", ["Nowhere"])):
        state = started(opened).state("XA", as_of=date(2020, 3, 2), asked=then, filters=Filters(subjects=(subject,)))
        assert (state.unknown if state.unknown is UNSET else [each.given for each in state.unknown]) == unknown


def test_who_asks_at_one_position_after_the_other_has_only_what_is_new_read(
    opened: Service,
    read: Counter[str],  # noqa: F811  # the fixture
) -> None:
    positions = []
    for told in (LAW, MORE, OTHER, act("xa-third", "2020-05-02", did("adopted", "XA/third")), SINCE):
        opened.recording.record([told], recorded_by="ada")
        positions.append(opened.log.head().position)
    answering = started(opened)
    for position, so_far in zip(
        positions[1:],
        ({"XA/law": 1}, {"XA/law": 3, "XA/other": 1}, {"XA/law": 3, "XA/other": 1, "XA/third": 1}),
        strict=False,
    ):
        answering.state("XA", as_of=date(2020, 3, 2), asked=Asked(position))
        assert read == so_far


def test_of_two_who_read_at_once_the_one_who_read_less_takes_nothing_back(
    opened: Service,
    read: Counter[str],  # noqa: F811  # the fixture
) -> None:
    opened.recording.record([LAW, MORE], recorded_by="ada")
    then = opened.log.head().position
    opened.recording.record([SINCE], recorded_by="ada")
    answering, index = keeping(opened)
    loading = index._loaded

    def overtaken(connection: Any, missing: Any, position: int, eyes: Any) -> Any:
        index._loaded = loading  # type: ignore[method-assign]
        answering.measure("XA/law", as_of=date(2020, 5, 1), asked=Asked(then))
        return loading(connection, missing, position, eyes)

    index._loaded = overtaken  # type: ignore[method-assign]
    answering.state("XA", as_of=date(2020, 3, 2), asked=Asked(then))
    read.clear()
    assert answering.measure("XA/law", as_of=date(2020, 5, 1), asked=Asked(then)).revision == 2
    assert read == {}


def test_what_was_read_by_the_eyes_of_a_day_is_not_gone_on_with(opened: Service) -> None:
    opened.recording.record([LAW, MORE], recorded_by="ada")
    first = opened.log.head().position
    opened.recording.record([OTHER], recorded_by="ada")
    second = opened.log.head().position
    opened.recording.record([SINCE], recorded_by="ada")
    answering = started(opened)
    answering.state("XA", as_of=date(2020, 3, 1), asked=Asked(first))
    for asked in (Asked(second), Asked(second + 1)):
        [law, other] = answering.state("XA", as_of=date(2020, 7, 1), asked=asked).measures
        assert (law.effects, other.measure) == (("prohibits",), "XA/other")
    assert answering.measure("XA/law", as_of=date(2020, 7, 1), asked=Asked(first)).revision == 2


DATES = (
    "2019-05-20",
    "2019-05-20~",
    "2019-05",
    "2019-01~",
    "2019",
    "2019~",
    "[2019-10-11..2019-10-20]",
    "[..2019-03-01]",
)
DATES += ("[2019-10-11..]", "1900~", "1900-01-01~")


def first_days(url: str) -> dict[str, date]:
    with psycopg.connect(url) as connection:
        rows = connection.execute("select act, announced_from from dateline.action where recorded_to is null")
        return dict(rows)


def test_appends_the_migration_and_a_rebuild_find_the_same_first_day_of_every_form_of_a_date(opened: Service) -> None:
    acts = [act(f"xa-{number}", text, did("adopted", f"XA/{number}")) for number, text in enumerate(DATES)]
    opened.recording.record(acts, recorded_by="ada")
    opened.recording.record([correct(act("xa-0", "2018-02", did("adopted", "XA/0")))], recorded_by="ada")
    told = {f"xa-{number}": span(text).first for number, text in enumerate(DATES)} | {"xa-0": date(2018, 2, 1)}
    assert first_days(opened.url) == told
    with psycopg.connect(opened.url) as connection:
        connection.execute("alter table dateline.action drop column announced_from")
        connection.execute("set local search_path = dateline, public")
        [statements] = [each for _, name, each in migrations() if name == "announced"]
        connection.execute(statements.encode())
        connection.commit()
        assert first_days(opened.url) == told
        rebuild(opened.pool, opened.log)
        assert first_days(opened.url) == told
        assert list(disagreements(connection)) == []
        for position, wrong in ((1, "2019-05-21"), (3, "2019-05-02"), (9, "2019-10-12"), (12, "2018-02-02")):
            connection.execute(
                "update dateline.action set announced_from = %s where position = %s returning position",
                [wrong, position],
            )
            [sentence] = disagreements(connection)
            assert sentence == f"days of announcement: 1 not as the log says, first at position {position}"
            connection.rollback()


def test_the_first_day_of_a_date_is_written_as_a_day() -> None:
    assert [first_day(text) for text in ("2019-05-20", "2019-05~", "[..2019-03-01]")] == [
        *("2019-05-20", "2019-04-01", "1900-01-01")
    ]
