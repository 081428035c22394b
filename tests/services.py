"""The daily service in a test: a clock that only a sleep moves, and files laid into its inbox."""

import os
import signal
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from core.settings import Settings
from etl import inbox, journal, keep, watch
from etl.service import Service
from tests.files import Row, log, row


class Clock:
    """Stands still until somebody sleeps; `at` does something at a second, `end_at` sends this process SIGTERM."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.slept: list[float] = []
        self._plan: list[tuple[float, Callable[[], object]]] = []

    def now(self) -> datetime:
        return datetime(2026, 11, 25, 8) + timedelta(seconds=int(self.seconds))

    def tick(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        self.slept.append(seconds)
        for step in [s for s in self._plan if s[0] <= self.seconds]:
            self._plan.remove(step)
            step[1]()

    def at(self, second: float, do: Callable[[], object]) -> None:
        self._plan.append((second, do))

    def end_at(self, second: float, number: signal.Signals = signal.SIGTERM) -> None:
        self.at(second, lambda: os.kill(os.getpid(), number))

    def run(self, here: Settings, *, once: bool = False) -> int:
        return watch.run(here, once=once, sleep=self.sleep, now=self.now, tick=self.tick)

    def service(self, here: Settings) -> Service:
        return Service(here, journal.open_journal(self.now), self.now, self.tick, (keep.prune,))

    def turns(self, service: Service, n: int = 2, every: float = 5) -> Service:
        """Looks and acts `n` times; two are what a file needs that lies there complete."""
        for _ in range(n):
            service.look()
            service.act()
            self.seconds += every
        return service


def scans(n: int, first: int = 1, day: str = "2021-11-24") -> list[Row]:
    """`n` check-ins of different persons at one place of the hand-made example."""
    return [row(f"{day} 08:{k // 60 % 60:02d}:{k % 60:02d}", person=first + k) for k in range(n)]


def lay(here: Settings, rows: list[Row], name: str = "pemkot-20211124.csv", folder: str = "pedulilindungi/_") -> Path:
    """A log in the inbox."""
    path = inbox.root(here) / folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return log(path, rows)


def steps(said: str) -> list[str]:
    """The steps of the log's lines, in order."""
    return [line.split("step=")[1].split(" ")[0] for line in said.splitlines()]
