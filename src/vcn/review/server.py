"""The server behind ``vcn review``: on loopback, for as long as a page is open."""

from __future__ import annotations

import asyncio
import json
import secrets
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from vcn.config import ReviewConfig
from vcn.errors import OutputError, VcnError
from vcn.report.words import REASONS
from vcn.review.guard import Guard
from vcn.review.pictures import Pictures
from vcn.review.session import Conflict, Session, failed

_PAGE = Path(__file__).parent / "page"
_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
_LOOK = 0.5
"""Seconds between looks at the ledger for what another process wrote."""


class Server:
    """One review.

    Args:
        session: The film and its ledger.
        film: The film file, where it is there.
        keep: Go on when the last page is closed.
        port: Where to listen; 0: any free one.
        config: Limits.
    """

    def __init__(
        self,
        session: Session,
        film: Path | None,
        *,
        keep: bool = False,
        port: int = 0,
        config: ReviewConfig | None = None,
    ) -> None:
        self.session = session
        self.token = secrets.token_urlsafe(24)
        self._film = film
        self._keep = keep
        self._port = port
        self._config = config or ReviewConfig()
        self._pictures = Pictures(film, session.film.timeline, self._config)
        self._pages = 0
        self._empty_since: float | None = None
        self._uvicorn: uvicorn.Server | None = None
        self._hosts: frozenset[str] = frozenset()

    def run(self, opened: Callable[[str], object]) -> None:
        """Serve until the last page is closed; `opened` is told the address.

        Raises:
            OutputError: The port is taken.
        """
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", self._port))
            listener.listen(128)  # who comes before it is ready waits
        except OSError as error:
            listener.close()
            raise OutputError(
                f"port {self._port} of this machine cannot be used: {error.strerror}",
                "Leave out --port",
            ) from error
        port = listener.getsockname()[1]
        self._hosts = frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})
        config = uvicorn.Config(
            self.app(),
            log_level="critical",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=1,
            h11_max_incomplete_event_size=1 << 16,
            lifespan="on",
        )
        self._uvicorn = uvicorn.Server(config)
        self._uvicorn.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
        opened(f"http://127.0.0.1:{port}/{self.token}/")
        try:
            asyncio.run(self._uvicorn.serve(sockets=[listener]))
        finally:
            listener.close()
            self._pictures.close()

    def app(self, hosts: frozenset[str] | None = None) -> ASGIApp:
        """The guarded application; `hosts` where it is not served by `run`."""
        if hosts is not None:
            self._hosts = hosts
        routes = [
            Route("/", self._index),
            Route("/state", self._get_state),
            Route("/events", self._events),
            Route("/do", self._do, methods=["POST"]),
            Route("/face/{key}", self._face),
            Route("/still/{key}", self._still),
            Route("/boxes/{key}", self._boxes),
            Route("/film", self._whole_film),
            Route("/stretch", self._stretch),
            Route("/{name}", self._asset),
        ]
        app = Starlette(routes=routes, lifespan=self._life)
        return Guard(app, self.token, lambda: self._hosts, self._config.body_bytes)

    @asynccontextmanager
    async def _life(self, _: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            task.cancel()

    async def _watch(self) -> None:
        """See what others write, and end when nobody looks any more."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_LOOK)
            try:
                await run_in_threadpool(self.session.refresh)
            except VcnError:
                continue  # it is told when somebody writes
            if self._pages or self._keep or self._empty_since is None:
                continue
            if loop.time() - self._empty_since > self._config.linger_seconds and self._uvicorn:
                self._uvicorn.should_exit = True

    async def _index(self, _: Request) -> Response:
        return FileResponse(_PAGE / "index.html", media_type="text/html")

    async def _asset(self, request: Request) -> Response:
        name = request.path_params["name"]
        known = {file.name for file in _PAGE.iterdir()}  # no path can be made of it
        if name not in known or Path(name).suffix not in _TYPES:
            return Response(status_code=404)
        return FileResponse(_PAGE / name, media_type=_TYPES[Path(name).suffix])

    async def _get_state(self, _: Request) -> Response:
        state = self.session.state
        body = await run_in_threadpool(state.as_dict)
        return JSONResponse({**body, "film": self._about()})

    def _about(self) -> dict[str, Any]:
        film = self.session.film
        video = film.file.video
        return {
            "title": Path(video.path).name or "film",
            "start": video.start_seconds,
            "end": video.start_seconds + video.duration_seconds,
            "width": video.width,
            "height": video.height,
            "shots": [shot.start_seconds for shot in film.file.shots],
            "playable": self._film is not None,
            "reasons": {str(reason): list(words) for reason, words in REASONS.items()},
            "doubt": self._config.doubt if self.session.state.evidence.own else 0.0,
        }

    async def _events(self, request: Request) -> Response:
        """Tell a page of each new version; the open line says that a page is there."""

        async def told() -> AsyncIterator[str]:
            self._pages += 1
            version = -1
            try:
                silent = 0
                while not (self._uvicorn and self._uvicorn.should_exit):
                    now = len(self.session.state.entries)
                    if now != version or silent > 20:
                        version, silent = now, 0
                        yield f"data: {version}\n\n"
                    if await request.is_disconnected():
                        break
                    await asyncio.sleep(_LOOK / 2)
                    silent += 1
            finally:
                self._pages -= 1
                self._empty_since = asyncio.get_running_loop().time()

        return StreamingResponse(told(), media_type="text/event-stream")

    async def _do(self, request: Request) -> Response:
        try:
            asked = json.loads(await request.body())
        except (ValueError, RecursionError, ClientDisconnect):
            return JSONResponse({"error": "that is not JSON", "hint": ""}, 400)
        if not isinstance(asked, dict):
            return JSONResponse({"error": "that is no operation", "hint": ""}, 400)
        try:
            state = await run_in_threadpool(self.session.apply, asked)
        except Conflict as conflict:
            return JSONResponse({"conflict": conflict.text, "entries": conflict.entries}, 409)
        except OutputError as error:
            return JSONResponse(failed(error), 507)
        except VcnError as error:
            return JSONResponse(failed(error), 400)
        return JSONResponse(await run_in_threadpool(state.as_dict))

    async def _face(self, request: Request) -> Response:
        state, key = self.session.state, request.path_params["key"]
        track = state.by_key.get(key)
        if track is None:
            return Response(status_code=404)
        parent = int(state.placed.parent[track])
        made = await run_in_threadpool(
            self._pictures.face, key, state.placed.tracks[track], parent, self.session.finished
        )
        if made is None:  # neither the film nor the finished stages are there
            return FileResponse(_PAGE / "face.svg", media_type="image/svg+xml")
        return _picture(made)

    async def _boxes(self, request: Request) -> Response:
        state = self.session.state
        track = state.by_key.get(request.path_params["key"])
        if track is None:
            return Response(status_code=404)
        return JSONResponse(state.boxes_of(track, self._config.boxes_shown))

    async def _still(self, request: Request) -> Response:
        state = self.session.state
        track = state.by_key.get(request.path_params["key"])
        if track is None:
            return Response(status_code=404)
        made = await run_in_threadpool(
            self._pictures.still, state.placed.tracks[track], self._config.proxy_height
        )
        return _picture(made)

    async def _whole_film(self, _: Request) -> Response:
        if self._film is None:
            return Response(status_code=404)
        kinds = {
            ".mp4": "video/mp4",
            ".m4v": "video/mp4",
            ".mov": "video/mp4",
            ".webm": "video/webm",
        }
        return FileResponse(self._film, media_type=kinds.get(self._film.suffix.lower()))

    async def _stretch(self, request: Request) -> Response:
        try:
            start, end = (float(request.query_params[key]) for key in ("start", "end"))
        except (KeyError, ValueError):
            return Response(status_code=400)
        if not -1e9 < start < end < 1e9:
            return Response(status_code=400)
        end = min(end, start + self._config.proxy_seconds)
        made = await run_in_threadpool(self._pictures.stretch, start, end)
        if made is None:
            return Response(status_code=404)
        return Response(made, media_type="video/mp4")


def _picture(made: bytes | None) -> Response:
    if made is None:
        return Response(status_code=404)
    return Response(made, media_type="image/jpeg", headers={"Cache-Control": "max-age=86400"})
