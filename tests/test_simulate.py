"""The simulator: what it writes is marked, the same each time, and comes back out of the loaded build."""

import csv
import hashlib
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core import builds, db, places
from core.settings import Settings
from etl import register, simulate, store

Etl = Callable[..., int]
FIRST, DAYS, SCANS, SEED = date(2021, 11, 24), 6, 20_000, 7


def run(
    here: Settings, scenario: str = "demo", first: date = FIRST, days: int = DAYS, scans: int = SCANS, seed: int = SEED
) -> simulate.Written:
    with store.writer(here):
        return simulate.run(here, scenario, first=first, days=days, scans=scans, seed=seed, progress=lambda _: None)


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "lock"
    }


def logged(written: simulate.Written) -> pd.DataFrame:
    """Every row of the scan logs, as text, with the file it stands in."""
    return pd.concat(
        [pd.read_csv(path, dtype=str, keep_default_na=False).assign(file=path.name) for path in written.logs],
        ignore_index=True,
    )


def truth(here: Settings) -> pd.DataFrame:
    return pd.read_csv(here.data_dir / "truth" / "counts.csv", parse_dates=["day"])


def load(etl: Etl, written: simulate.Written) -> None:
    with_rows = [path for path in written.logs if path.read_text().count("\n") > 1]
    assert etl("load", *with_rows, "--profile", "pedulilindungi", "--build") == 0


def assert_build_equals_truth(here: Settings) -> pd.DataFrame:
    """Per site and day: visits, check-ins and check-outs of the build; returns the warehouse's equal counts."""
    served = builds.current(here)
    assert served is not None
    known = truth(here).sort_values(["site_id", "day"])
    known = known[(known.check_ins + known.check_outs) > 0].reset_index(drop=True)
    said = ["site_id", "day", "visits", "refused", "repeats", "check_outs"]
    sql = f"SELECT {', '.join(said)} FROM mart.place_day WHERE visits + refused + repeats + check_outs > 0 ORDER BY ALL"
    with store.writer(here), store.warehouse(here) as con:
        private = con.execute(sql).df()
    assert private.astype({"day": "datetime64[ns]"}).astype(str).equals(known[said].astype(str))
    known["check_ins"] = known[["visits", "refused", "repeats"]].sum(axis=1)
    said = ["site_id", "day", "visits", "check_ins", "check_outs"]
    found = builds.frame(
        served.build, f"SELECT {', '.join(said)} FROM place_day WHERE check_ins + check_outs > 0 ORDER BY ALL"
    )
    assert found.astype({"day": "datetime64[ns]"}).astype(str).equals(known[said].astype(str))
    return private


def test_same_arguments_same_bytes_whatever_was_there(here: Settings) -> None:
    run(here)
    before = digests(here.data_dir)
    run(here, seed=8)
    other = digests(here.data_dir)
    assert before.keys() == other.keys()
    assert before["truth/counts.csv"] != other["truth/counts.csv"]
    run(here)
    assert digests(here.data_dir) == before


def test_an_earlier_run_is_removed_and_other_logs_stay(here: Settings) -> None:
    mine = here.data_dir / "inbox" / "pedulilindungi" / "rumah-sakit" / "a.csv"
    mine.parent.mkdir(parents=True)
    mine.write_text("x")
    run(here, days=6)
    written = run(here, days=3)
    assert mine.read_text() == "x"
    there = sorted(path for path in (here.data_dir / "inbox").rglob("*.csv") if path != mine)
    assert there == sorted([*written.logs, *written.counts])


@pytest.mark.parametrize("scenario", simulate.SCENARIOS)
def test_every_row_of_the_scenario_is_marked_and_in_the_columns_of_the_register(here: Settings, scenario: str) -> None:
    run(here, scenario)
    found = sorted(path.stem for path in here.scenario.glob("*.csv"))
    assert found == ["contact", "hours", "place", "qr", "site", "source", "stage_event"]
    for table in found:
        with (here.scenario / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        assert header == [*(c.name for c in places.columns(table)), "simulasi"]
        assert {tuple(row[-3:]) for row in rows} <= {(f"simulasi: scenario {scenario}, seed {SEED}", "low", "simulasi")}
        assert rows or table in ("stage_event", "contact")


def test_a_scenario_never_overrules_what_is_sourced(here: Settings) -> None:
    run(here)
    sourced = pd.read_csv(here.reference_dir / "site.csv", dtype=str, keep_default_na=False).set_index("place_id")
    added = pd.read_csv(here.scenario / "site.csv", dtype=str, keep_default_na=False).set_index("place_id")
    both = sourced.index.intersection(added.index)
    assert len(both) > 100
    for column in ("kelurahan_code", "area_id", "category", "owner_id", "capacity", "lat", "lon"):
        assert not ((sourced.loc[both, column] != "") & (added.loc[both, column] != "")).any(), column


def test_ids_are_of_a_region_that_is_nowhere(here: Settings) -> None:
    rows = logged(run(here))
    assert rows.nik.str.fullmatch("9901[0-9]{12}").all()


def test_rows_stand_in_the_file_of_their_own_day_and_source(here: Settings) -> None:
    written = run(here)
    rows = logged(written)
    assert len(rows) == written.scans_written == pytest.approx(SCANS, rel=0.02)
    assert (rows.sumber + "-" + rows.waktu_scan.str[:10].str.replace("-", "") + ".csv" == rows.file).all()
    assert len(written.logs) == 7 * DAYS
    assert all(len(set(path.read_text().splitlines()[0].split(","))) == 10 for path in written.logs)
    assert (rows.waktu_unggah != "").all()
    assert not rows.drop(columns="file").map(lambda v: '"' in v or "," in v).any(axis=None)


def test_published_shares_and_the_simulators_counts_come_back_from_the_build(etl: Etl, here: Settings) -> None:
    rows = logged(run(here))
    ins = rows[rows.jenis == "check-in"]
    shares = ins.status_warna.value_counts(normalize=True)
    assert shares["merah"] == pytest.approx(0.035, abs=0.012)  # some 500 persons: a standard error of 0.4 points
    assert shares["kuning"] == pytest.approx(0.20, abs=0.03)
    assert shares.get("hitam", 0.0) < 0.001
    load(etl, run(here))
    found = assert_build_equals_truth(here)
    entries = found[["visits", "refused", "repeats"]].to_numpy().sum()
    assert found.refused.sum() / entries == pytest.approx(0.035 * 0.85, abs=0.012)
    assert found.repeats.sum() / entries == pytest.approx(0.02, abs=0.006)
    assert 0.08 < found.check_outs.sum() / entries < 0.35  # most never check out
    known = truth(here)
    assert known.duplicates.sum() / SCANS == pytest.approx(0.01, abs=0.003)


def test_the_breaks_of_colours_show(etl: Etl, here: Settings) -> None:
    written = run(here, "warna", days=8, scans=60_000)
    rows = logged(written)
    days = sorted(rows.waktu_scan.str[:10].unique())
    assert (days[0], days[3], days[4], days[-1]) == ("2021-09-04", "2021-09-07", "2022-07-15", "2022-07-18")
    ins = rows[rows.jenis == "check-in"].assign(day=lambda r: r.waktu_scan.str[:10])
    assert set(ins[ins.status_warna == "hitam"].day) <= {d for d in days if d >= "2021-09-06"}
    assert (ins[ins.status_warna == "hitam"].diizinkan != "ya").all()
    kuning = (ins.status_warna == "kuning").groupby(ins.day >= "2022-07-17").mean()
    assert kuning[False] == pytest.approx(0.20, abs=0.03)
    assert kuning[True] == pytest.approx(0.45, abs=0.03)
    load(etl, written)
    assert_build_equals_truth(here)


def test_the_rollout_keeps_the_dated_facts(here: Settings) -> None:
    run(here, first=date(2021, 10, 25), days=90)
    qr = pd.read_csv(here.scenario / "qr.csv", parse_dates=["valid_from"])
    live = qr[qr.valid_from <= "2021-11-29"]
    assert live.place_id.str.startswith("kantor-kel-").sum() == 24
    assert set(qr[qr.place_id.str.startswith("balai-kota")].valid_from.dt.date) == {date(2021, 11, 29)}
    sites = pd.read_csv(here.reference_dir / "site.csv")
    kampung = qr[qr.place_id.isin(sites[sites.category == "kampung"].place_id)].valid_from
    assert [(kampung <= day).sum() for day in ("2021-10-30", "2021-10-31", "2021-11-04")] == [0, 1, 7]
    events = pd.read_csv(here.scenario / "stage_event.csv", parse_dates=["at"])
    assert (events[events.document.str.contains("kolektif")]["at"].dt.date == date(2021, 10, 25)).all()
    for _, steps in events[events.corrects.isna()].groupby("place_id"):
        assert steps["at"].is_monotonic_increasing
        access = steps[steps.stage.isin(["access_issued", "activated", "expired"])]
        waited = access["at"].diff()[access.stage != "access_issued"]
        assert (waited <= pd.Timedelta(hours=24)).all()
        assert (waited[access.stage == "expired"] == pd.Timedelta(hours=24)).all()
    assert {"expired", "trained", "installed"} <= set(events.stage)
    assert "terminal-arjosari" in set(qr.place_id)
    assert "terminal-arjosari" not in set(truth(here).site_id)


def test_a_low_day_and_a_late_agency(here: Settings) -> None:
    rows = logged(run(here, first=date(2021, 11, 1), days=14, scans=40_000))
    mall = rows[rows.sumber == "mal"].groupby(rows.waktu_scan.str[:10]).size()
    assert mall["2021-11-05"] < 0.35 * mall["2021-11-04"]
    times = rows[rows.sumber == "dinkes"][["waktu_scan", "waktu_unggah"]].apply(pd.to_datetime)
    assert ((times.waktu_unggah - times.waktu_scan) > pd.Timedelta(hours=24)).mean() > 0.99


def test_the_truth_holds_more_people_than_the_log_and_head_counts_see_them(here: Settings) -> None:
    written = run(here)
    inside = pd.read_parquet(here.data_dir / "truth" / "inside.parquet")
    assert ((inside.scanned >= 0) & (inside.never_scanned >= 0)).all()
    assert (inside.scanned + inside.never_scanned > 0).all()
    assert inside.never_scanned.sum() > 0.1 * inside.scanned.sum()
    counts = pd.concat([pd.read_csv(path, parse_dates=["counted_at"]) for path in written.counts])
    parks = counts[counts.inside.notna()].merge(
        inside, left_on=["place_code", "counted_at"], right_on=["site_id", "at"], how="left"
    )
    assert len(parks) > 50
    really = parks.scanned.fillna(0) + parks.never_scanned.fillna(0)
    assert np.abs(parks.inside - really).max() <= 2  # who comes or goes in the very second of the count


def test_a_venue_moves_and_the_register_takes_the_scenario(here: Settings) -> None:
    run(here)
    sites = pd.read_csv(here.scenario / "site.csv", parse_dates=["valid_from", "valid_to"])
    moved = sites[sites.place_id == "rumah-makan-pindah"]
    assert moved.kelurahan_code.nunique() == 2
    assert moved.valid_from.iloc[1] - moved.valid_to.iloc[0] == pd.Timedelta(days=1)
    with closing(db.open_in_memory(here)) as con:
        register.lay(con, here)


def test_the_big_scenario_has_its_size(here: Settings) -> None:
    written = run(here, "besar", days=3, scans=3_000)
    assert len(pd.read_csv(here.scenario / "site.csv")) == 5_000
    kinds = pd.read_csv(here.scenario / "place.csv").kind.value_counts()
    assert (kinds["site"], kinds["door"]) == (5_000, 20_000)
    assert written.scans_written == pytest.approx(3_000, rel=0.02)
