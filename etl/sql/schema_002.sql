-- Version 2: what a reject was expected to be, why a file was refused, whether it may be cut off, one-way counters.
ALTER TABLE reject ADD COLUMN expected VARCHAR;      -- what would have been read, the same in every language
ALTER TABLE file ADD COLUMN detail VARCHAR;          -- of a refusal: the fields of its sentence as JSON, no values
ALTER TABLE file ADD COLUMN ends_whole BOOLEAN;      -- whether the last line had an end
ALTER TABLE reading ADD COLUMN part TINYINT;         -- 0 a whole reading, 1 of the way in only, 2 of the way out only
UPDATE reading SET part = 0;
CREATE OR REPLACE VIEW standing AS
SELECT r.*, row_number() OVER (
    PARTITION BY source_id, place_code, counted_at, part
    ORDER BY inside NULLS LAST, n_in NULLS LAST, n_out NULLS LAST, interval_minutes NULLS LAST, capacity NULLS LAST,
        sha256, line
) = 1 AS stands
FROM reading r JOIN file USING (file_id);
