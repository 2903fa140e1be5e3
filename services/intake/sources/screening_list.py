"""
The Consolidated Screening List of the United States: whom its agencies list, downloaded again and again.

Each entry is a measure of its own, `csl-sdn-306` or `csl-el-0f3a…`. The first download that has it adopts it, one that
has it otherwise amends it, one that has it no more ends it. A whole list that a download has nothing of is
left as it stands. No day is told of amendments and ends: they fell between the download before and this one.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from events.actions import AnyAction
from events.dates import EARLIEST, LATEST
from projections.standing import Standing
from services.intake import fields, jurisdictions
from services.intake.plain import shown
from services.intake.problems import Problem, Problems
from services.intake.sources.jsonfile import json_of, text_of
from services.intake.sources.mapping import Asked, Line, Mapped, OnRecord, kept, name_of, written
from services.intake.sources.published import Download, downloads

HOME = "US"
BEGINNING = "csl-"
NEEDED = ("source", "name")

_MARK = "download"
_FORM = "download_form"
_OURS = (_MARK, _FORM)
_DAY = timedelta(days=1)


class List(NamedTuple):
    """A list within the list: the name of its agency, and what it does to whom it lists."""

    authority: str
    effects: tuple[str, ...]


_BIS = "Department of Commerce, Bureau of Industry and Security (BIS)"
_STATE = "Department of State"
_OFAC = "Department of the Treasury, Office of Foreign Assets Control (OFAC)"
LISTS: Mapping[str, List] = {
    "EL": List(_BIS, ("requires_approval",)),  # a licence for all or some items
    "MEU": List(_BIS, ("requires_approval",)),
    "UVL": List(_BIS, ("restricts",)),  # no licence exceptions, a statement before each export
    "DPL": List(_BIS, ("prohibits",)),
    "DTC": List(_STATE, ("prohibits",)),
    "ISN": List(_STATE, ("restricts",)),
    "SDN": List(_OFAC, ("prohibits",)),
    "FSE": List(_OFAC, ("prohibits",)),
    "SSI": List(_OFAC, ("restricts",)),
    "CMIC": List(_OFAC, ("restricts",)),
    "CAP": List(_OFAC, ("restricts",)),
    "MBS": List(_OFAC, ("restricts",)),
    "PLC": List(_OFAC, ("restricts",)),
}
"""By the abbreviation in the name of the source, `Entity List (EL) - Bureau of Industry and Security`."""


class Entry(NamedTuple):
    """An entry of a download: what it says by field, without what is empty, and where it stands."""

    told: Mapping[str, str]
    targets: tuple[str, ...]
    origin: str

    @property
    def source(self) -> str:
        """The list that it is on, by its whole name."""
        return self.told["source"]

    @property
    def key(self) -> str:
        """By what it is known again: the number of its entity, or the name that the download gives it."""
        number = self.told.get("entity_number")
        return f"{self.source} {number}" if number else f"{self.source} {self.told.get('_id', '')}"

    @property
    def alike(self) -> str:
        """By what it is known again where its name within the download has changed: the list and whom it names."""
        return f"{self.source} {self.told['name'].casefold()}"


Listed = dict[str, Entry]
"""The entries that stand, by the slug of their measure."""


def mapped(asked: Asked, on_record: OnRecord, problems: Problems) -> Mapped:
    """What each download changes, one after the other, upon what is on record."""
    if asked.mapping is not None:
        problems.add(Problem(name_of(asked.mapping), None, "", "the screening list has no mapping file: leave it out"))
    files = downloads(asked, problems, _performed_at)
    if problems.count:
        return Mapped([], [])
    standing = on_record(BEGINNING)
    listed, latest, form = _on_record(standing)
    ever = set(standing.actions) | standing.retracted
    lines: list[Line] = []
    notes: list[str] = []
    for download in files:
        if latest is not None and download.at <= latest:
            notes.append(f"{download.name} is left alone: the record goes on to the download of {written(latest)}.")
            continue
        if form not in (None, _form(download)):
            sentence = (
                f"the downloads before are {form}, this is {_form(download)}, and they differ in form: keep to one"
            )
            problems.add(Problem(download.name, None, "", sentence))
            continue
        form = _form(download)
        entries = _entries(download, problems)
        if entries is None or problems.count:
            continue
        told = {entry.source for entry in entries}
        for name in sorted({entry.source for entry in listed.values()} - told):
            notes.append(f"{download.name} has nothing of {name}: what stands of it is left as it is.")
        for name in sorted(each for each in told if _abbreviation(each) not in LISTS):
            notes.append(f"{download.name} has the list {name}, of which no effects are known: none are told.")
        found = _same_measures(entries, listed)
        gone = [slug for slug, entry in listed.items() if entry.source in told and slug not in found]
        _hold_removals(download, gone, listed, told, asked.removes_at_most, problems)
        changes = _Changes(download, latest, asked.replay, ever)
        for slug, entry in found.items():
            lines += changes.of(slug, listed.get(slug), entry)
        for slug in gone:
            lines.append(changes.end(slug, listed.pop(slug)))
        listed.update(found)
        latest = download.at
    return Mapped(lines, notes)


class _Changes:
    """Tells what a download changes, as acts between the download before and this one."""

    def __init__(self, download: Download, before: datetime | None, replay: bool, ever: set[str]) -> None:
        self._download = download
        self._on = download.at.date()
        self._moment = written(download.at)
        self._between = _between(None if before is None else before.date(), self._on)
        self._recorded = {"recorded_at": self._moment} if replay else {}
        self._ever = ever

    def of(self, slug: str, before: Entry | None, entry: Entry) -> Iterator[Line]:
        """An entry that is new, or told otherwise; nothing where it is the same."""
        if before is None:
            yield self._listing(slug, entry)
        elif before.told != entry.told:
            yield self._amendment(slug, before, entry)

    def end(self, slug: str, entry: Entry) -> Line:
        """An entry that is no more."""
        ended_on = entry.told.get("end_date", "")
        has_lapsed = bool(ended_on) and ended_on < self._on.isoformat()
        action = {"type": "ended", "effective_on": self._between, "manner": "lapsed" if has_lapsed else "revoked"}
        return self._line(slug, entry, self._between, "Delisted", [action], self._download.name)

    def _listing(self, slug: str, entry: Entry) -> Line:
        start = entry.told.get("start_date")
        announced_on = min(start, self._on.isoformat()) if start else self._between
        action: dict[str, Any] = {"type": "adopted", "title": _title(entry), **_terms(entry)}
        action["effective_on"] = start or self._between
        end = entry.told.get("end_date")
        if end and end >= (start or EARLIEST.isoformat()):
            action["expires_on"] = end
        return self._line(slug, entry, announced_on, "Listed", [action], entry.origin)

    def _amendment(self, slug: str, before: Entry, entry: Entry) -> Line:
        names = before.told.keys() | entry.told.keys()
        changed = sorted(name for name in names if before.told.get(name) != entry.told.get(name))
        amended = {"type": "amended", "title": _title(entry), **_terms(entry), "note": f"Changed: {', '.join(changed)}"}
        actions: list[dict[str, Any]] = [amended]
        if "end_date" in changed:
            actions.append({"type": "rescheduled", "expires_on": entry.told.get("end_date")})
        return self._line(slug, entry, self._between, "Amended", actions, entry.origin)

    def _line(
        self, slug: str, entry: Entry, announced_on: str, what: str, actions: list[dict[str, Any]], origin: str
    ) -> Line:
        act_slug = f"{slug}-{self._moment[:10] if self._moment.endswith('T00:00:00Z') else _plain(self._moment)}"
        source: dict[str, Any] = {"name": f"Consolidated Screening List: {entry.source}", "date": self._moment[:10]}
        for name in ("source_information_url", "source_list_url"):
            if re.match(r"https?://\S+$", entry.told.get(name, "")):
                source["url"] = entry.told[name]
                break
        source["kept"] = {**entry.told, _MARK: self._moment, _FORM: _form(self._download)}
        known = LISTS.get(_abbreviation(entry.source))
        act: dict[str, Any] = {
            "act": act_slug,
            "announced_on": announced_on,
            "authority": known.authority if known else entry.source[: fields.LONGEST_NAME],
            "instrument": "listing",
            "title": f"{what}: {_title(entry)}",
            "sources": [source],
            "actions": [{"measure": slug, **each} for each in actions],
        }
        if entry.told.get("federal_register_notice"):
            act["citation"] = entry.told["federal_register_notice"]
        if act_slug in self._ever:
            act["again"] = True
        self._ever.add(act_slug)
        return Line({"jurisdiction": HOME, **self._recorded, "act": act}, origin)


def _between(before: date | None, on: date) -> str:
    """The days on which something became known that a download has and the one before has not."""
    if before is None:
        return f"[..{on.isoformat()}]"
    first = min(before + _DAY, on)
    return on.isoformat() if first == on else f"[{first.isoformat()}..{on.isoformat()}]"


def _title(entry: Entry) -> str:
    return f"{entry.told['name']} ({_abbreviation(entry.source)})"


def _terms(entry: Entry) -> dict[str, Any]:
    known = LISTS.get(_abbreviation(entry.source))
    return {
        "effects": list(known.effects) if known else [],
        "subjects": [entry.told["name"][: fields.LONGEST_NAME]],
        "scope": ["exports"] if known and known.authority == _BIS else [],
        "targets": list(entry.targets),
    }


def _abbreviation(source: str) -> str:
    found = re.search(r"\(([A-Z-]+)(?: List)?\)", source)
    return found[1].removeprefix("NS-") if found else ""


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9._]+", "-", text.lower()).strip("-._")


# Which entry is which measure.


def _same_measures(entries: list[Entry], listed: Listed) -> Listed:
    """
    The measure of each entry: the one that stands under its key, or else a new one.

    Some lists name an entry by its text, so that a change of the text looks like another entry: where one of a list and
    a name is gone and just one of the same list and name is new, they are the same.
    """
    by_key = {entry.key: slug for slug, entry in listed.items()}
    found: Listed = {}
    new: list[Entry] = []
    for entry in entries:
        slug = by_key.get(entry.key)
        if slug is None:
            new.append(entry)
        else:
            found[slug] = entry
    gone: dict[str, list[str]] = {}
    for slug, entry in listed.items():
        if slug not in found:
            gone.setdefault(entry.alike, []).append(slug)
    come: dict[str, list[Entry]] = {}
    for entry in new:
        come.setdefault(entry.alike, []).append(entry)
    for alike, of in come.items():
        if len(of) == 1 and len(gone.get(alike, ())) == 1:
            found[gone[alike][0]] = of[0]
        else:
            found.update((_slug(entry), entry) for entry in of)
    return found


def _slug(entry: Entry) -> str:
    name = _plain(entry.told.get("entity_number") or entry.told.get("_id", "")[:16])
    return f"{BEGINNING}{_plain(_abbreviation(entry.source)) or _plain(entry.source)[:40]}-{name}"


def _hold_removals(
    download: Download, gone: list[str], listed: Listed, told: set[str], most: int, problems: Problems
) -> None:
    """A download in which much of a list is missing is refused: it may be empty or cut."""
    total = sum(1 for entry in listed.values() if entry.source in told)
    if len(gone) * 100 > total * most:
        sentence = (
            f"it leaves out {len(gone)} of the {total} entries that stand, more than {most} percent: look whether the "
            f"file is whole, or allow it with --removes-at-most {-(-len(gone) * 100 // total)}"
        )
        problems.add(Problem(download.name, None, "", sentence))


def _form(download: Download) -> str:
    return "JSON" if download.path.suffix.lower() == ".json" else "CSV"


def _on_record(standing: Standing) -> tuple[Listed, datetime | None, str | None]:
    """The entries as they stand on record, and of the latest download that left a trace its moment and form."""
    last: dict[str, tuple[str, tuple[AnyAction, ...]]] = {}
    for actions in standing.actions.values():
        kept_fields = actions[0].act.sources[0].kept
        if (moment := kept_fields.get(_MARK)) is None:
            continue  # somebody else's act
        slug = actions[0].measure.partition("/")[2]
        if slug not in last or moment > last[slug][0]:
            last[slug] = moment, actions
    listed: Listed = {}
    for slug, (_, actions) in last.items():
        if any(action.type == "ended" for action in actions):
            continue
        told = {name: text for name, text in actions[0].act.sources[0].kept.items() if name not in _OURS}
        listed[slug] = Entry(told, (), "")  # what is no more needs no targets
    if not last:
        return listed, None, None
    latest, actions = max(last.values(), key=lambda each: each[0])
    return listed, datetime.fromisoformat(latest), actions[0].act.sources[0].kept.get(_FORM)


# Files.


def _performed_at(path: Path) -> datetime | None:
    """When a download in JSON says that it was made."""
    if path.suffix.lower() != ".json":
        return None
    try:
        with path.open("rb") as stream:
            stream.seek(0, io.SEEK_END)
            stream.seek(max(stream.tell() - 20_000, 0))
            found = re.search(rb'"search_performed_at"\s*:\s*"([^"]{10,40})"', stream.read())
        if found is None:
            with path.open("rb") as stream:
                found = re.search(rb'"search_performed_at"\s*:\s*"([^"]{10,40})"', stream.read(20_000))
        moment = datetime.fromisoformat(found[1].decode()) if found else None
    except (OSError, ValueError):
        return None
    return moment if moment is not None and moment.tzinfo is not None else None


def _entries(download: Download, problems: Problems) -> list[Entry] | None:
    if download.path.suffix.lower() == ".json":
        rows = _rows_of_json(download, problems)
    else:
        rows = _rows_of_csv(download, problems)
    before = problems.count
    found: dict[str, Entry] = {}
    slugs: dict[str, Entry] = {}
    for place, told, targets in rows:
        if (entry := _entry(download, place, told, targets, problems)) is None:
            continue
        twin = found.setdefault(entry.key, entry)
        if twin is not entry:
            _problem(problems, download, place, "_id", f"stands in {twin.origin} already: download the file again")
        elif slugs.setdefault(_slug(entry), entry) is not entry:
            _problem(
                problems, download, place, "_id", f"begins as that of {slugs[_slug(entry)].origin}, too much alike"
            )
    if not found and problems.count == before:
        problems.add(Problem(download.name, None, "", "the download has no entries: download it again"))
    return list(found.values()) if problems.count == before else None


Place = tuple[int | None, str]
"""The line of a row, or else the path of an entry."""

Rows = Iterator[tuple[Place, dict[str, str], tuple[str, ...]]]


def _rows_of_csv(download: Download, problems: Problems) -> Rows:
    text = text_of(download.path, problems)
    if text is None:
        return
    delimiter = "\t" if download.path.suffix.lower() == ".tsv" else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    csv.field_size_limit(16 * 1024 * 1024)
    try:
        header = [each.strip() for each in next(reader, [])]
        missing = [name for name in ("_id", *NEEDED, "start_date") if name not in header]
        for name in missing:
            _problem(
                problems, download, (1, ""), name, "there is no such column: is this the Consolidated Screening List?"
            )
        if missing:
            return
        line = reader.line_num + 1
        for row in reader:
            if any(row):
                if len(row) != len(header):
                    sentence = f"has {len(row)} cells, the header {len(header)}: the file may be cut; download it again"
                    _problem(problems, download, (line, ""), "", sentence)
                else:
                    told = kept((name, each.strip()) for name, each in zip(header, row, strict=True) if name)
                    yield (line, ""), told, _targets_of_text(told.get("addresses", ""))
            line = reader.line_num + 1
    except csv.Error as error:
        sentence = f"this is not whole CSV: {error}; download it again"
        problems.add(Problem(download.name, reader.line_num, "", sentence))


def _rows_of_json(download: Download, problems: Problems) -> Rows:
    value = json_of(download.path, problems)
    if value is None:
        return
    results = value.get("results") if isinstance(value, dict) else value
    if not isinstance(results, list):
        problems.add(Problem(download.name, None, "results", "is missing: is this the Consolidated Screening List?"))
        return
    total = value.get("total") if isinstance(value, dict) else None
    if isinstance(total, int) and total != len(results):
        sentence = f"has {len(results)} entries, and the download says {total}: it is cut, or one page of several"
        problems.add(Problem(download.name, None, "results", sentence))
        return
    for at, each in enumerate(results):
        place: Place = (None, f"results[{at}]")
        if not isinstance(each, dict):
            _problem(problems, download, place, "", f"is {shown(each)} and not an entry: download the file again")
            continue
        told = kept(("_id" if name == "id" else str(name), _told(name, item)) for name, item in each.items())
        yield place, told, _targets_of(each.get("addresses"))


def _told(name: object, value: object) -> object:
    """A number as text, as the CSV of the same list has it."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _targets_of(addresses: object) -> tuple[str, ...]:
    if not isinstance(addresses, list):
        return ()
    codes = [each.get("country") for each in addresses if isinstance(each, dict)]
    return tuple(sorted({code for code in codes if isinstance(code, str) and _is_country(code)}))


def _targets_of_text(addresses: str) -> tuple[str, ...]:
    codes = {each.rpartition(",")[2].strip() for each in addresses.split(";")}
    return tuple(sorted(code for code in codes if _is_country(code)))


def _is_country(code: str) -> bool:
    return code in jurisdictions.COUNTRIES and code != HOME


def _entry(
    download: Download, place: Place, told: dict[str, str], targets: tuple[str, ...], problems: Problems
) -> Entry | None:
    before = problems.count
    for name in NEEDED:
        if name not in told:
            _problem(problems, download, place, name, "is missing: an entry has it; download the file again")
    if not told.get("entity_number") and not told.get("_id"):
        _problem(problems, download, place, "_id", "is missing, and there is no entity_number: download the file again")
    for name in ("start_date", "end_date"):
        day = told.get(name)
        if day is not None and not _is_day(day):
            _problem(problems, download, place, name, f"{shown(day)} is not a day from 1900 to 2200, as in 2019-05-16")
    if problems.count > before:
        return None
    line, path = place
    return Entry(told, targets, f"{download.name}, {f'line {line}' if line else path}")


def _is_day(text: str) -> bool:
    try:
        return len(text) == 10 and EARLIEST <= date.fromisoformat(text) <= LATEST
    except ValueError:
        return False


def _problem(problems: Problems, download: Download, place: Place, name: str, sentence: str) -> None:
    line, path = place
    problems.add(Problem(download.name, line, f"{path}.{name}".strip("."), sentence))
