-- The ledger, version 8: what the clock showed last, so that it is noticed when it is set back.
CREATE TABLE clock (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    seen INTEGER NOT NULL
) STRICT;
