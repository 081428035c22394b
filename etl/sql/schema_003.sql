-- Version 3: the mart store is kept between builds, by day; what changed since the last build; sealed months.
-- place_no: a number for each site, for the visits; it never changes.
CREATE TABLE place_no (site INTEGER PRIMARY KEY, site_id VARCHAR NOT NULL UNIQUE);
-- visit: one row a visit of a person (as a number), derived of the scans; private. It goes with its scans, or with those
-- of the day it lasts into.
CREATE TABLE visit (
    visitor BIGINT NOT NULL,
    site INTEGER NOT NULL,            -- place_no
    day DATE NOT NULL,                -- WIB, of the check-in
    entered_at TIMESTAMP NOT NULL,
    left_at TIMESTAMP,                -- of the check-out that closes it; NULL: open
    next_at TIMESTAMP,                -- of the visitor's next visit or check-out anywhere
    until TIMESTAMP,                  -- of an open one: its end by closing time and cap, NULL without either
    status_unknown BOOLEAN NOT NULL   -- of colour merah, with no word on admission
);
-- What changed since the marts were computed: days of scans or of coverage, and persons a scan of whom was taken away.
CREATE TABLE changed_day (day DATE NOT NULL);
CREATE TABLE changed_visitor (visitor BIGINT NOT NULL);
CREATE TABLE changed_reading (day DATE NOT NULL);
-- sealed: whole months whose scans are deleted; their aggregates never change again. checksum: of their aggregates.
CREATE TABLE sealed (
    month DATE PRIMARY KEY, sealed_at TIMESTAMP NOT NULL, checksum VARCHAR NOT NULL,
    register_at TIMESTAMP             -- when the register was changed for its days: its figures did not follow
);
-- Of rows deleted by a seal, what their files' lines in the ledger still count.
CREATE TABLE sealed_row (
    file_id INTEGER NOT NULL,
    loaded BIGINT NOT NULL,
    duplicates BIGINT NOT NULL,
    kept_aside BIGINT NOT NULL
);
ALTER TABLE file ADD COLUMN sealed BIGINT DEFAULT 0;  -- rows refused since their day is sealed
-- known_repeat: check-ins of an open day that are repeats of one that is deleted.
CREATE TABLE known_repeat (visitor BIGINT NOT NULL, site INTEGER NOT NULL, ts_wib TIMESTAMP NOT NULL);

CREATE SCHEMA IF NOT EXISTS mart;
DROP TABLE IF EXISTS mart.place_hour;
DROP TABLE IF EXISTS mart.place_day;
DROP TABLE IF EXISTS mart.dwell;
DROP TABLE IF EXISTS mart.visitors;
DROP TABLE IF EXISTS mart.belonging;
DROP TABLE IF EXISTS mart.status;
DROP TABLE IF EXISTS mart.head_count;
DROP TABLE IF EXISTS mart.counter_day;
DROP TABLE IF EXISTS mart.completeness;
CREATE TABLE mart.place_hour (
    site_id VARCHAR, hour TIMESTAMP, visits INTEGER, refused INTEGER, repeats INTEGER, check_outs INTEGER,
    unmatched INTEGER, occupied_seconds BIGINT, peak INTEGER, peak_low INTEGER, peak_high INTEGER
);
CREATE TABLE mart.place_day (
    site_id VARCHAR, day DATE, covered BOOLEAN, visits INTEGER, refused INTEGER, repeats INTEGER,
    status_unknown INTEGER, check_outs INTEGER, orphans INTEGER, unmatched INTEGER
);
CREATE TABLE mart.dwell (
    month DATE, category VARCHAR, fitted_on DATE, matched INTEGER, lower_seconds BIGINT, upper_seconds BIGINT
);
CREATE TABLE mart.stay_length (
    month DATE, category VARCHAR, matched INTEGER, lower_seconds BIGINT, upper_seconds BIGINT
);
CREATE TABLE mart.belonging (
    period VARCHAR, first DATE, site VARCHAR, kelurahan VARCHAR, kecamatan VARCHAR, area VARCHAR, category VARCHAR
);
CREATE TABLE mart.visitors (period VARCHAR, first DATE, level VARCHAR, code VARCHAR, visitors INTEGER);
CREATE TABLE mart.status (
    period VARCHAR, first DATE, level VARCHAR, code VARCHAR, measure VARCHAR, check_ins INTEGER, persons INTEGER,
    at_most INTEGER
);
-- Which of their cells are hidden, decided month by month (etl/disclosure.py).
CREATE TABLE mart.visitors_hidden (period VARCHAR, first DATE, level VARCHAR, code VARCHAR);
CREATE TABLE mart.status_hidden (period VARCHAR, first DATE, level VARCHAR, code VARCHAR, measure VARCHAR);
CREATE TABLE mart.head_count (
    site_id VARCHAR, place_id VARCHAR, day DATE, counted_at TIMESTAMP, inside INTEGER, n_in INTEGER, n_out INTEGER,
    interval_minutes INTEGER, capacity INTEGER, net INTEGER, negative BOOLEAN, over_capacity BOOLEAN
);
CREATE TABLE mart.counter_day (
    site_id VARCHAR, place_id VARCHAR, day DATE, readings INTEGER, n_in INTEGER, n_out INTEGER, drift INTEGER,
    negative INTEGER, over_capacity INTEGER
);
CREATE TABLE mart.arrival (source_id VARCHAR, day DATE, days INTEGER, scans BIGINT);
CREATE TABLE mart.source_clock (source_id VARCHAR, day DATE, scans BIGINT, last_scan TIMESTAMP, last_upload DATE);
CREATE TABLE mart.quarter (source_id VARCHAR, day DATE, q INTEGER, n BIGINT);
CREATE TABLE mart.file_warning (file_id INTEGER, kind VARCHAR, source_id VARCHAR, n BIGINT);
-- What the marts were computed with: the register's rows they read, and a fingerprint of the program's rules and SQL.
CREATE SCHEMA IF NOT EXISTS built;
