"""Builds: published whole, damaged ones passed over, pinned, pruned, two open at most; and threads that read them."""

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from core import builds, db
from core.errors import StoreFailed
from core.settings import ROOT, Settings
from etl import store
from queries import quality
from tests.files import log, row

Etl = Callable[..., int]


@pytest.fixture
def second(etl: Etl, here: Settings, handmade: str, tmp_path: Path) -> str:
    """A second build, of one more visit."""
    path = log(tmp_path / "one.csv", [row("2021-12-05 20:00:00", "QR-KWW-1", person=900)])
    assert etl("load", path, "--profile", "pedulilindungi", "--build") == 0
    served = builds.current(here)
    assert served is not None
    assert served.build > handmade
    return served.build


def visits(build: str) -> int:
    return int(builds.frame(build, "SELECT sum(visits) AS n FROM place_day")["n"].iloc[0])


def test_each_build_says_what_it_said(handmade: str, second: str) -> None:
    assert (visits(handmade), visits(second)) == (183, 184)


def test_rollback_pins_and_release_lets_go(
    etl: Etl, here: Settings, handmade: str, second: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert etl("rollback") == 0
    assert builds.current(here) == builds.Current(handmade, True)
    path = log(tmp_path / "two.csv", [row("2021-12-05 21:00:00", "QR-KWW-1", person=901)])
    assert etl("load", path, "--profile", "pedulilindungi", "--build") == 0
    assert "ditahan" in capsys.readouterr().out
    assert builds.current(here) == builds.Current(handmade, True)
    assert etl("rollback", "--release") == 0
    served = builds.current(here)
    assert served is not None
    assert not served.pinned
    assert visits(served.build) == 185
    assert etl("rollback", second) == 0
    assert builds.current(here) == builds.Current(second, True)
    assert etl("rollback", "20200101T000000-00000000") == 2


def test_rollback_needs_an_older_build(etl: Etl, handmade: str) -> None:
    assert etl("rollback") == 2


def test_only_the_last_builds_stay(
    etl: Etl, here: Settings, handmade: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PANTAU_BUILDS_KEPT", "3")
    for n in range(4):
        path = log(tmp_path / f"{n}.csv", [row("2021-12-05 20:00:00", "QR-KWW-1", person=900 + n)])
        assert etl("load", path, "--profile", "pedulilindungi", "--build") == 0
    there = builds.on_disk(here)
    assert len(there) == 3
    assert handmade not in there
    with pytest.raises(StoreFailed):
        builds.frame(handmade, "FROM meta")


DAMAGE: dict[str, Callable[[Path], object]] = {
    "gone": Path.unlink,
    "empty": lambda p: p.write_bytes(b""),
    "cut off": lambda p: p.write_bytes(p.read_bytes()[:5000]),
    "not a database": lambda p: p.write_bytes(b"x" * 50_000),
    "header overwritten": lambda p: p.write_bytes(b"\0" * 4096 + p.read_bytes()[4096:]),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_build_is_passed_over(kind: str, etl: Etl, here: Settings, handmade: str, second: str) -> None:
    builds.close_all()
    DAMAGE[kind](builds.file_of(here, second))
    served = builds.usable(here)
    assert served is not None
    assert served.build == handmade
    builds.close_all()
    assert etl("build") == 0  # and the next build mends it
    mended = builds.usable(here)
    assert mended is not None
    assert visits(mended.build) == 184


def test_a_build_pruned_since_its_name_was_read_is_no_damage(
    etl: Etl, here: Settings, handmade: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Builds may be published and pruned between a reader's look at CURRENT and its opening of what stood there."""
    monkeypatch.setenv("PANTAU_BUILDS_KEPT", "2")
    named = builds.current(here)
    visits(handmade)  # and it is open: that it is gone must be seen all the same
    for n in range(3):
        path = log(tmp_path / f"{n}.csv", [row("2021-12-05 20:00:00", "QR-KWW-1", person=900 + n)])
        assert etl("load", path, "--profile", "pedulilindungi", "--build") == 0
    newest, said = builds.current(here), [named]
    monkeypatch.setattr(builds, "current", lambda _: said.pop() if said else newest)
    assert handmade not in builds.on_disk(here)
    assert builds.usable(here) == newest
    assert not said
    assert not builds.readable(handmade)
    builds.close_all()
    with pytest.raises(StoreFailed) as failure:
        visits(handmade)
    assert failure.value.key == "error.no_build_file"


def test_no_writer_takes_a_readers_spill_away(here: Settings, handmade: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each writer empties data/tmp as it begins and ends, while a query on a build may need more than its memory."""
    monkeypatch.setenv("PANTAU_APP_MEMORY", "60MB")
    builds.close_all()
    read = threading.Event()

    def write() -> None:
        while not read.is_set():
            with store.writer(here):
                time.sleep(0.05)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        found = builds.frame(
            handmade,
            """SELECT count(*) FILTER (n > 0 AND t <> '') AS n FROM (SELECT t, row_number() OVER (ORDER BY h) AS n
            FROM (SELECT hash(range) AS h, repeat('a', 20) AS t FROM range(2_000_000)))""",
        )
    finally:
        read.set()
        writer.join()
    assert found["n"].to_list() == [2_000_000]


def test_no_usable_build_is_said_in_words(here: Settings, handmade: str) -> None:
    builds.close_all()
    builds.file_of(here, handmade).write_bytes(b"")
    with pytest.raises(StoreFailed, match="python -m etl build"):
        builds.usable(here)
    (here.builds / "CURRENT").write_text("../../etc/passwd")
    with pytest.raises(StoreFailed, match="CURRENT"):
        builds.usable(here)


def test_a_mistyped_build_makes_no_file(here: Settings, handmade: str) -> None:
    for name in ("20200101T000000-00000000", "../warehouse", "x"):
        with pytest.raises(StoreFailed):
            builds.frame(name, "FROM meta")
    assert [p.name for p in here.builds.glob("*.duckdb")] == [f"{handmade}.duckdb"]


def test_two_builds_stay_open_at_most(etl: Etl, here: Settings, handmade: str, second: str, tmp_path: Path) -> None:
    path = log(tmp_path / "three.csv", [row("2021-12-05 22:00:00", "QR-KWW-1", person=902)])
    assert etl("load", path, "--profile", "pedulilindungi", "--build") == 0
    builds.close_all()
    for build in builds.on_disk(here) * 3:
        visits(build)
        assert builds.open_count() <= 2


def test_a_build_that_fails_its_checks_leaves_the_old_one(
    etl: Etl, here: Settings, handmade: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = quality.Check("always", "SELECT 7 AS wrong")
    monkeypatch.setattr(quality, "CHECKS", (*quality.CHECKS, bad))
    assert etl("build") == 5
    assert "always" in capsys.readouterr().err
    assert builds.current(here) == builds.Current(handmade, False)


def test_a_register_of_another_size_fails_the_build(
    etl: Etl, here: Settings, handmade: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import shutil

    folder = tmp_path / "reference"
    shutil.copytree(here.reference_dir, folder)
    city = folder / "city.toml"
    city.write_text(city.read_text().replace("areas = 18", "areas = 17"))
    monkeypatch.setenv("PANTAU_REFERENCE_DIR", str(folder))
    assert etl("build") == 5
    assert builds.current(here) == builds.Current(handmade, False)


@pytest.mark.parametrize(
    ("table", "breach", "check"),
    [
        ("place_day", "UPDATE place_day SET visits = visits + 1 WHERE day = '2021-11-22'", "visits.hour_day"),
        ("place_day", "INSERT INTO place_day FROM place_day LIMIT 1", "place_day.key"),
        ("place_hour", "INSERT INTO place_hour FROM place_hour LIMIT 1", "place_hour.key"),
        ("place_day", "UPDATE place_day SET site_id = 'nowhere' WHERE site_id = 'matos'", "place_day.site"),
        ("door_day", "INSERT INTO door_day FROM door_day LIMIT 1", "door_day.key"),
        ("door_day", "UPDATE door_day SET check_ins = check_ins + 1 WHERE day = '2021-11-22'", "door_day.place_day"),
        ("meta", "UPDATE meta SET value = '0' WHERE key = 'scans_stored'", "scans.stored"),
        ("kelurahan", "DELETE FROM kelurahan WHERE name = 'Sukun'", "city.expected"),
        ("outline", "DELETE FROM outline WHERE code LIKE '35.73.04.1005'", "outline.kelurahan"),
        ("place_day", "UPDATE place_day SET orphans = check_outs + 1", "place_day.range"),
        ("place_hour", "UPDATE place_hour SET occupied_seconds = -1", "place_hour.occupancy"),
        ("file", "UPDATE file SET loaded = loaded + 1", "files.accounting"),
        ("site", "INSERT INTO site FROM site WHERE place_id = 'matos'", "visits.partition"),
        ("total", "UPDATE total SET visits = visits + 1 WHERE day = '2021-12-05'", "total.place_day"),
        ("total", "UPDATE total SET provisional = true WHERE day = '2021-11-22'", "total.provisional"),
        ("revision", "UPDATE revision SET check_ins = check_ins + 1", "total.revision"),
        ("qr", "DELETE FROM qr WHERE source_id = 'mal'", "coverage.places"),
        ("completeness", "INSERT INTO completeness VALUES ('mal', '2021-12-01', 1.01)", "completeness.share"),
    ],
)
def test_every_check_catches_its_breach(table: str, breach: str, check: str, here: Settings, handmade: str) -> None:
    """R13, R14, R16, R17: a check that cannot fail checks nothing."""
    found = {c.key: c.failing for c in quality.CHECKS}
    with store.writer(here):
        copy = here.tmp / "copy.duckdb"
        copy.write_bytes(builds.file_of(here, handmade).read_bytes())
        con = db.open_for_writing(copy, here, create=False)
        try:
            assert all(not db.run(con, sql) for sql in found.values())
            db.run(con, breach)
            assert db.run(con, found[check])
        finally:
            con.close()


def test_every_check_is_tried() -> None:
    tried = set(re.findall(r'"([a-z_]+\.[a-z_]+)"\),$', Path(__file__).read_text(), re.M))
    assert {c.key for c in quality.CHECKS} == tried


def test_eight_threads_three_thousand_queries(handmade: str) -> None:
    """R19: each row carries its query's number; one connection shared without cursors gave hundreds of wrong rows."""
    wrong: list[object] = []

    def work(thread: int) -> None:
        for n in range(375):
            number = thread * 1000 + n
            found = builds.frame(
                handmade,
                "SELECT $n::INTEGER AS n, sum(visits) AS v FROM place_day WHERE site_id <> $s",
                n=number,
                s="x",
            )
            if found.to_dict("records") != [{"n": number, "v": 183}]:
                wrong.append(found)

    threads = [threading.Thread(target=work, args=(t,)) for t in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_the_second_writer_is_told_who_holds_the_lock(here: Settings, handmade: str) -> None:
    with store.writer(here):
        found = subprocess.run(
            [sys.executable, "-m", "etl", "build"], cwd=ROOT, env=dict(os.environ), capture_output=True, text=True
        )
    assert found.returncode == 4
    assert f"PID {os.getpid()}" in found.stderr


def test_a_newer_warehouse_is_not_touched(etl: Etl, here: Settings, handmade: str) -> None:
    with store.writer(here), store.warehouse(here) as con:
        store.set_meta(con, "schema_version", "99")
    assert etl("build") == 6
    assert builds.current(here) == builds.Current(handmade, False)


def test_a_warehouse_of_the_first_schema_goes_on(
    etl: Etl, here: Settings, scenario: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is migrated with a copy first; what it held stands."""
    with monkeypatch.context() as patch:
        patch.setattr(store, "MIGRATIONS", store.MIGRATIONS[:1])
        with store.writer(here), store.warehouse(here, create=True) as con:
            con.execute(
                """INSERT INTO file VALUES (1, 'old.csv', 'a', 1, 'hitung', 1, 'count', 'loaded', now()::TIMESTAMP,
                NULL, 2, 1, 0, 1, 0)"""
            )
            con.execute("INSERT INTO reject VALUES (1, 3, 'inside', 'number_unreadable', 'x')")
            con.execute(
                "INSERT INTO reading VALUES (2, 'mal', 'matos', '2021-11-24 09:00', 7, NULL, NULL, NULL, NULL, 1)"
            )
            con.execute("INSERT INTO file_day VALUES (1, 'mal', '2021-11-24')")
    assert etl("build") == 0
    served = builds.current(here)
    assert served is not None
    assert builds.frame(served.build, "SELECT inside FROM head_count")["inside"].to_list() == [7]
    with store.writer(here), store.warehouse(here) as con:
        assert con.execute("SELECT part, stands FROM standing").fetchall() == [(0, True)]
    copy = duckdb.connect(str(here.data_dir / "warehouse.before-v2.duckdb"), read_only=True)
    assert copy.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchall() == [("1",)]
    copy.close()
    assert etl("rejects") == 0


@pytest.mark.parametrize("body", [b"", b"x" * 9000])
def test_a_damaged_warehouse_is_said_and_the_build_stays(body: bytes, etl: Etl, here: Settings, handmade: str) -> None:
    here.warehouse.write_bytes(body)
    assert etl("load", ROOT / "data" / "sample" / "contoh.csv", "--profile", "pedulilindungi") == 6
    assert etl("build") == 6
    assert visits(handmade) == 183


def test_keys(etl: Etl, here: Settings, handmade: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = log(tmp_path / "k.csv", [row("2021-12-05 20:00:00", "QR-KWW-1", person=900)])
    words = ("load", path, "--profile", "pedulilindungi")
    assert here.key_file.stat().st_mode & 0o777 == 0o600
    own = here.key_file.read_text()
    here.key_file.write_text("0" * 64)
    assert etl(*words) == 2  # another key
    here.key_file.write_text("half")
    assert etl(*words) == 2
    here.key_file.unlink()
    assert etl(*words) == 2  # lost: never made anew under a warehouse
    assert not here.key_file.exists()
    here.key_file.write_text(own)
    here.key_file.chmod(0o644)
    assert etl(*words) == 2
    here.key_file.chmod(0o600)
    assert etl(*words) == 0
    monkeypatch.setenv("PANTAU_KEY_FILE", str(here.data_dir / "key"))
    assert etl(*words) == 0  # loaded before: no key needed
    more = log(tmp_path / "m.csv", [row("2021-12-05 20:00:01", "QR-KWW-1", person=901)])
    assert etl("load", more, "--profile", "pedulilindungi") == 2


def test_a_reader_that_has_seen_enough_is_no_failure(handmade: str) -> None:
    words = f"{sys.executable} -m etl status | head -1; echo ${{PIPESTATUS[0]}}"
    found = subprocess.run(["bash", "-c", words], cwd=ROOT, env=dict(os.environ), capture_output=True, text=True)
    assert found.stdout.endswith("\n0\n")
    assert found.stderr == ""
