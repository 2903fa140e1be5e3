"""What differs between two tellings of the same thing, field by field: an act and its correction, two lines."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, cast

import msgspec
from msgspec import UNSET

from projections.answers import FieldChange

Told = Mapping[str, Any]
Likeness = Callable[[Told], Hashable]
"""What two tellings of one thing have in common; None where the thing has nothing of the kind."""


def differences(before: Told, after: Told) -> list[FieldChange]:
    """
    The fields that differ, in the order of `after`, those that are gone last. Both are as JSON has them.

    Within `actions`, `sources`, `links` and `deadlines` each item is held against the one it stands for, wherever it
    was put: `actions[0].effective_on`. The number is the item's place in the list of `after`; for an item that is gone,
    its place in the list of `before`. What was not there is null; only where null itself is told is it left out.
    """
    return list(_differ("", before, after))


def _differ(path: str, before: Told, after: Told) -> Iterator[FieldChange]:
    for name in dict.fromkeys([*after, *before]):
        old, new = before.get(name, UNSET), after.get(name, UNSET)
        field = f"{path}.{name}" if path else name
        if name in LIKENESSES and _is_listed(old) and _is_listed(new):
            yield from _items_differ(field, old or (), new or (), LIKENESSES[name])
        elif isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from _differ(field, old, new)
        elif old != new or type(old) is not type(new):  # 2 and 2.0 are not the same to the record
            yield _change(field, old, new)


def _is_listed(told: object) -> bool:
    """Whether it is a list of things with fields, or missing."""
    return told in (UNSET, None) or (
        isinstance(told, list | tuple) and all(isinstance(each, Mapping) for each in cast("Sequence[object]", told))
    )


def _change(field: str, old: object, new: object) -> FieldChange:
    if old is UNSET and new is not None:
        old = None
    if new is UNSET and old is not None:
        new = None
    return FieldChange(field, old, new)


def _items_differ(
    field: str, before: Sequence[Told], after: Sequence[Told], likenesses: Sequence[Likeness]
) -> Iterator[FieldChange]:
    pairs = paired(before, after, likenesses)
    kept = [old for old, new in pairs if old is not None and new is not None]
    moved = any(one > other for one, other in pairwise(kept))
    for old, new in pairs:
        if new is None:
            yield FieldChange(f"{field}[{old}]", before[cast("int", old)], None)
        elif old is None:
            yield FieldChange(f"{field}[{new}]", None, after[new])
        else:
            # Places shift wherever another item comes or goes: only where the order changed do they say anything.
            drop = () if moved else ("place",)
            yield from _differ(f"{field}[{new}]", _without(before[old], drop), _without(after[new], drop))


def paired(
    before: Sequence[Told], after: Sequence[Told], likenesses: Sequence[Likeness]
) -> list[tuple[int | None, int | None]]:
    """
    Which item stands for which, by the first likeness that they share, in their order; what is gone stands last.

    Linear in the number of items.
    """
    stands_for: dict[int, int] = {}
    left = set(range(len(before)))
    for likeness in likenesses:
        waiting: dict[Hashable, deque[int]] = {}
        for at in sorted(left):
            if (key := likeness(before[at])) is not None:
                waiting.setdefault(key, deque()).append(at)
        for at, item in enumerate(after):
            if at not in stands_for and (key := likeness(item)) is not None and (found := waiting.get(key)):
                stands_for[at] = found.popleft()
                left.discard(stands_for[at])
    return [*((stands_for.get(at), at) for at in range(len(after))), *((at, None) for at in sorted(left))]


def _without(told: Told, names: Sequence[str]) -> Told:
    return {name: value for name, value in told.items() if name not in names} if names else told


def _whole(told: Told) -> Hashable:
    return msgspec.json.encode(_without(told, ("place",)), order="deterministic")


def _by(*names: str) -> Likeness:
    def likeness(told: Told) -> Hashable:
        found = tuple(told.get(name) for name in names)
        return found if any(each is not None for each in found) else None

    return likeness


def _on_one_measure(told: Told) -> Hashable:
    return str(told.get("measure", ""))


LIKENESSES: Mapping[str, Sequence[Likeness]] = {
    "actions": (
        _whole,
        _by("measure", "type", "deadline"),
        _by("type", "deadline"),
        _on_one_measure,
    ),
    "sources": (_whole, _by("url"), _by("name")),
    "links": (_whole, _by("to")),
    "deadlines": (_by("deadline"),),
}
"""By which likenesses the items of a list stand for each other, the closest first."""
