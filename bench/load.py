"""The load and build of a log beside its peers, as ratios within one run: python -m bench.load [ROWS...] [--day].

Each contestant runs in a process of its own (bench.contestants), in turn, for some rounds; a ratio is taken within a
round, and medians are shown with the least and the most. Prints Markdown; exit 1 where pandas and our build disagree.
What is measured and how stands in bench/README.md.
"""

import argparse
import importlib.metadata
import importlib.util
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import agree, log

ROOT = Path(__file__).resolve().parent.parent
NAMES = {
    "a": "(a) DuckDB's typed parse of every column, nothing stored",
    "b": "(b) DuckDB's bare typed CREATE TABLE AS",
    "c": "(c) dlt, bare arrow load",
    "d": "(d) pandas, the same steps",
    "ours": "ours, load and build",
}
GOAL_ROWS = 10_000_000  # the whole load that a day is held against
DAYS = {"next": "the next day", "late": "a late day, in a month before"}


@dataclass(frozen=True)
class Run:
    """One run of one contestant: seconds by step, peak memory in MB."""

    seconds: dict[str, float]
    peak_mb: float

    @property
    def whole(self) -> float:
        return sum(self.seconds.values())


def run(name: str, path: Path, folder: Path) -> Run:
    """Runs a contestant in a process of its own; what the one before left to be written is written first."""
    folder.mkdir(exist_ok=True)
    os.sync()
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PANTAU_")}
    words = [sys.executable, "-m", "bench.contestants", name, str(path), str(folder)]
    done = subprocess.run(words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True)
    found = Run(**json.loads(done.stdout.splitlines()[-1]))
    print(f"  {name:5} {found.whole:8.2f} s {found.peak_mb:7.0f} MB", file=sys.stderr, flush=True)
    return found


def size(rows: int, names: list[str], rounds: int, work: Path, kept: Path) -> tuple[dict[str, list[Run]], list[str]]:
    """All rounds on a log of `rows`, and where pandas and ours differ. `work/ROWS` is left as ours made it."""
    path = made(kept, rows)
    base = work / str(rows)
    runs: dict[str, list[Run]] = {name: [] for name in names}
    for _ in range(rounds):
        shutil.rmtree(base, ignore_errors=True)
        for name in names:
            shutil.rmtree(work / name, ignore_errors=True)
            runs[name].append(run(name, path, base if name == "ours" else work / name))
            if name != "d":
                shutil.rmtree(work / name, ignore_errors=True)
    wrong = agree.differences(base / "found", work / "d" / "found") if {"d", "ours"} <= set(names) else []
    shutil.rmtree(work / "d", ignore_errors=True)
    return runs, wrong


def made(kept: Path, rows: int, day: str | None = None) -> Path:
    """The log of so many rows, or one day's file, made once and kept; read once, so that each finds it in memory."""
    kept.mkdir(parents=True, exist_ok=True)
    if day:
        last, prefix = (log.NEXT_DAY, "S") if day == "next" else (log.LATE_DAY, "T")
        path = kept / f"{day}_v{log.VERSION}-{last:%Y%m%d}.csv"
    else:
        last, prefix, path = log.LAST, "S", kept / f"bench_v{log.VERSION}_{rows}.csv"
    if not path.exists():
        log.write(path, rows, last=last, prefix=prefix)
    with path.open("rb") as file:
        while file.read(1 << 24):
            pass
    return path


def days(sizes: list[int], rounds: int, work: Path, kept: Path) -> dict[int, dict[str, list[Run]]]:
    """One day onto a copy of what ours made of each size, sizes in turn within a round."""
    found: dict[int, dict[str, list[Run]]] = {rows: {kind: [] for kind in DAYS} for rows in sizes}
    for _ in range(rounds):
        for rows in sizes:
            for kind in DAYS:
                folder = work / "day"
                shutil.copytree(work / str(rows), folder, ignore=shutil.ignore_patterns("found"))
                found[rows][kind].append(run("day", made(kept, log.DAY_ROWS, kind), folder))
                shutil.rmtree(folder)
    return found


def shown(values: Iterable[float], digits: int = 2) -> str:
    """The median, with the least and the most."""
    values = list(values)
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}-{max(values):.{digits}f})"


def ratio(over: list[float], under: list[float]) -> float:
    """The median of the ratios within each round."""
    return statistics.median(a / b for a, b in zip(over, under, strict=True))


def table(rows: int, runs: dict[str, list[Run]]) -> list[str]:
    """The Markdown table of one size."""
    whole = {name: [r.whole for r in found] for name, found in runs.items()}
    against = [name for name in ("a", "b", "c", "d") if name in runs]
    head = ["", "seconds", *(f"x ({name})" for name in against), "peak MB"]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]

    def line(name: str, seconds: list[float], peak: str) -> None:
        ratios = [f"{ratio(seconds, whole[other]):.2f}" for other in against]
        lines.append(f"| {' | '.join([name, shown(seconds), *ratios, peak])} |")

    for name, found in runs.items():
        steps = found[0].seconds
        for step in steps if len(steps) > 1 else ():
            line(f"{name}: {step}", [r.seconds[step] for r in found], "")
        line(NAMES[name], whole[name], f"{max(r.peak_mb for r in found):.0f}")
    return [
        f"{rows:,} rows in {max(1, rows // log.DAY_ROWS)} days, {len(next(iter(runs.values())))} rounds:",
        "",
        *lines,
    ]


def goals(runs: dict[str, list[Run]]) -> list[str]:
    """What was aimed at beside what was found."""
    if "ours" not in runs:
        return []
    own = [r.whole for r in runs["ours"]]
    found = []
    for name, most, said in (
        ("a", 5, "at most 5 x (a)"),
        ("c", 1, "faster than (c)"),
        ("d", 0.2, "5 x faster than (d)"),
    ):
        if name in runs:
            is_now = ratio(own, [r.whole for r in runs[name]])
            found.append(f"- {said}: {'reached' if is_now <= most else 'not reached'}, {is_now:.2f} x ({name})")
    peak = max(r.peak_mb for r in runs["ours"])
    found.append(f"- at most 1,500 MB: {'reached' if peak <= 1500 else 'not reached'}, {peak:.0f} MB")
    return found


def day_table(found: dict[int, dict[str, list[Run]]], whole: dict[int, list[Run]]) -> list[str]:
    """One day onto each size: seconds, against the same day onto the smallest, and the share of a whole load."""
    least, most = min(found), GOAL_ROWS if GOAL_ROWS in found else max(found)
    full = statistics.median(r.whole for r in whole[most])
    head = [
        "one day, load and build",
        "onto",
        "load",
        "build",
        "seconds",
        f"x onto {least:,}",
        f"of all {most:,}",
        "peak MB",
    ]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for kind, said in DAYS.items():
        for rows in sorted(found):
            runs, base = found[rows][kind], found[least][kind]
            own = [r.whole for r in runs]
            cells = [
                said,
                f"{rows:,}",
                *(shown(r.seconds[step] for r in runs) for step in ("load", "build")),
                shown(own),
                f"{ratio(own, [r.whole for r in base]):.2f}",
                f"{100 * statistics.median(own) / full:.0f} %",
                f"{max(r.peak_mb for r in runs):.0f}",
            ]
            lines.append(f"| {' | '.join(cells)} |")
    return [f"{log.DAY_ROWS:,} rows of one day, onto what ours made:", "", *lines]


def day_goals(found: dict[int, dict[str, list[Run]]], whole: dict[int, list[Run]]) -> list[str]:
    """What was aimed at for the next day, where the sizes were measured."""
    said = []
    own = {rows: [r.whole for r in runs["next"]] for rows, runs in found.items()}
    if GOAL_ROWS in own:
        share = statistics.median(own[GOAL_ROWS]) / statistics.median(r.whole for r in whole[GOAL_ROWS])
        word = "reached" if share <= 0.1 else "not reached"
        said.append(f"- the next day at most 10 % of all {GOAL_ROWS:,}: {word}, {100 * share:.0f} %")
    if len(own) > 1:
        times = ratio(own[max(own)], own[min(own)])
        word = "reached" if times <= 1.3 else "not reached"
        said.append(f"- onto {max(own):,} at most 1.3 x onto {min(own):,}: {word}, {times:.2f} x")
    return said


def machine() -> str:
    """What the figures depend on."""
    versions = [f"{name} {importlib.metadata.version(name)}" for name in ("duckdb", "pandas", "pyarrow")]
    if importlib.util.find_spec("dlt"):
        versions.append(f"dlt {importlib.metadata.version('dlt')}")
    load = os.getloadavg()[0]
    python = f"Python {sys.version_info.major}.{sys.version_info.minor}"
    return f"{os.cpu_count()} cores (load {load:.1f} at the end), {python}, {', '.join(versions)}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.load", description=__doc__)
    parser.add_argument("rows", nargs="*", type=int, default=[1_000_000], help="sizes of the logs (1000000)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds, each contestant in turn (3)")
    parser.add_argument("--only", default=",".join(NAMES), help=f"contestants of {','.join(NAMES)}")
    parser.add_argument("--day", action="store_true", help="also one day onto each size")
    parser.add_argument("--json", type=Path, help="also writes every run there")
    parser.add_argument("--kept", type=Path, help="where logs are kept (pantau-bench in the temporary directory)")
    said = parser.parse_args()
    said.names = [name for name in NAMES if name in said.only.split(",")]
    if not said.names or (said.day and "ours" not in said.names):
        parser.error("--only names no contestant, or not ours, onto which --day adds")
    if "c" in said.names and importlib.util.find_spec("dlt") is None:
        said.names.remove("c")
        print("(c) is left out: pip install -r requirements-bench.txt", file=sys.stderr)
    return said


def main() -> int:
    """Measures what was asked and prints the tables."""
    said = _arguments()
    kept = said.kept or Path(tempfile.gettempdir()) / "pantau-bench"
    every: dict[int, dict[str, list[Run]]] = {}
    wrong: list[str] = []
    added: dict[int, dict[str, list[Run]]] = {}
    with tempfile.TemporaryDirectory(prefix="pantau-bench-") as folder:
        work = Path(folder)
        for rows in said.rows:
            every[rows], differing = size(rows, said.names, said.rounds, work, kept)
            print("\n".join([*table(rows, every[rows]), ""]), flush=True)
            if {"d", "ours"} <= set(said.names):
                counted = ", ".join(f"{n:,} {name}" for name, n in agree.totals(work / str(rows) / "found").items())
                said_so = f"Pandas and ours agree: {counted}." if not differing else "Pandas and ours DISAGREE."
                print("\n".join([said_so, *differing, ""]), flush=True)
                wrong += differing
            print("\n".join([*goals(every[rows]), ""]), flush=True)
            if not said.day:
                shutil.rmtree(work / str(rows), ignore_errors=True)
        if said.day:
            added = days(said.rows, said.rounds, work, kept)
            whole = {rows: runs["ours"] for rows, runs in every.items()}
            print("\n".join([*day_table(added, whole), "", *day_goals(added, whole), ""]))
    print(machine())
    if said.json:
        facts: dict[str, Any] = {"machine": machine(), "sizes": every, "days": added, "differences": wrong}
        said.json.write_text(json.dumps(facts, default=vars, indent=1))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
