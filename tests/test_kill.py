"""R1-R3: kill -9 in load, build and publish. Never a partial build, never a reader's error, nothing half stored."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from core import builds
from core.settings import ROOT, Settings
from etl import register, store
from tests.files import log, row
from tests.stores import accounts, content

ROWS = 20_000
VISITS = "SELECT sum(visits)::INTEGER AS n FROM place_day"


@pytest.fixture
def big(tmp_path: Path) -> Path:
    """A log large enough that every step takes a while; four codes, everybody once."""
    start = datetime(2021, 11, 22)
    codes = ("QR-BK-1", "QR-MTS-1", "QR-SKN-1", "QR-ALM-1")
    rows = [row(str(start + timedelta(seconds=30 * n)), codes[n % 4], person=10_000 + n) for n in range(ROWS)]
    return log(tmp_path / "big.csv", rows)


def command(big: Path) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "etl", "load", str(big), "--profile", "pedulilindungi", "--build"]
    return subprocess.Popen(words, cwd=ROOT, env=dict(os.environ), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def reading(here: Settings) -> int:
    """What a reader sees now: the visits of the served build. Any error fails the test."""
    served = builds.usable(here)
    assert served is not None
    return int(builds.frame(served.build, VISITS)["n"].iloc[0])


def trial(moments: int, big: Path, etl: Callable[..., int], here: Settings, seed: int) -> None:
    before = reading(here)
    kept = here.data_dir.with_name("kept")
    shutil.copytree(here.data_dir, kept)

    def fresh() -> None:
        builds.close_all()
        shutil.rmtree(here.data_dir)
        shutil.copytree(kept, here.data_dir)

    began = time.monotonic()
    assert command(big).wait() == 0
    length = time.monotonic() - began
    whole, after = content(here), reading(here)
    assert after == before + ROWS
    choose = random.Random(seed)
    landed = {before: 0, after: 0}
    for _ in range(moments):
        fresh()
        process = command(big)
        until = time.monotonic() + choose.uniform(0.25, 1.05) * length
        while time.monotonic() < until and process.poll() is None:
            assert reading(here) in (before, after)
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        seen = reading(here)
        assert seen in (before, after)
        landed[seen] += 1
        for entry in accounts(here):
            assert entry.arrived == entry.loaded + entry.duplicates + entry.rejected + entry.kept_aside
        with store.writer(here), store.warehouse(here) as con:
            register.lay(con, here)
            stored = con.execute("SELECT count(*) FROM scan JOIN qr_site USING (qr_code)").fetchone()
            assert stored is not None
            assert stored[0] in (283, 283 + ROWS)
            assert sum(e.loaded for e in accounts_of(con)) == stored[0]
            assert not list(here.tmp.iterdir())
        assert etl("load", big, "--profile", "pedulilindungi", "--build") == 0
        assert content(here) == whole
        assert reading(here) == after
    print(f"{moments} kills over {length:.1f} s: {landed[before]} before the publish, {landed[after]} after it")


def accounts_of(con: object) -> list[object]:
    from etl import ledger

    return list(ledger.entries(con))  # type: ignore[arg-type]


def test_kill_at_fifteen_moments(big: Path, etl: Callable[..., int], here: Settings, handmade: str) -> None:
    trial(15, big, etl, here, seed=random.randrange(10**9))


@pytest.mark.long
def test_kill_at_a_hundred_moments(big: Path, etl: Callable[..., int], here: Settings, handmade: str) -> None:
    trial(100, big, etl, here, seed=20211129)


@pytest.mark.parametrize(
    "step", ["etl.publish.os.replace", "etl.publish.sync", "etl.publish._name", "etl.publish._prune"]
)
def test_a_publish_that_stops_at_any_step_leaves_a_whole_build(
    step: str, big: Path, etl: Callable[..., int], here: Settings, handmade: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = reading(here)

    class Power(BaseException):
        pass

    def cut(*_: object) -> None:
        raise Power

    with monkeypatch.context() as patch:
        patch.setattr(step, cut)
        with pytest.raises(Power):
            etl("load", big, "--profile", "pedulilindungi", "--build")
    assert reading(here) in (before, before + ROWS)
    assert etl("build") == 0
    assert reading(here) == before + ROWS
