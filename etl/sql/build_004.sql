-- A build of schema 3 becomes one of schema 4. What it could not know is empty: unknown, not none.
CREATE TABLE key_change (day DATE);                  -- days on which another pseudonym key came into force
CREATE TABLE retention (month DATE, state VARCHAR, scans_until DATE, sealed_at TIMESTAMP, register_at TIMESTAMP);
CREATE TABLE revision (
    n INTEGER, build_id VARCHAR, published_at TIMESTAMP, day DATE, visits BIGINT, check_ins BIGINT, places INTEGER,
    known_places INTEGER, completeness DOUBLE, provisional BOOLEAN, why VARCHAR
);
CREATE TABLE total (
    day DATE, visits BIGINT, check_ins BIGINT, places INTEGER, known_places INTEGER, completeness DOUBLE,
    provisional BOOLEAN
);
CREATE TABLE upload (source_id VARCHAR, last DATE);
ALTER TABLE file ADD COLUMN sealed BIGINT DEFAULT 0;
-- One model was used for all months; on which stays it was fitted is not known.
CREATE TABLE dwell_by_month AS
SELECT m.month, d.category, NULL::DATE AS fitted_on, d.matched, d.lower_seconds, d.upper_seconds
FROM dwell d CROSS JOIN (SELECT DISTINCT date_trunc('month', day)::DATE AS month FROM place_day) m
ORDER BY ALL;
DROP TABLE dwell;
ALTER TABLE dwell_by_month RENAME TO dwell;
