"""Layar, the wall display: an HTML page of our own server, for a kiosk that runs for weeks without a keyboard.

`read` asks the queries, `content` says what is shown (a plain dict, no HTML), the templates draw it. The page polls the
content and swaps it in; the server keeps nothing of a viewer.
"""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd
import streamlit
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from core import builds, clock, formats, legibility, palette, settings, wall_words, words
from core import view as views
from core.crowding import Level
from core.errors import PantauError
from core.rollout import STATES
from core.view import View
from queries import city, coverage, crowding, followup
from ui import wall_map, wall_strips

HERE = Path(__file__).parent
THEMES = {"terang": "light", "gelap": "dark"}
ROWS = 5
_LOG = logging.getLogger(__name__)
_KEYS = ("v", "saat", "bahasa")  # the wall shows the whole city: other keys of the View have no meaning here


@dataclass(frozen=True)
class Figures:
    """What the queries say of one moment. `now` is None in history; `level` None where no instrument is on record."""

    view: View
    city: str
    mode: str
    now: datetime | None
    last_scan: datetime | None
    simulated: bool
    levels_known: bool
    level: Level | None
    cells: pd.DataFrame
    hours: pd.DataFrame
    matters: pd.DataFrame
    late: pd.DataFrame
    sources_in: int
    fell_back: tuple[str, ...] = ()
    older: bool = False  # the newest build is damaged


@dataclass(frozen=True)
class Sizes:
    """Fonts in px of a 1080 px high screen, from its diagonal and the distance."""

    smallest: int = 56
    sentence: int = 76
    seconds: int = 30

    @classmethod
    def of(cls, here: settings.Settings) -> "Sizes":
        inches, metres = here.layar_inci, here.layar_jarak_m
        return cls(
            # A screen larger than the words need keeps the grid's proportions.
            max(legibility.smallest_px(inches, metres), 48),
            max(legibility.sentence_px(inches, metres), 65),
            here.layar_detik,
        )

    @property
    def roomy(self) -> bool:
        return wall_words.roomy(self.smallest)


@dataclass(frozen=True)
class Asked:
    """The URL of the wall: what of the View, the theme, and the keys that cannot be used."""

    view: views.Asked
    theme: str
    bad: tuple[str, ...] = field(default=())


def asked(query: Mapping[str, str]) -> Asked:
    """Reads the URL. Filters and periods of the View do not apply to the wall; they are named, not passed over."""
    found = views.asked({key: query[key] for key in _KEYS if key in query})
    bad = [*found.bad, *(key for key in ("dari", "sampai", "jam", *views.CODES.values()) if key in query)]
    if (theme := query.get("tema", "terang")) not in THEMES:
        theme, bad = "terang", [*bad, "tema"]
    return Asked(found, THEMES[theme], tuple(bad))


def read(want: Asked, served: builds.Current, *, older: bool) -> Figures | None:
    """The figures of the served build, or of the one the URL names while it is on disk; None where no day is known."""
    build, bad = served.build, want.bad
    if want.view.build not in (None, build):
        if want.view.build in builds.on_disk(settings.load()):
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
    book = crowding.rulebook(build)
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


def content(figures: Figures, sizes: Sizes) -> dict[str, Any]:
    """What the wall shows: bar, notice, scenes, rail. Numbers and words only; the templates escape and draw."""
    view, language = figures.view, figures.view.language

    def text(key: str, **fields: object) -> str:
        return words.text(key, language, **fields)

    offices = coverage.counts(figures.cells)
    verdicts = crowding.counts(figures.hours)
    lines = 2 if sizes.roomy else 1
    return {
        "state": "figures",
        "language": language,
        "title": text("wall.title", city=figures.city),
        "build": view.build,
        "roomy": sizes.roomy,
        "late": len(figures.late) > 0,
        "bar": _bar(figures, sizes),
        "notice": _notice(figures),
        "scenes": [
            {
                "name": "coverage",
                "label": text("wall.scene.coverage"),
                "sentence": wall_words.fit(
                    wall_words.coverage(offices.get("kelurahan", {}), language), sizes.sentence, lines
                ),
                "strips": wall_strips.strips(figures.cells, language),
                "legend": [{"state": s, "word": text(f"chart.state.{s}")} for s in STATES],
            },
            {
                "name": "crowding",
                "label": text("wall.scene.crowding"),
                "sentence": wall_words.fit(
                    wall_words.crowding(verdicts, view.moment, figures.mode, language), sizes.sentence, lines
                ),
                **_crowding(figures, sizes),
            },
        ],
        "rail": _rail(figures, offices, verdicts, sizes),
    }


def _bar(figures: Figures, sizes: Sizes) -> dict[str, str]:
    """Day and level at left, the mark of simulated data, and the moment the data are of."""
    view, language, now = figures.view, figures.view.language, figures.now

    def text(key: str, **fields: object) -> str:
        return words.text(key, language, **fields)

    # Midnight belongs to the day that ends with it.
    day = (now or view.moment - timedelta(hours=1)).date()
    said = [formats.day(day, language) if sizes.roomy else f"{formats.day(day, language, long=False)} {day.year}"]
    if figures.mode == clock.RIWAYAT and not figures.simulated:
        # Simulated data say so already, in the chip, and there is no room for both.
        said = [text("wall.history", day=said[0])]
    if figures.levels_known:
        level = figures.level
        number = level.level if level else None
        if number == 0:
            words_of_level = text("wall.level_none")
        else:
            key = "wall.level" if sizes.roomy else "wall.brief.level"
            words_of_level = text(key, level="?" if number is None else number)
        unsure = level is not None and number is not None and not level.confirmed
        said.append(text("wall.unconfirmed", what=words_of_level) if unsure else words_of_level)
    of = figures.last_scan if now and figures.last_scan else view.moment
    time = wall_words.clock(of, language)
    if now and of.date() != now.date():
        time = f"{formats.day(of.date(), language, long=False)} {time}"
    return {
        "left": " · ".join(said),
        "clock": wall_words.clock(now, language) if now else "",
        "chip": text("head.simulated" if sizes.roomy else "wall.brief.simulated") if figures.simulated else "",
        "right": text("wall.data_at" if sizes.roomy else "wall.brief.data_at", time=time),
    }


def _notice(figures: Figures) -> dict[str, str] | None:
    """The worst thing to know about the data, in one line: damaged before late before partial before a bad link."""
    language, late = figures.view.language, figures.late

    def text(key: str, **fields: object) -> str:
        return words.text(key, language, **fields)

    if figures.older:
        return {"kind": "alarm", "text": text("wall.older")}
    if len(late):
        worst = late.iloc[0]  # the latest first
        said = {
            "days": int(worst["days_late"]),
            "last": formats.day(pd.Timestamp(worst["last"]).date(), language, long=False).split(" ", 1)[1],
        }
        if len(late) == 1:
            return {"kind": "alarm", "text": text("wall.late", source=worst["name"], **said)}
        return {"kind": "alarm", "text": text("wall.late_more", n=len(late), **said)}
    reported = figures.hours.dropna(subset="kelurahan_code").groupby("kelurahan_code")["covered"].any()
    if not reported.all():
        return {"kind": "note", "text": text("wall.partial", n=int(reported.sum()), total=len(reported))}
    if figures.fell_back:
        return {"kind": "note", "text": text("wall.fell_back", keys=", ".join(figures.fell_back))}
    return None


def _rail(
    figures: Figures, offices: Mapping[str, Mapping[str, int]], verdicts: Mapping[str, int], sizes: Sizes
) -> list[dict[str, str]]:
    """The three answers that stand under every scene."""
    language, roomy = figures.view.language, sizes.roomy

    def text(key: str, **fields: object) -> str:
        return words.text(key, language, **fields)

    shown = [n for level, n in offices.items() if roomy or level == "kelurahan"]
    in_use = " · ".join(f"{n['in_use']}/{n['total']}" for n in shown) or "-"
    judged = sum(verdicts.values()) - verdicts["undecided"]
    matters = len(figures.matters)
    return [
        {"value": in_use, "label": text("wall.rail.in_use" if roomy else "wall.brief.rail.in_use")},
        {
            # None judged is not none over.
            "value": text("wall.rail.verdicts" if roomy else "wall.brief.rail.verdicts", **verdicts) if judged else "?",
            "label": text("wall.rail.over"),
        },
        {
            "value": text("wall.rail.matters", n=matters, new=int(figures.matters["is_new"].sum()))
            if matters
            else text("wall.rail.no_matter", n=figures.sources_in),
            "label": text("wall.rail.follow_up" if roomy else "wall.brief.rail.follow_up"),
        },
    ]


def _crowding(figures: Figures, sizes: Sizes) -> dict[str, Any]:
    """Map, rows and legend of the crowding scene."""
    language = figures.view.language
    hours = figures.hours.reset_index(drop=True)
    # The fullest of those with a limit; where there are too few, those whose persons are known but not their limit.
    listed = hours[(hours["verdict"] != "undecided") | hours["high"].notna()].head(ROWS if sizes.roomy else 3)
    kinds = set(listed["limit_kind"]) - {"unknown", "closed"}
    kind = "capacity" if kinds == {"capacity"} else "cap"
    rows = []
    for number, row in enumerate(listed.to_dict("records"), 1):
        rows.append(
            {
                "number": number,
                "disc": disc(row),
                "name": _short_name(row),
                "inside": _range(row["low"], row["high"], language),
                "limit": _limit(row, language),
            }
        )
    outline = wall_map.outlines(figures.view.build) if len(figures.hours) else None
    return {
        "rows": rows,
        "inside": words.text(f"wall.inside.{kind}" if sizes.roomy else f"wall.brief.inside.{kind}", language),
        "map": _map(outline, hours, list(listed.index), language) if outline else None,
        "legend": [
            *({"disc": (b, b), "word": words.text(f"wall.band.{b}", language)} for b in palette.LIGHT.band),
            {"disc": ("nearly_full", "full"), "word": words.text("wall.band.split", language)},
            {"disc": ("unknown", "unknown"), "word": words.text("wall.band.undecided", language)},
        ],
    }


def _map(outline: wall_map.Outlines, hours: pd.DataFrame, listed: list[int], language: str) -> dict[str, Any]:
    """Discs of the places with a position, worst on top, and leader lines to those listed."""
    discs, points = [], []
    placed = hours.dropna(subset=["lat", "lon"])
    for index, row in list(placed.to_dict("index").items())[::-1]:
        x, y = outline.projection.at(row["lat"], row["lon"])
        large = index in listed
        discs.append({"x": x, "y": y, "r": 17 if large else 11, "disc": disc(row), "dashed": row["position_simulated"]})
        if large:
            points.append((listed.index(index) + 1, x, y))
    off = len(hours) - len(placed)
    return {
        "width": wall_map.WIDTH,
        "height": wall_map.HEIGHT,
        "paths": outline.paths,
        "discs": discs,
        "leaders": wall_map.leaders(points),
        "label": words.text("wall.map", language),
        "off": words.text("wall.off_map", language, n=off) if off else "",
    }


def disc(row: Mapping[str, Any]) -> tuple[str, str]:
    """Left and right half of a place's disc: the bands of the low and the high end.

    'unknown' is hatched: not judged. A closed place has no share: 'none' while it is empty, else full.
    """
    if row["verdict"] == "undecided":
        return "unknown", "unknown"
    if row["limit_kind"] == "closed":
        low, high = ("full" if n > 0 else "none" for n in (row["low"], row["high"]))
        return low, high
    return row["band_low"], row["band_high"]


def _short_name(row: Mapping[str, Any]) -> str:
    """'Kantor Kelurahan Sukun' -> 'Kelurahan Sukun': on the wall the first word of an office says nothing."""
    name, category = str(row["name"]), row["category"]
    office = isinstance(category, str) and category.startswith("kantor")
    return name.removeprefix("Kantor ") if office else name


def _range(low: Any, high: Any, language: str) -> str:
    if pd.isna(low) or pd.isna(high):
        return "?"
    first, last = (wall_words.number(int(n), language) for n in (low, high))
    return first if first == last else f"{first}-{last}"


def _limit(row: Mapping[str, Any], language: str) -> str:
    if row["limit_kind"] == "closed":
        return words.text("wall.closed", language)
    return "?" if pd.isna(row["limit"]) else wall_words.number(int(row["limit"]), language)


def nothing(language: str, *, damaged: str = "", outline: wall_map.Outlines | None = None) -> dict[str, Any]:
    """The wall without figures: empty, with the city hatched where it is known, or `damaged` with what is wrong."""
    key = "wall.damaged" if damaged else "wall.empty"
    return {
        "state": "damaged" if damaged else "empty",
        "language": language,
        "title": words.text("app.name", language),
        "build": None,
        "roomy": True,
        "sentence": words.text(key, language),
        "how": damaged or words.text("wall.empty_how", language),
        "map": {"width": wall_map.WIDTH, "height": wall_map.HEIGHT, "paths": outline.paths} if outline else None,
    }


def show(want: Asked) -> tuple[dict[str, Any], Sizes]:
    """What the wall shows now, whatever state the data are in: nobody stands there to press a key."""
    language = want.view.language
    sizes = Sizes()
    try:
        here = settings.load()
        sizes = Sizes.of(here)
        served = builds.usable(here)
        if served is None:
            return nothing(language), sizes
        named = builds.current(here)
        found = read(want, served, older=named is not None and named.build != served.build)
        if found is None:
            return nothing(language, outline=wall_map.outlines(served.build)), sizes
        return content(found, sizes), sizes
    except PantauError as error:
        return nothing(language, damaged=words.text(error.key, language, **error.fields)), sizes
    except Exception:
        _LOG.exception("layar")
        return nothing(language, damaged=words.text("wall.damaged_how", language)), sizes


@cache
def _templates() -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(HERE)
    return jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)


@cache
def _assets() -> dict[str, str]:
    """Style and script, inlined into the one document."""
    return {name: (HERE / name).read_text("utf-8") for name in ("css/wall.css", "js/wall.js")}


@cache
def _font() -> str:
    """Where the server has the font the sizes are reckoned with (Streamlit ships it); '' if it moved."""
    media = Path(streamlit.__file__).parent / "static" / "static" / "media"
    return next((f"/static/media/{p.name}" for p in sorted(media.glob("SourceSansVF-Upright*.woff2"))), "")


def version(sizes: Sizes) -> str:
    """Changes when the page's own code or its sizes do: an open page then loads itself anew."""
    parts = [*_assets().values(), *(p.read_text("utf-8") for p in sorted(HERE.glob("wall*.j2"))), repr(sizes), _font()]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def html(shown: Mapping[str, Any]) -> str:
    """The part of the page that is swapped."""
    return _templates().get_template("wall_content.html.j2").render(shown)


def page(request: Request) -> Response:
    """GET /layar: the whole document."""
    want = asked(request.query_params)
    shown, sizes = show(want)
    document = _templates().get_template("wall.html.j2")
    body = document.render(
        shown=shown,
        content=html(shown),
        version=version(sizes),
        sizes=sizes,
        colours=palette.of(want.theme),
        font=_font(),
        assets=_assets(),
        cut_off=words.text("wall.cut_off", want.view.language),
        held=words.text("wall.held", want.view.language),
    )
    return HTMLResponse(body, headers={"cache-control": "no-store"})


def part(request: Request) -> Response:
    """GET /layar/isi: {version, build, title, html}; 304 where the page has it already."""
    shown, sizes = show(asked(request.query_params))
    said = {"version": version(sizes), "build": shown["build"], "title": shown["title"], "html": html(shown)}
    tag = f'"{hashlib.sha256(repr(said).encode()).hexdigest()[:16]}"'
    headers = {"etag": tag, "cache-control": "no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return JSONResponse(said, headers=headers)
