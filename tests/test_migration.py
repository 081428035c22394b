"""An installation of the version before opens in this one: a copy first, then all or nothing; links to builds hold.

tests/fixtures/v2-warehouse is the hand-made example, loaded and built by the version with warehouse schema 2 and build
schema 3: its made-up people, its key beside it, and its visits by day.
"""

import csv
import os
import resource
import shutil
import signal
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from core import builds, db
from core.errors import StoreFailed
from core.settings import ROOT, Settings
from etl import migrate_builds, store
from tests.app.test_pages import headline, open_app
from tests.files import SAMPLE, log, row
from tests.stores import load, table

Etl = Callable[..., int]
FIXTURE = Path(__file__).with_name("fixtures") / "v2-warehouse"
BUILD = "20261125T103234-3feaab80"
PAGES = ("ringkasan", "kunjungan", "keramaian", "cakupan", "tempat", "taman", "mutu", "laporan")


@pytest.fixture(autouse=True)
def before(here: Settings) -> None:
    """The installation of the version before, as this test's own."""
    here.data_dir.mkdir()
    with tarfile.open(FIXTURE / "installation.tar.gz") as packed:
        packed.extractall(here.data_dir, filter="data")
    shutil.copy(FIXTURE / "key", here.key_file)
    here.key_file.chmod(0o600)


def visits(build: str) -> list[tuple[str, str]]:
    found = builds.frame(
        build, "SELECT day::VARCHAR AS day, sum(visits)::INTEGER AS n FROM place_day GROUP BY day ORDER BY day"
    )
    return [(str(r.day), str(r.n)) for r in found.itertuples()]


def as_it_was() -> list[tuple[str, str]]:
    with (FIXTURE / "visits.csv").open() as file:
        return [(r["day"], r["visits"]) for r in csv.DictReader(file)]


def version_of(path: Path) -> str:
    con = duckdb.connect(str(path), read_only=True)
    try:
        [(found,)] = con.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchall()
        return str(found)
    finally:
        con.close()


def served(here: Settings) -> str:
    found = builds.usable(here)
    assert found is not None
    return found.build


def copies(here: Settings) -> list[str]:
    return sorted(p.name for p in here.data_dir.glob("warehouse.before-*"))


def test_the_fixture_is_of_the_version_before(here: Settings) -> None:
    assert version_of(here.warehouse) == "2" and int(version_of(builds.file_of(here, BUILD))) == 3


def test_a_build_on_it_gives_the_figures_of_before(etl: Etl, here: Settings) -> None:
    assert etl("build") == 0
    assert served(here) != BUILD
    assert visits(served(here)) == visits(BUILD) == as_it_was()
    assert builds.frame(BUILD, "FROM door_day").empty and builds.frame(BUILD, "FROM regulars").empty
    by_door = "SELECT day::VARCHAR AS day, sum(check_ins) AS n FROM {} GROUP BY day HAVING n > 0 ORDER BY day"
    said = [builds.frame(served(here), by_door.format(name)) for name in ("door_day", "place_day")]
    assert said[0].equals(said[1]) and len(said[0]) > 0
    # Its history begins with this build: what the version before published is not known.
    why = builds.frame(served(here), "SELECT DISTINCT why FROM revision")["why"].to_list()
    assert len(why) == 1 and '"first"' in why[0]
    assert copies(here) == ["warehouse.before-v3.duckdb"]
    assert version_of(here.data_dir / copies(here)[0]) == "2"
    assert (here.data_dir / copies(here)[0]).stat().st_mode & 0o077 == 0


def test_it_knows_its_people_and_its_files(etl: Etl, here: Settings, tmp_path: Path) -> None:
    """The same key, the same pseudonyms: a person of before who comes again is no new one."""
    [(people,)] = table(here, "SELECT count(*) FROM person")
    assert load(etl, SAMPLE) == 0
    assert load(etl, log(tmp_path / "more.csv", [row("2021-12-05 21:00:00", person=1)])) == 0
    assert table(here, "SELECT count(*) FROM person") == [(people,)]
    assert etl("build") == 0
    *days, (last, n) = as_it_was()
    assert visits(served(here)) == [*days, (last, str(int(n) + 1))]
    assert etl("key") == 0
    assert table(here, "SELECT count(*) FROM meta WHERE key = 'key_fingerprint'") == [(0,)]


def test_the_last_copy_alone_is_kept(etl: Etl, here: Settings) -> None:
    (here.data_dir / "warehouse.before-v2.duckdb").write_bytes(b"older")
    assert etl("key") == 0
    assert copies(here) == ["warehouse.before-v3.duckdb"]
    kept = (here.data_dir / copies(here)[0]).stat()
    assert etl("key") == 0, "nothing to migrate any more"
    assert (here.data_dir / copies(here)[0]).stat() == kept


def python(script: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script, *words], cwd=ROOT, env=dict(os.environ), capture_output=True, text=True
    )


KILL = """import os, signal, sys
from etl import __main__, store
from core import db
kill = lambda: os.kill(os.getpid(), signal.SIGKILL)
"""
MOMENTS = {
    "in the copy": """
def half(a, b):
    open(b, "wb").write(open(a, "rb").read(9999)); kill()
store.shutil.copy2 = half""",
    "before the copy has its name": "store.os.replace = lambda a, b: kill()",
    "after the first step": """
run = store.run_file
def step(con, name): run(con, name); kill()
store.run_file = step""",
    "before the commit": """
note = store.set_meta
def noted(con, key, value): note(con, key, value); kill()
store.set_meta = noted""",
    "after the commit": "store._copies = lambda settings: kill()",
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_kill_leaves_the_old_warehouse_or_the_new_one(moment: str, etl: Etl, here: Settings) -> None:
    killed = python(KILL + MOMENTS[moment] + '\n__main__.main(["status"])')
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert version_of(here.warehouse) == (str(len(store.MIGRATIONS)) if moment == "after the commit" else "2")
    assert all(version_of(here.data_dir / name) == "2" for name in copies(here)), "a copy is whole or not there"
    assert etl("build") == 0
    assert visits(served(here)) == as_it_was()


def test_a_disk_that_fills_up_in_the_copy_leaves_the_original(here: Settings) -> None:
    body = here.warehouse.read_bytes()
    script = f"""import resource, sys
from etl import __main__
resource.setrlimit(resource.RLIMIT_FSIZE, ({len(body) // 2}, resource.RLIM_INFINITY))
sys.exit(__main__.main(["status"]))"""
    found = python(script)
    assert (found.returncode, "Ruang disk habis" in found.stderr) == (6, True), found.stderr
    assert here.warehouse.read_bytes() == body
    assert copies(here) == []
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
    assert python('import sys; from etl import __main__; sys.exit(__main__.main(["build"]))').returncode == 0
    assert visits(served(here)) == as_it_was()


def test_steps_lead_to_the_schema_of_this_version() -> None:
    assert list(migrate_builds.STEPS) == list(range(min(migrate_builds.STEPS), builds.SCHEMA_VERSION + 1))


def schema(path: Path) -> set[tuple[str, str, str]]:
    con = duckdb.connect(str(path), read_only=True)
    try:
        sql = "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal"
        return {(str(a), str(b), str(c)) for a, b, c in con.execute(sql).fetchall()}
    finally:
        con.close()


def test_a_migrated_build_has_the_tables_of_a_new_one(etl: Etl, here: Settings) -> None:
    """So every query runs on it. What it could not know is empty."""
    assert etl("build") == 0
    new = served(here)
    builds.close_all()
    assert schema(builds.file_of(here, BUILD)) == schema(builds.file_of(here, new))
    assert builds.frame(BUILD, "FROM key_change").empty
    assert not list(here.tmp.glob("*"))


def test_a_link_to_a_build_of_before_opens(etl: Etl, here: Settings, tmp_path: Path) -> None:
    """Every page shows the build of the link, not the served one, which has a visit more."""
    assert load(etl, log(tmp_path / "more.csv", [row("2021-12-05 21:00:00", person=1)])) == 0
    assert etl("build") == 0
    for page in PAGES:
        at = open_app(page, v=BUILD, dari="2021-11-22", sampai="2021-12-05")
        assert not at.error and not at.warning and headline(at), page
        if page == "kunjungan":
            assert headline(at).startswith("183 kunjungan tercatat")


def test_the_pinned_build_is_migrated_and_stays_pinned(etl: Etl, here: Settings) -> None:
    (here.builds / "CURRENT").write_text(f"{BUILD} pinned\n")
    assert etl("build") == 0
    assert builds.usable(here) == builds.Current(BUILD, True)
    assert visits(BUILD) == as_it_was()


def test_an_app_that_has_it_open_gets_the_migrated_one(here: Settings) -> None:
    with pytest.raises(StoreFailed):
        builds.usable(here)  # opened, and of another schema: it stays open in this process
    assert python('from etl import __main__; __main__.main(["build"])').returncode == 0
    assert builds.readable(BUILD)
    assert builds.frame(BUILD, "FROM key_change").empty


@pytest.mark.parametrize("damage", [b"", b"x" * 9000, None])
def test_a_damaged_or_too_old_build_stops_nothing(damage: bytes | None, etl: Etl, here: Settings) -> None:
    path = builds.file_of(here, BUILD)
    if damage is None:
        con = db.open_for_writing(path, here, create=False)
        db.run(con, "UPDATE meta SET value = '1' WHERE key = 'schema_version'")
        con.close()
    else:
        path.write_bytes(damage)
    body = path.read_bytes()
    assert etl("build") == 0
    assert path.read_bytes() == body
    assert visits(served(here)) == as_it_was()
    at = open_app(v=BUILD, dari="2021-11-22")  # the link says that its build is gone, and shows the served one
    assert headline(at).startswith("183 kunjungan tercatat")
    assert any("v" in str(w.value) for w in at.warning)


BUILD_MOMENTS = {
    "in the copy": """
def half(a, b):
    open(b, "wb").write(open(a, "rb").read(9999)); kill()
migrate_builds.shutil.copyfile = half""",
    "in the step": """
run = store.run_file
def step(con, name):
    run(con, name)
    if name.startswith("build_"): kill()
store.run_file = step""",
    "before it has its name": "migrate_builds.os.replace = lambda a, b: kill()",
    "after it has its name": "migrate_builds.publish.sync = lambda folder: kill()",
}


@pytest.mark.parametrize("moment", BUILD_MOMENTS)
def test_a_kill_leaves_the_old_build_or_the_new_one(moment: str, etl: Etl, here: Settings) -> None:
    killed = python(KILL + "from etl import migrate_builds\n" + BUILD_MOMENTS[moment] + '\n__main__.main(["build"])')
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    now = version_of(builds.file_of(here, BUILD))
    assert now == (str(builds.SCHEMA_VERSION) if moment == "after it has its name" else "3")
    assert [p.stem for p in here.builds.glob("*.duckdb")] == [BUILD]
    assert etl("build") == 0
    assert visits(BUILD) == visits(served(here)) == as_it_was()
