"""The View: what a screen shows, resolved once a run from the URL and passed to every query, report and cache."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar

_T = TypeVar("_T")
LANGUAGES = ("id", "en")
BUILD_ID = re.compile(r"\d{8}T\d{6}-[0-9a-f]{8}")
_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,63}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}(:00)?")
_HOURS = re.compile(r"(\d{1,2})-(\d{1,2})")
# Fields that hold a code of the register, and their URL keys.
CODES = {
    "kecamatan": "kec",
    "kelurahan": "kel",
    "area": "area",
    "place": "tempat",
    "category": "kategori",
    "owner": "opd",
}


@dataclass(frozen=True)
class View:
    """One view of one build.

    `first` and `last` are WIB days, both inclusive; `moment` is a whole hour (WIB), the 'per' of stages, use and
    crowding; `hours` the first and the last hour of the day, both inclusive. A code of None is everything.
    """

    build: str
    first: date
    last: date
    moment: datetime
    kecamatan: str | None = None
    kelurahan: str | None = None
    area: str | None = None
    place: str | None = None
    category: str | None = None
    owner: str | None = None
    hours: tuple[int, int] | None = None
    language: str = "id"
    scope: str = "all"  # roles can come later; never in the URL

    @property
    def filtered(self) -> tuple[str, ...]:
        """Names of the code fields that filter, in the order of CODES."""
        return tuple(name for name in CODES if getattr(self, name))

    def without_filters(self) -> "View":
        """The same period and moment over the whole city and day."""
        nothing: dict[str, Any] = dict.fromkeys(CODES)
        return replace(self, hours=None, **nothing)


@dataclass(frozen=True)
class Asked:
    """What the URL asks for, typed; `bad` names the keys whose value could not be used."""

    build: str | None = None
    first: date | None = None
    last: date | None = None
    moment: datetime | None = None
    codes: Mapping[str, str] = field(default_factory=dict)
    hours: tuple[int, int] | None = None
    language: str = "id"
    bad: tuple[str, ...] = ()


def asked(query: Mapping[str, str]) -> Asked:
    """Reads the whitelisted URL keys; anything else in the URL is ignored."""
    bad: list[str] = []

    def read(key: str, parse: Callable[[str], _T]) -> _T | None:
        raw = query.get(key)
        if raw is None:
            return None
        try:
            return parse(raw)
        except ValueError:
            bad.append(key)
            return None

    language = read("bahasa", _one_of(LANGUAGES)) or "id"
    codes = {name: code for name, key in CODES.items() if (code := read(key, _matching(_CODE)))}
    return Asked(
        read("v", _matching(BUILD_ID)),
        read("dari", date.fromisoformat),
        read("sampai", date.fromisoformat),
        read("saat", _moment),
        codes,
        read("jam", _hours),
        language,
        tuple(bad),
    )


def _matching(form: re.Pattern[str]) -> Callable[[str], str]:
    def parse(raw: str) -> str:
        if not form.fullmatch(raw):
            raise ValueError(raw)
        return raw

    return parse


def _one_of(words: tuple[str, ...]) -> Callable[[str], str]:
    return _matching(re.compile("|".join(words)))


def _moment(raw: str) -> datetime:
    if not _MOMENT.fullmatch(raw):
        raise ValueError(raw)
    return datetime.fromisoformat(raw[:13] + ":00")


def _hours(raw: str) -> tuple[int, int]:
    found = _HOURS.fullmatch(raw)
    if not found:
        raise ValueError(raw)
    first, last = int(found[1]), int(found[2])
    if not 0 <= first <= last <= 23:
        raise ValueError(raw)
    return first, last


@dataclass(frozen=True)
class Extent:
    """What one build holds: its days with scans or covered by a file, the moment it opens at, and its codes a field."""

    build: str
    first: date
    last: date
    opens_at: datetime
    codes: Mapping[str, frozenset[str]]


def resolve(want: Asked, extent: Extent, days: int = 7) -> tuple[View, tuple[str, ...]]:
    """The View for what was asked, and the keys that fell back to their default.

    The default period is the `days` days ending with the day the data open at, within the build's days; the default
    moment is the one the data open at.
    """
    bad = list(want.bad)
    if want.build is not None and want.build != extent.build:
        bad.append("v")

    def inside(key: str, value: date | None, default: date) -> date:
        if value is None:
            return default
        if not extent.first <= value <= extent.last:
            bad.append(key)
            return default
        return value

    opens = extent.opens_at.date()
    last = inside("sampai", want.last, min(opens, extent.last))
    start = date.fromordinal(max(extent.first.toordinal(), min(last, opens).toordinal() - days + 1))
    first = inside("dari", want.first, min(start, last))
    if first > last:
        bad += ["dari", "sampai"]
        first, last = min(start, opens), min(opens, extent.last)
    moment = extent.opens_at
    if want.moment is not None:
        begin = datetime.combine(extent.first, time())
        if begin <= want.moment <= datetime.combine(extent.last, time()) + timedelta(days=1):
            moment = want.moment
        else:
            bad.append("saat")
    codes = {}
    for name, code in want.codes.items():
        if code in extent.codes.get(name, frozenset()):
            codes[name] = code
        else:
            bad.append(CODES[name])
    view = View(extent.build, first, last, moment, hours=want.hours, language=want.language, **codes)
    return view, tuple(dict.fromkeys(bad))


def to_query(view: View) -> dict[str, str]:
    """The URL keys that reproduce `view`, data version included."""
    query = {
        "v": view.build,
        "dari": view.first.isoformat(),
        "sampai": view.last.isoformat(),
        "saat": view.moment.strftime("%Y-%m-%dT%H:00"),
    }
    query |= {key: code for name, key in CODES.items() if (code := getattr(view, name))}
    if view.hours:
        query["jam"] = f"{view.hours[0]}-{view.hours[1]}"
    if view.language != "id":
        query["bahasa"] = view.language
    return query
