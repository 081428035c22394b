"""What really was: persons inside by site and five minutes, and what the simulator counted. No build reads it."""

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from etl.simulate import laws, scans
from etl.simulate.people import DAY, Ints, Visits, World

STEP = 300  # seconds between two instants
_SITES_AT_ONCE = 200  # bounds the memory of 5,000 sites by as many instants


def inside(path: Path, w: World, scanned: Visits, unscanned: Visits, epoch: int) -> Ints:
    """Writes inside.parquet (site_id, at, scanned, never_scanned: instants with anybody); returns each site's peak.

    Somebody is inside at t if arrive <= t < left.
    """
    schema = pa.schema(
        [("site_id", pa.string()), ("at", pa.timestamp("s")), ("scanned", pa.int32()), ("never_scanned", pa.int32())]
    )
    peaks = np.zeros(len(w.venues), np.int64)
    path.parent.mkdir(parents=True, exist_ok=True)
    names = pa.array([v.place_id for v in w.venues], pa.string())
    with pq.ParquetWriter(path, schema) as writer:
        for first in range(0, len(w.venues), _SITES_AT_ONCE):
            last = min(first + _SITES_AT_ONCE, len(w.venues))
            known, other = (_present(w, v, first, last) for v in (scanned, unscanned))
            peaks[first:last] = (known + other).max(axis=1)
            site, step = np.nonzero(known + other)
            columns = [
                names.take(pa.array(site + first)),
                pa.array(step * STEP + epoch, pa.timestamp("s")),
                pa.array(known[site, step], pa.int32()),
                pa.array(other[site, step], pa.int32()),
            ]
            writer.write_table(pa.table(columns, schema=schema))
    return peaks


def _present(w: World, visits: Visits, first: int, last: int) -> Ints:
    steps = len(w.city.days) * DAY // STEP
    here = visits.take((visits.site >= first) & (visits.site < last))
    change = np.zeros((last - first) * (steps + 1), np.int64)
    for moment, sign in ((here.arrive, 1), (here.left, -1)):
        at = np.minimum(-(-moment // STEP), steps)
        change += sign * np.bincount((here.site - first) * (steps + 1) + at, minlength=len(change))
    return change.reshape(last - first, steps + 1).cumsum(axis=1)[:, :steps]


def counts(path: Path, w: World, rows: scans.Scans) -> None:
    """Writes counts.csv: by site and day of the scan what its rows are; check_ins leave duplicates out."""
    days, sites, kinds = len(w.city.days), len(w.venues), scans.DUPLICATE + 1
    cell = (rows.site * days + rows.ts // DAY) * kinds + rows.kind
    table = np.bincount(cell, minlength=sites * days * kinds).reshape(sites, days, kinds)

    def lines() -> Iterator[str]:
        yield "site_id,day,visits,refused,repeats,duplicates,check_ins,check_outs\n"
        for s, d in np.argwhere(table.any(axis=2)):
            visits, refused, repeats, outs, duplicates = (int(n) for n in table[s, d])
            yield (
                f"{w.venues[s].place_id},{w.city.days[d]},{visits},{refused},{repeats},{duplicates},"
                f"{visits + refused + repeats},{outs}\n"
            )

    path.write_text("".join(lines()), encoding="utf-8", newline="")


def used(path: Path, arguments: dict[str, object], rates: dict[str, float]) -> None:
    """Writes settings.json: the arguments, the rates, and the law of each category with `rates` in place of its own."""
    text = {
        "arguments": arguments,
        "rates": dataclasses.asdict(laws.RATES),
        "laws": {category: dataclasses.asdict(law) | rates for category, law in laws.LAWS.items()},
    }
    path.write_text(json.dumps(text, indent=1) + "\n", encoding="utf-8")
