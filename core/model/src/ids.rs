//! Identifiers. Each is a type of its own, so that one cannot be passed for another.

use std::fmt;
use uuid::Uuid;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub String);

        impl $name {
            /// The id as text, exactly as the server gave it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

uuid_id!(
    /// The CRM organization that a link belongs to (its `organizationid`).
    OrganizationId
);
uuid_id!(
    /// A synchronized mailbox, named by the CRM's mailbox row.
    MailboxId
);
uuid_id!(
    /// An email server profile: how a set of mailboxes is reached.
    ProfileId
);
uuid_id!(
    /// A CRM activity record.
    ActivityId
);
uuid_id!(
    /// A CRM user, team or queue.
    PrincipalId
);
text_id!(
    /// An item inside one mailbox: opaque, stable across folder moves of that mailbox.
    ItemHandle
);
text_id!(
    /// The state of an item as its server versions it: opaque, compared for equality only.
    Version
);
text_id!(
    /// The id of a master category entry; it survives renames and dies with deletion.
    CategoryId
);

/// The primary SMTP address that a mailbox is reached by, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MailboxAddress(String);

impl MailboxAddress {
    /// Folds `address` to lower case without surrounding space.
    pub fn new(address: &str) -> Self {
        Self(address.trim().to_lowercase())
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MailboxAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a link is about: one item in one mailbox of one organization.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkKey {
    /// The organization; part of every key.
    pub organization: OrganizationId,
    /// The mailbox that holds the item.
    pub mailbox: MailboxId,
    /// The item.
    pub handle: ItemHandle,
}
