-- A build of schema 5 becomes one of schema 6: what a capacity rests on. Empty is the register's own word, as before.
ALTER TABLE site ADD COLUMN IF NOT EXISTS capacity_basis VARCHAR;
