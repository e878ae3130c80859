"""Who may ask the server: the page that was opened with its token, on this machine alone."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


class Guard:
    """Turns away whatever does not come from the page itself.

    A page of another site could make the browser ask (its requests carry no token, another
    Origin, or after DNS rebinding another Host); another user of the machine does not know
    the token.

    Args:
        app: What is guarded; it sees paths without the token.
        token: First part of every path.
        hosts: What Host may say; called at each request, for the port is known late.
        body_bytes: Largest request.
    """

    def __init__(
        self, app: ASGIApp, token: str, hosts: Callable[[], frozenset[str]], body_bytes: int
    ) -> None:
        self._app = app
        self._token = token
        self._hosts = hosts
        self._body_bytes = body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        refusal = self._refused(scope)
        if refusal is not None:
            status, text = refusal
            await PlainTextResponse(text, status, _HEADERS)(scope, receive, send)
            return
        rest = scope["path"].removeprefix(f"/{self._token}")
        inner = {**scope, "path": rest, "raw_path": rest.encode(), "root_path": ""}
        await self._app(inner, _limited(receive, self._body_bytes), _with_headers(send))

    def _refused(self, scope: Scope) -> tuple[int, str] | None:
        headers = Headers(scope=scope)
        hosts = self._hosts()
        if headers.get("host", "") not in hosts:
            return 421, "this server is for this machine alone"
        origin = headers.get("origin")
        if origin is not None and origin not in {f"http://{host}" for host in hosts}:
            return 403, "another site asked"
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return 403, "another site asked"
        given = scope["path"].split("/")[1] if scope["path"].startswith("/") else ""
        if not hmac.compare_digest(given.encode(), self._token.encode()):
            return 404, "nothing is here"
        if scope["method"] not in ("GET", "HEAD", "POST"):
            return 405, "not possible"
        if scope["method"] == "POST":
            if origin is None:
                return 403, "the page has to ask"
            if headers.get("content-type", "").split(";")[0].strip() != "application/json":
                return 415, "only JSON is read"
            length = headers.get("content-length", "")
            if not length.isdigit():
                return 411, "the length must be known"
            if int(length) > self._body_bytes:
                return 413, "too long"
        return None


def _limited(receive: Receive, limit: int) -> Receive:
    got = 0

    async def limited() -> Message:
        nonlocal got
        message = await receive()
        got += len(message.get("body", b""))
        return message if got <= limit else {"type": "http.disconnect"}

    return limited


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers[name] = value
            headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return sending
