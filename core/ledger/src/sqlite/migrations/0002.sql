-- The ledger, version 2: meetings and tasks, notifications.

ALTER TABLE link ADD COLUMN series_master TEXT;
ALTER TABLE link ADD COLUMN original_start INTEGER;
ALTER TABLE link ADD COLUMN is_organizer INTEGER NOT NULL DEFAULT 0;
ALTER TABLE link ADD COLUMN seen_bearing INTEGER NOT NULL DEFAULT 0;
ALTER TABLE link ADD COLUMN synced_version TEXT;
ALTER TABLE link ADD COLUMN synced_hash INTEGER;
ALTER TABLE link ADD COLUMN time_zone TEXT;
ALTER TABLE link ADD COLUMN back_linked INTEGER NOT NULL DEFAULT 0;

-- When the regular cycle is due, whatever made the mailbox due earlier.
ALTER TABLE mailbox_memory ADD COLUMN regular_due INTEGER;

-- `client_state` is the secret that each notification of the subscription repeats.
CREATE TABLE subscription (
    unit INTEGER NOT NULL REFERENCES unit (id),
    resource TEXT NOT NULL,
    id TEXT NOT NULL,
    client_state TEXT NOT NULL,
    expires INTEGER NOT NULL,
    PRIMARY KEY (unit, resource)
) STRICT, WITHOUT ROWID;
CREATE INDEX subscription_by_id ON subscription (id);
