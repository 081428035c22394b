-- found_visit: visits of `chosen`, the scans looked at (all, or those of some persons over some days), and how they end.
-- A visit is a check-in that is not refused and no repeat. Refused: admitted = no, or hitam where admitted is missing.
-- Repeat: a check-in, not refused, within rules.repeat_seconds of the same visitor's previous one at the same site
-- (itself a repeat or not), with no check-out of that visitor there between. So a chain of taps is one visit.
-- A check-out closes the visitor's latest open visit at the same site, at any door, if no other visit lies between.
-- Refused entries and repeats take no part. At equal times a check-out comes first, except that of the same visit row,
-- which follows its own check-in; then the code, and what else tells two scans apart (tie).
-- prior: visits that began before looked_from and may still end after it; scans before it only tell repeats.
CREATE OR REPLACE TEMP TABLE move AS
WITH ordered AS (
    SELECT
        visitor, site, ts_wib, event,
        (CASE WHEN event = 0 OR opened_at = ts_wib THEN 1 ELSE 0 END)::BIGINT * 1099511627776 + code::BIGINT * 128
            + event * 64 + coalesce(colour + 1, 0) * 8 + coalesce(admitted + 1, 0) AS tie,
        event = 0 AND admitted IS NULL AND coalesce(colour = rules.status_unknown_colour, false) AS status_unknown
    FROM chosen CROSS JOIN rules
    WHERE NOT (event = 0 AND coalesce(admitted = 0, colour = rules.refused_colour, false))
),
following AS (
    SELECT
        *,
        lag(event) OVER same_site AS previous_event,
        lag(ts_wib) OVER same_site AS previous_ts
    FROM ordered
    WINDOW same_site AS (PARTITION BY visitor, site ORDER BY ts_wib, tie)
)
SELECT f.visitor, f.site, f.ts_wib, f.event, f.tie, f.status_unknown, NULL::TIMESTAMP AS next_at
FROM following f
CROSS JOIN rules
CROSS JOIN looked_from w
ANTI JOIN known_repeat k ON k.visitor = f.visitor AND k.site = f.site AND k.ts_wib = f.ts_wib AND f.event = 0
WHERE f.ts_wib >= w.moment AND (
    f.event = 1 OR f.previous_event IS DISTINCT FROM 0
    OR date_diff('second', f.previous_ts, f.ts_wib) > rules.repeat_seconds
)
UNION ALL
SELECT visitor, site, entered_at, 0, -1, status_unknown, CASE WHEN next_at < w.moment THEN next_at END
FROM prior CROSS JOIN looked_from w;

CREATE OR REPLACE TEMP TABLE begun AS
SELECT
    visitor, site, ts_wib AS entered_at, tie, status_unknown, coalesce(next_at, next_ts) AS next_at,
    CASE WHEN next_event = 1 AND next_site = site THEN next_ts END AS left_at,
    coalesce(next_event = 1 AND next_site <> site, false) AS elsewhere
FROM (
    SELECT
        *,
        lead(ts_wib) OVER by_visitor AS next_ts,
        lead(event) OVER by_visitor AS next_event,
        lead(site) OVER by_visitor AS next_site
    FROM move
    WINDOW by_visitor AS (PARTITION BY visitor ORDER BY ts_wib, tie)
)
WHERE event = 0;

-- closed_later: of visits that a check-out elsewhere follows, the first check-out at their own site before the next visit.
CREATE OR REPLACE TEMP TABLE closed_later AS
WITH numbered AS (
    SELECT
        visitor, site, ts_wib, event, tie,
        sum(1 - event) OVER (PARTITION BY visitor ORDER BY ts_wib, tie ROWS UNBOUNDED PRECEDING) AS nth_visit
    FROM move SEMI JOIN (FROM begun WHERE elsewhere) USING (visitor)
)
SELECT i.visitor, i.site, i.ts_wib AS entered_at, i.tie, min(o.ts_wib) AS left_at
FROM numbered i JOIN numbered o
    ON o.visitor = i.visitor AND o.site = i.site AND o.nth_visit = i.nth_visit AND o.event = 1
WHERE i.event = 0
GROUP BY ALL;

-- closing: of each site and day, the closing times of that day and of the day before, which may close after midnight.
CREATE OR REPLACE TEMP TABLE closing AS
WITH span AS (
    SELECT min(entered_at)::DATE AS first, max(entered_at)::DATE AS last FROM begun
),
hours_row AS (
    SELECT
        n.site, h.weekday, h.closes, CASE WHEN h.closes <= h.opens THEN 1 ELSE 0 END AS days_on,
        coalesce(h.valid_from, DATE '0001-01-01') AS valid_from, coalesce(h.valid_to, DATE '9999-12-31') AS valid_to
    FROM hours h JOIN place_no n ON n.site_id = h.place_id
),
one AS (
    SELECT h.site, d.day::DATE AS day, d.day::DATE + h.days_on + h.closes AS closes_at
    FROM span, unnest(generate_series(first - 1, last, INTERVAL 1 DAY)) d(day)
    JOIN hours_row h ON h.weekday = isodow(d.day) AND d.day::DATE BETWEEN h.valid_from AND h.valid_to
)
SELECT site, day, list(closes_at ORDER BY closes_at) AS times
FROM (FROM one UNION ALL SELECT site, day + 1, closes_at FROM one)
GROUP BY ALL;

-- until: closing time or the category's cap, whichever comes first (of a category without one, rules.stay_days); next_at
-- may end an open visit earlier.
CREATE OR REPLACE TEMP TABLE found_visit AS
SELECT
    b.visitor, b.site, b.entered_at::DATE AS day, b.entered_at, coalesce(b.left_at, l.left_at) AS left_at, b.next_at,
    CASE WHEN coalesce(b.left_at, l.left_at) IS NULL THEN least(
        list_filter(c.times, lambda t: t > b.entered_at)[1],
        b.entered_at + to_minutes(coalesce(p.cap_minutes, rules.stay_days * 1440))
    ) END AS until,
    b.status_unknown
FROM begun b
LEFT JOIN closed_later l USING (visitor, site, entered_at, tie)
LEFT JOIN closing c ON c.site = b.site AND c.day = b.entered_at::DATE
LEFT JOIN place_row p ON p.site = b.site AND b.entered_at::DATE BETWEEN p.valid_from AND p.valid_to
CROSS JOIN rules;
DROP TABLE move;
DROP TABLE begun;
