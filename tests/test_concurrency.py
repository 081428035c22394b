"""Readers never notice the writer: threads put the app's questions while loads, builds and rollbacks go on beside them.

The writer is a process of its own, as the command line is. Its cycles end where they began, so that whatever grows in
the readers, grows by the reading: memory, handles and open builds must be level.
"""

import hashlib
import os
import statistics
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from core import builds, clock, view
from core.errors import StoreFailed
from core.settings import Settings
from etl import __main__ as cli
from queries import city, coverage, crowding, disclosed, quality, received, visits
from tests.files import log, row
from tests.stores import table

THREADS = 6
SAMPLE_VISITS = 183
ROWS = 12  # and four more for each cycle's number modulo five, so that builds tell apart
LEVEL_MB = 32  # what the median resident memory may grow by from the middle to the last third of a soak


def rows_of(cycle: int) -> int:
    return ROWS + 4 * (cycle % 5)


def write(cycles: int, a_month: int, folder: Path, told: Connection) -> None:
    """The writer: each cycle loads a file, takes the one before back, builds both times, rolls back, lets go, purges.

    `a_month` cycles are of one month, as its own clock says; so months become due and are sealed beside the readers.

    Tells after each step its cycle, its exit code and what it published: (build, visits it must have), or None.
    """

    def step(*words: object, visits: int | None = None) -> None:
        code = cli.main([str(w) for w in words])
        served = builds.current(here) if visits is not None else None
        told.send((cycle, words[0], code, (served.build, visits) if served else None))

    from core import settings

    here = settings.load()
    before = 0
    for cycle in range(1, cycles + 1):
        months = 11 + (cycle - 1) // a_month
        start = datetime(2021 + months // 12, months % 12 + 1, 7 + cycle % 7, 9)
        clock.now = lambda today=start + timedelta(days=8): today  # type: ignore[misc]
        scans = [row(str(start + timedelta(minutes=n)), person=cycle * 1000 + n) for n in range(rows_of(cycle))]
        path = log(folder / f"{cycle}.csv", scans)
        step("load", path, "--profile", "pedulilindungi")
        step("build", visits=SAMPLE_VISITS + before + rows_of(cycle))
        if before:
            step("unload", f"{cycle - 1}.csv")
            step("build", visits=SAMPLE_VISITS + rows_of(cycle))
        step("rollback")
        if cycle % 2 == 0:
            step("build")  # published beside the one that is pinned
        step("rollback", "--release")
        step("purge", visits=SAMPLE_VISITS + rows_of(cycle))
        before = rows_of(cycle)
        path.unlink()
    told.send(None)


@dataclass
class Readers:
    """Threads that read all the time, and what they saw."""

    here: Settings
    stop: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)
    waiting: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    errors: list[str] = field(default_factory=list)
    seen: dict[str, set[tuple[int, str]]] = field(default_factory=lambda: defaultdict(set))
    answers: int = 0
    gone: int = 0
    most_open: int = 0

    def begin(self, oldest: bool) -> view.View:
        """As a page begins: the served build, or the oldest, as a link would name it; its extent; the whole of it."""
        served = builds.usable(self.here)
        assert served is not None
        extent = city.extent(builds.on_disk(self.here)[0] if oldest else served.build)
        assert extent is not None
        whole = view.Asked(first=extent.first, last=extent.last)
        return view.resolve(whole, extent)[0]

    def read(self, number: int) -> None:
        """One thread: reads the served build each time; some one and the same until it is pruned."""
        chosen, lingers, oldest = None, number % 3 == 2, number == 2
        while not self.stop.is_set():
            if not self.go_on.is_set():
                self.waiting.release()
                self.go_on.wait()
            try:
                chosen = chosen if lingers and chosen else self.begin(oldest)
                found = answer(chosen)
                self.seen[chosen.build].add(found)
                self.answers += 1
                self.most_open = max(self.most_open, builds.open_count())
            except StoreFailed as failure:
                # Only a build that was pruned under its reader; he begins again, as a page does (ui/shell.py).
                if failure.key != "error.no_build_file" or builds.file_of(self.here, failure.fields["build"]).exists():
                    self.errors.append(f"{failure.key} {failure.fields}")
                self.gone += 1
                chosen = None
            except Exception as error:
                self.errors.append(f"{type(error).__name__}: {error}")

    @contextmanager
    def resting(self) -> Iterator[None]:
        """While no query runs."""
        self.go_on.clear()
        for _ in range(THREADS):
            assert self.waiting.acquire(timeout=60)
        yield
        self.go_on.set()


def answer(of: view.View) -> tuple[int, str]:
    """What the screens ask of one build. All must be of a whole one: (visits, checksum of every table)."""
    days, places, kelurahan = visits.daily(of), visits.by_place(of), visits.by_kelurahan(of)
    hours, summary = visits.by_hour_and_weekday(of), visits.summary(of)
    facts, rows = city.facts(of.build), city.accounting(of.build)
    n = summary.visits
    assert n is not None
    sums = {int(frame["visits"].sum()) for frame in (days, places, kelurahan, hours)}
    assert sums == {n}, (of.build, n, sums)
    assert int(facts["scans_stored"]) == rows["loaded"], (of.build, facts["scans_stored"], rows)
    scans = int((places["visits"] + places["others"] + places["check_outs"]).sum())
    assert scans == rows["loaded"], (of.build, scans, rows)
    for check in quality.CHECKS:
        assert builds.frame(of.build, check.failing).empty, (of.build, check.key)
    people = disclosed.visitors_daily(of)
    tables = [days, places, kelurahan, hours, crowding.at_hour(of), coverage.cells(of), received.files(of), people]
    said = "".join(frame.to_csv() for frame in tables if frame is not None)
    return n, hashlib.sha256(said.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Sample:
    """The process while no query runs."""

    open_builds: int
    handles: int
    build_files: int
    resident_mb: float


def sample() -> Sample:
    paths = []
    for handle in Path("/proc/self/fd").iterdir():
        try:
            paths.append(str(handle.readlink()))
        except OSError:
            continue  # the one this loop reads with
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return Sample(
        builds.open_count(),
        len(paths),
        sum(".duckdb" in path for path in paths),
        pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20),
    )


def soak(cycles: int, a_month: int, here: Settings, folder: Path) -> tuple[Readers, dict[str, int], list[Sample]]:
    """`cycles` of the writer under readers: what they saw, what each build must say, and a sample a cycle."""
    readers = Readers(here)
    readers.go_on.set()
    threads = [threading.Thread(target=readers.read, args=(n,), daemon=True) for n in range(THREADS)]
    spawned = get_context("spawn")
    hears, tells = spawned.Pipe(duplex=False)
    writer = spawned.Process(target=write, args=(cycles, a_month, folder, tells))
    for thread in threads:
        thread.start()
    writer.start()
    tells.close()
    published: dict[str, int] = {}
    samples: list[Sample] = []
    done = 0
    try:
        while (said := hears.recv()) is not None:
            cycle, step, code, made = said
            assert code == 0, said
            if made:
                published[made[0]] = made[1]
            if cycle > done and step == "rollback":
                done = cycle
                with readers.resting():
                    samples.append(sample())
            assert not readers.errors, readers.errors[:3]
        writer.join(60)
    finally:
        writer.kill()
        readers.go_on.set()
        readers.stop.set()
        for thread in threads:
            thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    assert done == cycles
    return readers, published, samples


def check(readers: Readers, published: dict[str, int], samples: list[Sample], first: str) -> None:
    assert not readers.errors
    published = {first: SAMPLE_VISITS} | published
    for build, answers in readers.seen.items():
        [(n, _)] = answers  # the same each time and in each thread
        if build in published:  # others were made while one was pinned
            assert n == published[build], build
    assert len(set(published) & set(readers.seen)) > len(samples) // 2
    assert readers.most_open <= builds.OPEN_AT_MOST + THREADS
    for one in samples:
        assert one.open_builds <= builds.OPEN_AT_MOST
        assert one.build_files <= builds.OPEN_AT_MOST, one
    assert max(s.handles - s.build_files for s in samples) <= samples[0].handles - samples[0].build_files


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="handles and memory are read from Linux's /proc")
def test_readers_under_load_build_publish_rollback_and_purge(
    here: Settings, handmade: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PANTAU_BUILDS_KEPT", "3")
    readers, published, samples = soak(2, 1, here, tmp_path)
    check(readers, published, samples, handmade)
    assert table(here, "SELECT count(*) FROM sealed") == [(1,)]
    print(f"{readers.answers} answers of {len(readers.seen)} builds, {readers.gone} gone, {readers.most_open} open")


@pytest.mark.long
@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="handles and memory are read from Linux's /proc")
def test_two_hundred_cycles_leave_memory_and_handles_level(
    here: Settings, handmade: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PANTAU_BUILDS_KEPT", "3")
    readers, published, samples = soak(200, 10, here, tmp_path)
    check(readers, published, samples, handmade)
    assert readers.gone > 0  # builds were pruned under a reader, who was told so and went on
    third = len(samples) // 3
    middle, last = (
        statistics.median(s.resident_mb for s in part) for part in (samples[third : 2 * third], samples[-third:])
    )
    print(
        f"{readers.answers} answers of {len(readers.seen)} builds, {readers.gone} gone; {middle:.0f} to {last:.0f} MB"
    )
    assert last - middle <= LEVEL_MB
