-- Doors and regulars: aggregates by the place a code stands for and day, and by site and ISO week. Months that were sealed
-- before have none: their scans are deleted.
CREATE TABLE mart.door_day (
    place_id VARCHAR, site_id VARCHAR, day DATE, covered BOOLEAN, check_ins INTEGER, first_at TIMESTAMP
);
CREATE TABLE mart.regulars (
    first DATE, site_id VARCHAR, check_ins INTEGER, by_regulars INTEGER, regulars INTEGER, visitors INTEGER,
    complete BOOLEAN
);
-- Unique visitors that were hidden in open periods when a month was sealed: as long as they count the same they stay so,
-- for what they were hidden with may lie behind the seal.
CREATE TABLE mart.hidden_at_seal (period VARCHAR, first DATE, level VARCHAR, code VARCHAR, visitors BIGINT);
