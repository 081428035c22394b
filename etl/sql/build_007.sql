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
