//! I6: what the service writes to the mailbox server is what it must and nothing else.
//!
//! Allowed are the categories of an item under the version that was read, an entry of the list of
//! categories, subscriptions, what links a task to its record, the stamp on the Inbox, and questions
//! that are asked by `POST`.

use super::{
    Checker, Truth,
    names::is_undeliverable,
    truth::{GIVEN, table_of},
};
use crate::sim::log::{By, Entry, Happening, Org};
use anyhow::{Context, Result, bail, ensure};
use earmark_embedded::{Row, Value};
use serde_json::Value as Json;
use std::collections::BTreeSet;
use uuid::Uuid;

/// How the id of the stamp ends.
const STAMP: &str = " Name EarmarkOrganization";

/// Members of a meeting or a task that say when it is.
const TIMES: [&str; 5] = ["isAllDay", "start", "end", "recurrence", "dueDateTime"];

#[derive(Default)]
pub(super) struct WriteSurface {
    count: u64,
    /// What CRM users wrote into subjects and places of records.
    texts: BTreeSet<(Org, String)>,
    /// Whose CRM users changed when something takes place.
    times: BTreeSet<Org>,
}

impl WriteSurface {
    /// What a CRM user gave a record may be given to its item.
    fn given(&mut self, organization: Org, before: &Row, after: &Row) {
        for column in GIVEN.iter().filter(|column| before.get(**column) != after.get(**column)) {
            match after.get(*column) {
                Some(Value::Text(text)) => drop(self.texts.insert((organization, text.clone()))),
                _ => drop(self.times.insert(organization)),
            }
        }
    }

    /// Each field is one that a CRM user gave the record.
    fn is_given(&self, organization: Org, body: &Json) -> Result<()> {
        for (member, value) in body.as_object().into_iter().flatten() {
            let text = match member.as_str() {
                "location" => value["displayName"].as_str(),
                _ => value.as_str(),
            };
            let is_text = matches!(member.as_str(), "subject" | "title" | "location");
            let text = (organization, text.unwrap_or_default().to_owned());
            ensure!(!is_text || self.texts.contains(&text), "nobody gave {member} {value}");
            let is_time = TIMES.contains(&member.as_str());
            ensure!(!is_time || self.times.contains(&organization), "nobody gave {member} {value}");
        }
        Ok(())
    }
}

impl Checker for WriteSurface {
    fn name(&self) -> &'static str {
        "I6"
    }

    fn on(&mut self, entry: &Entry, truth: &Truth) -> Result<()> {
        if let Happening::Record {
            organization, by, before: Some(before), after: Some(after), ..
        } = &entry.what
            && !matches!(by, By::Service { .. })
            && table_of(after) != "email"
        {
            self.given(*organization, before, after);
        }
        let Happening::Request { number, method, path, body, if_match, .. } = &entry.what else {
            return Ok(());
        };
        if method == "GET" {
            return Ok(());
        }
        self.count += 1;
        let Some(sent) = truth.sent.get(number) else { return Ok(()) };
        if sent.is_login {
            return Ok(());
        }
        let rest: Vec<&str> = sent.rest.iter().map(String::as_str).collect();
        let members = allowed(method, &rest).with_context(|| format!("{method} {path}"))?;
        if rest.last() == Some(&"$batch") {
            ensure!(sent.is_read, "a batch writes: {}", String::from_utf8_lossy(body));
            return Ok(());
        }
        let value: Json = serde_json::from_slice(body).unwrap_or_default();
        if says_again(&rest, &value) && sent.users.iter().any(|user| truth.was_restored(user)) {
            ensure!(if_match.is_some(), "{path} is written whatever its version is");
            return Ok(());
        }
        for (member, _) in value.as_object().into_iter().flatten() {
            ensure!(members.contains(&member.as_str()), "{method} {path} sets {member}");
        }
        if members.contains(&"externalId") {
            let record = value["externalId"].as_str().unwrap_or_default();
            let is_record = record.parse::<uuid::Uuid>().is_ok();
            ensure!(is_record, "{path}: a task is linked to `{record}`");
        }
        if members.first() == Some(&"categories") {
            let written = value.as_object().map_or(0, serde_json::Map::len);
            if value.get("categories").is_some() {
                ensure!(written == 1, "{path}: categories and fields are written in one");
                ensure!(value["categories"].is_array(), "{path}: no list of categories");
            } else {
                ensure!(members.len() > 1, "{path}: no list of categories");
                for home in sent.users.iter().filter_map(|user| truth.homes.get(user)) {
                    self.is_given(home.0, &value).with_context(|| path.clone())?;
                }
            }
            ensure!(if_match.is_some(), "{path} is written whatever its version is");
        }
        if let Some(properties) = value["singleValueExtendedProperties"].as_array() {
            let is_stamp = |one: &Json| {
                let is_named = one["id"].as_str().is_some_and(|id| id.ends_with(STAMP));
                is_named && one["value"].as_str().is_some_and(|id| Uuid::parse_str(id).is_ok())
            };
            ensure!(matches!(&properties[..], [one] if is_stamp(one)), "{path}: no stamp");
        }
        if rest.last() == Some(&"masterCategories") {
            let name = value["displayName"].as_str().unwrap_or_default();
            let user = sent.users.first().map_or("", String::as_str);
            let is_ours = truth.names.get(user).is_some_and(|names| names.is_ours(name));
            ensure!(is_ours || is_undeliverable(name), "{user}: an entry called {name}");
        }
        Ok(())
    }

    fn occasions(&self) -> u64 {
        self.count
    }
}

/// Fields of a meeting or a task without its categories. A record that says again what it said
/// before the CRM was restored, and was changed since, is taken for one that was changed to that.
fn says_again(rest: &[&str], value: &Json) -> bool {
    let follows = matches!(rest, ["events", _] | ["todo", "lists", _, "tasks", _]);
    follows && value.get("categories").is_none()
}

/// The members that the body of a request may have.
fn allowed(method: &str, rest: &[&str]) -> Result<&'static [&'static str]> {
    const SUBSCRIPTION: &[&str] = &[
        "changeType",
        "resource",
        "notificationUrl",
        "lifecycleNotificationUrl",
        "clientState",
        "expirationDateTime",
    ];
    Ok(match (method, rest) {
        ("POST", ["$batch"]) => &["requests"],
        ("POST", ["translateExchangeIds"]) => &["inputIds", "sourceIdType", "targetIdType"],
        ("PATCH", ["messages", _]) => &["categories"],
        // What CRM users complete, cancel or open again shows in the mailbox, and what else they change.
        ("PATCH", ["events", _]) => &[
            "categories",
            "showAs",
            "subject",
            "location",
            "isAllDay",
            "start",
            "end",
            "recurrence",
        ],
        ("PATCH", ["mailFolders", "inbox"]) => &["singleValueExtendedProperties"],
        ("PATCH", ["todo", "lists", _, "tasks", _]) => {
            &["categories", "status", "title", "dueDateTime"]
        }
        ("POST", ["todo", "lists", _, "tasks", _, "linkedResources"]) => {
            &["applicationName", "displayName", "externalId"]
        }
        ("PATCH", ["todo", "lists", _, "tasks", _, "linkedResources", _]) => &["externalId"],
        ("POST", ["outlook", "masterCategories"]) => &["displayName", "color"],
        ("DELETE", ["outlook", "masterCategories", _] | ["subscriptions", _]) => &[],
        ("POST", ["subscriptions"]) => SUBSCRIPTION,
        ("PATCH", ["subscriptions", _]) => &["expirationDateTime"],
        _ => bail!("nothing of the kind may be written"),
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample::Tale;
    use super::*;

    const MESSAGE: &str = "/users/anna%40fabrikam.test/messages/1";

    #[test]
    fn categories_may_be_written_and_nothing_else() {
        let mut tale = Tale::to(WriteSurface::default());
        tale.request("PATCH", MESSAGE, r#"{"categories":["Red"]}"#).expect("categories");
        let body = r#"{"categories":[],"subject":"x"}"#;
        assert!(tale.request("PATCH", MESSAGE, body).is_err());
        assert!(tale.request("POST", &format!("{MESSAGE}/move"), "{}").is_err());
    }

    #[test]
    fn the_inbox_is_stamped_and_nothing_else_of_it_is_written() {
        let mut tale = Tale::to(WriteSurface::default());
        let inbox = "/users/anna%40fabrikam.test/mailFolders/inbox";
        let stamp = |name: &str, value: &str| {
            let id = format!("String {{7d0b4f0e-51c6-4c0b-9f5b-3e0a5d8c2b61}} Name {name}");
            format!(r#"{{"singleValueExtendedProperties":[{{"id":"{id}","value":"{value}"}}]}}"#)
        };
        let organization = "2f6c1e0a-0000-4000-8000-00000000000a";
        tale.request("PATCH", inbox, &stamp("EarmarkOrganization", organization)).expect("a stamp");
        assert!(tale.request("PATCH", inbox, &stamp("Color", organization)).is_err());
        assert!(tale.request("PATCH", inbox, &stamp("EarmarkOrganization", "x")).is_err());
        assert!(tale.request("PATCH", inbox, r#"{"displayName":"Mine"}"#).is_err());
        let other = inbox.replace("inbox", "archive");
        assert!(
            tale.request("PATCH", &other, &stamp("EarmarkOrganization", organization)).is_err()
        );
    }

    #[test]
    fn an_event_or_a_task_takes_categories_and_the_record_that_a_task_carries() {
        let mut tale = Tale::to(WriteSurface::default());
        let event = "/users/anna%40fabrikam.test/events/1";
        let task = "/users/anna%40fabrikam.test/todo/lists/L/tasks/T";
        for path in [event, task] {
            tale.request("PATCH", path, r#"{"categories":["Red"]}"#).expect("categories");
            let body = r#"{"categories":["Red"],"subject":"x"}"#;
            assert!(tale.request("PATCH", path, body).is_err());
            assert!(tale.request("POST", &format!("{path}/cancel"), "{}").is_err());
        }
        let linked = format!("{task}/linkedResources");
        let carries = |id: &str| format!(r#"{{"applicationName":"x","externalId":"{id}"}}"#);
        let record = "11111111-1111-4111-8111-111111111111";
        tale.request("POST", &linked, &carries(record)).expect("its record");
        assert!(tale.request("POST", &linked, &carries("Offer")).is_err());
    }

    #[test]
    fn a_batch_reads() {
        let mut tale = Tale::to(WriteSurface::default());
        let batch =
            |method: &str| format!(r#"{{"requests":[{{"method":"{method}","url":"/a"}}]}}"#);
        tale.request("POST", "/$batch", &batch("GET")).expect("it reads");
        assert!(tale.request("POST", "/$batch", &batch("PATCH")).is_err());
    }

    #[test]
    fn a_write_names_the_version_that_it_is_based_on() {
        let mut tale = Tale::to(WriteSurface::default());
        let number = tale.number();
        let what = Happening::Request {
            number,
            organization: 0,
            worker: 0,
            method: "PATCH".to_owned(),
            path: format!("/graph/v1.0{MESSAGE}"),
            client: None,
            if_match: None,
            body: br#"{"categories":[]}"#.to_vec(),
        };
        assert!(tale.tell(what).is_err());
    }

    #[test]
    fn only_its_own_entries_are_made() {
        let mut tale = Tale::to(WriteSurface::default());
        let path = "/users/anna%40fabrikam.test/outlook/masterCategories";
        let entry = |name: &str| format!(r#"{{"displayName":"{name}","color":"none"}}"#);
        tale.request("POST", path, &entry("Tracked to Dynamics 365")).expect("its own");
        assert!(tale.request("POST", path, &entry("Red")).is_err());
    }
}
