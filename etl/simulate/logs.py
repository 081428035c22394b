"""Raw files in the inbox, one a day and source: scan logs as an agency would send them, and head counts."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from etl.simulate import scans, venues
from etl.simulate.people import DAY, Ints, Visits, World

PROFILE, COUNT_PROFILE = "pedulilindungi", "hitung"
HEADER = "id_scan,sumber,waktu_scan,kode_qr,jenis,nik,status_warna,diizinkan,kategori_kegiatan,waktu_unggah\n"
COUNT_HEADER = "counted_at,place_code,inside,n_in,n_out,interval_minutes,capacity\n"
NOBODY = 9901 * 10**12  # region 99 stands in no list: such a number can be nobody's NIK
COUNTED_HOURS = range(5, 23)  # somebody stands at the door
_EVENTS = ("check-in", "check-out")


def code_of(place_id: str) -> str:
    """The QR code of a door or site."""
    return f"QR-{place_id}"


def write(inbox: Path, w: World, rows: scans.Scans, epoch: int, progress: Callable[[str], None]) -> list[Path]:
    """Writes the scan logs; `rows` stand by source and day. A day without scans is a file with its header only."""
    names = list(venues.SOURCES)
    source = scans.source_of(w)
    table = _table(w, rows, epoch)
    used = sorted({int(n) for n in source})
    days = len(w.city.days)
    cells = np.arange(len(names) * days + 1)
    starts = np.searchsorted(source[rows.site] * days + rows.ts // DAY, cells)
    options = csv.WriteOptions(include_header=False, quoting_style="none")
    written = []
    for s in used:
        progress(names[s])
        for d, day in enumerate(w.city.days):
            if day not in w.city.asked:
                continue
            path = _file(inbox / PROFILE, names[s], day.strftime("%Y%m%d"))
            first, last = int(starts[s * days + d]), int(starts[s * days + d + 1])
            with path.open("wb") as file:
                file.write(HEADER.encode())
                csv.write_csv(table.slice(first, last - first), file, options)
            written.append(path)
    return written


def _table(w: World, rows: scans.Scans, epoch: int) -> pa.Table:
    codes = [code_of(door.place_id) for v in w.venues for door in v.doors]
    number = pc.utf8_lpad(pa.array(rows.number).cast(pa.string()), 9, padding="0")
    columns = {
        "id_scan": pc.binary_join_element_wise("S", number, ""),
        "sumber": _words([v.source_id for v in w.venues], rows.site),
        "waktu_scan": pa.array(rows.ts + epoch, pa.timestamp("s")),
        "kode_qr": _words(codes, rows.code),
        "jenis": _words(_EVENTS, rows.event),
        "nik": pa.array(rows.person + NOBODY),
        "status_warna": _words(scans.COLOURS, rows.colour),
        "diizinkan": _words(scans.ADMITTED, rows.admitted),
        "kategori_kegiatan": _words([v.law.activity for v in w.venues], rows.site),
        "waktu_unggah": pa.array(rows.uploaded + epoch, pa.timestamp("s")),
    }
    return pa.table(columns)


def _words(words: list[str] | tuple[str, ...], which: Ints) -> pa.Array:
    return pa.array(words, pa.string()).take(pa.array(which))


def head_counts(inbox: Path, w: World, everybody: Visits, capacity: dict[str, int], epoch: int) -> list[Path]:
    """Hourly counts of everybody, scanned or not: `counted_at` ends the hour; parks also say how many are inside."""
    written = []
    for category, source in venues.COUNTED.items():
        sites = [s for s, v in enumerate(w.venues) if v.category == category and v.use == "yes"]
        tables = [(s, *_hourly(w, everybody, s)) for s in sites[: venues.COUNTED_SITES[category]]]
        if not tables:
            continue
        for d, day in enumerate(w.city.days):
            if day not in w.city.asked:
                continue
            lines = [COUNT_HEADER]
            for s, n_in, n_out, inside in tables:
                for hour in COUNTED_HOURS if w.open[d, s] else ():
                    at = datetime(day.year, day.month, day.day, hour + 1)
                    here = d * 24 + hour
                    said = int(inside[here]) if category == "taman" else ""
                    place = w.venues[s].place_id
                    lines.append(f"{at},{place},{said},{n_in[here]},{n_out[here]},60,{capacity.get(place, '')}\n")
            path = _file(inbox / COUNT_PROFILE, source, day.strftime("%Y%m%d"))
            path.write_text("".join(lines), encoding="utf-8", newline="")
            written.append(path)
    return written


def _hourly(w: World, everybody: Visits, site: int) -> tuple[Ints, Ints, Ints]:
    here = everybody.take(everybody.site == site)
    hours = len(w.city.days) * 24
    n_in, n_out = (np.bincount(at // 3600, minlength=hours)[:hours] for at in (here.arrive, here.left))
    return n_in, n_out, np.cumsum(n_in - n_out)


def _file(folder: Path, source: str, day: str) -> Path:
    path = folder / source / f"{source}-{day}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
