-- The ledger, version 1. Surrogate integer keys throughout; what is found by text is found by
-- eight bytes of its hash and then compared. Instants are milliseconds since 1970 in UTC.

CREATE TABLE organization (
    id INTEGER PRIMARY KEY,
    guid BLOB NOT NULL UNIQUE,
    tracked INTEGER NOT NULL DEFAULT 0,
    checkpoint TEXT,
    not_before INTEGER,
    circuit_opened INTEGER,
    circuit_failures INTEGER NOT NULL DEFAULT 0,
    last_success INTEGER,
    failure_class TEXT,
    failure_code TEXT,
    failure_detail TEXT,
    -- Up to which row the history was held to how many entries for each item.
    history_seen INTEGER NOT NULL DEFAULT 0,
    history_kept INTEGER
) STRICT;

-- The schedule. `mailbox` is empty for the organization's own unit. `ready` is when the unit may
-- be claimed: its due time while it is free, the end of the lease while it is held. `woken` is
-- the earliest instant that it was made due for while it was held.
CREATE TABLE unit (
    id INTEGER PRIMARY KEY,
    organization INTEGER NOT NULL REFERENCES organization (id),
    mailbox BLOB NOT NULL,
    scheduled INTEGER NOT NULL DEFAULT 0,
    paused INTEGER NOT NULL DEFAULT 0,
    ready INTEGER NOT NULL,
    woken INTEGER,
    fence INTEGER NOT NULL DEFAULT 0,
    held_by TEXT,
    cycles INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX unit_by_key ON unit (organization, mailbox);
CREATE INDEX unit_by_ready ON unit (ready) WHERE scheduled = 1 AND paused = 0;

CREATE TABLE mailbox_memory (
    unit INTEGER PRIMARY KEY REFERENCES unit (id),
    tracked_id TEXT,
    tracked_name TEXT,
    tracked_color INTEGER,
    undeliverable_id TEXT,
    undeliverable_name TEXT,
    undeliverable_color INTEGER,
    checkpoint TEXT,
    swept_at INTEGER,
    bearers INTEGER NOT NULL,
    unsettled_until INTEGER,
    saw_switch_off INTEGER NOT NULL,
    not_before INTEGER,
    circuit_opened INTEGER,
    circuit_failures INTEGER NOT NULL,
    last_success INTEGER,
    failure_class TEXT,
    failure_code TEXT,
    failure_detail TEXT
) STRICT;

-- Names that a category entry had before; `category` is `tracked` or `undeliverable`.
CREATE TABLE previous_name (
    unit INTEGER NOT NULL REFERENCES unit (id),
    category TEXT NOT NULL,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (unit, category, position)
) STRICT, WITHOUT ROWID;

-- `crm_prior` and `crm_fence`: what C was before the CRM's feed changed it, and the fence under
-- which the mailbox was being worked on then; a commit under that fence may not undo the change.
CREATE TABLE link (
    id INTEGER PRIMARY KEY,
    unit INTEGER NOT NULL REFERENCES unit (id),
    hash INTEGER NOT NULL,
    handle TEXT NOT NULL,
    kind TEXT NOT NULL,
    source_key TEXT,
    direction TEXT,
    discriminator TEXT NOT NULL,
    message_id TEXT,
    message_hash INTEGER,
    activity BLOB,
    baseline INTEGER NOT NULL,
    crm INTEGER NOT NULL,
    crm_prior INTEGER,
    crm_fence INTEGER,
    owes_category INTEGER NOT NULL,
    ignored INTEGER NOT NULL,
    uncategorized INTEGER NOT NULL,
    own_base TEXT,
    own_result TEXT,
    confirmed_name TEXT,
    attempts INTEGER NOT NULL,
    not_before INTEGER,
    failure_class TEXT,
    failure_code TEXT,
    failure_detail TEXT,
    undeliverable INTEGER NOT NULL,
    linked_at INTEGER,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    request_wish TEXT,
    request_regarding TEXT,
    request_table TEXT,
    request_record BLOB,
    request_origin TEXT,
    request_accepted_for BLOB,
    request_at INTEGER
) STRICT;
CREATE INDEX link_by_key ON link (unit, hash);
CREATE INDEX link_by_message ON link (message_hash) WHERE message_hash IS NOT NULL;
CREATE INDEX link_by_activity ON link (activity) WHERE activity IS NOT NULL;

CREATE TRIGGER link_inserted_tracked AFTER INSERT ON link WHEN new.baseline = 1
BEGIN
    UPDATE organization SET tracked = tracked + 1
     WHERE id = (SELECT organization FROM unit WHERE id = new.unit);
END;
CREATE TRIGGER link_baseline_changed AFTER UPDATE OF baseline ON link
    WHEN new.baseline <> old.baseline
BEGIN
    UPDATE organization SET tracked = tracked + (new.baseline - old.baseline)
     WHERE id = (SELECT organization FROM unit WHERE id = new.unit);
END;

CREATE TABLE epoch (
    id INTEGER PRIMARY KEY,
    organization INTEGER NOT NULL REFERENCES organization (id),
    hash INTEGER NOT NULL,
    kind TEXT NOT NULL,
    source_key TEXT NOT NULL,
    discriminator TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    activity BLOB
) STRICT;
CREATE INDEX epoch_by_key ON epoch (organization, hash);
CREATE INDEX epoch_by_activity ON epoch (activity) WHERE activity IS NOT NULL;

CREATE TABLE tombstone (
    id INTEGER PRIMARY KEY,
    unit INTEGER NOT NULL REFERENCES unit (id),
    hash INTEGER NOT NULL,
    source_key TEXT NOT NULL,
    direction TEXT NOT NULL
) STRICT;
CREATE INDEX tombstone_by_key ON tombstone (unit, hash);

CREATE TABLE intent (
    unit INTEGER NOT NULL REFERENCES unit (id),
    kind TEXT NOT NULL,
    target TEXT NOT NULL,
    issued_at INTEGER NOT NULL,
    PRIMARY KEY (unit, kind, target)
) STRICT, WITHOUT ROWID;

CREATE TABLE held (
    unit INTEGER NOT NULL REFERENCES unit (id),
    handle TEXT NOT NULL,
    reason TEXT NOT NULL,
    held_since INTEGER NOT NULL,
    PRIMARY KEY (unit, handle)
) STRICT, WITHOUT ROWID;

CREATE TABLE ending (
    id INTEGER PRIMARY KEY,
    organization INTEGER NOT NULL REFERENCES organization (id),
    unit INTEGER NOT NULL REFERENCES unit (id),
    handle TEXT NOT NULL,
    at INTEGER NOT NULL,
    by_user INTEGER NOT NULL
) STRICT;
CREATE INDEX ending_by_time ON ending (organization, at);

-- `handle` is kept only for an item that had no link yet.
CREATE TABLE history (
    id INTEGER PRIMARY KEY,
    unit INTEGER NOT NULL,
    hash INTEGER NOT NULL,
    link INTEGER,
    handle TEXT,
    at INTEGER NOT NULL,
    event TEXT NOT NULL,
    reason TEXT NOT NULL,
    trigger TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;
CREATE INDEX history_by_key ON history (unit, hash);
CREATE INDEX history_by_time ON history (at);
