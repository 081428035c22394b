"""Sentences and numbers of the wall screen: as short as its lines, which are counted in letters."""

import textwrap
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from core import formats, words

_LETTERS = 52 * 76  # of a line of the first sentence, times the px of its font: the grid holds 52 letters at 76 px
_ROOMY_PX = 60  # smallest fonts above it leave room for the brief words only


def roomy(smallest_px: int) -> bool:
    """Whether the full words fit; else the brief ones are said."""
    return smallest_px <= _ROOMY_PX


def fit(candidates: Sequence[str], sentence_px: int, lines: int) -> str:
    """The first sentence that takes at most `lines` lines at that font; the last if none does."""
    letters = _LETTERS // sentence_px
    return next((c for c in candidates if len(textwrap.wrap(c, letters)) <= lines), candidates[-1])


def number(value: int, language: str) -> str:
    """Three significant digits: 4321 -> '4.320', 12400 -> '12,4 ribu', 1234567 -> '1,23 juta'."""
    if value < 1000:
        return formats.number(value, 0, language)
    digits = len(str(value))
    rounded = round(value, 3 - digits)
    if rounded < 10_000:
        return formats.number(rounded, 0, language)
    size, key = (1_000_000, "wall.million") if rounded >= 1_000_000 else (1_000, "wall.thousand")
    decimals = 3 - len(str(rounded // size))
    return words.text(key, language, n=formats.number(rounded / size, max(decimals, 0), language))


def clock(moment: datetime, language: str) -> str:
    """'15.00'; a midnight that ends a day is '24.00'."""
    return _time(moment.hour or 24, 0, language) if moment.minute == 0 else _time(moment.hour, moment.minute, language)


def _time(hour: int, minute: int, language: str) -> str:
    return f"{hour:02d}{'.' if language == 'id' else ':'}{minute:02d}"


def when(moment: datetime, mode: str, language: str) -> str:
    """The whole hour before the moment: 'Pukul 14.00-15.00'; only young data are 'Sekarang'."""
    first = moment - timedelta(hours=1)
    span = {"first": _time(first.hour, 0, language), "last": _time(moment.hour or 24, 0, language)}
    return words.text(f"wall.when.{mode}", language, **span)


def coverage(offices: Mapping[str, int], language: str) -> list[str]:
    """'Dari 57 kantor kelurahan: ...' from long to short; `offices` as queries.coverage.counts gives them."""
    if not offices:
        return [words.text("wall.no_offices", language)]
    return [words.text(f"wall.coverage.{size}", language, **offices) for size in ("full", "short", "least")]


def crowding(verdicts: Mapping[str, int], reasons: set[str], moment: datetime, mode: str, language: str) -> list[str]:
    """'Pukul 14.00-15.00: 2 dari 99 tempat melebihi batas, ...' from long to short.

    `verdicts` as queries.crowding.counts; `reasons` why limits are not known ('' where one is): where nothing is judged
    for one reason, it says so.
    """
    places = sum(verdicts.values())
    said: dict[str, object] = {"when": when(moment, mode, language), "places": places, "n": places, **verdicts}
    if not places:
        return [words.text("wall.no_places", language, **said)]
    if verdicts["undecided"] == places:
        mixed = words.text("wall.undecided_mixed", language, **said)
        if len(reasons) != 1 or "" in reasons:
            return [mixed]
        reason = words.text(f"limit_reason.{next(iter(reasons))}", language)
        return [words.text("wall.undecided", language, **said, reason=reason), mixed]
    return [words.text(f"wall.crowding.{size}", language, **said) for size in ("full", "short", "least")]
