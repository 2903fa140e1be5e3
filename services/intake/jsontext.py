"""JSON text as plain data: one value, in UTF-8, of which nothing is guessed and nothing is lost."""

from __future__ import annotations

import json
from collections import Counter
from typing import NoReturn

from services.intake.plain import Doubled
from services.intake.problems import wrong


def parsed(raw: bytes, where: str) -> object:
    """
    The value that the text holds; a name that stands twice in an object is kept for the fields to tell.

    `where` is what sentences call the text: line, or body. Raises Wrong for what is not JSON, not UTF-8, nested too
    deep, or holds NaN, Infinity or a number of thousands of digits.
    """
    try:
        return _decode(raw.decode())
    except UnicodeDecodeError as error:
        raise wrong(f"byte {error.start + 1} of the {where} is not UTF-8: write it in UTF-8") from None
    except json.JSONDecodeError as error:
        what = "a JSON object on one line" if where == "line" else "a JSON object"
        sentence = f"this is not {what}: {error.msg} at character {error.pos + 1} of the {where}"
        raise wrong(sentence) from None
    except RecursionError:
        raise wrong("is nested too deep: nothing in a record is") from None
    except ValueError:
        raise wrong("holds a number with too many digits: put it in quotes") from None


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    times = Counter(name for name, _ in pairs)
    return Doubled(found, (name for name in found if times[name] > 1))


def _no_number(word: str) -> NoReturn:
    raise wrong(f"{word} is not a number of JSON: write null, or put it in quotes")


_decode = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_number).decode
