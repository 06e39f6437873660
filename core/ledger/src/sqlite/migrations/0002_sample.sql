-- Rows as version 2 stored them; later migrations are tested on top of these.
UPDATE link SET synced_version = 'v-7', synced_hash = -5, time_zone = 'W. Europe Standard Time',
    is_organizer = 1, seen_bearing = 1 WHERE id = 1;
UPDATE mailbox_memory SET regular_due = 5000;
INSERT INTO subscription VALUES (2, 'messages', 's-1', 'secret', 9000);
