-- A build of schema 6 becomes one of schema 7: its ranges are rough ones, by quartiles, and it has no instants.
ALTER TABLE place_hour ADD COLUMN bound INTEGER;
ALTER TABLE place_hour ADD COLUMN expected REAL;
ALTER TABLE place_hour ADD COLUMN estimated REAL;
ALTER TABLE place_hour ADD COLUMN expected_seconds BIGINT;
CREATE TABLE place_instant (
    site_id VARCHAR, hour TIMESTAMP, inside INTEGER[], bound INTEGER[], expected REAL[], low INTEGER[], high INTEGER[]
);
ALTER TABLE dwell ADD COLUMN regulars INTEGER;
ALTER TABLE dwell ADD COLUMN model VARCHAR;  -- none: a rough range
ALTER TABLE dwell DROP COLUMN lower_seconds;
ALTER TABLE dwell DROP COLUMN upper_seconds;
-- How far each source's scans have come it does not know: how far those of all have.
CREATE TABLE source_clock AS SELECT DISTINCT s.source_id, m.value::TIMESTAMP AS last_scan
FROM source_day s, meta m WHERE m.key = 'last_scan' AND m.value <> '';
