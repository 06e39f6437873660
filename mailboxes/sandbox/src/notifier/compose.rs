//! Notices as the wire has them.

use crate::{
    identity::TENANT,
    quirks::Quirks,
    store::{
        handle::{self, IdKind, change_key},
        handle_tasks,
        notice::Notice,
        subscription::Kind,
    },
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use earmark_model::Instant;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The body of a post with these notices; `None` when the quirks leave nothing to say.
pub(super) fn body(notices: &[Notice], quirks: &Quirks, secret: &str) -> Option<Value> {
    let mut value = Vec::new();
    for notice in notices {
        if notice.what.lifecycle {
            value.push(lifecycle(notice));
            continue;
        }
        let hidden = quirks.move_notices_partial && notice.what.moved;
        if hidden && notice.subscription.immutable {
            continue;
        }
        value.push(change(notice, &notice.what.change, secret));
        let twice = quirks.created_notices_twice && notice.what.change == "created";
        if twice && notice.subscription.wanted.updated {
            value.push(change(notice, "updated", secret));
        }
    }
    if quirks.notices_reordered {
        value.reverse();
    }
    (!value.is_empty()).then(|| json!({ "value": value }))
}

fn lifecycle(notice: &Notice) -> Value {
    let subscription = &notice.subscription;
    json!({
        "subscriptionId": subscription.guid,
        "subscriptionExpirationDateTime": Instant::from_millis(subscription.expires_ms).to_string(),
        "tenantId": TENANT,
        "clientState": subscription.client_state,
        "lifecycleEvent": notice.what.change,
    })
}

fn change(notice: &Notice, change: &str, secret: &str) -> Value {
    let (subscription, what) = (&notice.subscription, &notice.what);
    let ids = if subscription.immutable { IdKind::Immutable } else { IdKind::Default };
    let mailbox = what.mailbox;
    let (kind, below, id) = match subscription.kind {
        Kind::Message => {
            let id = handle::message_id(ids, mailbox, what.item, what.incarnation);
            ("Message", format!("Messages/{id}"), id)
        }
        Kind::Event => {
            let day = handle::day_of(what.incarnation);
            let id = handle::event_id(ids, mailbox, what.item, day);
            ("Event", format!("Events/{id}"), id)
        }
        Kind::Task => {
            let list = handle_tasks::task_list_id(mailbox, what.container);
            let id = handle_tasks::task_id(IdKind::Default, mailbox, what.item);
            ("TodoTask", format!("todo/lists/{list}/tasks/{id}"), id)
        }
    };
    let resource = format!("Users/{mailbox}/{below}");
    json!({
        "id": notice_id(secret, notice.row, change),
        "subscriptionId": subscription.guid,
        "subscriptionExpirationDateTime": Instant::from_millis(subscription.expires_ms).to_string(),
        "clientState": subscription.client_state,
        "changeType": change,
        "tenantId": TENANT,
        "resource": resource,
        "resourceData": {
            "@odata.type": format!("#Microsoft.Graph.{kind}"),
            "@odata.id": resource,
            "@odata.etag": format!("W/\"{}\"", change_key(mailbox, what.version)),
            "id": id,
        },
    })
}

/// The same notice has the same id in every attempt.
fn notice_id(secret: &str, row: i64, change: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(secret.as_bytes());
    hash.update(row.to_be_bytes());
    hash.update(change.as_bytes());
    URL_SAFE_NO_PAD.encode(&hash.finalize()[..12])
}
