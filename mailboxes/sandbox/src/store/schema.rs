//! What the sandbox's file looks like.

use super::{
    schema_calendar::CALENDAR,
    schema_notices::{EVENT_NOTICES, NOTICES, TASK_NOTICES},
    schema_rules::{BEFORE, RULES},
    schema_sharing::{NAMES, SHARING},
    schema_tasks::TASKS,
};
use earmark_sqlite::Schema;

/// The schema of the sandbox's file.
pub(crate) const SCHEMA: Schema = Schema {
    name: "sandbox",
    migrations: &[
        FIRST,
        CALENDAR,
        TASKS,
        NOTICES,
        EVENT_NOTICES,
        TASK_NOTICES,
        RULES,
        BEFORE,
        SHARING,
        NAMES,
    ],
};

impl crate::Sandbox {
    /// The version of the file's schema that this version of Earmark writes.
    pub const SCHEMA_VERSION: usize = SCHEMA.migrations.len();
}

/// Times are milliseconds since the epoch, held to whole seconds where the original shows whole
/// seconds. `changed`, `version` and `entered` are values of the user's `sequence`, so that a
/// delta token is one number.
const FIRST: &str = "
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE user (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  guid TEXT NOT NULL UNIQUE,
  mail TEXT NOT NULL,
  folded TEXT NOT NULL UNIQUE,
  display_name TEXT NOT NULL,
  kind TEXT NOT NULL,
  enabled INTEGER NOT NULL DEFAULT 1,
  access TEXT NOT NULL DEFAULT 'granted',
  created_ms INTEGER NOT NULL,
  sequence INTEGER NOT NULL DEFAULT 0,
  generation INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE TABLE category (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user INTEGER NOT NULL REFERENCES user(id) ON DELETE CASCADE,
  guid TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  folded TEXT NOT NULL,
  color TEXT NOT NULL,
  UNIQUE (user, folded)
) STRICT;

CREATE TABLE folder (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user INTEGER NOT NULL REFERENCES user(id) ON DELETE CASCADE,
  parent INTEGER,
  name TEXT NOT NULL,
  well_known TEXT,
  hidden INTEGER NOT NULL DEFAULT 0,
  search TEXT,
  changed INTEGER NOT NULL
) STRICT;
CREATE INDEX folder_by_parent ON folder (user, parent);
CREATE UNIQUE INDEX folder_by_well_known ON folder (user, well_known) WHERE well_known IS NOT NULL;

CREATE TABLE folder_gone (
  user INTEGER NOT NULL REFERENCES user(id) ON DELETE CASCADE,
  folder INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (user, at)
) STRICT, WITHOUT ROWID;

CREATE TABLE message (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user INTEGER NOT NULL REFERENCES user(id) ON DELETE CASCADE,
  folder INTEGER NOT NULL REFERENCES folder(id) ON DELETE CASCADE,
  incarnation INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  version INTEGER NOT NULL,
  changed INTEGER NOT NULL,
  entered INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  modified_ms INTEGER NOT NULL,
  received_ms INTEGER NOT NULL,
  sent_ms INTEGER NOT NULL,
  subject TEXT NOT NULL,
  preview TEXT NOT NULL,
  from_name TEXT,
  from_address TEXT,
  sender_name TEXT,
  sender_address TEXT,
  recipients TEXT NOT NULL,
  internet_message_id TEXT NOT NULL,
  in_reply_to TEXT,
  reference_ids TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  conversation_index BLOB NOT NULL,
  importance TEXT NOT NULL,
  is_read INTEGER NOT NULL,
  is_draft INTEGER NOT NULL,
  read_receipt INTEGER NOT NULL,
  delivery_receipt INTEGER NOT NULL,
  has_attachments INTEGER NOT NULL,
  flag TEXT NOT NULL,
  inference TEXT NOT NULL,
  class TEXT NOT NULL,
  size INTEGER NOT NULL,
  categories TEXT NOT NULL
) STRICT;
CREATE INDEX message_by_folder ON message (folder, received_ms);
CREATE INDEX message_by_change ON message (folder, changed);
CREATE INDEX message_by_received ON message (user, received_ms);
CREATE INDEX message_by_modified ON message (user, modified_ms);
CREATE INDEX message_by_internet_id ON message (internet_message_id, user);
CREATE INDEX message_by_conversation ON message (user, conversation_id);

CREATE TABLE body (
  message INTEGER PRIMARY KEY REFERENCES message(id) ON DELETE CASCADE,
  content_type TEXT NOT NULL,
  content TEXT NOT NULL,
  headers TEXT NOT NULL
) STRICT;

CREATE TABLE message_category (
  message INTEGER NOT NULL REFERENCES message(id) ON DELETE CASCADE,
  user INTEGER NOT NULL,
  folded TEXT NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (message, folded)
) STRICT, WITHOUT ROWID;
CREATE INDEX message_category_by_name ON message_category (user, folded);

CREATE TABLE extended (
  message INTEGER NOT NULL REFERENCES message(id) ON DELETE CASCADE,
  property TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (message, property)
) STRICT, WITHOUT ROWID;
CREATE INDEX extended_by_property ON extended (property, value);

CREATE TABLE extension (
  message INTEGER NOT NULL REFERENCES message(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  members TEXT NOT NULL,
  PRIMARY KEY (message, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE message_gone (
  user INTEGER NOT NULL REFERENCES user(id) ON DELETE CASCADE,
  folder INTEGER NOT NULL,
  at INTEGER NOT NULL,
  message INTEGER NOT NULL,
  incarnation INTEGER NOT NULL,
  PRIMARY KEY (folder, at)
) STRICT, WITHOUT ROWID;
CREATE INDEX message_gone_by_user ON message_gone (user);

CREATE TABLE content (hash BLOB PRIMARY KEY, bytes BLOB NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE attachment (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  message INTEGER NOT NULL REFERENCES message(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  content_type TEXT NOT NULL,
  is_inline INTEGER NOT NULL,
  content_id TEXT,
  item INTEGER NOT NULL,
  size INTEGER NOT NULL,
  modified_ms INTEGER NOT NULL,
  hash BLOB NOT NULL
) STRICT;
CREATE INDEX attachment_by_message ON attachment (message);
CREATE INDEX attachment_by_hash ON attachment (hash);
CREATE TRIGGER attachment_content AFTER DELETE ON attachment
WHEN NOT EXISTS (SELECT 1 FROM attachment WHERE hash = old.hash)
BEGIN DELETE FROM content WHERE hash = old.hash; END;

CREATE TABLE sent (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at_ms INTEGER NOT NULL,
  cause TEXT NOT NULL,
  sender TEXT NOT NULL,
  recipients TEXT NOT NULL,
  external TEXT NOT NULL,
  subject TEXT NOT NULL,
  internet_message_id TEXT NOT NULL
) STRICT;
";
