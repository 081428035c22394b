-- A build of schema 4 becomes one of schema 5.
ALTER TABLE stage_event ADD COLUMN precision VARCHAR;
CREATE TABLE contact (
    owner_id VARCHAR, role VARCHAR, contact VARCHAR, sourced VARCHAR, confidence VARCHAR, simulated BOOLEAN
);
-- By the place a code stands for, and what daily regulars made of a week: a build of before does not know them.
CREATE TABLE door_day (
    place_id VARCHAR, site_id VARCHAR, day DATE, covered BOOLEAN, check_ins INTEGER, first_at TIMESTAMP
);
CREATE TABLE regulars (first DATE, site_id VARCHAR, tenths INTEGER, suppressed BOOLEAN);
