//! Puts the sample organization into a fresh demo.

use super::{
    calendar,
    mail::{MAIL, SampleMail, rfc5322},
    people::{ACCOUNTS, COLLEAGUES, CONTACTS, contact_mail},
    records::{CASES, LEADS, OPPORTUNITIES},
};
use crate::{api::problem::Problem, commands::mailbox::encoded, demo::mail_access::MailAccess};
use axum::http::Method;
use earmark_embedded::{Caller, EmbeddedCrm, Request, Response, Row, Value};
use earmark_model::Instant;
use earmark_sandbox::Sandbox;
use serde_json::json;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use uuid::Uuid;

/// Makes people, records, mail and appointments. Repeatable: no, it makes them again.
pub async fn load(
    sandbox: &Sandbox,
    mail: &MailAccess,
    crm: &Arc<EmbeddedCrm>,
    now: Instant,
) -> Result<(), Problem> {
    records(crm).await?;
    for colleague in COLLEAGUES {
        let kind = if colleague.is_queue { "shared" } else { "user" };
        let body = json!({
            "mail": colleague.mail, "displayName": colleague.name, "kind": kind, "systemUser": true,
        });
        let body = body.to_string().into_bytes();
        mail.call(Method::POST, "/sandbox/v1/users", "application/json", body).await?;
    }
    import(mail, now).await?;
    calendar::load(sandbox, now).await
}

/// Every mailbox gets its copies in one import: with a transport header what it received, without
/// one what it sent.
async fn import(mail: &MailAccess, now: Instant) -> Result<(), Problem> {
    let messages = messages(now);
    for colleague in COLLEAGUES {
        let mut mbox = String::new();
        for message in &messages {
            let sent = message.mail.from == colleague.mail;
            let received = [message.mail.to, message.mail.cc].concat().contains(&colleague.mail);
            let transport = format!(
                "Received: from mail.example by mail.lindengrove.example; {}\r\n",
                message.date
            );
            let copies = [sent.then_some(""), received.then_some(transport.as_str())];
            for transport in copies.into_iter().flatten() {
                mbox.push_str("From sample Thu Jan  1 00:00:00 1970\r\n");
                mbox.push_str(transport);
                mbox.push_str(&message.text);
                mbox.push_str("\r\n");
            }
        }
        let path = format!("/sandbox/v1/users/{}/import", encoded(colleague.mail));
        mail.call(Method::POST, &path, "application/mbox", mbox.into_bytes()).await?;
    }
    Ok(())
}

struct Message {
    mail: SampleMail,
    date: String,
    text: String,
}

/// The messages with their dates and threads, oldest first.
fn messages(now: Instant) -> Vec<Message> {
    let mut threads: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut messages = Vec::new();
    for (number, mail) in MAIL.into_iter().enumerate() {
        let at = now.minus(Duration::from_secs(u64::from(mail.hours_ago) * 3600));
        let subject = mail.subject.strip_prefix("Re: ").unwrap_or(mail.subject);
        let thread = threads.entry(subject).or_default();
        let domain = mail.from.rsplit('@').next().unwrap_or("lindengrove.example");
        let id = format!("sample-{number}-{}@{domain}", at.as_millis());
        let date = header_date(at);
        let text = rfc5322(&mail, &id, thread, &date);
        thread.push(id);
        messages.push(Message { mail, date, text });
    }
    messages
}

fn header_date(at: Instant) -> String {
    let timestamp = jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or_default();
    timestamp.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

async fn records(crm: &Arc<EmbeddedCrm>) -> Result<(), Problem> {
    let caller = crm.administrator();
    let mut accounts = Vec::new();
    for (name, number, city, domain) in ACCOUNTS {
        let row = row(&[
            ("name", text(name)),
            ("accountnumber", text(number)),
            ("address1_city", text(city)),
            ("emailaddress1", text(&format!("info@{domain}"))),
        ]);
        accounts.push(create(crm, &caller, "account", row).await?);
    }
    for (index, (first, last, job, account)) in CONTACTS.into_iter().enumerate() {
        let row = row(&[
            ("firstname", text(first)),
            ("lastname", text(last)),
            ("jobtitle", text(job)),
            ("emailaddress1", text(&contact_mail(index))),
            ("parentcustomerid", Value::lookup("account", accounts[account])),
        ]);
        create(crm, &caller, "contact", row).await?;
    }
    for (name, account, revenue) in OPPORTUNITIES {
        let row = row(&[
            ("name", text(name)),
            ("customerid", Value::lookup("account", accounts[account])),
            ("estimatedvalue", Value::Decimal(f64::from(revenue))),
        ]);
        create(crm, &caller, "opportunity", row).await?;
    }
    for (first, last, company, subject, address) in LEADS {
        let row = row(&[
            ("firstname", text(first)),
            ("lastname", text(last)),
            ("companyname", text(company)),
            ("subject", text(subject)),
            ("emailaddress1", text(address)),
        ]);
        create(crm, &caller, "lead", row).await?;
    }
    for (title, account) in CASES {
        let row = row(&[
            ("title", text(title)),
            ("customerid", Value::lookup("account", accounts[account])),
        ]);
        create(crm, &caller, "incident", row).await?;
    }
    Ok(())
}

async fn create(
    crm: &Arc<EmbeddedCrm>,
    caller: &Caller,
    table: &str,
    row: Row,
) -> Result<Uuid, Problem> {
    let request = Request::Create { table: table.to_owned(), row, children: Vec::new() };
    match crm.execute(request, caller).await? {
        Response::Created { id, .. } => Ok(id),
        _ => Ok(Uuid::nil()),
    }
}

fn row(columns: &[(&str, Value)]) -> Row {
    columns.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

fn text(text: &str) -> Value {
    Value::text(text)
}
