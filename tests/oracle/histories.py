"""
Lawful random histories of one measure, as the plain dicts that the oracle reads.

`exact()` has exact days only, `partial()` small ranges in announced_on, effective_on and applies_on, few enough for
every reading to be tried. All fall within about WINDOW days from FIRST, so that acts meet on the same day often.

With `strange=True` they also hold what is lawful but what the record format says little about (see `_strange`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from events.dates import span

from .reading import BEGINNINGS, NEED_A_LIFE, World, choices, concrete, latest_days, ordered

FIRST = date(2020, 3, 1)
WINDOW = 40
ONE = timedelta(days=1)

History = list[dict[str, Any]]

SLUGS = [f"{letter}-act" for letter in "abcdefghijkl"]
NAMES = ["report", "comments"]
TYPES = [
    *["proposed", "announced", "adopted", "adopted", "adopted", "amended", "amended", "rescheduled", "extended"],
    *["extended", "suspended", "suspended", "reinstated", "reinstated", "ended", "ended", "noted"],
    *["deadline_set", "deadline_set", "deadline_moved", "deadline_met"],
]
LISTS = {
    "effects": [["prohibits"], ["restricts"], ["requires_approval", "prohibits"], []],
    "subjects": [["Foxline"], ["Brask", "Foxline"], []],
    "scope": [["core"], ["ran", "core"]],
    "targets": [["XB"], []],
}


def exact(strange: bool = False, acts: int = 8) -> st.SearchStrategy[History]:
    """Histories in which every day is exact."""
    return _histories(strange, acts, 0)


def partial(strange: bool = False, acts: int = 6, partials: int = 4) -> st.SearchStrategy[History]:
    """Histories with up to `partials` small ranges."""
    return _histories(strange, acts, partials)


@st.composite
def _histories(draw: st.DrawFn, strange: bool, acts: int, partials: int) -> History:
    slugs = draw(st.permutations(SLUGS))
    left = [partials]
    crowded = draw(st.booleans())  # many acts on few days, or spread over the window
    day = draw(st.integers(0, 6))
    history: History = []
    for number in range(draw(st.integers(1, acts))):
        announced = _date(draw, FIRST + day * ONE, left)
        of_act = {"act": slugs[number], "announced_on": announced, "after": None}
        if history and draw(st.integers(0, 7)) == 0:
            earlier = draw(st.sampled_from(history))
            if span(earlier["announced_on"]).first <= span(announced).last:
                of_act["after"] = earlier["act"]
        for place in range(draw(st.sampled_from([1, 1, 1, 2, 3]))):
            likely = ["adopted", "adopted", "proposed", "announced", "noted"] if not history else _likely(history)
            chosen = draw(st.sampled_from(likely))
            action = {**of_act, "place": place, "type": chosen, **_fields(draw, chosen, announced, history, left)}
            tried = lawful([*history, action], strange)
            if len(tried) == len(history) + 1:
                history = tried
        step = st.sampled_from([0, 0, 1, 1, 2, 3]) if crowded else st.sampled_from([0, 1, 2, 4, 6, 9])
        day = min(day + draw(step), WINDOW)
    if not history:
        of_act = {"act": slugs[0], "announced_on": FIRST.isoformat(), "after": None}
        history = [{**of_act, "place": 0, "type": "announced", "effects": ["none"]}]
    return history


def _likely(history: History) -> list[str]:
    """The types that may be lawful next, so that few draws are wasted."""
    kinds = {a["type"] for a in history}
    allowed = list(TYPES)
    if not kinds & set(BEGINNINGS):
        allowed = [t for t in allowed if t not in NEED_A_LIFE]
    if "deadline_set" not in kinds:
        allowed = [t for t in allowed if t not in ("deadline_moved", "deadline_met")]
    if "adopted" not in kinds:
        allowed = [t for t in allowed if t not in ("rescheduled", "extended", "suspended")] + ["adopted"] * 3
    if not kinds & {"suspended", "ended"}:
        allowed = [t for t in allowed if t != "reinstated"]
    if "deadline_set" in kinds:
        allowed += ["deadline_moved"] * 3 + ["deadline_met"] * 2
    if "adopted" in kinds:
        allowed += ["rescheduled"] * 4 + ["extended"] * 3 + ["suspended"]
    if kinds & {"suspended", "ended"}:
        allowed += ["reinstated"] * 3
    return allowed


def _date(draw: st.DrawFn, day: date, left: list[int]) -> str:
    if left[0] > 0 and draw(st.integers(0, 2)) == 0:
        left[0] -= 1
        return f"[{day.isoformat()}..{(day + draw(st.integers(1, 3)) * ONE).isoformat()}]"
    return day.isoformat()


def _fields(draw: st.DrawFn, kind: str, announced: str, history: History, left: list[int]) -> dict[str, Any]:
    from_, to = span(announced).first, span(announced).last

    def around(*offsets: int) -> str:
        return _date(draw, from_ + draw(st.sampled_from(offsets)) * ONE, left)

    def later(*offsets: int) -> str:
        return (to + draw(st.sampled_from(offsets)) * ONE).isoformat()

    def sometimes(chance: int = 2) -> bool:
        return draw(st.integers(1, chance)) == 1

    fields: dict[str, Any] = {}
    if kind in (*BEGINNINGS, "amended"):
        for name, lists in LISTS.items():
            if sometimes(2 if name in ("effects", "subjects") else 4):
                fields[name] = draw(st.sampled_from(lists))
        if sometimes(4):
            scalars = st.sampled_from([0, 1, 2, None])
            fields["values"] = draw(st.dictionaries(st.sampled_from("xyz"), scalars, max_size=2))
    if kind == "adopted":
        shape = draw(st.integers(0, 9))
        if shape > 1:
            fields["effective_on"] = around(0, 0, 1, 2, 3, 5, 8, -1, -3)
            if sometimes(4):
                fields["retroactive"] = True
            if sometimes():
                fields["expires_on"] = later(0, 1, 3, 5, 8, 12)
        elif shape == 1:
            fields["effective_on"] = None
        if "expires_on" not in fields and sometimes(4):
            fields["expires_on"] = None if sometimes() else later(4, 9)
    if kind == "amended":
        if sometimes():
            fields["applies_on"] = around(0, 1, 2, 4, 7, -2)
        if sometimes(3):
            fields["applies_until"] = later(0, 1, 3, 6, 9)
    if kind == "rescheduled":
        shape = draw(st.integers(0, 3))
        if shape != 1:
            fields["effective_on"] = None if shape == 0 else around(0, 1, 2, 4, 7)
        if shape in (1, 3):
            fields["expires_on"] = later(0, 2, 5, 9, 14)
    if kind == "extended":
        fields["expires_on"] = None if sometimes(8) else later(0, 1, 3, 6, 10)
        if sometimes(3):
            fields["effective_on"] = around(0, 1, 2, 4, -1, -2, -4)
    if kind in ("suspended", "reinstated", "ended") and sometimes():
        fields["effective_on"] = around(0, 1, 2, 4, 6, -1, -3)
    if kind == "suspended" and sometimes(3):
        fields["until"] = later(0, 1, 2, 4, 7)
    if kind == "reinstated" and sometimes(3):
        stays = [a["act"] for a in history if a["type"] == "suspended"]
        if stays:
            fields["lifts"] = draw(st.sampled_from(stays))
    if kind == "ended":
        fields["manner"] = draw(st.sampled_from(["repealed", "annulled", "withdrawn"]))
    if kind.startswith("deadline_"):
        fields["deadline"] = draw(st.sampled_from(NAMES))
    if kind in ("deadline_set", "deadline_moved"):
        fields["due"] = None if sometimes(5) else later(0, 1, 2, 4, 6, 10, -2)
    if kind == "deadline_set":
        fields["obliged"] = draw(st.sampled_from(["authority", "addressees", "nobody"]))
    if kind == "deadline_met":
        fields["met_on"] = later(0, 0, 0, -1, -2) if from_ == to else to.isoformat()
    return fields


def lawful(history: Iterable[dict[str, Any]], strange: bool = False) -> History:
    """The history without the actions that the record format refuses, nor (unless asked for) strange ones."""
    left = list(history)
    while True:
        acts = {a["act"] for a in left}
        dangling = [a for a in left if a["after"] not in (None, *acts) or a.get("lifts") not in (None, *acts)]
        stands: History = ordered(left)  # type: ignore[assignment]
        bad = dangling or [a for n, a in enumerate(stands) if _refused(stands[:n], a)][:1]
        if not bad and not strange:
            bad = [a for n, a in enumerate(stands) if _strange(stands[:n], a)][:1]
        if not bad:
            return stands
        left = [a for a in left if not any(a is b for b in bad)]


def _first(text: str) -> date:
    return span(text).first


def _last(text: str) -> date:
    return span(text).last


def _refused(before: Sequence[dict[str, Any]], action: dict[str, Any]) -> bool:
    """What is refused: judged on every possible day, so that only what is surely lawful passes."""
    kind = action["type"]
    if not before and kind not in (*BEGINNINGS, "noted"):
        return True
    if kind in NEED_A_LIFE and not any(a["type"] in BEGINNINGS for a in before):
        return True
    ended = False
    for a in before:
        if a["type"] in (*BEGINNINGS, "reinstated"):
            ended = False
        elif a["type"] == "ended":
            ended = True
    if kind in ("extended", "amended", "suspended", "rescheduled") and ended:
        return True
    named = [a for a in before if a["type"] == "deadline_set" and a["deadline"] == action.get("deadline")]
    if kind in ("deadline_moved", "deadline_met") and not named:
        return True
    for first, last in (("effective_on", "expires_on"), ("effective_on", "until"), ("applies_on", "applies_until")):
        if action.get(first) and action.get(last) and _last(action[last]) < _last(action[first]):
            return True
    if action["after"] and not any(a["act"] == action["after"] for a in before):
        return True
    if action.get("lifts") and not any(a["act"] == action["lifts"] for a in before):
        return True
    if kind == "rescheduled" and "effective_on" in action:
        adoption = World(concrete(before, _firsts(before)), date.max).latest_adoption()
        if adoption and adoption.entry is not None and adoption.entry < _last(action["announced_on"]):
            return True
    try:
        latest_days([*before, action])
    except ValueError:
        return True
    return False


def _firsts(actions: Iterable[dict[str, Any]]) -> dict[tuple[str, int, str], date]:
    return {key: days[0] for key, days in choices(actions).items()}


def _strange(before: Sequence[dict[str, Any]], action: dict[str, Any]) -> bool:
    """
    Lawful, but hardly told by the record format.

    Dates of validity that lie before they are told, or in the wrong order once moved; a last day without an entry; what
    concerns an adoption where the present life has none; an end before the life began, or after one that has happened;
    reinstated with nothing to lift; an amendment of a proposal for later; anything on a deadline already met.
    """
    kind = action["type"]
    announced = _last(action["announced_on"])
    told = concrete([*before, action], {})[-1]
    world = World(concrete(before, {}), date.max)
    life = world.lives[-1] if world.lives else None
    adoption = life.adoptions[-1] if life and life.adoptions else None
    not_before = max(announced, told.start or announced)
    if any(action.get(name) and _last(action[name]) < not_before for name in ("expires_on", "until", "applies_until")):
        return True
    if kind == "adopted" and action.get("expires_on") and not action.get("effective_on"):
        return True
    if kind in ("rescheduled", "extended", "suspended") and adoption is None:
        return True
    if kind in ("rescheduled", "extended") and adoption:
        new = World(concrete([*before, action], {}), date.max).latest_adoption()
        if new is None or (new.last is not None and (new.entry is None or new.last < new.entry)):
            return True
        if kind == "rescheduled" and (adoption.past(announced) or _first(action["announced_on"]) != announced):
            return True
        if kind == "extended" and new.last is not None and new.last < (new.stretches[-1][0] or new.last):
            return True
    if kind == "suspended" and adoption and told.start and (adoption.past(told.start) or adoption.past(announced)):
        return True
    if kind == "reinstated" and life:
        stays = [s for s in world.stays if s.told.act == action.get("lifts", s.told.act)]
        standing = [s for s in stays if adoption and s.told.index > adoption.told.index]
        if not life.standing_end and not any(s.covers(told.start or announced) for s in standing):
            return True
    if kind == "ended" and life and told.start:
        begun = max([b.announced for b in life.beginnings[:1]] + [a.entry for a in life.adoptions if a.entry][:1])
        if told.start < begun or any(_first(action["announced_on"]) >= e.day for e in life.ends if e.lifted is None):
            return True
        if any(older.standing_end and older.standing_end.day > announced for older in world.lives[:-1]):
            return True
    if kind == "amended" and life and not life.adoptions and told.start and told.start > announced:
        return True
    if kind in ("deadline_moved", "deadline_met"):
        mine = [a for a in before if a.get("deadline") == action["deadline"]]
        started = max(n for n, a in enumerate(mine) if a["type"] == "deadline_set")
        if any(a["type"] == "deadline_met" for a in mine[started:]):
            return True
        if kind == "deadline_met" and _last(action["met_on"]) < _last(mine[started]["announced_on"]):
            return True
    return False
