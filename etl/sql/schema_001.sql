-- The warehouse, version 1: scans of persons (as numbers), the file ledger and the mart store. Private.
CREATE TABLE file (
    file_id INTEGER PRIMARY KEY,
    name VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL,          -- of the bytes as they came
    size BIGINT NOT NULL,
    profile VARCHAR NOT NULL,
    profile_version INTEGER NOT NULL,
    shape VARCHAR NOT NULL,
    state VARCHAR NOT NULL CHECK (state IN ('loaded', 'refused', 'unloaded')),
    noted_at TIMESTAMP NOT NULL,      -- WIB, when it came to this state
    reason VARCHAR,                   -- of a refusal: its key in the word catalogue
    arrived BIGINT NOT NULL DEFAULT 0,    -- rows in = loaded + duplicates + rejected + kept aside
    loaded BIGINT NOT NULL DEFAULT 0,
    duplicates BIGINT NOT NULL DEFAULT 0,
    rejected BIGINT NOT NULL DEFAULT 0,
    kept_aside BIGINT NOT NULL DEFAULT 0
);
CREATE TABLE file_day (file_id INTEGER NOT NULL, source_id VARCHAR NOT NULL, day DATE NOT NULL);
CREATE TABLE reject (
    file_id INTEGER NOT NULL,
    line BIGINT NOT NULL,
    field VARCHAR,                    -- the source's column
    reason VARCHAR NOT NULL,
    value VARCHAR                     -- masked: a date as it stood, of anything else only its shape
);
CREATE TABLE person (id BIGINT NOT NULL, digest UUID NOT NULL);
-- One row a scan; `duplicate` holds the scans that lost against one of the same identity, so that unloading the
-- winner's file brings them back.
CREATE TABLE scan (
    line BIGINT NOT NULL,
    source_id VARCHAR NOT NULL,
    qr_code VARCHAR NOT NULL,
    visitor BIGINT NOT NULL,
    scan_id VARCHAR,
    colour TINYINT,                   -- 1 hijau, 2 kuning, 3 merah, 4 hitam
    admitted TINYINT,                 -- 1 yes, 0 no, NULL unknown
    activity VARCHAR,
    uploaded_at TIMESTAMP,
    event TINYINT NOT NULL,           -- 0 check-in, 1 check-out
    ts_wib TIMESTAMP NOT NULL,
    opened_at TIMESTAMP,              -- of a visit row's check-out: the check-in of the same row
    day_wib DATE NOT NULL,
    file_id INTEGER NOT NULL
);
CREATE TABLE duplicate AS FROM scan LIMIT 0;
-- Head counts as they came; `standing` says which of the same reading stands.
CREATE TABLE reading (
    line BIGINT NOT NULL,
    source_id VARCHAR NOT NULL,
    place_code VARCHAR NOT NULL,
    counted_at TIMESTAMP NOT NULL,    -- WIB
    inside INTEGER,                   -- persons inside at that moment
    n_in INTEGER,                     -- persons in and out during the interval that ends then
    n_out INTEGER,
    interval_minutes INTEGER,
    capacity INTEGER,                 -- persons, as the log says it
    file_id INTEGER NOT NULL
);
CREATE VIEW standing AS
SELECT r.*, row_number() OVER (
    PARTITION BY source_id, place_code, counted_at
    ORDER BY inside NULLS LAST, n_in NULLS LAST, n_out NULLS LAST, interval_minutes NULLS LAST, capacity NULLS LAST,
        sha256, line
) = 1 AS stands
FROM reading r JOIN file USING (file_id);
CREATE SCHEMA mart;
