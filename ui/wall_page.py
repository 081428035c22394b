"""Layar over HTTP: reads the URL and the queries, draws what ui.wall says, as a page and as the part that is polled."""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import streamlit
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from core import builds, clock, palette, settings, words
from core import view as views
from core.errors import PantauError
from queries import capacity, city, coverage, crowding, followup
from ui import wall, wall_map
from ui.wall import Figures, Sizes

HERE = Path(__file__).parent
THEMES = {"terang": "light", "gelap": "dark"}
_LOG = logging.getLogger(__name__)
_KEYS = ("v", "saat", "bahasa")  # of the View, those that have a meaning on the wall


@dataclass(frozen=True)
class Asked:
    """The URL of the wall: what of the View, the theme, and the keys that cannot be used."""

    view: views.Asked
    theme: str
    bad: tuple[str, ...] = ()


def asked(query: Mapping[str, str]) -> Asked:
    """Reads the URL. The wall shows the whole city: a filter in its link is named, not passed over.

    A period is: the wall has one moment, and every link of a View carries a period.
    """
    found = views.asked({key: query[key] for key in _KEYS if key in query})
    bad = [*found.bad, *(key for key in ("jam", *views.CODES.values()) if key in query)]
    if (theme := query.get("tema", "terang")) not in THEMES:
        theme, bad = "terang", [*bad, "tema"]
    return Asked(found, THEMES[theme], tuple(bad))


def read(want: Asked, served: builds.Current, *, older: bool) -> Figures | None:
    """The figures of the served build, or of the one the URL names while it is on disk; None where no day is known."""
    build, bad = served.build, want.bad
    if want.view.build not in (None, build):
        if builds.readable(want.view.build):
            build, older = want.view.build, False
        else:
            bad = (*bad, "v")
    extent = city.extent(build)
    if extent is None:
        return None
    view, fallen = views.resolve(replace(want.view, build=None, bad=()), extent)
    simulated, last = city.simulated(build), city.last_scan(build)
    chosen = view.moment != extent.opens_at or build != served.build
    mode = clock.RIWAYAT if chosen else clock.mode(last, simulated)
    now = None if mode == clock.RIWAYAT else clock.now()
    book = capacity.rulebook(build)
    return Figures(
        view,
        city.facts(build)["city"],
        mode,
        now,
        last,
        simulated,
        bool(book.levels),
        book.level_on(((now or view.moment) - timedelta(hours=0 if now else 1)).date()),
        coverage.cells(view),
        crowding.at_hour(view),
        followup.items(view),
        # Being late is a matter of today, not of the hour the data end with.
        followup.late(replace(view, moment=now)) if now else followup.late(view).iloc[:0],
        followup.reporting(view)[0],
        tuple(dict.fromkeys((*bad, *fallen))),
        older,
    )


def show(want: Asked) -> tuple[dict[str, Any], Sizes]:
    """What the wall shows now, whatever state the data are in: nobody stands there to press a key."""
    language = want.view.language
    sizes = Sizes()
    try:
        here = settings.load()
        sizes = Sizes.of(here)
        served = builds.usable(here)
        if served is None:
            return wall.nothing(language), sizes
        named = builds.current(here)
        found = read(want, served, older=named is not None and named.build != served.build)
        if found is None:
            return wall.nothing(language, outline=wall_map.outlines(served.build)), sizes
        return wall.content(found, sizes), sizes
    except PantauError as error:
        return wall.nothing(language, damaged=words.text(error.key, language, **error.fields)), sizes
    except Exception:
        _LOG.exception("layar")
        return wall.nothing(language, damaged=words.text("wall.damaged_how", language)), sizes


@cache
def _templates() -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(HERE)
    return jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True, auto_reload=False)


@cache
def _assets() -> dict[str, str]:
    """Style and script, inlined into the one document, as they were when this process began."""
    return {name: (HERE / name).read_text("utf-8") for name in ("css/wall.css", "js/wall.js", "wall.html.j2")}


@cache
def _font() -> str:
    """Where the server has the font the sizes are reckoned with (Streamlit ships it); '' if it moved."""
    media = Path(streamlit.__file__).parent / "static" / "static" / "media"
    return next((f"/static/media/{p.name}" for p in sorted(media.glob("SourceSansVF-Upright*.woff2"))), "")


def version(sizes: Sizes) -> str:
    """Changes when the document around the content does: an open page then loads itself anew."""
    return _digest(*_assets().values(), _font(), repr((sizes, palette.LIGHT, palette.DARK)))


def html(shown: Mapping[str, Any]) -> str:
    """The part of the page that is swapped."""
    return _templates().get_template("wall_content.html.j2").render(shown)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def page(request: Request) -> Response:
    """GET /layar: the whole document."""
    want = asked(request.query_params)
    shown, sizes = show(want)
    inner = html(shown)
    body = (
        _templates()
        .get_template("wall.html.j2")
        .render(
            shown=shown,
            content=inner,
            digest=_digest(inner),
            version=version(sizes),
            sizes=sizes,
            colours=palette.of(want.theme),
            font=_font(),
            assets=_assets(),
            cut_off=words.text("wall.cut_off", want.view.language),
            held=words.text("wall.held", want.view.language),
        )
    )
    return HTMLResponse(body, headers={"cache-control": "no-store"})


def part(request: Request) -> Response:
    """GET /layar/isi: {version, build, title, content (a digest), html}; 304 where the page has it already."""
    shown, sizes = show(asked(request.query_params))
    inner = html(shown)
    said = {
        "version": version(sizes),
        "build": shown["build"],
        "title": shown["title"],
        "content": _digest(inner),
        "html": inner,
    }
    tag = f'"{_digest(*map(str, said.values()))}"'
    headers = {"etag": tag, "cache-control": "no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return JSONResponse(said, headers=headers)
