"""The map says what belongs to whom. Where a place is on it comes from the formula of the projection, written anew."""

from __future__ import annotations

import gzip
import json
import math
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from projections import jurisdictions

FILE = Path(__file__).parents[2] / "services" / "web" / "map.json"
WIDTH, HEIGHT, MARGIN = 9600, 4800, 20
EARTH = 6371.0072  # km: the radius of a sphere with the surface of the earth

Point = tuple[float, float]
Ring = list[Point]  # its last point is its first


def _equal_earth(lon: float, lat: float) -> Point:
    """Šavrič, Patterson, Jenny (2018): radians to the plane of a globe with the radius 1."""
    a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
    theta = math.asin(math.sqrt(3) / 2 * math.sin(lat))
    slope = 9 * a4 * theta**8 + 7 * a3 * theta**6 + 3 * a2 * theta**2 + a1
    x = 2 * math.sqrt(3) * lon * math.cos(theta) / (3 * slope)
    return x, a4 * theta**9 + a3 * theta**7 + a2 * theta**3 + a1 * theta


SCALE = (WIDTH / 2 - MARGIN) / _equal_earth(math.pi, 0)[0]


def _place(lon: float, lat: float) -> Point:
    """Where a point (degrees east, degrees north) is on the map."""
    x, y = _equal_earth(math.radians((lon - 11 + 180) % 360 - 180), math.radians(lat))
    return WIDTH / 2 + SCALE * x, HEIGHT / 2 - SCALE * y


def _rings(path: str) -> list[Ring]:
    rings: list[Ring] = []
    start = (0.0, 0.0)
    for number, part in enumerate(path.split("z")[:-1]):
        steps = [float(figure) for figure in re.findall(r"-?\d+", part)]
        x, y = start if number else (0.0, 0.0)
        ring = []
        for dx, dy in zip(steps[::2], steps[1::2], strict=True):
            x, y = x + dx, y + dy
            ring.append((x, y))
        start = ring[0]
        rings.append([*ring, start])
    return rings


def _is_inside(point: Point, rings: list[Ring]) -> bool:
    x, y = point
    crossings = 0
    for ring in rings:
        for (x1, y1), (x2, y2) in pairwise(ring):
            if (y1 > y) != (y2 > y) and x < x1 + (y - y1) / (y2 - y1) * (x2 - x1):
                crossings += 1
    return crossings % 2 == 1


def _area(rings: list[Ring]) -> float:
    """In square units; holes go round the other way."""
    return abs(sum((x1 * y2 - x2 * y1) / 2 for ring in rings for (x1, y1), (x2, y2) in pairwise(ring)))


def _is_within(point: Point, box: tuple[float, float, float, float]) -> bool:
    left, top, width, height = box
    return left < point[0] < left + width and top < point[1] < top + height


def _box(south_west: Point, north_east: Point) -> tuple[float, float, float, float]:
    (left, bottom), (right, top) = _place(*south_west), _place(*north_east)
    return left, top, right - left, bottom - top


MAP: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
PLACES: dict[str, dict[str, Any]] = MAP["places"]
SHAPES = {code: _rings(place["d"]) for code, place in PLACES.items()}


def _whose(lon: float, lat: float) -> list[str]:
    return [code for code, rings in SHAPES.items() if _is_inside(_place(lon, lat), rings)]


def test_every_country_has_a_place_or_is_said_to_have_none() -> None:
    codes = {each.jurisdiction for each in jurisdictions.described()} - {"EU"}
    said = [*PLACES, *MAP["within"], *MAP["nowhere"]]
    assert sorted(said) == sorted(codes)
    assert set(MAP["within"].values()) <= set(PLACES)


CRIMEA = {
    "the middle": (34.1, 45.0),
    "Simferopol": (34.1, 44.95),
    "north of Sevastopol": (33.7, 44.75),
    "north of Yalta": (34.15, 44.6),
    "Feodosia": (35.3, 45.1),
    "Kerch": (36.3, 45.3),
    "Yevpatoria": (33.45, 45.25),
    "Dzhankoi": (34.4, 45.7),
    "the isthmus": (33.75, 46.1),
}


@pytest.mark.parametrize("at", CRIMEA.values(), ids=CRIMEA)
def test_crimea_is_ukraine(at: Point) -> None:
    assert _whose(*at) == ["UA"]


def test_no_border_runs_between_crimea_and_the_rest_of_ukraine() -> None:
    (land,) = (ring for ring in SHAPES["UA"] if _is_inside(_place(30.5, 50.45), [ring]))
    assert all(_is_inside(_place(*at), [land]) for at in CRIMEA.values())
    along = [_place(33.75, 45.7 + 0.01 * i) for i in range(60)]
    assert all(_is_inside(point, SHAPES["UA"]) for point in along)
    assert [at for ring in SHAPES["RU"] for at in ring if _is_within(at, _box((32.4, 44.2), (36.5, 46.3)))] == []


TOWNS = {
    "RU": [(37.6, 55.75), (39.7, 47.25), (38.5, 45.2), (20.9, 54.6), (-171.5, 66.5), (158.4, 53.3)],
    "UA": [(30.5, 50.45), (30.6, 46.6), (37.8, 48.0), (39.3, 48.6), (24.0, 49.8)],
    "DE": [(13.4, 52.5), (11.6, 48.15)],
    "TW": [(121.5, 25.0)],
    "CN": [(116.4, 39.9), (87.6, 43.8), (91.1, 29.65)],
    "XK": [(21.15, 42.65)],
    "RS": [(20.5, 44.7)],
    "SO": [(45.3, 2.15), (44.05, 9.55), (47.0, 10.0)],  # Mogadishu, Hargeisa, Somaliland
    "CY": [(33.0, 34.9), (33.6, 35.3)],  # both sides
    "FR": [(2.35, 48.85), (-53.0, 4.0), (9.1, 42.2)],  # Paris, French Guiana, Corsica
    "GB": [(-0.5, 51.5), (-6.5, 54.6)],
    "IE": [(-7.0, 53.3)],
    "US": [(-98.0, 39.0), (-150.0, 65.0), (-155.5, 19.6)],
    "CA": [(-106.0, 53.0)],
    "NO": [(10.5, 60.0), (25.0, 70.0), (17.0, 78.5)],  # and Svalbard
    "FI": [(25.0, 60.8)],
    "EE": [(25.5, 58.9)],
    "LT": [(24.0, 55.3)],
    "MD": [(28.8, 47.0), (29.5, 46.9)],
    "GE": [(44.5, 41.9), (41.0, 43.0)],
    "MK": [(21.5, 41.7)],
    "ZA": [(28.2, -25.75)],
    "LS": [(28.3, -29.5)],
    "EH": [(-11.0, 26.0)],
    "SA": [(46.7, 24.7)],
    "QA": [(51.2, 25.3)],
    "AE": [(54.5, 23.5)],
    "PS": [(35.2, 31.95)],
    "IL": [(34.9, 31.2)],
    "SG": [(103.82, 1.36)],
    "KR": [(127.5, 37.0)],
    "KP": [(126.5, 39.5)],
    "JP": [(138.5, 36.0)],
    "IN": [(77.2, 28.6)],
    "MY": [(102.0, 4.0), (114.0, 3.0)],
    "ID": [(107.0, -7.0), (138.0, -4.0)],
    "AU": [(149.0, -35.3), (146.5, -42.0)],
    "NZ": [(175.5, -39.5)],
    "BR": [(-47.9, -15.8)],
    "CL": [(-70.7, -33.4)],
    "DO": [(-70.2, 18.9)],
    "GL": [(-42.0, 72.0)],
    "LU": [(6.1, 49.75)],
    "LI": [(9.55, 47.16)],
}


@pytest.mark.parametrize("code", TOWNS)
def test_a_place_is_in_the_country_it_belongs_to_and_in_no_other(code: str) -> None:
    assert [_whose(*at) for at in TOWNS[code]] == [[code]] * len(TOWNS[code])


def test_the_sea_is_nobodys() -> None:
    seas = {"Azov": (36.5, 46.0), "Black Sea": (34.0, 43.3), "North Sea": (3.0, 56.0), "Pacific": (-160.0, 0.0)}
    assert [name for name, at in seas.items() if _whose(*at)] == []


def test_neighbours_share_one_line_without_gap_or_overlap() -> None:
    steps = Counter(step for rings in SHAPES.values() for ring in rings for step in pairwise(ring))
    assert [step for step, times in steps.items() if times > 1] == []
    shared = {
        (one, other): sum((b, a) in set(_steps(other)) for a, b in _steps(one))
        for one, other in [("UA", "RU"), ("DE", "PL"), ("XK", "RS"), ("LS", "ZA"), ("US", "CA"), ("SO", "ET")]
    }
    assert min(shared.values()) > 5, shared


def _steps(code: str) -> list[tuple[Point, Point]]:
    return [step for ring in SHAPES[code] for step in pairwise(ring)]


# What atlases say, in km²: Ukraine and Cyprus whole, Serbia without Kosovo, Russia without Crimea, France with Guiana.
SQUARE_KILOMETRES = {
    "UA": 603_550,
    "RU": 17_098_246,
    "SO": 637_657,
    "CY": 9_251,
    "RS": 77_474,
    "XK": 10_887,
    "DE": 357_600,
    "FR": 643_801,
    "BR": 8_515_770,
    "AU": 7_741_220,
    "EG": 1_001_450,
    "ZA": 1_219_090,
    "LS": 30_355,
    "TW": 35_980,
    "TH": 513_120,
}


@pytest.mark.parametrize("code", SQUARE_KILOMETRES)
def test_a_country_is_as_large_as_atlases_say(code: str) -> None:
    drawn = _area(SHAPES[code]) / SCALE**2 * EARTH**2
    assert drawn == pytest.approx(SQUARE_KILOMETRES[code], rel=0.03)


def test_the_area_told_is_the_area_drawn() -> None:
    told = {code: place["a"] for code, place in PLACES.items()}
    assert told == {code: pytest.approx(_area(rings) / 100, abs=0.051) for code, rings in SHAPES.items()}


def test_only_what_is_smaller_than_a_unit_of_the_map_has_no_outline() -> None:
    assert {code for code, place in PLACES.items() if not place["d"]} == {"BV", "GI", "TK", "TV", "VA"}


MAIN_LANDS = {
    "FR": (2.35, 48.85),
    "US": (-98.0, 39.0),
    "NO": (10.5, 60.0),
    "NL": (5.5, 52.0),
    "PT": (-8.0, 39.5),
    "ES": (-3.7, 40.4),
    "DK": (9.3, 56.0),
    "GB": (-1.0, 52.0),
    "EC": (-78.5, -1.0),
    "CL": (-70.7, -33.4),
    "MY": (102.0, 4.0),
    "NZ": (171.0, -43.5),
    "RU": (37.6, 55.75),
    "UA": (30.5, 50.45),
    "GQ": (10.5, 1.6),
    "HR": (16.0, 45.7),
}


@pytest.mark.parametrize("code", MAIN_LANDS)
def test_the_point_of_a_country_is_on_its_main_land(code: str) -> None:
    (land,) = (ring for ring in SHAPES[code] if _is_inside(_place(*MAIN_LANDS[code]), [ring]))
    assert _is_inside((PLACES[code]["x"], PLACES[code]["y"]), [land])


ENCLOSED = {"VA": ["IT"]}  # smaller than a unit of the map


def test_the_point_of_a_country_is_in_no_other() -> None:
    around = {}
    for code, place in PLACES.items():
        found = [other for other, rings in SHAPES.items() if _is_inside((place["x"], place["y"]), rings)]
        if found != [code]:
            around[code] = found
    assert [
        code for code in around if PLACES[code]["a"] >= 1
    ] == []  # only what is smaller than a pixel may miss its shape
    assert {code: found for code, found in around.items() if found} == ENCLOSED


DOTS = {
    "BH": (50.55, 26.05),
    "GI": (-5.35, 36.14),
    "HK": (114.1, 22.4),
    "KI": (173.0, 1.4),
    "MC": (7.4, 43.73),
    "MT": (14.4, 35.9),
    "SG": (103.82, 1.36),
    "TK": (-171.8, -9.2),
    "TV": (179.2, -8.5),
    "VA": (12.45, 41.9),
}


@pytest.mark.parametrize("code", DOTS)
def test_a_country_too_small_to_see_has_its_dot_where_it_is(code: str) -> None:
    assert PLACES[code]["a"] < 12
    assert math.dist((PLACES[code]["x"], PLACES[code]["y"]), _place(*DOTS[code])) < 30


VIEWS = {
    "europe": [(-9.1, 38.7), (-6.3, 53.3), (25.7, 71.1), (14.5, 35.9), (33.4, 35.2), (30.5, 50.45), (34.1, 45.0)],
    "middle-east": [(35.2, 31.8), (46.7, 24.7), (50.55, 26.05), (51.5, 25.3), (54.4, 24.5), (58.4, 23.6), (32.9, 39.9)],
    "south-and-east-asia": [(77.2, 28.6), (103.8, 1.3), (106.8, -6.2), (139.7, 35.7), (121.5, 25.0), (116.4, 39.9)],
    "africa": [(31.2, 30.0), (18.4, -33.9), (-17.4, 14.7), (45.3, 2.0), (47.5, -18.9), (10.2, 36.8)],
    "americas": [(-75.7, 45.4), (-123.1, 49.2), (-99.1, 19.4), (-43.2, -22.9), (-70.7, -33.4), (-68.3, -54.5)],
    "caribbean": [(-82.4, 23.1), (-70.2, 18.9), (-59.6, 13.1), (-61.5, 10.7), (-76.8, 18.0)],
    "oceania": [(115.9, -31.9), (174.8, -41.3), (178.4, -18.1), (-175.2, -21.1), (147.2, -9.5)],
}


def test_a_view_shows_what_its_name_says_and_is_twice_as_wide_as_high() -> None:
    assert MAP["views"]["world"] == [0, 0, WIDTH, HEIGHT]
    assert list(MAP["views"]) == ["world", *VIEWS]
    for name, towns in VIEWS.items():
        left, top, width, height = MAP["views"][name]
        assert abs(width - 2 * height) <= 1, name
        assert 0 <= left <= left + width <= WIDTH, name
        assert [at for at in towns if not _is_within(_place(*at), (left, top, width, height))] == [], name


def test_all_land_is_on_the_globe() -> None:
    (globe,) = _rings(MAP["sphere"])
    assert _area([globe]) == pytest.approx(4 * math.pi * SCALE**2, rel=0.001)
    outside = {
        code
        for code, rings in SHAPES.items()
        for ring in rings
        for point in ring
        if not _is_inside(point, [_wider(globe)])
    }
    assert outside == set()


def _wider(ring: Ring) -> Ring:
    """By a few units: land that is cut touches the edge."""
    return [(WIDTH / 2 + (x - WIDTH / 2) * 1.002, HEIGHT / 2 + (y - HEIGHT / 2) * 1.002) for x, y in ring]


def test_paths_can_be_joined_and_have_no_needless_sign() -> None:
    form = re.compile(r"(?:M\d+ \d+l%s(?:m%s)*)?" % ((r"-?\d+(?: \d+|-\d+)*z",) * 2))
    for path in [MAP["sphere"], *(place["d"] for place in PLACES.values())]:
        assert form.fullmatch(path), path[:80]


def test_the_map_is_small_enough_to_send_with_every_page() -> None:
    raw = FILE.read_bytes()
    assert len(raw) <= 130_000
    assert len(gzip.compress(raw, compresslevel=6)) <= 45_000
