//! Who may read or change somebody else's mail, by what other name a user signs in, and what
//! clients put on folders, in the sandbox's file.

/// `address` is folded; `role` is `reviewer` or `editor`, of all folders.
pub(super) const SHARING: &str = "
CREATE TABLE mail_permission (
  user INTEGER NOT NULL REFERENCES user(id) ON DELETE CASCADE,
  address TEXT NOT NULL,
  role TEXT NOT NULL,
  PRIMARY KEY (user, address)
) STRICT, WITHOUT ROWID;
";

/// `principal` is folded, and null where the user signs in with the address.
pub(super) const NAMES: &str = "
ALTER TABLE user ADD COLUMN principal TEXT;
CREATE UNIQUE INDEX user_by_principal ON user (principal) WHERE principal IS NOT NULL;
CREATE TABLE folder_extended (
  folder INTEGER NOT NULL REFERENCES folder(id) ON DELETE CASCADE,
  property TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (folder, property)
) STRICT, WITHOUT ROWID;
";
