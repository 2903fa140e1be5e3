"""
Deciding: a pure function from what is on record and what is asked to the events that say it, or to a refusal.

Nothing here reads a clock, a file or a table. `Known` is what a decision needs to be told: every edition of the acts
that the commands name, and the standing actions of every measure that they touch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from operator import attrgetter

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from events.actions import (
    Act,
    ActCorrected,
    ActRetracted,
    ActVerified,
    AnyAction,
    Event,
    JurisdictionReviewed,
)
from events.commands import AnyCommand, CorrectAct, RecordAct, RetractAct, ReviewJurisdiction, VerifyAct
from events.errors import (
    LeavesWithoutBase,
    OtherContent,
    Refusal,
    RefusedTogether,
    RetractedAct,
    SelfVerification,
    UnknownAct,
)
from events.order import Ordered, Walk, in_order
from events.vocabulary import Verification


class Edition(Struct, frozen=True, gc=False):
    """
    An edition of an act: as recorded, as corrected, or retracted (without content).

    `recorded_by` is told only of acts to be verified: of the last edition recorded, and of the last corrected.
    """

    kind: str
    content: bytes | None
    recorded_at: datetime | None
    reason: str | None = None
    note: str | None = None
    recorded_by: str | None = None


class Verified(Struct, frozen=True):
    """An act was verified as it reads now: to which level, by whom, when."""

    level: Verification
    recorded_by: str
    recorded_at: datetime | None
    note: str | None = None
    url: str | None = None


class Known(Struct):
    """
    What is on record of the acts and measures that the commands concern.

    `editions` by slug, in order of recording; `standing` by measure and slug: the actions that count now. `slugs` are
    the acts named by `after` that are on record. A measure with a walk is only added to, by later acts: its walk stands
    for the actions on record, which are then not given. `ordered` is what deciding found of the measures that it judged
    without a walk. `begun` are the measures of which anything was ever recorded. `unread` are acts that are new, whose
    content is looked at only if they come again. `verified`, of acts to be verified: what was said of them as they read
    now, in order of recording.
    """

    editions: dict[str, list[Edition]]
    standing: dict[str, dict[str, tuple[AnyAction, ...]]]
    slugs: set[str] = msgspec.field(default_factory=set)
    walks: dict[str, Walk] = msgspec.field(default_factory=dict)
    ordered: dict[str, Ordered] = msgspec.field(default_factory=dict)
    verified: dict[str, list[Verified]] = msgspec.field(default_factory=dict)
    begun: set[str] = msgspec.field(default_factory=set)
    unread: dict[str, RecordAct] = msgspec.field(default_factory=dict)
    _where: dict[str, dict[str, None]] = msgspec.field(default_factory=dict)

    def is_standing(self, act: str) -> bool:
        """Whether the act is on record and not retracted."""
        editions = self.editions.get(act)
        return bool(editions) and editions[-1].kind != "retracted"  # type: ignore[index]

    def measures_of(self, act: str) -> list[str]:
        """The measures on which the act has standing actions."""
        return list(self._where.get(act, ()))

    def __post_init__(self) -> None:
        for measure, acts in self.standing.items():
            for act in acts:
                self._where.setdefault(act, {})[measure] = None

    def place(self, act: str, measure: str) -> None:
        """Says that an act has standing actions on a measure, where these are not given."""
        self._where.setdefault(act, {})[measure] = None

    def forget(self, measure: str) -> None:
        """Lets go of a measure and of the acts that stand on it: nothing still to be decided has to do with them."""
        for act in self.standing.pop(measure, ()):
            self.editions.pop(act, None)
            self.unread.pop(act, None)
            self.verified.pop(act, None)
            self._where.pop(act, None)

    def stand(self, measure: str, act: str, actions: Sequence[AnyAction]) -> None:
        """Puts actions of an act on a measure, after those of it that stand there already."""
        if (acts := self.standing.get(measure)) is None:
            acts = self.standing[measure] = {}
        acts[act] = (*acts[act], *actions) if act in acts else tuple(actions)
        self.place(act, measure)

    def unstand(self, measure: str, act: str) -> bool:
        """Takes an act's actions off a measure; whether there were any."""
        self._where.get(act, {}).pop(measure, None)
        return self.standing.get(measure, {}).pop(act, None) is not None


class Decided(Struct, frozen=True, gc=False):
    """An event to append, and who records it, and when, where the command said so."""

    event: Event
    recorded_by: str | None
    recorded_at: datetime | None = None


def content_of(act: Act, actions: Iterable[AnyAction]) -> bytes:
    """What is compared when a slug comes again: a digest of the act with its actions, in their order."""
    whole = [act, [(action.place, type(action).type, action) for action in sorted(actions, key=_place)]]
    return sha256(_encode(whole)).digest()


_encode = msgspec.json.Encoder(order="sorted").encode
_place = attrgetter("place")


def decide(
    commands: Sequence[AnyCommand], known: Known, *, replay: bool = False, recorded_by: str | None = None
) -> list[Decided]:
    """
    The events that the commands come to, judged as a whole, in the order of the commands.

    `recorded_by` is who records where a command does not say. A repeat comes to nothing: content ever recorded under
    the slug, a correction or retraction that was on record before, a retraction of what stands retracted, the same
    verification of the act as it reads now; in a replay only what also has the same recorded_at. Raises the refusal, or
    RefusedTogether, naming everything that is refused. `known` is changed to what it would be afterwards, and good for
    nothing once something was refused.
    """
    return _Deciding(known, replay, recorded_by).decide(commands)


class _Deciding:
    def __init__(self, known: Known, replay: bool, recorded_by: str | None) -> None:
        self.known = known
        self.replay = replay
        self.recorded_by = recorded_by
        self.decided: list[Decided] = []
        self.refusals: list[Refusal] = []
        self.touched: dict[str, None] = {}
        self.recorded: dict[str, str | None] = {}
        """The acts recorded or corrected by these commands, and where each was read."""
        self.after: dict[str, tuple[str, str | None]] = {}
        """For each of them that has one: its `after`, and where it was read."""
        self.taken_from: dict[str, str | None] = {}
        """Measures that a correction or retraction took actions from, and where it was read."""
        self.before: dict[str, int] = {}
        """How many editions of an act were on record before these commands: only those can be repeated."""
        self.reached: dict[str, int] = {}
        """How far, among its editions, these commands repeat the story of an act retracted and recorded again."""

    def decide(self, commands: Sequence[AnyCommand]) -> list[Decided]:
        for command in commands:
            try:
                match command:
                    case RecordAct():
                        self._record(command)
                    case CorrectAct():
                        self._correct(command)
                    case RetractAct():
                        self._retract(command)
                    case VerifyAct():
                        self._verify(command)
                    case ReviewJurisdiction():
                        self._review(command)
            except Refusal as refusal:
                self.refusals.append(_at(refusal, command.origin))
        self._check_after()
        self._judge()
        if self.refusals:
            raise RefusedTogether.of(self.refusals)
        return self.decided

    def _repeated(self, command: AnyCommand, slug: str, /, since: int = 0, **wanted: object) -> int | None:
        """
        Which edition from `since` on already says the same, if any; in a replay, said at the same moment.

        What these same commands say first is no repeat: an act may be corrected there and back, and there again.
        """
        editions = self.known.editions.setdefault(slug, [])
        if (unread := self.known.unread.pop(slug, None)) is not None:
            editions[0] = replace(editions[0], content=content_of(unread.act, unread.actions))
        before = self.before.setdefault(slug, len(editions))
        for number, edition in enumerate(editions[since:before], since):
            if self.replay and edition.recorded_at != command.recorded_at:
                continue
            if all(getattr(edition, field) == value for field, value in wanted.items()):
                return number
        return None

    def _record(self, command: RecordAct) -> None:
        slug = command.act.act
        if not self.known.editions.get(slug):
            self.before[slug] = 0
            self.known.unread[slug] = command
            self.known.editions[slug] = [self._taken_up(command, None)]
            return
        content = content_of(command.act, command.actions)
        repeated = self._repeated(command, slug, content=content)
        editions = self.known.editions[slug]
        standing = self.known.is_standing(slug)
        if command.again and not self.replay and self._was_recorded_again(slug, content):
            return
        if repeated is not None and (standing or self.replay or not command.again):
            return
        if not self.replay and not command.again and any(edition.content == content for edition in editions):
            return
        if standing:
            if editions[-1].content == content:
                return
            raise OtherContent(
                f"Act {slug} is on record with other content{self._difference(slug, command)}. "
                "Record a correction, or choose another slug for another act.",
                act=slug,
                fields=self._fields(slug, command),
            )
        if editions and not command.again:
            raise RetractedAct(f"Act {slug} was retracted. To record it again, say so: again: true.", act=slug)
        editions.append(self._taken_up(command, content))
        self.reached[slug] = self.before[slug]  # whatever follows of this story is new

    def _taken_up(self, command: RecordAct, content: bytes | None) -> Edition:
        """Puts an act on its measures, and says so; the edition that it is."""
        for action in command.actions:
            self.touched[action.measure] = None
            self.known.stand(action.measure, command.act.act, (action,))
            self._say(action, command)
        self._remember(command.act, command.origin)
        return Edition("recorded", content, command.recorded_at, None, None, self._by(command))

    def _was_recorded_again(self, slug: str, content: bytes) -> bool:
        """Whether the record went on, after the retraction that was repeated just now, as these commands do."""
        if slug not in self.reached:
            return False
        for number in range(self.reached[slug] + 1, self.before[slug]):
            edition = self.known.editions[slug][number]
            if edition.kind == "recorded" and edition.content == content:
                self.reached[slug] = number
                return True
        return False

    def _correct(self, command: CorrectAct) -> None:
        slug = command.replacement.act
        content = content_of(command.replacement, command.actions)
        said = self._repeated(
            command, slug, kind="corrected", content=content, reason=command.reason, note=command.note
        )
        if said is not None:
            return
        editions = self.known.editions[slug]
        if not editions:
            raise UnknownAct(f"There is no act {slug} to correct. Record it, or mend the slug.", act=slug)
        if not self.known.is_standing(slug):
            raise UnknownAct(
                f"Act {slug} was retracted and cannot be corrected. Record it again (again: true) as it should read.",
                act=slug,
            )
        if editions[-1].content == content:
            return
        before = self.known.measures_of(slug)
        after = dict.fromkeys(action.measure for action in command.actions)
        for measure in dict.fromkeys([*before, *after]):
            actions = tuple(action for action in command.actions if action.measure == measure)
            self._unstand(measure, slug, command.origin)
            if actions:
                self.known.stand(measure, slug, actions)
            event = ActCorrected(
                measure=measure,
                replacement=command.replacement,
                actions=actions,
                reason=command.reason,
                note=command.note,
            )
            self._say(event, command)
        self._remember(command.replacement, command.origin)
        editions.append(
            Edition("corrected", content, command.recorded_at, command.reason, command.note, self._by(command))
        )

    def _retract(self, command: RetractAct) -> None:
        slug = command.act
        since = self.reached.get(slug, 0)
        repeated = self._repeated(command, slug, since, kind="retracted", reason=command.reason, note=command.note)
        if repeated is not None:
            self.reached[slug] = repeated
            return
        editions = self.known.editions[slug]
        if not editions:
            raise UnknownAct(f"There is no act {slug} to retract. Mend the slug.", act=slug)
        if not self.known.is_standing(slug):
            return
        for measure in self.known.measures_of(slug):
            self._unstand(measure, slug, command.origin)
            self._say(ActRetracted(measure=measure, act=slug, reason=command.reason, note=command.note), command)
        editions.append(Edition("retracted", None, command.recorded_at, command.reason, command.note))
        self.known.slugs.discard(slug)
        self.known.verified.pop(slug, None)

    def _verify(self, command: VerifyAct) -> None:
        slug = command.act
        editions = self.known.editions.setdefault(slug, [])
        if not editions:
            raise UnknownAct(f"There is no act {slug} to verify. Mend the slug.", act=slug)
        if not self.known.is_standing(slug):
            raise UnknownAct(
                f"Act {slug} was retracted and cannot be verified. Record it again (again: true) first.", act=slug
            )
        verified = Verified(command.level, command.recorded_by, command.recorded_at, command.note, command.url)
        said = self.known.verified.setdefault(slug, [])
        if any(verified == (each if self.replay else replace(each, recorded_at=verified.recorded_at)) for each in said):
            return
        for doing, kind in (("corrected it last", "corrected"), ("recorded it", "recorded")):
            if _is_one_person(verified.recorded_by, _last_author(editions, kind)):
                raise SelfVerification(
                    f"{verified.recorded_by} {doing}, and cannot verify act {slug} as well. "
                    "Let somebody else hold it against its sources.",
                    act=slug,
                    recorded_by=verified.recorded_by,
                )
        for measure in self.known.measures_of(slug):
            event = ActVerified(measure=measure, act=slug, level=command.level, note=command.note, url=command.url)
            self._say(event, command)
        said.append(verified)

    def _by(self, command: AnyCommand) -> str | None:
        return command.recorded_by or self.recorded_by

    def _review(self, command: ReviewJurisdiction) -> None:
        editions = self.known.editions.setdefault(review_key(command), [])
        if any(
            edition.note == command.note and (not self.replay or edition.recorded_at == command.recorded_at)
            for edition in editions
        ):
            return
        event = JurisdictionReviewed(
            jurisdiction=command.jurisdiction, reviewed_on=command.reviewed_on, note=command.note
        )
        self._say(event, command)
        editions.append(Edition("recorded", None, command.recorded_at, None, command.note))

    def _remember(self, act: Act, origin: str | None) -> None:
        self.recorded[act.act] = origin
        self.known.verified.pop(act.act, None)
        self.after.pop(act.act, None)
        if act.after is not None:
            self.after[act.act] = (act.after, origin)

    def _say(self, event: Event, command: AnyCommand) -> None:
        self.decided.append(Decided(event, command.recorded_by, command.recorded_at))

    def _unstand(self, measure: str, slug: str, origin: str | None) -> None:
        self.touched[measure] = None
        if self.known.unstand(measure, slug):
            self.taken_from[measure] = origin

    def _check_after(self) -> None:
        for slug, (after, origin) in self.after.items():
            if after not in self.known.slugs and not self.known.is_standing(after):
                refusal = UnknownAct(
                    f"Act {slug} is said to stand after {after}, which is not on record. Record it, or mend 'after'.",
                    act=slug,
                    after=after,
                )
                self.refusals.append(_at(refusal, origin))

    def _judge(self) -> None:
        """Every measure that was touched must still be lawful, in the order of acts."""
        for measure in self.touched:
            actions = [action for each in self.known.standing.get(measure, {}).values() for action in each]
            walk = self.known.walks.get(measure)
            if walk is None:
                ordered = self.known.ordered[measure] = in_order(actions)
            else:
                ordered = walk.go_on(actions)
            if not ordered.refused:
                continue
            orphans = {
                action.act.act: reason for action, reason in ordered.refused if action.act.act not in self.recorded
            }
            if orphans:
                self.refusals.append(self._without_base(measure, orphans))
            for action, reason in ordered.refused:
                if action.act.act in self.recorded:
                    self.refusals.append(_at(reason, self.recorded[action.act.act]))

    def _without_base(self, measure: str, orphans: dict[str, Refusal]) -> Refusal:
        """The refusal for acts on record that could not stand any more, each with what would be wrong with it."""
        names = list(orphans)
        if measure in self.taken_from:
            sentence = f"this would leave later acts without their base: {', '.join(names)}. "
            advice = "Correct or retract them in the same step, or leave the base as it is."
        else:
            sentence = f"with this before them, later acts on record could not stand: {', '.join(names)}. "
            advice = "Mend the day of the new act, or correct them in the same step."
        reasons = [reason.message for reason in orphans.values()]
        refusal = LeavesWithoutBase(f"{measure}: {sentence}{advice}", measure=measure, acts=names, reasons=reasons)
        return _at(refusal, self.taken_from.get(measure))

    def _fields(self, slug: str, command: RecordAct) -> list[str]:
        """The fields in which the content on record differs; `actions` for anything in them."""
        standing = [action for measure in self.known.measures_of(slug) for action in self.known.standing[measure][slug]]
        if not standing:
            return []
        old = standing[0].act
        fields = [field for field in old.__struct_fields__ if getattr(old, field) != getattr(command.act, field)]
        bare = [msgspec.structs.replace(action, act=command.act) for action in sorted(standing, key=_place)]
        return fields + ([] if bare == list(command.actions) else ["actions"])

    def _difference(self, slug: str, command: RecordAct) -> str:
        fields = self._fields(slug, command)
        return f" ({', '.join(fields)})" if fields else ""


def review_key(command: ReviewJurisdiction) -> str:
    """Under which name the repeats of a review are recognised; no act slug contains a space."""
    return f"review {command.jurisdiction} {command.reviewed_on}"


def _last_author(editions: Sequence[Edition], kind: str) -> str | None:
    """Who recorded an act, or corrected it last since then."""
    for edition in reversed(editions):
        if edition.kind == kind:
            return edition.recorded_by
        if edition.kind == "recorded":
            return ""
    return ""


def _is_one_person(one: str, other: str | None) -> bool:
    """Whether two pseudonyms are the same but for the case of letters. Who is not known may be anybody."""
    return other is None or one.casefold() == other.casefold()


def _at(refusal: Refusal, origin: str | None) -> Refusal:
    if origin is not None and "origin" not in refusal.facts:
        refusal.facts["origin"] = origin
    return refusal
