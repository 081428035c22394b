"""What a test asks of its installation's warehouse and build."""

from collections.abc import Callable
from pathlib import Path

from core import builds
from core.settings import Settings
from etl import build, ledger, register, store

Etl = Callable[..., int]


def accounts(here: Settings) -> list[ledger.Entry]:
    with store.writer(here), store.warehouse(here) as con:
        return ledger.entries(con)


def table(here: Settings, sql: str) -> list[tuple[object, ...]]:
    with store.writer(here), store.warehouse(here) as con:
        register.lay(con, here)
        return con.execute(sql).fetchall()


def content(here: Settings) -> str:
    """Checksum of what the served build says."""
    served = builds.current(here)
    assert served is not None
    return build.content_of(here, served.build)


def load(etl: Etl, *paths: Path, days: str | None = None) -> int:
    return etl("load", *paths, "--profile", "pedulilindungi", *(["--days", days] if days else []))
