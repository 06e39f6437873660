-- The ledger, version 13: when the record of a meeting or task had last been changed when it was
-- compared (a record that is older than that comes from a backup), whether its edits are a guess
-- because nothing told of them, and how many full comparisons of a mailbox were wanted and how many
-- of these are done. `edit_guessed` and `comparisons` are written by others than the mailbox's worker.
ALTER TABLE link ADD COLUMN record_modified INTEGER;
ALTER TABLE link ADD COLUMN edit_guessed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE unit ADD COLUMN comparisons INTEGER NOT NULL DEFAULT 0;
ALTER TABLE unit ADD COLUMN compared INTEGER NOT NULL DEFAULT 0;
