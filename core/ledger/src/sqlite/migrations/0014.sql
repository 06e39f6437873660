-- The ledger, version 14: items that the CRM refused for good are counted and listed without reading
-- the others that are not tracked. The condition stands word for word in `items.rs`, or the index is
-- not used.
CREATE INDEX link_refused ON link (unit) WHERE state = 'not_tracked' AND reason = 'refused_for_good';
