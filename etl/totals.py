"""Totals by build: what was published of each day, when, and why it was revised; so that a figure can be quoted later.

A build holds the totals of the builds before it (`revision`) and its own (`total`). The warehouse notes a build in two
steps, `keep` before it is published and `record` after: `heal` mends what a kill between the two left behind.
"""

from datetime import datetime

from core import builds, db, rules
from core.settings import Settings
from etl import dirty, store


def heal(con: db.Connection, settings: Settings) -> None:
    """Resolves what the last run left unsaid: a build that was published is recorded, one that was not is forgotten."""
    waiting = db.run(con, "SELECT newest_before FROM publication WHERE build_id IS NULL")
    if not waiting:
        return
    newest = _newest(settings)
    if newest > waiting[0][0]:
        record(con, newest)
    else:
        for table in ("published_total", "publication_file", "publication_code"):
            db.run(con, f"DELETE FROM {table} WHERE n = (SELECT n FROM publication WHERE build_id IS NULL)")
        db.run(con, "DELETE FROM publication WHERE build_id IS NULL")


def lay_revisions(con: db.Connection, now: datetime) -> None:
    """Writes `total`, `revision`, `upload` and `source_clock` into the build being made at `now` (schema half).

    Rows of `revision` whose build_id is NULL are this build's own. To be called after the build's other tables, in its
    transaction, healed; the register is laid.
    """
    db.run(
        con,
        f"""CREATE OR REPLACE TEMP TABLE total_rule AS
        SELECT {rules.COMPLETE_SHARE} AS complete_share, '{dirty.fingerprint()}' AS program""",
    )
    store.run_file(con, "totals.sql")
    db.run(con, "CREATE TABLE half.total AS FROM temp.total ORDER BY day")
    columns = "day, visits, check_ins, places, known_places, completeness, provisional, why"
    db.run(
        con,
        f"""CREATE TABLE half.revision AS
        SELECT n, build_id, published_at, {columns} FROM published_total JOIN publication USING (n)
        UNION ALL SELECT {_NEXT}, NULL, TIMESTAMP '{now}', {columns} FROM temp.changed_total ORDER BY day, n""",
    )
    # How far each source's uploads have come: the clock its completeness goes by.
    db.run(
        con,
        """CREATE TABLE half.upload AS SELECT source_id, max(last_upload) AS last
        FROM mart.source_clock WHERE last_upload IS NOT NULL GROUP BY ALL ORDER BY ALL""",
    )
    # And its scans: until then check-outs of it can have come.
    db.run(
        con,
        """CREATE TABLE half.source_clock AS SELECT source_id, max(last_scan) AS last_scan
        FROM mart.source_clock WHERE last_scan IS NOT NULL GROUP BY ALL ORDER BY ALL""",
    )


def keep(con: db.Connection, settings: Settings, now: datetime) -> None:
    """Notes the build that `lay_revisions` has just described, before it is published. A transaction of its own."""
    with store.transaction(con):
        n = db.value(con, f"SELECT {_NEXT}")
        db.run(con, f"INSERT INTO published_total SELECT {n}, * FROM temp.changed_total")
        db.run(con, f"INSERT INTO publication_file SELECT {n}, file_id FROM file WHERE state = 'loaded'")
        db.run(
            con,
            f"INSERT INTO publication_code SELECT {n}, qr_code, site_id, valid_from, valid_to FROM temp.qr_site",
        )
        db.run(
            con,
            "INSERT INTO publication SELECT $n, NULL, $now, $newest, program FROM temp.total_rule",
            {"n": n, "now": now, "newest": _newest(settings)},
        )


def record(con: db.Connection, build_id: str) -> None:
    """Notes that the build that `keep` noted was published as `build_id`. Only the last one's files and codes stay."""
    for table in ("publication_file", "publication_code"):
        db.run(con, f"DELETE FROM {table} WHERE n < (SELECT max(n) FROM publication)")
    db.run(con, "UPDATE publication SET build_id = $id WHERE build_id IS NULL", {"id": build_id})


_NEXT = "coalesce((SELECT max(n) FROM publication), 0) + 1"


def _newest(settings: Settings) -> str:
    return (builds.on_disk(settings) or [""])[-1]
