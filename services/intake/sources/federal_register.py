"""
The Federal Register of the United States: documents as its API gives them, each an act of its agency.

One document is one act, `fr-2021-00217`. The documents of one rulemaking are one measure: they share a RIN, or where
they have none a docket; a correction goes with what it corrects. What a document does is read from its type, its
action and its dates, in the order of publication; what cannot be told from them is `noted`, and listed with the reason.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.json import decode, encode

from events.actions import AnyAction
from events.vocabulary import EFFECTS
from projections.standing import Standing
from services.intake import fields
from services.intake.plain import shown
from services.intake.problems import Problem, Problems, Wrong
from services.intake.sources.jsonfile import json_of, text_of
from services.intake.sources.mapping import Asked, Line, Mapped, OnRecord, kept, name_of
from services.intake.yamltext import Unreadable, load

HOME = "US"
BEGINNING = "fr-"
COMMENTS = "comments"
"""What the deadline for comments is called on a measure."""

NEEDED = ("document_number", "publication_date", "title", "type")
_CARRIED = ("title", "html_url", "citation", "publication_date")
"""Fields that the record has a place for; all others are kept with the source."""

_INSTRUMENTS = {"Rule": "rule", "Proposed Rule": "proposed_rule"}


class Document(NamedTuple):
    """A document, and where it stands: its file and the path within it."""

    told: Mapping[str, Any]
    file: str
    path: str

    @property
    def number(self) -> str:
        """Its number, by which it is known."""
        return str(self.told["document_number"])

    @property
    def published_on(self) -> str:
        """The day of its publication."""
        return str(self.told["publication_date"])

    def text(self, name: str) -> str:
        """A field as text, empty where there is none."""
        value = self.told.get(name)
        return value.strip() if isinstance(value, str) else ""

    def names(self, name: str) -> list[str]:
        """A field that is a list of names."""
        value = self.told.get(name)
        return [each.strip() for each in value if isinstance(each, str)] if isinstance(value, list) else []


class Course(Struct):
    """How far a measure has come by the documents read so far."""

    begun: bool = False
    adopted: bool = False
    ended: bool = False
    effective_on: str | None = None
    comments: bool = False

    def follow(self, action: Mapping[str, Any]) -> None:
        """Goes on with an action."""
        match action["type"]:
            case "proposed" | "announced":
                self.begun, self.ended = True, False
            case "adopted":
                self.begun, self.adopted, self.ended = True, True, False
                self.effective_on = action.get("effective_on")
            case "rescheduled" if "effective_on" in action:
                self.effective_on = action["effective_on"]
            case "ended":
                self.ended, self.adopted = True, False
            case "deadline_set" | "deadline_moved":
                self.comments = self.comments or action["deadline"] == COMMENTS


class Read(NamedTuple):
    """What a document does to its measure, and why it is no more than noted, if that is all."""

    actions: list[dict[str, Any]]
    reason: str | None = None


def mapped(asked: Asked, on_record: OnRecord, problems: Problems) -> Mapped:
    """The documents of all files, as acts in the order of their publication."""
    if asked.replay or asked.published:
        option = "--replay" if asked.replay else "--published"
        sentence = f"a document says itself when it was published, and not when it was recorded: leave out {option}"
        problems.add(Problem(name_of(asked.files[0]), None, "", sentence))
    terms = _terms_of(asked.mapping, problems)
    notes: list[str] = []
    documents = _documents(asked.files, problems, notes)
    if problems.count:
        return Mapped([], [])
    standing = on_record(BEGINNING)
    measures = _measures(documents, standing)
    lines: list[Line] = []
    courses: dict[str, Course] = {}
    context = _context(documents, standing)
    for document in sorted(documents.values(), key=lambda each: (each.published_on, each.number)):
        key = measures[document.number]
        own = terms.get(key, {})
        named = str(own.get("measure", key))
        course = courses.setdefault(named, Course())
        while (before := context.get(named)) and before[0][0] <= document.published_on:
            for action in before.pop(0)[1]:
                course.follow(action)
        read = _read(document, course)
        if read.reason is not None:
            notes.append(f"{document.file}, {document.path}: {document.number} is noted: {read.reason}")
        is_first = not course.begun
        actions = []
        for action in read.actions:
            course.follow(action)
            told = {"measure": named, **action}
            if is_first and action["type"] in ("proposed", "announced", "adopted"):
                told.update({"title": document.text("title")[: fields.LONGEST_TEXT], **_given(own)})
                is_first = False
            actions.append(told)
        lines += _line(document, actions, standing)
    return Mapped(lines, notes)


def _line(document: Document, actions: list[dict[str, Any]], standing: Standing) -> Iterator[Line]:
    """The line of a document: nothing where it is on record just so, a correction where it is on record otherwise."""
    act = _act(document, actions)
    slug = act["act"]
    content: dict[str, Any] = {"jurisdiction": HOME}
    if slug not in standing.actions:
        content["act"] = {**act, "again": True} if slug in standing.retracted else act
    elif _as_told(standing.actions[slug]) == act:
        return
    else:
        content.update(correct=slug, reason="source_corrected", replacement=act)
    yield Line(content, f"{document.file}, {document.path}")


def _act(document: Document, actions: list[dict[str, Any]]) -> dict[str, Any]:
    source: dict[str, Any] = {"name": f"Federal Register {document.number}", "date": document.published_on}
    if document.text("html_url"):
        source["url"] = document.text("html_url")
    source["kept"] = kept((name, value) for name, value in document.told.items() if name not in _CARRIED)
    act: dict[str, Any] = {
        "act": _slug(document.number),
        "announced_on": document.published_on,
        "published_on": document.published_on,
        "authority": _authority(document),
        "instrument": _instrument(document),
        "title": document.text("title"),
        "sources": [source],
        "actions": actions,
    }
    if document.text("citation"):
        act["citation"] = document.text("citation")
    return act


def _as_told(actions: tuple[AnyAction, ...]) -> object:
    """An act on record as a line of the record format has it."""
    told = [decode(encode(action)) for action in actions]
    act = told[0]["act"]
    for each in told:
        del each["act"], each["place"]
        each["measure"] = each["measure"].partition("/")[2]
    return {**act, "actions": told}


def _authority(document: Document) -> str:
    agencies = document.told.get("agencies")
    names = [
        str(each.get("name") or each.get("raw_name"))
        for each in (agencies if isinstance(agencies, list) else [])
        if isinstance(each, dict) and (each.get("name") or each.get("raw_name"))
    ]
    return ", ".join(dict.fromkeys(names or document.names("agency_names")))[: fields.LONGEST_NAME]


def _instrument(document: Document) -> str:
    if _is_order(document):
        return "executive_order"
    return _INSTRUMENTS.get(document.text("type"), "announcement")


def _is_order(document: Document) -> bool:
    kind = document.told.get("presidential_document_type") or document.told.get("subtype") or ""
    if isinstance(kind, dict):
        kind = kind.get("identifier") or kind.get("name") or ""
    return str(kind).lower().replace(" ", "_") == "executive_order"


def _given(own: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in own.items() if name != "measure"}


# What a document does.

_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_DAY = rf"(?:{_MONTHS})\s+\d{{1,2}},\s+\d{{4}}"
_DELAY = re.compile(
    r"\b(?:delay|postpone|defer)\w*\b[^;.]{0,80}\beffective(?:ness)?\b"
    r"|\beffective date[^;.]{0,40}\b(?:delay|postpone|defer)\w*",
    re.IGNORECASE,
)
_DELAYED_TO = re.compile(rf"\b(?:delay|postpone|defer)[^.]*?\b(?:until|to)\s+({_DAY})", re.IGNORECASE | re.DOTALL)
_INDEFINITELY = re.compile(r"\b(?:delay|postpone|defer)[^.]*?\b(?:indefinitely|until further notice)", re.IGNORECASE)
_AS_OF = re.compile(rf"\b(?:as of|effective)\s+({_DAY})[^.]*?\bwithdrawn", re.IGNORECASE | re.DOTALL)
_THROUGH = re.compile(rf"\beffective\s+(?:from\s+)?{_DAY},?\s+through\s+({_DAY})", re.IGNORECASE)
_EXTENDED_TO = re.compile(rf"\bexpir\w+[^.]*?\bextended\s+(?:until|through|to)\s+({_DAY})", re.IGNORECASE | re.DOTALL)
_WITHDRAWAL = re.compile(r"\bwithdraw(?:al|als|n|ing|s)?\b", re.IGNORECASE)
_CORRECTION = re.compile(r"\bcorrect(?:ion|ions|ing|ed)\b", re.IGNORECASE)
_CORRECTING_NUMBER = re.compile(r"[CR]\d+-", re.IGNORECASE)
_COMMENT_PERIOD = re.compile(
    r"\b(?:exten|reopen)\w*\b[^;.]{0,60}\bcomments?\b|\bcomment period\b[^;.]{0,40}\b(?:exten|reopen)", re.IGNORECASE
)
_MORE_IN_TITLE = re.compile(r"\b(?:extension|extending|suspension|suspending|stay|compliance dates?)\b", re.IGNORECASE)
"""What a title says of a rule that is no new rule, though its action is one."""
_END_IN_TITLE = re.compile(r"\b(?:rescission|rescinding|repeal|repealing|removal)\b", re.IGNORECASE)
"""What it says of one that may end another; where there is none, it is a rule of its own."""
_RULE = re.compile(
    r"(?:(?:joint|direct|interim|temporary|emergency|technical)\s+)*(?:final|interim|temporary|emergency)\s+rules?"
    r"(?:\s+and\s+orders?)?|rule",
    re.IGNORECASE,
)
_PROPOSAL = re.compile(
    r"(?:(?:joint|supplemental|further|second|third|advance)\s+)*(?:notice\s+of\s+)?proposed\s+rule(?:s|making)?",
    re.IGNORECASE,
)
_PLAIN = re.compile(
    r"(?:with\s+)?(?:requests?|opportunity)\s+for\s+(?:public\s+)?comments?|comments?\s+requested|with\s+comment\s+period",
    re.IGNORECASE,
)


def _read(document: Document, course: Course) -> Read:
    kind, action, title = document.text("type"), document.text("action").rstrip("."), document.text("title")
    said = f"{action}; {title}"
    is_proposal = kind == "Proposed Rule"
    if document.told.get("correction_of") or _CORRECTING_NUMBER.match(document.number) or _CORRECTION.search(action):
        return _correction(document, course)
    if _WITHDRAWAL.search(action):
        return _withdrawal(document, course, action)
    if _COMMENT_PERIOD.search(said) and not _DELAY.search(said):
        return _comment_period(document, course)
    if _DELAY.search(said) and kind in ("Rule", "Notice"):
        return _delay(document, course)
    if kind == "Presidential Document":
        signed = document.text("signing_date")
        if not _is_order(document):
            return Read([{"type": "announced"}])
        in_force = document.text("effective_on") or signed
        return Read([{"type": "adopted", **({"effective_on": in_force} if in_force else {})}])
    if kind == "Notice":
        return Read([_noted(), *_comments(document, course)])
    if not action and kind in _INSTRUMENTS:
        return _only_noted(document, course, "it has no action: ask the API for the field action")
    if is_proposal and _is_plain(action, _PROPOSAL):
        begins = "announced" if action.lower().startswith("advance") else "proposed"
        return Read([{"type": begins}, *_comments(document, course)])
    if kind == "Rule" and _is_plain(action, _RULE):
        return _rule(document, course, title)
    if kind not in (*_INSTRUMENTS, "Notice"):
        return _only_noted(document, course, f"nothing is known of the type {shown(kind)}")
    return _only_noted(document, course, f"the action {shown(action)} of a {kind} is none that is known")


def _is_plain(action: str, what: re.Pattern[str]) -> bool:
    """Whether an action says what a document is, and besides at most that comments are asked for."""
    first, *others = [each.strip() for each in re.split(r"[;,]", action) if each.strip()] or [""]
    found = what.match(first)
    rest = first[found.end() :].strip() if found else "?"
    return all(_PLAIN.fullmatch(each) for each in [rest, *others] if each)


def _rule(document: Document, course: Course, title: str) -> Read:
    dates = document.text("dates")
    effective_on = document.text("effective_on") or None
    if (told := _EXTENDED_TO.search(dates)) and course.adopted:
        extended: dict[str, Any] = {"type": "extended", "expires_on": _iso(told[1])}
        if effective_on:
            extended["effective_on"] = effective_on
        return Read([extended, *_comments(document, course)])
    if more := _MORE_IN_TITLE.search(title) or (_END_IN_TITLE.search(title) if course.adopted else None):
        return _only_noted(document, course, f"its title says '{more[0]}', and its fields do not tell what that does")
    adopted: dict[str, Any] = {"type": "adopted"}
    if effective_on:
        adopted["effective_on"] = effective_on
    if (through := _THROUGH.search(dates)) is not None:
        adopted["expires_on"] = _iso(through[1])
    return Read([adopted, *_comments(document, course)])


def _correction(document: Document, course: Course) -> Read:
    """The authority's own correction is an act of its own: it amends; it is no mistake of the record."""
    if not course.begun or course.ended:
        return _only_noted(document, course, "it corrects what is not among the documents, or is at its end")
    corrected = document.told.get("correction_of")
    number = str(corrected).rstrip("/").rpartition("/")[2].removesuffix(".json") if corrected else None
    amended: dict[str, Any] = {"type": "amended", "note": f"Correction of {number}" if number else "Correction"}
    if document.text("effective_on"):
        amended["applies_on"] = document.text("effective_on")
    return Read([amended, *_comments(document, course)])


def _withdrawal(document: Document, course: Course, action: str) -> Read:
    kind = document.text("type")
    if re.search(r"\bpartial\w*\b|\bin part\b", action, re.IGNORECASE):
        return _only_noted(document, course, "it withdraws a part")
    if not course.begun or course.ended:
        return _only_noted(document, course, "it withdraws what is not among the documents, or is at its end")
    is_of_proposal = kind != "Rule" or re.search(r"withdraw\w*\s+of\s+(?:the\s+)?proposed", action, re.IGNORECASE)
    if course.adopted and is_of_proposal:
        return _only_noted(document, course, "it withdraws a proposal, and the measure is adopted")
    told = _AS_OF.search(document.text("dates"))
    on = document.text("effective_on") or (_iso(told[1]) if told else document.published_on)
    return Read([{"type": "ended", "manner": "withdrawn", "effective_on": on}])


def _delay(document: Document, course: Course) -> Read:
    if not course.adopted:
        return _only_noted(document, course, "it delays a rule that is not among the documents, or is at its end")
    dates = document.text("dates")
    told = _DELAYED_TO.search(dates)
    if told is not None:
        to: str | None = _iso(told[1])
    elif _INDEFINITELY.search(dates):
        to = None
    elif not dates and document.text("effective_on") > document.published_on:
        to = document.text("effective_on")
    else:
        return _only_noted(document, course, "it delays an effective date, and its dates do not tell to which day")
    if course.effective_on is not None and course.effective_on < document.published_on:
        return _only_noted(document, course, f"it delays what had taken effect on {course.effective_on}")
    return Read([{"type": "rescheduled", "effective_on": to}, *_comments(document, course)])


def _comment_period(document: Document, course: Course) -> Read:
    due = document.text("comments_close_on")
    if not due:
        return _only_noted(document, course, "it changes a comment period, and has no comments_close_on")
    if course.comments and not re.search(r"\breopen", f"{document.text('action')}; {document.text('title')}", re.I):
        return Read([{"type": "deadline_moved", "deadline": COMMENTS, "due": due}])
    begins = [] if course.begun else [_noted()]
    return Read([*begins, {"type": "deadline_set", "deadline": COMMENTS, "due": due, "obliged": "nobody"}])


def _comments(document: Document, course: Course) -> list[dict[str, Any]]:
    due = document.text("comments_close_on")
    return [{"type": "deadline_set", "deadline": COMMENTS, "due": due, "obliged": "nobody"}] if due else []


def _noted() -> dict[str, Any]:
    return {"type": "noted"}


def _only_noted(document: Document, course: Course, reason: str) -> Read:
    return Read([{"type": "noted", "note": f"Noted only: {reason}."}, *_comments(document, course)], reason)


def _iso(text: str) -> str:
    return datetime.strptime(re.sub(r"\s+", " ", text), "%B %d, %Y").date().isoformat()  # noqa: DTZ007


# Which documents are of one measure.

_DOCKET = re.compile(r"^(?:docket|dkt\.?)\s*(?:nos?\.?|id)?:?\s*", re.IGNORECASE)


def _slug(number: str) -> str:
    return f"{BEGINNING}{_plain(number)}"


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9._]+", "-", name.lower()).strip("-._")[:150]


def _rins(document: Mapping[str, Any]) -> list[str]:
    return [f"rin-{_plain(each)}" for each in _list(document.get("regulation_id_numbers")) if _plain(each)]


def _dockets(document: Mapping[str, Any]) -> list[str]:
    named = [_plain(_DOCKET.sub("", each)) for each in _list(document.get("docket_ids"))]
    return [f"docket-{each}" for each in named if each]


def _list(value: object) -> list[str]:
    if isinstance(value, str):  # as it is kept
        try:
            value = json.loads(value)
        except ValueError:
            return []
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _measures(documents: Mapping[str, Document], standing: Standing) -> dict[str, str]:
    """
    The measure of each document, by its number.

    What is on record keeps its measure, and new documents of the same RIN or docket join it.
    """
    known: dict[str, str] = {}
    found: dict[str, str] = {}
    rins_of_docket: dict[str, set[str]] = {}
    for slug, actions in standing.actions.items():
        measure = actions[0].measure.partition("/")[2]
        found[slug] = measure
        told = actions[0].act.sources[0].kept
        rins = _rins(told)
        for name in rins[:1] or _dockets(told)[:1]:
            known.setdefault(name, measure)
        for docket in _dockets(told):
            rins_of_docket.setdefault(docket, set()).update(rins[:1])
    for document in documents.values():
        for docket in _dockets(document.told):
            rins_of_docket.setdefault(docket, set()).update(_rins(document.told)[:1])
    for document in documents.values():
        rins, dockets = _rins(document.told), _dockets(document.told)
        name = rins[0] if rins else ""
        if not rins and dockets:
            shared = rins_of_docket[dockets[0]]
            name = next(iter(shared)) if len(shared) == 1 else dockets[0]
        if name:
            found.setdefault(_slug(document.number), known.get(name, name))
    for document in documents.values():
        corrected = document.told.get("correction_of")
        number = str(corrected).rstrip("/").rpartition("/")[2].removesuffix(".json") if corrected else ""
        base = _CORRECTING_NUMBER.sub("", document.number, count=1)
        of = found.get(_slug(number)) or found.get(_slug(base))
        found.setdefault(_slug(document.number), of or _slug(document.number))
    return {document.number: found[_slug(document.number)] for document in documents.values()}


def _context(
    documents: Mapping[str, Document], standing: Standing
) -> dict[str, list[tuple[str, list[dict[str, Any]]]]]:
    """What is on record of other documents, by measure, in the order of publication."""
    ours = {_slug(number) for number in documents}
    found: dict[str, list[tuple[str, list[dict[str, Any]]]]] = {}
    for slug, actions in standing.actions.items():
        if slug not in ours:
            told = [decode(encode(action)) for action in actions]
            measure = actions[0].measure.partition("/")[2]
            found.setdefault(measure, []).append((actions[0].act.published_on or "", told))
    for each in found.values():
        each.sort(key=lambda one: one[0])
    return found


# Files.


def _documents(files: tuple[Path, ...], problems: Problems, notes: list[str]) -> dict[str, Document]:
    found: dict[str, Document] = {}
    for path in files:
        value = json_of(path, problems)
        if value is None:
            continue
        name = name_of(path)
        many, within = _list_in(value)
        if many is None:
            sentence = "holds no documents: save the answer of the API's documents.json, or of one document"
            problems.add(Problem(name, None, "", sentence))
            continue
        if not many:
            problems.add(Problem(name, None, within, "is empty: no document was found; look at the search"))
        total = value.get("count") if isinstance(value, dict) else None
        if isinstance(total, int) and total > len(many):
            notes.append(f"{name} holds {len(many)} of {total} documents: the others are on further pages.")
        for at, each in enumerate(many):
            path_in = f"{within}[{at}]" if within or isinstance(value, list) else ""
            if (document := _document(each, name, path_in, problems)) is None:
                continue
            before = found.setdefault(document.number, document)
            if before.told != document.told:
                where = f"{before.file}, {before.path}"
                sentence = f"is the number of {where} as well, and their fields differ: keep one of them"
                problems.add(Problem(name, None, f"{path_in}.document_number".lstrip("."), sentence))
    return found


def _list_in(value: object) -> tuple[list[object] | None, str]:
    if isinstance(value, list):
        return value, ""
    if isinstance(value, dict):
        if isinstance(value.get("results"), list):
            return value["results"], "results"
        if "document_number" in value:
            return [value], ""
    return None, ""


def _document(value: object, file: str, path: str, problems: Problems) -> Document | None:
    before = problems.count

    def problem(name: str, sentence: str) -> None:
        problems.add(Problem(file, None, f"{path}.{name}".strip("."), sentence))

    if not isinstance(value, dict):
        problem("", f"is {shown(value)} and not a document: download the file again")
        return None
    for name in NEEDED:
        if not isinstance(value.get(name), str) or not value[name].strip():
            problem(name, f"is missing: ask the API for this field (fields[]={name})")
    for name in ("publication_date", "effective_on", "comments_close_on", "signing_date"):
        day = value.get(name)
        if day and not _is_day(day):
            problem(name, f"is {shown(day)} and not a day: it is written 2021-01-15")
    document = Document(value, file, path)
    if not _authority(document):
        problem("agencies", "is missing: ask the API for this field (fields[]=agencies)")
    return document if problems.count == before else None


def _is_day(value: object) -> bool:
    try:
        return isinstance(value, str) and len(value) == 10 and bool(date.fromisoformat(value))
    except ValueError:
        return False


_TERMS = fields.record(
    "the terms of a measure",
    {
        "measure": fields.slug,
        "title": fields.text(),
        "effects": fields.list_of(fields.choice(EFFECTS)),
        "subjects": fields.list_of(fields.text(fields.LONGEST_NAME)),
        "scope": fields.list_of(fields.text(fields.LONGEST_NAME)),
        "targets": fields.list_of(fields.jurisdiction),
    },
)


def _terms_of(mapping: Path | None, problems: Problems) -> dict[str, dict[str, Any]]:
    """What a mapping file adds to measures, by the names that documents give them."""
    if mapping is None or (text := text_of(mapping, problems)) is None:
        return {}
    name = name_of(mapping)
    try:
        document = load(text)
        value = document.data
        if not isinstance(value, dict) or set(value) != {"measures"} or not isinstance(value["measures"], dict):
            problems.add(Problem(name, 1, "", "write one mapping, measures, of names such as rin-1012-aa27 to terms"))
            return {}
        found = {}
        for key, each in value["measures"].items():
            try:
                clean = _TERMS(each)
            except Wrong as wrong:
                for one in wrong.findings:
                    path = ("measures", key, *one.path)
                    problems.add(Problem(name, document.line(path), ".".join(map(str, path)), one.sentence))
                continue
            found[str(key)] = {n: list(v) if isinstance(v, tuple) else v for n, v in clean.items()}
        return found
    except Unreadable as unreadable:
        for trouble in unreadable.troubles:
            problems.add(Problem(name, trouble.line, "", trouble.sentence))
        return {}
