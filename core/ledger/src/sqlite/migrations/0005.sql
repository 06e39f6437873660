-- The ledger, version 5: alerts, and who did what.

-- `mailbox` is empty for an alert about the organization. `level`: 1 information, 2 warning,
-- 3 error. A lasting alert that is not resolved is raised once, however often its cause shows.
CREATE TABLE alert (
    id INTEGER PRIMARY KEY,
    organization INTEGER NOT NULL REFERENCES organization (id),
    mailbox BLOB NOT NULL,
    guid BLOB NOT NULL,
    level INTEGER NOT NULL,
    code TEXT NOT NULL,
    number INTEGER NOT NULL,
    lasts INTEGER NOT NULL,
    permanent INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    outcome_number INTEGER,
    text TEXT NOT NULL,
    raised_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    count INTEGER NOT NULL DEFAULT 1,
    acknowledged_at INTEGER,
    resolved_at INTEGER,
    delivered INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX alert_by_guid ON alert (organization, guid);
CREATE INDEX alert_lasting ON alert (organization, mailbox, code) WHERE lasts = 1 AND resolved_at IS NULL;
CREATE INDEX alert_waiting ON alert (organization, id) WHERE delivered = 0;
CREATE INDEX alert_by_time ON alert (organization, last_at);

-- Who did it; empty in entries from before this version.
ALTER TABLE history ADD COLUMN actor TEXT NOT NULL DEFAULT '';
