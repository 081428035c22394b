"""The log of the measurements: as many rows as asked, written a day at a time, the same bytes each time.

Of every hundred rows one is bad and one was sent twice. Persons return: three visits of ten are of regulars at their
own place. A third of the visits have a check-out, some after midnight; some taps are doubled, some entries refused.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from bench import city

DAY_ROWS = 100_000
LAST = date(2021, 12, 5)  # every log ends here, so that one next day fits them all
NEXT_DAY = LAST + timedelta(days=1)
LATE_DAY = date(2021, 11, 27)  # in the month before: a file of this day dirties that month
VERSION = 1  # of the bytes; part of the names of kept files

COLUMNS = (
    "id_scan", "sumber", "waktu_scan", "kode_qr", "jenis", "nik",
    "status_warna", "diizinkan", "kategori_kegiatan", "waktu_unggah",
)  # fmt: skip
# Reject reason -> the column and what stands in it; a fifth of the bad rows each.
BAD = {
    "time_unreadable": ("waktu_scan", "tidak ada"),
    "visitor_empty": ("nik", "-"),
    "qr_empty": ("kode_qr", ""),
    "event_unknown": ("jenis", "lain-lain"),
    "colour_unknown": ("status_warna", "ungu"),
}
_EVENTS = ("check-in", "check-out")
_COLOURS = ("hijau", "kuning", "merah", "hitam")
_ADMITTED = ("ya", "tidak", "")
_ACTIVITIES = ("", "kerja", "belanja", "layanan", "wisata")
_SECOND = np.timedelta64(1, "s")


@dataclass
class Counts:
    """What the generator knows of a log; rows."""

    rows: int = 0
    duplicates: int = 0
    rejected: Counter[str] = field(default_factory=Counter)

    @property
    def loaded(self) -> int:
        return self.rows - self.duplicates - self.rejected.total()


def write(path: Path, rows: int, days: int | None = None, *, last: date = LAST, prefix: str = "S") -> Counts:
    """Writes `rows` rows of `days` days (one a 100,000 rows) up to `last`; each day has as many, a multiple of 500."""
    days = days or max(1, rows // DAY_ROWS)
    a_day = rows // days
    if a_day * days != rows or a_day % 500:
        raise ValueError(f"{rows} rows are not {days} days of a multiple of 500")
    counts = Counts()
    half = path.with_name(path.name + ".half")
    schema = pa.schema([(name, pa.string()) for name in COLUMNS])
    options = csv.WriteOptions(include_header=False, quoting_style="none")
    with half.open("wb") as file, csv.CSVWriter(file, schema, write_options=options) as out:
        file.write((",".join(COLUMNS) + "\n").encode())  # as agencies write it: the writer's own header has quotes
        carried: dict[str, np.ndarray] = {}
        for n in range(days - 1, -1, -1):
            day = last - timedelta(days=n)
            found = _day(day, a_day, prefix, counts)
            if carried:
                found = {name: np.concatenate([carried[name], found[name]]) for name in found}
            # Who leaves after midnight is in the log of the next day, or at the end of the last.
            tonight = found["arrived"] >= np.datetime64(day + timedelta(days=1), "s")
            late = tonight if n else np.zeros(len(tonight), bool)
            carried = {name: values[late] for name, values in found.items()}
            out.write_table(_table({name: values[~late] for name, values in found.items()}))
    half.rename(path)
    return counts


def _day(day: date, rows: int, prefix: str, counts: Counts) -> dict[str, np.ndarray]:
    """The rows that come of the visits begun on a day, as columns of numbers and text."""
    rng = np.random.default_rng([day.toordinal(), rows, ord(prefix)])
    n_bad, n_twice = rows // 100, rows // 100
    good = rows - n_bad - n_twice
    scans = _scans(day, rng, good, people=8 * rows)
    scans["id"] = np.array([f"{prefix}{day:%y%m%d}{n:06d}" for n in range(good)], object)
    scans["uploaded"] = scans["at"] + rng.exponential(120, good).astype(int) * _SECOND
    scans["uploaded"] += np.where(rng.random(good) < 0.01, 86_400, 0) * _SECOND  # a phone without a network
    scans["arrived"] = scans["at"]
    scans["bad"] = np.full(good, -1)
    twice = _some(scans, n_twice, rng)
    delay = (60 + rng.exponential(600, n_twice)).astype(int) * _SECOND
    twice["uploaded"], twice["arrived"] = twice["uploaded"] + delay, twice["arrived"] + delay
    bad = _some(scans, n_bad, rng)
    bad["id"] = np.array([f"{prefix}{day:%y%m%d}X{n:06d}" for n in range(n_bad)], object)
    bad["bad"] = np.arange(n_bad) % len(BAD)
    counts.rows += rows
    counts.duplicates += n_twice
    counts.rejected.update({reason: n_bad // len(BAD) for reason in BAD})
    return {name: np.concatenate([scans[name], twice[name], bad[name]]) for name in scans}


def _some(scans: dict[str, np.ndarray], n: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    chosen = rng.choice(len(scans["at"]), n, replace=False)
    return {name: values[chosen] for name, values in scans.items()}


def _scans(day: date, rng: np.random.Generator, wanted: int, people: int) -> dict[str, np.ndarray]:
    """`wanted` check-ins and check-outs of the visits begun on a day, by moment."""
    sites = city.sites()
    weight = np.array([s.weight for s in sites])
    opens = np.array([s.kind.opens or 0.0 for s in sites])
    closes = np.array([s.kind.closes or 24.0 for s in sites])
    stay = np.array([s.kind.stay_minutes for s in sites])
    regulars = people // 13
    person = rng.integers(0, people, wanted)
    person = np.where(rng.random(wanted) < 0.3, rng.integers(0, regulars, wanted), person)
    # A regular's own place is drawn from his number, as the crowd's are from chance.
    chance = np.where(person < regulars, (person * 0.6180339887) % 1.0, rng.random(wanted))
    site = np.searchsorted(np.cumsum(weight) / weight.sum(), chance).clip(0, len(sites) - 1)
    hour = opens[site] + (closes - opens)[site] * rng.beta(2, 2.5, wanted)
    entered = np.datetime64(datetime.combine(day, time()), "s") + (hour.clip(max=23.999) * 3600).astype(int) * _SECOND
    colour = rng.choice(len(_COLOURS), wanted, p=(0.93, 0.05, 0.015, 0.005))
    admitted = np.where(colour < 2, 0, np.where(rng.random(wanted) < 0.5, 1, 2))
    refused = (admitted == 1) | ((colour == 3) & (admitted == 2))
    leaves = (rng.random(wanted) < 0.336) & ~refused
    again = (rng.random(wanted) < 0.02) & ~leaves
    rows_of = 1 + leaves + again
    n = int(np.searchsorted(np.cumsum(rows_of), wanted, side="right"))
    if rows_of[:n].sum() < wanted:  # one row short: the next visitor leaves without a word
        n += 1
        leaves[n - 1] = again[n - 1] = False
    seconds = (stay[site] * 60 * rng.lognormal(0, 0.6, wanted)).clip(120, 43_200).astype(int) * _SECOND
    left = entered + seconds
    tapped = entered + rng.integers(5, 900, wanted) * _SECOND
    first = np.arange(n)
    row = np.concatenate([first, first[leaves[:n]], first[again[:n]]])
    at = np.concatenate([entered[:n], left[:n][leaves[:n]], tapped[:n][again[:n]]])
    event = np.zeros(len(row), int)
    event[n : n + int(leaves[:n].sum())] = 1
    order = np.argsort(at, kind="stable")
    row = row[order]
    columns = {"site": site, "person": person, "colour": colour, "admitted": admitted}
    activity = rng.integers(0, len(_ACTIVITIES), wanted)
    return {name: values[row] for name, values in (columns | {"activity": activity}).items()} | {
        "at": at[order], "event": event[order],
    }  # fmt: skip


def _table(found: dict[str, np.ndarray]) -> pa.Table:
    """The rows as text, in the order they arrived."""
    order = np.argsort(found["arrived"], kind="stable")
    found = {name: values[order] for name, values in found.items()}
    sites = city.sites()

    def words(named: tuple[str, ...] | list[str], codes: np.ndarray) -> pa.Array:
        return pa.array(named).take(pa.array(codes))

    def moments(values: np.ndarray) -> pa.Array:
        return pc.strftime(pa.array(values), format="%Y-%m-%d %H:%M:%S")

    person = pc.utf8_lpad(pc.cast(pa.array(found["person"]), pa.string()), 12, "0")
    text = {
        "id_scan": pa.array(found["id"], pa.string()),
        "sumber": words([s.kind.source for s in sites], found["site"]),
        "waktu_scan": moments(found["at"]),
        "kode_qr": words([s.qr_code for s in sites], found["site"]),
        "jenis": words(_EVENTS, found["event"]),
        "nik": pc.binary_join_element_wise("9901", person, ""),
        "status_warna": words(_COLOURS, found["colour"]),
        "diizinkan": words(_ADMITTED, found["admitted"]),
        "kategori_kegiatan": words(_ACTIVITIES, found["activity"]),
        "waktu_unggah": moments(found["uploaded"]),
    }
    for n, (column, value) in enumerate(BAD.values()):
        text[column] = pc.if_else(pa.array(found["bad"] == n), value, text[column])
    return pa.table([text[name] for name in COLUMNS], names=list(COLUMNS))
