//! Rules for incoming mail, and what messages were before, in the sandbox's file.

/// `conditions`, `exceptions` and `actions` are objects in JSON, as the wire has them.
pub(super) const RULES: &str = "
CREATE TABLE message_rule (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user INTEGER NOT NULL REFERENCES user(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  enabled INTEGER NOT NULL,
  conditions TEXT NOT NULL,
  exceptions TEXT NOT NULL,
  actions TEXT NOT NULL
) STRICT;
CREATE INDEX message_rule_by_user ON message_rule (user, sequence);
";

/// What a message showed before its categories were changed last: for servers that go on showing
/// it for a while.
pub(super) const BEFORE: &str = "
CREATE TABLE message_before (
  message INTEGER PRIMARY KEY REFERENCES message(id) ON DELETE CASCADE,
  until_ms INTEGER NOT NULL,
  categories TEXT NOT NULL,
  version INTEGER NOT NULL,
  modified_ms INTEGER NOT NULL
) STRICT;
";
