"""status.json: what the app must know of loads that made no build. Counts, reasons and freshness; no values."""

import json
from datetime import datetime
from typing import Any

from core import builds, db
from core.settings import Settings
from etl import ledger, publish


def collect(con: db.Connection, settings: Settings, now: datetime) -> dict[str, Any]:
    """Counts of files and rows, reasons of rejects and refusals, and each source's last covered day."""
    files = ledger.entries(con)
    served = builds.current(settings)
    return {
        "at": now.isoformat(),
        "build": served.build if served else None,
        "pinned": bool(served and served.pinned),
        "files": {s: sum(f.state == s for f in files) for s in ("loaded", "refused", "unloaded")},
        "rows": {
            name: sum(getattr(f, name) for f in files if f.state == "loaded")
            for name in ("arrived", "loaded", "duplicates", "rejected", "kept_aside", "sealed")
        },
        "rejects": _pairs(con, "SELECT reason, count(*) FROM reject GROUP BY reason ORDER BY reason"),
        "refusals": _pairs(
            con, "SELECT reason, count(*) FROM file WHERE state = 'refused' GROUP BY reason ORDER BY reason"
        ),
        "sources": {
            source: {
                "name": name,
                "last_day": last.isoformat() if last else None,
                "every_days": every,
                "late_after_days": after,
                "simulated": simulated,
            }
            for source, name, every, after, simulated, last in db.run(
                con,
                """SELECT s.source_id, any_value(s.name), any_value(every_days), any_value(late_after_days),
                    any_value(s.simulated), max(day) FROM source s
                LEFT JOIN (FROM file_day JOIN file USING (file_id) WHERE state = 'loaded') USING (source_id)
                GROUP BY s.source_id ORDER BY s.source_id""",
            )
        },
    }


def _pairs(con: db.Connection, sql: str) -> dict[str, int]:
    return {str(key): int(n) for key, n in db.run(con, sql)}


def write(con: db.Connection, settings: Settings, now: datetime) -> None:
    """Replaces status.json atomically."""
    text = json.dumps(collect(con, settings, now), ensure_ascii=False, indent=1, sort_keys=True)
    publish.write_atomic(settings.status_file, text + "\n")
