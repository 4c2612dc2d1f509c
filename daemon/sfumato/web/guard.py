"""What every request of the page goes through before anything else: ASGI around the whole app.

- The name in ``Host`` must be one of this computer's own, or named in the settings: a stranger's
  site that lets its name point here (DNS rebinding) is another site to the browser, and to us.
- What other sites let a browser send is refused, by the headers in which browsers tell that.
- Every answer forbids what the page does not do: scripts of others, frames, being kept.
"""

from __future__ import annotations

from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sfumato_client.endpoint import is_loopback

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
HEADERS = {
    "content-security-policy": _POLICY,
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


class Guard:
    """Lets those requests to ``app`` that the page itself, or no browser at all, has sent."""

    def __init__(self, app: ASGIApp, names: Collection[str]) -> None:
        self._app = app
        self._names = frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""

        async def hardened(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
            await send(message)

        app = self._app
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            if not self._is_ours(headers.get("host", "")):
                app = PlainTextResponse(_WRONG_NAME, 421)
            elif not _is_same_site(headers, scope):
                app = PlainTextResponse(_OTHER_SITE, 403)
        await app(scope, receive, hardened)

    def _is_ours(self, host: str) -> bool:
        """Whether a ``Host`` header names this daemon, by any port: a tunnel may have another."""
        name, colon, port = host.rpartition(":")
        if not colon or host.endswith("]"):
            name, port = host, ""
        if port and not port.isdigit():
            return False
        name = name.lower().removeprefix("[").removesuffix("]")
        return name in self._names or (bool(name) and is_loopback(name))


def _is_same_site(headers: Headers, scope: Scope) -> bool:
    """Whether no other origin has let a browser send this. A link to the page is allowed."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if scope["method"] == "GET" and scope["path"] == "/":
        return True
    if site is not None and site not in ("same-origin", "none"):
        return False
    host = headers.get("host", "")
    return origin is None or origin in (f"http://{host}", f"https://{host}")


_WRONG_NAME = (
    "The page of this daemon is not known by that name. Open the address that the daemon printed, "
    "or add the name to the setting web.hosts.\n"
)
_OTHER_SITE = "Another site has sent this. The page of this daemon answers its own requests.\n"
