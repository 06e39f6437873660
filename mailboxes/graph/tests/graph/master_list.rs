//! The master list.

use crate::script::{error, ok, status, world};
use earmark_model::{CategoryColor, CategoryId, CategoryName, FailureClass};

const EMPTY: &str = r#"{"value":[]}"#;
const THERE: &str = r#"{"value":[{"id":"c1","displayName":"TRACKED","color":"preset9"},{"id":"c2","displayName":"Red","color":null}]}"#;
const PATH: &str = "/users/anna@example.test/outlook/masterCategories";

#[tokio::test]
async fn an_entry_is_created_where_there_is_none() {
    let world = world();
    world.script.answers(ok(EMPTY));
    world.script.answers(status(201, r#"{"id":"c9","displayName":"Tracked","color":"preset4"}"#));
    let name = CategoryName::new("Tracked");
    let entry =
        world.anna().put_master_category(&name, CategoryColor::Preset(4)).await.expect("put");
    assert_eq!((entry.id.as_str(), entry.color), ("c9", CategoryColor::Preset(4)));
    let sent = world.script.take();
    assert_eq!(sent[0].line, format!("GET {PATH}"));
    assert_eq!(sent[1].line, format!("POST {PATH}"));
    assert_eq!(sent[1].body, r#"{"color":"preset4","displayName":"Tracked"}"#);
}

#[tokio::test]
async fn an_entry_in_any_case_is_adopted_also_when_it_appears_in_between() {
    let name = CategoryName::new("Tracked");
    let world = world();
    world.script.answers(ok(THERE));
    let entry = world.anna().put_master_category(&name, CategoryColor::None).await.expect("put");
    assert_eq!((entry.id.as_str(), entry.name.as_str()), ("c1", "TRACKED"));
    for answer in [
        error(409, "CategoryNameDuplicate"),
        error(409, "Whatever"),
        error(400, "ErrorInvalidRequest"),
    ] {
        world.script.answers(ok(EMPTY));
        world.script.answers(answer);
        world.script.answers(ok(THERE));
        let entry =
            world.anna().put_master_category(&name, CategoryColor::None).await.expect("put");
        assert_eq!(entry.id.as_str(), "c1");
    }
    world.script.answers(ok(EMPTY));
    world.script.answers(error(400, "ErrorInvalidRequest"));
    world.script.answers(ok(EMPTY));
    let refused = world.anna().put_master_category(&name, CategoryColor::None).await;
    assert_eq!(refused.expect_err("refused").class, FailureClass::Bug);
    world.script.answers(ok(EMPTY));
    world.script.answers(error(403, "ErrorAccessDenied"));
    let refused = world.anna().put_master_category(&name, CategoryColor::None).await;
    assert_eq!(refused.expect_err("refused").class, FailureClass::ScopeUnreadable);
}

#[tokio::test]
async fn a_missing_entry_is_dropped_with_success() {
    let world = world();
    let id = CategoryId::from("c 1");
    world.script.answers(status(204, ""));
    world.script.answers(error(404, "ErrorItemNotFound"));
    world.script.answers(error(404, "ErrorInvalidUser"));
    let anna = world.anna();
    anna.drop_master_category(&id).await.expect("dropped");
    anna.drop_master_category(&id).await.expect("dropped");
    let failure = anna.drop_master_category(&id).await.expect_err("mailbox");
    assert_eq!(failure.class, FailureClass::ScopeUnreadable);
    assert_eq!(world.script.lines()[0], format!("DELETE {PATH}/c 1"));
}
