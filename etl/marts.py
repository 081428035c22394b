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
    db.run(
        con,
        f"""CREATE OR REPLACE TEMP TABLE rules AS SELECT {rules.REPEAT_SECONDS} AS repeat_seconds,
        {rules.REFUSED_COLOUR} AS refused_colour, {rules.STATUS_UNKNOWN_COLOUR} AS status_unknown_colour,
        {rules.STAYS_NEEDED} AS stays_needed""",
    )


def run(con: db.Connection) -> None:
    """Recomputes every mart in one transaction."""
    with store.transaction(con):
        inputs(con)
        for name in FILES:
            store.run_file(con, name)
