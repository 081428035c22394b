"""Jadwal Jaga over HTTP: one A4 page for a black-and-white printer, also a page to keep on a phone."""

import logging
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from core import builds, formats, guard_words, guards, settings, words
from core import view as views
from core.errors import PantauError
from queries import city
from reports import guards as reports

PATH = "/jadwal-jaga"
_LOG = logging.getLogger(__name__)


def whole(text: str | None, default: int, least: int) -> int | None:
    """A number of guards from a URL: the default where it is not asked for, None where it is none."""
    if text is None:
        return default
    good = text.isascii() and text.isdecimal() and len(text) <= len(str(guards.GUARDS_AT_MOST))
    return int(text) if good and least <= int(text) <= guards.GUARDS_AT_MOST else None


@cache
def _template() -> jinja2.Template:
    loader = jinja2.FileSystemLoader(Path(__file__).parent)
    return jinja2.Environment(
        loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True, auto_reload=False
    ).get_template("guards_sheet.html.j2")  # fmt: skip


def page(request: Request) -> Response:
    """GET /jadwal-jaga: the sheet of the View in the URL, with `petugas` and `minimum`; 503 without data."""
    query = dict(request.query_params)
    asked = views.asked(query)
    try:
        plan, bad = _plan(asked, query)
    except PantauError as error:
        _LOG.warning("jadwal-jaga: %s", error.key)
        return _said(words.text(error.key, asked.language, **error.fields), asked.language)
    if plan is None:
        return _said(words.text("guards.sheet.no_data", asked.language), asked.language)
    language = plan.view.language
    link = urlencode(views.to_query(plan.view) | plan.query, safe=":")
    body = _template().render(
        plan=plan,
        text=lambda key, **fields: words.text(key, language, **fields),
        team=lambda post: guard_words.team(post, language),
        reckoned=lambda one: guard_words.reckoned(one, language),
        shifts=[guard_words.shift(k) for k in range(len(guards.SHIFTS))],
        left=[{"why": why, "names": names, "n": len(names)} for why, names in guard_words.left(plan.lines)],
        day=formats.day(plan.day, language),
        city=city.facts(plan.view.build)["city"],
        data_at=formats.moment(plan.data_at, language) if plan.data_at else words.text("value.unknown", language),
        bad=words.text("view.fell_back", language, keys=", ".join(bad)) if bad else "",
        rounded=guard_words.ROUNDED_TO,
        link=f"?{link}",
    )
    return HTMLResponse(body, headers={"cache-control": "no-store"})


def _plan(asked: views.Asked, query: dict[str, str]) -> tuple[reports.Plan | None, list[str]]:
    """The plan, and the keys of the URL that could not be used."""
    served = builds.usable(settings.load())
    if served is None:
        return None, []
    wanted = asked.build
    build = wanted if wanted is not None and builds.readable(wanted) else served.build
    extent = city.extent(build)
    if extent is None:
        return None, []
    view, fallen = views.resolve(asked, extent)
    numbers = {}
    for key, default, least in (("petugas", guards.GUARDS, 0), ("minimum", guards.MINIMUM, 1)):
        found = whole(query.get(key), default, least)
        numbers[key] = default if found is None else found
        fallen += () if found is not None else (key,)
    return reports.plan(view, numbers["petugas"], numbers["minimum"]), list(fallen)


def _said(text: str, language: str) -> Response:
    page = jinja2.Environment(autoescape=True).from_string(
        '<!DOCTYPE html><html lang="{{ language }}"><meta charset="utf-8"><title>{{ text }}</title><p>{{ text }}'
    )
    return HTMLResponse(page.render(text=text, language=language), 503, headers={"cache-control": "no-store"})
