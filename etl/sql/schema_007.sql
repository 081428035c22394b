-- Version 7: persons inside by a dwell model fitted by site, hour of entry and kind of visitor. A month that was sealed
-- before keeps the rough range it has: mart.rough_dwell tells what it rests on.
-- regular_visit: days on which a daily regular (staff, most likely) of a site had visits there; private, it goes with the
-- visits. known_regular: those of open days that only days of a sealed month tell.
CREATE TABLE regular_visit (visitor BIGINT NOT NULL, site INTEGER NOT NULL, day DATE NOT NULL);
CREATE TABLE known_regular AS FROM regular_visit LIMIT 0;
ALTER TABLE mart.dwell RENAME TO rough_dwell;
ALTER TABLE mart.stay_length RENAME TO rough_stay_length;
-- stay: how long matched stays lasted, by month, site (place_no), kind and hour of entry; a step is five minutes.
CREATE TABLE mart.stay (
    month DATE, site INTEGER, category VARCHAR, regular BOOLEAN, hour TINYINT, step SMALLINT, n INTEGER
);
-- dwell: the model of a month and category: the stays of the month it was fitted on. model: its id.
CREATE TABLE mart.dwell (
    month DATE, category VARCHAR, fitted_on DATE, matched INTEGER, regulars INTEGER, model VARCHAR
);
-- An open visit always has an end.
UPDATE visit SET until = entered_at + INTERVAL 7 DAY WHERE left_at IS NULL AND until IS NULL;
CREATE TABLE mart.occupancy (
    site_id VARCHAR, hour TIMESTAMP, bound INTEGER, expected REAL, estimated REAL, expected_seconds BIGINT,
    low INTEGER, high INTEGER
);
CREATE TABLE mart.place_instant (
    site_id VARCHAR, hour TIMESTAMP, inside INTEGER[], bound INTEGER[], expected REAL[], low INTEGER[], high INTEGER[]
);
