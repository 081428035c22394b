-- A build of schema 4 becomes one of schema 5.
ALTER TABLE stage_event ADD COLUMN precision VARCHAR;
CREATE TABLE contact (
    owner_id VARCHAR, role VARCHAR, contact VARCHAR, sourced VARCHAR, confidence VARCHAR, simulated BOOLEAN
);
