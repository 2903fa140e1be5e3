"""The columns of exports: what each is called, of which kind its cells are, and what it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from services.outlets.tables import CHANGE, DEADLINE, LINE

Kind = Literal["text", "number", "yes_no", "day", "moment", "list", "json"]
"""
What a cell is, None aside: a str, an int, a bool, a date, an aware datetime, a sequence of texts, what JSON can say.

A day that may be partly known (`2019-12`) is a text.
"""

Cell = object
Row = Sequence[Cell]


class Column(NamedTuple):
    """A column. Once published, its name and its kind stay; new ones come at the end."""

    name: str
    kind: Kind
    says: str


TIMES = (
    Column("as_of", "day", "The day in the world that the row is about."),
    Column("known_on", "day", "Whose eyes: only acts announced on or before this day count."),
    Column("position", "number", "The edition of the record: a place in its log."),
    Column("recorded_at", "moment", "When that place was recorded."),
    Column("rules", "text", "The version of the rules and of the reference data that it was read under."),
)
EDITION = TIMES[2:]
WINDOW = (
    Column("from", "day", "The first day of the window."),
    Column("to", "day", "The last day of the window."),
    Column("known_on", "day", "Whose eyes: rows up to this day as they were seen, later ones as they were expected."),
    *EDITION,
)
_JURISDICTION = Column("jurisdiction", "text", "The code: ISO 3166-1, 3166-2, EU.")
_MEASURE = Column("measure", "text", "The measure, by its jurisdiction and its name there.")
_ACT = Column("act", "text", "The slug of the act.")

_OF_LINE: Mapping[str, Column] = {
    each.name: each
    for each in (
        _MEASURE,
        Column("title", "text", "Its title on the day."),
        Column("status", "text", "Its status on the day, in the latest reading where a date is partly known."),
        Column("certainty", "text", "'possible' where a partly known date leaves another status possible."),
        Column("possible", "list", "All statuses that are possible, where there is more than one."),
        Column("since", "day", "The first day of the unbroken run of this status."),
        Column("instrument", "text", "The legal form of the act on which it rests."),
        Column("authority", "text", "Who did it."),
        Column("effects", "list", "What it does."),
        Column("subjects", "list", "Whom it concerns, as recorded."),
        Column("scope", "list", "What it covers, as recorded."),
        Column("targets", "list", "Jurisdictions at which it is aimed."),
        Column("values", "json", "Named values, for panels of indicators."),
        Column("effective_on", "text", "The first day in force, as recorded: it may be partly known."),
        Column("expires_on", "text", "The last day in force, as recorded: it may be partly known."),
        Column("next_change", "day", "The next day on which it changes by itself, as far as was known."),
        Column("acts", "list", "The acts on which the row rests, in their order."),
        Column("verified", "text", "The least level to which all of these acts were verified."),
    )
}
_LINE = tuple(_OF_LINE[name] for name in LINE)
_DEADLINES = Column("deadlines", "list", "Its deadlines: name, day due, status.")

_OF_CHANGE: Mapping[str, Column] = {
    each.name: each
    for each in (
        Column("on", "text", "The day on which it could be seen: it may be partly known."),
        _MEASURE,
        Column("what", "text", "What changed: see the glossary."),
        Column("by", "text", "The act that changed it; empty where a day passed."),
        Column("before", "json", "What was otherwise before."),
        Column("after", "json", "What is otherwise after."),
        Column("summary", "text", "The change in words."),
        Column("acts", "list", "The acts on which the row rests."),
        Column("deadline", "text", "The deadline that it is about."),
        Column("expected", "yes_no", "Whether it had not been seen by known_on."),
        Column("retroactive", "yes_no", "Whether it reaches back before its announcement."),
    )
}
_OF_DEADLINE: Mapping[str, Column] = {
    each.name: each
    for each in (
        _JURISDICTION,
        _MEASURE,
        _OF_LINE["title"],
        Column("deadline", "text", "The name of the deadline within its measure."),
        Column("due", "text", "The day by which it is due; empty where it was postponed without one."),
        Column("obliged", "text", "Who is to keep it: authority, addressees, nobody."),
        Column("status", "text", "open, overdue, passed, closed, postponed, met or void."),
        Column("days_overdue", "number", "Days since it was due, where it is overdue."),
        Column("met_on", "text", "The day on which it was met."),
        Column("days_late", "number", "Days between due and met."),
        Column("acts", "list", "The acts on which the row rests."),
        _OF_LINE["verified"],
    )
}
_TOLD = (
    Column("entry_position", "number", "The position of the event that says it."),
    Column("entry_recorded_at", "moment", "When it was recorded."),
    Column("entry_recorded_by", "text", "Who recorded it: a pseudonym."),
    Column("entry_batch", "text", "The import or write that it came with."),
)
_OF_ACT = (
    Column("announced_on", "text", "The first day on which the public could know, as recorded."),
    Column("announced_from", "day", "The first day that announced_on may mean."),
    Column("announced_to", "day", "The last day that announced_on may mean."),
    Column("authority", "text", "Who did it."),
    Column("instrument", "text", "Its legal form."),
    Column("citation", "text", "Where it is published."),
    Column("act_title", "text", "Its title."),
)
OF_STATE = (
    *TIMES,
    _JURISDICTION,
    Column("inherited", "yes_no", "Whether it is EU law that held there."),
    *_LINE,
    _DEADLINES,
)
OF_MEASURES = (
    *TIMES,
    _JURISDICTION,
    *_LINE,
    _DEADLINES,
    Column("revision", "number", "How many entries its history has."),
    Column("actions", "number", "How many actions stand on it."),
    Column("first_act", "text", "The act that stands first in its order of acts."),
    Column("last_act", "text", "The act that stands last in its order of acts."),
)
OF_CHANGES = (*WINDOW, _JURISDICTION, *(_OF_CHANGE[name] for name in CHANGE))
OF_DEADLINES = (
    *TIMES,
    *(_OF_DEADLINE[name] for name in DEADLINE),
    Column("moves", "list", "Its moves, a sentence each."),
)
OF_ACTS = (
    *EDITION,
    _ACT,
    *_OF_ACT,
    Column("published_on", "text", "The day of the official journal, as recorded."),
    Column("summary", "text", "One line in own words."),
    Column("confidence", "text", "high, medium or low."),
    Column("jurisdictions", "list", "Where it acts."),
    Column("measures", "list", "On which measures it acts."),
    Column("types", "list", "What it does, action by action."),
    Column("links", "list", "Relations to measures: type and measure."),
    Column("after", "text", "The act that stands before it where their days do not tell."),
    Column("note", "text", "A caveat about the record."),
    Column("sources", "json", "Where it was read."),
    Column("verified", "text", "To which level it was verified on all of its measures."),
    Column("standing", "text", "recorded, or corrected."),
    *_TOLD,
)
OF_SOURCES = (
    *EDITION,
    _ACT,
    Column("number", "number", "Its place among the sources of the act, from 1."),
    Column("name", "text", "What it is called."),
    Column("url", "text", "Where it is."),
    Column("date", "text", "Of which day it is, as recorded."),
    Column("basis", "text", "On what the reading rests, as recorded."),
    Column("passage", "text", "The passage that says it."),
    Column("archived_url", "text", "Where a copy is kept."),
    Column("sha256", "text", "The checksum of what was read."),
    Column("kept", "json", "What the source has beside, by its own names."),
)
OF_ACTIONS = (
    *EDITION,
    _JURISDICTION,
    _MEASURE,
    _ACT,
    Column("place", "number", "Its place among the actions of the act, from 0."),
    Column("type", "text", "What was done: adopted, extended and so on."),
    *_OF_ACT,
    Column("recorded_from", "number", "The edition that brought it."),
    Column("recorded_to", "number", "The edition that superseded it, up to this one; empty while it stands."),
    *_TOLD,
    Column("title", "text", "The title that it gives the measure."),
    *(_OF_LINE[name] for name in ("effects", "subjects", "scope", "targets", "values")),
    Column("effective_on", "text", "From which day, as recorded."),
    Column("expires_on", "text", "The last day in force, as recorded."),
    Column("applies_on", "text", "From which day an amendment applies."),
    Column("applies_until", "text", "Up to which day an amendment applies."),
    Column("until", "text", "Up to which day a stay lasts."),
    Column("deadline", "text", "The deadline that it is about."),
    Column("due", "text", "The day by which the deadline is due."),
    Column("obliged", "text", "Who is to keep the deadline."),
    Column("met_on", "text", "The day on which the deadline was met."),
    Column("manner", "text", "How the measure ended."),
    Column("lifts", "text", "The act whose stay it lifts."),
    Column("retroactive", "yes_no", "Whether a partly known entry into force reaches back before its announcement."),
    Column("note", "text", "A note on the action."),
    Column("action", "json", "The action whole, with its act and its sources, as the record has it."),
)
OF_ACTION_ALONE = tuple(each.name for each in OF_ACTIONS[OF_ACTIONS.index(_TOLD[-1]) + 1 : -1])
OF_PERIODS = (
    *EDITION,
    _JURISDICTION,
    _MEASURE,
    Column("kind", "text", "measure: status and terms; validity: the days in force of an adoption; deadline."),
    Column("name", "text", "The deadline, or the act that adopted; empty for a measure."),
    Column("valid_from", "day", "The first day of validity (as_of); empty: since ever."),
    Column("valid_to", "day", "The day after the last day of validity; empty: for ever."),
    Column("known_from", "day", "From which day on it was known (known_on); empty: since ever."),
    Column("known_to", "day", "The day from which on it was known otherwise; empty: it still is."),
    Column("status", "text", "Of the measure or the deadline, in the latest reading."),
    Column("exact", "yes_no", "'no' where a partly known day may leave another status possible."),
    Column("title", "text", "The title of the measure."),
    *(_OF_LINE[name] for name in ("instrument", "authority", "effects", "subjects", "scope", "targets", "values")),
    Column("act", "text", "The act on which the measure rests."),
    Column("dated", "text", "The act that adopted: the name of the validity that has the days in force."),
    Column("effective_on", "text", "Of a validity: the first day in force, as recorded."),
    Column("expires_on", "text", "Of a validity: the last day in force, as recorded."),
    Column("due", "text", "Of a deadline: the day by which it is due, as recorded."),
    Column("obliged", "text", "Of a deadline: who is to keep it."),
    Column("met_on", "text", "Of a deadline: the day on which it was met."),
    Column("acts", "list", "Of a deadline: the acts on which it rests."),
)
OF_LOG = (
    *EDITION,
    Column("entry_position", "number", "The position of the event, from 1, without a gap."),
    Column("entry_edition", "number", "The last position of its append, where all of it appears."),
    *_TOLD[1:],
    Column("entry_stream", "text", "The measure, or of a review the jurisdiction."),
    Column("entry_revision", "number", "Its place in that stream, from 1."),
    Column("entry_name", "text", "What it is: adopted, corrected, reviewed and so on."),
    Column("act", "text", "The act that it is about; empty for a review."),
    Column("topic", "text", "The name under which it is stored."),
    Column("stored", "json", "What is stored, as it was written."),
)
HEADLINE_PANEL = (
    *TIMES,
    _JURISDICTION,
    Column("name", "text", "The English name."),
    Column("headline_effect", "text", "The strictest effect in force, or a declared position; empty for none."),
    Column("headline_status", "text", "Its status."),
    Column("upcoming_effect", "text", "The strictest effect on its way that would raise the headline."),
    Column("upcoming_status", "text", "Its status."),
)
MEASURE_PANEL = (
    *TIMES,
    _JURISDICTION,
    _MEASURE,
    Column("status", "text", "Its status on the day, absent included, in the latest reading."),
    Column("certainty", "text", "'possible' where a partly known date leaves another status possible."),
    Column("effects", "list", "What it does."),
)
