"""How right the estimate of people inside is, and how quick: python -m bench.occupancy.

Cities are simulated, so that it is known who was inside when; they are loaded and built as shipped. Judged are months
whose model was fitted on the month before, over site-hours with at least five people inside.
"""

import argparse
import contextlib
import io
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bench.estimate import HOUR, LEAST, Floats, Instants, judge
from core import builds, clock, db, settings
from core.settings import Settings
from etl import __main__ as etl
from etl import dirty, inputs, marts, register, store
from scripts import run

STEP = 300  # seconds between two instants
DAY = 24 * HOUR  # instants
MISSING = (20, 50, 80)  # per cent of visits without a check-out
# Share of check-outs of staff where missing goes by the kind of person; guests have the rest. Staff are a fifth.
STAFF_CHECK_OUT = {20: 0.98, 50: 0.90, 80: 0.60}
STAFF_SHARE = 0.2
FIRST, DAYS = date(2021, 10, 1), 92  # the first month is fitted on itself: not judged
RULES = {
    "closing": "leaves at closing time",
    "two_hours": "leaves after two hours",
    "next": "leaves at the next scan anywhere",
}
# `until` is closing time, or the category's cap where that comes first, which favours the rules.
_ENDS = {
    "closing": "until",
    "two_hours": "least(until, entered_at + INTERVAL 2 HOUR)",
    "next": "least(until, next_at)",
}


def read(here: Settings) -> Instants:
    """What the served build says, what was so, and what the three rules say, of the same instants."""
    served = builds.current(here)
    assert served is not None
    con = db.open_for_reading(builds.file_of(here, served.build), here)
    try:
        first, last = db.run(con, "SELECT min(day), max(day) FROM place_day WHERE covered")[0]
        start = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
        sites = [s for (s,) in db.run(con, "SELECT DISTINCT site_id FROM place_day ORDER BY 1")]
        midnight = datetime(start.year, start.month, start.day)
        shape = len(sites), ((last - start).days + 1) * DAY
        found = con.execute(
            "SELECT site_id, hour, inside, bound, expected, low, high FROM place_instant WHERE hour >= $start "
            "AND hour < $last + INTERVAL 1 DAY AND low IS NOT NULL",
            {"start": midnight, "last": last},
        ).df()
    finally:
        con.close()
    number = {site: n for n, site in enumerate(sites)}
    site = found["site_id"].map(number).to_numpy()
    at = ((found["hour"] - midnight) // pd.Timedelta(hours=1)).to_numpy() * HOUR
    parts = {name: np.zeros(shape) for name in ("inside", "bound", "expected", "low", "high")}
    for name, values in parts.items():
        each = np.stack(found[name].to_numpy()) if len(found) else np.zeros((0, HOUR))
        values[site[:, None], at[:, None] + np.arange(HOUR)] = each
    truth = np.zeros(shape)
    known = pd.read_parquet(here.data_dir / "truth" / "inside.parquet")
    known = known[(known["at"] >= midnight) & (known["at"].dt.date <= last) & known["site_id"].isin(number)]
    index = ((known["at"] - midnight) // pd.Timedelta(seconds=STEP)).to_numpy()
    truth[known["site_id"].map(number).to_numpy(), index] = known["scanned"]
    return Instants(sites, truth, rules=dict(_rules(here, number, midnight, shape)), **parts)


def _rules(
    here: Settings, number: dict[str, int], midnight: datetime, shape: tuple[int, int]
) -> Iterator[tuple[str, Floats]]:
    """People inside if everybody without a check-out followed one rule; matched stays are as they are."""
    with store.writer(here), store.warehouse(here) as con:
        found = {
            name: db.frame(
                con,
                f"""SELECT site_id, entered_at, coalesce(left_at, {end}) AS left_at
                FROM visit JOIN place_no USING (site) WHERE coalesce(left_at, {end}) > $start""",
                {"start": midnight},
            )
            for name, end in _ENDS.items()
        }
    for name, stays in found.items():
        site = stays["site_id"].map(number)
        kept = site.notna()
        change = np.zeros((shape[0], shape[1] + 1))
        for column, sign in (("entered_at", 1), ("left_at", -1)):
            step = -(-((stays[column] - midnight) // pd.Timedelta(seconds=1)) // STEP)
            np.add.at(change, (site[kept].astype(int), step[kept].clip(0, shape[1])), sign)
        yield name, change.cumsum(axis=1)[:, :-1]


@dataclass(frozen=True)
class Case:
    """A share of visits without a check-out, missing alike or by the kind of person."""

    missing: int
    by_kind: bool

    @property
    def name(self) -> str:
        return f"{self.missing} % {'by kind' if self.by_kind else 'at random'}"

    def rates(self) -> tuple[float, float]:
        """Shares of guests and of staff who check out."""
        share = 1 - self.missing / 100
        if not self.by_kind:
            return share, share
        staff = STAFF_CHECK_OUT[self.missing]
        return (share - STAFF_SHARE * staff) / (1 - STAFF_SHARE), staff


def city(case: Case, folder: Path, scans: int, seed: int) -> Settings:
    """Simulates, loads and builds one city; one that lies there from an earlier run is only built anew."""
    os.environ |= {"PANTAU_DATA_DIR": str(folder / "data"), "PANTAU_KEY_FILE": str(folder / "key")}
    here = settings.load()
    guests, staff = case.rates()
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        if here.warehouse.exists():
            code = etl.main(["build"])
        else:
            more = {"--from": FIRST, "--days": DAYS, "--scans": scans, "--seed": seed,
                    "--guests-check-out": round(guests, 3), "--staff-check-out": round(staff, 3)}  # fmt: skip
            code = run.city(here, "demo", *(str(word) for pair in more.items() for word in pair))
    if code:
        raise SystemExit(said.getvalue()[-2000:])
    return here


def missing(here: Settings) -> float:
    """The share of visits that no check-out closes, as it came out."""
    with store.writer(here), store.warehouse(here) as con:
        return float(db.value(con, "SELECT avg((left_at IS NULL)::INT) FROM visit"))


def race(here: Settings, rounds: int) -> dict[str, object]:
    """Seconds of the build's step against hillmaker, round by round on the same stays, and how far the means differ.

    hillmaker gives the mean by site and hour of matched stays; our step that, its peaks, the bounds and the estimate.
    """
    from hillmaker.bydatetime import make_bydatetime

    ours, theirs = [], []
    with store.writer(here), store.warehouse(here) as con:
        stays = db.frame(
            con,
            """SELECT site_id AS site, entered_at AS entered, left_at AS "left", visit.day FROM visit
            JOIN place_no USING (site) WHERE left_at IS NOT NULL""",
        ).astype({"entered": "datetime64[ns]", "left": "datetime64[ns]"})
        first, last = stays["entered"].min().normalize(), stays["left"].max().normalize() + pd.Timedelta(days=1)
        for _ in range(rounds):
            began = time.perf_counter()
            found, _ = make_bydatetime(
                stays, "entered", "left", first.to_datetime64(), last.to_datetime64(), "site", 60
            )
            theirs.append(time.perf_counter() - began)
            register.lay(con, here)
            con.begin()
            try:
                inputs.lay(con)
                changed = dirty.find(con, clock.now(), whole=True)
                marts.visits(con, changed)
                marts.dwell(con)
                began = time.perf_counter()
                marts.inside(con)
                ours.append(time.perf_counter() - began)
            finally:
                con.rollback()
        own = db.frame(con, "SELECT site_id AS site, hour, occupied_seconds / 3600 AS mean FROM mart.place_hour")
    by_site = found["site_datetime"].reset_index()
    both = by_site.merge(own, left_on=["site", "datetime"], right_on=["site", "hour"], how="outer")
    difference = (both["occupancy"].fillna(0) - both["mean"].fillna(0)).abs().max()
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    return {
        "stays": len(stays),
        "ours": ours,
        "hillmaker": theirs,
        "ratio": statistics.median(ratios),
        "largest_difference": float(difference),
    }


def lines(name: str, share: float, said: dict[str, Any]) -> Iterator[str]:
    """A city's figures in words, each goal with whether it is reached."""

    def goal(words: str, reached: bool) -> str:
        return f"{words}: {'reached' if reached else 'NOT reached'}"

    yield f"\n{name} ({share:.1%} of visits without a check-out): {said['hours']:,} hours of at least {LEAST} inside"
    yield goal(
        f"- likely range holds {said['coverage']:.1%} of hours, {said['coverage_instants']:.1%} of instants "
        f"(under it {said['below']:.1%}, over it {said['above']:.1%}; goal 75-85 %)",
        0.75 <= said["coverage"] <= 0.85,
    )
    yield goal(f"- width {said['width']:.1%} of the logical bounds' (goal a third)", said["width"] <= 1 / 3)
    yield f"- interval score {said['score']:.1f}, of the bounds {said['score_bounds']:.1f}"
    errors = ", ".join(f"{RULES[rule]} {error:.2f}" for rule, error in said["errors"].items())
    yield goal(
        f"- error {said['error']:.2f} persons ({said['relative']:.1%}, bias {said['bias']:+.1%}) against {errors}: "
        f"{said['better']:.0%} below the best (goal 30 %)",
        said["better"] >= 0.3,
    )
    sizes = ", ".join(f"{size} {held:.0%}" for size, (_, held) in said["by_size"].items())
    yield f"- held by number inside: {sizes}; the logical bounds hold {said['logical']:.1%}"
    for which, shares in said["verdicts"].items():
        words = ", ".join(f"{RULES.get(k, k).replace('_', ' ')} {v:.1%}" for k, v in shares.items())
        yield f"- verdicts by {RULES.get(which, which)}: {words}"


def main() -> int:
    """Runs the cases and says which goals are reached."""
    parser = argparse.ArgumentParser(prog="python -m bench.occupancy")
    parser.add_argument("--scans", type=int, default=600_000, help="rows of each city")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--cases", default="all", help="numbers of the cases from 0, or all")
    parser.add_argument("--rounds", type=int, default=3, help="of the race against hillmaker; 0: none")
    parser.add_argument("--keep", type=Path, help="folder for the cities; those in it are only built anew")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    cases = [Case(share, kind) for share in MISSING for kind in (False, True)]
    chosen = cases if args.cases == "all" else [cases[int(n)] for n in args.cases.split(",")]
    result: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as temporary:
        for case in chosen:
            here = city(
                case, (args.keep or Path(temporary)) / f"{case.missing}-{case.by_kind:d}", args.scans, args.seed
            )
            said = judge(read(here)) | {"missing": missing(here)}
            result[case.name] = said
            for line in lines(case.name, said["missing"], said):
                print(line, flush=True)
        if args.rounds:
            result["race"] = raced = race(here, args.rounds)
            print(f"\nThe step of a build on the last of them against hillmaker, {raced['stays']:,} matched stays: "
                  f"{statistics.median(raced['ours']):.2f} s against {statistics.median(raced['hillmaker']):.2f} s, "
                  f"{raced['ratio']:.2f} x; the means by site and hour differ by at most "
                  f"{raced['largest_difference']:.1e} persons")  # fmt: skip
    if args.json:
        args.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
