-- The ledger, version 10: whose a mailbox is by its stamp, and how its last test ended. A channel
-- that was a success, or was never tested, has no code.
ALTER TABLE mailbox_memory ADD COLUMN stamp_read INTEGER;
ALTER TABLE mailbox_memory ADD COLUMN stamp_anothers INTEGER NOT NULL DEFAULT 0;
ALTER TABLE mailbox_memory ADD COLUMN tested_at INTEGER;
ALTER TABLE mailbox_memory ADD COLUMN test_incoming TEXT NOT NULL DEFAULT '';
ALTER TABLE mailbox_memory ADD COLUMN test_act TEXT NOT NULL DEFAULT '';
