"""Which jurisdictions there are: the codes of ISO 3166-1 alpha-2, parts of countries, the EU, user-assigned codes."""

from __future__ import annotations

from string import ascii_uppercase

from events.vocabulary import is_jurisdiction_code

_ASSIGNED = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
    CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR
    GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO
    JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR
    MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO
    RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV
    TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
    """
COUNTRIES: frozenset[str] = frozenset(_ASSIGNED.split())
"""ISO 3166-1 alpha-2, officially assigned."""

OTHERS: frozenset[str] = frozenset({"EU", *(f"X{letter}" for letter in ascii_uppercase)})
"""The EU, and the user-assigned codes XA to XZ, XK (Kosovo) among them."""

_MEANT = {"UK": "GB", "EL": "GR", "SU": "RU", "YU": "RS", "AN": "CW"}


def trouble_with(code: str) -> str | None:
    """What is wrong with a code, and what to write instead; None if the jurisdiction exists."""
    if code in COUNTRIES or code in OTHERS:
        return None
    if not is_jurisdiction_code(code):
        return "is not a jurisdiction: write two capital letters (US), a part of a country (US-CA), EU, or XA to XZ"
    country, dash, _ = code.partition("-")
    if dash and country in COUNTRIES:
        return None
    meant = f": {_MEANT[country]} is meant?" if country in _MEANT else ", EU or a user-assigned code XA to XZ"
    return f"is no jurisdiction: {country} is not a country of ISO 3166-1{meant}"
