//! The schemas of the OpenAPI document.

use super::mailbox_view::Standing;
use earmark_engine::DifferenceKind;
use earmark_model::{AlertLevel, AlertState, ChannelStatus, ItemState};
use serde_json::{Value, json};

/// Every schema by name.
pub fn all() -> Value {
    let mut all = json!({});
    for part in [mailboxes(), items(), wishes(), alerts(), settings(), reconcile(), rest()] {
        if let (Value::Object(all), Value::Object(part)) = (&mut all, part) {
            all.extend(part);
        }
    }
    all
}

fn mailboxes() -> Value {
    let mailbox = json!({
        "schema": text(),
        "id": id(),
        "address": text(),
        "kind": one_of(&["user", "queue"]),
        "standing": one_of(&Standing::ALL.map(Standing::as_str)),
        "approval": maybe("string"),
        "enabled": flag(),
        "paused": flag(),
        "problem": maybe("string"),
        "incoming": text(),
        "filtering": text(),
        "profile": maybe("string"),
        "test": reference("MailboxTest"),
        "warning": text(),
        "nextCycle": moment(),
        "lastSuccess": moment(),
        "sweptAt": moment(),
        "cycles": count(),
        "bearers": count(),
        "circuitOpen": flag(),
        "failureCode": maybe("string"),
        "push": one_of(&["off", "waiting", "on", "failing"]),
        "subscriptions": count(),
        "subscribedUntil": moment(),
        "pushFailureCode": maybe("string"),
    });
    let statuses = ChannelStatus::ALL.map(ChannelStatus::as_str);
    let channel = json!({
        "status": one_of(&statuses),
        "cause": maybe("string"),
        "explanation": maybe("string"),
        "remedy": maybe("string"),
    });
    let test = json!({
        "scheduled": flag(),
        "repeated": count(),
        "endedAt": moment(),
        "incoming": reference("TestedChannel"),
        "outgoing": reference("TestedChannel"),
        "act": reference("TestedChannel"),
    });
    let mut mailboxes = list("Mailbox");
    mailboxes["properties"]["total"] = count();
    let trouble = json!({
        "state": text(), "reason": text(), "explanation": maybe("string"), "items": count(),
        "mailboxes": count(),
    });
    json!({
        "Overview": object(
            json!({
                "schema": text(), "mailboxes": {"type": "object"}, "items": {"type": "object"},
                "failures": {"type": "array", "items": reference("Trouble")},
                "profiles": {"type": "array", "items": reference("Profile")},
            }),
            &["schema", "mailboxes", "items", "failures", "profiles"],
        ),
        "Profile": object(
            json!({
                "id": id(), "name": text(), "active": flag(),
                "pollingIntervalMinutes": count(), "connections": {"type": ["integer", "null"]},
                "mailboxes": {"type": "object"},
            }),
            &["id", "name", "active", "mailboxes"],
        ),
        "Trouble": object(trouble, &["state", "reason", "items", "mailboxes"]),
        "TestedChannel": object(channel, &["status", "cause"]),
        "MailboxTest": object(test, &["scheduled", "incoming", "outgoing", "act"]),
        "TestRequest": closed(json!({"wait": flag(), "takeOver": flag()}), &[]),
        "Mailbox": object(mailbox, &["id", "address", "kind", "enabled"]),
        "MailboxList": mailboxes,
        "NewMailbox": closed(
            json!({
                "address": text(),
                "displayName": maybe("string"),
                "kind": one_of(&["user", "queue"]),
            }),
            &["address"],
        ),
        "MailboxChange": closed(
            json!({"filteringMethod": {"type": "integer", "enum": [0, 4]}}),
            &["filteringMethod"],
        ),
        "SyncRequest": closed(json!({"wait": flag()}), &[]),
        "Sync": object(
            json!({
                "schema": text(), "mailbox": text(), "tracked": count(), "untracked": count(),
                "failed": count(), "held": count(), "lookedAt": count(),
                "unreadable": {"type": "array", "items": {"type": "string"}},
                "failure": maybe("string"),
            }),
            &["schema", "mailbox"],
        ),
    })
}

fn items() -> Value {
    let states: Vec<&str> = ItemState::ALL.iter().map(|state| state.as_str()).collect();
    let item = json!({
        "schema": text(),
        "id": text(),
        "mailbox": maybe("string"),
        "kind": text(),
        "state": one_of(&states),
        "reason": text(),
        "messageId": maybe("string"),
        "graphId": text(),
        "activityId": maybe("string"),
        "regarding": {"anyOf": [reference("Record"), {"type": "null"}]},
        "attempts": count(),
        "notBefore": moment(),
        "origin": text(),
        "changedAt": text(),
    });
    let event = json!({
        "at": text(), "event": text(), "reason": text(), "explanation": maybe("string"),
        "actor": maybe("string"), "trigger": text(), "detail": text(),
    });
    json!({
        "Item": object(item, &["id", "mailbox", "kind", "state", "reason", "graphId"]),
        "ItemList": list("Item"),
        "ItemExplanation": object(
            json!({
                "schema": text(), "id": text(), "mailbox": maybe("string"), "graphId": text(),
                "state": one_of(&states), "reason": text(), "explanation": text(),
                "nextAttempt": moment(), "facts": {"type": "object"},
            }),
            &["id", "state", "reason", "explanation", "nextAttempt", "facts"],
        ),
        "ItemEvent": object(event, &["at", "event", "reason", "trigger"]),
        "ItemHistory": list("ItemEvent"),
        "ItemState": object(
            json!({
                "itemId": text(), "idFormat": text(), "state": one_of(&states), "reason": text(),
                "version": count(), "error": maybe("string"),
            }),
            &["itemId", "state", "reason", "version", "error"],
        ),
        "ItemStates": list("ItemState"),
    })
}

fn wishes() -> Value {
    let selected = closed(
        json!({
            "itemId": {"type": "string", "minLength": 1, "maxLength": 1024},
            "idFormat": one_of(&["restImmutableEntryId", "restId", "ewsId", "entryId"]),
            "internetMessageId": maybe("string"),
        }),
        &["itemId"],
    );
    let items = json!({
        "type": "array", "minItems": 1, "maxItems": 100, "items": reference("SelectedItem"),
    });
    let named = json!({"table": text(), "id": id(), "name": maybe("string")});
    json!({
        "NamedRecord": object(named, &["table", "id", "name"]),
        "NamedRecordList": list("NamedRecord"),
        "Record": closed(json!({"table": text(), "id": id()}), &["table", "id"]),
        "SelectedItem": selected,
        "ItemSelection": closed(json!({"mailbox": text(), "items": items}), &["mailbox", "items"]),
        "TrackRequest": closed(
            json!({
                "mailbox": text(),
                "items": items,
                "regarding": {"anyOf": [reference("Record"), {"type": "null"}]},
            }),
            &["mailbox", "items"],
        ),
        "AnswerRequest": closed(
            json!({"mailbox": text(), "items": items, "yes": flag()}),
            &["mailbox", "items", "yes"],
        ),
    })
}

fn alerts() -> Value {
    let alert = json!({
        "schema": text(), "id": id(), "level": one_of(&AlertLevel::ALL.map(AlertLevel::as_str)),
        "state": one_of(&AlertState::ALL.map(AlertState::as_str)), "code": text(),
        "number": count(), "mailbox": maybe("string"), "permanent": flag(),
        "outcome": maybe("string"), "outcomeNumber": maybe("integer"), "text": text(),
        "count": count(), "raisedAt": text(), "lastAt": text(), "acknowledgedAt": moment(),
        "resolvedAt": moment(), "inCrm": flag(),
    });
    let held = json!({
        "mailbox": text(), "graphId": text(), "reason": text(), "explanation": maybe("string"),
        "heldSince": text(),
    });
    let entry = json!({
        "id": maybe("string"), "name": text(), "color": text(),
        "previousNames": {"type": "array", "items": {"type": "string"}},
    });
    let optional = || json!({"anyOf": [reference("CategoryEntry"), {"type": "null"}]});
    let category = json!({
        "schema": text(), "mailbox": text(),
        "state": one_of(&["none", "taken_out", "unsettled", "settled"]),
        "name": maybe("string"), "entry": optional(), "undeliverable": optional(),
        "unsettledUntil": moment(),
    });
    let order = json!({
        "schema": text(), "mailbox": text(), "order": one_of(&["release", "discard"]),
        "count": count(),
    });
    json!({
        "Alert": object(alert, &["id", "level", "state", "code", "text", "count", "raisedAt"]),
        "AlertList": list("Alert"),
        "Held": object(held, &["mailbox", "graphId", "reason", "heldSince"]),
        "HeldList": list("Held"),
        "HeldOrder": object(order, &["mailbox", "order", "count"]),
        "CategoryEntry": object(entry, &["id", "name", "color", "previousNames"]),
        "MailboxCategory": object(category, &["mailbox", "state", "entry"]),
    })
}

fn settings() -> Value {
    let any = json!({"type": ["string", "boolean", "number", "null"]});
    let setting = json!({
        "schema": text(), "name": text(), "type": text(), "value": any, "default": any,
        "effective": any, "source": one_of(&["default", "organization"]), "min": maybe("number"),
        "max": maybe("number"), "description": maybe("string"), "hasEffect": flag(), "dryRun": flag(),
        "preview": {"type": "array", "items": {"type": "string"}},
    });
    json!({
        "Setting": object(setting, &["name", "type", "value", "default", "effective", "source"]),
        "SettingList": list("Setting"),
        "SettingValue": closed(
            json!({"value": {"type": ["string", "boolean", "number"]}}),
            &["value"],
        ),
    })
}

fn reconcile() -> Value {
    let kinds: Vec<&str> = DifferenceKind::ALL.iter().map(|kind| kind.as_str()).collect();
    let states: Vec<&str> = ItemState::ALL.iter().map(|state| state.as_str()).collect();
    let all = |schema: &str| json!({"type": "array", "items": reference(schema)});
    let difference = json!({
        "mailbox": maybe("string"), "graphId": maybe("string"), "activityId": maybe("string"),
        "difference": one_of(&kinds), "reason": maybe("string"), "explanation": maybe("string"),
        "detail": text(), "repair": one_of(&["apply", "person"]), "remedy": text(),
    });
    let waiting = json!({
        "mailbox": maybe("string"), "graphId": text(), "activityId": maybe("string"),
        "state": one_of(&states), "reason": text(), "explanation": maybe("string"),
        "until": moment(), "needsPerson": flag(), "remedy": maybe("string"),
    });
    let parts = ["mailbox", "mail", "calendar", "tasks", "categories", "subscriptions", "crm"];
    let unreadable = json!({
        "mailbox": maybe("string"), "part": one_of(&parts), "code": text(), "detail": text(),
    });
    let comparison = json!({
        "mailboxes": count(), "bearers": count(), "links": count(),
        "differences": all("Difference"), "repaired": all("Difference"),
        "waiting": all("Waiting"), "unreadable": all("Unreadable"),
        "unfinished": {"type": "array", "items": maybe("string")},
    });
    json!({
        "Reconcile": closed(json!({"apply": flag(), "mailbox": maybe("string")}), &[]),
        "Difference": object(
            difference,
            &["mailbox", "graphId", "activityId", "difference", "detail", "repair", "remedy"],
        ),
        "Waiting": object(
            waiting,
            &["mailbox", "graphId", "state", "reason", "until", "needsPerson"],
        ),
        "Unreadable": object(unreadable, &["mailbox", "part", "code", "detail"]),
        "Comparison": object(
            comparison,
            &[
                "mailboxes", "bearers", "links", "differences", "repaired", "waiting",
                "unreadable", "unfinished",
            ],
        ),
        "ReconcileReport": object(
            json!({"schema": text(), "applied": flag(), "report": reference("Comparison")}),
            &["schema", "applied", "report"],
        ),
    })
}

fn rest() -> Value {
    let check = json!({
        "name": text(), "result": one_of(&["ok", "warn", "fail"]), "detail": text(),
        "remedy": maybe("string"),
    });
    let doctor = json!({
        "schema": text(), "result": one_of(&["ok", "warn", "fail"]),
        "items": {"type": "array", "items": reference("DoctorCheck")},
    });
    let problem = json!({
        "type": text(), "title": text(), "status": count(), "detail": text(), "code": text(),
        "hint": maybe("string"), "requestId": text(),
    });
    json!({
        "DoctorCheck": object(check, &["name", "result", "detail", "remedy"]),
        "DoctorReport": object(doctor, &["schema", "result", "items"]),
        "Version": object(
            json!({"schema": text(), "name": text(), "version": text(),
                "categoryTrackingOnSince": text()}),
            &["schema", "name", "version"],
        ),
        "Health": object(json!({"status": text()}), &["status"]),
        "Description": {"type": "object"},
        "Problem": object(problem, &["type", "title", "status", "detail", "code", "requestId"]),
    })
}

fn object(properties: Value, required: &[&str]) -> Value {
    json!({"type": "object", "properties": properties, "required": required})
}

/// An object that is refused with any other property.
fn closed(properties: Value, required: &[&str]) -> Value {
    let mut schema = object(properties, required);
    schema["additionalProperties"] = json!(false);
    schema
}

fn list(schema: &str) -> Value {
    let items = json!({"type": "array", "items": reference(schema)});
    let properties = json!({"schema": text(), "items": items, "next": maybe("string")});
    object(properties, &["schema", "items", "next"])
}

fn reference(schema: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{schema}")})
}

fn text() -> Value {
    json!({"type": "string"})
}

fn id() -> Value {
    json!({"type": "string", "format": "uuid"})
}

fn flag() -> Value {
    json!({"type": "boolean"})
}

fn count() -> Value {
    json!({"type": "integer", "minimum": 0})
}

fn maybe(kind: &str) -> Value {
    json!({"type": [kind, "null"]})
}

fn moment() -> Value {
    json!({"type": ["string", "null"], "format": "date-time"})
}

fn one_of(words: &[&str]) -> Value {
    json!({"type": "string", "enum": words})
}
