//! The part of the sandbox's file that holds calendars.

/// One row of `event` is a single event, the master of a series or an exception of it;
/// occurrences that differ in nothing are computed. `changed` and `version` are values of the
/// user's `sequence`, each taken by one row alone. `last_ms` is the end of the last occurrence,
/// NULL for a series without end. A row of `event_gone` with `series` says where the occurrences
/// of a series were before it was changed or removed.
pub(crate) const CALENDAR: &str = "
CREATE TABLE calendar (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user INTEGER NOT NULL REFERENCES user(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  color TEXT NOT NULL DEFAULT 'auto',
  is_default INTEGER NOT NULL DEFAULT 0,
  version INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX calendar_by_user ON calendar (user);
CREATE UNIQUE INDEX calendar_default ON calendar (user) WHERE is_default = 1;
INSERT INTO calendar (user, name, is_default) SELECT id, 'Calendar', 1 FROM user;
CREATE TRIGGER calendar_of_new_user AFTER INSERT ON user
BEGIN INSERT INTO calendar (user, name, is_default) VALUES (new.id, 'Calendar', 1); END;

CREATE TABLE calendar_permission (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  calendar INTEGER NOT NULL REFERENCES calendar(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  address TEXT,
  role TEXT NOT NULL,
  inside INTEGER NOT NULL,
  removable INTEGER NOT NULL
) STRICT;
CREATE INDEX calendar_permission_by_calendar ON calendar_permission (calendar);

CREATE TABLE event (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user INTEGER NOT NULL REFERENCES user(id) ON DELETE CASCADE,
  calendar INTEGER NOT NULL REFERENCES calendar(id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  master INTEGER REFERENCES event(id) ON DELETE CASCADE,
  day TEXT,
  original_ms INTEGER,
  version INTEGER NOT NULL,
  changed INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  modified_ms INTEGER NOT NULL,
  uid TEXT NOT NULL,
  transaction_id TEXT,
  start_ms INTEGER NOT NULL,
  last_ms INTEGER,
  recurrence TEXT,
  cancelled TEXT NOT NULL,
  categories TEXT NOT NULL,
  own_categories INTEGER NOT NULL,
  content TEXT NOT NULL,
  UNIQUE (master, day)
) STRICT;
CREATE INDEX event_by_calendar ON event (calendar, start_ms);
CREATE INDEX event_by_change ON event (calendar, changed);
CREATE INDEX event_by_user ON event (user, kind);
CREATE INDEX event_by_uid ON event (uid, user);
CREATE INDEX event_by_transaction ON event (user, transaction_id) WHERE transaction_id IS NOT NULL;

CREATE TABLE event_category (
  event INTEGER NOT NULL REFERENCES event(id) ON DELETE CASCADE,
  user INTEGER NOT NULL,
  folded TEXT NOT NULL,
  PRIMARY KEY (event, folded)
) STRICT, WITHOUT ROWID;
CREATE INDEX event_category_by_name ON event_category (user, folded);

CREATE TABLE event_gone (
  user INTEGER NOT NULL REFERENCES user(id) ON DELETE CASCADE,
  calendar INTEGER NOT NULL,
  at INTEGER NOT NULL,
  event INTEGER NOT NULL,
  day TEXT,
  series TEXT,
  stays INTEGER NOT NULL,
  PRIMARY KEY (user, at)
) STRICT, WITHOUT ROWID;
CREATE INDEX event_gone_by_calendar ON event_gone (calendar, at);

CREATE TABLE event_extended (
  event INTEGER NOT NULL REFERENCES event(id) ON DELETE CASCADE,
  property TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (event, property)
) STRICT, WITHOUT ROWID;

CREATE TABLE event_extension (
  event INTEGER NOT NULL REFERENCES event(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  members TEXT NOT NULL,
  PRIMARY KEY (event, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE event_attachment (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  event INTEGER NOT NULL REFERENCES event(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  content_type TEXT NOT NULL,
  is_inline INTEGER NOT NULL,
  content_id TEXT,
  item INTEGER NOT NULL,
  modified_ms INTEGER NOT NULL,
  content BLOB NOT NULL
) STRICT;
CREATE INDEX event_attachment_by_event ON event_attachment (event);
";
