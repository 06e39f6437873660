//! What the own API does with mailboxes in the CRM: make, approve, reject, test, enable, disable,
//! and whose mail is accepted.

use crate::{api::problem::Problem, service::state::Organization};
use axum::http::StatusCode;
use earmark_crm_port::organization::{MailboxOwner, MailboxRow};
use earmark_embedded::{
    IfMatch, Key, Request, Row, Value,
    provision::{DEFAULT_ROLE, NewQueue, NewUser},
};
use earmark_tracking::enabling::TestCause;
use serde::Deserialize;

/// Values of the mailbox row's choices.
const APPROVED: i64 = 1;
const REJECTED: i64 = 3;
const SERVER_SIDE: i64 = 2;
const ACTIVE: i64 = 0;

/// A mailbox to be.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewMailbox {
    /// Its address.
    pub address: String,
    /// The name of the person or queue; the address where it is absent.
    #[serde(default)]
    pub display_name: Option<String>,
    /// Whose it is.
    #[serde(default)]
    pub kind: Kind,
}

/// Whose mailbox it is.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A person's.
    #[default]
    User,
    /// A queue's.
    Queue,
}

/// Makes the user or queue with its mailbox row. Repeatable: yes.
pub async fn add(organization: &Organization, wanted: &NewMailbox) -> Result<(), Problem> {
    let mail = wanted.address.trim().to_owned();
    let has_domain = mail.split_once('@').is_some_and(|(name, domain)| {
        !name.is_empty() && domain.contains(|c: char| c.is_alphanumeric()) && !domain.contains('@')
    });
    if !has_domain || mail.len() > 100 || mail.contains(char::is_whitespace) {
        return Err(Problem::unusable("address", "`address` is not an email address")
            .hint("Write for example anna@contoso.example, at most 100 characters"));
    }
    let name = wanted.display_name.clone().unwrap_or_else(|| mail.clone());
    match wanted.kind {
        Kind::User => {
            let user = NewUser {
                mail,
                display_name: name,
                directory_id: None,
                role: Some(DEFAULT_ROLE.to_owned()),
                enabled: false,
            };
            organization.crm.provision_user(user).await?;
        }
        Kind::Queue => {
            let queue = NewQueue { mail, name, owner: None, enabled: false };
            organization.crm.provision_queue(queue).await?;
        }
    }
    Ok(())
}

/// Approves the address. Repeatable: yes.
pub async fn approve(organization: &Organization, mailbox: &MailboxRow) -> Result<(), Problem> {
    let columns = [("emailrouteraccessapproval", Value::Int(APPROVED))];
    change(organization, mailbox, &columns).await
}

/// Rejects the address: the mailbox is not served any more. Repeatable: yes.
pub async fn reject(organization: &Organization, mailbox: &MailboxRow) -> Result<(), Problem> {
    let columns = [("emailrouteraccessapproval", Value::Int(REJECTED))];
    change(organization, mailbox, &columns).await
}

/// Asks for a test, and for the take-over of the mailbox where that is so. Repeatable: yes.
pub async fn ask_for_test(
    organization: &Organization,
    mailbox: &MailboxRow,
    takes_over: bool,
) -> Result<(), Problem> {
    let columns = [
        ("testemailconfigurationscheduled", Value::Bool(true)),
        ("orgmarkedasprimaryforexchangesync", Value::Bool(takes_over)),
    ];
    change(organization, mailbox, &columns).await
}

/// Approves, tests and serves the mailbox. Repeatable: yes.
pub async fn enable(organization: &Organization, mailbox: &MailboxRow) -> Result<(), Problem> {
    approve(organization, mailbox).await?;
    let columns = [
        ("incomingemaildeliverymethod", Value::Int(SERVER_SIDE)),
        ("statecode", Value::Int(ACTIVE)),
    ];
    change(organization, mailbox, &columns).await?;
    ask_for_test(organization, mailbox, false).await?;
    let row = organization.test_now(mailbox.id).await?;
    if row.is_enabled && row.test.is_none() {
        return Ok(());
    }
    let cause = match row.test {
        Some(_) => Some(TestCause::ServerUnavailable),
        None => {
            let memory = organization.store.mailbox(organization.id, mailbox.id).await?;
            TestCause::from_code(&memory.test.incoming)
        }
    };
    Err(not_served(&row, cause))
}

/// Why a mailbox is not served although somebody wants it so.
fn not_served(row: &MailboxRow, cause: Option<TestCause>) -> Problem {
    let Some(cause) = cause else {
        let why = row.disabled_because.clone().unwrap_or_default();
        return Problem::new(StatusCode::CONFLICT, "not_enabled", why);
    };
    // The words of failures that are known elsewhere as well.
    let (status, code) = match cause {
        TestCause::ServerUnavailable => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
        TestCause::SignedOut => (StatusCode::SERVICE_UNAVAILABLE, "unauthenticated"),
        TestCause::AccessRefused | TestCause::MailboxMissing => {
            (StatusCode::CONFLICT, "scope_unreadable")
        }
        other => (StatusCode::CONFLICT, other.code()),
    };
    Problem::new(status, code, cause.text()).hint(cause.remedy())
}

/// Stops serving the mailbox; what is tracked stays. Repeatable: yes.
pub async fn disable(organization: &Organization, mailbox: &MailboxRow) -> Result<(), Problem> {
    let columns =
        [("enabledforincomingemail", Value::Bool(false)), ("enabledforact", Value::Bool(false))];
    change(organization, mailbox, &columns).await
}

/// Lets the filter of the mailbox's user or queue be `method`. Repeatable: yes.
pub async fn filter(
    organization: &Organization,
    mailbox: &MailboxRow,
    method: i64,
) -> Result<(), Problem> {
    let (table, id) = match mailbox.owner {
        MailboxOwner::User(user) => ("usersettings", user),
        MailboxOwner::Queue { queue, .. } => ("queue", queue),
    };
    let request = Request::Update {
        table: table.to_owned(),
        key: Key::Id(id.0),
        row: Row::from([("incomingemailfilteringmethod".to_owned(), Value::Int(method))]),
        children: None,
        if_match: IfMatch::Any,
    };
    organization.crm.execute(request, &organization.crm.administrator()).await?;
    Ok(())
}

async fn change(
    organization: &Organization,
    mailbox: &MailboxRow,
    columns: &[(&str, Value)],
) -> Result<(), Problem> {
    let row: Row =
        columns.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let crm = &organization.crm;
    let request = Request::Update {
        table: "mailbox".to_owned(),
        key: Key::Id(mailbox.id.0),
        row,
        children: None,
        if_match: IfMatch::Any,
    };
    crm.execute(request, &crm.administrator()).await?;
    Ok(())
}
