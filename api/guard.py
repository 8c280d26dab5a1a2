"""The outer wall: limits on what comes in, headers on what goes out, and no error that is not a problem."""

import logging
from collections.abc import AsyncIterator

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem_response

BODY_BYTES_MAX = 64 * 1024
READ_BY_THE_ENDPOINT = ("PUT", "/v1/documents/")
"""Method and path of what takes a larger body: it has limits of its own, and reads no more than they let in."""
DEFAULT_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin-allow-popups",
    # Names of the page's files do not change with their content: ask each time, and mostly hear 304.
    "Cache-Control": "no-cache",
}
log = logging.getLogger("freehold.api")


class Guard:
    """ASGI middleware. A body is read whole before the app sees it: one without a declared length has a limit too.

    The bytes of a document are the exception, see READ_BY_THE_ENDPOINT.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def send_guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in DEFAULT_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        method, path = READ_BY_THE_ENDPOINT
        incoming = receive
        if scope["method"] != method or not scope["path"].startswith(path):
            body = await read_body(scope, receive)
            if body is None:
                refusal = problem_response("body-too-large", f"The body may have {BODY_BYTES_MAX} bytes.")
                await refusal(scope, receive, send_guarded)
                return
            incoming = replayed(body, receive)
        try:
            await self.app(scope, incoming, send_guarded)
        except Exception:
            log.exception("%s %s failed", scope["method"], scope["path"])
            if started:
                raise
            failure = problem_response("internal", "Something went wrong on our side; it is in the log. Try again.")
            await failure(scope, receive, send_guarded)


async def read_body(scope: Scope, receive: Receive) -> bytes | None:
    """The whole body; None where it is larger than any request needs."""
    declared = Headers(scope=scope).get("content-length", "0")
    if not (declared.isascii() and declared.isdigit() and int(declared[:20]) <= BODY_BYTES_MAX):
        return None
    body = b""
    async for part in parts(receive):
        body += part
        if len(body) > BODY_BYTES_MAX:
            return None
    return body


async def parts(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        yield message.get("body", b"")
        more = message.get("more_body", False)


def replayed(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body that was read already, then what else comes: that the client has left."""
    first: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return first.pop() if first else await receive()

    return replay
