//! The automatic filter of users and queues.

mod world;

use earmark_embedded::provision::{DEFAULT_ROLE, NewQueue};
use earmark_embedded::{CrmError, EmbeddedCrm, Value, error::code};
use std::sync::Arc;
use uuid::Uuid;
use world::{made, read, row, text, update, user};

const COLUMN: &str = "incomingemailfilteringmethod";
const WATERMARK: &str = "processemailreceivedafter";

async fn set(crm: &Arc<EmbeddedCrm>, table: &str, id: Uuid, method: i64) -> Result<(), CrmError> {
    let request = update(table, id, row([(COLUMN, Value::Int(method))]));
    crm.execute(request, &crm.administrator()).await.map(|_| ())
}

#[tokio::test]
async fn users_begin_with_none_and_methods_that_need_correlation_are_refused() {
    let crm = world::crm();
    let anna = user(&crm, "anna@fabrikam.test", Some(DEFAULT_ROLE)).await;
    let settings = read(&crm, "usersettings", anna.principal).await.expect("settings");
    assert_eq!(settings[COLUMN], Value::Int(4));
    for method in 1..=3 {
        let refused = set(&crm, "usersettings", anna.principal, method).await.expect_err("refused");
        assert!(refused.is(code::PICKLIST_VALUE_OUT_OF_RANGE), "{refused}");
        assert!(refused.message.contains(COLUMN) && refused.message.contains("use 0"), "{refused}");
    }
    let settings = read(&crm, "usersettings", anna.principal).await.expect("settings");
    assert_eq!(settings[COLUMN], Value::Int(4));
}

#[tokio::test]
async fn a_filter_that_is_opened_begins_then_and_not_again() {
    let crm = world::crm();
    let anna = user(&crm, "anna@fabrikam.test", Some(DEFAULT_ROLE)).await;
    let before = read(&crm, "mailbox", anna.mailbox).await.expect("mailbox");
    assert!(before.get(WATERMARK).is_none_or(Value::is_null), "nothing is accepted yet");
    set(&crm, "usersettings", anna.principal, 0).await.expect("opened");
    let opened = read(&crm, "mailbox", anna.mailbox).await.expect("mailbox");
    assert!(matches!(opened[WATERMARK], Value::Instant(_)), "{opened:?}");
    set(&crm, "usersettings", anna.principal, 0).await.expect("opened already");
    let again = read(&crm, "mailbox", anna.mailbox).await.expect("mailbox");
    assert_eq!(again[WATERMARK], opened[WATERMARK]);
}

#[tokio::test]
async fn a_queue_that_somebody_makes_takes_all_mail_and_one_that_is_provisioned_none() {
    let crm = world::crm();
    let named = row([("name", text("Support")), ("emailaddress", text("support@fabrikam.test"))]);
    let queue = made(&crm, &crm.administrator(), "queue", named).await.expect("queue");
    assert_eq!(read(&crm, "queue", queue).await.expect("queue")[COLUMN], Value::Int(0));
    let provisioned = crm
        .provision_queue(NewQueue {
            mail: "sales@fabrikam.test".to_owned(),
            name: "Sales".to_owned(),
            owner: None,
            enabled: true,
        })
        .await
        .expect("queue");
    let row = read(&crm, "queue", provisioned.principal).await.expect("queue");
    assert_eq!(row[COLUMN], Value::Int(4));
    let refused = set(&crm, "queue", queue, 2).await.expect_err("refused");
    assert!(refused.is(code::PICKLIST_VALUE_OUT_OF_RANGE), "{refused}");
}

#[test]
fn the_forced_filter_takes_what_filters_take() {
    let forced = |value: i64| {
        let name = "SSSForceFilteringMethodForUserMailboxes";
        let text = format!("<OrgSettings><{name}>{value}</{name}></OrgSettings>");
        earmark_embedded::settings::merge("", &text)
    };
    for value in [-1, 0, 4] {
        assert!(forced(value).is_ok(), "{value}");
    }
    for value in [1, 2, 3] {
        let refused = forced(value).expect_err("refused");
        assert!(refused.message.contains("correlation"), "{refused}");
    }
}
