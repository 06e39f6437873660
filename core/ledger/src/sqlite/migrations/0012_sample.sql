UPDATE link SET reason = 'crm_refused' WHERE state IN ('retrying', 'undeliverable');
