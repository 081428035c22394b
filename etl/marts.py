"""Runs the mart SQL: two plain inputs (scans and the register) in, the mart store out."""

from core import db, rules
from etl import store

FILES = (
    "mart_1_entry.sql",
    "mart_2_stay.sql",
    "mart_3_place_hour.sql",
    "mart_4_place_day.sql",
    "mart_5_visitors.sql",
    "mart_6_head_count.sql",
    "mart_7_status.sql",
    "mart_8_arrival.sql",
)


def inputs(con: db.Connection) -> None:
    """The marts' inputs, over the register laid in `con`: scans of known codes, days covered, and the rules."""
    db.run(
        con,
        """CREATE OR REPLACE TEMP VIEW scans AS
        SELECT q.site_id, s.source_id, s.visitor, s.ts_wib, s.day_wib, s.event, s.opened_at, s.colour, s.admitted,
            s.qr_code, s.scan_id
        FROM scan s JOIN qr_site q ON q.qr_code = s.qr_code AND s.day_wib BETWEEN q.valid_from AND q.valid_to""",
    )
    db.run(
        con,
        """CREATE OR REPLACE TEMP VIEW covered AS
        SELECT DISTINCT source_id, day FROM file_day JOIN file USING (file_id)
        WHERE state = 'loaded' AND shape <> 'count'""",
    )
    rules_table(con)


def rules_table(con: db.Connection) -> None:
    """The policy numbers of core.rules that SQL files read, as the one row of `rules`."""
    named = (
        "REPEAT_SECONDS",
        "REFUSED_COLOUR",
        "STATUS_UNKNOWN_COLOUR",
        "STAYS_NEEDED",
        "LIKE_DAYS_NEEDED",
        "LIKE_DAYS_WEEKS",
        "LOW_VOLUME_UNDER",
        "LOW_VOLUME_USUAL",
        "CUT_SHARE",
        "AHEAD_OF_UPLOAD_SECONDS",
    )
    values = ", ".join(f"{getattr(rules, name)} AS {name.lower()}" for name in named)
    db.run(con, f"CREATE OR REPLACE TEMP TABLE rules AS SELECT {values}")


def run(con: db.Connection) -> None:
    """Recomputes every mart in one transaction."""
    with store.transaction(con):
        inputs(con)
        for name in FILES:
            store.run_file(con, name)
