"""R6-R8: the machine fails, a store is damaged, a file changes. A clear line, its exit code, the last build served."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from core import builds
from core.settings import ROOT, Settings
from core.settings import load as load_settings
from etl import load
from tests.files import SAMPLE, log, row
from tests.stores import Etl, accounts, content

VISITS = "SELECT sum(visits)::INTEGER AS n FROM place_day"


def served(here: Settings) -> int:
    """Visits of the build a screen would show now."""
    builds.close_all()
    now = builds.usable(here)
    assert now is not None
    return int(builds.frame(now.build, VISITS)["n"].iloc[0])


@pytest.fixture
def namespace() -> list[str]:
    """A shell of its own mounts, where a disk can be full or read-only without harm to anybody."""
    shell = ["unshare", "--user", "--map-root-user", "--mount", "bash", "-c"]
    if (
        not shutil.which("unshare")
        or subprocess.run([*shell, "mount -t tmpfs none /mnt"], capture_output=True).returncode
    ):
        pytest.skip("needs mounts of its own (unshare), which this machine does not allow")
    return shell


@pytest.fixture
def big(tmp_path: Path) -> Path:
    """A log of 60,000 rows: some megabytes of warehouse."""
    rows = [
        row(f"2021-12-{1 + n % 5:02d} 08:{n // 60 % 60:02d}:{n % 60:02d}", person=10_000 + n) for n in range(60_000)
    ]
    return log(tmp_path / "big.csv", rows)


@pytest.mark.parametrize("command", ["load", "build"])
def test_a_full_disk(
    command: str,
    big: Path,
    namespace: list[str],
    here: Settings,
    handmade: str,
    etl: Etl,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The disk fills while a load, or the build after it, writes; with room again the same command goes through."""
    before = served(here)
    if command == "build":
        assert etl("load", big, "--profile", "pedulilindungi") == 0
    disk, out = tmp_path / "disk", tmp_path / "out"
    disk.mkdir(), out.mkdir()
    words = f"load {big} --profile pedulilindungi --build" if command == "load" else "build"
    run = f"{sys.executable} -m etl {words}"
    script = f"""set -u
        mount -t tmpfs -o size=$(( $(du -sk {here.data_dir} | cut -f1) + 900 ))k none {disk}
        cp -a {here.data_dir} {disk}/data
        export PANTAU_DATA_DIR={disk}/data
        {run} > {out}/said 2>&1; echo $? > {out}/full
        cp {disk}/data/builds/CURRENT {out}/current; ls {disk}/data/tmp > {out}/tmp 2>&1
        mount -o remount,size=500m {disk}
        {run} >> {out}/again 2>&1; echo $? > {out}/room
        cp -a {disk}/data {out}/data"""
    done = subprocess.run([*namespace, script], cwd=ROOT, env=dict(os.environ), capture_output=True, text=True)
    assert done.stderr == ""
    said = (out / "said").read_text()
    assert (out / "full").read_text() == "6\n", said
    assert "Ruang disk habis" in said and "Traceback" not in said
    assert (out / "current").read_text() == f"{handmade}\n"
    assert not (out / "tmp").exists() or "warehouse" not in (out / "tmp").read_text()
    assert (out / "room").read_text() == "0\n", (out / "again").read_text()
    assert served(here) == before
    monkeypatch.setenv("PANTAU_DATA_DIR", str(out / "data"))
    assert served(load_settings()) > before


def test_a_read_only_directory(big: Path, namespace: list[str], here: Settings, handmade: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    script = f"""mount --bind {here.data_dir} {here.data_dir} && mount -o remount,bind,ro {here.data_dir}
        for words in "load {big} --profile pedulilindungi" build "rollback --release"; do
            {sys.executable} -m etl $words >> {out} 2>&1; echo "exit $?" >> {out}
        done
        {sys.executable} -m etl report kunjungan-harian --out {tmp_path} >> {out} 2>&1; echo "exit $?" >> {out}"""
    subprocess.run([*namespace, script], cwd=ROOT, env=dict(os.environ), check=True, capture_output=True)
    said = out.read_text()
    assert [line for line in said.splitlines() if line.startswith("exit")] == ["exit 6"] * 3 + ["exit 0"], said
    assert said.count("tidak dapat ditulisi") == 3
    assert "Traceback" not in said


@pytest.mark.parametrize("body", [b"", os.urandom(5000), None])
def test_a_stale_write_ahead_log(
    body: bytes | None, etl: Etl, here: Settings, handmade: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Left from a copy or an old backup: passed over, or set aside and said; the run after that goes through."""
    stale = here.warehouse.with_name("warehouse.duckdb.wal")
    if body is None:  # the log of another database
        script = f"""import duckdb, shutil
con = duckdb.connect({str(tmp_path / "other.duckdb")!r})
con.execute("CREATE TABLE t AS FROM range(9)"); con.execute("INSERT INTO t VALUES (1)")
shutil.copy({str(tmp_path / "other.duckdb.wal")!r}, {str(stale)!r})"""
        subprocess.run([sys.executable, "-c", script], check=True)
    else:
        stale.write_bytes(body)
    more = log(tmp_path / "m.csv", [row("2021-12-05 20:00:00", "QR-KWW-1", person=900)])
    words = ("load", more, "--profile", "pedulilindungi", "--build")
    first = etl(*words)
    assert first == (6 if body is None else 0)
    if first:
        assert "disisihkan sebagai warehouse.duckdb.wal." in capsys.readouterr().err
        assert served(here) == 183
        assert etl(*words) == 0
    assert served(here) == 184


def test_a_warehouse_that_is_gone_is_no_new_one(etl: Etl, here: Settings, handmade: str, tmp_path: Path) -> None:
    here.warehouse.unlink()
    assert etl("load", SAMPLE, "--profile", "pedulilindungi", "--build") == 6
    assert served(here) == 183
    shutil.move(here.builds, tmp_path / "old")
    assert etl("load", SAMPLE, "--profile", "pedulilindungi", "--build") == 0


def test_a_warehouse_open_elsewhere(
    etl: Etl, here: Settings, handmade: str, capsys: pytest.CaptureFixture[str]
) -> None:
    script = f"import duckdb; con = duckdb.connect({str(here.warehouse)!r}); print('open', flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", script], stdin=-1, stdout=-1, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        assert etl("build") == 6
        other.communicate("\n")
    assert "sedang dipakai program lain" in capsys.readouterr().err
    assert etl("build") == 0


@pytest.mark.parametrize("damage", ["flip", "cut"])
def test_a_damaged_warehouse(
    damage: str, etl: Etl, here: Settings, handmade: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Found on opening or in reading; nothing is published from it, and a restored one goes on."""
    body = here.warehouse.read_bytes()
    if damage == "cut":
        here.warehouse.write_bytes(body[: len(body) // 2])
    else:
        middle = bytearray(body)
        for at in range(8192, len(body), 4096):
            middle[at] ^= 0xFF
        here.warehouse.write_bytes(bytes(middle))
    more = log(tmp_path / "m.csv", [row("2021-12-05 20:00:00", "QR-KWW-1", person=900)])
    assert etl("load", more, "--profile", "pedulilindungi", "--build") == 6
    said = capsys.readouterr().err
    assert "Traceback" not in said and str(here.data_dir) not in said
    assert served(here) == 183
    here.warehouse.write_bytes(body)
    here.warehouse.with_name("warehouse.duckdb.wal").unlink(missing_ok=True)
    assert etl("load", more, "--profile", "pedulilindungi", "--build") == 0
    assert served(here) == 184


def test_a_file_that_changes_while_it_is_read(
    etl: Etl, here: Settings, scenario: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = log(tmp_path / "growing.csv", [row(f"2021-11-24 08:{n:02d}:00", person=n) for n in range(9)])
    check = load.readers.check

    def grows(path: Path, chosen: object) -> object:
        found = check(path, chosen)
        with path.open("a") as file:
            file.write("half a ro")
        return found

    with monkeypatch.context() as patch:
        patch.setattr(load.readers, "check", grows)
        assert etl("load", path, "--profile", "pedulilindungi") == 3
    assert [(e.state, e.reason) for e in accounts(here)] == [("refused", "refused.changed")]
    log(path, [row(f"2021-11-24 08:{n:02d}:00", person=n) for n in range(9)])
    assert etl("load", path, "--profile", "pedulilindungi") == 0


def test_a_defect_says_where_and_not_what(
    etl: Etl, scenario: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A library's message may hold a value of the log."""

    def broken(*_: object) -> None:
        raise ValueError("could not convert 99" + "01" * 7)

    monkeypatch.setattr(load.readers, "check", broken)
    assert etl("load", SAMPLE, "--profile", "pedulilindungi") == 1
    said = capsys.readouterr().err
    assert "ValueError" in said and "load.py" in said
    assert "9901" not in said


def test_the_same_failures_in_english(
    etl: Etl, here: Settings, handmade: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = content(here)
    assert etl("--bahasa", "en", "load", "nowhere.csv", "--profile", "pedulilindungi") == 2
    assert "File not found" in capsys.readouterr().err
    assert etl("--bahasa", "en", "load", SAMPLE, "--profile", "pedulilindungi") == 0
    assert "the same content was loaded before" in capsys.readouterr().out
    assert etl("load", "nowhere.csv", "--profile", "pedulilindungi") == 2
    assert "Berkas tidak ditemukan" in capsys.readouterr().err, "the language of one run does not stay"
    assert content(here) == before
