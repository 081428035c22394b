"""Coverage with many places beside coverage with few: what the Cakupan page asks of a build, cold, and in ratios.

python -m bench.coverage             200 sites with 800 doors, then 5,000 with 20,000
python -m bench.coverage 200 1000    other numbers of sites; four doors each, six stage events and sixty days a door

Each size is a register and a log of its own, loaded and built by the ETL; the questions are then asked in a new
process, so that nothing of them is kept from before. Data are left in the temporary directory and used again.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np

from bench.log import COLUMNS
from core import builds, settings
from core.view import View
from etl import __main__ as etl
from queries import coverage, followup, points, progress

DOORS = 4  # a site
DAYS = 60
FIRST = date(2021, 10, 7)
MOMENT = datetime.combine(FIRST + timedelta(days=DAYS), datetime.min.time()) + timedelta(hours=15)
SCANS_A_DAY = 5_000
_STEPS = ("verified", "access_issued", "activated", "trained", "installed")
Rows = Iterable[tuple[object, ...]]


def lay(sites: int, data: Path) -> None:
    """Writes the scenario: sites over the kelurahan of the register, doors with a code each, and their history."""
    here = settings.load()
    with (here.reference_dir / "kelurahan.csv").open(encoding="utf-8-sig", newline="") as file:
        kelurahan = [row["code"] for row in csv.DictReader(file)]
    rng = np.random.default_rng(sites)
    folder = data / "scenario"
    folder.mkdir(parents=True)
    ids = [f"site-{n}" for n in range(sites)]
    doors = [(f"{site}-{k}", site) for site in ids for k in range(DOORS)]
    begun = {door: int(rng.integers(0, DAYS)) for door, _ in doors}
    reached = {door: int(rng.integers(0, len(_STEPS) + 1)) for door, _ in doors}
    _write(folder, "source", "source_id,name,every_days,late_after_days", [("pemkot", "Kantor", 1, 2)])
    places = [(site, "site", "", site.title()) for site in ids]
    _write(folder, "place", "place_id,kind,parent_id,name", places + [(d, "door", s, d.title()) for d, s in doors])
    owned = [(s, kelurahan[n % len(kelurahan)], "kantor", "setda") for n, s in enumerate(ids)]
    _write(folder, "site", "place_id,kelurahan_code,category,owner_id", owned)
    coded = [
        (f"QR-{d}", d, "pemkot", FIRST + timedelta(days=begun[d] // 2)) for d, _ in doors if reached[d] == len(_STEPS)
    ]
    _write(folder, "qr", "qr_code,place_id,source_id,valid_from", coded)
    _write(folder, "stage_event", "event_id,place_id,stage,at,document", _events(doors, begun, reached))


def _events(doors: list[tuple[str, str]], begun: dict[str, int], reached: dict[str, int]) -> Rows:
    for door, _ in doors:
        for n, stage in enumerate(_STEPS[: reached[door]]):
            at = datetime.combine(FIRST, datetime.min.time()) + timedelta(
                hours=12 * begun[door] * (n + 1) / len(_STEPS)
            )
            yield f"{door}-{stage}", door, stage, f"{at:%Y-%m-%d %H:%M}", "berita acara"


def _write(folder: Path, table: str, head: str, rows: Rows) -> None:
    with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow([*head.split(","), "source", "confidence", "simulasi"])
        out.writerows((*row, "simulasi: bench", "low", "ya") for row in rows)


def log(data: Path, path: Path) -> None:
    """Check-ins of every day at codes that were there by then, the n-th code with 1/n of the first's."""
    with (data / "scenario" / "qr.csv").open(encoding="utf-8", newline="") as file:
        codes = [(row["qr_code"], date.fromisoformat(row["valid_from"])) for row in csv.DictReader(file)]
    rng = np.random.default_rng(7)
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(COLUMNS)
        for n in range(DAYS):
            day = FIRST + timedelta(days=n)
            there = [code for code, since in codes if since <= day]
            weight = 1 / np.arange(1, len(there) + 1)
            drawn = rng.choice(len(there), SCANS_A_DAY, p=weight / weight.sum())
            seconds = rng.integers(7 * 3600, 16 * 3600, SCANS_A_DAY)
            people = rng.integers(0, 50_000, SCANS_A_DAY)
            for place, second, person in zip(drawn, seconds, people, strict=True):
                at = datetime.combine(day, datetime.min.time()) + timedelta(seconds=int(second))
                nik = f"9901{person:012d}"
                out.writerow(["", "pemkot", f"{at:%Y-%m-%d %H:%M:%S}", there[place], "check-in", nik, "", "", "", ""])


def make(sites: int, folder: Path) -> Path:
    """The data directory of a size, loaded and built; made once."""
    data = folder / str(sites)
    _here(data)
    if builds.current(settings.load()) is None:
        lay(sites, data)
        path = folder / f"pemkot-{sites}.csv"
        log(data, path)
        for words in (["load", path, "--profile", "pedulilindungi", "--quiet"], ["build"]):
            if code := etl.main([str(w) for w in words]):
                raise SystemExit(code)
    return data


def _here(data: Path) -> None:
    os.environ |= {"PANTAU_DATA_DIR": str(data), "PANTAU_KEY_FILE": str(data.parent / "key")}


def ask(data: Path) -> dict[str, float]:
    """Seconds of each question, the first one included what it keeps for the others."""
    _here(data)
    served = builds.usable(settings.load())
    assert served is not None
    view = View(served.build, FIRST, MOMENT.date(), MOMENT)
    questions: dict[str, Callable[[], object]] = {
        "places with stage and use": lambda: coverage.sites(view),
        "strips": lambda: coverage.cells(view),
        "stage by stage": lambda: progress.funnel(view, progress.denominator(view, "kantor")),
        "over time": lambda: progress.over_time(view, progress.denominator(view, "kantor")),
        "by group": lambda: progress.by_group(view),
        "who waits": lambda: progress.waiting(view),
        "doors of a place": lambda: points.points(view, "site-0"),
        "follow-up": lambda: followup.items(view),
    }
    took = {}
    for name, question in questions.items():
        start = time.perf_counter()
        question()
        took[name] = time.perf_counter() - start
    return took | {"all": sum(took.values())}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sites", nargs="*", type=int, default=[200, 5000])
    parser.add_argument("--ask", type=Path, help=argparse.SUPPRESS)
    said = parser.parse_args()
    if said.ask:
        print(json.dumps(ask(said.ask)))
        return
    folder = Path(tempfile.gettempdir()) / "pantau-bench-coverage"
    folder.mkdir(exist_ok=True)
    found = []
    for sites in said.sites:
        data = make(sites, folder)
        run = [sys.executable, "-m", "bench.coverage", "--ask", str(data)]
        runs = [json.loads(subprocess.run(run, check=True, capture_output=True, text=True).stdout) for _ in range(3)]
        found.append({name: float(np.median([r[name] for r in runs])) for name in runs[0]})
    print("|  | " + " | ".join(f"{n:,} sites" for n in said.sites) + " | ratio |\n|---|" + "---|" * (len(found) + 1))
    for name in found[0]:
        first, last = found[0][name], found[-1][name]
        print(f"| {name} | " + " | ".join(f"{f[name]:.3f} s" for f in found) + f" | {last / first:.1f} |")


if __name__ == "__main__":
    main()
