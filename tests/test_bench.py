"""The measurements' log is what it says, and the peer that counts the same says the same."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bench import agree, city, contestants, estimate, in_pandas, log, occupancy
from core.settings import Settings
from tests.stores import accounts, table

ROWS, DAYS = 20_000, 4


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, log.Counts]:
    path = tmp_path_factory.mktemp("bench") / "bench.csv"
    return path, log.write(path, ROWS, DAYS)


def test_of_a_hundred_rows_one_is_bad_and_one_came_twice(written: tuple[Path, log.Counts]) -> None:
    path, counts = written
    rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    assert list(rows.columns) == list(log.COLUMNS)
    assert len(rows) == counts.rows == ROWS
    bad = Counter({reason: int((rows[column] == said).sum()) for reason, (column, said) in log.BAD.items()})
    assert bad == counts.rejected
    assert bad.total() == counts.duplicates == ROWS // 100
    good = rows[~rows["id_scan"].str.contains("X")]
    assert good["id_scan"].duplicated().sum() == counts.duplicates
    assert good["id_scan"].nunique() == counts.loaded
    at = pd.to_datetime(good.drop_duplicates("id_scan")["waktu_scan"])
    assert at.is_monotonic_increasing
    first = pd.Timestamp(log.LAST - timedelta(days=DAYS - 1))
    assert at.dt.normalize().drop_duplicates().to_list() == list(pd.date_range(first, log.NEXT_DAY))
    assert set(good["jenis"][pd.to_datetime(good["waktu_scan"]) >= pd.Timestamp(log.NEXT_DAY)]) == {"check-out"}


def test_persons_return_a_third_leave_and_some_stay_over_midnight(written: tuple[Path, log.Counts]) -> None:
    rows = pd.read_csv(written[0], dtype=str, keep_default_na=False)
    rows = rows[~rows["id_scan"].str.contains("X")].drop_duplicates("id_scan")
    entered, left = (rows[rows["jenis"] == event] for event in ("check-in", "check-out"))
    assert 0.25 < len(left) / len(entered) < 0.40
    assert entered["kode_qr"].nunique() > 150
    days = entered.groupby("nik")["waktu_scan"].agg(lambda at: at.str[:10].nunique())
    assert (days > 1).mean() > 0.1
    began = entered.groupby(["nik", "kode_qr"])["waktu_scan"].max()
    night = left[left["waktu_scan"].str[11:13] == "00"].set_index(["nik", "kode_qr"])["waktu_scan"]
    both = pd.concat([began, night], axis=1, join="inner", keys=["in", "out"])
    assert (both["in"].str[:10] < both["out"].str[:10]).any()


def test_the_same_log_each_time(written: tuple[Path, log.Counts], tmp_path: Path) -> None:
    log.write(tmp_path / "again.csv", ROWS, DAYS)
    assert (tmp_path / "again.csv").read_bytes() == written[0].read_bytes()
    with pytest.raises(ValueError):
        log.write(tmp_path / "odd.csv", 1_234)


def test_our_load_counts_what_the_generator_wrote_and_pandas_agrees(
    written: tuple[Path, log.Counts], etl: Callable[..., int], here: Settings, tmp_path: Path
) -> None:
    path, counts = written
    city.lay(here)
    assert etl("load", path, "--profile", "pedulilindungi", "--build") == 0
    (entry,) = accounts(here)
    assert (entry.arrived, entry.loaded, entry.duplicates, entry.rejected, entry.kept_aside) == (
        counts.rows,
        counts.loaded,
        counts.duplicates,
        counts.rejected.total(),
        0,
    )
    assert dict(table(here, "SELECT reason, count(*) FROM reject GROUP BY ALL")) == dict(counts.rejected)
    contestants.write_found(here.data_dir.parent)
    ours, theirs = tmp_path / "found", tmp_path / "theirs"
    in_pandas.run(path, theirs, in_pandas.register(here, city.sites()))
    assert agree.differences(ours, theirs) == []
    total = agree.totals(ours)
    assert total == agree.totals(theirs)
    assert min(total.values()) > 1000

    # A comparison that finds nothing must be able to find something.
    hours = pd.read_parquet(theirs / "place_hour.parquet")
    hours.loc[hours["occupied_seconds"].idxmax(), "occupied_seconds"] += 1
    hours.to_parquet(theirs / "place_hour.parquet")
    said = json.loads((theirs / "accounting.json").read_text())
    (theirs / "accounting.json").write_text(json.dumps(said | {"loaded": 0}))
    found = agree.differences(ours, theirs)
    assert len(found) == 2
    assert found[0].startswith("accounting")
    assert "occupied_seconds: 1 of" in found[1]


def test_a_late_day_has_rows_of_its_own(tmp_path: Path) -> None:
    log.write(tmp_path / "late.csv", 1_000, last=log.LATE_DAY, prefix="T")
    log.write(tmp_path / "base.csv", 10_000, 10)
    late, base = (set(pd.read_csv(tmp_path / name, dtype=str)["id_scan"]) for name in ("late.csv", "base.csv"))
    assert not late & base
    assert log.LATE_DAY.month < log.LAST.month


def test_the_interval_score_is_width_and_ten_times_what_lies_outside() -> None:
    low, high, truth = (np.array(v, float) for v in ([4, 4, 4], [8, 8, 8], [6, 9, 1]))
    assert estimate.interval_score(low, high, truth) == pytest.approx((4 + (4 + 10 * 1) + (4 + 10 * 3)) / 3)


def test_an_estimate_is_judged_where_at_least_five_are_inside() -> None:
    """One site, two hours; in the second nobody is inside but for four."""
    truth = np.array([[10.0] * 11 + [20.0] + [4.0] * 12])
    found = estimate.Instants(
        ["a"],
        truth,
        inside=truth * 0,
        bound=truth * 0 + 40,
        expected=np.array([[11.0] * 11 + [16.0] + [4.0] * 12]),
        low=np.array([[8.0] * 11 + [14.0] + [0.0] * 12]),
        high=np.array([[12.0] * 11 + [18.0] + [0.0] * 12]),
        rules={"closing": truth + 3, "two_hours": truth - 2, "next": truth + 9},
    )
    said = estimate.judge(found)
    assert (said["instants"], said["hours"]) == (12, 1)
    assert said["coverage"] == 0  # at the instant with the most expected there were 20
    assert said["coverage_instants"] == 11 / 12
    assert (said["below"], said["above"]) == (0, 1 / 12)
    assert said["width"] == 4 / 40
    assert said["error"] == (11 * 1 + 4) / 12
    assert said["errors"] == {"closing": 3, "two_hours": 2, "next": 9}
    assert said["best"] == "two_hours"
    assert said["better"] == 1 - (15 / 12) / 2
    assert said["by_size"] == {"5-9": (0, 0), "10-29": (12, 11 / 12), "30-99": (0, 0), "100+": (0, 0)}


def test_verdicts_are_held_against_what_was_so() -> None:
    """Four hours of one site with 10, 10, 10 and 30 inside: its limit is the 85th percentile of them, 21."""
    truth = np.repeat([[10.0, 10.0, 10.0, 30.0]], 12, axis=1)
    low, high = (np.repeat([v], 12, axis=1) for v in ([5.0, 22.0, 5.0, 15.0], [12.0, 25.0, 22.0, 35.0]))
    found = estimate.Instants(["a"], truth, truth, truth + 10, truth, low, high, {"closing": truth})
    said = estimate.judge(found)["verdicts"]
    assert said["likely range"] == {  # within, a false alarm, possibly, and possibly where it was so
        "right": 0.25, "maybe": 0.5, "maybe_over": 0.25, "missed": 0, "false_alarm": 0.25,
    }  # fmt: skip
    assert said["logical bounds"] == {"right": 1, "maybe": 0, "maybe_over": 0, "missed": 0, "false_alarm": 0}


def test_rules_take_check_ins_by_their_own_ends(handmade: str, here: Settings) -> None:
    """Of one day of the hand-made log, against a plain count."""
    stays = table(here, "SELECT site_id, entered_at, left_at, next_at, until FROM visit JOIN place_no USING (site)")
    day = min(entered for _, entered, *_ in stays).replace(hour=0, minute=0, second=0)
    sites = sorted({str(site) for site, *_ in stays})
    said = dict(occupancy._rules(here, {site: n for n, site in enumerate(sites)}, day, (len(sites), 288)))
    two_hours = timedelta(hours=2)
    for n, site in enumerate(sites):
        for step in range(288):
            at = day + step * timedelta(minutes=5)
            here_now = [v for v in stays if v[0] == site and v[1] <= at]
            ends = {
                "closing": [v[2] or v[4] for v in here_now],
                "two_hours": [v[2] or min(v[1] + two_hours, v[4]) for v in here_now],
                "next": [v[2] or min(v[3] or v[4], v[4]) for v in here_now],
            }
            for rule, those in ends.items():
                assert said[rule][n, step] == sum(end > at for end in those), (site, at, rule)
    assert said["closing"].sum() > said["two_hours"].sum() > 0
