"""The last step of a restore: files that lie ready take the place of the old ones, which are set aside.

What is to be done is written down first. A killed swap is gone on with by whoever holds the writer's lock next, so the
installation is the old one until the note lies there, and the new one after it.
"""

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from core.settings import Settings
from etl import publish

FIRST = "warehouse.duckdb.wal"  # a log beside another warehouse makes that one unopenable


def staging(settings: Settings) -> Path:
    """Where files of a restore lie ready."""
    return settings.data_dir / "pemulihan"


def ready(settings: Settings, files: Sequence[str], leaving: Sequence[str], aside: str) -> None:
    """Notes that all `files` lie in `staging`/new. `leaving` go to the folder `aside`; from now on it is done."""
    last = [name for name in files if name == "builds/CURRENT"]  # readers follow it, so what it names comes first
    plan = {"in": [name for name in files if name not in last] + last, "out": list(leaving), "aside": aside}
    publish.write_atomic(_note(settings), json.dumps(plan))


def _note(settings: Settings) -> Path:
    return staging(settings) / "siap.json"


def finish(settings: Settings) -> None:
    """Does what is noted, or what is left of it. Without a note, files of a restore that never lay ready go."""
    if not _note(settings).exists():
        shutil.rmtree(staging(settings), ignore_errors=True)
        return
    plan = json.loads(_note(settings).read_text("utf-8"))
    aside, new = settings.data_dir / plan["aside"], staging(settings) / "new"
    _leave(settings.data_dir, aside, [name for name in plan["out"] if name == FIRST])
    for name in plan["in"]:
        if not (new / name).exists():
            continue  # done before the kill
        place, kept = settings.data_dir / name, aside / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.exists() and not kept.exists():
            kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.link(place, kept)  # a reader finds the old file until the new one has its name
        os.replace(new / name, place)
    _leave(settings.data_dir, aside, plan["out"])
    for folder in {(settings.data_dir / name).parent for name in plan["in"]} | {settings.data_dir}:
        publish.sync(folder)
    _note(settings).unlink()
    shutil.rmtree(staging(settings))


def _leave(data: Path, aside: Path, names: Sequence[str]) -> None:
    for name in names:
        if (data / name).exists():
            (aside / name).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.replace(data / name, aside / name)
