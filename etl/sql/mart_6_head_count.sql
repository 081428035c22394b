-- mart.head_count: readings by staff or counters, as measured, beside what check-ins say. Never visits. Of the days of
-- dirty_count. From standing (one row a reading), site_of, hours and site. A capacity seen here is a dated observation,
-- not the register's. The two ways of a counter that writes a row each are one reading.
-- day: the day whose opening was the last one before the middle of the interval; without known hours, the calendar day.
-- net: persons by the counters since that opening, where they start from nothing; what is left when the next opening
-- comes is the day's drift. A negative number, or one over the capacity, stays as it is and says so.
DELETE FROM mart.head_count WHERE day IN (FROM dirty_count);
INSERT INTO mart.head_count
WITH reading AS (
    SELECT
        o.site_id, r.place_code AS place_id, r.counted_at,
        max(r.inside) AS inside, sum(r.n_in)::INTEGER AS n_in, sum(r.n_out)::INTEGER AS n_out,
        max(r.interval_minutes) AS interval_minutes, max(r.capacity) AS capacity
    FROM standing r JOIN site_of o ON o.place_id = r.place_code
    WHERE r.stands
    GROUP BY ALL
),
placed AS (
    SELECT *, counted_at - to_seconds(30 * coalesce(interval_minutes, 0)) AS middle FROM reading
),
dated AS (
    SELECT
        p.* EXCLUDE (middle),
        CASE WHEN p.middle::TIME < h.opens THEN p.middle::DATE - 1 ELSE p.middle::DATE END AS day
    FROM placed p
    LEFT JOIN LATERAL (
        SELECT min(opens) AS opens FROM hours
        WHERE place_id = p.site_id AND weekday = isodow(p.middle)
        AND p.middle::DATE BETWEEN coalesce(valid_from, DATE '0001-01-01') AND coalesce(valid_to, DATE '9999-12-31')
    ) h ON true
),
run AS (
    SELECT
        *,
        CASE WHEN n_in IS NOT NULL OR n_out IS NOT NULL THEN
            sum(coalesce(n_in, 0) - coalesce(n_out, 0)) OVER (
                PARTITION BY place_id, day ORDER BY counted_at ROWS UNBOUNDED PRECEDING
            )
        END::INTEGER AS net
    FROM dated SEMI JOIN dirty_count USING (day)
)
SELECT
    r.site_id, r.place_id, r.day, r.counted_at, r.inside, r.n_in, r.n_out, r.interval_minutes, r.capacity, r.net,
    coalesce(least(r.inside, r.net, r.n_in, r.n_out) < 0, false),
    coalesce(coalesce(r.inside, r.net) > coalesce(r.capacity, s.capacity), false)
FROM run r
LEFT JOIN site s
    ON s.place_id = r.site_id
    AND r.day BETWEEN coalesce(s.valid_from, DATE '0001-01-01') AND coalesce(s.valid_to, DATE '9999-12-31')
ORDER BY ALL;

-- mart.counter_day: what the counters of a place say of a day; drift is persons in less persons out from one opening to
-- the next, where a counter that misses nobody has none.
DELETE FROM mart.counter_day WHERE day IN (FROM dirty_count);
INSERT INTO mart.counter_day
SELECT
    site_id, place_id, day, count(*)::INTEGER,
    sum(n_in)::INTEGER, sum(n_out)::INTEGER, (sum(n_in) - sum(n_out))::INTEGER,
    count(*) FILTER (negative)::INTEGER, count(*) FILTER (over_capacity)::INTEGER
FROM mart.head_count SEMI JOIN dirty_count USING (day)
GROUP BY ALL
ORDER BY ALL;
