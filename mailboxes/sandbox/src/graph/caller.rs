//! Who asks, and what they may.

use crate::{
    error::Refusal,
    identity::{Claims, Principal},
    store::user::{Access, User},
};
use http::Method;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Caller {
    /// The holder of the admin token: everything.
    Admin,
    /// An application by itself.
    Application { id: String, object: Uuid, roles: BTreeSet<String> },
    /// An application for a user.
    User { id: String, object: Uuid, mail: String, scopes: BTreeSet<String> },
}

impl From<Claims> for Caller {
    fn from(claims: Claims) -> Self {
        match claims.principal {
            Principal::Application { roles } => {
                Self::Application { id: claims.client_id, object: claims.object_id, roles }
            }
            Principal::User { scopes, mail } => {
                Self::User { id: claims.client_id, object: claims.object_id, mail, scopes }
            }
        }
    }
}

/// What a request needs. Source: the permissions reference; any one of a list is enough.
pub(crate) const READ_SETTINGS: &[&str] = &["MailboxSettings.Read", "MailboxSettings.ReadWrite"];
/// To change settings and the master list.
pub(crate) const WRITE_SETTINGS: &[&str] = &["MailboxSettings.ReadWrite"];
/// To list mail and folders.
pub(crate) const READ_BASIC: &[&str] =
    &["Mail.ReadBasic", "Mail.ReadBasic.All", "Mail.Read", "Mail.ReadWrite"];
/// To read a message with all it has.
pub(crate) const READ_MAIL: &[&str] = &["Mail.Read", "Mail.ReadWrite"];
/// To change mail.
pub(crate) const WRITE_MAIL: &[&str] = &["Mail.ReadWrite"];
/// To send.
pub(crate) const SEND_MAIL: &[&str] = &["Mail.Send"];
/// To list events without what they say in full.
pub(crate) const READ_CALENDARS_BASIC: &[&str] =
    &["Calendars.ReadBasic", "Calendars.ReadBasic.All", "Calendars.Read", "Calendars.ReadWrite"];
/// To change events and calendars, and to answer invitations.
pub(crate) const WRITE_CALENDARS: &[&str] = &["Calendars.ReadWrite"];
/// To read To Do: of users, and of applications.
pub(crate) const READ_TASKS: &[&str] =
    &["Tasks.Read", "Tasks.ReadWrite", "Tasks.Read.All", "Tasks.ReadWrite.All"];
/// To change To Do.
pub(crate) const WRITE_TASKS: &[&str] = &["Tasks.ReadWrite", "Tasks.ReadWrite.All"];
/// To read contacts.
pub(crate) const READ_CONTACTS: &[&str] = &["Contacts.Read", "Contacts.ReadWrite"];
/// To change contacts.
pub(crate) const WRITE_CONTACTS: &[&str] = &["Contacts.ReadWrite"];
/// To read the directory.
pub(crate) const READ_USERS: &[&str] =
    &["User.ReadBasic.All", "User.Read.All", "User.ReadWrite.All", "Directory.Read.All"];
/// To read oneself.
pub(crate) const READ_SELF: &[&str] =
    &["User.Read", "User.ReadWrite", "User.ReadBasic.All", "User.Read.All", "Directory.Read.All"];

impl Caller {
    /// Whether one of `permissions` is among those of the caller.
    pub(crate) fn holds(&self, permissions: &[&str]) -> bool {
        match self {
            Self::Admin => true,
            Self::Application { roles: held, .. } | Self::User { scopes: held, .. } => {
                permissions.iter().any(|one| held.contains(*one))
            }
        }
    }

    /// Refuses who holds none of `permissions`.
    pub(crate) fn needs(&self, permissions: &[&str]) -> Result<(), Refusal> {
        if self.holds(permissions) { Ok(()) } else { Err(Refusal::access_denied()) }
    }

    /// Refuses who may not touch the mailbox of `user`: another person, or an application that
    /// the organization keeps out.
    pub(crate) fn may_open(&self, user: &User) -> Result<(), Refusal> {
        match self {
            Self::Admin => Ok(()),
            Self::User { mail, .. } if mail.eq_ignore_ascii_case(&user.mail) => Ok(()),
            Self::User { .. } => Err(Refusal::access_denied()),
            Self::Application { .. } => match user.access {
                Access::Granted => Ok(()),
                Access::Denied => Err(Refusal::access_denied()),
                Access::BlockedByPolicy => {
                    Err(Refusal::new(403, "ErrorAccessDenied", "Access to OData is disabled."))
                }
            },
        }
    }

    /// The application that asks by itself.
    pub(crate) fn application(&self) -> Option<&str> {
        match self {
            Self::Application { id, .. } => Some(id),
            Self::Admin | Self::User { .. } => None,
        }
    }

    /// The application that asks, by itself or for a user: for whom limits are counted.
    pub(crate) fn client(&self) -> Option<&str> {
        match self {
            Self::Application { id, .. } | Self::User { id, .. } => Some(id),
            Self::Admin => None,
        }
    }

    /// The directory id of who asks: the user, else the application's service principal.
    pub(crate) fn object(&self) -> Uuid {
        match self {
            Self::Application { object, .. } | Self::User { object, .. } => *object,
            Self::Admin => Uuid::nil(),
        }
    }
}

/// What a request below a mailbox needs. Source: the permissions reference.
pub(crate) fn permissions(method: &Method, below: &[&str]) -> &'static [&'static str] {
    let reads = method == Method::GET;
    match below {
        ["outlook", ..] | ["mailboxsettings", ..] | ["mailfolders", _, "messagerules", ..]
            if reads =>
        {
            READ_SETTINGS
        }
        ["outlook", ..] | ["mailboxsettings", ..] | ["mailfolders", _, "messagerules", ..] => {
            WRITE_SETTINGS
        }
        ["events" | "calendar" | "calendars" | "calendarview", ..] if reads => READ_CALENDARS_BASIC,
        ["events" | "calendar" | "calendars" | "calendarview", ..] => WRITE_CALENDARS,
        ["contacts" | "contactfolders", ..] if reads => READ_CONTACTS,
        ["contacts" | "contactfolders", ..] => WRITE_CONTACTS,
        ["translateexchangeids"] => READ_SELF,
        ["sendmail"] | [.., "send" | "reply" | "replyall" | "forward"] => SEND_MAIL,
        ["messages", _, ..] | ["mailfolders", _, "messages", _, ..]
            if reads && !matches!(below.last(), Some(&("delta" | "$count"))) =>
        {
            READ_MAIL
        }
        _ if reads => READ_BASIC,
        _ => WRITE_MAIL,
    }
}
