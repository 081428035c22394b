"""Backup and restore, tested by restoring: the same figures, nothing half, and a damaged backup is refused by name."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from core import builds, settings
from core.settings import ROOT, Settings
from etl import backup, keyfile, store
from tests.files import log, row
from tests.stores import content, load, table

Etl = Callable[..., int]
VISITS = "SELECT sum(visits)::INTEGER AS n FROM place_day"


@pytest.fixture
def kept(etl: Etl, here: Settings, handmade: str, tmp_path: Path) -> Path:
    """A backup of the hand-made installation."""
    assert etl("backup", tmp_path / "cadangan") == 0
    [found] = (tmp_path / "cadangan").iterdir()
    return found


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Settings]:
    """Goes over to another, empty data directory, with the same key file."""

    def go() -> Settings:
        builds.close_all()
        monkeypatch.setenv("PANTAU_DATA_DIR", str(tmp_path / "lain"))
        return settings.load()

    return go


def visits(here: Settings) -> int:
    builds.close_all()
    served = builds.usable(here)
    assert served is not None
    return int(builds.frame(served.build, VISITS)["n"].iloc[0])


def one_more(etl: Etl, tmp_path: Path) -> None:
    path = log(tmp_path / "one.csv", [row("2021-12-05 20:00:00", "QR-KWW-1", person=900)])
    assert etl("load", path, "--profile", "pedulilindungi", "--build") == 0


def state(folder: Path) -> dict[str, bytes]:
    """Every file of a directory but the lock, which names its last holder."""
    files = (p for p in sorted(folder.rglob("*")) if p.is_file() and p.name != "lock")
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in files}


def test_what_is_restored_elsewhere_says_the_same(
    etl: Etl, here: Settings, handmade: str, kept: Path, elsewhere: Callable[[], Settings], tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    before = content(here), builds.current(here), table(here, "SELECT count(*), max(digest) FROM person")
    other = elsewhere()
    capsys.readouterr()
    assert etl("restore", kept) == 0
    said = capsys.readouterr().out
    assert "diperiksa: warehouse.duckdb" in said and handmade in said and "PERHATIAN" not in said
    assert (content(other), builds.current(other), table(other, "SELECT count(*), max(digest) FROM person")) == before
    assert etl("build") == 0
    assert "Tidak ada perubahan" in capsys.readouterr().out
    assert content(other) == before[0]
    assert load(etl, here.data_dir / "inbox" / "pedulilindungi" / "_" / "contoh.csv") == 0
    assert "isi yang sama sudah dimuat" in capsys.readouterr().out
    one_more(etl, tmp_path)
    assert visits(other) == 184
    assert not (other.data_dir / "pemulihan").exists()


def test_a_pin_and_older_builds_come_back(
    etl: Etl, here: Settings, handmade: str, tmp_path: Path, elsewhere: Callable[[], Settings]
) -> None:
    one_more(etl, tmp_path)
    assert etl("rollback") == 0
    assert etl("backup", tmp_path / "b") == 0
    other = elsewhere()
    assert etl("restore", next((tmp_path / "b").iterdir())) == 0
    assert builds.current(other) == builds.Current(handmade, True)
    assert len(builds.on_disk(other)) == 2
    assert etl("rollback", "--release") == 0
    assert visits(other) == 184


def test_nothing_secret_or_raw_is_in_a_backup(here: Settings, kept: Path) -> None:
    [key] = keyfile.read(here)
    for name, body in state(kept).items():
        assert key.secret not in body and key.secret.hex().encode() not in body, name
        assert b"9901000000000" not in body, name
    assert {name.split("/")[0] for name in state(kept)} == {
        "warehouse.duckdb", "builds", "scenario", "status.json", "manifest.json"
    }  # fmt: skip
    assert key.fingerprint in (kept / "manifest.json").read_text()
    for path in [kept, *kept.rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0 or path.name == "manifest.json", path


def test_a_second_backup_stands_beside_the_first(etl: Etl, kept: Path) -> None:
    assert etl("backup", kept.parent) == 0
    assert etl("backup", kept.parent) == 0
    assert len(list(kept.parent.iterdir())) == 3


def test_a_register_of_ones_own_comes_along(
    etl: Etl, here: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, elsewhere: Callable[[], Settings],
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    own = tmp_path / "register"
    shutil.copytree(here.reference_dir, own)
    (own / "city.toml").write_text((own / "city.toml").read_text().replace("Kota Malang", "Kota Contoh"))
    monkeypatch.setenv("PANTAU_REFERENCE_DIR", str(own))
    assert etl("simulate", "--scenario", "contoh") == 0
    assert etl("load", ROOT / "data/sample/contoh.csv", "--profile", "pedulilindungi", "--build") == 0
    before = content(here)
    assert etl("backup", tmp_path / "b") == 0
    shutil.rmtree(own)
    other = elsewhere()
    assert etl("restore", next((tmp_path / "b").iterdir())) == 0
    place = other.data_dir / "register"
    assert str(place) in capsys.readouterr().out
    monkeypatch.setenv("PANTAU_REFERENCE_DIR", str(place))
    assert etl("build") == 0
    assert "Tidak ada perubahan" in capsys.readouterr().out
    assert content(other) == before


def rewritten(kept: Path, change: Callable[[dict[str, object]], object]) -> None:
    """The manifest changed by somebody who knows how it is signed off."""
    import hashlib

    said = json.loads((kept / "manifest.json").read_text())
    said.pop("checksum")
    change(said)
    checksum = hashlib.sha256(json.dumps(said, indent=1).encode()).hexdigest()
    (kept / "manifest.json").write_text(json.dumps(said | {"checksum": checksum}))


def flip(path: Path) -> None:
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 1
    path.write_bytes(bytes(body))


HARM: dict[str, tuple[str, Callable[[Path], object]]] = {
    "a bit of the warehouse": ("warehouse.duckdb", lambda kept: flip(kept / "warehouse.duckdb")),
    "a bit of the last file": ("scenario/source.csv", lambda kept: flip(kept / "scenario/source.csv")),
    "half a build": (
        "builds/", lambda kept: os.truncate(next((kept / "builds").glob("*.duckdb")), 5000)
    ),
    "no CURRENT": ("builds/CURRENT", lambda kept: (kept / "builds/CURRENT").unlink()),
    "a bit of the manifest": ("manifest.json", lambda kept: flip(kept / "manifest.json")),
    "half a manifest": ("manifest.json", lambda kept: os.truncate(kept / "manifest.json", 100)),
    "a path that leads out": (
        "manifest.json", lambda kept: rewritten(kept, lambda m: m["files"][0].update(path="builds/../../x"))  # type: ignore[index]
    ),
    "a path of elsewhere": (
        "manifest.json", lambda kept: rewritten(kept, lambda m: m["files"][0].update(path="/etc/passwd"))  # type: ignore[index]
    ),
}  # fmt: skip


@pytest.mark.parametrize("harm", HARM)
def test_a_damaged_backup_is_refused_by_name(
    harm: str, etl: Etl, here: Settings, kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name, do = HARM[harm]
    do(kept)
    before = state(here.data_dir)
    assert etl("restore", kept, "--replace") == 6
    said = capsys.readouterr().err
    assert f"Cadangan rusak: {name}" in said
    assert state(here.data_dir) == before


def test_a_backup_of_a_newer_version_is_refused(
    etl: Etl, here: Settings, kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rewritten(kept, lambda said: said.update(warehouse_schema=99))
    assert etl("restore", kept, "--replace") == 6
    assert "lebih baru" in capsys.readouterr().err


def test_what_is_no_backup_is_said(etl: Etl, kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert etl("restore", kept.parent) == 2
    assert kept.name in capsys.readouterr().err
    assert etl("restore", tmp_path / "nowhere") == 2
    assert etl("restore", kept / "manifest.json") == 2


def test_data_are_replaced_only_when_said(
    etl: Etl, here: Settings, kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    restored = state(kept)
    one_more(etl, tmp_path)
    stray = here.warehouse.with_name("warehouse.duckdb.wal")
    stray.write_bytes(b"of another database")
    before = state(here.data_dir)
    assert etl("restore", kept) == 2
    assert "--replace" in capsys.readouterr().err
    assert state(here.data_dir) == before
    assert etl("restore", kept, "--replace") == 0
    [aside] = here.data_dir.glob("sebelum-pemulihan-*")
    assert aside.name in capsys.readouterr().out
    assert visits(here) == 183
    del restored["manifest.json"]
    now = state(here.data_dir)
    assert {name: body for name, body in now.items() if name in restored} == restored
    assert not stray.exists()
    held = {name: body for name, body in before.items() if not name.startswith("inbox/")}
    assert state(aside) == held, "the old installation lies there whole"
    assert etl("build") == 0
    assert visits(here) == 183


@pytest.mark.parametrize(("have", "warned"), [("own", False), ("none", True), ("other", True)])
def test_the_key_that_is_needed_is_named(
    have: str, warned: bool, etl: Etl, here: Settings, kept: Path, elsewhere: Callable[[], Settings], tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    [key] = keyfile.read(here)
    if have == "none":
        here.key_file.unlink()
    elif have == "other":
        here.key_file.write_text("0" * 64 + "\n")
    other = elsewhere()
    capsys.readouterr()
    assert etl("restore", kept) == 0
    assert (f"PERHATIAN: kunci samaran {key.fingerprint}" in capsys.readouterr().out) == warned
    assert visits(other) == 183
    path = log(tmp_path / "m.csv", [row("2021-12-05 20:00:00", "QR-KWW-1", person=900)])
    assert load(etl, path) == (2 if warned else 0)


def test_where_a_backup_may_lie(etl: Etl, here: Settings, handmade: str, tmp_path: Path) -> None:
    assert etl("backup", here.data_dir / "b") == 2
    (tmp_path / "file").write_text("")
    assert etl("backup", tmp_path / "file") == 6
    assert not (here.data_dir / "b").exists()


def test_before_any_load_there_is_nothing_to_back_up(etl: Etl, tmp_path: Path) -> None:
    assert etl("backup", tmp_path / "b") == 2
    assert not (tmp_path / "b").exists()


def test_a_writer_at_work_is_waited_for(here: Settings, kept: Path) -> None:
    with store.writer(here):
        for words in (["backup", str(kept.parent)], ["restore", str(kept), "--replace"]):
            assert run("sys.exit(__main__.main(sys.argv[1:]))", *words).returncode == 4


def run(script: str, *words: str) -> subprocess.CompletedProcess[str]:
    """One command in a process of its own, with `kill` at hand."""
    head = """import os, resource, signal, sys
from etl import __main__, backup, publish, restore, swap
kill = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
"""
    return subprocess.run(
        [sys.executable, "-c", head + script, *words], cwd=ROOT, env=dict(os.environ), capture_output=True, text=True
    )


END = "\nsys.exit(__main__.main(sys.argv[1:]))"
AT_COPY = """
copy, calls = backup.copy, []
def some(*a):
    calls.append(a)
    return kill() if len(calls) == {n} else copy(*a)
backup.copy = some"""
FULL = "resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, resource.RLIM_INFINITY))"


@pytest.mark.parametrize(
    "moment",
    [
        AT_COPY.format(n=1), AT_COPY.format(n=4), "publish.write_atomic = kill", "publish.sync = kill",
        "backup._name = kill",
    ],
)  # fmt: skip
def test_a_killed_backup_leaves_none_under_a_final_name(
    moment: str, etl: Etl, here: Settings, handmade: str, tmp_path: Path
) -> None:
    target = tmp_path / "b"
    killed = run(moment + END, "backup", str(target))
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert not list(target.glob("pantau-*"))
    assert etl("backup", target) == 0
    [only] = target.iterdir()
    assert backup.read(only).current == handmade
    assert etl("restore", only, "--replace") == 0


def test_a_full_disk_leaves_no_half_backup(
    etl: Etl, here: Settings, handmade: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    target = tmp_path / "b"
    found = run(FULL.format(size=1_000_000) + END, "backup", str(target))
    assert (found.returncode, "Ruang disk habis" in found.stderr) == (6, True), found.stderr
    assert list(target.iterdir()) == []
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda path: type("", (), {"free": 1_000_000}))
        assert etl("backup", target) == 6
        assert "tersedia 1,0 MB" in capsys.readouterr().err
    assert list(target.iterdir()) == []


def test_a_full_disk_leaves_what_was_there(
    etl: Etl, here: Settings, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_more(etl, tmp_path)
    before = state(here.data_dir)
    found = run(FULL.format(size=1_000_000) + END, "restore", str(kept), "--replace")
    assert (found.returncode, "Ruang disk habis" in found.stderr) == (6, True), found.stderr
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda path: type("", (), {"free": 1_000_000}))
        assert etl("restore", kept, "--replace") == 6
    assert state(here.data_dir) == before
    assert not (here.data_dir / "pemulihan").exists()


AT_REPLACE = """
replace, calls = os.replace, []
def some(a, b):
    if "pemulihan" in str(a) or "sebelum" in str(b):
        calls.append(a)
        if len(calls) == {n}: kill()
    replace(a, b)
os.replace = some"""
# the note itself is replaced into place first; then ten files of the backup and the old installation
BEFORE = [AT_COPY.format(n=1), AT_COPY.format(n=5), AT_REPLACE.format(n=1)]
AFTER = ["swap.finish = lambda s: swap._note(s).exists() and kill()", *(AT_REPLACE.format(n=n) for n in (2, 4, 7, 8))]


@pytest.mark.parametrize("moment", [*BEFORE, *AFTER])
def test_a_killed_restore_is_the_old_installation_or_the_new_one(
    moment: str, etl: Etl, here: Settings, kept: Path, tmp_path: Path
) -> None:
    """Readers see a whole build throughout; the next command under the lock ends what had begun."""
    one_more(etl, tmp_path)
    shutil.copy(here.warehouse, here.warehouse.with_name("warehouse.before-v9.duckdb"))
    builds.close_all()
    killed = run(moment + END, "restore", str(kept), "--replace")
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert visits(here) in (183, 184)
    builds.close_all()
    assert etl("key") == 0
    assert not (here.data_dir / "pemulihan").exists()
    old = moment in BEFORE
    assert visits(here) == (184 if old else 183)
    assert bool(list(here.data_dir.glob("sebelum-pemulihan-*/warehouse.duckdb"))) != old
    assert (here.data_dir / "warehouse.before-v9.duckdb").exists() == old
    builds.close_all()
    assert etl("build") == 0
    assert visits(here) == (184 if old else 183)
