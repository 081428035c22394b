"""Every route beside the pages, in one table, behind one middleware."""

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from xstatic.pkg import leaflet

from core import builds, settings
from core.errors import PantauError
from core.view import BUILD_ID
from queries import city
from ui import guards_sheet, inert, wall_page

SCRIPTS = Path(__file__).with_name("js")
LEAFLET = "/peta/leaflet"
OUTLINES = "/peta/batas"

# Own resources only. Streamlit and Leaflet need inline style and eval; nothing comes from another host.
HEADERS = {
    "content-security-policy": "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob: ws: wss:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'",
    "x-frame-options": "SAMEORIGIN",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


class Row(NamedTuple):
    """A route and who may use it ('all' today, so that roles can come later)."""

    route: BaseRoute
    access: Literal["all"]


def health(_: Request) -> Response:
    """/api/sehat: 200 with the served build, 503 where nothing can be served. No paths, no values."""
    try:
        here = settings.load()
        served = builds.usable(here)
    except PantauError:
        return JSONResponse({"status": "rusak", "build": None}, 503)
    if served is None:
        return JSONResponse({"status": "kosong", "build": None}, 503)
    named = builds.current(here)
    fallen_back = named is not None and named.build != served.build
    last = city.facts(served.build).get("last_scan") or None
    return JSONResponse(
        {
            "status": "versi sebelumnya" if fallen_back else "sehat",
            "build": served.build,
            "pinned": served.pinned,
            "data_per": last,
        }
    )


def outlines(request: Request) -> Response:
    """The outlines of one build as a script; a build never changes, so browsers may keep it."""
    build = request.path_params["build"]
    if not BUILD_ID.fullmatch(build):
        return Response(status_code=404)
    try:
        script = _outline_script(build)
    except PantauError:
        return Response(status_code=404)
    return Response(
        script, media_type="text/javascript", headers={"cache-control": "public, max-age=31536000, immutable"}
    )


@lru_cache(maxsize=2)
def _outline_script(build: str) -> str:
    rows = city.outlines(build)
    features = [
        {
            "type": "Feature",
            "properties": {"level": row.level, "code": row.code, "name": row.name, "label": [row.lat, row.lon]},
            "geometry": json.loads(str(row.geometry)),
        }
        for row in rows.itertuples()
    ]
    return f"window.PANTAU_OUTLINES = {inert.for_script(features)};\nwindow.PANTAU_LAYERS = {script('layers')};\n"


def script(name: str) -> str:
    """One of our scripts: an expression, a function."""
    return SCRIPTS.joinpath(f"{name}.js").read_text("utf-8").strip()


def outlines_path(build: str) -> str:
    """Where a build's outlines and the drawing function lie; the path changes when either does."""
    return f"{OUTLINES}/{build}.js?k={hashlib.sha256(script('layers').encode()).hexdigest()[:8]}"


def table() -> tuple[Row, ...]:
    """All routes; Streamlit's own stand beside them."""
    return (
        Row(Route("/api/sehat", health), "all"),
        Row(Route(OUTLINES + "/{build}.js", outlines), "all"),
        Row(Route("/layar", wall_page.page), "all"),
        Row(Route("/layar/isi", wall_page.part), "all"),
        Row(Route(guards_sheet.PATH, guards_sheet.page), "all"),
        Row(Mount(LEAFLET, StaticFiles(directory=leaflet.BASE_DIR)), "all"),
    )


class Guard:
    """The one middleware: security headers on every response, Streamlit's included."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = [(k.encode(), v.encode()) for k, v in HEADERS.items()]
                kept = [(k, v) for k, v in message["headers"] if k.decode("latin-1").lower() not in HEADERS]
                message = {**message, "headers": kept + own}
            await send(message)

        await self.app(scope, receive, with_headers if scope["type"] == "http" else send)
