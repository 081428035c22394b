-- The keys of the pseudonyms: by fingerprint, never the key. `valid_from` is the first day a key is used for (NULL: from
-- the beginning); `gone_at` is when one was given up as lost or destroyed, so that its days load no more.
CREATE TABLE pseudonym_key (fingerprint VARCHAR PRIMARY KEY, valid_from DATE, gone_at TIMESTAMP);
INSERT INTO pseudonym_key SELECT value, NULL, NULL FROM meta WHERE key = 'key_fingerprint';
DELETE FROM meta WHERE key = 'key_fingerprint';
