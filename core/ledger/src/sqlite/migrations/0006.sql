-- The ledger, version 6: how far automatic acceptance has come in each mailbox.

ALTER TABLE mailbox_memory ADD COLUMN accepts_since INTEGER;
ALTER TABLE mailbox_memory ADD COLUMN accepts_not_at INTEGER;
ALTER TABLE mailbox_memory ADD COLUMN arrived_until INTEGER;
ALTER TABLE mailbox_memory ADD COLUMN watermark INTEGER;
ALTER TABLE mailbox_memory ADD COLUMN watermark_at INTEGER;
