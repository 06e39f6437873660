-- The ledger, version 3: partial cycles find what waits in a mailbox without reading all of it;
-- subscriptions to another address than the present one are made anew.

-- The condition stands word for word in `links.rs`, or the index is not used.
CREATE INDEX link_waiting ON link (unit) WHERE (request_at IS NOT NULL OR owes_category = 1 OR undeliverable = 1 OR state IN ('pending', 'retrying') OR (baseline = 1 AND crm <> 1));

-- To which address the subscription delivers.
ALTER TABLE subscription ADD COLUMN url TEXT NOT NULL DEFAULT '';
