"""A browser without scripts: it keeps cookies, follows links, fills in forms as pages have them, and sends them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from services.access.keys import Keys
from services.access.roles import Role
from services.operations.wiring import Service
from tests.acceptance.serving import served
from tests.web.reading import BROWSER, Page

VOID = {"meta", "link", "br", "input", "hr", "img", "wbr", "col"}


class SentForm:
    """A form of a page, filled in as the page has it."""

    def __init__(self, method: str, action: str) -> None:
        self.method = method
        self.action = action
        self.fields: list[tuple[str, str]] = []
        self.buttons: dict[str, str] = {}

    def values(self, name: str) -> list[str]:
        return [value for each, value in self.fields if each == name]

    def value(self, name: str) -> str:
        (found,) = self.values(name)
        return found

    def fill(self, filled: dict[str, str | list[str]]) -> None:
        """Fills in fields by name, in their place; a list fills all of one name, and an empty one empties them."""
        for name, given in filled.items():
            values = [given] if isinstance(given, str) else given
            at = next((number for number, (each, _) in enumerate(self.fields) if each == name), None)
            assert at is not None, f"{name} is not in the form: {sorted({each for each, _ in self.fields})}"
            self.fields = [each for each in self.fields if each[0] != name]
            self.fields[at:at] = [(name, value) for value in values]


class Seen(Page):
    """A page as it is seen, with its forms and what is filled in there."""

    def __init__(self, answer: httpx.Response) -> None:
        self.status = answer.status_code
        self.path = answer.url.raw_path.decode()
        self.headers = answer.headers
        self.source = answer.text
        self.forms: list[SentForm] = []
        self._named: list[tuple[str, str]] = []
        self._words: dict[str, list[str]] = {}
        self._select: tuple[str, str | None] | None = None
        self._area: str | None = None
        super().__init__(answer.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        super().handle_starttag(tag, attrs)
        told = {name: value or "" for name, value in attrs}
        if tag not in VOID:
            self._named.append((tag, told.get("id", "")))
            self._words.setdefault(told.get("id", ""), [])
        form = self.forms[-1] if self.forms else None
        match tag:
            case "form":
                self.forms.append(SentForm(told.get("method", "get"), told["action"]))
            case "input" if form is not None and "name" in told:
                if told.get("type") != "checkbox" or "checked" in told:
                    form.fields.append((told["name"], told.get("value", "on")))
            case "select":
                self._select = (told["name"], None)
            case "option" if self._select is not None and ("selected" in told or self._select[1] is None):
                self._select = (self._select[0], told.get("value", ""))
            case "textarea" if form is not None:
                self._area = told["name"]
                form.fields.append((self._area, ""))
            case "button" if form is not None:
                form.buttons[f"{told.get('name', '')}={told.get('value', '')}"] = told.get("formaction", form.action)

    def handle_endtag(self, tag: str) -> None:
        super().handle_endtag(tag)
        self._named.pop()
        if tag == "select" and self._select is not None:
            self.forms[-1].fields.append((self._select[0], self._select[1] or ""))
            self._select = None
        elif tag == "textarea" and self._area is not None:
            name, value = self.forms[-1].fields.pop()
            self.forms[-1].fields.append((name, value.removeprefix("\n")))
            self._area = None

    def handle_data(self, data: str) -> None:
        super().handle_data(data)
        for _, identity in self._named:
            self._words[identity].append(data)
        if self._area is not None:
            name, value = self.forms[-1].fields.pop()
            self.forms[-1].fields.append((name, value + data))

    def form(self, button: str) -> SentForm:
        """The form that has a button, `do=preview`, or that is sent to an address."""
        (found,) = [each for each in self.forms if button in each.buttons or button == each.action]
        return found

    def words(self, identity: str) -> str:
        """The words of the element of this name."""
        return " ".join("".join(self._words[identity]).split())

    def leads_to(self) -> list[str]:
        """Where its links lead."""
        return [address for address, _ in self.links]


class Browser:
    """Somebody in front of a browser."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.client = httpx.Client(base_url=base, timeout=60, headers=BROWSER)
        self.page: Seen | None = None

    def open(self, path: str) -> Seen:
        return self._seen(self.client.get(path))

    def press(self, button: str, filled: dict[str, str | list[str]] | None = None, **headers: str) -> Seen:
        """Fills in fields of a form, and presses its button, or its only one; what comes of it is followed."""
        assert self.page is not None
        form = self.page.form(button)
        form.fill(filled or {})
        name, _, value = button.partition("=")
        fields = [*form.fields, (name, value)] if button in form.buttons else form.fields
        action = form.buttons.get(button, form.action).partition("#")[0]
        if form.method == "get":
            return self._seen(self.client.get(action, params=fields))
        return self._seen(self.post(action, fields, **headers))

    def post(self, path: str, fields: Any, **headers: str) -> httpx.Response:
        """Sends fields as a form of this host does."""
        body = str(httpx.QueryParams(fields)).encode()
        told = {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.base, **headers}
        return self.client.post(path, content=body, headers=told)

    def sign_in(self, key: str, to: str = "/sign-in") -> Seen:
        """Opens a page that leads to signing in, or that of signing in itself, and signs in there."""
        refused = self.open(to)
        if refused.status in (401, 403):
            self.open(next(address for address in refused.leads_to() if address.startswith("/sign-in")))
        return self.press("/sign-in", {"key": key})

    def _seen(self, answer: httpx.Response) -> Seen:
        while answer.is_redirect:
            answer = self.client.get(answer.headers["location"])
        self.page = Seen(answer)
        return self.page


def key_of(opened: Service, name: str, role: Role) -> str:
    """A new key."""
    return Keys(opened.pool, opened.clock).make(name, role).token


@contextmanager
def browsing(opened: Service) -> Iterator[str]:
    """The address of a service, for browsers to open."""
    with served(opened) as base:
        yield base
