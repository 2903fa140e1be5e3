"""How effects are told apart in pictures: each by a colour and by a pattern, as not everybody sees colours."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup

MARKS: Mapping[str, str] = {
    "prohibits": "",
    "restricts": '<path d="M-10,90L90,-10M-10,10L10,-10M70,90L90,70"/>',
    "requires_approval": '<circle cx="20" cy="20" r="10"/><circle cx="60" cy="60" r="10"/>',
    "requires_security_measures": '<path d="M0,20H80M0,60H80"/>',
    "permits_temporarily": '<path d="M20,0V80M60,0V80M0,20H80M0,60H80"/>',
    "declares_no_ban": '<path d="M20,32V8M8,20H32M60,72V48M48,60H72"/>',
    "none": "",
}
"""What is drawn over the colour of each effect, in a square of 80 by 80."""

HATCH = '<path d="M-10,-10L90,90M-10,70L10,90M70,-10L90,10"/>'
"""What is drawn over a jurisdiction for a measure that is on its way."""


def patterns(prefix: str, scale: float = 1.0) -> Markup:
    """
    The patterns of all effects for one picture, as `fill="url(#PREFIX-EFFECT)"`, and `PREFIX-upcoming`.

    They are 80 units wide, times the scale: a picture that is zoomed in has them as wide on the screen as any other.
    """
    drawn = [_pattern(f"{prefix}-{effect}", effect, marks, scale) for effect, marks in MARKS.items()]
    drawn.append(_pattern(f"{prefix}-upcoming", None, HATCH, scale))
    return Markup("<defs>{}</defs>").format(Markup("").join(drawn))


def swatch(effect: str | None, *, upcoming: bool = False) -> Markup:
    """
    A small picture of an effect, None for no headline, for legends and tables; hidden from readers of the text.

    It uses the patterns with the prefix `swatch`, which stand once on the page.
    """
    fill = "" if effect is None else f' fill="url(#swatch-{effect})"'
    hatch = Markup('<rect width="240" height="160" fill="url(#swatch-upcoming)"/>') if upcoming else ""
    return Markup(
        '<svg class="swatch" viewBox="0 0 240 160" width="24" height="16" aria-hidden="true" focusable="false">'
        '<rect class="blank" width="240" height="160"{}/>{}</svg>'
    ).format(Markup(fill), hatch)


def _pattern(name: str, effect: str | None, marks: str, scale: float) -> Markup:
    ground = "" if effect is None else f'<rect class="ground {effect}" width="80" height="80"/>'
    kind = effect or "upcoming"
    return Markup(
        '<pattern id="{}" width="80" height="80" patternUnits="userSpaceOnUse" patternTransform="scale({})">{}'
        '<g class="marks {}">{}</g></pattern>'
    ).format(name, round(scale, 3), Markup(ground), kind, Markup(marks))
