"""`etl backup`: one dated folder that holds an installation: warehouse, builds, scenario, register; never the key.

It is written under a name of its own and renamed when it is whole, so a folder `pantau-...` is always a whole backup.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any

from core import builds, formats, words
from core.errors import StoreFailed, UsageError
from core.settings import ROOT, Settings
from etl import identity, publish, store
from etl.entry import folders

MANIFEST, FORMAT = "manifest.json", 1
_HELD = ("warehouse.duckdb", "builds", "scenario", "register", "status.json")  # of a data directory
_CHUNK = 1 << 20
MEGABYTE = 1_000_000


@dataclass(frozen=True)
class File:
    """One file of a backup: its path in the data directory, bytes, and SHA-256."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself; `keys` are (fingerprint, first day) of the keys that its warehouse needs."""

    at: datetime
    current: str | None
    warehouse_schema: int
    build_schema: int
    keys: tuple[tuple[str, date | None], ...]
    files: tuple[File, ...]

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)


def write(settings: Settings, target: Path, now: datetime) -> Iterator[str]:
    """Backs the installation up into a new folder of `target`; yields what to say. Raises StoreFailed, nothing half."""
    if not settings.warehouse.exists():
        raise UsageError("error.nothing_loaded")
    if target.resolve().is_relative_to(settings.data_dir.resolve()):
        raise UsageError("error.backup_in_data", path=target)
    with store.writer(settings):
        with store.warehouse(settings) as con:
            con.checkpoint()
            keys = tuple((k.fingerprint, k.since) for k in identity.known(con) if k.gone_at is None)
        try:
            target.mkdir(parents=True, exist_ok=True)
            # One writer an installation: a half folder of this name is what a killed one left.
            half = target / f".pantau-{hashlib.sha256(bytes(settings.data_dir.resolve())).hexdigest()[:8]}.half"
            shutil.rmtree(half, ignore_errors=True)
            half.mkdir(mode=0o700)
        except OSError as error:
            raise StoreFailed("error.backup_target", path=target, kind=error.strerror or "") from error
        try:
            with store.machine():
                inside = _files(settings)
                room(target, sum(path.stat().st_size for path in inside.values()))
                done = []
                for name, path in inside.items():
                    done.append(copy(path, half / name, name))
                    yield words.text("backup.copied", file=name, size=megabytes(done[-1].size))
                served = builds.current(settings)
                manifest = Manifest(
                    now, served.build if served else None, len(store.MIGRATIONS), builds.SCHEMA_VERSION, keys,
                    tuple(done),
                )  # fmt: skip
                publish.write_atomic(half / MANIFEST, _text(manifest))
                for folder in [p for p in half.rglob("*") if p.is_dir()]:
                    publish.sync(folder)
                final = _name(target, now)
                half.rename(final)
                publish.sync(target)
        finally:
            shutil.rmtree(half, ignore_errors=True)
    yield words.text("backup.done", path=final, n=len(done), size=megabytes(manifest.size))
    yield words.text("backup.key_apart", keys=listed(keys), path=settings.key_file)


def _files(settings: Settings) -> dict[str, Path]:
    """What belongs to an installation, by its path in a backup. Inbox, spill files and the key do not."""
    found = {"warehouse.duckdb": settings.warehouse}
    found |= {f"builds/{build}.duckdb": builds.file_of(settings, build) for build in builds.on_disk(settings)}
    single = {"builds/CURRENT": settings.builds / "CURRENT", "status.json": settings.status_file}
    found |= {name: path for name, path in single.items() if path.exists()}
    sources = {"scenario": settings.scenario}
    sources |= {f"register/{folder.name}": folder for folder in folders.entered(settings)}
    if settings.reference_dir.resolve() != (ROOT / "data" / "reference").resolve():  # the shipped one comes with us
        sources["register"] = settings.reference_dir
    for name, folder in sources.items():
        found |= {
            f"{name}/{inside.as_posix()}": path
            for path in sorted(folder.rglob("*"))
            # of a reference directory that lies where entries do, those of another installation are not ours
            if path.is_file() and not folders.is_import((inside := path.relative_to(folder)).parts[0])
        }
    return found


def _name(target: Path, now: datetime) -> Path:
    while (path := target / f"pantau-{now:%Y%m%dT%H%M%S}").exists():
        now += timedelta(seconds=1)
    return path


def room(folder: Path, needed: int) -> None:
    """Raises StoreFailed where `needed` bytes do not fit the disk of `folder`."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise StoreFailed("error.no_room", path=folder, needed=megabytes(needed), free=megabytes(free))


def copy(path: Path, to: Path, name: str, mode: int = 0o600) -> File:
    """Copies one file down to the disk, for its owner alone unless said, and says what was copied."""
    to.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as source, os.fdopen(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as out:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    return File(name, size, digest.hexdigest())


def _text(manifest: Manifest) -> str:
    said: dict[str, Any] = {"format": FORMAT} | asdict(manifest)
    body = json.dumps(said, default=str, indent=1)
    return json.dumps(said | {"checksum": hashlib.sha256(body.encode()).hexdigest()}, default=str, indent=1) + "\n"


def read(folder: Path) -> Manifest:
    """The manifest of a backup. Raises UsageError where `folder` is none, StoreFailed where it is damaged or newer."""
    try:
        said = json.loads((folder / MANIFEST).read_text("utf-8"))
        checksum = said.pop("checksum")
        if checksum != hashlib.sha256(json.dumps(said, indent=1).encode()).hexdigest():
            raise ValueError("checksum")
        newest = (said["format"], said["warehouse_schema"], said["build_schema"])
        known = (FORMAT, len(store.MIGRATIONS), builds.SCHEMA_VERSION)
        if any(a > b for a, b in zip(newest, known, strict=True)):
            raise StoreFailed("error.backup_newer", path=folder.name, found=str(newest), known=str(known))
        files = tuple(File(**file) for file in said["files"])
        if not all(_is_held(PurePosixPath(file.path)) for file in files):
            raise ValueError("path")
        keys = tuple((name, date.fromisoformat(since) if since else None) for name, since in said["keys"])
        at = datetime.fromisoformat(said["at"])
        return Manifest(at, said["current"], said["warehouse_schema"], said["build_schema"], keys, files)
    except (FileNotFoundError, NotADirectoryError):
        there = ", ".join(sorted(p.name for p in folder.glob("pantau-*"))) or words.text("cli.none")
        raise UsageError("error.no_backup", path=folder, known=there) from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreFailed("error.backup_damaged", file=MANIFEST) from error


def _is_held(path: PurePosixPath) -> bool:
    return not path.is_absolute() and ".." not in path.parts and path.parts[:1] != () and path.parts[0] in _HELD


def listed(keys: Sequence[tuple[str, date | None]]) -> str:
    """Fingerprints with their first days, in words."""
    return identity.listed([identity.Known(name, since, None) for name, since in keys]) or words.text("cli.none")


def megabytes(size: int) -> str:
    """'4,5 MB'."""
    return f"{formats.number(size / MEGABYTE, 1, words.spoken())} MB"
