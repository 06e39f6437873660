-- Rows as version 5 stored them; later migrations are tested on top of these.
INSERT INTO alert (organization, mailbox, guid, level, code, number, lasts, permanent, outcome, text,
    raised_at, last_at) VALUES
    (1, x'22222222222222222222222222222222', x'44444444444444444444444444444444', 3,
     'mailbox_unreadable', 3003, 1, 1, 'MailboxNotFound', 'The mailbox cannot be read.', 1900, 1950);
INSERT INTO history (unit, hash, link, at, event, reason, trigger, detail, actor) VALUES
    (2, 1, 1, 1600, 'requested', 'requested_by_person', 'request', '', 'administrator');
