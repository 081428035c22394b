-- A build of schema 3 becomes one of schema 4. What it could not know is empty: unknown, not none.
CREATE TABLE key_change (day DATE);                  -- days on which another pseudonym key came into force
