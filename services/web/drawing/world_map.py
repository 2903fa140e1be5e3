"""The map of the world: every jurisdiction on record by its headline, all others as plain land."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import msgspec
from markupsafe import Markup
from msgspec import Struct

from services.web.drawing.patterns import patterns

WIDTH = 9600
"""The width of the whole picture in its own units; 10 of them are the pixel of the area of a place."""

LEAST_AREA = 12
"""The area in square pixels of a picture 960 wide under which a place gets a dot."""

DOT = 45
"""The radius of a dot, in units of the whole picture."""


class Place(Struct, frozen=True):
    """Where a jurisdiction lies: its outline, the point for a label, its area in px² of a picture 960 wide."""

    d: str
    x: float
    y: float
    a: float


class WorldMap(Struct, frozen=True):
    """Outlines by code, and the views of parts of the world that can be looked at closer: x, y, width, height."""

    sphere: str
    views: dict[str, tuple[float, float, float, float]]
    places: dict[str, Place]


class Shown(NamedTuple):
    """A jurisdiction on the map: its headline and what is on its way (effects, None for none), and where it leads."""

    code: str
    title: str
    effect: str | None
    upcoming: bool
    link: str
    is_shown: bool = True


@cache
def world_map() -> WorldMap:
    """The map, as maintenance/map makes it."""
    return msgspec.json.decode((files("services.web") / "map.json").read_bytes(), type=WorldMap)


def has_place(code: str) -> bool:
    """Whether a jurisdiction can be seen on the map."""
    return code in world_map().places


def drawn(shown: Iterable[Shown], *, region: str, title: str) -> Markup:
    """
    The map of a region as SVG. Those shown are links, of which one is in the order of tabs (arrow keys go on from it).

    Whoever is on record but not shown is drawn as one without a headline. KeyError for a region that there is not.
    """
    whole = world_map()
    x, y, width, height = whole.views[region]
    scale = width / WIDTH
    places = [(each, whole.places[each.code]) for each in shown if each.code in whole.places]
    on_record = {each.code for each, _ in places}
    land = "".join(f"M0 0{place.d}" for code, place in whole.places.items() if code not in on_record and place.d)
    links = [_link(each, place, scale, first=at == 0) for at, (each, place) in enumerate(places)]
    return Markup(
        '<svg id="map" class="map" viewBox="{} {} {} {}" role="group" aria-label="{}" data-scale="{}">{}'
        '<path class="sphere" d="{}"/><path class="land" d="{}"/>{}</svg>'
    ).format(
        *(round(each) for each in (x, y, width, height)),
        title,
        round(scale, 3),
        patterns("map", scale),
        Markup(whole.sphere),
        Markup(land),
        Markup("").join(links),
    )


def _link(each: Shown, place: Place, scale: float, *, first: bool) -> Markup:
    is_small = place.a / scale / scale < LEAST_AREA
    shape = Markup('<path d="{}"/>').format(Markup(place.d)) if place.d else Markup("")
    if is_small:
        shape += Markup('<circle cx="{}" cy="{}" r="{}"/>').format(
            round(place.x), round(place.y), round(DOT * scale, 1)
        )
    hatched = Markup('<g class="way" fill="url(#map-upcoming)">{}</g>').format(shape) if each.upcoming else Markup("")
    return Markup('<a href="{}" data-code="{}" tabindex="{}"><title>{}</title><g class="{}"{}>{}</g>{}</a>').format(
        each.link,
        each.code,
        0 if first else -1,
        each.title,
        "at" if each.is_shown else "at apart",
        Markup(' fill="url(#map-{})"').format(each.effect) if each.effect and each.is_shown else Markup(""),
        shape,
        hatched,
    )
