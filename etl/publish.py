"""Publishing: a build file is moved into place, then CURRENT is replaced; at every instant a whole build is named."""

import os
from datetime import datetime, timedelta
from pathlib import Path

from core import builds
from core.errors import UsageError
from core.settings import Settings


def next_id(settings: Settings, now: datetime, content: str) -> str:
    """A build id: the moment (WIB) and eight digits of the content; always later than those on disk."""
    at = now
    if there := builds.on_disk(settings):
        at = max(at, datetime.strptime(there[-1][:15], "%Y%m%dT%H%M%S") + timedelta(seconds=1))
    return f"{at:%Y%m%dT%H%M%S}-{content[:8]}"


def publish(settings: Settings, half: Path, build_id: str) -> builds.Current:
    """Moves a finished build into place and names it, unless a rollback pins another. Old builds go."""
    settings.builds.mkdir(parents=True, exist_ok=True)
    with half.open("rb") as file:
        os.fsync(file.fileno())
    os.replace(half, builds.file_of(settings, build_id))
    sync(settings.builds)
    served = builds.current(settings)
    if served is None or not served.pinned:
        served = builds.Current(build_id, False)
        _name(settings, served)
    _prune(settings, served.build)
    return served


def roll_back(settings: Settings, build_id: str | None) -> builds.Current:
    """Serves an older build and pins it: the one before the served, or `build_id`."""
    there, served = builds.on_disk(settings), builds.current(settings)
    if served is None:
        raise UsageError("error.no_build")
    if build_id is None:
        older = [b for b in there if b < served.build]
        if not older:
            raise UsageError("error.no_older_build", build=served.build)
        build_id = older[-1]
    elif build_id not in there:
        raise UsageError("error.unknown_build", build=build_id, known=", ".join(there[-5:]))
    pinned = builds.Current(build_id, True)
    _name(settings, pinned)
    return pinned


def release(settings: Settings) -> builds.Current:
    """Lets a pin go: the newest build is served again."""
    there = builds.on_disk(settings)
    if not there:
        raise UsageError("error.no_build")
    newest = builds.Current(there[-1], False)
    _name(settings, newest)
    return newest


def _name(settings: Settings, current: builds.Current) -> None:
    write_atomic(settings.builds / "CURRENT", current.build + (" pinned" if current.pinned else "") + "\n")


def write_atomic(path: Path, text: str) -> None:
    """Replaces a small file whole: a reader sees the old text or the new one, also after a power cut."""
    new = path.with_name(f".{path.name}.new")
    with new.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)
    sync(path.parent)


def sync(folder: Path) -> None:
    """Makes what was renamed or deleted in a folder outlast a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _prune(settings: Settings, served: str) -> None:
    for build in builds.on_disk(settings)[: -settings.builds_kept]:
        if build != served:
            builds.file_of(settings, build).unlink(missing_ok=True)
