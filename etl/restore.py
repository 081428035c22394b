"""`etl restore`: an installation from a backup: everything is checked and lies ready before anything is replaced."""

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from core import builds, words
from core.errors import StoreFailed, UsageError
from core.settings import Settings
from etl import backup, keyfile, publish, store, swap
from etl.entry import folders


def restore(settings: Settings, folder: Path, now: datetime, *, replace: bool) -> Iterator[str]:
    """Restores the backup in `folder`; yields what to say.

    Raises UsageError where data are there and `replace` was not said, StoreFailed naming a damaged file; then nothing
    is changed. With `replace` the old installation is set aside. Without its key the data still show, and a line says
    which is needed before more can be loaded.
    """
    manifest = backup.read(folder)
    have = {(k.fingerprint, k.since) for k in keyfile.read(settings)}
    with store.writer(settings):
        there = _there(settings)
        if there and not replace:
            raise UsageError("error.restore_over", n=len(there))
        with store.machine():
            staging = swap.staging(settings)
            try:
                backup.room(settings.data_dir, manifest.size)
                for file in manifest.files:
                    _check_in(folder, file, staging / "new" / file.path)
                    yield words.text("restore.checked", file=file.path, size=backup.megabytes(file.size))
                for inside in [p for p in staging.rglob("*") if p.is_dir()]:
                    publish.sync(inside)
            except BaseException:
                shutil.rmtree(staging, ignore_errors=True)
                raise
            names = [file.path for file in manifest.files]
            aside = f"sebelum-pemulihan-{now:%Y%m%dT%H%M%S}"
            swap.ready(settings, names, [name for name in there if name not in names], aside)
            swap.finish(settings)
    yield words.text("restore.done", at=manifest.at, build=manifest.current or words.text("cli.none"))
    if there:
        yield words.text("restore.aside", folder=aside)
    if "register/city.toml" in names:  # one's own reference; what the city entered is read where it lies
        yield words.text("restore.register", path=settings.data_dir / "register")
    if missing := [key for key in manifest.keys if key not in have]:
        yield words.text("restore.key_needed", keys=backup.listed(missing), path=settings.key_file)


def _check_in(folder: Path, file: backup.File, to: Path) -> None:
    try:
        mode = 0o600 if file.path == "warehouse.duckdb" else 0o666  # an app of another user reads the builds
        found = backup.copy(folder / file.path, to, file.path, mode)
    except FileNotFoundError:
        raise StoreFailed("error.backup_damaged", file=file.path) from None
    if found != file:
        raise StoreFailed("error.backup_damaged", file=file.path)


def _there(settings: Settings) -> list[str]:
    """What of an installation lies in the data directory: it is set aside where the backup does not replace it."""
    data = settings.data_dir
    found = [p for p in (settings.builds / "CURRENT", settings.warehouse, settings.status_file) if p.exists()]
    found += [p for p in data.glob("warehouse.*") if p != settings.warehouse]
    found += [builds.file_of(settings, build) for build in builds.on_disk(settings)]
    for folder in (settings.scenario, *folders.entered(settings)):
        found += sorted(p for p in folder.rglob("*") if p.is_file())
    return [p.relative_to(data).as_posix() for p in found]
