//! What the pretend server delivers, in a form of its own.

use crate::pretend::{Flaw, State, What};
use earmark_mailbox_port::{Happened, Notification};
use earmark_model::{ItemHandle, ItemKind, MailboxAddress};

/// The first line of every delivery.
const FORMAT: &str = "pretend 1";

/// Tells those who asked that an item changed.
pub fn tell(state: &mut State, mailbox: &MailboxAddress, handle: &ItemHandle) {
    let Some(stored) = state.boxes.get(mailbox).and_then(|b| b.items.get(handle)) else { return };
    let place = match &stored.what {
        What::Mail { .. } => format!("{mailbox}#email"),
        What::Event(_) => format!("{mailbox}#appointment"),
        What::Task { list, .. } => format!("{mailbox}#task#{list}"),
    };
    let kind = match stored.kind() {
        ItemKind::MeetingMessage => ItemKind::Email,
        kind => kind,
    };
    let told = match state.flaw {
        Some(Flaw::OtherHandlesAreTold) => handle.as_str().to_uppercase(),
        _ => handle.to_string(),
    };
    let asked = state.subscriptions.iter().filter(|(_, one, _)| one.resource == place);
    let bodies: Vec<_> = asked
        .map(|(_, one, target)| {
            let (id, secret) = (&one.id, &target.client_state);
            format!("{FORMAT}\n{id}\t{secret}\t{}\t{told}", kind.as_str()).into_bytes()
        })
        .collect();
    state.delivered.extend(bodies);
}

/// Tells that a subscription was ended.
pub fn tell_end(state: &mut State, subscription: &str, secret: &str) {
    let body = format!("{FORMAT}\n{subscription}\t{secret}\tended\t");
    state.delivered.push(body.into_bytes());
}

/// The notifications of a delivery.
pub fn read(body: &[u8]) -> Option<Vec<Notification>> {
    let text = std::str::from_utf8(body).ok()?;
    let lines = text.strip_prefix(FORMAT)?.lines().filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let parts: Vec<&str> = line.split('\t').collect();
            let [subscription, secret, word, handle] = parts.as_slice() else { return None };
            Some(Notification {
                subscription: (*subscription).to_owned(),
                client_state: Some((*secret).to_owned()),
                happened: match ItemKind::parse(word) {
                    Some(kind) => Happened::Changed { kind, handle: ItemHandle::from(*handle) },
                    None => Happened::SubscriptionRemoved,
                },
            })
        })
        .collect()
}
