"""What every response carries, and HEAD, which is GET without a body. It stands outside of all else in the API."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
"""Nothing of an answer is to be run, framed, or guessed at. A page brings a policy of its own."""

_RAW = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]


class Envelope:
    """An ASGI application in which HEAD is answered as GET without its body, and every response has the headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_head = scope["method"] == "HEAD"
        ended = False

        async def sent(message: Message) -> None:
            nonlocal ended
            if message["type"] == "http.response.start":
                headers = message.get("headers", [])
                given = {name.lower() for name, _ in headers}
                message["headers"] = [*headers, *(each for each in _RAW if each[0] not in given)]
                await send(message)
            elif not is_head:
                await send(message)
            elif not ended:  # a stream is not waited for: its end may never come
                ended = True
                await send({"type": "http.response.body", "body": b"", "more_body": False})

        await self._app({**scope, "method": "GET"} if is_head else scope, receive, sent)
