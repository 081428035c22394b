-- movement, departure, stay, open_visit: which check-out closes which visit, and what of the rest is known.
-- From ordered, entry, site, hours and category_assumption. Refused entries and repeats take no part. A check-out closes
-- the visitor's latest open check-in at the same site, at any door, if no other check-in of that visitor lies between;
-- else it is an orphan.
-- movement: visits and check-outs in each visitor's order; check-outs after the n-th visit (anywhere) and before the
-- next one belong to turn n. next_ts is the visitor's next visit or check-out anywhere.
CREATE OR REPLACE TEMP TABLE movement AS
SELECT
    *,
    count(*) FILTER (event = 0) OVER (
        PARTITION BY visitor
        ORDER BY ts_wib, turn, qr_code, scan_id NULLS FIRST, source_id, event
        ROWS UNBOUNDED PRECEDING
    ) AS nth_visit,
    lead(ts_wib) OVER (
        PARTITION BY visitor ORDER BY ts_wib, turn, qr_code, scan_id NULLS FIRST, source_id, event
    ) AS next_ts
FROM (
    SELECT site_id, visitor, ts_wib, turn, qr_code, scan_id, source_id, 0 AS event
    FROM entry WHERE kind = 'visit'
    UNION ALL
    SELECT site_id, visitor, ts_wib, turn, qr_code, scan_id, source_id, 1
    FROM ordered WHERE event = 1
);

-- departure: one row a check-out with `matched`. stay: one row a matched pair, entered_at <= left_at.
CREATE OR REPLACE TEMP TABLE departure AS
WITH opened AS (
    SELECT visitor, nth_visit, site_id, ts_wib AS entered_at FROM movement WHERE event = 0
),
candidate AS (
    SELECT
        d.site_id, d.visitor, d.nth_visit, d.ts_wib AS left_at, o.entered_at,
        row_number() OVER (
            PARTITION BY d.visitor, d.nth_visit, d.site_id
            ORDER BY d.ts_wib, d.turn, d.qr_code, d.scan_id NULLS FIRST, d.source_id
        ) AS nth_departure
    FROM movement d
    LEFT JOIN opened o USING (visitor, nth_visit, site_id)
    WHERE d.event = 1
)
SELECT
    site_id, visitor, nth_visit, left_at, entered_at,
    coalesce(entered_at IS NOT NULL AND nth_departure = 1, false) AS matched
FROM candidate;

CREATE OR REPLACE TEMP TABLE stay AS
SELECT site_id, visitor, nth_visit, entered_at, left_at FROM departure WHERE matched;

-- open_visit: one row a visit that no check-out closes. until: the latest moment the visitor can have been inside:
-- the next visit or check-out anywhere, closing time, or the category's cap, whichever comes first (FIGURES, Occupancy).
CREATE OR REPLACE TEMP TABLE open_visit AS
WITH unclosed AS (
    SELECT m.site_id, m.visitor, m.ts_wib AS entered_at, m.next_ts
    FROM movement m ANTI JOIN stay s USING (visitor, nth_visit)
    WHERE m.event = 0
),
closing AS (
    -- A place that closes after midnight is still open from the day before.
    SELECT u.site_id, u.visitor, u.entered_at, min(c.closes_at) AS closes_at
    FROM (
        SELECT DISTINCT site_id, visitor, entered_at, entered_at::DATE AS day FROM unclosed
    ) u
    JOIN (
        SELECT
            place_id, weekday,
            CASE WHEN closes <= opens THEN 1 ELSE 0 END AS days_on, closes,
            coalesce(valid_from, DATE '0001-01-01') AS valid_from, coalesce(valid_to, DATE '9999-12-31') AS valid_to
        FROM hours
    ) h ON h.place_id = u.site_id,
    LATERAL (
        SELECT (u.day - back + h.days_on)::DATE + h.closes AS closes_at
        FROM (VALUES (0), (1)) days(back)
        WHERE isodow((u.day - back)::DATE) = h.weekday AND (u.day - back)::DATE BETWEEN h.valid_from AND h.valid_to
    ) c
    WHERE c.closes_at > u.entered_at
    GROUP BY ALL
)
SELECT
    u.site_id, u.visitor, u.entered_at,
    least(u.next_ts, c.closes_at, u.entered_at + to_minutes(a.dwell_cap_minutes)) AS until
FROM unclosed u
LEFT JOIN closing c USING (site_id, visitor, entered_at)
LEFT JOIN site s
    ON s.place_id = u.site_id
    AND u.entered_at::DATE BETWEEN coalesce(s.valid_from, DATE '0001-01-01') AND coalesce(s.valid_to, DATE '9999-12-31')
LEFT JOIN category_assumption a ON a.category = s.category;

-- mart.dwell: matched stays by category ('?' not known) and the quartiles of their length in seconds.
CREATE OR REPLACE TABLE mart.dwell AS
SELECT
    coalesce(s.category, '?') AS category,
    count(*)::INTEGER AS matched,
    quantile_disc(date_diff('second', entered_at, left_at), 0.25)::BIGINT AS lower_seconds,
    quantile_disc(date_diff('second', entered_at, left_at), 0.75)::BIGINT AS upper_seconds
FROM stay
LEFT JOIN site s
    ON s.place_id = stay.site_id
    AND entered_at::DATE BETWEEN coalesce(s.valid_from, DATE '0001-01-01') AND coalesce(s.valid_to, DATE '9999-12-31')
GROUP BY ALL
ORDER BY ALL;
