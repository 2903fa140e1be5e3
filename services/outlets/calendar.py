"""The dates of measures as an iCalendar document (RFC 5545) that calendars subscribe to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta

from icalendar import Calendar, Event

from events.vocabulary import jurisdiction_of
from projections.appointments import Appointment
from projections.topics import Topic
from services import wording

MEDIA = "text/calendar"
PATH = "/v1/calendar.ics"

_CATEGORIES = {"deadline": "DEADLINE", "entry": "ENTRY INTO FORCE", "expiry": "EXPIRY"}

_NO_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
"""Characters that no text of a calendar can have; a line feed is written as one."""


def calendar_of(topic: Topic, appointments: Iterable[Appointment], base: str) -> bytes:
    """
    The dates of a topic, one event a date, the same bytes for the same dates. `base` is the address of the service.

    An event keeps its UID whatever becomes of its day, its SEQUENCE never goes down, and every time in it is of the
    record and not of the clock. A date that does not stand any more stays, as cancelled, so that calendars take it out.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Dateline//Dateline//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    name = f"Dateline: {wording.topic(topic)}"
    calendar.add("x-wr-calname", _plain(name))
    calendar.add("x-wr-caldesc", "Deadlines, entries into force and last days of regulatory measures.")
    for appointment in appointments:
        calendar.add_component(_event(appointment, base))
    written: bytes = calendar.to_ical()
    return written


def _event(appointment: Appointment, base: str) -> Event:
    event = Event()
    event.add("uid", str(appointment.uid))
    event.add("dtstart", appointment.first)
    event.add("dtend", appointment.last + timedelta(days=1))  # RFC 5545, 3.6.1: not inclusive
    event.add("dtstamp", appointment.changed_at)
    event.add("created", appointment.created_at)
    event.add("last-modified", appointment.changed_at)
    event.add("sequence", appointment.sequence)
    event.add("status", appointment.standing.upper())
    event.add("transp", "TRANSPARENT")
    event.add("summary", _plain(wording.appointment_title(appointment)))
    page = f"{base}/measures/{appointment.measure}"
    event.add("description", _plain("\n".join([*wording.appointment(appointment), page])))
    event.add("url", page)
    event.add("categories", [_CATEGORIES[appointment.kind], jurisdiction_of(appointment.measure)])
    return event


def _plain(text: str) -> str:
    return _NO_TEXT.sub("\ufffd", text.replace("\r\n", "\n"))
