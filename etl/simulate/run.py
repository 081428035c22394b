"""The simulator: a scenario, its people, their scans and the truth. Same arguments, same bytes."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import numpy as np

from core.settings import Settings
from etl.simulate import city as cities
from etl.simulate import laws, logs, people, tables, truth, venues
from etl.simulate import scans as logged
from etl.simulate.people import Flags, Ints, Visits, World
from etl.simulate.rollout import OPENING
from etl.simulate.scans import Marks

SCENARIOS = ("demo", "warna", "besar")
BREAKS = (laws.HITAM_FROM, laws.COLOURS_V2_FROM)  # scenario warna: days around each
_BREAK_DAYS = (2, 14)  # at least, at most, around one break
OPENING_HOUR = time(15)
_SURPLUS = 1.06  # guests drawn before the log is cut to the scans asked for


@dataclass(frozen=True)
class Written:
    """What a run wrote into the inbox; `scans_written` counts the rows of the scan logs, duplicates included."""

    logs: list[Path]
    counts: list[Path]
    scans_written: int


def run(
    settings: Settings,
    scenario: str,
    *,
    first: date,
    days: int,
    scans: int,
    seed: int,
    progress: Callable[[str], None],
    guests_check_out: float | None = None,
    staff_check_out: float | None = None,
) -> Written:
    """Writes scenario, logs, head counts and truth of `days` days from `first` with about `scans` rows (2 %).

    Replaces what an earlier run left; call it under the writer's lock. `warna` takes days around the two breaks of
    colours whatever `first` says: half of `days` around each, 2 to 14. `guests_check_out` and `staff_check_out` are
    shares that replace the rates of all categories.
    """
    if scenario not in SCENARIOS:
        raise ValueError(scenario)
    rng = np.random.default_rng(seed)
    _clear(settings)
    arguments: dict[str, object] = {
        "scenario": scenario,
        "first": str(first),
        "days": days,
        "scans": scans,
        "seed": seed,
    }
    given = {"check_out": guests_check_out, "staff_check_out": staff_check_out}
    rates = {name: share for name, share in given.items() if share is not None}
    progress(f"skenario {scenario}")
    city = cities.read(settings, *_period(scenario, first, days))
    planned = venues.plan(city, scenario, rng)
    world = people.world(city, planned, rates)
    epoch = int(datetime.combine(city.days[0], time(0), UTC).timestamp())
    progress("orang")
    scanned, marks, unscanned, skew = _everybody(world, scans, rng)
    rows = logged.rows(world, scanned, marks, skew, rng)
    progress("kebenaran")
    folder = settings.data_dir / "truth"
    really = scanned.take(~marks.refused)
    peaks = truth.inside(folder / "inside.parquet", world, really, unscanned, epoch)
    truth.counts(folder / "counts.csv", world, rows)
    truth.used(folder / "settings.json", arguments, rates)
    by_site = {v.place_id: int(peaks[s]) for s, v in enumerate(world.venues)}
    capacity = tables.capacities(planned, by_site, rng)
    tables.write(settings.scenario, city, planned, capacity, f"simulasi: scenario {scenario}, seed {seed}", rng)
    _toml(settings.scenario / "scenario.toml", city, scenario, arguments)
    inbox = settings.data_dir / "inbox"
    written = logs.write(inbox, world, rows, epoch, progress)
    counts = logs.head_counts(inbox, world, really.plus(unscanned), capacity, epoch)
    return Written(written, counts, len(rows.ts))


def _everybody(w: World, wanted: int, rng: np.random.Generator) -> tuple[Visits, Marks, Visits, Ints]:
    """Visits whose rows make up `wanted`, their marks, visits that leave no row, and by how much phones are wrong."""
    once = wanted / (1 + laws.RATES.duplicates)
    guest_rows = 1 + laws.RATES.double_taps + people.column(w, "check_out")
    staff_rows = 1 + laws.RATES.double_taps + people.column(w, "staff_check_out")
    all_rows = (w.guests @ guest_rows).sum() + ((w.open & w.staff_open) @ (w.staff * staff_rows)).sum()
    scale = once / max(all_rows, 1.0)
    staff, regulars = people.staff_visits(w, scale, rng)
    left_over = max(once - staff_rows[staff.site].sum(), 0.0)
    low, sites = people.low_day(w)
    arriving = w.guests.copy()
    arriving[low, sites] *= laws.RATES.low_day
    expected = w.guests * (left_over / max((arriving @ guest_rows).sum(), 1.0))
    guests, pool = people.guest_visits(w, expected * _SURPLUS, regulars, rng)
    everybody = staff.plus(guests)
    persons = regulars + pool
    guest_share = len(guests.day) / max(len(everybody.day), 1) or 1.0
    marks = logged.marks(w, everybody, rng.random(persons), guest_share, rng)
    lost = _lost(w, everybody, rng)
    kept = ~lost & _cut(everybody.staff, np.where(lost, 0, marks.rows), once, rng)
    unscanned = people.unscanned_visits(w, expected, rng).plus(everybody.take(lost & ~marks.refused))
    return everybody.take(kept), marks.take(kept), unscanned, logged.skews(persons, rng)


def _lost(w: World, visits: Visits, rng: np.random.Generator) -> Flags:
    """Visits of the one day that keeps a fifth of its rows: they happened, their rows never arrive."""
    day, sites = people.low_day(w)
    found: Flags = (visits.day == day) & sites[visits.site] & (rng.random(len(visits.day)) >= laws.RATES.low_day)
    return found


def _cut(staff: Flags, cost: Ints, wanted: float, rng: np.random.Generator) -> Flags:
    """Keeps all staff, and guests in random order until their rows are enough."""
    kept = staff.copy()
    order = rng.permutation(np.flatnonzero(~staff))
    kept[order[np.cumsum(cost[order]) <= wanted - cost[staff].sum()]] = True
    return kept


def _period(scenario: str, first: date, days: int) -> tuple[tuple[date, ...], frozenset[date]]:
    """The days from first to last, and those of them that are simulated."""
    if scenario != "warna":
        found = cities.span(first, days)
        return found, frozenset(found)
    least, most = _BREAK_DAYS
    around = min(max(days // 2, least), most)
    asked = [day for at in BREAKS for day in cities.span(at - timedelta(days=around // 2), around)]
    return cities.span(asked[0], (asked[-1] - asked[0]).days + 1), frozenset(asked)


def _clear(settings: Settings) -> None:
    """Removes what an earlier run wrote; logs of other sources in the inbox stay."""
    inbox = settings.data_dir / "inbox"
    mine = [inbox / profile / source for profile in (logs.PROFILE, logs.COUNT_PROFILE) for source in venues.SOURCES]
    for folder in (settings.scenario, settings.data_dir / "truth", *mine):
        shutil.rmtree(folder, ignore_errors=True)
    settings.scenario.mkdir(parents=True)


def _toml(path: Path, city: cities.City, scenario: str, arguments: dict[str, object]) -> None:
    """What was asked for, and the moment screens open at."""
    day = OPENING if OPENING in city.asked else city.days[-1]
    said = "".join(f"{key} = {json.dumps(value)}\n" for key, value in arguments.items())
    opens_at = datetime.combine(day, OPENING_HOUR).isoformat()
    path.write_text(f'name = "{scenario}"\nopens_at = "{opens_at}"\n\n[arguments]\n{said}', encoding="utf-8")
