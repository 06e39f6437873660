-- The ledger, version 9: who else may change a mailbox, and whether the category has another name
-- there. `delegates` are ids of mailboxes with spaces between them.
ALTER TABLE mailbox_memory ADD COLUMN delegates TEXT NOT NULL DEFAULT '';
ALTER TABLE mailbox_memory ADD COLUMN delegates_read INTEGER;
ALTER TABLE mailbox_memory ADD COLUMN delegate_differs INTEGER NOT NULL DEFAULT 0;
