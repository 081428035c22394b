"""The inbox: what is complete, what is no log, which folder means what; and raw files after their load."""

import errno
import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from core import formats
from core.errors import InputRefused
from core.settings import Settings, load
from etl import inbox, keep
from tests.services import lay, scans
from tests.stores import Etl

NOW = datetime(2026, 11, 25, 8)
REFUSED = InputRefused("refused.empty", file="a.csv")


def test_a_file_settles_when_two_looks_far_enough_apart_see_the_same() -> None:
    settling = inbox.Settling(5)
    looks = [
        (0, {"a": 1}, set()),  # seen once
        (4.9, {"a": 1, "b": 1}, set()),  # too soon
        (5, {"a": 1, "b": 2}, {"a"}),  # b grows
        (9.9, {"a": 1, "b": 2}, {"a"}),
        (10, {"a": 2, "b": 2}, {"b"}),  # a was written again
        (15, {"b": 2}, {"b"}),
        (20, {"a": 2}, set()),  # a came back: it was not seen in between
        (25, {"a": 2}, {"a"}),
    ]
    for now, stamps, expected in looks:
        assert settling.look(now, stamps) == expected, now


def test_no_file_is_complete_at_the_first_look() -> None:
    settling = inbox.Settling(0)
    assert settling.look(100, {"a": 1}) == set()
    assert settling.look(100, {"a": 1}) == {"a"}


@pytest.mark.parametrize(
    "name",
    [".a.csv", "~$a.xlsx", "a.csv~", "a.csv.part", "a.csv.PARTIAL", "a.csv.filepart", "a.tmp", "a.csv.crdownload",
     ".a.csv.Xy12", "Thumbs.db", "desktop.ini", "a.swp"],
)  # fmt: skip
def test_temporary_names_are_passed_over(name: str, here: Settings) -> None:
    lay(here, scans(1), name)
    lay(here, scans(1), "part-tmp.csv")
    assert [found.path.name for found in inbox.look(here)] == ["part-tmp.csv"]


@pytest.mark.parametrize(
    ("folder", "profile", "source"),
    [
        ("pedulilindungi/mal", "pedulilindungi", "mal"),
        ("pedulilindungi/_", "pedulilindungi", None),
        ("pedulilindungi", "pedulilindungi", None),
        ("kunjungan/pemkot", "kunjungan", "pemkot"),
    ],
)
def test_folders_name_profile_and_source(
    folder: str, profile: str, source: str | None, etl: Etl, here: Settings, own_inbox: Path
) -> None:
    path = lay(here, scans(1), folder=folder)
    placed, unplaced = inbox.sort(inbox.look(here), here)
    assert unplaced == {}
    assert (placed[path][1].profile.name, placed[path][1].source) == (profile, source)


@pytest.mark.parametrize(
    ("folder", "said"),
    [
        ("", "inbox/<profil>/<sumber>/"),
        ("entah/mal", "tidak ada profil"),
        ("Pedulilindungi/mal", "tidak ada profil"),
        ("pedulilindungi/mall", "mall tidak terdaftar"),
        ("pedulilindungi/mal/2021", "inbox/<profil>/<sumber>/"),
        ("kunjungan/_", "tidak menyebut sumbernya"),
        ("kunjungan", "tidak menyebut sumbernya"),
        ("salah/mal", "salah.toml"),
    ],
)
def test_other_folders_are_named_with_the_reason(
    folder: str, said: str, etl: Etl, here: Settings, own_inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "reference"
    own.mkdir()
    for path in here.reference_dir.iterdir():
        (own / path.name).symlink_to(path)
    (own / "profiles").mkdir()
    (own / "profiles" / "salah.toml").write_text("name = 3")
    monkeypatch.setenv("PANTAU_REFERENCE_DIR", str(own))
    path = lay(load(), scans(1), folder=folder)
    placed, unplaced = inbox.sort(inbox.look(load()), load())
    assert placed == {}
    assert [(files.names, said in files.said()) for files in unplaced.values()] == [((path.name,), True)]


def test_a_profile_of_the_register_serves_a_folder(
    here: Settings, own_inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "reference"
    own.mkdir()
    for path in here.reference_dir.iterdir():
        (own / path.name).symlink_to(path)
    (own / "profiles").mkdir()
    shipped = Path(keep.__file__).with_name("profiles") / "pedulilindungi.toml"
    (own / "profiles" / "dinkes.toml").write_text(
        shipped.read_text().replace('name = "pedulilindungi"', 'name = "dinkes"')
    )
    monkeypatch.setenv("PANTAU_REFERENCE_DIR", str(own))
    path = lay(load(), scans(1), folder="dinkes/mal")
    assert inbox.sort(inbox.look(load()), load())[0][path][1].profile.name == "dinkes"


def test_a_link_is_not_taken_and_a_linked_folder_is(here: Settings, own_inbox: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "sftp"
    elsewhere.mkdir()
    (elsewhere / "b.csv").write_text("x")
    (own_inbox / "pedulilindungi").mkdir(parents=True)
    (own_inbox / "pedulilindungi" / "mal").symlink_to(elsewhere)
    (elsewhere / "a.csv").symlink_to(elsewhere / "b.csv")
    (elsewhere / "loop").symlink_to(elsewhere)
    placed, unplaced = inbox.sort(inbox.look(here), here)
    assert [path.name for path in placed] == ["b.csv"]
    assert [(files.names, "tautan" in files.why) for files in unplaced.values()] == [(("a.csv", "loop"), True)]


def test_status_says_what_waits_and_what_nobody_can_read(
    etl: Etl, here: Settings, handmade: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lay(here, scans(1), folder="entah/mal-9901000000000044")
    assert etl("status") == 0
    out = capsys.readouterr().out
    assert "Inbox: 1 berkas menunggu dimuat" in out
    assert "Inbox: 1 berkas di inbox/entah/mal-99...44 tidak disentuh: tidak ada profil" in out


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("9901000000000044.csv", "99...44.csv"),
        ("mal-20211124.csv", "mal-20211124.csv"),
        ("123456789", "12...89"),
        ("12345678", "12345678"),
        ("a9901000000000044b9901000000000077", "a99...44b99...77"),
    ],
)
def test_long_numbers_are_masked(name: str, shown: str) -> None:
    assert formats.masked(name) == shown


def found_in(here: Settings, name: str, body: str) -> inbox.Found:
    path = inbox.root(here) / "hitung" / "mal" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(body)
    return next(found for found in inbox.look(here) if found.path == path)


def test_kept_files_never_lie_over_each_other(here: Settings) -> None:
    kept = [keep.away(here, found_in(here, "a.csv", body), REFUSED, NOW) for body in ("1", "2", "2", "3")]
    folder = here.data_dir / "gagal" / "2026-11-25" / "hitung" / "mal"
    assert kept == [folder / name for name in ("a.csv", "a.csv.2", "a.csv.2", "a.csv.3")]
    assert [p.read_text() for p in sorted(folder.glob("a.csv*")) if p.suffix != ".txt"] == ["1", "2", "3"]
    assert all(keep.beside(path).is_file() for path in kept if path)
    assert (here.data_dir / "gagal").stat().st_mode & 0o077 == 0
    assert inbox.look(here) == []


def test_a_name_as_long_as_a_name_can_be(here: Settings) -> None:
    kept = keep.away(here, found_in(here, "ä" * 125 + ".csv", "1"), REFUSED, NOW)
    assert kept is not None and kept.is_file() and keep.beside(kept).is_file()


@pytest.mark.parametrize("days", [0, 1, 7])
def test_kept_files_go_when_their_days_are_over(days: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANTAU_KEEP_RAW_DAYS", str(days))
    monkeypatch.setenv("PANTAU_KEEP_REFUSED_DAYS", str(days))
    here = load()
    loaded = keep.away(here, found_in(here, "a.csv", "1"), None, NOW)
    refused = keep.away(here, found_in(here, "b.csv", "1"), REFUSED, NOW)
    assert inbox.look(here) == []
    if days == 0:
        assert (loaded, refused) == (None, None)
        assert not (here.data_dir / "selesai").exists() and not (here.data_dir / "gagal").exists()
        return
    assert loaded and refused
    own = here.data_dir / "gagal" / "catatan" / "x.txt"
    own.parent.mkdir()
    own.write_text("somebody's own")
    assert keep.prune(here, NOW + timedelta(days=days)) == 0
    assert loaded.exists() and refused.exists()
    assert keep.prune(here, NOW + timedelta(days=days + 1)) == 2
    assert not loaded.exists() and not refused.exists() and not keep.beside(refused).exists()
    assert own.exists()


def test_what_was_kept_goes_when_nothing_is_to_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANTAU_KEEP_RAW_DAYS", "5")
    kept = keep.away(load(), found_in(load(), "a.csv", "1"), None, NOW)
    assert kept is not None
    monkeypatch.setenv("PANTAU_KEEP_RAW_DAYS", "0")
    assert keep.prune(load(), NOW) == 1
    assert not kept.exists()


def test_an_inbox_on_another_disk_is_copied_whole_before_it_is_deleted(
    here: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = os.replace

    def other_disk(source: Path, target: Path) -> None:
        if "inbox" in Path(source).parts:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        replace(source, target)

    def cut(_: Path) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "replace", other_disk)
    found = found_in(here, "a.csv", "1")
    with monkeypatch.context() as patch:
        patch.setattr("etl.publish.sync", cut)  # the copy is not yet safe
        patch.setattr("etl.publish.write_atomic", lambda *_: None)
        with pytest.raises(OSError, match="Input/output"):
            keep.away(here, found, REFUSED, NOW)
    assert found.path.read_text() == "1"
    kept = keep.away(here, found, REFUSED, NOW)
    assert kept is not None
    assert (kept.name, kept.read_text()) == ("a.csv", "1")
    assert not found.path.exists()
    assert sorted(p.name for p in kept.parent.iterdir()) == ["a.csv", "a.csv.alasan.txt"]
