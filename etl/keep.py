"""Raw files after their load: deleted, or kept for some days (settings) in a folder of the day they were dealt with.

`data/selesai/DAY/<profile>/<source>/NAME` was loaded; `data/gagal/DAY/<profile>/<source>/NAME` was refused and has its
`NAME.alasan.txt` beside it. A day's folder goes as a whole, so nothing hangs on the times of files.
"""

import errno
import filecmp
import itertools
import os
import shutil
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Literal

from core import formats, words
from core.errors import InputRefused
from core.settings import Settings
from etl import publish
from etl.inbox import Found

Room = Literal["selesai", "gagal"]
REASON = ".alasan.txt"


def away(settings: Settings, found: Found, refusal: InputRefused | None, now: datetime) -> Path | None:
    """Takes a file that was loaded (refused: `refusal`) out of the inbox; returns where it is kept, None if deleted.

    Raises OSError with the file still in the inbox, whole. What is there under the same name stays.
    """
    room: Room = "gagal" if refusal else "selesai"
    if not _days(settings, room):
        found.path.unlink()  # should a power cut bring it back, the ledger knows its content
        return None
    folder = settings.data_dir / room
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # raw identities, as in the temporary directory
    folder = folder.joinpath(now.date().isoformat(), *found.folder)
    folder.mkdir(parents=True, exist_ok=True)
    target = _free(folder, found.path)
    if refusal:
        publish.write_atomic(beside(target), _reason(settings, found, refusal, now))
    _move(found.path, target, settings.data_dir)
    return target


def beside(kept: Path) -> Path:
    """Where the reason of a refused file stands."""
    return kept.with_name(kept.name.encode()[:200].decode(errors="ignore") + REASON)


def prune(settings: Settings, now: datetime) -> int:
    """Deletes kept raw files whose days are over; returns how many. A file is kept that many whole days at least."""
    gone = 0
    for room in ("selesai", "gagal"):
        days = _days(settings, room)
        for folder in sorted((settings.data_dir / room).glob("????-??-??")):
            try:
                age = (now.date() - date.fromisoformat(folder.name)).days
            except ValueError:
                continue  # somebody's own folder
            if age > days or not days:
                gone += sum(p.is_file() and not p.name.endswith(REASON) for p in folder.rglob("*"))
                shutil.rmtree(folder)
    return gone


def _days(settings: Settings, room: Room) -> int:
    return settings.keep_refused_days if room == "gagal" else settings.keep_raw_days


def _free(folder: Path, path: Path) -> Path:
    """A name nothing has yet, or that of the same content: left by a move that was cut off, or sent again."""
    names = itertools.chain([path.name], (f"{path.name}.{n}" for n in itertools.count(2)))
    return next(
        target
        for target in (folder / name for name in names)
        if not target.exists() or filecmp.cmp(path, target, shallow=False)
    )


def _move(path: Path, target: Path, top: Path) -> None:
    """Moves `path`; what is kept outlasts a power cut, its new folders under `top` included."""
    try:
        os.replace(path, target)
        copied = False
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        # An inbox on another disk or a network mount: a whole copy first, then the original goes.
        half, copied = target.with_name(".part"), True
        with path.open("rb") as source, half.open("wb") as copy:
            shutil.copyfileobj(source, copy, 1 << 20)
            copy.flush()
            os.fsync(copy.fileno())
        os.replace(half, target)
    for folder in itertools.takewhile(lambda f: f != top, target.parents):
        publish.sync(folder)
    publish.sync(top)
    if copied:
        path.unlink()


def _reason(settings: Settings, found: Found, refusal: InputRefused, now: datetime) -> str:
    return words.text(
        "watch.reason",
        at=formats.moment(now, words.spoken()),
        reason=formats.masked(str(refusal)),
        code=refusal.key,
        advice=words.text(f"advice.{refusal.key}"),
        folder="/".join(("inbox", *found.folder)),
        until=formats.day(now.date() + timedelta(days=settings.keep_refused_days), words.spoken()),
    )
