"""The daily service is cut off: at each step in turn, by kill -9 at any moment, by signals. Nothing twice, or lost."""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core import builds
from core.settings import ROOT, Settings
from etl import inbox, keep
from etl.service import Service
from tests.services import Clock, lay, scans, steps
from tests.stores import Etl, accounts, content, table

CODES = ("QR-BK-1", "QR-MTS-1", "QR-SKN-1", "QR-ALM-1")
DAYS = [f"2021-12-{day:02d}" for day in range(6, 11)]
ROWS = 2000


@pytest.fixture(autouse=True)
def history_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """The logs of these tests are years old: without it the service would seal their months at its start."""
    monkeypatch.setenv("PANTAU_RETENTION_DAYS", "36500")


def fill(here: Settings) -> None:
    """Five days of logs, one of them twice under another name, and one that is refused."""
    for n, day in enumerate(DAYS):
        rows = [{**r, "kode_qr": CODES[k % 4]} for k, r in enumerate(scans(ROWS, first=100_000 * (n + 1), day=day))]
        lay(here, rows, f"pemkot-{day.replace('-', '')}.csv", "pedulilindungi/pemkot")
    lay(here, rows, f"kiriman-ulang-{day.replace('-', '')}.csv", "pedulilindungi/pemkot")
    lay(here, scans(1), "salah.csv", "pedulilindungi/mal").write_text("<html>masuk dulu</html>")


def whole(here: Settings, etl: Etl) -> str:
    """The content a plain load of the same files makes; the installation is then as before."""
    fill(here)
    files = [p for p in sorted(inbox.root(here).glob("pedulilindungi/pemkot/*.csv")) if "ulang" not in p.name]
    kept = here.data_dir.with_name("kept")
    shutil.copytree(here.data_dir, kept)
    assert etl("load", *files, "--profile", "pedulilindungi", "--source", "pemkot", "--build") == 0
    wanted = content(here)
    fresh(here)
    return wanted


def fresh(here: Settings) -> None:
    builds.close_all()
    shutil.rmtree(here.data_dir)
    shutil.copytree(here.data_dir.with_name("kept"), here.data_dir)


def check_whole(here: Settings, wanted: str) -> None:
    """Everything was loaded once, published and deleted; what was refused lies in gagal with its reason."""
    assert content(here) == wanted
    assert [p for p in inbox.root(here).rglob("*") if p.is_file()] == []
    loaded = [entry for entry in accounts(here) if entry.state == "loaded"]
    assert [e.loaded for e in loaded if e.name != "contoh.csv"] == [ROWS] * len(DAYS)
    kept = [p for p in (here.data_dir / "gagal").rglob("*") if p.is_file() and not p.name.endswith(keep.REASON)]
    assert [p.read_text() for p in kept] == ["<html>masuk dulu</html>"]
    assert keep.beside(kept[0]).is_file()
    assert not (here.data_dir / "watch.json").exists()


class Power(BaseException):
    """The machine stops here."""


# Around the commit, the file's leaving, the build and its naming; the others only in the long run.
STEPS = (
    "etl.load.load",
    "etl.merge.add",
    "etl.keep.away",
    "etl.keep.os.replace",
    "etl.build.build",
    "etl.publish._name",
)
MORE = (
    *("etl.store.writer", "etl.publish.write_atomic", "etl.readers.read", "etl.ledger.new_file", "etl.ledger.cover"),
    *("pathlib.Path.unlink", "etl.keep._move", "etl.status.write", "etl.build.marts.update", "etl.publish.publish"),
    *("etl.publish._prune", "etl.loading._state"),
)


@contextmanager
def cut_at(step: str, nth: int, after: bool, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Stops the process at the `nth` call of a step: before it, or (`after`) when it was just done."""
    from pkgutil import resolve_name

    real: Callable[..., object] = resolve_name(step)
    calls = iter(range(1, 10**6))

    def cut(*args: object, **named: object) -> object:
        number = next(calls)
        if number == nth and not after:
            raise Power
        done = real(*args, **named)
        if number == nth:
            raise Power
        return done

    with patch.context() as own:
        own.setattr(step, cut)
        yield


@pytest.mark.parametrize("step", STEPS)
def test_a_service_cut_off_at_a_step_goes_on_as_if_nothing_had_been(
    step: str, here: Settings, scenario: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_off(step, (1,), here, monkeypatch)


@pytest.mark.long
@pytest.mark.parametrize("step", [*STEPS, *MORE])
def test_a_service_cut_off_at_any_step_and_file(
    step: str, here: Settings, scenario: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_off(step, (1, 2, 3), here, monkeypatch)


def cut_off(step: str, times: tuple[int, ...], here: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.rmtree(inbox.root(here))
    lay(here, scans(9), "a.csv")
    lay(here, scans(9, first=50), "b.csv")
    lay(here, scans(1), "salah.csv").write_text("<html>masuk dulu</html>")
    shutil.copytree(here.data_dir, here.data_dir.with_name("kept"))
    clock = Clock()
    clock.turns(clock.service(here))
    wanted, hit = content(here), 0
    for nth in times:
        for after in (False, True):
            fresh(here)
            try:
                with cut_at(step, nth, after, monkeypatch):
                    clock.turns(clock.service(here), 3)
            except Power:
                hit += 1
            clock.turns(clock.service(here), 4)
            assert content(here) == wanted
            loaded = [(e.name, e.loaded) for e in accounts(here) if e.state == "loaded"]
            assert sorted(loaded) == [("a.csv", 9), ("b.csv", 9)]
            assert [p for p in inbox.root(here).rglob("*") if p.is_file()] == []
            kept = {p.name for p in (here.data_dir / "gagal").rglob("*") if p.is_file()}
            assert kept == {"salah.csv", "salah.csv.alasan.txt"}
            assert table(here, "SELECT count(*) FROM scan") == [(18,)]
    assert hit, "the step was never reached"


def command(here: Settings) -> "subprocess.Popen[str]":
    quick = {"PANTAU_WATCH_SETTLE_S": "0.1", "PANTAU_WATCH_EVERY_S": "0.1"}
    words = [sys.executable, "-m", "etl", "watch"]
    return subprocess.Popen(words, cwd=ROOT, env=os.environ | quick, stdout=subprocess.PIPE, text=True)


def until(process: "subprocess.Popen[str]", step: str, n: int = 1) -> list[str]:
    """Reads the log until a step came `n` times."""
    assert process.stdout is not None
    said: list[str] = []
    for line in process.stdout:
        said.append(line)
        if steps("".join(said)).count(step) == n:
            return said
    raise AssertionError(f"no {step} in {said}")


def trial(moments: int, here: Settings, etl: Etl, seed: int) -> None:
    wanted = whole(here, etl)
    process = command(here)
    began = time.monotonic()
    until(process, "published", 1)
    length = time.monotonic() - began
    process.send_signal(signal.SIGTERM)
    assert process.wait() == 0
    choose, landed = random.Random(seed), []
    for _ in range(moments):
        fresh(here)
        process = command(here)
        time.sleep(choose.uniform(0.3, 1.05) * length)
        process.send_signal(signal.SIGKILL)
        assert process.stdout is not None
        cut = steps(process.stdout.read())
        process.wait()
        landed.append(cut[-1] if cut else "-")
        for entry in accounts(here):
            assert entry.arrived == entry.loaded + entry.duplicates + entry.rejected + entry.kept_aside
        clock = Clock()
        again: Service = clock.turns(clock.service(here), 4)
        assert not again.defects
        check_whole(here, wanted)
        assert sum(e.state == "refused" for e in accounts(here)) <= 2
    print(f"{moments} kills over {length:.1f} s, after: {', '.join(landed)}")


def test_kill_at_twelve_moments(here: Settings, handmade: str, etl: Etl) -> None:
    trial(12, here, etl, random.randrange(10**9))


@pytest.mark.long
def test_kill_at_a_hundred_moments(here: Settings, handmade: str, etl: Etl) -> None:
    trial(100, here, etl, 20211129)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_signal_ends_the_process_cleanly(
    number: signal.Signals, code: int, here: Settings, handmade: str, etl: Etl
) -> None:
    wanted = whole(here, etl)
    process = command(here)
    said = until(process, "loaded")
    process.send_signal(number)
    process.send_signal(number)
    assert process.stdout is not None
    said += process.stdout.readlines()
    assert process.wait(60) == code
    assert steps("".join(said))[-1] == "stop"
    assert not re.search("Traceback", "".join(said))
    clock = Clock()
    clock.turns(clock.service(here), 3)
    check_whole(here, wanted)


def test_a_log_that_cannot_be_written_ends_nothing(here: Settings, own_inbox: Path) -> None:
    path = lay(here, scans(9))
    quick = {"PANTAU_WATCH_SETTLE_S": "0.1", "PANTAU_WATCH_EVERY_S": "0.1"}
    with Path("/dev/full").open("w") as full:
        process = subprocess.Popen(
            [sys.executable, "-m", "etl", "watch"], cwd=ROOT, env=os.environ | quick, stdout=full
        )
    deadline = time.monotonic() + 60
    while builds.current(here) is None and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    assert not path.exists()
    assert builds.current(here) is not None
