//! Who may read or change somebody else's mail, in the sandbox's file.

/// `address` is folded; `role` is `reviewer` or `editor`, of all folders.
pub(super) const SHARING: &str = "
CREATE TABLE mail_permission (
  user INTEGER NOT NULL REFERENCES user(id) ON DELETE CASCADE,
  address TEXT NOT NULL,
  role TEXT NOT NULL,
  PRIMARY KEY (user, address)
) STRICT, WITHOUT ROWID;
";
