"""Guards for parks: whom to expect, and which parks open in which shift with so many guards. Pure rules.

Only a guarded park may open. Those that need guards are the ones whose QR code is not in use, where no scan tells how
many come: so they are ranked by persons counted by head or reckoned from their area, and never by scans.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from core import rules

CATEGORY = "taman"
SHIFTS = ((8, 16), (16, 24))  # hours (WIB), as Satpol PP posts its officers
GUARDS, GUARDS_AT_MOST = 8, 200  # a shift: what Satpol PP posted in 2021; and what a screen takes
MINIMUM = 2  # guards a park and shift; our choice, shown as 'asumsi'
# Why a park gets no guards, those that hold for the whole day first: closed by a dated order or rule; nobody knows
# which rule is in force; its QR code is in use, so it needs none of these; known hours leave the shift out; too few.
BARS = ("closed", "rule", "own")
REASONS = (*BARS, "hours", "short")


@dataclass(frozen=True)
class Expected:
    """Persons inside at the peak of a shift; `basis`: 'weekday', 'work' or 'off' (counted, on `n` like days), or 'area'
    (from `n` counted parks)."""

    persons: float
    basis: str
    n: int


@dataclass(frozen=True)
class Park:
    """A park to plan for; `bar` of BARS, None where it may be guarded. By shift: whom to expect, None where not known,
    and whether its known hours leave the shift out."""

    place_id: str
    name: str
    bar: str | None = None
    expected: tuple[Expected | None, ...] = (None,) * len(SHIFTS)
    shut: tuple[bool, ...] = (False,) * len(SHIFTS)


@dataclass(frozen=True)
class Post:
    """A team at a park for a whole shift; `shift` counts SHIFTS from 0, teams count from 1 in each."""

    place_id: str
    shift: int
    team: int
    guards: int


def ranked(parks: Iterable[Park], shift: int) -> list[Park]:
    """Parks by persons expected, most first; as many: counted before reckoned, then by name. Not known: last."""

    def order(park: Park) -> tuple[bool, float, bool, str, str]:
        found = park.expected[shift]
        if found is None:
            return True, 0, True, park.name, park.place_id
        return False, -found.persons, found.basis == "area", park.name, park.place_id

    return sorted(parks, key=order)


def assign(parks: Sequence[Park], guards: int, minimum: int = MINIMUM) -> list[Post]:
    """Teams of `minimum` for whole shifts, `guards` in each: a park opens in a shift only with its minimum.

    What is left of the guards, less than a team or more than there are parks, stays in reserve. Raises ValueError for
    fewer than 0 guards or a team of nobody.
    """
    if guards < 0 or minimum < 1:
        raise ValueError(f"{guards=}, {minimum=}")
    posts = []
    for shift in range(len(SHIFTS)):
        able = [p for p in ranked(parks, shift) if p.bar is None and not p.shut[shift]]
        posts += [
            Post(park.place_id, shift, team, minimum) for team, park in enumerate(able[: guards // minimum], 1)
        ]  # fmt: skip
    return posts


def reserve(posts: Iterable[Post], guards: int) -> list[int]:
    """Guards of each shift who have no post."""
    taken = [0] * len(SHIFTS)
    for post in posts:
        taken[post.shift] += post.guards
    return [guards - n for n in taken]


def why_not(park: Park, shift: int, posts: Iterable[Post]) -> str | None:
    """Of REASONS why a park has no guards in a shift; None where it has."""
    if any(p.place_id == park.place_id and p.shift == shift for p in posts):
        return None
    return park.bar or ("hours" if park.shut[shift] else "short")


def from_counts(
    day: date, peaks: Mapping[date, int], level_of: Callable[[date], int | None], holidays: frozenset[date]
) -> Expected | None:
    """The median peak of the like days before `day`: same weekday and level, no holiday, as 'biasanya' has it.

    With fewer than LIKE_DAYS_NEEDED of them, of the days of the same kind (working days; weekends and holidays) and
    level; with fewer of these too, or the level of `day` not known, None.
    """
    level = level_of(day)
    if level is None:
        return None
    before = [d for d in peaks if d < day and level_of(d) == level]

    def off(d: date) -> bool:
        return d.isoweekday() > 5 or d in holidays

    same = [d for d in before if d.weekday() == day.weekday() and not {d, day} & holidays]
    kind = [d for d in before if off(d) == off(day)]
    for basis, days in (("weekday", same), ("off" if off(day) else "work", kind)):
        if len(days) >= rules.LIKE_DAYS_NEEDED:
            return Expected(float(median(peaks[d] for d in days)), basis, len(days))
    return None


def from_area(area: float | None, counted: Mapping[str, Expected], areas: Mapping[str, float]) -> Expected | None:
    """Persons by the median of persons a square metre over the counted parks whose area is known; None without one."""
    ratios = [found.persons / areas[place] for place, found in counted.items() if place in areas]
    if area is None or not ratios:
        return None
    return Expected(median(ratios) * area, "area", len(ratios))


def shut(shift: int, hours: Sequence[tuple[int, int]] | None) -> bool:
    """Whether a shift lies outside all of a day's known hours (minutes from midnight); False where none are known."""
    first, last = (h * 60 for h in SHIFTS[shift])
    return hours is not None and not any(opens < last and closes > first for opens, closes in hours)
