-- A person may release a decision that waits.
ALTER TABLE held ADD COLUMN released_at INTEGER;
