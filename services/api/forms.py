"""The forms of bodies: JSON, as OpenAPI describes it."""

from __future__ import annotations

from copy import deepcopy
from email.message import Message
from typing import Annotated, Any, get_args

import msgspec
from fastapi import Depends, Request

from events.actions import Act, AnyAction
from events.errors import Refusal
from events.vocabulary import MEASURE, SLUG, VERIFICATIONS, CorrectionReason, RetractionReason
from services.intake.bodies import MOST_ACTS, MOST_EXPECTED


class OtherMediaType(Refusal):
    """A body is JSON, in UTF-8, as it is."""

    type = "unsupported-media-type"


async def body(request: Request) -> bytes:
    """The body as it came, once it is known to be JSON. Its size was bounded at the entrance. Raises OtherMediaType."""
    check_media_type(request)
    return await request.body()


Body = Annotated[bytes, Depends(body)]


def check_media_type(request: Request) -> None:
    """Raises OtherMediaType where the body is not said to be JSON, in UTF-8, as it is."""
    if request.headers.get("content-type") == "application/json" and "content-encoding" not in request.headers:
        return  # as nearly everybody says it; the rest is read by the rules of its grammar
    header = Message()
    header["content-type"] = request.headers.get("content-type", "")
    charset = header.get_content_charset() or "utf-8"
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    given = request.headers.get("content-type")
    if given is None or header.get_content_type() != "application/json" or charset not in ("utf-8", "us-ascii"):
        raise OtherMediaType(
            f"The body is said to be {_shown(given)}: send JSON in UTF-8, with Content-Type: application/json.",
            content_type=given,
        )
    if encoding != "identity":
        raise OtherMediaType(
            f"The body is said to be encoded as {_shown(encoding)}: send it as it is.", content_encoding=encoding
        )


def _shown(text: str | None) -> str:
    return "nothing" if text is None else f"'{text[:100]}'"


def takes(shape: str) -> dict[str, Any]:
    """What OpenAPI says of the body of a route."""
    schema = {"$ref": f"#/components/schemas/{shape}"}
    return {"openapi_extra": {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}}


def body_schemas() -> dict[str, Any]:
    """The schemas of the bodies, by name: the record format, as far as a schema can say it."""
    expected = {
        "type": "object",
        "description": "Revisions of measures that the write rests on: unless they are the present ones, 412.",
        "propertyNames": {"pattern": f"^{MEASURE}$"},
        "additionalProperties": {"type": "integer", "minimum": 0, "maximum": 2**53 - 1},
        "maxProperties": MOST_EXPECTED,
    }
    note = {"anyOf": [{"type": "string", "maxLength": 20_000}, {"type": "null"}]}
    code = {"type": "string", "pattern": "^[A-Z]{2}(-[A-Z0-9]{1,3})?$"}
    entry = {"jurisdiction": code, "act": {"$ref": "#/components/schemas/ActToRecord"}}
    why = {"reason": {"enum": list(get_args(RetractionReason))}, "note": note, "expected": expected}
    return {
        **_acts(),
        "ActsBody": {
            "oneOf": [
                _object({**entry, "expected": expected}, ["jurisdiction", "act"]),
                _object(
                    {
                        "acts": {
                            "type": "array",
                            "minItems": 1,
                            "maxItems": MOST_ACTS,
                            "items": _object(entry, ["jurisdiction", "act"]),
                        },
                        "expected": expected,
                    },
                    ["acts"],
                ),
            ]
        },
        "CorrectionBody": _object(
            {
                "jurisdiction": code,
                "reason": {"enum": list(get_args(CorrectionReason))},
                "note": note,
                "replacement": {"$ref": "#/components/schemas/ActAsItShouldRead"},
                "expected": expected,
            },
            ["jurisdiction", "reason", "replacement"],
        ),
        "VerificationBody": _object(
            {
                "level": {"enum": list(VERIFICATIONS)},
                "note": note,
                "url": {"anyOf": [{"type": "string", "pattern": "^https?://", "maxLength": 4_000}, {"type": "null"}]},
                "expected": expected,
            },
            ["level"],
        ),
        "RetractionBody": _object(why, ["reason"]),
        "UndoBody": _object(why, ["reason"]),
        "ReviewBody": _object({"reviewed_on": {"type": "string"}, "note": note, "expected": expected}, ["reviewed_on"]),
    }


def _object(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _acts() -> dict[str, Any]:
    """The act of the record format: as it is stored, but with its actions in it and slugs that may stand alone."""
    kinds = get_args(AnyAction)
    _, found = msgspec.json.schema_components([Act, *kinds], ref_template="#/components/schemas/{name}")
    for kind in kinds:
        action = found[kind.__name__]
        for name in ("act", "place"):
            action["properties"].pop(name)
            action["required"].remove(name)
        action["properties"]["measure"] = {"type": "string", "pattern": f"^({MEASURE}|{SLUG})$"}
    corrected = found.pop("Act")
    corrected["properties"]["act"] = {"type": "string", "pattern": f"^{SLUG}$"}
    corrected["properties"]["actions"] = {
        "type": "array",
        "minItems": 1,
        "items": {"anyOf": [{"$ref": f"#/components/schemas/{kind.__name__}"} for kind in kinds]},
    }
    corrected["required"].append("actions")
    recorded = deepcopy(corrected)
    recorded["properties"]["again"] = {"type": "boolean", "default": False}
    return {**found, "ActToRecord": recorded, "ActAsItShouldRead": corrected}
