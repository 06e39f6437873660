//! What the sandbox's file keeps for change notifications.
//!
//! Notices are written by triggers, so that no writer has to remember them: whatever changes a
//! row of a mailbox leaves one notice for each subscription that wants to know, in the same
//! transaction. A trigger knows no time: `made_ms` stays null until the notice is first looked at.

/// Subscriptions, what is still to be told, and the triggers over messages.
///
/// A move is the departure from one place and the arrival in another. Recoverable Items are no
/// part of what a subscription to the whole mailbox sees. As in a delta, a change of extended
/// properties alone is not told.
pub(super) const NOTICES: &str = "
CREATE TABLE subscription (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  guid TEXT NOT NULL UNIQUE,
  user INTEGER NOT NULL REFERENCES user(id) ON DELETE CASCADE,
  application TEXT NOT NULL,
  creator TEXT NOT NULL,
  resource TEXT NOT NULL,
  kind TEXT NOT NULL,
  container INTEGER,
  change_type TEXT NOT NULL,
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  immutable INTEGER NOT NULL,
  url TEXT NOT NULL,
  lifecycle_url TEXT,
  client_state TEXT,
  tls TEXT NOT NULL,
  expires_ms INTEGER NOT NULL,
  warn_ms INTEGER,
  removed INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX subscription_by_user ON subscription (user, kind);
CREATE INDEX subscription_by_end ON subscription (expires_ms);
CREATE INDEX subscription_by_warning ON subscription (warn_ms) WHERE warn_ms IS NOT NULL;

CREATE TABLE notice (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  subscription INTEGER NOT NULL REFERENCES subscription(id) ON DELETE CASCADE,
  lifecycle INTEGER NOT NULL DEFAULT 0,
  change TEXT NOT NULL,
  item INTEGER NOT NULL DEFAULT 0,
  incarnation INTEGER NOT NULL DEFAULT 0,
  version INTEGER NOT NULL DEFAULT 0,
  container INTEGER NOT NULL DEFAULT 0,
  moved INTEGER NOT NULL DEFAULT 0,
  made_ms INTEGER,
  due_ms INTEGER NOT NULL DEFAULT 0,
  attempts INTEGER NOT NULL DEFAULT 0,
  fault TEXT
) STRICT;
CREATE INDEX notice_by_queue ON notice (subscription, lifecycle, due_ms);
CREATE INDEX notice_by_due ON notice (due_ms);
CREATE INDEX notice_by_age ON notice (made_ms);

CREATE TRIGGER message_notice_made AFTER INSERT ON message BEGIN
  INSERT INTO notice (subscription, change, item, incarnation, version, container)
  SELECT s.id, 'created', new.id, new.incarnation, new.version, new.folder
  FROM subscription s
  WHERE s.user = new.user AND s.kind = 'message' AND s.created = 1
    AND CASE WHEN s.container IS NULL
      THEN NOT EXISTS (SELECT 1 FROM folder f WHERE f.id = new.folder
                       AND f.well_known = 'recoverableitemsdeletions')
      ELSE s.container = new.folder END;
END;

CREATE TRIGGER message_notice_changed AFTER UPDATE ON message
WHEN new.changed <> old.changed AND new.incarnation = old.incarnation BEGIN
  INSERT INTO notice (subscription, change, item, incarnation, version, container)
  SELECT s.id, 'updated', new.id, new.incarnation, new.version, new.folder
  FROM subscription s
  WHERE s.user = new.user AND s.kind = 'message' AND s.updated = 1
    AND CASE WHEN s.container IS NULL
      THEN NOT EXISTS (SELECT 1 FROM folder f WHERE f.id = new.folder
                       AND f.well_known = 'recoverableitemsdeletions')
      ELSE s.container = new.folder END;
END;

CREATE TRIGGER message_notice_moved AFTER UPDATE ON message
WHEN new.incarnation <> old.incarnation BEGIN
  INSERT INTO notice (subscription, change, item, incarnation, version, container)
  SELECT s.id, 'deleted', old.id, old.incarnation, old.version, old.folder
  FROM subscription s
  WHERE s.user = old.user AND s.kind = 'message' AND s.deleted = 1
    AND CASE WHEN s.container IS NULL
      THEN NOT EXISTS (SELECT 1 FROM folder f WHERE f.id = old.folder
                       AND f.well_known = 'recoverableitemsdeletions')
      ELSE s.container = old.folder END;
  INSERT INTO notice (subscription, change, item, incarnation, version, container, moved)
  SELECT s.id, 'created', new.id, new.incarnation, new.version, new.folder, 1
  FROM subscription s
  WHERE s.user = new.user AND s.kind = 'message' AND s.created = 1
    AND CASE WHEN s.container IS NULL
      THEN NOT EXISTS (SELECT 1 FROM folder f WHERE f.id = new.folder
                       AND f.well_known = 'recoverableitemsdeletions')
      ELSE s.container = new.folder END;
END;

CREATE TRIGGER message_notice_gone AFTER DELETE ON message BEGIN
  INSERT INTO notice (subscription, change, item, incarnation, version, container)
  SELECT s.id, 'deleted', old.id, old.incarnation, old.version, old.folder
  FROM subscription s
  WHERE s.user = old.user AND s.kind = 'message' AND s.deleted = 1
    AND CASE WHEN s.container IS NULL
      THEN NOT EXISTS (SELECT 1 FROM folder f WHERE f.id = old.folder
                       AND f.well_known = 'recoverableitemsdeletions')
      ELSE s.container = old.folder END;
END;
";

/// The triggers over events. `item` and `incarnation` are what the id of an event is made of: the
/// row, or that of the series with the day of the exception as a number.
pub(super) const EVENT_NOTICES: &str = "
CREATE TRIGGER event_notice_made AFTER INSERT ON event BEGIN
  INSERT INTO notice (subscription, change, item, incarnation, version)
  SELECT s.id, 'created', coalesce(new.master, new.id),
    coalesce(CAST(replace(new.day, '-', '') AS INTEGER), 0), new.version FROM subscription s
  WHERE s.user = new.user AND s.kind = 'event' AND s.created = 1;
END;
CREATE TRIGGER event_notice_changed AFTER UPDATE ON event WHEN new.changed <> old.changed BEGIN
  INSERT INTO notice (subscription, change, item, incarnation, version)
  SELECT s.id, 'updated', coalesce(new.master, new.id),
    coalesce(CAST(replace(new.day, '-', '') AS INTEGER), 0), new.version FROM subscription s
  WHERE s.user = new.user AND s.kind = 'event' AND s.updated = 1;
END;
CREATE TRIGGER event_notice_gone AFTER DELETE ON event BEGIN
  INSERT INTO notice (subscription, change, item, incarnation, version)
  SELECT s.id, 'deleted', coalesce(old.master, old.id),
    coalesce(CAST(replace(old.day, '-', '') AS INTEGER), 0), old.version FROM subscription s
  WHERE s.user = old.user AND s.kind = 'event' AND s.deleted = 1;
END;
";

/// The triggers over tasks.
pub(super) const TASK_NOTICES: &str = "
CREATE TRIGGER task_notice_made AFTER INSERT ON task BEGIN
  INSERT INTO notice (subscription, change, item, version, container)
  SELECT s.id, 'created', new.id, new.version, new.list FROM subscription s
  WHERE s.kind = 'task' AND s.container = new.list AND s.created = 1;
END;
CREATE TRIGGER task_notice_changed AFTER UPDATE ON task
WHEN new.changed <> old.changed AND new.list = old.list BEGIN
  INSERT INTO notice (subscription, change, item, version, container)
  SELECT s.id, 'updated', new.id, new.version, new.list FROM subscription s
  WHERE s.kind = 'task' AND s.container = new.list AND s.updated = 1;
END;
CREATE TRIGGER task_notice_moved AFTER UPDATE ON task WHEN new.list <> old.list BEGIN
  INSERT INTO notice (subscription, change, item, version, container)
  SELECT s.id, 'deleted', old.id, old.version, old.list FROM subscription s
  WHERE s.kind = 'task' AND s.container = old.list AND s.deleted = 1;
  INSERT INTO notice (subscription, change, item, version, container, moved)
  SELECT s.id, 'created', new.id, new.version, new.list, 1 FROM subscription s
  WHERE s.kind = 'task' AND s.container = new.list AND s.created = 1;
END;
CREATE TRIGGER task_notice_gone AFTER DELETE ON task BEGIN
  INSERT INTO notice (subscription, change, item, version, container)
  SELECT s.id, 'deleted', old.id, old.version, old.list FROM subscription s
  WHERE s.kind = 'task' AND s.container = old.list AND s.deleted = 1;
END;
CREATE INDEX subscription_by_list ON subscription (container) WHERE kind = 'task';
";
