//! The tables of To Do and of contacts.

/// Times are milliseconds since the epoch. `changed`, `version` and `at` are values of the user's
/// `sequence`, as everywhere; a task that goes to another list becomes another row, since its id
/// changes. Tasks with `mail` are the mirror of a flagged message in the list `flaggedEmails`;
/// triggers keep it, so that whatever changes a message need not know of it.
pub(super) const TASKS: &str = "
ALTER TABLE user ADD COLUMN to_do INTEGER NOT NULL DEFAULT 1;

CREATE TABLE task_list (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user INTEGER NOT NULL REFERENCES user(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  well_known TEXT,
  changed INTEGER NOT NULL
) STRICT;
CREATE INDEX task_list_by_change ON task_list (user, changed);
CREATE UNIQUE INDEX task_list_by_well_known ON task_list (user, well_known)
  WHERE well_known IS NOT NULL;

CREATE TABLE task_list_gone (
  user INTEGER NOT NULL REFERENCES user(id) ON DELETE CASCADE,
  at INTEGER NOT NULL,
  list INTEGER NOT NULL,
  PRIMARY KEY (user, at)
) STRICT, WITHOUT ROWID;

CREATE TABLE task (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user INTEGER NOT NULL REFERENCES user(id) ON DELETE CASCADE,
  list INTEGER NOT NULL REFERENCES task_list(id) ON DELETE CASCADE,
  mail INTEGER,
  version INTEGER NOT NULL,
  changed INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  modified_ms INTEGER NOT NULL,
  body_modified_ms INTEGER,
  title TEXT NOT NULL,
  body_type TEXT NOT NULL,
  body TEXT NOT NULL,
  status TEXT NOT NULL,
  importance TEXT NOT NULL,
  is_reminder_on INTEGER NOT NULL,
  start_ms INTEGER,
  due_ms INTEGER,
  completed_ms INTEGER,
  reminder_ms INTEGER,
  recurrence TEXT,
  categories TEXT NOT NULL
) STRICT;
CREATE INDEX task_by_change ON task (list, changed);
CREATE INDEX task_by_user ON task (user);
CREATE UNIQUE INDEX task_by_mail ON task (mail) WHERE mail IS NOT NULL;

CREATE TABLE task_gone (
  user INTEGER NOT NULL REFERENCES user(id) ON DELETE CASCADE,
  list INTEGER NOT NULL REFERENCES task_list(id) ON DELETE CASCADE,
  at INTEGER NOT NULL,
  task INTEGER NOT NULL,
  PRIMARY KEY (list, at)
) STRICT, WITHOUT ROWID;
CREATE INDEX task_gone_by_user ON task_gone (user);

CREATE TABLE linked_resource (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  task INTEGER NOT NULL REFERENCES task(id) ON DELETE CASCADE,
  guid TEXT NOT NULL UNIQUE,
  web_url TEXT,
  application_name TEXT,
  display_name TEXT,
  external_id TEXT
) STRICT;
CREATE INDEX linked_resource_by_task ON linked_resource (task);

CREATE TABLE checklist_item (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  task INTEGER NOT NULL REFERENCES task(id) ON DELETE CASCADE,
  guid TEXT NOT NULL UNIQUE,
  display_name TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  checked_ms INTEGER
) STRICT;
CREATE INDEX checklist_item_by_task ON checklist_item (task);

CREATE TABLE task_extension (
  task INTEGER NOT NULL REFERENCES task(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  members TEXT NOT NULL,
  PRIMARY KEY (task, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE contact (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user INTEGER NOT NULL REFERENCES user(id) ON DELETE CASCADE,
  version INTEGER NOT NULL,
  changed INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  modified_ms INTEGER NOT NULL,
  members TEXT NOT NULL,
  categories TEXT NOT NULL
) STRICT;
CREATE INDEX contact_by_user ON contact (user);

INSERT INTO task_list (user, name, well_known, changed)
  SELECT id, 'Tasks', 'defaultList', sequence + 1 FROM user;
INSERT INTO task_list (user, name, well_known, changed)
  SELECT id, 'Flagged Emails', 'flaggedEmails', sequence + 2 FROM user;
INSERT INTO task (user, list, mail, version, changed, created_ms, modified_ms, title, body_type,
    body, status, importance, is_reminder_on, categories)
  SELECT m.user, l.id, m.id, u.sequence + 2 + row_number() OVER (PARTITION BY m.user ORDER BY m.id),
    u.sequence + 2 + row_number() OVER (PARTITION BY m.user ORDER BY m.id), m.modified_ms,
    m.modified_ms, m.subject, 'text', '', 'notStarted', m.importance, 0, m.categories
  FROM message m JOIN user u ON u.id = m.user
    JOIN task_list l ON l.user = m.user AND l.well_known = 'flaggedEmails'
    JOIN folder f ON f.id = m.folder
  WHERE json_extract(m.flag, '$.flagStatus') = 'flagged'
    AND f.well_known IS NOT 'recoverableitemsdeletions';
UPDATE user SET sequence = sequence + 2 + (SELECT count(*) FROM task t WHERE t.user = user.id);

CREATE TRIGGER flagged_mail_arrives AFTER INSERT ON message
WHEN json_extract(new.flag, '$.flagStatus') = 'flagged'
  AND NOT EXISTS (SELECT 1 FROM folder WHERE id = new.folder
    AND well_known = 'recoverableitemsdeletions')
BEGIN
  UPDATE user SET sequence = sequence + 1 WHERE id = new.user;
  INSERT INTO task (user, list, mail, version, changed, created_ms, modified_ms, title, body_type,
      body, status, importance, is_reminder_on, categories)
    SELECT new.user, l.id, new.id, u.sequence, u.sequence, new.modified_ms, new.modified_ms,
      new.subject, 'text', '', 'notStarted', new.importance, 0, new.categories
    FROM task_list l JOIN user u ON u.id = l.user
    WHERE l.user = new.user AND l.well_known = 'flaggedEmails';
END;

CREATE TRIGGER flagged_mail_starts AFTER UPDATE OF flag, folder ON message
WHEN json_extract(new.flag, '$.flagStatus') = 'flagged'
  AND NOT EXISTS (SELECT 1 FROM task WHERE mail = new.id)
  AND NOT EXISTS (SELECT 1 FROM folder WHERE id = new.folder
    AND well_known = 'recoverableitemsdeletions')
BEGIN
  UPDATE user SET sequence = sequence + 1 WHERE id = new.user;
  INSERT INTO task (user, list, mail, version, changed, created_ms, modified_ms, title, body_type,
      body, status, importance, is_reminder_on, categories)
    SELECT new.user, l.id, new.id, u.sequence, u.sequence, new.modified_ms, new.modified_ms,
      new.subject, 'text', '', 'notStarted', new.importance, 0, new.categories
    FROM task_list l JOIN user u ON u.id = l.user
    WHERE l.user = new.user AND l.well_known = 'flaggedEmails';
END;

CREATE TRIGGER flagged_mail_changes AFTER UPDATE OF flag, subject, importance, categories ON message
WHEN json_extract(new.flag, '$.flagStatus') = 'flagged'
  AND json_extract(old.flag, '$.flagStatus') = 'flagged'
  AND (new.flag <> old.flag OR new.subject <> old.subject OR new.importance <> old.importance
    OR new.categories <> old.categories)
BEGIN
  UPDATE user SET sequence = sequence + 1 WHERE id = new.user;
  UPDATE task SET title = new.subject, importance = new.importance, categories = new.categories,
      modified_ms = new.modified_ms,
      version = (SELECT sequence FROM user WHERE id = new.user),
      changed = (SELECT sequence FROM user WHERE id = new.user)
    WHERE mail = new.id;
END;

CREATE TRIGGER flagged_mail_ends AFTER UPDATE OF flag, folder ON message
WHEN EXISTS (SELECT 1 FROM task WHERE mail = new.id)
  AND (json_extract(new.flag, '$.flagStatus') <> 'flagged'
    OR EXISTS (SELECT 1 FROM folder WHERE id = new.folder
      AND well_known = 'recoverableitemsdeletions'))
BEGIN
  UPDATE user SET sequence = sequence + 1 WHERE id = new.user;
  INSERT INTO task_gone (user, list, at, task)
    SELECT t.user, t.list, u.sequence, t.id FROM task t JOIN user u ON u.id = t.user
    WHERE t.mail = new.id;
  DELETE FROM task WHERE mail = new.id;
END;

CREATE TRIGGER flagged_mail_leaves BEFORE DELETE ON message
WHEN EXISTS (SELECT 1 FROM task WHERE mail = old.id)
BEGIN
  UPDATE user SET sequence = sequence + 1 WHERE id = old.user;
  INSERT INTO task_gone (user, list, at, task)
    SELECT t.user, t.list, u.sequence, t.id FROM task t JOIN user u ON u.id = t.user
    WHERE t.mail = old.id;
  DELETE FROM task WHERE mail = old.id;
END;
";

#[cfg(test)]
mod tests {
    use super::super::schema::SCHEMA;
    use earmark_sqlite::rusqlite::Connection;

    #[test]
    fn mailboxes_of_before_get_their_lists_and_the_mirror_of_their_flagged_mail() {
        let connection = Connection::open_in_memory().expect("memory");
        let run = |sql: &str| connection.execute_batch(sql).expect(sql);
        run(SCHEMA.migrations[0]);
        run("INSERT INTO user (id, guid, mail, folded, display_name, kind, created_ms, sequence)
               VALUES (1, 'a', 'a', 'a', 'A', 'user', 0, 40), (2, 'b', 'b', 'b', 'B', 'user', 0, 7);
             INSERT INTO folder (id, user, name, changed, well_known)
               VALUES (1, 1, 'Inbox', 1, 'inbox'), (2, 1, 'D', 2, 'recoverableitemsdeletions');");
        for (id, folder, flag) in
            [(1, 1, "flagged"), (2, 1, "notFlagged"), (3, 1, "flagged"), (4, 2, "flagged")]
        {
            run(&format!(
                "INSERT INTO message VALUES ({id}, 1, {folder}, 1, 1, 1, {id}, 1, 0, 0, 0, 0,
                   'S{id}', '', NULL, NULL, NULL, NULL, '{{}}', '', NULL, '[]', '', x'', 'normal',
                   0, 0, 0, 0, 0, '{{\"flagStatus\":\"{flag}\"}}', 'focused', '', 0, '[]')"
            ));
        }
        run(super::TASKS);
        let texts = |sql: &str| -> Vec<String> {
            let mut statement = connection.prepare(sql).expect("statement");
            let rows = statement.query_map([], |row| row.get(0)).expect("rows");
            rows.collect::<Result<_, _>>().expect("texts")
        };
        assert_eq!(
            texts("SELECT user || name || changed FROM task_list ORDER BY user, changed"),
            ["1Tasks41", "1Flagged Emails42", "2Tasks8", "2Flagged Emails9"]
        );
        assert_eq!(
            texts("SELECT title || changed || version FROM task ORDER BY id"),
            ["S14343", "S34444"]
        );
        assert_eq!(texts("SELECT id || '/' || sequence FROM user"), ["1/44", "2/9"]);
    }
}
