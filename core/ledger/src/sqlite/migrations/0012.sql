-- The ledger, version 12: items that wait or have failed are listed and counted without reading the
-- others. The states stand word for word in `items.rs`, or the index is not used.
CREATE INDEX link_troubled ON link (state, reason, unit) WHERE state IN ('pending', 'retrying', 'undeliverable', 'held', 'record_deleted');
