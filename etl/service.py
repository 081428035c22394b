"""The daily service between two looks: which files are to be loaded, which are to leave, whether a build is wanted.

Its memory is the ledger: a file that was loaded and is still there after a kill -9 is known by its content and only
deleted, and the first build after a start covers whatever was loaded before. So every step may be cut off.
"""

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path

from structlog.typing import FilteringBoundLogger

from core import builds, db, words
from core.errors import InputRefused, StoreFailed, UsageError
from core.settings import Settings
from etl import inbox, journal, keep, load, loading, publish, register, status, store
from etl.inbox import Found, Place

Duty = Callable[[Settings, datetime], int]  # once a day, under the writer's lock: returns how many things it dealt with
_LATER = (StoreFailed, UsageError, OSError, *db.Trouble)  # the machine's or the settings' fault: tried again
_REGISTER = "register"  # settles as files do: somebody may be in the middle of changing several tables


class Service:
    """One installation's service. `now` gives naive WIB, `tick` seconds that only go forward."""

    def __init__(
        self,
        settings: Settings,
        log: FilteringBoundLogger,
        now: Callable[[], datetime],
        tick: Callable[[], float],
        duties: Sequence[Duty],
    ) -> None:
        self.stopping = False
        self.refused = 0
        self.defects = 0
        self.unsettled = False  # whether the last look saw a file that may still be written
        self._settings, self._log, self._now, self._tick, self._duties = settings, log, now, tick, duties
        self._settling = inbox.Settling(settings.watch_settle_s)
        self._began = tick()
        self._due = "start"  # why a build is wanted, '' where none is
        self._day: date | None = None  # whose duties are done
        self._register: tuple[object, object] = (None, None)  # as it was last seen settled, and at the last build
        self._there: dict[Path, tuple[Found, Place]] = {}
        self._settled: set[Path] = set()
        self._unplaced: dict[tuple[str, ...], inbox.Unplaced] = {}
        self._leaving: dict[Path, tuple[Found, InputRefused | None, str]] = {}  # done with; what kept it, as last said
        self._stuck: dict[Path, inbox.Stamp] = {}  # our defect: not tried again as it is
        self._tries: dict[Path, int] = self._cut_off()

    def look(self) -> None:
        """Sees what lies in the inbox and whether the register changed; says what is new. Raises PantauError."""
        with store.machine():
            there, unplaced = inbox.sort(inbox.look(self._settings), self._settings)
            tables = loading.tables(self._settings)
        for path, (found, place) in there.items():
            if path not in self._there:
                self._log.info("found", **_named(found, place), bytes=found.stamp[1])
        for folder, files in unplaced.items():
            if files != self._unplaced.get(folder):
                self._log.warning("unplaced", said=files.said())
        self._there, self._unplaced = there, unplaced
        settled = self._settling.look(self._tick(), {p: f.stamp for p, (f, _) in there.items()} | {_REGISTER: tables})
        self._settled = {path for path in there if path in settled}
        self.unsettled = len(self._settled) < len(there)
        if _REGISTER in settled:
            self._register = (tables, self._register[1])
            if self._register[1] not in (None, tables):
                self._due = self._due or "register"

    def act(self) -> None:
        """Does what is due: what is to leave the inbox, loads, the day's duties, one build. Raises PantauError."""
        ready = self._ready()
        new_day = self._day != self._now().date()
        if new_day and self._day is not None:
            self._due = self._due or "day"  # what is expected, and what is late, is counted by the day
        if not (ready or self._leaving or new_day or self._build_due()):
            return
        with store.machine(), store.writer(self._settings):
            for path in list(self._leaving):
                self._leave(path)
            if ready:
                self._load(ready)
            if new_day and not self.stopping:
                self._do_duties()
            if self._build_due() and not self.stopping:
                self._build()

    def forget_the_start(self) -> None:
        """Spares the build of a start where nothing came since the last one."""
        if self._ready():
            return
        with store.machine(), store.writer(self._settings):
            if not loading.behind(self._settings, self._now()):
                self._due = ""

    def _ready(self) -> list[tuple[Found, Place]]:
        """Files to be loaded now. One that failed before comes when no other is left, so that it stops none."""
        files = [
            self._there[path]
            for path in sorted(self._settled)
            if path not in self._leaving and self._stuck.get(path) != self._there[path][0].stamp
        ]
        least = min((self._tries.get(found.path, 0) for found, _ in files), default=0)
        return [(found, place) for found, place in files if self._tries.get(found.path, 0) == least]

    def _build_due(self) -> bool:
        """Whether a build is wanted; the one of the start waits for files that are about to be complete."""
        waits = self._due == "start" and self.unsettled and self._tick() <= self._began + self._settings.watch_settle_s
        return bool(self._due) and not waits

    def _do_duties(self) -> None:
        before, self._day = self._day, self._now().date()
        try:
            for duty in self._duties:
                if n := duty(self._settings, self._now()):
                    self._log.info(duty.__name__, n=n)
        except (StoreFailed, OSError, *db.Trouble):
            self._day = before  # again, once it is mended; a defect would only come again
            raise

    def _load(self, ready: list[tuple[Found, Place]]) -> None:
        with store.warehouse(self._settings, create=True) as con:
            register.lay(con, self._settings)
            for found, place in ready:
                if self.stopping or not self._one(con, found, place):
                    break
            status.write(con, self._settings, self._now())
        _marker(self._settings).unlink(missing_ok=True)

    def _one(self, con: db.Connection, found: Found, place: Place) -> bool:
        """Loads one file and takes it out of the inbox; False where `con` is not fit for another after it."""
        path, named, began = found.path, _named(found, place), self._tick()
        if inbox.stamp(path) != found.stamp:
            return True  # somebody else took it, or goes on writing: the next look sees it
        inside = str(path.relative_to(inbox.root(self._settings)))
        publish.write_atomic(_marker(self._settings), json.dumps({"file": inside}) + "\n")
        refusal: InputRefused | None = None
        try:
            done = load.load(
                con, path, place.profile, source=place.source, days=None, settings=self._settings, now=self._now()
            )
        except InputRefused as refused:
            refusal = refused
        except Exception as error:
            return self._failed(found, named, error)
        self._tries.pop(path, None)
        if refusal is None:
            seconds = round(self._tick() - began, 2)
            step = "again" if done.again else "loaded"
            self._log.info(step, **named, id=done.entry.file_id, **loading.counts(done.entry), seconds=seconds)
        elif inbox.stamp(path) != found.stamp:
            self._log.warning("changed", **named, said=words.text("watch.changed"))
            return True
        else:
            self.refused += 1
            self._log.warning("refused", **named, reason=refusal.key, said=str(refusal))
        if refusal or not done.again:
            self._due = self._due or "load"
        self._leaving[path] = found, refusal, ""
        self._leave(path)
        return True

    def _failed(self, found: Found, named: dict[str, str], error: Exception) -> bool:
        """What a load that neither loaded nor refused means for its file, which stays; raises what stops all others."""
        if inbox.stamp(found.path) != found.stamp:
            self._log.warning("changed", **named, said=words.text("watch.changed"))
        elif isinstance(error, _LATER):
            self._tries[found.path] = self._tries.get(found.path, 0) + 1
            raise error
        else:
            self._stuck[found.path] = found.stamp
            self.defects += 1
            self._log.error("defect", **named, said=words.text("watch.defect", where=journal.where(error)))
        return False

    def _leave(self, path: Path) -> None:
        """Deletes or moves a file that was dealt with; what fails is said once and tried again at the next look."""
        found, refusal, before = self._leaving[path]
        try:
            if inbox.stamp(path) == found.stamp:  # else it is gone, or a new file under the same name
                kept = keep.away(self._settings, found, refusal, self._now())
                where = {"to": str(kept.relative_to(self._settings.data_dir))} if kept else {}
                self._log.info("moved" if kept else "deleted", file=found.name, **where)
            del self._leaving[path]
        except Exception as error:
            said = str(store.failed(error)) if isinstance(error, OSError) else journal.where(error)
            if said != before:
                self._log.error("not_moved", file=found.name, said=said)
            self._leaving[path] = found, refusal, said

    def _build(self) -> None:
        why, self._due = self._due, ""
        self._register = (self._register[0], loading.tables(self._settings))
        if why == "start" and not self._settings.warehouse.exists() and not builds.on_disk(self._settings):
            return  # nothing was ever loaded
        began = self._tick()
        try:
            with store.machine():
                made = loading.publish(self._settings, self._now())
        except (StoreFailed, UsageError):
            self._due = why  # once it is mended; what else fails would fail again, until something changes
            raise
        self._log.info("built", build=made.build, why=why, new=made.new, seconds=round(self._tick() - began, 2))
        if made.pinned:
            self._log.warning("pinned", build=made.build, said=words.text("cli.pinned", build=made.build))
        elif made.new:
            self._log.info("published", build=made.build)

    def _cut_off(self) -> dict[Path, int]:
        """The file an earlier service was loading when it was killed: perhaps it was what killed it."""
        marker = _marker(self._settings)
        try:
            path = inbox.root(self._settings) / str(json.loads(marker.read_text("utf-8"))["file"])
        except (OSError, ValueError, KeyError, TypeError):
            return {}
        if inbox.stamp(path) is None:  # it was done with
            with store.machine():
                marker.unlink()
            return {}
        self._log.warning("cut_off", file=path.name, said=words.text("watch.cut_off"))
        return {path: 1}


def _named(found: Found, place: Place) -> dict[str, str]:
    return {"file": found.name, "profile": place.profile.name, "source": place.source or inbox.UNNAMED}


def _marker(settings: Settings) -> Path:
    return settings.data_dir / "watch.json"
