"""Recording in the browser: what is filled in is shown as it would change the record, and then recorded as it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
import pytest

from events.commands import AnyCommand, RecordAct
from services.access.roles import Role
from services.intake.files import read
from services.operations.room import StorageFull
from services.operations.wiring import Service, service
from services.web.layout import POLICY
from tests.documentation.reading import TOP
from tests.recording.telling import act, correct, did, retract
from tests.web.browsing import Browser, browsing, key_of

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
DECREE = act(
    "xa-decree",
    "2019-11-28",
    did("adopted", "XA/decree", effects=["restricts"], subjects=["Huawei"], effective_on="2020-05-01"),
)
HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'</textarea><b>&amp;"
ACT: dict[str, str | list[str]] = {
    "jurisdiction": "XA",
    "act.act": "xa-order",
    "act.announced_on": "2020-06-01",
    "act.authority": "Ministry of Communications",
    "act.instrument": "administrative_order",
    "act.title": "Order on core networks",
    "act.sources[0].name": "Gazette",
    "act.sources[0].url": "https://gazette.example/1",
    "act.actions[0].type": "adopted",
    "act.actions[0].measure": "core-order",
}


def now() -> datetime:
    return NOW


class Room(NamedTuple):
    """A service upon one decree, and a browser in which a recorder is signed in."""

    opened: Service
    browser: Browser

    def also(self, name: str, role: Role) -> Browser:
        """Another browser, in which somebody else is signed in."""
        other = Browser(self.browser.base)
        other.sign_in(key_of(self.opened, name, role))
        return other

    def record(self, *commands: AnyCommand, by: str = "eve") -> None:
        self.opened.recording.record(list(commands), recorded_by=by)

    def events(self) -> int:
        return self.opened.log.head().position

    def act(self, slug: str) -> dict[str, Any]:
        """An act as it reads now."""
        editions = self.opened.auditing.act(slug).editions
        found: dict[str, Any] = json.loads(msgspec.json.encode(editions[-1].content))
        return found


@pytest.fixture
def room(database_url: str) -> Iterator[Room]:
    with service(database_url, now) as opened, browsing(opened) as base:
        opened.recording.record([DECREE], recorded_by="ada")
        room = Room(opened, Browser(base))
        room.browser.sign_in(key_of(opened, "ada", Role.RECORDER))
        yield room


def test_an_act_is_recorded_by_the_form_as_it_is_over_the_api(room: Room) -> None:
    browser = room.browser
    browser.open("/record/act")
    browser.press("do=preview", ACT)  # what adopted has of its own is not there yet
    assert browser.page is not None
    shown = browser.press("do=edit")
    filled = {
        "act.actions[0].effects": ["restricts", "requires_approval"],
        "act.actions[0].subjects": ["Huawei", "ZTE"],
        "act.actions[0].values": "level: 2",
        "act.actions[0].effective_on": "2020-07-01",
    }
    shown = browser.press("do=preview", filled)
    assert shown.status == 200
    assert "1 event would be recorded, upon position 1 of the log. Nothing is recorded yet." in shown.text
    assert "a new measure: nothing is on record of it" in shown.text
    assert shown.row("Status")[1:] == ["nothing on this day", "in force, since 2020-07-01"]
    assert shown.row("Effects")[1:] == ["", "restricts, requires approval"]
    assert [row[:2] for row in shown.tables[-1][1:]] == [["2020-06-01 ", "adopted "], ["2020-07-01 ", "took effect "]]
    assert room.events() == 1
    done = browser.press("do=record")
    assert done.status == 201
    assert "1 event was recorded at position 2 of the log." in done.text
    assert {"/acts/xa-order", "/measures/XA/core-order"} <= set(done.leads_to())
    for link in done.leads_to():
        address = link.partition("#")[0]
        assert address == "" or "verification" in address or room.browser.open(address).status == 200, link
    assert room.act("xa-order") == {
        "act": "xa-order",
        "announced_on": "2020-06-01",
        "authority": "Ministry of Communications",
        "instrument": "administrative_order",
        "title": "Order on core networks",
        "sources": [{"name": "Gazette", "url": "https://gazette.example/1"}],
        "actions": [
            {
                "type": "adopted",
                "measure": "XA/core-order",
                "place": 0,
                "effects": ["restricts", "requires_approval"],
                "subjects": ["Huawei", "ZTE"],
                "values": {"level": 2},
                "effective_on": "2020-07-01",
            }
        ],
    }
    (entry,) = room.opened.answering.history("XA/core-order").entries
    assert entry["recorded_by"] == "ada"


def test_the_type_of_an_action_chooses_its_fields(room: Room) -> None:
    page = room.browser.open("/record/act")
    assert not [name for name, _ in page.form("do=preview").fields if name.endswith(("expires_on", "effects"))]
    page = room.browser.press("do=choose", {"act.actions[0].type": "extended"})
    names = {name for name, _ in page.form("do=preview").fields}
    assert {"act.actions[0].expires_on", "act.actions[0].effective_on"} <= names
    assert "act.actions[0].effects" not in names
    page = room.browser.press("do=choose", {"act.actions[0].type": "deadline_set"})
    assert {"act.actions[0].deadline", "act.actions[0].due", "act.actions[0].obliged"} <= {
        name for name, _ in page.form("do=preview").fields
    }


def test_what_was_filled_in_comes_back_with_the_type_that_it_belongs_to(room: Room) -> None:
    browser = room.browser
    browser.open("/record/act")
    browser.press("do=choose", {"act.actions[0].type": "adopted"})
    browser.press("do=choose", {"act.actions[0].subjects": ["Huawei", "ZTE"], "act.actions[0].type": "ended"})
    form = browser.press("do=choose", {"act.actions[0].type": "proposed"}).form("do=preview")
    assert form.values("act.actions[0].subjects") == ["Huawei", "ZTE", "", ""]


def test_one_act_does_several_things_to_several_measures_with_several_sources(room: Room) -> None:
    browser = room.browser
    browser.open("/record/act")
    browser.press("do=more act.actions", ACT)
    browser.press("do=more act.sources", {"act.actions[1].type": "noted", "act.actions[1].measure": "decree"})
    browser.press("do=more act.links", {"act.sources[1].name": "Journal"})
    browser.press("do=preview", {"act.links[0].type": "implements", "act.links[0].to": "decree"})
    done = browser.press("do=record")
    assert "2 events were recorded at positions 2, 3 of the log." in done.text
    content = room.act("xa-order")
    assert [each["name"] for each in content["sources"]] == ["Gazette", "Journal"]
    assert content["links"] == [{"type": "implements", "to": "XA/decree"}]
    assert [each["measure"] for each in content["actions"]] == ["XA/core-order", "XA/decree"]


def test_what_was_added_by_mistake_is_taken_out_again(room: Room) -> None:
    browser = room.browser
    browser.open("/record/act")
    browser.press("do=more act.sources", ACT)
    page = browser.press("do=less act.sources[0]", {"act.sources[1].name": "Journal"})
    assert page.form("do=preview").value("act.sources[0].name") == "Journal"
    assert "act.sources[1].name" not in [name for name, _ in page.form("do=preview").fields]


def test_the_form_begins_with_the_measure_that_it_was_asked_for(room: Room) -> None:
    form = room.browser.open("/record/act?measure=XA/decree").form("do=preview")
    assert (form.value("jurisdiction"), form.value("act.actions[0].measure")) == ("XA", "XA/decree")


def test_problems_stand_beside_their_fields_in_the_words_of_the_api_and_nothing_typed_is_lost(room: Room) -> None:
    browser = room.browser
    filled: dict[str, str | list[str]] = {
        **ACT,
        "act.act": "Not a slug",
        "act.announced_on": "2020-02-31",
        "act.instrument": "rule",
        "act.title": " ",
        "act.summary": "  two\nlines ",
        "act.sources[0].url": "ftp://gazette.example",
        "act.actions[0].note": "kept",
    }
    browser.open("/record/act")
    page = browser.press("do=preview", filled)
    assert page.status == 422
    told = {
        "act-act": "'Not a slug' is not a slug: write small letters, digits, '-', '_' and '.', at most 200, with a "
        "letter or a digit first",
        "act-announced_on": "'2020-02-31' is not a day of the calendar",
        "act-title": "is missing: an act needs it",
        "act-sources-0-url": "'ftp://gazette.example' is not an address on the web: it begins with http:// or https://",
    }
    for element, sentence in told.items():
        assert page.words(f"{element}-problem") == sentence
        assert page.by_id(element)["aria-invalid"] == "true"
        assert page.by_id(element)["aria-describedby"].split()[0] == f"{element}-problem"
        assert f"#{element}" in page.leads_to()
        assert sentence in page.words("problems")
    form = page.form("do=preview")
    for name, value in filled.items():
        assert form.value(name) == value, name
    assert room.events() == 1


def test_a_word_that_there_is_not_is_refused_and_stays_to_be_seen(room: Room) -> None:
    browser = room.browser
    browser.open("/record/act")
    page = browser.press("do=preview", {**ACT, "act.instrument": "decree", "act.actions[0].type": "banned"})
    assert page.words("act-instrument-problem").startswith("'decree' is not known: write one of executive_order")
    assert page.words("act-actions-0-type-problem").startswith("'banned' is not a type of action")
    form = page.form("do=preview")
    assert (form.value("act.instrument"), form.value("act.actions[0].type")) == ("decree", "banned")


@pytest.mark.parametrize(
    ("filled", "status", "sentence"),
    [
        ({"act.act": "xa-decree"}, 409, "Act xa-decree is on record with other content"),
        ({"act.actions[0].type": "amended"}, 422, "has no base: nothing was proposed, announced or adopted before it."),
        ({"act.after": "xa-nothing"}, 404, "xa-nothing"),
    ],
)
def test_what_is_not_lawful_is_refused_as_over_the_api_and_nothing_typed_is_lost(
    room: Room, filled: dict[str, str | list[str]], status: int, sentence: str
) -> None:
    room.browser.open("/record/act")
    page = room.browser.press("do=preview", {**ACT, **filled})
    assert page.status == status
    assert sentence in page.words("problems")
    for name, value in {**ACT, **filled}.items():
        assert page.form("do=preview").value(name) == value
    assert room.events() == 1


def test_an_act_on_record_with_other_content_leads_to_its_correction(room: Room) -> None:
    room.browser.open("/record/act")
    page = room.browser.press("do=preview", {**ACT, "act.act": "xa-decree"})
    assert "/record/acts/xa-decree/correction" in page.leads_to()


def test_a_retracted_act_is_recorded_again_only_where_the_form_says_so(room: Room) -> None:
    room.record(retract("xa-decree"))
    browser = room.browser
    browser.open("/record/act")
    page = browser.press("do=preview", {**ACT, "act.act": "xa-decree"})
    assert page.status == 409
    assert "again: true" in page.words("problems")
    form = page.form("do=preview")
    form.fields.append(("act.again", "on"))
    browser.press("do=preview")
    assert browser.press("do=record").status == 201


def test_the_same_form_sent_twice_is_recorded_once(room: Room) -> None:
    browser = room.browser
    browser.open("/record/act")
    preview = browser.press("do=preview", ACT)
    browser.press("do=record")
    assert room.events() == 2
    browser.page = preview
    again = browser.press("do=record")
    assert (again.status, room.events()) == (200, 2)
    assert "It was on record before, at position 2 of the log. Nothing was recorded a second time." in again.text


def test_what_is_on_record_already_is_said_before_it_is_recorded(room: Room) -> None:
    browser = room.browser
    browser.open("/record/act")
    browser.press("do=preview", ACT)
    browser.press("do=record")
    browser.open("/record/act")
    assert "nothing new would be recorded" in browser.press("do=preview", ACT).words("summary")


def test_one_who_recorded_meanwhile_is_seen_before_anything_is_recorded(room: Room) -> None:
    browser = room.browser
    browser.open("/record/act")
    amended = {**ACT, "act.actions[0].type": "amended", "act.actions[0].measure": "decree"}
    shown = browser.press("do=preview", amended)
    assert "at revision 1" in shown.text
    room.record(act("xa-end", "2020-05-20", did("extended", "XA/decree", expires_on="2021-12-31")))
    page = browser.press("do=record")
    assert page.status == 412
    assert "XA/decree is at revision 2, not 1" in page.words("notice")
    assert "at revision 2" in page.text
    assert room.events() == 2
    assert browser.press("do=record").status == 201


def test_one_who_made_it_unlawful_meanwhile_is_told_and_the_form_comes_back(room: Room) -> None:
    browser = room.browser
    browser.open("/record/act")
    browser.press("do=preview", {**ACT, "act.actions[0].type": "amended", "act.actions[0].measure": "decree"})
    room.record(retract("xa-decree"))
    page = browser.press("do=record")
    assert page.status == 422
    assert "has no base" in page.words("problems")
    assert page.form("do=preview").value("act.act") == "xa-order"
    assert room.events() == 2


def test_where_recording_fails_for_a_moment_the_preview_stays_with_the_reason(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = room.browser
    browser.open("/record/act")
    browser.press("do=preview", ACT)

    def full() -> None:
        raise StorageFull.now()

    with monkeypatch.context() as patch:
        patch.setattr(room.opened.recording, "_may_record", full)
        page = browser.press("do=record")
    assert page.status == 503
    assert "The disk of the database is full" in page.words("notice")
    assert browser.press("do=record").status == 201


def test_a_correction_begins_with_the_act_as_it_reads_and_shows_what_would_read_otherwise(room: Room) -> None:
    browser = room.browser
    form = browser.open("/record/acts/xa-decree/correction").form("do=preview")
    assert form.value("replacement.actions[0].effective_on") == "2020-05-01"
    shown = browser.press(
        "do=preview",
        {
            "reason": "wrong_date",
            "note": "the journal says 1 March",
            "replacement.actions[0].effective_on": "2020-03-01",
        },
    )
    assert shown.tables[0][1:] == [["actions[0].effective_on ", "2020-05-01 ", "2020-03-01 "]]
    assert shown.row("Status")[1:] == ["in force, since 2020-05-01", "in force, since 2020-03-01"]
    gone, new = shown.tables[2:]
    assert [row[:2] for row in gone[1:]] == [["2020-05-01 ", "took effect "]]
    assert [row[:2] for row in new[1:]] == [["2020-03-01 ", "took effect "]]
    assert browser.press("do=record").status == 201
    assert room.act("xa-decree")["actions"][0]["effective_on"] == "2020-03-01"


def test_a_correction_needs_its_reason(room: Room) -> None:
    room.browser.open("/record/acts/xa-decree/correction")
    page = room.browser.press("do=preview", {"replacement.title": "Other"})
    assert page.words("reason-problem") == "is missing: a correction needs it"
    assert page.form("do=preview").value("replacement.title") == "Other"


def test_a_correction_keeps_the_name_of_the_act(room: Room) -> None:
    room.browser.open("/record/acts/xa-decree/correction")
    page = room.browser.press("do=preview", {"reason": "typo", "replacement.act": "xa-other"})
    assert "a correction keeps the slug" in page.words("replacement-act-problem")


def test_of_two_who_correct_an_act_at_once_the_second_sees_what_the_first_did(room: Room) -> None:
    first, second = room.browser, room.also("ben", Role.RECORDER)
    second.open("/record/acts/xa-decree/correction")
    first.open("/record/acts/xa-decree/correction")
    first.press("do=preview", {"reason": "wrong_date", "replacement.actions[0].effective_on": "2020-03-01"})
    assert first.press("do=record").status == 201
    page = second.press("do=preview", {"reason": "typo", "replacement.title": "Decree"})
    assert page.status == 412
    assert "XA/decree is at revision 2, not 1" in page.words("notice")
    assert ["actions[0].effective_on ", "2020-03-01 ", "2020-05-01 "] in page.tables[0]


def test_a_form_of_a_correction_sent_back_as_it_was_changes_nothing(database_url: str) -> None:
    told = [each for each in read([TOP / "tests/acceptance/law/XA.yaml"]).commands if isinstance(each, RecordAct)]
    with service(database_url, now) as opened, browsing(opened) as base:
        opened.recording.record(told, recorded_by="ada")
        browser = Browser(base)
        browser.sign_in(key_of(opened, "ben", Role.RECORDER))
        kinds = {type(action).type: each.act.act for each in told for action in each.actions}
        for slug in set(kinds.values()):
            assert browser.open(f"/record/acts/{slug}/correction").status == 200
            shown = browser.press("do=preview", {"reason": "typo"})
            assert "nothing new would be recorded" in shown.words("summary"), slug


def test_an_act_is_retracted(room: Room) -> None:
    browser = room.browser
    page = browser.open("/record/acts/xa-decree/retraction")
    assert "restricts" in page.text
    assert browser.press("do=preview").words("reason-problem").startswith("is missing")
    shown = browser.press("do=preview", {"reason": "unfounded"})
    assert shown.row("Status")[1:] == ["in force, since 2020-05-01", "nothing on this day"]
    assert browser.press("do=record").status == 201
    assert room.opened.auditing.act("xa-decree").stands is False


def test_an_act_that_others_stand_on_is_not_retracted_by_itself(room: Room) -> None:
    room.record(act("xa-end", "2020-05-20", did("extended", "XA/decree", expires_on="2021-12-31")))
    room.browser.open("/record/acts/xa-decree/retraction")
    page = room.browser.press("do=preview", {"reason": "duplicate", "note": "twice"})
    assert page.status == 409
    assert "xa-end" in page.words("problems")
    assert page.form("do=preview").value("note") == "twice"


def test_an_act_is_verified_by_a_reviewer_who_did_not_record_it(room: Room) -> None:
    assert room.browser.open("/record/acts/xa-decree/verification").status == 403
    reviewer = room.also("ben", Role.REVIEWER)
    page = reviewer.open("/record/acts/xa-decree/verification")
    assert "Gazette" in page.text
    wrong = reviewer.press("do=preview", {"level": "official_document", "url": "javascript:alert(1)"})
    assert wrong.words("url-problem").startswith("'javascript:alert(1)' is not an address on the web")
    shown = reviewer.press("do=preview", {"url": "https://gazette.example/1"})
    assert shown.row("Verified")[1:] == ["no", "official document"]
    assert reviewer.press("do=record").status == 201
    assert room.opened.auditing.act("xa-decree").verified == "official_document"


def test_nobody_verifies_what_they_recorded(room: Room) -> None:
    ada = room.also("ada", Role.REVIEWER)
    ada.open("/record/acts/xa-decree/verification")
    page = ada.press("do=preview", {"level": "official_document"})
    assert page.status == 409
    assert "ada recorded it, and cannot verify act xa-decree as well." in page.words("problems")


def test_a_review_is_recorded_for_a_jurisdiction_by_its_name(room: Room) -> None:
    browser = room.browser
    browser.open("/record")
    page = browser.press("/record/review", {"name": "Norway"})
    assert page.path == "/record/jurisdictions/NO/review"
    assert page.form("do=preview").value("reviewed_on") == "2026-11-24"
    shown = browser.press("do=preview", {"note": "gazette and press"})
    assert "1 event would be recorded" in shown.words("summary")
    assert browser.press("do=record").status == 201
    assert room.opened.answering.state("NO").reviewed_on == "2026-11-24"
    assert "It was last looked through on 2026-11-24." in browser.open("/record/jurisdictions/Norway/review").text


def test_the_overview_shows_each_role_what_it_may_do(room: Room) -> None:
    anybody = Browser(room.browser.base).open("/record")
    assert "/record/act" not in anybody.leads_to()
    assert "/sign-in?next=/record" in anybody.leads_to()
    recorder = room.browser.open("/record")
    assert {"/record/act", "/record/acts/xa-decree/correction"} <= set(recorder.leads_to())
    assert "/record/acts/xa-decree/verification" not in recorder.leads_to()
    reviewer = room.also("ben", Role.REVIEWER).open("/record")
    assert "/record/acts/xa-decree/verification" in reviewer.leads_to()
    reader = room.also("dan", Role.READER).open("/record")
    assert "/record/act" not in reader.leads_to()


def test_the_pages_of_an_act_a_measure_and_a_jurisdiction_lead_to_their_forms_for_whoever_may_record(
    room: Room,
) -> None:
    pages = {
        "/acts/xa-decree": {"/record/acts/xa-decree/correction", "/record/acts/xa-decree/retraction"},
        "/measures/XA/decree?as_of=2020-06-01": {"/record/act?measure=XA/decree"},
        "/jurisdictions/XA?as_of=2020-06-01": {"/record/jurisdictions/XA/review"},
    }
    anybody, reviewer = Browser(room.browser.base), room.also("ben", Role.REVIEWER)
    for path, forms in pages.items():
        assert not [link for link in anybody.open(path).leads_to() if link.startswith("/record/")]
        assert {link for link in room.browser.open(path).leads_to() if link.startswith("/record/")} == forms
        for form in forms:
            assert room.browser.open(form).status == 200
    assert "/record/acts/xa-decree/verification" in reviewer.open("/acts/xa-decree").leads_to()


def test_the_overview_leads_from_the_name_of_an_act_to_a_form_about_it(room: Room) -> None:
    page = room.browser.open("/record/go?act=xa-decree&to=retraction")
    assert (page.status, page.path) == (200, "/record/acts/xa-decree/retraction")
    assert room.browser.open("/record/go?act=xa-nothing&to=correction").status == 404
    assert room.browser.open("/record/go?act=..%2F..&to=correction").status == 422


def test_a_retracted_act_is_said_to_be_retracted(room: Room) -> None:
    room.record(retract("xa-decree"))
    for form in ("correction", "retraction"):
        assert "This act was retracted." in room.browser.open(f"/record/acts/xa-decree/{form}").text


def test_an_act_of_more_than_a_page_takes_is_left_to_the_api(room: Room) -> None:
    many = act("xa-many", "2020-01-01", *(did("noted", f"XA/law-{number}") for number in range(61)))
    room.record(many, correct(many, note="x"))
    page = room.browser.open("/record/acts/xa-many/correction")
    assert page.status == 413
    assert "record it over the API, or by the command line" in page.text


@pytest.mark.parametrize("path", ["/record/act", "/record/acts/xa-decree/correction"])
def test_whatever_is_typed_is_shown_as_text(room: Room, path: str) -> None:
    browser = room.browser
    prefix = "act" if path == "/record/act" else "replacement"
    for kind in ("adopted", HOSTILE):
        browser.open(path)
        form = browser.press("do=choose", {f"{prefix}.actions[0].type": kind}).form("do=preview")
        names = {name for name, _ in form.fields if name not in ("token", "expected")}
        page = browser.press("do=preview", dict.fromkeys(names, HOSTILE) | {f"{prefix}.actions[0].type": kind})
        assert page.status == 422
        assert "<script>alert" not in page.source
        assert not [told for tag, told in page.elements if tag == "script" and "src" not in told]
        assert not [name for _, told in page.elements for name in told if name.startswith("on")]
        assert not [tag for tag, _ in page.elements if tag in ("img", "b")]
        assert page.form("do=preview").value(f"{prefix}.title") == HOSTILE


def test_what_is_recorded_of_hostile_words_is_shown_as_text_too(room: Room) -> None:
    browser = room.browser
    browser.open("/record/act")
    hostile = {
        **ACT,
        "act.title": HOSTILE,
        "act.authority": HOSTILE,
        "act.citation": HOSTILE,
        "act.summary": HOSTILE,
        "act.note": HOSTILE,
        "act.sources[0].name": HOSTILE,
        "act.sources[0].passage": HOSTILE,
        "act.sources[0].url": 'https://gazette.example/?"><script>alert(1)</script>',
    }
    pages = [browser.press("do=choose", hostile)]
    more = {"act.actions[0].subjects": [HOSTILE], "act.actions[0].values": f"level: {HOSTILE}"}
    pages += [browser.press("do=preview", more), browser.press("do=record")]
    pages += [browser.open("/record"), browser.open("/record/acts/xa-order/correction")]
    pages.append(room.also("ben", Role.REVIEWER).open("/record/acts/xa-order/verification"))
    for page in pages:
        assert page.status in (200, 201)
        assert not [told for tag, told in page.elements if tag == "script" and "src" not in told]
        assert not [name for _, told in page.elements for name in told if name.startswith("on")]
        assert not [link for link in page.leads_to() if link.startswith(("javascript:", "data:"))]
    assert room.act("xa-order")["title"] == HOSTILE


@pytest.mark.parametrize("path", ["/sign-in", "/record", "/record/act", "/record/acts/xa-decree/correction"])
def test_a_page_that_records_runs_only_the_files_of_its_host(room: Room, path: str) -> None:
    page = room.browser.open(path)
    assert page.headers["content-security-policy"] == POLICY
    assert all(told["src"].startswith("/assets/") for tag, told in page.elements if tag == "script")
    assert not [name for _, told in page.elements for name in told if name == "style" or name.startswith("on")]
    for address in page.told("script", "src"):
        assert room.browser.client.get(address).headers["content-type"].startswith("text/javascript")


def test_every_field_of_a_form_has_a_label_and_no_two_elements_one_name(room: Room) -> None:
    browser = room.browser
    browser.open("/record/act")
    browser.press("do=more act.actions", ACT)
    page = browser.press("do=more act.links", {"act.actions[1].type": "deadline_set"})
    ids = [told["id"] for _, told in page.elements if "id" in told]
    assert len(ids) == len(set(ids))
    labelled = {told["for"] for tag, told in page.elements if tag == "label"}
    for tag, told in page.elements:
        if tag in ("input", "select", "textarea") and told.get("type") != "hidden":
            assert told.get("id") in labelled or told.get("aria-label"), told
        for each in (told.get("aria-describedby") or "").split():
            assert each in ids
