-- The ledger, version 11: what both sides of a meeting or task had in each field, as lines of the
-- field's word and two hashes, and how far the edits of its record are carried over. `crm_edits`
-- and `edit_answer` are written by others than the mailbox's worker.
ALTER TABLE link ADD COLUMN synced_fields TEXT NOT NULL DEFAULT '';
ALTER TABLE link ADD COLUMN crm_edits INTEGER NOT NULL DEFAULT 0;
ALTER TABLE link ADD COLUMN merged_edits INTEGER NOT NULL DEFAULT 0;
ALTER TABLE link ADD COLUMN edit_answer INTEGER;
ALTER TABLE link ADD COLUMN edit_held INTEGER NOT NULL DEFAULT 0;

-- The condition stands word for word in `glimpse.rs`, or the index is not used.
DROP INDEX link_waiting;
CREATE INDEX link_waiting ON link (unit) WHERE (request_at IS NOT NULL OR owes_category = 1 OR undeliverable = 1 OR state IN ('pending', 'retrying') OR (baseline = 1 AND crm <> 1) OR crm_edits <> merged_edits);
