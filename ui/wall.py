"""What Layar, the wall display, shows: a plain dict of words and numbers from the figures; no HTML, no request.

Layar is an HTML page of our own server, for a kiosk that runs for weeks without a keyboard: the page polls the content
and swaps it in, and the server keeps nothing of a viewer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from core import clock, formats, legibility, palette, settings, wall_words, words
from core.capacity import Level
from core.rollout import STATES
from core.view import View
from queries import coverage, crowding
from ui import wall_map, wall_matters, wall_strips

ROWS = 5


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


def content(figures: Figures, sizes: Sizes) -> dict[str, Any]:
    """What the wall shows: bar, notice, scenes, rail. Numbers and words only; the templates escape and draw."""
    view, language = figures.view, figures.view.language

    def text(key: str, **fields: object) -> str:
        return words.text(key, language, **fields)

    offices = coverage.counts(figures.cells)
    verdicts = crowding.counts(figures.hours)
    reasons = set(figures.hours["limit_reason"])
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
                    wall_words.crowding(verdicts, reasons, view.moment, figures.mode, language), sizes.sentence, lines
                ),
                **_crowding(figures, sizes),
            },
            wall_matters.scene(
                figures.matters, figures.sources_in, language, roomy=sizes.roomy, letters=sizes.sentence
            ),
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
        "inside": words.text(
            f"wall.inside.{kind}" if sizes.roomy else f"wall.brief.inside.{kind}",
            language,
            mark=_mark(listed, language),
        ),
        "map": _map(outline, hours, list(listed.index), language) if outline else None,
        "legend": [
            *({"disc": (b, b), "word": words.text(f"wall.band.{b}", language)} for b in palette.LIGHT.band),
            {"disc": ("nearly_full", "full"), "word": words.text("wall.band.split", language)},
            {"disc": ("unknown", "unknown"), "word": words.text("wall.band.undecided", language)},
        ],
    }


def _mark(listed: pd.DataFrame, language: str) -> str:
    """What the persons of the rows are: an estimate, a rough one, or one that may still change."""
    sure = "rough" if crowding.rough(listed) else "provisional" if listed["provisional"].any() else "likely"
    return words.text(f"wall.mark.{sure}", language)


def _map(outline: wall_map.Outlines, hours: pd.DataFrame, listed: list[int], language: str) -> dict[str, Any]:
    """Discs of the places with a position, worst on top, and leader lines to those listed, which are larger."""
    discs, listed_discs, points = [], [], []
    placed = hours.dropna(subset=["lat", "lon"])
    for index, row in list(placed.to_dict("index").items())[::-1]:
        x, y = outline.projection.at(row["lat"], row["lon"])
        shape = {"x": x, "y": y, "disc": disc(row), "dashed": row["position_simulated"]}
        if index in listed:
            listed_discs.append(shape | {"r": 17})
            points.append((listed.index(index) + 1, x, y))
        else:
            discs.append(shape | {"r": 11})
    off = len(hours) - len(placed)
    return {
        "width": wall_map.WIDTH,
        "height": wall_map.HEIGHT,
        "paths": outline.paths,
        "discs": discs,
        "listed": listed_discs,
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
