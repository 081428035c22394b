-- entry: what each check-in counts as.
-- From scans (one row a scan of a known code). kind: 'visit', 'refused' or 'repeat'.
-- Refused: admitted = no, or hitam where admitted is missing. They were seen, not let in.
-- Repeat: a check-in, not refused, within rules.repeat_seconds of the same visitor's previous check-in at the same
-- site (itself a repeat or not), with no check-out of that visitor there between. So a chain of taps is one visit.
-- At equal times a check-out comes first, except that of the same visit row, which follows its own check-in.
CREATE OR REPLACE TEMP TABLE ordered AS
SELECT
    site_id, source_id, visitor, ts_wib, day_wib, event, opened_at, colour, admitted, qr_code, scan_id,
    CASE WHEN event = 0 OR opened_at = ts_wib THEN 1 ELSE 0 END AS turn,
    event = 0 AND coalesce(admitted = 0, colour = rules.refused_colour, false) AS refused
FROM scans CROSS JOIN rules;

CREATE OR REPLACE TEMP TABLE entry AS
WITH following AS (
    SELECT
        *,
        lag(event) OVER same_site AS previous_event,
        lag(ts_wib) OVER same_site AS previous_ts
    FROM ordered
    WHERE NOT refused
    WINDOW same_site AS (
        PARTITION BY visitor, site_id
        ORDER BY ts_wib, turn, qr_code, scan_id NULLS FIRST, source_id, event
    )
)
SELECT
    site_id, source_id, visitor, ts_wib, day_wib, turn, qr_code, scan_id, colour, admitted,
    CASE
        WHEN previous_event = 0 AND date_diff('second', previous_ts, ts_wib) <= rules.repeat_seconds THEN 'repeat'
        ELSE 'visit'
    END AS kind
FROM following CROSS JOIN rules
WHERE event = 0
UNION ALL
SELECT site_id, source_id, visitor, ts_wib, day_wib, turn, qr_code, scan_id, colour, admitted, 'refused'
FROM ordered
WHERE refused;
