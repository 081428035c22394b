"""Retention: what a seal deletes, what stays to the byte, and what the days after it still know."""

import random
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from core import builds, clock
from core.settings import Settings
from etl import build, purge, register, store
from tests.files import log, row
from tests.stores import Etl, accounts, table
from tests.test_incremental import START, daily_rows, some_rows

NOVEMBER, DECEMBER = date(2021, 11, 1), date(2021, 12, 1)


def at(day: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime.fromisoformat(day))


@pytest.mark.parametrize(
    ("today", "months"),
    [
        ("2021-12-27", []),
        ("2021-12-28", [NOVEMBER]),  # 28 days after 30 November
        ("2022-01-27", [NOVEMBER]),
        ("2022-01-28", [NOVEMBER, DECEMBER]),
    ],
)
def test_a_month_is_due_28_days_after_its_end(today: str, months: list[date]) -> None:
    assert [m for m in (NOVEMBER, DECEMBER) if purge.is_due(m, date.fromisoformat(today), 28)] == months
    assert purge.deleted_on(NOVEMBER, 28) == date(2021, 12, 28)


def test_a_week_that_has_not_ended_waits() -> None:
    # 30 November 2021 is a Tuesday: its week ends on Sunday 5 December
    assert not purge.is_due(NOVEMBER, date(2021, 12, 5), 1)
    assert purge.is_due(NOVEMBER, date(2021, 12, 6), 1)
    assert purge.deleted_on(NOVEMBER, 1) == date(2021, 12, 6)


def two_months(choose: random.Random) -> list[dict[str, str]]:
    """October to December, with much of it about the two midnights between them."""
    rows = [r for first in range(0, 60, 6) for r in some_rows(choose, first, 6) + daily_rows(choose, first, 6)]
    for midnight in (datetime(2021, 11, 1), datetime(2021, 12, 1)):
        for n in range(12):
            moment = midnight - timedelta(seconds=choose.randrange(1_500))
            rows.append(row(str(moment), "QR-BK-1", person=n))
            later = moment + timedelta(seconds=choose.choice((400, 800, 1_000, 30_000)))
            rows.append(row(str(later), "QR-BK-2", choose.choice(("check-in", "check-out")), n))
    return rows


AFTER = """SELECT 'hour' AS t, h::VARCHAR FROM mart.place_hour h WHERE hour::DATE >= '2021-12-01'
    UNION ALL SELECT 'occupancy', o::VARCHAR FROM mart.occupancy o WHERE hour::DATE >= '2021-12-01'
    UNION ALL SELECT 'instant', i::VARCHAR FROM mart.place_instant i WHERE hour::DATE >= '2021-12-01'
    UNION ALL SELECT 'regular', r::VARCHAR FROM regular_visit r WHERE day >= '2021-12-01'
    UNION ALL SELECT 'day', d::VARCHAR FROM mart.place_day d WHERE day >= '2021-12-01'
    UNION ALL SELECT 'door', d::VARCHAR FROM mart.door_day d WHERE day >= '2021-12-01'
    UNION ALL SELECT 'regulars', r::VARCHAR FROM mart.regulars r WHERE first >= '2021-12-01'
    UNION ALL SELECT 'visitors', v::VARCHAR FROM mart.visitors v WHERE first >= '2021-12-01'
    UNION ALL SELECT 'status', s::VARCHAR FROM mart.status s WHERE first >= '2021-12-01' ORDER BY ALL"""


@pytest.mark.parametrize("seed", range(3))
def test_a_sealed_month_stays_and_the_days_after_it_know_no_less(
    seed: int, etl: Etl, here: Settings, scenario: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose = random.Random(seed)
    assert etl("load", log(tmp_path / "a.csv", two_months(choose)), "--profile", "pedulilindungi", "--build") == 0
    rows_before = accounts(here)
    after_before = table(here, AFTER)
    estimated = "SELECT count(*) > 0 FROM mart.occupancy WHERE estimated > 0 AND hour::DATE = '2021-12-01'"
    assert table(here, estimated) == [(True,)]
    assert table(here, "SELECT count(*) > 0 FROM regular_visit WHERE day = '2021-12-01'") == [(True,)]
    served = builds.current(here)
    assert served is not None
    published = {
        t: builds.frame(served.build, f"FROM {t} ORDER BY ALL")
        for t in ("place_hour", "place_instant", "place_day", "dwell", "door_day", "regulars", "visitors", "status")
    }
    at("2021-12-28 10:00:00", monkeypatch)
    assert etl("purge") == 0
    now = builds.current(here)
    assert now is not None and now.build != served.build
    for name, before in published.items():
        assert builds.frame(now.build, f"FROM {name} ORDER BY ALL").equals(before), name
    assert table(here, "SELECT month FROM sealed ORDER BY month") == [(date(2021, 10, 1),), (NOVEMBER,)]
    assert table(here, "SELECT count(*) FROM scan WHERE day_wib < '2021-12-01'") == [(0,)]
    assert table(here, "SELECT count(*) FROM duplicate WHERE day_wib < '2021-12-01'") == [(0,)]
    assert table(
        here, "SELECT count(*) FROM visit WHERE day < '2021-12-01' AND coalesce(left_at, until) < '2021-12-01'"
    ) == [(0,)]
    seen = "SELECT visitor FROM scan UNION SELECT visitor FROM visit UNION SELECT visitor FROM duplicate"
    assert table(here, f"SELECT count(*) FROM person WHERE id NOT IN ({seen})") == [(0,)]
    assert accounts(here) == rows_before, "the ledger still counts what is deleted"
    # Everything that is open, computed anew of what is left, is what it was.
    with store.writer(here):
        again = build.build(here, clock.now(), whole=True)
    assert not again.new
    assert table(here, AFTER) == after_before
    # A late file of open days changes them, and nothing of the sealed months.
    late = [r for r in some_rows(choose, (DECEMBER - START.date()).days, 5) if r["waktu_scan"] >= "2021-12-01"]
    assert etl("load", log(tmp_path / "late.csv", late), "--profile", "pedulilindungi", "--build") == 0
    with store.writer(here), store.warehouse(here) as con:
        register.lay(con, here)
        assert purge.broken(con) == []
    by_change = table(here, AFTER)
    with store.writer(here):
        assert not build.build(here, clock.now(), whole=True).new
    assert table(here, AFTER) == by_change
    assert by_change != after_before


def test_a_scan_of_a_sealed_day_is_refused_and_counted(
    etl: Etl,
    here: Settings,
    scenario: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = [row("2021-11-29 09:00:00", person=1), row("2021-12-02 09:00:00", person=2)]
    assert etl("load", log(tmp_path / "a.csv", rows), "--profile", "pedulilindungi", "--build") == 0
    at("2021-12-29 10:00:00", monkeypatch)
    assert etl("purge", "--dry-run") == 0
    assert "2021-11" in capsys.readouterr().out
    assert table(here, "SELECT count(*) FROM scan") == [(2,)]
    assert etl("purge") == 0
    assert "1 baris scan dan 1 pseudonim dihapus" in capsys.readouterr().out
    late = [
        row("2021-11-30 09:00:00", person=3),
        row("2021-12-03 09:00:00", person=4),
        row("2021-12-02 09:00:00", person=2),
    ]
    assert etl("load", log(tmp_path / "late.csv", late), "--profile", "pedulilindungi", "--build") == 0
    entry = accounts(here)[-1]
    assert (entry.arrived, entry.sealed) == (3, 1)
    # which of two equal rows stands is decided by the files' content; two scans stand under one of them each, one lost
    assert sum(e.duplicates for e in accounts(here)) == 1 and sum(e.loaded for e in accounts(here)) == 3
    assert "1 baris tidak dimuat: harinya termasuk bulan yang sudah disegel" in capsys.readouterr().out
    by_day = "SELECT day::VARCHAR AS day, sum(visits)::INTEGER AS n FROM place_day WHERE visits > 0 GROUP BY day"
    visits = builds.frame(builds.current(here).build, by_day + " ORDER BY day")
    assert dict(zip(visits["day"].str[:10], visits["n"], strict=True)) == {
        "2021-11-29": 1,
        "2021-12-02": 1,
        "2021-12-03": 1,
    }
    assert etl("unload", "a.csv") == 2
    assert "disegel" in capsys.readouterr().err
    assert etl("purge") == 0
    assert "tidak ada yang dihapus" in capsys.readouterr().out


def test_nothing_deleted_is_left_in_the_file(
    etl: Etl, here: Settings, scenario: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A code as long as a mark stands for what a scan holds: gone from the rows, it is gone from the bytes."""
    mark = "RAHASIA-" + "7Q" * 20
    rows = [row(f"2021-11-{d:02d} 09:00:00", f"{mark}-{d}", person=d) for d in range(2, 29)]
    rows.append(row("2021-12-02 09:00:00", person=2))
    assert etl("load", log(tmp_path / "a.csv", rows), "--profile", "pedulilindungi", "--build") == 0
    assert mark.encode() in here.warehouse.read_bytes()
    at("2021-12-29 10:00:00", monkeypatch)
    assert etl("purge") == 0
    assert mark.encode() not in here.warehouse.read_bytes()
    entry = accounts(here)[0]
    assert (entry.kept_aside, entry.loaded) == (27, 1)


def test_a_register_changed_for_sealed_days_is_marked(
    etl: Etl, here: Settings, scenario: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [row("2021-11-29 09:00:00", person=1), row("2021-12-02 09:00:00", person=2)]
    assert etl("load", log(tmp_path / "a.csv", rows), "--profile", "pedulilindungi", "--build") == 0
    at("2021-12-29 10:00:00", monkeypatch)
    assert etl("purge") == 0
    before = table(here, "SELECT * FROM mart.visitors WHERE first < '2021-12-01' ORDER BY ALL")
    codes = here.scenario / "qr.csv"
    codes.write_text(codes.read_text().replace("QR-SKN-1,kantor-kel-sukun", "QR-SKN-1,kantor-kel-dinoyo"))
    assert etl("build") == 0
    assert table(here, "SELECT * FROM mart.visitors WHERE first < '2021-12-01' ORDER BY ALL") == before
    kept = builds.frame(builds.current(here).build, "FROM retention ORDER BY month")
    assert kept["state"].to_list() == ["sealed", "open"]
    assert kept["register_at"].notna().to_list() == [True, False]
    assert str(kept["scans_until"].iloc[1])[:10] == "2022-01-28"
