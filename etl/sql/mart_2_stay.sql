-- stay, departure: which check-out closes which visit.
-- From ordered and entry. Refused entries and repeats take no part. A check-out closes the visitor's latest open
-- check-in at the same site, at any door, if no other check-in of that visitor lies between; else it is an orphan.
-- departure: one row a check-out with `matched`. stay: one row a matched pair, entered_at <= left_at.
CREATE OR REPLACE TEMP TABLE departure AS
WITH numbered AS (
    -- Check-outs after a visitor's n-th visit (anywhere) and before the next one belong to turn n.
    SELECT
        *,
        count(*) FILTER (event = 0) OVER (
            PARTITION BY visitor
            ORDER BY ts_wib, turn, qr_code, scan_id NULLS FIRST, source_id, event
            ROWS UNBOUNDED PRECEDING
        ) AS nth_visit
    FROM (
        SELECT site_id, visitor, ts_wib, turn, qr_code, scan_id, source_id, 0 AS event
        FROM entry WHERE kind = 'visit'
        UNION ALL
        SELECT site_id, visitor, ts_wib, turn, qr_code, scan_id, source_id, 1
        FROM ordered WHERE event = 1
    )
),
opened AS (
    SELECT visitor, nth_visit, site_id, ts_wib AS entered_at FROM numbered WHERE event = 0
),
candidate AS (
    SELECT
        d.site_id, d.visitor, d.ts_wib AS left_at, o.entered_at,
        row_number() OVER (
            PARTITION BY d.visitor, d.nth_visit, d.site_id
            ORDER BY d.ts_wib, d.turn, d.qr_code, d.scan_id NULLS FIRST, d.source_id
        ) AS nth_departure
    FROM numbered d
    LEFT JOIN opened o USING (visitor, nth_visit, site_id)
    WHERE d.event = 1
)
SELECT site_id, visitor, left_at, entered_at, coalesce(entered_at IS NOT NULL AND nth_departure = 1, false) AS matched
FROM candidate;

CREATE OR REPLACE TEMP TABLE stay AS
SELECT site_id, visitor, entered_at, left_at FROM departure WHERE matched;
