"""From visits to rows of a log: colours, refusals, taps, check-outs, uploads, duplicates. Each row's kind is known."""

from dataclasses import dataclass, fields

import numpy as np

from etl.simulate import laws, venues
from etl.simulate.laws import RATES
from etl.simulate.people import DAY, Flags, Floats, Ints, Visits, World, column

HIJAU, KUNING, MERAH, HITAM = range(4)
COLOURS = ("hijau", "kuning", "merah", "hitam")
YES, NO, MISSING = range(3)
ADMITTED = ("ya", "tidak", "")
VISIT, REFUSED, REPEAT, CHECK_OUT, DUPLICATE = range(5)  # what a row counts as (FIGURES, Visit)


@dataclass(frozen=True)
class Marks:
    """What becomes of each visit; `tap` is seconds after the entry, 0 where there is no second check-in."""

    colour: Ints
    admitted: Ints
    refused: Flags
    tap: Ints
    checks_out: Flags

    def take(self, which: Flags | Ints) -> "Marks":
        return Marks(*(getattr(self, f.name)[which] for f in fields(self)))

    @property
    def rows(self) -> Ints:
        """Rows each visit writes, before duplicates."""
        return 1 + (self.tap > 0) + self.checks_out.astype(np.int64)


@dataclass(frozen=True)
class Scans:
    """Rows of the logs in the order of the files. `number` is the scan's id, `code` counts doors over all venues."""

    number: Ints
    ts: Ints
    code: Ints
    site: Ints
    event: Ints
    person: Ints
    colour: Ints
    admitted: Ints
    uploaded: Ints
    kind: Ints

    def take(self, which: Flags | Ints) -> "Scans":
        return Scans(*(getattr(self, f.name)[which] for f in fields(self)))


def marks(w: World, visits: Visits, u_person: Floats, guest_share: float, rng: np.random.Generator) -> Marks:
    """Draws colour, admission, taps and check-outs. `u_person` is each person's own number between 0 and 1.

    Merah and hitam are guests only, so that `guest_share` of the check-ins carries the published shares of all.
    """
    n = len(visits.day)
    u = u_person[visits.person]
    v2 = np.array([day >= laws.COLOURS_V2_FROM for day in w.city.days])[visits.day]
    ill = np.array([day >= laws.HITAM_FROM for day in w.city.days])[visits.day]
    merah = np.where(visits.staff, 0.0, RATES.merah / guest_share)
    kuning = np.where(v2, RATES.kuning_v2, RATES.kuning)
    colour = np.select([u < merah, u < merah + kuning], [MERAH, KUNING], HIJAU)
    colour[(rng.random(n) < RATES.hitam / guest_share) & ~visits.staff & ill] = HITAM
    luck = rng.random(n)
    admitted = np.where(luck < RATES.status_missing, MISSING, YES)
    red, black = colour == MERAH, colour == HITAM
    maybe = np.where(luck < RATES.merah_refused + RATES.merah_status_missing, MISSING, YES)
    admitted = np.where(red, np.where(luck < RATES.merah_refused, NO, maybe), admitted)
    admitted = np.where(black, np.where(luck < RATES.hitam_status_missing, MISSING, NO), admitted)
    refused = black | (admitted == NO)
    tapped = rng.integers(*laws.TAP_SECONDS, n)
    tapped = np.minimum(tapped, (visits.left - visits.arrive) // 2)  # never after leaving
    tap = np.where((rng.random(n) < RATES.double_taps) & ~refused, tapped, 0)
    rate = np.where(visits.staff, column(w, "staff_check_out")[visits.site], column(w, "check_out")[visits.site])
    return Marks(colour, admitted, refused, tap, (rng.random(n) < rate) & ~refused)


def rows(w: World, visits: Visits, m: Marks, skew_of: Ints, rng: np.random.Generator) -> Scans:
    """The rows of all visits, duplicates among them, by source, day, time and id; what falls after the period is left.

    `skew_of` is by how many seconds each person's phone is wrong: all rows of a person move together.
    """
    first_code = np.cumsum([0, *(len(v.doors) for v in w.venues)])[visits.site]
    doors = w.doors[visits.day, visits.site]
    door_in = (doors * rng.random(len(doors)) ** 1.5).astype(np.int64)  # the first doors are the busiest
    another = (door_in + 1 + (np.maximum(doors - 1, 1) * rng.random(len(doors))).astype(np.int64)) % doors
    door_out = np.where(rng.random(len(doors)) < RATES.other_door_out, another, door_in)
    kind = np.where(m.refused, REFUSED, VISIT)
    parts = (
        (np.arange(len(doors)), visits.arrive, door_in, kind),
        (np.flatnonzero(m.tap), (visits.arrive + m.tap), another, np.full(len(doors), REPEAT)),
        (np.flatnonzero(m.checks_out), visits.left, door_out, np.full(len(doors), CHECK_OUT)),
    )
    of = np.concatenate([which for which, *_ in parts])
    real, door, kinds = (np.concatenate([part[c][part[0]] for part in parts]) for c in (1, 2, 3))
    out = kinds == CHECK_OUT
    scans = Scans(
        number=of,
        ts=real + skew_of[visits.person[of]],
        code=first_code[of] + door,
        site=visits.site[of],
        event=out.astype(np.int64),
        person=visits.person[of],
        colour=m.colour[of],
        admitted=np.where(out, MISSING, m.admitted[of]),  # who leaves is not asked
        uploaded=_uploaded(w, visits.site[of], real, rng),
        kind=kinds,
    )
    asked = np.array([*(day in w.city.asked for day in w.city.days), False])
    scans = scans.take(asked[np.minimum(scans.ts // DAY, len(w.city.days))])
    scans = scans.take(np.lexsort((scans.person, scans.ts)))
    numbered = {f.name: getattr(scans, f.name) for f in fields(scans)} | {"number": np.arange(len(scans.ts))}
    again = np.flatnonzero(rng.random(len(scans.ts)) < RATES.duplicates)
    order = np.concatenate([np.arange(len(scans.ts)), again])
    both = {name: values[order] for name, values in numbered.items()}
    both["kind"][len(scans.ts) :] = DUPLICATE
    both["uploaded"][len(scans.ts) :] += rng.integers(60, 2 * DAY, len(again))
    everything = Scans(**both)
    source = source_of(w)[everything.site]
    return everything.take(
        np.lexsort((everything.uploaded, everything.number, everything.ts, everything.ts // DAY, source))
    )


def source_of(w: World) -> Ints:
    """Index of each site's feed in venues.SOURCES."""
    names = list(venues.SOURCES)
    return np.array([names.index(v.source_id) for v in w.venues], np.int64)


def skews(people: int, rng: np.random.Generator) -> Ints:
    """Seconds by which each person's phone is wrong: nearly all are right."""
    wrong = rng.random(people) < laws.RATES.skewed_phones
    seconds = (rng.standard_normal(people) * laws.SKEW_SECONDS).clip(-laws.SKEW_AT_MOST, laws.SKEW_AT_MOST)
    return np.where(wrong, seconds, 0).astype(np.int64)


def _uploaded(w: World, site: Ints, ts: Ints, rng: np.random.Generator) -> Ints:
    """When the server got the scan: at once, hours later for a phone without network, days later for a slow agency."""
    n = len(ts)
    median, sigma, most = laws.OFFLINE_HOURS
    hours = np.minimum(median * np.exp(sigma * rng.standard_normal(n)), most)
    online = rng.integers(*laws.ONLINE_SECONDS, n)
    at = ts + np.where(rng.random(n) < RATES.offline, (hours * 3600).astype(np.int64), online)
    late = np.array([v.source_id == venues.LATE_SOURCE for v in w.venues], bool)[site]
    batch = (ts // DAY + venues.LATE_DAYS) * DAY + 6 * 3600 + rng.integers(0, 3600, n)
    return np.where(late, np.maximum(at, batch), at)
