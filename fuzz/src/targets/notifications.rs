//! Deliveries of change notifications, from anybody.

use super::{text, world};
use crate::target::{Target, shape};
use earmark_graph::validation_answer;
use earmark_mailbox_port::{Happened, MailboxServer};
use earmark_model::FailureClass;

/// The body of a delivery, change or lifecycle.
pub const NOTIFICATIONS: Target = Target {
    name: "notifications",
    about: "a delivery of change notifications, and the question before the first one",
    words: &[
        "{\"value\":[",
        "\"subscriptionId\":\"s\"",
        "\"clientState\":",
        "\"lifecycleEvent\":",
        "\"missed\"",
        "\"reauthorizationRequired\"",
        "\"subscriptionRemoved\"",
        "\"resource\":",
        "\"users/u/messages('",
        "')\"",
        "\"resourceData\":{",
        "\"@odata.type\":",
        "\"#Microsoft.Graph.Message\"",
        "\"id\":",
        "null",
        "%2F",
        "[[",
        "]}",
        ",",
        "validationToken=",
        "/lists/l/tasks/t",
    ],
    outside: &[],
    make: || {
        let server = world::connector(world::Deaf::shared());
        Box::new(move |bytes| read(&server, bytes))
    },
};

fn read(server: &earmark_graph::GraphServer, bytes: &[u8]) -> u64 {
    let token = validation_answer(&text(bytes));
    match server.read_notifications(bytes) {
        Ok(read) => {
            assert!(
                serde_json::from_slice::<serde_json::Value>(bytes).is_ok(),
                "only JSON is read"
            );
            let happened = read.iter().map(|one| match &one.happened {
                Happened::Changed { kind, handle } => {
                    assert!(!handle.as_str().is_empty(), "a handle names something");
                    format!("{kind:?}")
                }
                other => format!("{other:?}"),
            });
            shape((happened.take(4).collect::<Vec<_>>(), token.is_some()))
        }
        Err(failure) => {
            assert!(matches!(failure.class, FailureClass::Unacceptable { .. }), "{failure:?}");
            shape(token.is_some())
        }
    }
}
