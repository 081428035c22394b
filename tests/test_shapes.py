"""The shapes of logs: one row a scan, one row a visit, head counts; their sources and zones."""

from pathlib import Path

import pytest

from core import builds
from core.settings import Settings
from etl import store
from tests.stores import Etl, accounts, table


def test_head_counts_are_a_table_of_their_own(etl: Etl, here: Settings, handmade: str, tmp_path: Path) -> None:
    head = "counted_at,place_code,inside,n_in,n_out,interval_minutes,capacity\n"
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    first.write_text(
        head
        + "2021-11-28 10:00,matos,120,,,,2100\n2021-11-28 11:00,matos,,80,60,60,\n"
        + "2021-11-28 12:00,entah,5,,,,\n2021-11-28 13:00,matos,-3,,,,\n2021-11-28 14:00,matos,7,,,,\n"
        + "2021-11-28 15:00,matos,banyak,,,,\n"
    )
    second.write_text(
        head
        + "2021-11-28 10:00,matos,119,,,,2100\n2021-11-28 16:00,matos,,80,,60,\n"
        + "".join(f"2021-11-28 17:{n:02d},matos,{n},,,,\n" for n in range(6))
    )
    for path in (first, second):
        assert etl("load", path, "--profile", "hitung", "--source", "mal", "--build") == 0
    found = {e.name: (e.arrived, e.loaded, e.duplicates, e.rejected, e.kept_aside) for e in accounts(here)}
    assert found["a.csv"] == (6, 3, 1, 1, 1)  # 120 gives way to the smaller 119, whichever came first
    assert found["b.csv"] == (8, 7, 0, 1, 0)
    served = builds.current(here)
    assert served is not None
    counts = builds.frame(served.build, "SELECT inside FROM head_count WHERE inside IS NOT NULL ORDER BY counted_at")
    assert counts["inside"].to_list() == [119, -3, 7, 0, 1, 2, 3, 4, 5]
    visits = builds.frame(served.build, "SELECT sum(visits) AS n FROM place_day")
    assert visits["n"].to_list() == [183]
    assert etl("unload", "b.csv") == 0
    assert [(e.loaded, e.duplicates) for e in accounts(here) if e.name == "a.csv"] == [(4, 0)]
    assert [e.name for e in accounts(here) if e.state == "unloaded"] == ["b.csv"]


def test_visit_rows(etl: Etl, here: Settings, scenario: None, tmp_path: Path) -> None:
    """Loaded if the check-in or the check-out is new; a bad out time rejects the row; none is an open visit."""
    head = "nik,kode_qr,waktu_masuk,waktu_keluar\n"
    person = "9901000000000001"
    first = tmp_path / "first.csv"
    first.write_text(
        head
        + f"{person},QR-MTS-1,2021-11-28 10:00,\n"
        + "".join(f"99010000000001{n:02d},QR-MTS-1,2021-11-28 1{n}:00,2021-11-28 1{n}:30\n" for n in range(8))
        + f"{person},QR-MTS-1,2021-11-28 14:00,2021-11-28 13:00\n"
        + f"{person},QR-MTS-1,2021-11-28 15:00,nanti\n"
    )
    second = tmp_path / "second.csv"  # the first visit again, now with its out time; another row as it was
    second.write_text(
        head + f"{person},QR-MTS-1,2021-11-28 10:00,2021-11-28 11:00\n"
        "9901000000000100,QR-MTS-1,2021-11-28 10:00,2021-11-28 10:30\n"
    )
    for path in (first, second):
        assert etl("load", path, "--profile", "kunjungan", "--source", "mal") == 0
    assert [(e.arrived, e.loaded, e.duplicates, e.rejected) for e in accounts(here)] == [(11, 9, 0, 2), (2, 1, 1, 0)]
    assert etl("build") == 0
    served = builds.current(here)
    assert served is not None
    [day] = builds.frame(served.build, "FROM place_day").to_dict("records")
    assert (day["visits"], day["check_outs"], day["orphans"]) == (9, 9, 0)


def test_a_stay_of_no_length_closes_its_own_check_in(etl: Etl, here: Settings, scenario: None, tmp_path: Path) -> None:
    path = tmp_path / "instant.csv"
    path.write_text(
        "nik,kode_qr,waktu_masuk,waktu_keluar\n9901000000000001,QR-MTS-1,2021-11-28 10:00,2021-11-28 10:00\n"
    )
    assert etl("load", path, "--profile", "kunjungan", "--source", "mal", "--build") == 0
    served = builds.current(here)
    assert served is not None
    [hour] = builds.frame(served.build, "FROM place_hour").to_dict("records")
    assert (hour["visits"], hour["check_outs"], hour["occupied_seconds"], hour["peak"]) == (1, 1, 0, 0)
    [day] = builds.frame(served.build, "FROM place_day").to_dict("records")
    assert day["orphans"] == 0


def test_utc_log_moves_evening_visits_to_their_wib_day(
    etl: Etl, here: Settings, scenario: None, tmp_path: Path
) -> None:
    profile = tmp_path / "utc.toml"
    shipped = (Path(store.__file__).with_name("profiles") / "kunjungan.toml").read_text()
    profile.write_text(
        shipped.replace('zone = "Asia/Jakarta"', 'zone = "UTC"').replace(
            '"%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"', '"%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S%z"'
        )
    )
    path = tmp_path / "utc.csv"
    path.write_text(
        "nik,kode_qr,waktu_masuk,waktu_keluar\n"
        "9901000000000001,QR-MTS-1,2021-11-28 18:30,\n"
        "9901000000000002,QR-MTS-1,2021-11-28T20:30:00+0900,\n"
    )
    assert etl("load", path, "--profile", profile, "--source", "mal") == 0
    assert table(here, "SELECT ts_wib::VARCHAR, day_wib::VARCHAR FROM scan ORDER BY ALL") == [
        ("2021-11-28 18:30:00", "2021-11-28"),
        ("2021-11-29 01:30:00", "2021-11-29"),
    ]


def test_a_file_without_a_source_is_wrong_use(
    etl: Etl, here: Settings, scenario: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "visits.csv"
    path.write_text("nik,kode_qr,waktu_masuk,waktu_keluar\n9901000000000001,QR-MTS-1,2021-11-28 10:00,\n")
    assert etl("load", path, "--profile", "kunjungan") == 2
    assert "--source" in capsys.readouterr().err
    assert etl("load", path, "--profile", "kunjungan", "--source", "entah") == 2
    assert etl("load", path, "--profile", "kunjungan", "--source", "mal") == 0
    assert [e.loaded for e in accounts(here)] == [1]
