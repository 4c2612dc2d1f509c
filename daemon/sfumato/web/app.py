"""The page's routes. Whoever calls is known by a session, and jobs by their ids, never by paths."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Collection
from typing import TypeAlias

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from sfumato.service.auth import CALLER, Caller, wrong_token
from sfumato.service.status import Refusal
from sfumato.web import calls
from sfumato.web.answers import body_of, refused
from sfumato.web.assets import Asset, assets
from sfumato.web.behind import Behind
from sfumato.web.drawings import drawing
from sfumato.web.guard import Guard
from sfumato.web.live import Live
from sfumato.web.renderer import Renderer
from sfumato.web.replay import replay
from sfumato.web.sessions import Opened, Sessions

KEY_HEADER = "x-sfumato-key"

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]


class Page:
    """The endpoints, for the page on ``port``."""

    def __init__(self, behind: Behind, renderer: Renderer, port: int) -> None:
        self._behind = behind
        self._renderer = renderer
        self._sessions = Sessions()
        # Cookies do not tell ports apart.
        self._cookie = f"sfumato-{port}"

    def app(self, names: Collection[str]) -> ASGIApp:
        """The whole of it; ``names`` are further ones that the page may be asked by."""
        files = [Route(path, _file(asset)) for path, asset in assets().items()]
        routes = [
            *files,
            self._open("/api/session", self.sign_in, "POST"),
            self._open("/api/code", self.make_code, "POST"),
            self._closed("/api/session", self.sign_out, "DELETE"),
            self._closed("/api/session", self.who, "GET"),
            self._closed("/api/queue", self.queue, "GET"),
            self._closed("/api/jobs/{job_id}/replay", self.replay, "POST"),
            self._closed("/api/jobs/{job_id}/preview", self.preview, "GET"),
            self._closed("/api/jobs/{job_id}/{picture}", self.picture, "GET"),
            *(
                self._closed(f"/api/{method}", self._calling(method), "POST")
                for method in calls.METHODS
            ),
        ]
        return Guard(Starlette(routes=routes), names)

    # Who calls.

    async def sign_in(self, request: Request) -> Response:
        """Begin a session with a token, or with a code of ``make_code``."""
        body = await body_of(request)
        if isinstance(code := body.get("code"), str):
            caller = self._redeemed(code, request)
        else:
            caller = await self._behind.gate.let_in(_bearer(body.get("token")), peer(request))
        opened = self._sessions.begin(caller.owner)
        return self._opened(opened, caller, secure=request.url.scheme == "https")

    async def make_code(self, request: Request) -> Response:
        """A code that opens a session once: for ``sfumato web``, which holds the token."""
        header = request.headers.get("authorization", "")
        caller = await self._behind.gate.let_in((("authorization", header),), peer(request))
        return JSONResponse({"code": self._sessions.code(caller.owner)})

    async def sign_out(self, request: Request) -> Response:
        """End the session."""
        self._sessions.end(request.cookies[self._cookie])
        answer = JSONResponse({})
        answer.delete_cookie(self._cookie, httponly=True, samesite="strict")
        return answer

    async def who(self, request: Request) -> Response:
        """Whose session it is."""
        return JSONResponse(_told(CALLER.get()))

    def _opened(self, opened: Opened, caller: Caller, *, secure: bool) -> Response:
        answer = JSONResponse({"key": opened.key, **_told(caller)})
        answer.set_cookie(
            self._cookie, opened.cookie, httponly=True, samesite="strict", secure=secure
        )
        return answer

    def _redeemed(self, code: str, request: Request) -> Caller:
        owner = self._sessions.redeem(code)
        caller = self._behind.tokens.holder(owner) if owner else None
        if caller is None:
            raise self._behind.gate.turned_away(_code_over(), peer(request))
        return caller

    def _caller(self, request: Request) -> Caller:
        cookie = request.cookies.get(self._cookie, "")
        key = request.headers.get(KEY_HEADER, "")
        owner = self._sessions.owner(cookie, key)
        caller = self._behind.tokens.holder(owner) if owner else None
        if caller is None:
            refusal = wrong_token() if owner else _signed_out()
            raise self._behind.gate.turned_away(refusal, peer(request))
        return caller

    # What they may ask.

    async def queue(self, request: Request) -> Response:
        """The queue, live."""
        lines = calls.queue_lines(self._behind.servicer)
        return Live(lines, self._behind.gate.streams, CALLER.get().owner)

    async def picture(self, request: Request) -> Response:
        """A picture of one of the caller's jobs."""
        job = await self._behind.jobs.get(CALLER.get().owner, request.path_params["job_id"])
        wanted = drawing(job, request.path_params["picture"], request.query_params)
        self._behind.jobs.attendance.attached(job)
        try:
            data = await self._renderer.draw(wanted)
        finally:
            self._behind.jobs.attendance.disconnected(job)
        return Response(data, media_type=wanted.media_type)

    async def preview(self, request: Request) -> Response:
        """How one of the caller's jobs looks so far; no content while it does not say."""
        job = await self._behind.jobs.get(CALLER.get().owner, request.path_params["job_id"])
        preview = job.events.preview
        if preview is None:
            return Response(status_code=204)
        return Response(preview.image, media_type="image/jpeg")

    async def replay(self, request: Request) -> Response:
        """One of the caller's jobs once more, exactly."""
        job = await self._behind.jobs.get(CALLER.get().owner, request.path_params["job_id"])
        again = await replay(self._behind.servicer.intake, job, str(uuid.uuid4()))
        return JSONResponse({"job_id": again.id})

    def _calling(self, method: str) -> Endpoint:
        async def call(request: Request) -> Response:
            body = await body_of(request)
            return JSONResponse(await calls.answered(self._behind.servicer, method, body))

        return call

    # Every endpoint.

    def _open(self, path: str, endpoint: Endpoint, method: str) -> Route:
        """A route for everybody."""

        async def answer(request: Request) -> Response:
            try:
                return await endpoint(request)
            except Exception as error:
                # Named by the route: a path would tell observers ids without an end.
                called = f"{method} {path}"
                return refused(self._behind.gate.refusal(called, error, peer(request)))

        return Route(path, answer, methods=[method])

    def _closed(self, path: str, endpoint: Endpoint, method: str) -> Route:
        """A route for those who are signed in, counted like their calls over gRPC."""

        async def guarded(request: Request) -> Response:
            caller = self._caller(request)
            CALLER.set(caller)
            with self._behind.gate.counted(caller):
                return await endpoint(request)

        return self._open(path, guarded, method)


def peer(request: Request) -> str:
    """Where a request comes from, as gRPC names it, so that both count failures in one place."""
    if request.client is None:
        return ""
    host, port = request.client
    return f"ipv6:[{host}]:{port}" if ":" in host else f"ipv4:{host}:{port}"


def _bearer(token: object) -> tuple[tuple[str, str], ...]:
    return (("authorization", f"Bearer {token}"),) if isinstance(token, str) and token else ()


def _told(caller: Caller) -> dict[str, object]:
    return {"name": caller.name, "admin": caller.admin}


def _file(asset: Asset) -> Endpoint:
    async def answer(request: Request) -> Response:
        return Response(asset.data, media_type=asset.media_type)

    return answer


def _signed_out() -> Refusal:
    return Refusal(
        wrong_token().code, "SIGNED_OUT", "You are not signed in, or were away for long. Sign in."
    )


def _code_over() -> Refusal:
    return Refusal(
        wrong_token().code,
        "CODE_WRONG",
        "This address opens the page once, within a minute. Run `sfumato web` again, or sign in "
        "with your token.",
    )
