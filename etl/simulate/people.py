"""Who comes where, when, and for how long. Everything random comes from one generator; nothing loops over people."""

from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Self

import numpy as np
import numpy.typing as npt

from etl.simulate import laws, venues
from etl.simulate.city import City
from etl.simulate.venues import Venue

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
DAY = 86_400


@dataclass(frozen=True)
class World:
    """The active sites by day: matrices [day, site]; seconds count from the midnight the period begins with."""

    city: City
    venues: list[Venue]
    open: Flags
    opens: Ints
    closes: Ints
    doors: Ints  # how many doors have a code; the venue's doors are in the order of installation
    guests: Floats  # expected who scan, relative
    staff: Floats  # [site], relative
    staff_open: Flags  # staff scan
    given: dict[str, float]  # rates that replace those of every law


@dataclass(frozen=True)
class Visits:
    """One entry a visit: day and site by index, person, seconds of entry and leaving."""

    day: Ints
    site: Ints
    person: Ints
    arrive: Ints
    left: Ints
    staff: Flags

    def take(self, which: Flags | Ints) -> Self:
        """Some of them, or all in another order."""
        return type(self)(*(getattr(self, f.name)[which] for f in fields(self)))

    def plus(self, other: Self) -> Self:
        """These, then those."""
        return type(self)(*(np.concatenate([getattr(self, f.name), getattr(other, f.name)]) for f in fields(self)))


def world(city: City, planned: list[Venue], given: dict[str, float]) -> World:
    """Opening hours, codes and expected guests of each site and day."""
    found = [v for v in planned if any(d.installed and d.installed <= city.days[-1] for d in v.doors)]
    shape = (len(city.days), len(found))
    is_open, guests = np.zeros(shape, bool), np.zeros(shape)
    opens, closes, doors = (np.zeros(shape, np.int64) for _ in range(3))
    staff_open = np.zeros(shape, bool)
    volumes = [city.volume(day) for day in city.days]
    for s, venue in enumerate(found):
        law = venue.law
        dates = [d.installed for d in venue.doors if d.installed]
        for d, day in enumerate(city.days):
            doors[d, s] = sum(at <= day for at in dates)
            closed = day.isoweekday() not in law.days or (day in city.holidays and not law.holidays)
            if not doors[d, s] or closed or day not in city.asked or city.closed(venue.category, venue.place_id, day):
                continue
            is_open[d, s] = True
            friday = day.isoweekday() == 5 and law.friday_closes
            opens[d, s] = d * DAY + int(venue.opens * 3600)
            closes[d, s] = d * DAY + int((law.friday_closes if friday else venue.closes) * 3600)
            free = day.isoweekday() >= 6 or day in city.holidays
            ramp = laws.FIRST_SHARE + (1 - laws.FIRST_SHARE) * min(1.0, (day - dates[0]).days / laws.FIRST_DAYS)
            guests[d, s] = law.guests * venue.size * volumes[d] * ramp * (law.weekend if free else 1)
            staff_open[d, s] = venue.use == "yes"
            if venue.use == "never" or (venue.use == "fading" and _faded(city, day)):
                guests[d, s] = 0
            elif venue.use == "hardly":
                guests[d, s] = min(guests[d, s], laws.HARDLY_A_DAY)
    staff = np.array([v.law.staff * v.size for v in found])
    return World(city, found, is_open, opens, closes, doors, guests, staff, staff_open, given)


def _faded(city: City, day: date) -> bool:
    return day >= city.days[len(city.days) // 3]


def column(w: World, value: str) -> Floats:
    """A number of each site's law, by site; where it is given for all, that one."""
    if value in w.given:
        return np.full(len(w.venues), w.given[value])
    return np.array([float(getattr(v.law, value)) for v in w.venues])


def staff_visits(w: World, scale: float, rng: np.random.Generator) -> tuple[Visits, int]:
    """The regulars' days (with their lunches); and how many regulars there are, numbered from 0."""
    wanted = w.staff * scale * (w.open & w.staff_open).any(axis=0)
    count = np.floor(wanted + rng.random(len(wanted))).astype(np.int64)
    site = np.repeat(np.arange(len(count)), count)
    days_a_week = np.array([min(5, len(v.law.days)) / len(v.law.days) for v in w.venues])
    present = rng.random((len(w.city.days), len(site))) < laws.RATES.attendance * days_a_week[site]
    present &= (w.open & w.staff_open)[:, site]
    day, person = np.nonzero(present)
    at = site[person]
    n = len(day)
    late_shift = (w.closes - w.opens)[day, at] > 10 * 3600
    shift = np.where(late_shift & (person % 2 == 1), 4 * 3600, 0)
    arrive = w.opens[day, at] + shift + (rng.normal(-600, 720, n)).clip(-2400, 2400).astype(np.int64)
    left = arrive + (rng.uniform(*laws.STAFF_HOURS, n) * 3600).astype(np.int64)
    all_day = Visits(day, at, person, arrive, left, np.ones(n, bool))
    lunch = rng.random(n) < laws.RATES.lunches
    after = all_day.take(lunch)
    out = all_day.arrive + laws.LUNCH_AFTER
    before = replace(all_day, left=np.where(lunch, out, left))
    after = replace(after, arrive=after.arrive + laws.LUNCH_AFTER + laws.LUNCH_SECONDS)
    return before.plus(after), len(site)


def guest_visits(w: World, expected: Floats, first_person: int, rng: np.random.Generator) -> tuple[Visits, int]:
    """Guests for the expected numbers [day, site], some coming twice; and the size of their pool."""
    once, pool = _once(w, expected, first_person, rng)
    again = rng.random(len(once.day)) < laws.RATES.returns
    back = once.take(again)
    n = len(back.day)
    elsewhere = np.roll(back.site, 1)
    same = (rng.random(n) < laws.RATES.same_site_returns) | (np.roll(back.day, 1) != back.day)
    site = np.where(same, back.site, elsewhere)
    arrive = back.left + rng.integers(*laws.RETURN_SECONDS, n)
    found = replace(back, site=site, arrive=arrive, left=_leave(w, back.day, site, arrive, rng))
    fits = w.open[back.day, site] & (arrive >= w.opens[back.day, site])
    fits &= arrive < w.closes[back.day, site] - laws.LAST_ENTRY
    return once.plus(found.take(fits)), pool


def unscanned_visits(w: World, expected: Floats, rng: np.random.Generator) -> Visits:
    """Guests who come and never scan; they are nobody in particular."""
    share = column(w, "never_scan")
    return _once(w, expected * share / (1 - share), 0, rng)[0]


def _once(w: World, expected: Floats, first_person: int, rng: np.random.Generator) -> tuple[Visits, int]:
    """At most one visit a person and day: so no two check-ins of a person fall together by accident."""
    counts = rng.poisson(expected)
    day, site = (np.repeat(axis.ravel(), counts.ravel()) for axis in np.indices(counts.shape))
    by_day = counts.sum(axis=1)
    busiest = int(by_day.max(initial=0))
    pool = max(2 * busiest, len(day) // laws.VISITS_OF_A_GUEST) + 2
    frequent = max(int(pool * laws.RATES.frequent_people), (busiest + 1) // 2)
    person = np.concatenate([_crowd(int(n), frequent, pool, rng) for n in by_day] or [np.empty(0, np.int64)])
    early = rng.random(len(day)) < 0.4
    along = np.where(early, rng.beta(3, 7, len(day)), rng.beta(5, 3, len(day)))
    room = w.closes[day, site] - w.opens[day, site] - laws.LAST_ENTRY
    arrive = w.opens[day, site] + (along * room).astype(np.int64)
    left = _leave(w, day, site, arrive, rng)
    return Visits(day, site, person + first_person, arrive, left, np.zeros(len(day), bool)), pool


def _crowd(n: int, frequent: int, pool: int, rng: np.random.Generator) -> Ints:
    """`n` different people: half of them from the frequent ones at the front of the pool, in random order."""
    often = n // 2
    found = np.concatenate(
        [rng.permutation(frequent)[:often], frequent + rng.permutation(pool - frequent)[: n - often]]
    )
    return rng.permutation(found)


def _leave(w: World, day: Ints, site: Ints, arrive: Ints, rng: np.random.Generator) -> Ints:
    """The dwell law: a mixture of two lognormals by category, cut off soon after closing."""
    n = len(site)
    laws_of = np.array([v.law.dwell for v in w.venues]).reshape(-1, 5)[site]
    short = rng.random(n) < laws_of[:, 0]
    median = np.where(short, laws_of[:, 1], laws_of[:, 3])
    sigma = np.where(short, laws_of[:, 2], laws_of[:, 4])
    minutes = median * np.exp(sigma * rng.standard_normal(n))
    stay = np.maximum((minutes * 60).astype(np.int64), 60)
    latest = w.closes[day, site] + rng.integers(0, laws.AFTER_CLOSING, n)
    left: Ints = np.minimum(arrive + stay, latest)
    return left


def low_day(w: World) -> tuple[int, Flags]:
    """The day (index) that loses most of its rows, and at which sites."""
    return len(w.city.days) * 3 // 10, np.array([v.source_id == venues.LOW_SOURCE for v in w.venues], bool)
