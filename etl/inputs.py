"""What the mart SQL reads, over the register laid in the connection: scans of known codes, days covered, rules."""

from datetime import date

from core import db, rules

NEVER = date(1, 1, 1)


def lay(con: db.Connection) -> None:
    """The marts' inputs, over the register laid in `con`.

    scans: one row a scan of a known code (site, code: numbers). code: codes of sites, and of the place each stands for,
    by date. place_row: what a site belongs to by date, without gaps. covered: days of sources. rules. sealed_to: the
    last sealed day.
    """
    rules_table(con)
    # Written only where a site is new: a transaction on a build may write nothing here.
    if db.value(con, "SELECT count(*) FROM site_of ANTI JOIN place_no USING (site_id)"):
        db.run(
            con,
            """INSERT INTO place_no
            SELECT (SELECT coalesce(max(site), 0) FROM place_no) + row_number() OVER (ORDER BY site_id), site_id
            FROM (SELECT DISTINCT site_id FROM site_of) ANTI JOIN place_no USING (site_id)""",
        )
    db.run(
        con,
        """CREATE OR REPLACE TEMP TABLE code AS
        SELECT qr_code, site, dense_rank() OVER (ORDER BY qr_code)::INTEGER AS code, source_id, place_id,
            valid_from, valid_to
        FROM qr_site JOIN place_no USING (site_id)""",
    )
    db.run(
        con,
        """CREATE OR REPLACE TEMP VIEW scans AS
        SELECT q.site, q.code, s.source_id, s.visitor, s.ts_wib, s.day_wib, s.event, s.opened_at, s.colour, s.admitted
        FROM scan s JOIN code q ON q.qr_code = s.qr_code AND s.day_wib BETWEEN q.valid_from AND q.valid_to""",
    )
    db.run(
        con,
        """CREATE OR REPLACE TEMP VIEW covered AS
        SELECT DISTINCT source_id, day FROM file_day JOIN file USING (file_id)
        WHERE state = 'loaded' AND shape <> 'count'""",
    )
    db.run(
        con,
        """CREATE OR REPLACE TEMP TABLE sealed_to AS
        SELECT coalesce(max(month) + INTERVAL 1 MONTH - INTERVAL 1 DAY, $never)::DATE AS sealed_until FROM sealed""",
        {"never": NEVER},
    )
    _place_rows(con)


def _place_rows(con: db.Connection) -> None:
    """place_row(place_row, site, valid_from, valid_to, kelurahan, kecamatan, area, category, cap_minutes).

    Every site and every day has one: '?' where the register says nothing. area and cap_minutes may be NULL.
    """
    db.run(
        con,
        """CREATE OR REPLACE TEMP TABLE place_row AS
        WITH said AS (
            SELECT n.site, coalesce(s.valid_from, DATE '0001-01-01') AS valid_from,
                coalesce(s.valid_to, DATE '9999-12-31') AS valid_to, coalesce(s.kelurahan_code, '?') AS kelurahan,
                coalesce(k.kecamatan_code, '?') AS kecamatan, s.area_id AS area, coalesce(s.category, '?') AS category,
                a.dwell_cap_minutes AS cap_minutes
            FROM site s JOIN place_no n ON n.site_id = s.place_id
            LEFT JOIN kelurahan k ON k.code = s.kelurahan_code
            LEFT JOIN category_assumption a ON a.category = s.category),
        ends AS (
            SELECT site, valid_from AS after, lag(valid_to) OVER w AS before, valid_to,
                lead(valid_from) OVER w IS NULL AS latest
            FROM said WINDOW w AS (PARTITION BY site ORDER BY valid_from)),
        gap AS (
            SELECT site, coalesce(before + 1, DATE '0001-01-01') AS valid_from, after - 1 AS valid_to FROM ends
            WHERE after > DATE '0001-01-01'
            UNION ALL SELECT site, valid_to + 1, DATE '9999-12-31' FROM ends
            WHERE latest AND valid_to < DATE '9999-12-31'
            UNION ALL SELECT site, DATE '0001-01-01', DATE '9999-12-31' FROM place_no ANTI JOIN said USING (site))
        SELECT row_number() OVER (ORDER BY site, valid_from)::INTEGER AS place_row, *
        FROM (FROM said UNION ALL
            SELECT site, valid_from, valid_to, '?', '?', NULL, '?', NULL FROM gap WHERE valid_from <= valid_to)""",
    )


def rules_table(con: db.Connection) -> None:
    """The policy numbers of core.rules that SQL files read, as the one row of `rules`."""
    named = (
        "REPEAT_SECONDS",
        "REFUSED_COLOUR",
        "STATUS_UNKNOWN_COLOUR",
        "STAYS_NEEDED",
        "STAY_DAYS",
        "DWELL_SHRINK",
        "REGULAR_WINDOW",
        "REGULAR_DAYS",
        "REGULAR_DAYS_LEAST",
        "REGULAR_SHARE",
        "LIKE_DAYS_NEEDED",
        "LIKE_DAYS_WEEKS",
        "LOW_VOLUME_UNDER",
        "LOW_VOLUME_USUAL",
        "CUT_SHARE",
        "AHEAD_OF_UPLOAD_SECONDS",
    )
    values = ", ".join(f"{getattr(rules, name)} AS {name.lower()}" for name in named)
    db.run(con, f"CREATE OR REPLACE TEMP TABLE rules AS SELECT {values}")
