-- mart.head_count: readings by staff or counters, as measured, beside what check-ins say. Never visits.
-- From standing (one row a reading) and site_of. A capacity seen here is a dated observation, not the register's.
CREATE OR REPLACE TABLE mart.head_count AS
SELECT o.site_id, r.place_code AS place_id, r.counted_at, r.inside, r.n_in, r.n_out, r.interval_minutes, r.capacity
FROM standing r JOIN site_of o ON o.place_id = r.place_code
WHERE r.stands
ORDER BY ALL;
