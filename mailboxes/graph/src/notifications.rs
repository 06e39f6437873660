//! Reads deliveries of notifications, and answers the question that comes before the first.

use crate::map::task;
use crate::wire::notifications::{self as wire, ChangeNotification};
use earmark_mailbox_port::{Happened, Notification};
use earmark_model::{Failure, FailureClass, ItemHandle, ItemKind};
use percent_encoding::percent_decode_str;

/// Units: bytes of a token that is repeated.
const TOKEN_MAX: usize = 4_096;

/// The text to answer where the server asks whether an address wants notifications: the value of
/// `validationToken` in the query of the request. `None` where the query has no usable one, and
/// the request is a delivery. To be answered at once with 200 and `text/plain`.
pub fn validation_answer(query: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    let (_, token) = pairs.find(|(name, _)| name.eq_ignore_ascii_case("validationToken"))?;
    let is_usable = !token.is_empty() && token.len() <= TOKEN_MAX;
    is_usable.then(|| token.into_owned())
}

/// The notifications of one delivery.
///
/// Errors: `Unacceptable` where the body is none, or larger than any.
pub(crate) fn read(body: &[u8]) -> Result<Vec<Notification>, Failure> {
    let read = wire::read(body).ok_or_else(|| {
        Failure::new(
            FailureClass::Unacceptable { field: "value".to_owned() },
            "MalformedNotification",
            "The body is no delivery of change notifications.",
        )
    })?;
    Ok(read.into_iter().map(notification).collect())
}

fn notification(wire: ChangeNotification) -> Notification {
    let happened = match wire.lifecycle_event.as_deref().map(str::to_ascii_lowercase).as_deref() {
        Some("missed") => Happened::Missed,
        Some("subscriptionremoved") => Happened::SubscriptionRemoved,
        Some("reauthorizationrequired") => Happened::RenewalRequired,
        Some(_) => Happened::Something,
        None => item(&wire)
            .map_or(Happened::Something, |(kind, handle)| Happened::Changed { kind, handle }),
    };
    Notification { subscription: wire.subscription_id, client_state: wire.client_state, happened }
}

/// The item that a notification is about, where it says enough: a task without its list has no
/// handle.
fn item(wire: &ChangeNotification) -> Option<(ItemKind, ItemHandle)> {
    let path = path(wire.resource.as_deref().unwrap_or_default());
    let after = |name: &str| {
        let at = path.iter().rposition(|part| part.eq_ignore_ascii_case(name))?;
        path.get(at + 1).cloned()
    };
    let id = |name: &str| wire.id.clone().or_else(|| after(name));
    Some(match kind(wire.odata_type.as_deref(), &path)? {
        ItemKind::Appointment => (ItemKind::Appointment, ItemHandle(id("events")?)),
        ItemKind::Task => (ItemKind::Task, task::handle(&after("lists")?, &id("tasks")?)),
        kind => (kind, ItemHandle(id("messages")?)),
    })
}

/// The kind by the type of the item, else by its place.
fn kind(odata_type: Option<&str>, path: &[String]) -> Option<ItemKind> {
    let of_type = odata_type.and_then(|full| full.rsplit('.').next()).map(str::to_ascii_lowercase);
    match of_type.as_deref() {
        Some("event") => return Some(ItemKind::Appointment),
        Some("todotask") => return Some(ItemKind::Task),
        Some(name) if name == "message" || name.starts_with("eventmessage") => {
            return Some(ItemKind::Email);
        }
        _ => {}
    }
    path.iter().rev().find_map(|part| match part.to_ascii_lowercase().as_str() {
        "messages" => Some(ItemKind::Email),
        "events" => Some(ItemKind::Appointment),
        "tasks" => Some(ItemKind::Task),
        _ => None,
    })
}

/// The segments of a resource, decoded. `Messages('id')` is two of them, as `Messages/id` is.
fn path(resource: &str) -> Vec<String> {
    let decoded = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
    let mut path = Vec::new();
    for part in resource.split('/').filter(|part| !part.is_empty()) {
        match part.strip_suffix("')").and_then(|part| part.split_once("('")) {
            Some((name, key)) => path.extend([decoded(name), decoded(key)]),
            None => path.push(decoded(part)),
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn happened(json: &str) -> Happened {
        let body = format!(r#"{{"value":[{json}]}}"#);
        let mut read = read(body.as_bytes()).expect(json);
        assert_eq!(read.len(), 1);
        let read = read.remove(0);
        assert_eq!(read.subscription, "s1");
        read.happened
    }

    fn changed(kind: ItemKind, handle: &str) -> Happened {
        Happened::Changed { kind, handle: ItemHandle::from(handle) }
    }

    #[test]
    fn an_item_is_named_as_a_sweep_names_it() {
        let cases = [
            (
                r##"{"subscriptionId":"s1","changeType":"updated","resource":"Users/u1/Messages/AAk1=","resourceData":{"@odata.type":"#Microsoft.Graph.Message","@odata.etag":"W/\"1\"","id":"AAk1="}}"##,
                changed(ItemKind::Email, "AAk1="),
            ),
            (
                r##"{"subscriptionId":"s1","resource":"users/u1@t1/messages('AAk%2B1')","resourceData":{}}"##,
                changed(ItemKind::Email, "AAk+1"),
            ),
            (
                r##"{"subscriptionId":"s1","resourceData":{"id":"m","@odata.type":"#microsoft.graph.eventMessageRequest"}}"##,
                changed(ItemKind::Email, "m"),
            ),
            (
                r##"{"SubscriptionId":"s1","Resource":"Users/u1/Events/AAkE=","ResourceData":{"@odata.type":"#Microsoft.Graph.Event","Id":"AAkE="}}"##,
                changed(ItemKind::Appointment, "AAkE="),
            ),
            (
                r##"{"subscriptionId":"s1","resource":"Users/u1/todo/lists/L1=/tasks/T1=","resourceData":{"@odata.type":"#Microsoft.Graph.TodoTask","id":"T1="}}"##,
                changed(ItemKind::Task, "L1=|T1="),
            ),
            (
                r##"{"subscriptionId":"s1","resource":"users('u1')/todo/lists('L1')/tasks('T1')"}"##,
                changed(ItemKind::Task, "L1|T1"),
            ),
        ];
        for (json, wanted) in cases {
            assert_eq!(happened(json), wanted, "{json}");
        }
    }

    #[test]
    fn what_says_too_little_is_something() {
        for json in [
            r##"{"subscriptionId":"s1","resource":"todob2/graph/v1/users(u1)/tasks","resourceData":{"id":"T1","@odata.type":"#microsoft.graph.todoTask"}}"##,
            r##"{"subscriptionId":"s1","resource":"users/u1/messages"}"##,
            r##"{"subscriptionId":"s1","resource":"users/u1/contacts/C1","resourceData":{"id":"C1"}}"##,
            r##"{"subscriptionId":"s1","resourceData":null,"encryptedContent":{"data":"x"}}"##,
            r##"{"subscriptionId":"s1","lifecycleEvent":"somethingNew"}"##,
        ] {
            assert_eq!(happened(json), Happened::Something, "{json}");
        }
    }

    #[test]
    fn the_fate_of_a_subscription_is_read_in_any_case() {
        for (word, wanted) in [
            ("missed", Happened::Missed),
            ("subscriptionRemoved", Happened::SubscriptionRemoved),
            ("SubscriptionRemoved", Happened::SubscriptionRemoved),
            ("reauthorizationRequired", Happened::RenewalRequired),
        ] {
            let json = format!(r#"{{"lifecycleEvent":"{word}","subscriptionId":"s1"}}"#);
            assert_eq!(happened(&json), wanted, "{word}");
        }
    }

    #[test]
    fn a_secret_is_passed_on_and_a_stranger_has_none() {
        let body = br#"{"value":[{"subscriptionId":"a","clientState":"k1"},{"subscriptionId":"b"}],"validationTokens":["x"]}"#;
        let read = read(body).expect("delivery");
        let states: Vec<_> = read.iter().map(|one| one.client_state.as_deref()).collect();
        assert_eq!(states, [Some("k1"), None]);
        assert_eq!(super::read(br#"{"value":[]}"#), Ok(Vec::new()));
    }

    #[test]
    fn nonsense_is_refused() {
        let long = format!(r#"{{"value":[],"x":"{}"}}"#, "x".repeat(5 * 1024 * 1024));
        for body in [
            "",
            "null",
            "[]",
            "{}",
            "<html>",
            r#"{"value":{}}"#,
            r#"{"value":[null]}"#,
            r#"{"value":[{}]}"#,
            r#"{"value":[{"subscriptionId":7}]}"#,
            &long,
        ] {
            let failure = read(body.as_bytes()).expect_err(body.get(..20).unwrap_or(body));
            assert!(matches!(failure.class, FailureClass::Unacceptable { .. }));
        }
    }

    #[test]
    fn the_question_before_the_first_delivery_is_answered_with_its_token() {
        let answer = validation_answer("a=1&validationToken=Validation%3a+Testing+Id%3A%20%3Cb%3E");
        assert_eq!(answer.as_deref(), Some("Validation: Testing Id: <b>"));
        assert_eq!(validation_answer("validationtoken=x").as_deref(), Some("x"));
        let long = format!("validationToken={}", "x".repeat(5_000));
        for query in ["", "a=1", "validationToken=", &long] {
            assert_eq!(validation_answer(query), None);
        }
    }
}
