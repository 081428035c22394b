"""The daily service: each step, what fails at it, and what its log says. Time is a clock that only a sleep moves."""

import errno
import hashlib
import itertools
import re
import signal
from datetime import timedelta
from pathlib import Path

import pytest

from core import builds, errors, words
from core.settings import Settings, load
from etl import inbox, keep, publish, purge, store
from etl import load as loads
from etl import watch as watching
from tests.files import SAMPLE, row
from tests.services import Clock, lay, scans, steps
from tests.stores import Etl, accounts, content, table

Caught = pytest.CaptureFixture[str]
VISITS = "SELECT sum(visits)::INTEGER AS n FROM place_day"


@pytest.fixture(autouse=True)
def history_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """The logs of these tests are years old: the service would seal their months at its start."""
    monkeypatch.setattr(watching, "_DAILY", (keep.prune,))


@pytest.fixture
def clock() -> Clock:
    return Clock()


def visits(here: Settings) -> int:
    """Visits of the served build, as a screen would show them."""
    served = builds.usable(here)
    assert served is not None
    return int(builds.frame(served.build, VISITS)["n"].iloc[0])


def states(here: Settings) -> list[tuple[str, str, int]]:
    return [(entry.name, entry.state, entry.loaded) for entry in accounts(here)]


def test_a_file_is_loaded_published_and_deleted(clock: Clock, here: Settings, own_inbox: Path, capsys: Caught) -> None:
    path = lay(here, scans(9))
    body = path.read_bytes()
    clock.turns(clock.service(here))
    assert not path.exists()
    assert [p for p in own_inbox.rglob("*") if p.is_file()] == []
    assert not (here.data_dir / "selesai").exists() and not (here.data_dir / "gagal").exists()
    kept = "SELECT name, sha256, size, profile, state, arrived, loaded, duplicates, rejected, kept_aside FROM file"
    assert table(here, kept) == [
        (path.name, hashlib.sha256(body).hexdigest(), len(body), "pedulilindungi", "loaded", 9, 9, 0, 0, 0)
    ]
    assert visits(here) == 9
    out = capsys.readouterr().out
    assert steps(out) == ["found", "loaded", "deleted", "built", "published"]
    assert re.search(
        r"^time=2026-11-25T08:00:05\+07:00 level=info step=loaded file=pemkot-20211124.csv profile=pedulilindungi "
        r"source=_ id=1 arrived=9 loaded=9 duplicates=0 rejected=0 kept_aside=0 sealed=0 seconds=0.0$",
        out,
        re.M,
    )


def test_an_incomplete_file_is_left(clock: Clock, here: Settings, own_inbox: Path) -> None:
    path = lay(here, scans(3))
    lay(here, scans(9, first=100), "b-20211124.csv.part")
    service = clock.service(here)
    for _ in range(5):
        clock.turns(service, 1)
        path.write_text(path.read_text() + path.read_text().splitlines()[-1] + "\n")
    assert path.exists()
    assert not here.warehouse.exists()
    clock.turns(service)
    assert states(here) == [(path.name, "loaded", 3)]
    assert [p.name for p in own_inbox.rglob("*.part")] == ["b-20211124.csv.part"]


def test_two_files_make_one_build(clock: Clock, here: Settings, own_inbox: Path, capsys: Caught) -> None:
    lay(here, scans(3), "a.csv")
    lay(here, scans(3, first=50), "b.csv", "pedulilindungi/pemkot")
    clock.turns(clock.service(here), 4)
    assert steps(capsys.readouterr().out).count("built") == 1
    assert len(builds.on_disk(here)) == 1
    assert visits(here) == 6


def test_a_file_that_comes_while_it_runs_is_published_without_a_restart(
    clock: Clock, here: Settings, handmade: str, capsys: Caught
) -> None:
    clock.at(60, lambda: lay(here, scans(5, first=700), "new.csv"))
    clock.end_at(120)
    assert clock.run(here) == 0
    said = capsys.readouterr().out
    assert steps(said) == [
        *("start", "found", "again", "deleted", "built", "found", "loaded", "deleted", "built", "published", "stop")
    ]
    assert said.splitlines()[-1].endswith("step=stop signal=SIGTERM")
    assert visits(here) == 188


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_signal_ends_it_after_the_file_in_hand(
    number: signal.Signals,
    code: int,
    clock: Clock,
    here: Settings,
    own_inbox: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Caught,
) -> None:
    for name in "abc":
        lay(here, scans(3, first=10 * ord(name)), f"{name}.csv")
    cover = loads.ledger.cover

    def signalled(*args: object) -> None:
        for _ in range(2):  # a second one changes nothing
            signal.raise_signal(number)
        cover(*args)  # type: ignore[arg-type]

    before = signal.getsignal(number)
    with monkeypatch.context() as patch:
        patch.setattr(loads.ledger, "cover", signalled)
        assert clock.run(here) == code
    assert signal.getsignal(number) == before
    assert states(here) == [("a.csv", "loaded", 3)]
    assert sorted(p.name for p in own_inbox.rglob("*.csv")) == ["b.csv", "c.csv"]
    assert builds.current(here) is None
    assert steps(capsys.readouterr().out)[-3:] == ["loaded", "deleted", "stop"]
    clock.turns(clock.service(here))  # the next start goes on
    assert visits(here) == 9
    assert list(own_inbox.rglob("*.csv")) == []


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_refused_file_is_kept_with_its_reason(
    language: str, clock: Clock, here: Settings, own_inbox: Path, capsys: Caught, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "spoken", lambda: language)
    rows = scans(3)
    bad = [{**r, "waktu_scan": "9901000000000044"} for r in rows]
    path = lay(here, [*rows, *bad], "mal-9901000000000044.csv", "pedulilindungi/pemkot")
    body = path.read_bytes()
    clock.turns(clock.service(here))
    assert not path.exists()
    kept = here.data_dir / "gagal" / "2026-11-25" / "pedulilindungi" / "pemkot" / path.name
    assert kept.read_bytes() == body
    reason = keep.beside(kept).read_text()
    assert "9901000000000044" not in reason
    assert "refused.rejected" in reason
    assert {"id": "Ditolak 25 Nov 2026 pukul 08.00 WIB", "en": "Refused 25 Nov 2026, 08:00 WIB"}[language] in reason
    assert {"id": "Rabu 2 Des 2026", "en": "Wednesday 2 Dec 2026"}[language] in reason
    assert "inbox/pedulilindungi/pemkot/" in reason
    assert [(e.state, e.reason) for e in accounts(here)] == [("refused", "refused.rejected")]
    out = capsys.readouterr().out
    assert steps(out) == ["found", "refused", "moved", "built", "published"]  # a build tells the screen of it
    assert "9901" not in out


def test_a_refused_file_can_be_moved_back(clock: Clock, here: Settings, own_inbox: Path) -> None:
    path = lay(here, [])
    path.write_text("")
    service = clock.turns(clock.service(here))
    kept = next((here.data_dir / "gagal").rglob(path.name))
    kept.write_text(lay(here, scans(4), "elsewhere.part").read_text())
    kept.rename(path)
    clock.turns(service)
    assert [s[1:] for s in states(here)] == [("refused", 0), ("loaded", 4)]


def test_kept_days_are_pruned_once_a_day(
    clock: Clock, own_inbox: Path, monkeypatch: pytest.MonkeyPatch, capsys: Caught
) -> None:
    monkeypatch.setenv("PANTAU_KEEP_RAW_DAYS", "1")
    here = load()
    lay(here, scans(4))
    empty = lay(here, [], "empty.csv")
    empty.write_text("")
    service = clock.turns(clock.service(here))
    loaded = here.data_dir / "selesai" / "2026-11-25" / "pedulilindungi" / "_" / "pemkot-20211124.csv"
    refused = here.data_dir / "gagal" / "2026-11-25" / "pedulilindungi" / "_" / "empty.csv"
    assert loaded.is_file() and refused.is_file()
    for days, kept in ((1, (True, True)), (2, (False, True)), (7, (False, True)), (8, (False, False))):
        clock.seconds = timedelta(days=days).total_seconds()
        clock.turns(service, 1)
        assert (loaded.exists(), refused.exists()) == kept, days
    out = capsys.readouterr().out
    assert steps(out).count("prune") == 2
    assert out.count("why=day") == 4


def test_the_same_content_again_is_only_deleted(clock: Clock, here: Settings, handmade: str, capsys: Caught) -> None:
    before = content(here)
    again = inbox.root(here) / "pedulilindungi" / "_" / "again.csv"
    again.write_bytes(SAMPLE.read_bytes())
    clock.turns(clock.service(here), 4)
    assert steps(capsys.readouterr().out).count("again") == 2
    assert len(accounts(here)) == 1
    assert not again.exists()
    assert content(here) == before


@pytest.mark.parametrize("refused", [False, True])
def test_a_file_that_cannot_leave_is_said_once_and_not_loaded_again(
    refused: bool, clock: Clock, here: Settings, own_inbox: Path, monkeypatch: pytest.MonkeyPatch, capsys: Caught
) -> None:
    path = lay(here, [] if refused else scans(4))
    if refused:
        path.write_text("")

    def read_only(*_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    service = clock.service(here)
    with monkeypatch.context() as patch:
        patch.setattr(keep, "away", read_only)
        clock.turns(service, 6)
    assert path.exists()
    clock.turns(service, 1)
    assert not path.exists()
    out = capsys.readouterr().out
    assert steps(out).count("not_moved") == 1
    assert steps(out)[-1] == ("moved" if refused else "deleted")
    assert len(accounts(here)) == 1


def test_a_newer_file_under_the_name_of_a_loaded_one_is_not_deleted(
    clock: Clock, here: Settings, own_inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(here, scans(4), "a.csv")
    run = loads.load

    def replaced(*args: object, **named: object) -> loads.Result:
        done = run(*args, **named)  # type: ignore[arg-type]
        lay(here, scans(6, first=50), "a.csv")
        return done

    service = clock.service(here)
    with monkeypatch.context() as patch:
        patch.setattr(loads, "load", replaced)
        clock.turns(service)
    clock.turns(service)
    assert [s[2] for s in states(here)] == [4, 6]
    assert list(own_inbox.rglob("*.csv")) == []


def test_a_file_that_changes_while_it_is_read_waits_until_it_is_complete(
    clock: Clock, here: Settings, own_inbox: Path, monkeypatch: pytest.MonkeyPatch, capsys: Caught
) -> None:
    path = lay(here, scans(4))
    check = loads.readers.check

    def grows(read: Path, chosen: object) -> object:
        found = check(read, chosen)  # type: ignore[arg-type]
        with path.open("a") as file:
            file.write("half a ro")
        return found

    service = clock.service(here)
    with monkeypatch.context() as patch:
        patch.setattr(loads.readers, "check", grows)
        clock.turns(service)
    assert path.exists() and not (here.data_dir / "gagal").exists()
    lay(here, scans(5))
    clock.turns(service)
    assert [s[1:] for s in states(here)] == [("refused", 0), ("loaded", 5)]
    assert steps(capsys.readouterr().out).count("changed") == 1


def test_unknown_folders_are_said_once_until_they_change(
    clock: Clock, here: Settings, own_inbox: Path, capsys: Caught
) -> None:
    lay(here, scans(1), "a.csv", "entah/mal")
    lay(here, scans(1), "a.csv", "pedulilindungi/mall")
    service = clock.turns(clock.service(here), 5)
    assert steps(capsys.readouterr().out) == ["unplaced"] * 2
    lay(here, scans(1), "b.csv", "entah/mal")
    clock.turns(service, 5)
    said = capsys.readouterr().out
    assert steps(said) == ["unplaced"]
    assert "2 berkas di inbox/entah/mal" in said
    assert sum(p.is_file() for p in own_inbox.rglob("*")) == 3
    assert not here.warehouse.exists()
    (own_inbox / "pedulilindungi" / "mall").rename(own_inbox / "pedulilindungi" / "pemkot")
    clock.turns(service)
    assert states(here) == [("a.csv", "loaded", 1)]


def test_another_writer_is_waited_for(clock: Clock, here: Settings, own_inbox: Path, capsys: Caught) -> None:
    lay(here, scans(4))
    other = store.writer(here)
    other.__enter__()
    clock.at(100, lambda: other.__exit__(None, None, None))
    clock.end_at(130)
    assert clock.run(here) == 0
    said = capsys.readouterr().out
    assert steps(said)[:4] == ["start", "waiting", "found", "loaded"] or steps(said)[:3] == [
        "start",
        "found",
        "waiting",
    ]
    assert steps(said).count("waiting") == 1
    assert "Proses lain sedang menulis: PID" in said
    assert visits(here) == 4


def test_a_full_disk_is_said_and_tried_again_later_each_time(
    clock: Clock, here: Settings, own_inbox: Path, monkeypatch: pytest.MonkeyPatch, capsys: Caught
) -> None:
    path = lay(here, scans(4))
    tried: list[float] = []
    run = loads.load

    def full(*args: object, **named: object) -> loads.Result:
        tried.append(clock.seconds)
        if len(tried) < 10:
            raise errors.StoreFailed("error.disk_full", kind="")
        return run(*args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(loads, "load", full)
    clock.end_at(4000)
    assert clock.run(here) == 0
    waits = [b - a for a, b in itertools.pairwise(tried)]
    assert waits == [10, 20, 40, 80, 160, 300, 300, 300, 300]
    said = capsys.readouterr().out
    assert steps(said).count("failed") == 9
    assert 'said="Ruang disk habis.' in said and "code=6" in said
    assert not path.exists()
    assert visits(here) == 4


def test_a_file_that_cannot_be_read_stops_no_other(
    clock: Clock, here: Settings, own_inbox: Path, monkeypatch: pytest.MonkeyPatch, capsys: Caught
) -> None:
    bad = lay(here, scans(4), "a.csv")
    lay(here, scans(4, first=50), "b.csv")
    run = loads.load

    def broken(con: object, path: Path, *args: object, **named: object) -> loads.Result:
        if path == bad:
            raise OSError(errno.EIO, "Input/output error")
        return run(con, path, *args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(loads, "load", broken)
    clock.end_at(200)
    assert clock.run(here) == 0
    assert states(here) == [("b.csv", "loaded", 4)]
    assert visits(here) == 4
    assert bad.exists()


def test_a_defect_at_one_file_stops_no_other_and_loses_nothing(
    clock: Clock, here: Settings, own_inbox: Path, monkeypatch: pytest.MonkeyPatch, capsys: Caught
) -> None:
    bad = lay(here, scans(4), "a-9901000000000044.csv")
    lay(here, scans(4, first=50), "b.csv")
    check, tried = loads.readers.check, []

    def broken(path: Path, chosen: object) -> object:
        if path == bad:
            tried.append(path)
            raise ValueError(f"could not convert {path.name}")
        return check(path, chosen)  # type: ignore[arg-type]

    service = clock.service(here)
    with monkeypatch.context() as patch:
        patch.setattr(loads.readers, "check", broken)
        clock.turns(service, 6)
        assert len(tried) == 1
        lay(here, scans(5), bad.name)  # changed: tried again
        clock.turns(service, 3)
        assert len(tried) == 2
    assert states(here) == [("b.csv", "loaded", 4)]
    said = capsys.readouterr().out
    assert "ValueError test_watch.py:" in said
    assert "9901" not in said and "convert" not in said
    clock.turns(clock.service(here))  # the next start, perhaps of a program that was mended
    assert [s[2] for s in states(here)] == [4, 5]
    assert not bad.exists()


def test_a_lost_key_and_a_broken_register_lose_nothing(
    clock: Clock, here: Settings, handmade: str, tmp_path: Path, capsys: Caught
) -> None:
    path = lay(here, scans(5, first=700), "new.csv")
    source, key = here.scenario / "source.csv", here.key_file
    key.rename(tmp_path / "lost")
    whole = source.read_text()
    clock.at(60, lambda: (tmp_path / "lost").rename(key))
    clock.at(30, lambda: source.write_text("source_id\n"))
    clock.at(200, lambda: source.write_text(whole))
    clock.end_at(900)
    assert clock.run(here) == 0
    said = capsys.readouterr().out
    assert "Berkas kunci samaran tidak ada" in said and "source.csv: kolom tidak ada" in said
    assert "code=2" in said
    assert not path.exists()
    assert visits(here) == 188


def test_a_changed_register_is_published(clock: Clock, here: Settings, own_inbox: Path, capsys: Caught) -> None:
    lay(here, [*scans(4), *(row(f"2021-11-24 09:00:{n:02d}", "QR-BARU", person=60 + n) for n in range(3))])
    service = clock.turns(clock.service(here))
    assert (visits(here), accounts(here)[0].kept_aside) == (4, 3)
    qr = here.scenario / "qr.csv"
    known = next(line for line in qr.read_text().splitlines() if line.startswith("QR-SKN-1,"))
    qr.write_text(qr.read_text() + known.replace("QR-SKN-1", "QR-BARU", 1) + "\n")
    capsys.readouterr()
    clock.turns(service, 3)
    assert visits(here) == 7
    assert capsys.readouterr().out.count("why=register") == 1


def test_a_build_that_fails_its_checks_is_tried_again_when_something_changes(
    clock: Clock, here: Settings, handmade: str, monkeypatch: pytest.MonkeyPatch, capsys: Caught
) -> None:
    tried: list[float] = []

    def fails(*_: object) -> None:
        tried.append(clock.seconds)
        raise errors.BuildFailed("error.check_failed", check="kunci", n=1, row=("9901000000000044",))

    with monkeypatch.context() as patch:
        patch.setattr("etl.build._gate", fails)
        clock.end_at(60)
        assert clock.run(here) == 0
    assert len(tried) == 1
    said = capsys.readouterr().out
    assert steps(said).count("build_failed") == 1 and "code=5" in said and "9901" not in said
    assert visits(here) == 183
    lay(here, scans(5, first=700), "new.csv")
    clock.turns(clock.service(here))
    assert visits(here) == 188


def test_a_pinned_build_is_said(clock: Clock, here: Settings, handmade: str, capsys: Caught) -> None:
    lay(here, scans(5, first=700), "new.csv")
    service = clock.turns(clock.service(here))
    with store.writer(here):
        publish.roll_back(here, None)
    lay(here, scans(5, first=800), "newer.csv")
    capsys.readouterr()
    clock.turns(service)
    said = capsys.readouterr().out
    assert steps(said) == ["found", "loaded", "deleted", "built", "pinned"]
    assert "rollback --release" in said
    assert visits(here) == 183


def test_a_duty_that_fails_is_done_again_and_a_broken_one_stops_nothing(
    clock: Clock, here: Settings, own_inbox: Path, monkeypatch: pytest.MonkeyPatch, capsys: Caught
) -> None:
    done: list[int] = []

    def once_full(settings: Settings, _: object) -> int:
        done.append(1)
        if len(done) == 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        return 3

    def broken(*_: object) -> int:
        raise ValueError("9901000000000044")

    monkeypatch.setattr(watching, "_DAILY", (once_full, broken))
    lay(here, scans(4))
    clock.end_at(120)
    assert clock.run(here) == 0
    said = capsys.readouterr().out
    assert len(done) == 2
    assert steps(said).count("failed") == 1 and steps(said).count("defect") == 1
    assert "step=once_full n=3" in said and "9901" not in said
    assert visits(here) == 4


def test_two_services_load_nothing_twice(clock: Clock, here: Settings, own_inbox: Path) -> None:
    lay(here, scans(4))
    first, second = clock.service(here), clock.service(here)
    for _ in range(2):
        first.look(), second.look()
        clock.seconds += 5
    first.act(), second.act()
    assert states(here) == [("pemkot-20211124.csv", "loaded", 4)]


def test_no_identity_stands_in_the_log(clock: Clock, here: Settings, own_inbox: Path, capsys: Caught) -> None:
    bad = [{**r, "nik": "", "kategori_kegiatan": r["nik"]} for r in scans(1, first=44)]
    torn = lay(here, scans(3), "torn\n9901000000000044\x1b[2J.csv")
    torn.write_text(torn.read_text() + '"9901000000000044')
    lay(here, [*scans(30), *bad, row("9901000000000044"), row("2021-11-24 10:00:00", "9901000000000044")], "a.csv")
    lay(here, scans(1), "headless.csv").write_text("9901000000000044,9901000000000045\n")
    lay(here, scans(1), "x.csv", "9901000000000044/9901000000000045")
    lay(here, scans(1), "x.csv", "pedulilindungi/9901000000000045")
    lay(here, scans(1), "x.csv", "pedulilindungi/mal/9901000000000045")
    clock.turns(clock.service(here), 3)
    captured = capsys.readouterr()
    assert captured.err == ""
    assert {"refused", "moved", "loaded", "unplaced", "built"} <= set(steps(captured.out))
    assert "9901" not in captured.out
    assert all(line.startswith("time=2026-11-25T08:00:") and line.isprintable() for line in captured.out.splitlines())
    for reason in (here.data_dir / "gagal").rglob("*.alasan.txt"):
        assert "9901" not in reason.read_text()


def test_once_is_one_pass(clock: Clock, here: Settings, own_inbox: Path, capsys: Caught) -> None:
    assert clock.run(here, once=True) == 0
    assert clock.slept == []  # nothing to wait for
    lay(here, scans(4))
    growing = lay(here, scans(1, first=60), "growing.csv")
    clock.at(clock.seconds + 1, lambda: growing.write_text(growing.read_text() + "x"))
    assert clock.run(here, once=True) == 0
    assert growing.exists() and states(here) == [("pemkot-20211124.csv", "loaded", 4)]
    assert clock.run(here, once=True) == 3  # half a row was all it had
    capsys.readouterr()
    assert clock.run(here, once=True) == 0
    assert steps(capsys.readouterr().out) == ["start", "stop"]  # nothing new, no build
    clock.seconds += timedelta(days=1).total_seconds()
    assert clock.run(here, once=True) == 0
    assert "built" in steps(capsys.readouterr().out)


def test_once_has_the_exit_codes_of_the_other_commands(
    clock: Clock, here: Settings, own_inbox: Path, etl: Etl, monkeypatch: pytest.MonkeyPatch, capsys: Caught
) -> None:
    monkeypatch.setenv("PANTAU_WATCH_SETTLE_S", "0")
    path = lay(here, scans(4))
    with store.writer(here):
        assert etl("watch", "--once") == 4
    with monkeypatch.context() as patch:
        patch.setattr(loads.readers, "check", lambda *_: 1 / 0)
        assert etl("watch", "--once") == 1
    assert path.exists()
    assert etl("watch", "--once") == 0
    assert not path.exists()
    assert visits(here) == 4


def test_what_was_cut_off_comes_last(clock: Clock, here: Settings, own_inbox: Path, capsys: Caught) -> None:
    lay(here, scans(4), "a.csv")
    lay(here, scans(4, first=50), "b.csv")
    (here.data_dir / "watch.json").write_text('{"file": "pedulilindungi/_/a.csv"}')
    clock.turns(clock.service(here), 3)
    said = capsys.readouterr().out
    assert [s[0] for s in states(here)] == ["b.csv", "a.csv"]
    assert [step for step in steps(said) if step not in ("found", "deleted")] == [
        *("cut_off", "loaded", "built", "published", "loaded", "built", "published")
    ]
    assert not (here.data_dir / "watch.json").exists()


def test_what_was_done_when_the_service_was_killed_is_not_called_cut_off(
    clock: Clock, here: Settings, own_inbox: Path, capsys: Caught
) -> None:
    (here.data_dir / "watch.json").write_text('{"file": "pedulilindungi/_/a.csv"}')
    clock.turns(clock.service(here))
    assert "cut_off" not in steps(capsys.readouterr().out)
    assert not (here.data_dir / "watch.json").exists()


def test_no_data_yet_is_no_failure(clock: Clock, here: Settings, capsys: Caught) -> None:
    clock.end_at(60)
    assert clock.run(here) == 0
    assert steps(capsys.readouterr().out) == ["start", "stop"]
    assert inbox.root(here).is_dir()


def test_months_that_are_due_are_sealed_once_a_day(
    clock: Clock, here: Settings, own_inbox: Path, capsys: Caught, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At its start, and when the day turns: what was loaded in between waits until then, and its figures stay."""
    lay(here, scans(9))
    assert clock.run(here, once=True) == 0
    assert table(here, "SELECT count(*) FROM scan") == [(9,)]
    monkeypatch.setattr(watching, "_DAILY", (keep.prune, purge.purge_months))
    clock.at(clock.seconds + 10, lambda: lay(here, scans(4, first=100, day="2021-12-24"), "pemkot-20211224.csv"))
    clock.end_at(clock.seconds + 60)
    assert clock.run(here) == 0
    said = capsys.readouterr().out
    assert (steps(said).count("purge_months"), "step=purge_months n=1" in said) == (1, True), steps(said)
    assert table(here, "SELECT day_wib::VARCHAR, count(*) FROM scan GROUP BY ALL") == [("2021-12-24", 4)]
    assert visits(here) == 13
    clock.at(clock.seconds + 86_400, lambda: None)
    clock.end_at(clock.seconds + 86_500)
    clock.seconds += 86_400
    assert clock.run(here) == 0
    assert "step=purge_months n=1" in capsys.readouterr().out
    assert table(here, "SELECT count(*) FROM scan") == [(0,)]
    assert visits(here) == 13
