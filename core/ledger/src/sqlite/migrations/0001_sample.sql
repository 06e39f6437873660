-- Rows as version 1 stored them; later migrations are tested on top of these.
INSERT INTO organization (id, guid) VALUES (1, x'11111111111111111111111111111111');
INSERT INTO unit (id, organization, mailbox, scheduled, ready, cycles) VALUES
    (1, 1, x'', 1, 1000, 3),
    (2, 1, x'22222222222222222222222222222222', 1, 2000, 7);
INSERT INTO mailbox_memory (unit, tracked_id, tracked_name, tracked_color, checkpoint, bearers,
    saw_switch_off, circuit_failures) VALUES (2, 'c-1', 'Tracked to Dynamics 365', 4, 'd-1', 2, 0, 0);
INSERT INTO previous_name VALUES (2, 'tracked', 0, 'Tracked');
INSERT INTO link (id, unit, hash, handle, kind, source_key, direction, discriminator, message_id,
    activity, baseline, crm, owes_category, ignored, uncategorized, attempts, undeliverable, state,
    reason, changed_at) VALUES
    (1, 2, 1, 'AAMk-1', 'email', 'a@example.com', 'incoming', '', '<a@example.com>',
     x'33333333333333333333333333333333', 1, 1, 0, 0, 0, 0, 0, 'tracked', 'category_assigned', 1500);
INSERT INTO epoch (organization, hash, kind, source_key, discriminator, epoch, deleted) VALUES
    (1, 1, 'email', 'gone@example.com', '', 1, 0);
INSERT INTO tombstone (unit, hash, source_key, direction) VALUES (2, 5, 'b@example.com', 'incoming');
INSERT INTO intent VALUES (2, 'master_category', 'Tracked to Dynamics 365', 900);
INSERT INTO held VALUES (2, 'AAMk-1', 'category_removed', 1700);
INSERT INTO ending (organization, unit, handle, at, by_user) VALUES (1, 2, 'AAMk-9', 1600, 1);
INSERT INTO history (unit, hash, link, at, event, reason, trigger, detail) VALUES
    (2, 1, 1, 1500, 'tracked', 'category_assigned', 'cycle', '');
