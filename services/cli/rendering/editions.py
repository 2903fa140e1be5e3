"""An act on a page, with everything that was recorded of it."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from projections.answers import ActAnswer, ActEdition
from services.cli.page import Page
from services.cli.rendering.acts import show_act
from services.cli.rendering.differences import show_differences
from services.cli.sources import act_in
from services.cli.wording import edition_facts
from services.wording import moment, value_in_words, words

_OF_ACT = {"act", "announced_on", "title", "authority", "citation", "sources", "actions"}
_OF_ACTION = {"type", "place", "measure"}


def show_one_act(page: Page, answer: ActAnswer) -> None:
    """Whether it stands, and every edition of it."""
    standing = "stands" if answer.stands else "is retracted"
    verified = "not verified" if answer.verified is None else f"verified by {words(answer.verified)}"
    page.heading(
        f"{answer.act} {standing}",
        [
            ("measures", ", ".join(answer.measures) or "none"),
            ("verified", verified),
            *edition_facts(answer.position, answer.recorded_at, answer.rules),
        ],
    )
    for edition in answer.editions:
        _show_edition(page, edition)


def _show_edition(page: Page, edition: ActEdition) -> None:
    page.write((f"{edition.positions[0]}  {words(edition.type)}", "bold"))
    batch = "" if edition.batch is None else f", batch {edition.batch}"
    page.write(("recorded ", "dim"), f"{moment(edition.recorded_at)} by {edition.recorded_by}{batch}", indent=4)
    page.write(("on ", "dim"), ", ".join(edition.measures), indent=4)
    for name, value in (("reason", edition.reason), ("note", edition.note)):
        if value is not UNSET and value is not None:
            page.write((f"{name}: ", "dim"), words(str(value)) if name == "reason" else str(value), indent=4)
    if isinstance(edition.verification, dict):
        for name, value in edition.verification.items():
            page.write((f"{name}: ", "dim"), words(str(value)), indent=4)
    if edition.changed is not UNSET:
        page.write(("changed:", "dim"), indent=4)
        show_differences(page, edition.changed, indent=6)
    if isinstance(edition.content, dict):
        _show_content(page, edition.content)


def _show_content(page: Page, content: dict[str, Any]) -> None:
    page.write(("by ", "dim"), str(content["authority"]), indent=4)
    show_act(page, act_in(content | {"act_title": content["title"]}), indent=4)
    for name, value in content.items():
        if name not in _OF_ACT:
            page.write((f"{words(name)}: ", "dim"), value_in_words(value), indent=4)
    for action in content["actions"]:
        told = [f"{words(name)} {value_in_words(value)}" for name, value in action.items() if name not in _OF_ACTION]
        page.write((words(str(action["type"])), "cyan"), f" {action['measure']}  {'; '.join(told)}", indent=4)
