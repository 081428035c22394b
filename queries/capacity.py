"""Limits of places: the register's rulebook, and each site's limit in an hour. Rules stand in core.capacity."""

from datetime import date
from functools import lru_cache
from typing import Any

import pandas as pd

from core import builds
from core.capacity import Basis, Cap, Capacity, Level, Limit, Order, Persons, Rulebook
from core.frames import rows

# What of a limit stands in a frame: `columns`.
COUNTS = ("limit", "cap_pct", "head_limit", "level")


@lru_cache(maxsize=4)
def rulebook(build: str) -> Rulebook:
    """The register's levels, caps and local orders."""

    def day(value: Any) -> date:
        return pd.Timestamp(value).date()

    def known(value: Any) -> Any:
        """None for what a column leaves empty; plain dates and whole numbers, for persons are nothing else."""
        if pd.isna(value):
            return None
        return value.date() if isinstance(value, pd.Timestamp) else value if isinstance(value, str) else int(value)

    levels = [
        Level(day(r.valid_from), known(r.valid_to), known(r.level), r.instrument, r.confidence)
        for r in rows(builds.frame(build, "SELECT * FROM ppkm_levels ORDER BY valid_from"))
    ]
    caps = [
        Cap(
            r.sector,
            int(r.level),
            day(r.valid_from),
            known(r.valid_to),
            int(r.cap_pct),
            known(r.head_limit),
            r.binds,
            r.instrument,
            r.confidence,
        )
        for r in rows(builds.frame(build, "SELECT * FROM capacity_rules"))
    ]
    orders = [
        Order(
            known(r.category), known(r.place_id), day(r.valid_from), day(r.valid_to), known(r.instrument), r.confidence
        )
        for r in rows(builds.frame(build, "SELECT * FROM local_orders"))
    ]
    return Rulebook(levels, caps, orders)


def limits(build: str, found: pd.DataFrame, level: int | None = None) -> list[Limit]:
    """The limit of each row of `found` (place_id, hour, category, sector, capacity, capacity_basis), in its order.

    A limit holds for a day: that on which the hour begins. `level` supposes another one than that in force.
    """
    book = rulebook(build)
    by_day: dict[tuple[object, ...], Limit] = {}
    said = []
    for row in rows(found):
        key = row.place_id, row.hour.date()
        if key not in by_day:
            sector, category = (None if pd.isna(v) else str(v) for v in (row.sector, row.category))
            by_day[key] = book.limit(str(row.place_id), category, sector, capacity_of(row), key[1], level=level)
        said.append(by_day[key])
    return said


def capacity_of(row: Any) -> Capacity | None:
    """A row's capacity with what it rests on; None where it is not known."""
    return None if pd.isna(row.capacity) else Capacity(Persons(int(row.capacity)), Basis(row.capacity_basis))


def columns(limit: Limit) -> dict[str, object]:
    """A limit as columns of a frame.

    limit (persons), limit_state (of core.capacity.State), limit_kind, limit_reason, cap_pct, head_limit (of the rule),
    by_heads (it binds), level, instrument, confidence, unconfirmed.
    """
    return {
        "limit": None if limit.persons is None else limit.persons.n,
        "limit_state": str(limit.state),
        "limit_kind": limit.kind,
        "limit_reason": limit.reason,
        "cap_pct": limit.percent,
        "head_limit": limit.rule.heads if limit.rule and limit.percent is not None else None,
        "by_heads": limit.by_heads,
        "level": limit.level,
        "instrument": limit.instrument,
        "confidence": limit.confidence,
        "unconfirmed": not limit.confirmed,
    }
