"""The inbox `data/inbox/<profile>/<source>/FILE`: what lies there, what is complete, and what its folder names.

`<profile>/FILE` and `<profile>/_/FILE` name no source: then the profile does, or a column it maps.
"""

import os
import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core import formats, words
from core.errors import UsageError
from core.settings import Settings
from etl import profile, register

UNNAMED = "_"  # the folder of files whose source the profile knows
# What browsers, copying programs, editors and systems leave while they write, or always: never a log.
_ENDINGS = (".part", ".partial", ".filepart", ".tmp", ".temp", ".crdownload", ".download", ".opdownload", ".swp", "~")
_SYSTEM = ("thumbs.db", "desktop.ini")
_PROFILE = re.compile(r"[a-z0-9_]+")  # also keeps a folder's name from being read as a path

Stamp = tuple[int, int, int]  # inode, bytes, last change in nanoseconds


@dataclass(frozen=True)
class Found:
    """A file, or a folder that may not be read, as one look saw it; `fault` is why it cannot be taken, '' if it can."""

    path: Path
    folder: tuple[str, ...]  # from the inbox down
    stamp: Stamp
    fault: str = ""

    @property
    def name(self) -> str:
        """The file's name as it may be shown."""
        return formats.masked(self.path.name)


@dataclass(frozen=True)
class Place:
    """Who reads a file: a profile, and its source; None where the profile or a column names it."""

    profile: profile.Profile
    source: str | None


@dataclass(frozen=True)
class Unplaced:
    """Files of one folder that nothing can be done with, and why, as a sentence."""

    folder: tuple[str, ...]
    names: tuple[str, ...]
    why: str

    def said(self) -> str:
        where = formats.masked("/".join(("inbox", *self.folder)))
        return words.text("watch.unplaced", folder=where, n=len(self.names), why=self.why)


def root(settings: Settings) -> Path:
    """The inbox of an installation."""
    return settings.data_dir / "inbox"


def stamp(path: Path) -> Stamp | None:
    """What changes when a file is written or replaced; None where it is gone."""
    try:
        found = path.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def look(settings: Settings) -> list[Found]:
    """Every file of the inbox that has no temporary name, in the order of its path."""
    return list(_walk(root(settings), ()))


def sort(
    found: Sequence[Found], settings: Settings
) -> tuple[dict[Path, tuple[Found, Place]], dict[tuple[str, ...], Unplaced]]:
    """Files with a place to go, by path; and those that have none, by folder."""
    placed: dict[Path, tuple[Found, Place]] = {}
    unplaced: dict[tuple[str, ...], Unplaced] = {}
    sources = register.sources(settings) if found else []
    places: dict[tuple[str, ...], Place | str] = {}
    for file in found:
        if file.folder not in places:
            places[file.folder] = _place(file.folder, settings, sources)
        place = places[file.folder]
        if isinstance(place, Place) and not file.fault:
            placed[file.path] = file, place
        else:
            why = place if isinstance(place, str) else words.text(f"watch.fault.{file.fault}")
            key = (*file.folder, file.fault)  # one folder may hold good files and links
            before = unplaced[key].names if key in unplaced else ()
            unplaced[key] = Unplaced(file.folder, (*before, file.path.name), why)
    return placed, unplaced


def said(settings: Settings) -> Iterator[str]:
    """Lines for `status`: how many files wait, and folders nobody can read."""
    placed, unplaced = sort(look(settings), settings)
    if placed:
        yield words.text("watch.status_waiting", n=len(placed))
    for files in unplaced.values():
        yield words.text("watch.status_unplaced", said=files.said())


class Settling:
    """Which things have not changed over two looks at least `wait` seconds apart."""

    def __init__(self, wait: float) -> None:
        self._wait = wait
        self._seen: dict[Hashable, tuple[object, float]] = {}

    def look(self, now: float, stamps: Mapping[Hashable, object]) -> set[Hashable]:
        """Notes one look at the moment `now` (seconds of any clock that only goes forward); returns what is settled."""
        settled = {k for k, s in stamps.items() if k in self._seen and self._seen[k][0] == s and self._old(k, now)}
        self._seen = {
            k: self._seen[k] if k in self._seen and self._seen[k][0] == s else (s, now) for k, s in stamps.items()
        }
        return settled

    def _old(self, key: Hashable, now: float) -> bool:
        return now - self._seen[key][1] >= self._wait


def temporary(name: str) -> bool:
    """Whether a name says that its file is still being written, or is none of ours."""
    low = name.lower()
    return low.startswith((".", "~")) or low.endswith(_ENDINGS) or low in _SYSTEM


def _walk(folder: Path, parts: tuple[str, ...]) -> Iterator[Found]:
    try:
        with os.scandir(folder) as entries:
            there = sorted(entries, key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    except PermissionError:
        yield Found(folder, parts, (0, 0, 0), "closed")
        return
    for entry in there:
        if temporary(entry.name):
            continue
        path = folder / entry.name
        # A profile's or source's folder may be a link to where an agency delivers; deeper down one may go in circles.
        if entry.is_dir(follow_symlinks=len(parts) < 2):
            yield from _walk(path, (*parts, entry.name))
        elif (now := stamp(path)) is not None:
            fault = "link" if not entry.is_file(follow_symlinks=False) else "" if os.access(path, os.R_OK) else "closed"
            yield Found(path, parts, now, fault)


def _place(folder: tuple[str, ...], settings: Settings, sources: Sequence[str]) -> Place | str:
    """Who reads the files of a folder, or why nobody can."""
    if len(folder) not in (1, 2):
        return words.text("watch.fault.depth")
    name, source = folder[0], folder[1] if len(folder) == 2 and folder[1] != UNNAMED else None
    try:
        if not _PROFILE.fullmatch(name):
            raise UsageError("error.no_profile")
        chosen = profile.load(name, settings)
    except UsageError as error:
        if error.key != "error.no_profile":
            return str(error)
        return words.text("watch.fault.profile", known=", ".join(profile.shipped()))
    named = source or chosen.source
    if named is None and "source" not in chosen.columns:
        return words.text("watch.fault.source", known=", ".join(sources))
    if named is not None and named not in sources:
        return str(UsageError("error.unknown_source", source=formats.masked(named), known=", ".join(sources)))
    return Place(chosen, source)
