-- The ledger, version 4: copies of tracked messages that the mailboxes of other recipients expect.

-- `source_key` is the Message-ID without brackets. `direction` is empty where either will do.
-- `origin` and `origin_handle`: the item whose tracking made the copy expected. A copy without
-- `closed_at` is still expected.
CREATE TABLE expected_copy (
    id INTEGER PRIMARY KEY,
    unit INTEGER NOT NULL REFERENCES unit (id),
    hash INTEGER NOT NULL,
    source_key TEXT NOT NULL,
    direction TEXT NOT NULL,
    activity BLOB NOT NULL,
    origin INTEGER NOT NULL REFERENCES unit (id),
    origin_handle TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    looked_at INTEGER,
    put_away INTEGER NOT NULL DEFAULT 0,
    closed_at INTEGER,
    outcome TEXT
) STRICT;
CREATE INDEX expected_copy_by_key ON expected_copy (unit, hash);
CREATE INDEX expected_copy_open ON expected_copy (unit) WHERE closed_at IS NULL;
CREATE INDEX expected_copy_closed ON expected_copy (closed_at) WHERE closed_at IS NOT NULL;
