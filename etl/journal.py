"""Log lines of the daily service: one a step as key=value, never an identity.

Machines read `step` and the counts, people the sentence in `said`.
"""

import contextlib
import sys
import traceback
from collections.abc import Callable
from datetime import datetime
from typing import cast

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

from core import formats

_ORDER = ("time", "level", "step", "file", "profile", "source")


def open_journal(now: Callable[[], datetime]) -> FilteringBoundLogger:
    """A logger to standard output; `now` gives naive WIB."""

    def stamp(_: WrappedLogger, level: str, facts: EventDict) -> EventDict:
        return {"time": f"{now().isoformat()}+07:00", "level": level} | dict(facts)

    return cast(
        "FilteringBoundLogger",
        structlog.wrap_logger(
            _Lines(),
            processors=[
                structlog.processors.EventRenamer("step"),
                stamp,
                _clean,
                structlog.processors.LogfmtRenderer(key_order=_ORDER, drop_missing=True, bool_as_flag=False),
            ],
            wrapper_class=structlog.make_filtering_bound_logger("info"),
        ),
    )


def where(error: Exception) -> str:
    """Where a defect lies. The message of a library may hold a value of the log: it is never said."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "site-packages" not in f.filename] or [last]
    path = frames[-1].filename.rsplit("/", 1)[-1]
    return f"{type(error).__name__} {path}:{frames[-1].lineno}"


def _clean(_: WrappedLogger, __: str, facts: EventDict) -> EventDict:
    """Long numbers masked, wherever they stand: in a file's name too; and nothing that could end the line or act."""
    return {key: _shown(value) if isinstance(value, str) else value for key, value in facts.items()}


def _shown(text: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in formats.masked(text))


class _Lines:
    """Writes lines; a log that cannot be written (its disk is full) does not end the service."""

    def info(self, line: str) -> None:
        with contextlib.suppress(OSError):
            print(line, file=sys.stdout, flush=True)  # noqa: T201

    warning = error = info
