//! Requests of the service to the mailbox server, taken apart once.

use crate::sim::log::{Happening, Org};
use earmark_model::Instant;
use serde_json::Value;

/// One request, as far as checkers ask about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// When it was sent.
    pub at: Instant,
    /// Whose service sent it.
    pub organization: Org,
    /// Which worker.
    pub worker: usize,
    /// The method.
    pub method: String,
    /// The mailboxes that it is about; more than one only in a batch.
    pub users: Vec<String>,
    /// What is below the mailbox, or below the root, without the query.
    pub rest: Vec<String>,
    /// Units: requests of which it consists.
    pub parts: usize,
    /// The body names categories.
    pub has_categories: bool,
    /// Every part is a read.
    pub is_read: bool,
    /// It is to the place where tokens are given out.
    pub is_login: bool,
    /// The status, once answered; `Some(None)` without answer.
    pub answer: Option<Option<u16>>,
}

impl Sent {
    /// Takes a request apart; `None` for any other happening.
    pub fn of(at: Instant, what: &Happening) -> Option<Self> {
        let Happening::Request { organization, worker, method, path, body, .. } = what else {
            return None;
        };
        let (user, rest) = place(path);
        let mut sent = Self {
            at,
            organization: *organization,
            worker: *worker,
            method: method.clone(),
            users: user.into_iter().collect(),
            rest,
            parts: 1,
            has_categories: names_categories(body),
            is_read: method == "GET",
            is_login: path.starts_with("/login"),
            answer: None,
        };
        if sent.rest.last().is_some_and(|part| part == "$batch") {
            sent.batch(body);
        }
        Some(sent)
    }

    fn batch(&mut self, body: &[u8]) {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let parts = body["requests"].as_array().map_or(&[][..], Vec::as_slice);
        self.parts = parts.len();
        self.is_read = parts.iter().all(|part| part["method"] == "GET");
        for part in parts {
            let (user, _) = place(part["url"].as_str().unwrap_or_default());
            self.users.extend(user.filter(|user| !self.users.contains(user)));
        }
    }

    /// The item that it is about: whose, and the id under which the service knows it.
    pub fn item(&self) -> Option<(&str, String)> {
        let [user] = self.users.as_slice() else { return None };
        let rest: Vec<&str> = self.rest.iter().map(String::as_str).collect();
        match rest.as_slice() {
            ["messages" | "events", id, ..] => Some((user, (*id).to_owned())),
            ["todo", "lists", list, "tasks", task, ..] => Some((user, format!("{list}|{task}"))),
            _ => None,
        }
    }

    /// It writes to an item.
    pub fn writes_item(&self) -> bool {
        !self.is_read && self.item().is_some()
    }

    /// It writes categories of an item.
    pub fn writes_categories(&self) -> bool {
        self.writes_item() && self.has_categories
    }
}

fn names_categories(body: &[u8]) -> bool {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    body.get("categories").is_some()
}

/// The mailbox of an address, and what is below it.
pub fn place(path: &str) -> (Option<String>, Vec<String>) {
    let path = path.split('?').next().unwrap_or(path);
    let decoded =
        |part: &str| percent_encoding::percent_decode_str(part).decode_utf8_lossy().into_owned();
    let mut parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    if parts.first() == Some(&"graph") {
        parts.drain(..2.min(parts.len()));
    }
    match parts.as_slice() {
        [users, user, rest @ ..] if users.eq_ignore_ascii_case("users") => {
            (Some(decoded(user).to_lowercase()), rest.iter().map(|part| decoded(part)).collect())
        }
        rest => (None, rest.iter().map(|part| decoded(part)).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_apart() {
        let (user, rest) = place("/graph/v1.0/users/Anna%40a.test/messages/AA%3D?$select=id");
        assert_eq!(user.as_deref(), Some("anna@a.test"));
        assert_eq!(rest, ["messages", "AA="]);
        assert_eq!(place("/graph/v1.0/subscriptions").1, ["subscriptions"]);
    }

    #[test]
    fn items_of_all_kinds_are_known() {
        let sent = |method: &str, path: &str, body: &str| {
            let what = Happening::Request {
                number: 1,
                organization: 0,
                worker: 0,
                method: method.to_owned(),
                path: format!("/graph/v1.0/users/anna%40a.test/{path}"),
                client: None,
                if_match: None,
                body: body.as_bytes().to_vec(),
            };
            Sent::of(Instant::from_millis(0), &what).expect("a request")
        };
        let event = sent("PATCH", "events/AA%3D", r#"{"categories":[]}"#);
        assert_eq!(event.item(), Some(("anna@a.test", "AA=".to_owned())));
        assert!(event.writes_categories());
        let shows = sent("PATCH", "events/AA%3D", r#"{"showAs":"free"}"#);
        assert!(shows.writes_item() && !shows.writes_categories());
        let task = sent("POST", "todo/lists/L/tasks/T/linkedResources", "{}");
        assert_eq!(task.item(), Some(("anna@a.test", "L|T".to_owned())));
        assert!(task.writes_item() && !task.writes_categories());
        assert!(!sent("GET", "events/AA%3D", "").writes_item());
    }
}
