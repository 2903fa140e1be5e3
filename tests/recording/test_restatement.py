"""What a report said, what it says now, and why: restatements on records of a few acts."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from events.commands import AnyCommand, ReviewJurisdiction
from events.log import PositionAboveHead
from projections.answering import HEAD, Asked, BothEditions
from projections.answers import Difference, FieldChange, Restatement
from projections.restatement import EditionNeeded, EditionsReversed
from services.operations.wiring import Service
from tests.recording.conftest import NOON, Clock
from tests.recording.telling import act, correct, did, retract, verify

APRIL = date(2020, 4, 15)


def law(effective_on: str, **fields: Any) -> Any:
    return act("xa-law", "2020-03-01", did("adopted", effects=["prohibits"], effective_on=effective_on), **fields)


RULE = act("xa-rule", "2020-02-01", did("adopted", "XA/rule", effects=["restricts"], effective_on="2020-02-01"))
MAY, MARCH = law("2020-05-01"), law("2020-03-05")


def record(opened: Service, *commands: AnyCommand, by: str = "ada") -> int:
    """Records in one append; the position at which it appears."""
    return opened.recording.record(list(commands), recorded_by=by)[-1].edition


def restated(opened: Service, from_position: int, to: int | None = None, **asked: Any) -> Restatement:
    later = HEAD if to is None else Asked(to)
    asked = {"as_of": APRIL} | asked
    return opened.auditing.restatement("XA", earlier=Asked(from_position), later=later, **asked)


def brief(difference: Difference) -> tuple[str, str, str | None, tuple[str, ...], list[int]]:
    """(of, what, measure, classes, positions behind it)"""
    return (
        difference.of,
        difference.what,
        difference.measure,
        difference.classes,
        [cause.position for cause in difference.because],
    )


def test_nothing_recorded_since_is_no_difference(opened: Service) -> None:
    end = record(opened, MAY, RULE)
    assert restated(opened, end).differences == ()
    assert restated(opened, end).then == restated(opened, end).now


def test_a_corrected_day_shows_both_truths_and_the_correction_behind_it(opened: Service) -> None:
    earlier = record(opened, MAY)
    later = record(opened, correct(MARCH, note="the journal says 5 March"), by="ben")
    told = restated(opened, earlier)
    assert told.then.headline is None
    assert told.now.headline is not None
    assert (told.from_position, told.to_position) == (earlier, later)
    line, headline, upcoming = told.differences
    assert brief(line) == ("measures", "changed", "XA/law", ("corrected",), [2])
    assert line.changed == (
        FieldChange("status", "adopted", "in_force"),
        FieldChange("since", "2020-03-01", "2020-03-05"),
        FieldChange("effective_on", "2020-05-01", "2020-03-05"),
        FieldChange("next_change", "2020-05-01", None),
    )
    (cause,) = line.because
    assert (cause.type, cause.act, cause.recorded_by) == ("corrected", "xa-law", "ben")
    assert (cause.reason, cause.note, cause.recorded_at) == ("wrong_date", "the journal says 5 March", NOON)
    assert brief(headline) == ("headline", "appeared", None, ("corrected",), [2])
    assert headline.changed[0].to == {"effect": "prohibits", "status": "in_force", "measures": ("XA/law",)}
    assert brief(upcoming) == ("upcoming", "disappeared", None, ("corrected",), [2])


def test_an_act_recorded_since_was_learned_late(opened: Service) -> None:
    earlier = record(opened, RULE)
    record(opened, MARCH)
    first, *_ = restated(opened, earlier).differences
    assert brief(first) == ("measures", "appeared", "XA/law", ("learned_late",), [2])
    assert first.because[0].announced_on == "2020-03-01"


def test_an_act_that_was_not_announced_by_known_on_explains_nothing(opened: Service) -> None:
    earlier = record(opened, RULE)
    record(opened, act("xa-end", "2020-06-01", did("ended", "XA/rule", effective_on="2020-04-01")))
    amended = act("xa-amend", "2020-03-01", did("amended", "XA/rule", effects=["prohibits"]))
    record(opened, amended)
    (line, headline) = restated(opened, earlier).differences
    assert brief(line) == ("measures", "changed", "XA/rule", ("learned_late",), [3])
    assert brief(headline)[3:] == (("learned_late",), [3])
    # In hindsight the end counts as well.
    line = restated(opened, earlier, known_on=date(2020, 7, 1)).differences[0]
    assert brief(line) == ("measures", "changed", "XA/rule", ("learned_late",), [2, 3])


def test_a_retraction_takes_the_measure_away(opened: Service) -> None:
    earlier = record(opened, MARCH)
    record(opened, retract("xa-law", note="of another country"))
    line = restated(opened, earlier).differences[0]
    assert brief(line) == ("measures", "disappeared", "XA/law", ("retracted",), [2])
    assert (line.because[0].reason, line.because[0].note) == ("duplicate", "of another country")


def test_a_difference_may_have_several_causes(opened: Service) -> None:
    earlier = record(opened, MAY)
    record(opened, correct(MARCH))
    amended = act("xa-amend", "2020-04-01", did("amended", effects=["restricts"]))
    record(opened, amended)
    line = restated(opened, earlier).differences[0]
    assert brief(line) == ("measures", "changed", "XA/law", ("learned_late", "corrected"), [2, 3])


def test_what_was_recorded_and_taken_back_in_between_is_no_cause(opened: Service) -> None:
    earlier = record(opened, MAY)
    record(opened, act("xa-amend", "2020-04-01", did("amended", effects=["restricts"])))
    record(opened, retract("xa-amend"))
    assert restated(opened, earlier).differences == ()
    record(opened, correct(MARCH))
    assert brief(restated(opened, earlier).differences[0])[3:] == (("corrected",), [4])


def test_an_act_that_a_correction_moves_from_one_measure_to_another_was_corrected_on_both(opened: Service) -> None:
    earlier = record(opened, MARCH)
    record(opened, correct(act("xa-law", "2020-03-01", did("adopted", "XA/other", effective_on="2020-03-05"))))
    lines = [brief(each) for each in restated(opened, earlier).differences if each.of == "measures"]
    assert lines == [
        ("measures", "disappeared", "XA/law", ("corrected",), [2]),
        ("measures", "appeared", "XA/other", ("corrected",), [3]),
    ]


def test_an_act_recorded_again_after_its_retraction_was_learned_late_by_who_had_not_got_it(opened: Service) -> None:
    record(opened, MARCH)
    earlier = record(opened, retract("xa-law"))
    record(opened, law("2020-03-05", again=True))
    assert brief(restated(opened, earlier).differences[0]) == ("measures", "appeared", "XA/law", ("learned_late",), [3])


def test_a_verification_alone_is_classed_as_such_and_one_that_a_correction_voided_as_corrected(opened: Service) -> None:
    earlier = record(opened, MARCH)
    verified = record(opened, verify("xa-law"), by="ben")
    (line,) = restated(opened, earlier).differences
    assert brief(line) == ("measures", "changed", "XA/law", ("verified",), [2])
    assert line.changed == (FieldChange("verified", None, "official_document"),)
    assert line.because[0].level == "official_document"
    record(opened, correct(law("2020-03-05", note="seen again"), reason="typo"), by="cy")
    (line,) = restated(opened, verified).differences
    assert brief(line) == ("measures", "changed", "XA/law", ("corrected",), [3])
    assert line.changed == (FieldChange("verified", "official_document", None),)
    assert restated(opened, earlier).differences == ()


def test_law_of_the_union_that_differs_is_inherited(opened: Service) -> None:
    earlier = record(opened, act("nl-law", "2020-03-01", did("adopted", "NL/law", effective_on="2020-03-01")))
    record(opened, act("eu-law", "2020-03-01", did("adopted", "EU/law", effective_on="2020-03-01")))
    told = opened.auditing.restatement("NL", earlier=Asked(earlier), as_of=APRIL)
    assert [brief(each) for each in told.differences] == [("inherited", "appeared", "EU/law", ("learned_late",), [2])]


def test_a_review_is_told_and_so_is_that_there_is_a_record_now(opened: Service) -> None:
    record(opened, ReviewJurisdiction(jurisdiction="XA", reviewed_on="2020-01-01"))
    record(opened, ReviewJurisdiction(jurisdiction="XA", reviewed_on="2020-02-01"))
    assert brief(restated(opened, 1).differences[0]) == ("reviewed_on", "changed", None, ("reviewed",), [2])
    record(opened, RULE)
    found = {each.of: each for each in restated(opened, 2).differences}
    assert brief(found["coverage"]) == ("coverage", "changed", None, ("learned_late",), [3])


def test_a_position_within_an_append_is_the_edition_before_it(opened: Service) -> None:
    record(opened, RULE)
    record(opened, MARCH, act("xa-x", "2020-03-01", did("noted", "XA/x")))
    assert brief(restated(opened, 2).differences[0]) == ("measures", "appeared", "XA/law", ("learned_late",), [2])


def test_editions_are_named_by_moments_as_well(opened: Service, clock: Clock) -> None:
    record(opened, MAY)
    clock.moment = NOON + timedelta(hours=1)
    record(opened, correct(MARCH))
    told = opened.auditing.restatement("XA", earlier=Asked(recorded_at=NOON), as_of=APRIL)
    assert (told.from_position, told.from_recorded_at) == (1, NOON)
    assert (told.to_position, told.to_recorded_at) == (2, clock.moment)


def test_editions_that_cannot_be_compared_are_refused(opened: Service) -> None:
    record(opened, MAY)
    record(opened, correct(MARCH))
    with pytest.raises(EditionsReversed):
        restated(opened, 2, 1)
    with pytest.raises(PositionAboveHead):
        restated(opened, 3)
    with pytest.raises(EditionNeeded):
        opened.auditing.restatement("XA", earlier=HEAD)
    with pytest.raises(BothEditions):
        opened.auditing.restatement("XA", earlier=Asked(1, NOON))
