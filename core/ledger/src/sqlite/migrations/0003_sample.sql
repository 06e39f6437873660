-- Rows as version 3 stored them; later migrations are tested on top of these.
INSERT INTO link (id, unit, hash, handle, kind, discriminator, baseline, crm, owes_category, ignored,
    uncategorized, attempts, undeliverable, state, reason, changed_at) VALUES
    (2, 2, 2, 'AAMk-2', 'email', '', 0, 0, 0, 0, 0, 2, 0, 'retrying', 'attempt_failed', 1800);
UPDATE subscription SET url = 'https://sync.contoso.example/notifications';
