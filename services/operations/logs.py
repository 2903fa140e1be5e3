"""
The log of a process that serves: one line an event on standard error, for people on a terminal, JSON elsewhere.

Whatever is logged passes `_safe` last: what looks like a key, a password or the header that carries one is never
written, whoever logs it, and nothing that is logged can write to a terminal otherwise than in letters.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Mapping
from contextlib import nullcontext
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, TextIO, cast

if TYPE_CHECKING:  # a command that logs nothing should not pay for it; the settings are made with the names below
    import structlog
    from structlog.typing import EventDict, Processor, WrappedLogger

Level = Literal["debug", "info", "warning", "error"]
Format = Literal["auto", "text", "json"]

OURS = "dateline"
HIDDEN = "[hidden]"

_SECRETS = (
    (re.compile(r"dateline_[0-9a-f]{12}_[A-Za-z0-9_-]+"), HIDDEN),
    (re.compile(r"(?i)\b(bearer|basic)\s+[^\s'\",)]+"), rf"\1 {HIDDEN}"),
    (re.compile(r"(?i)(://[^\s/:@]*:)[^\s/@]+@"), rf"\1{HIDDEN}@"),
    (
        re.compile(
            r"(?i)([\w%-]*(?:password|passwd|pwd|secret|token|authorization|api[_-]?key|access[_-]?key|signature|\bkey)"
            r"(?:['\"]?\s*[=:]\s*|%3d))(?!\[hidden\]|(?:bearer|basic)\b)('[^']*'|\"[^\"]*\"|[^\s&'\",;)]+)"
        ),
        rf"\1{HIDDEN}",
    ),
)
_SUSPICIOUS = re.compile(r"(?i)dateline_|bearer|basic|://|passw|pwd|secret|token|authorization|key|signature")
"""One of these is in every text that has anything to hide: most have none, and need not be looked through for it."""

_COUNTED = re.compile(r"[0-9a-f]{32}")
_SHORT = 100

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_LINES = re.compile(r"[\t\n]")


def logger(name: str = OURS) -> structlog.stdlib.BoundLogger:
    """A logger. Until `configure` has been called, nothing is written anywhere."""
    import structlog

    logging.getLogger(OURS).addHandler(logging.NullHandler())
    return cast(
        structlog.stdlib.BoundLogger,
        structlog.wrap_logger(
            logging.getLogger(name),
            processors=[
                structlog.stdlib.filter_by_level,
                structlog.stdlib.add_log_level,
                structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
            ],
            wrapper_class=structlog.stdlib.BoundLogger,
            cache_logger_on_first_use=False,
        ),
    )


class Lines:
    """
    A log of which most is lines of one kind, such as a service writes for each request.

    Where they go to one stream as JSON, they are written there as any other line would be, without the way through the
    logging of Python and all of its processors, which is longer than many a request.
    """

    def __init__(self, name: str) -> None:
        self._log = logger(name).bind()
        self._plain = logging.getLogger(name)

    @property
    def are_written(self) -> bool:
        """Whether lines go anywhere: else nobody need make them."""
        return self._plain.isEnabledFor(logging.INFO)

    def info(self, event: str, told: Mapping[str, Any]) -> None:
        """One line, as `logger(name).info` writes it."""
        if not self.are_written:
            return
        handlers = logging.getLogger().handlers
        if len(handlers) != 1 or type(handlers[0]) is not _JsonHandler:
            self._log.info(event, **told)
            return
        line = {name: _safe_value(name, value) for name, value in told.items()}
        at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        handlers[0].write(_as_json({**line, "event": event, "level": "info", "at": at}))

    @property
    def other(self) -> structlog.stdlib.BoundLogger:
        """For lines of any other kind."""
        return self._log


class _JsonHandler(logging.StreamHandler[TextIO]):
    """Writes to its stream as JSON, a line an event."""

    def write(self, line: str) -> None:
        """Writes a line as it is; that it cannot is told as it is of any other."""
        with self.lock or nullcontext():
            try:
                self.stream.write(f"{line}\n")
                self.flush()
            except Exception:
                self.handleError(logging.LogRecord(OURS, logging.INFO, "", 0, line, None, None))


_as_json = json.JSONEncoder(ensure_ascii=False).encode


def configure(level: Level, form: Format, stream: TextIO | None = None) -> None:
    """
    From here on this process writes its log to the stream, standard error unless another is given.

    `auto` is text where the stream is a terminal, JSON elsewhere. What libraries say is told from warnings on, with
    `debug` from the beginning.
    """
    import structlog

    stream = sys.stderr if stream is None else stream
    is_terminal = stream.isatty()
    as_text = form == "text" or (form == "auto" and is_terminal)
    handler = logging.StreamHandler(stream) if as_text else _JsonHandler(stream)
    handler.setFormatter(_formatter(as_text, colours=as_text and is_terminal))
    root = logging.getLogger()
    for former in [each for each in root.handlers if isinstance(each.formatter, structlog.stdlib.ProcessorFormatter)]:
        root.removeHandler(former)
    root.addHandler(handler)
    root.setLevel(logging.INFO if level == "debug" else logging.WARNING if level != "error" else logging.ERROR)
    logging.getLogger(OURS).setLevel(level.upper())


def _formatter(as_text: bool, *, colours: bool) -> structlog.stdlib.ProcessorFormatter:
    import structlog

    renderer: Processor
    if as_text:
        renderer = structlog.dev.ConsoleRenderer(
            colors=colours, sort_keys=False, timestamp_key="at", exception_formatter=structlog.dev.plain_traceback
        )
    else:
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_log_level, structlog.stdlib.add_logger_name],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            structlog.processors.format_exc_info,
            _safe,
            renderer,
        ],
    )


def _safe(_: WrappedLogger, __: str, told: EventDict) -> EventDict:
    return {name: _safe_value(name, value) for name, value in told.items()}


def _safe_value(name: str, value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    text = str(value)
    if _COUNTED.fullmatch(text):  # as each request is called anew
        return text
    text = _known_without_secrets(text) if len(text) <= _SHORT else without_secrets(text)
    if text.isprintable():  # nothing is to be escaped
        return text
    text = _CONTROLS.sub(_escaped, text)
    return text if name == "exception" else _LINES.sub(_escaped, text)  # a traceback has lines


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")


@lru_cache(maxsize=1000)
def _known_without_secrets(text: str) -> str:
    """Of routes, callers and methods, which are the same again and again."""
    return without_secrets(text)


def without_secrets(text: str) -> str:
    """A text in which keys, passwords, and what is sent to show one are hidden."""
    if not _SUSPICIOUS.search(text):
        return text
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text
