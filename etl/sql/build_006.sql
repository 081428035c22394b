-- A build of schema 5 becomes one of schema 6. What a capacity rests on: empty is the register's own word, as before.
ALTER TABLE site ADD COLUMN IF NOT EXISTS capacity_basis VARCHAR;
-- The areas of parks, which it did not know.
CREATE TABLE site_area (
    place_id VARCHAR, area_m2 DOUBLE, note VARCHAR, sourced VARCHAR, confidence VARCHAR, simulated BOOLEAN
);
