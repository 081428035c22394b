-- Totals by build: what was published of each day, when and why it differs from what stood before. See etl/totals.py.
CREATE TABLE publication (
    n INTEGER NOT NULL,               -- in the order of publishing
    build_id VARCHAR,                 -- NULL: made, not yet published (or the program was killed before it was noted)
    published_at TIMESTAMP NOT NULL,  -- WIB
    newest_before VARCHAR NOT NULL,   -- the newest build on disk when this one was made; '' for none
    program VARCHAR NOT NULL          -- fingerprint of what counts: mart SQL and policy numbers
);
-- Of the last publication: the files and the codes that it counted, to tell afterwards what has changed.
CREATE TABLE publication_file (n INTEGER NOT NULL, file_id INTEGER NOT NULL);
CREATE TABLE publication_code (
    n INTEGER NOT NULL, qr_code VARCHAR NOT NULL, site_id VARCHAR NOT NULL, valid_from DATE NOT NULL, valid_to DATE NOT NULL
);
CREATE TABLE published_total (
    n INTEGER NOT NULL,
    day DATE NOT NULL,
    visits BIGINT,                    -- of the whole city; NULL where no file covers the day
    check_ins BIGINT,
    places INTEGER NOT NULL,          -- covered, of the places with a code that day
    known_places INTEGER NOT NULL,
    completeness DOUBLE,              -- the least of the sources; NULL unknown
    provisional BOOLEAN NOT NULL,
    why VARCHAR NOT NULL              -- JSON: reasons as etl/sql/totals.sql writes them
);
-- Days an unloaded file had spoken for or held scans of.
CREATE TABLE unloaded_day (file_id INTEGER NOT NULL, day DATE NOT NULL);
