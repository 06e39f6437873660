//! Plug-in steps as webhooks: what is registered, what is sent, and what each answer means.

mod world;

use async_trait::async_trait;
use bytes::Bytes;
use earmark_embedded::error::{Code, code};
use earmark_embedded::request::{Filter, Key, Query};
use earmark_embedded::{Circumstances, CrmError, EmbeddedCrm, Request, Response, Value, Webhooks};
use earmark_http::{SendError, SendOptions, Transport};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, Weak};
use std::time::Duration;
use uuid::Uuid;
use world::{child, create, made, read, row, text, update, user};

type Answer = Result<http::Response<Bytes>, SendError>;

/// Keeps every call and gives the answers that it was told, then 200.
#[derive(Default)]
struct Endpoint {
    calls: Mutex<Vec<(http::Request<Bytes>, Duration)>>,
    answers: Mutex<VecDeque<Answer>>,
}

#[async_trait]
impl Transport for Endpoint {
    async fn send(&self, request: http::Request<Bytes>, options: &SendOptions) -> Answer {
        self.calls().push((request, options.timeout));
        let answer = self.answers.lock().expect("not poisoned").pop_front();
        answer.unwrap_or_else(|| Ok(http::Response::new(Bytes::new())))
    }
}

impl Endpoint {
    fn calls(&self) -> MutexGuard<'_, Vec<(http::Request<Bytes>, Duration)>> {
        self.calls.lock().expect("not poisoned")
    }

    fn answers(&self, answers: impl IntoIterator<Item = Answer>) {
        self.answers.lock().expect("not poisoned").extend(answers);
    }

    /// The only call so far.
    fn call(&self) -> (http::Request<Bytes>, Json) {
        let calls = self.calls();
        let [(request, _)] = calls.as_slice() else { panic!("{} calls", calls.len()) };
        (request.clone(), serde_json::from_slice(request.body()).expect("JSON"))
    }
}

fn status(status: u16, kind: &str, body: &str) -> Answer {
    Ok(http::Response::builder()
        .status(status)
        .header("content-type", kind)
        .body(Bytes::copy_from_slice(body.as_bytes()))
        .expect("an answer"))
}

/// A CRM whose steps call the endpoint beside it.
fn world() -> (Arc<EmbeddedCrm>, Arc<Endpoint>) {
    let (crm, endpoint) = (world::crm(), Arc::<Endpoint>::default());
    crm.call_webhooks(Webhooks { transport: endpoint.clone(), loopback: false });
    (crm, endpoint)
}

const URL: &str = "https://hooks.contoso.example/step";

async fn endpoint_row(crm: &Arc<EmbeddedCrm>, kind: i64, value: &str) -> Uuid {
    let row = row([
        ("name", text("Hook")),
        ("url", text(URL)),
        ("contract", Value::Int(8)),
        ("authtype", Value::Int(kind)),
        ("authvalue", text(value)),
    ]);
    made(crm, &crm.administrator(), "serviceendpoint", row).await.expect("an endpoint")
}

/// The message, and its filter for a table.
async fn filter(crm: &Arc<EmbeddedCrm>, message: &str, table: &str) -> (Uuid, Uuid) {
    let on_table = Filter::eq("primaryobjecttypecode", text(table));
    let of_message = Filter::Compare {
        column: vec!["sdkmessageid".to_owned(), "name".to_owned()],
        op: earmark_embedded::request::Op::Eq,
        value: text(message),
    };
    let filter = Filter::And(vec![on_table, of_message]);
    let query = Query { filter, ..Query::of("sdkmessagefilter") };
    match crm.execute(Request::Query(query), &crm.administrator()).await.expect("read") {
        Response::Rows { rows, .. } => {
            assert_eq!(rows.len(), 1, "{message} of {table}");
            let id = |name: &str| rows[0][name].as_id().expect("an id");
            (id("sdkmessageid"), id("sdkmessagefilterid"))
        }
        other => panic!("{other:?}"),
    }
}

async fn step(
    crm: &Arc<EmbeddedCrm>,
    message: &str,
    table: &str,
    endpoint: Uuid,
    more: &[(&str, Value)],
) -> Result<Uuid, CrmError> {
    let (message_id, filter) = filter(crm, message, table).await;
    let mut row = row([
        ("name", text("Step")),
        ("stage", Value::Int(20)),
        ("sdkmessageid", Value::lookup("sdkmessage", message_id)),
        ("sdkmessagefilterid", Value::lookup("sdkmessagefilter", filter)),
        ("eventhandler", Value::lookup("serviceendpoint", endpoint)),
    ]);
    row.extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    made(crm, &crm.administrator(), "sdkmessageprocessingstep", row).await
}

async fn registered(crm: &Arc<EmbeddedCrm>, message: &str, table: &str) -> Uuid {
    let endpoint = endpoint_row(crm, 4, "key").await;
    step(crm, message, table, endpoint, &[]).await.expect("a step")
}

async fn task(crm: &Arc<EmbeddedCrm>, subject: &str) -> Result<Uuid, CrmError> {
    made(crm, &crm.administrator(), "task", row([("subject", text(subject))])).await
}

fn members(value: &Json) -> BTreeSet<String> {
    value.as_object().expect("an object").keys().cloned().collect()
}

fn attributes(entity: &Json) -> BTreeMap<String, Json> {
    let pairs = entity["Attributes"].as_array().expect("attributes");
    let pair =
        |pair: &Json| (pair["key"].as_str().expect("a key").to_owned(), pair["value"].clone());
    pairs.iter().map(pair).collect()
}

#[tokio::test]
async fn the_body_has_the_members_of_the_published_sample() {
    let (crm, endpoint) = world();
    registered(&crm, "Update", "task").await;
    let id = task(&crm, "Call").await.expect("made");
    let change = update("task", id, row([("subject", text("Call twice"))]));
    crm.execute(change, &crm.administrator()).await.expect("changed");
    let (request, body) = endpoint.call();
    assert_eq!(request.method(), "POST");
    assert_eq!(request.uri(), "https://hooks.contoso.example/step?code=key");
    for (name, value) in [
        ("x-ms-dynamics-organization", "Contoso"),
        ("x-ms-dynamics-entity-name", "task"),
        ("x-ms-dynamics-request-name", "Update"),
        ("content-type", "application/json; charset=utf-8"),
        ("x-ms-correlation-request-id", body["CorrelationId"].as_str().expect("an id")),
    ] {
        assert_eq!(request.headers()[name], value, "{name}");
    }
    assert!(request.headers().get("x-ms-dynamics-msg-size-exceeded").is_none());
    let raw = String::from_utf8(request.body().to_vec()).expect("text");
    assert!(raw.contains(r"\/Date(") && !raw.contains("\"/Date("));
    let target = &body["InputParameters"][0]["value"];
    assert_eq!(attributes(target)["subject"], "Call twice");
    assert_eq!(attributes(target)["activityid"], json!(id));
    let before = attributes(&body["PreEntityImages"][0]["value"]);
    assert_eq!(before["subject"], "Call");
    assert_eq!(before["statecode"]["Value"], 0);
    assert_eq!(before["ownerid"]["LogicalName"], "systemuser");
    assert_eq!((&body["Stage"], &body["Mode"], &body["Depth"]), (&json!(20), &json!(0), &json!(1)));
    assert_eq!(body["IsInTransaction"], false);

    let folder = std::env::var("EARMARK_CONFORMANCE").unwrap_or_else(|_| {
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/conformance").to_owned()
    });
    let path = format!("{folder}/dataverse/webhook-remoteexecutioncontext.json");
    let Ok(sample) = std::fs::read_to_string(&path) else {
        println!("skipped: EARMARK_CONFORMANCE: {path} is not there");
        return;
    };
    let sample: Json = serde_json::from_str(&sample).expect("JSON");
    let (published, headers) = (&sample["body"], members(&sample["headers"]));
    assert_eq!(members(&body), members(published));
    assert_eq!(members(target), members(&published["InputParameters"][0]["value"]));
    assert_eq!(members(&body["OwningExtension"]), members(&published["OwningExtension"]));
    let image = &published["PostEntityImages"][0]["value"];
    assert_eq!(members(&body["PreEntityImages"][0]["value"]), members(image));
    let modified_by = &published["InputParameters"][0]["value"]["Attributes"][4]["value"];
    assert_eq!(members(&before["ownerid"]), members(modified_by));
    assert!(headers.iter().all(|name| request.headers().contains_key(name)), "{headers:?}");
}

#[tokio::test]
async fn a_step_after_the_operation_sees_the_row_and_the_parties_as_they_will_be() {
    let (crm, endpoint) = world();
    let hook = endpoint_row(&crm, 4, "key").await;
    let stage = [("stage", Value::Int(40))];
    step(&crm, "Create", "email", hook, &stage).await.expect("a step");
    let party = |mask, address| {
        child(
            "email_activity_parties",
            [("participationtypemask", Value::Int(mask)), ("addressused", text(address))],
        )
    };
    let children = vec![party(1, "kim@contoso.test"), party(2, "anna@contoso.test")];
    let request = create("email", row([("subject", text("Offer"))]), children);
    let made = crm.execute(request, &crm.administrator()).await.expect("made");
    let Response::Created { id, .. } = made else { panic!("{made:?}") };
    let (_, body) = endpoint.call();
    assert_eq!(body["PrimaryEntityId"], json!(id));
    assert_eq!(body["OutputParameters"], json!([{"key": "id", "value": id}]));
    for entity in [&body["InputParameters"][0]["value"], &body["PostEntityImages"][0]["value"]] {
        let found = attributes(entity);
        assert_eq!(found["subject"], "Offer");
        let from = attributes(&found["from"]["Entities"][0]);
        assert_eq!(from["addressused"], "kim@contoso.test");
        assert_eq!(found["to"]["EntityName"], "activityparty");
        assert!(!found.contains_key("cc"));
    }
}

#[tokio::test]
async fn each_answer_has_its_code_and_nothing_is_written() {
    const PROBLEM: &str = "application/problem+json; charset=utf-8";
    let told = r#"{"title": "Refused", "detail": "Budget\nexceeded"}"#;
    let cut = || Err(SendError::Interrupted { detail: String::new() });
    let refused = || Err(SendError::Connect { detail: String::new() });
    let cases: Vec<(Vec<Answer>, Code, usize)> = vec![
        (vec![status(400, PROBLEM, told)], code::ISV_ABORTED, 1),
        (vec![status(400, "application/json", told)], code::WEBHOOK_NON_SUCCESS, 1),
        (vec![status(500, PROBLEM, told)], code::WEBHOOK_NON_SUCCESS, 1),
        (vec![status(400, PROBLEM, "none")], code::WEBHOOK_NON_SUCCESS, 1),
        (vec![status(302, "text/plain", "")], code::WEBHOOK_NON_SUCCESS, 1),
        (vec![status(503, "text/plain", ""), status(503, "a/b", "")], code::WEBHOOK_NON_SUCCESS, 2),
        (vec![status(502, "a/b", ""), Err(SendError::Timeout)], code::WEBHOOK_TIMED_OUT, 2),
        (vec![Err(SendError::Timeout)], code::WEBHOOK_TIMED_OUT, 1),
        (vec![refused()], code::WEBHOOK_POST_FAILED, 1),
        (vec![cut()], code::WEBHOOK_POST_FAILED, 1),
    ];
    for (answers, expected, calls) in cases {
        let (crm, endpoint) = world();
        registered(&crm, "Create", "task").await;
        endpoint.answers(answers);
        let error = task(&crm, "Call").await.expect_err("refused");
        assert!(error.is(expected), "{error}");
        assert_eq!(error.status, 400);
        assert_eq!(endpoint.calls().len(), calls, "{error}");
        assert!(!error.message.contains("hooks.contoso.example"), "{error}");
        if expected == code::ISV_ABORTED {
            assert_eq!(error.message, "Budget exceeded");
        }
        let tasks = crm.execute(Request::Query(Query::of("task")), &crm.administrator()).await;
        let Ok(Response::Rows { rows, .. }) = tasks else { panic!("{tasks:?}") };
        assert!(rows.is_empty());
    }
}

#[tokio::test]
async fn an_answer_after_a_repeated_call_counts() {
    let (crm, endpoint) = world();
    registered(&crm, "Create", "task").await;
    endpoint.answers([status(504, "text/plain", ""), status(204, "text/plain", "")]);
    task(&crm, "Call").await.expect("made");
    let calls = endpoint.calls();
    assert_eq!(calls.len(), 2);
    assert!(calls.iter().all(|(_, timeout)| *timeout <= Duration::from_secs(60)));
}

#[tokio::test]
async fn what_is_too_large_is_left_out() {
    let (crm, endpoint) = world();
    registered(&crm, "Create", "email").await;
    let row = row([("subject", text("Offer")), ("description", text(&"x".repeat(300_000)))]);
    made(&crm, &crm.administrator(), "email", row).await.expect("made");
    let (request, body) = endpoint.call();
    assert_eq!(request.headers()["x-ms-dynamics-msg-size-exceeded"], "true");
    assert!(request.body().len() < 256 * 1024);
    for name in ["InputParameters", "PreEntityImages", "PostEntityImages", "ParentContext"] {
        assert!(body.get(name).is_none(), "{name}");
    }
    assert_eq!(body["PrimaryEntityName"], "email");
}

#[tokio::test]
async fn credentials_are_sent_and_never_read_back() {
    let (crm, endpoint) = world();
    let list = r#"<settings><setting name="X-Key" value="s3cret" /></settings>"#;
    let hook = endpoint_row(&crm, 5, list).await;
    let stored = read(&crm, "serviceendpoint", hook).await.expect("read");
    assert_eq!(stored["authvalue"], Value::Null);
    assert_eq!(stored["isauthvalueset"], Value::Bool(true));
    step(&crm, "Create", "task", hook, &[]).await.expect("a step");
    task(&crm, "Call").await.expect("made");
    let (request, _) = endpoint.call();
    assert_eq!(request.headers()["x-key"], "s3cret");
    assert!(request.headers()["x-key"].is_sensitive());
    assert_eq!(request.uri(), URL);
    let bare = update("serviceendpoint", hook, row([("authvalue", Value::Null)]));
    crm.execute(bare, &crm.administrator()).await.expect("changed");
    let stored = read(&crm, "serviceendpoint", hook).await.expect("read");
    assert_eq!(stored["isauthvalueset"], Value::Bool(false));
    task(&crm, "Call").await.expect("made");
    assert!(!endpoint.calls()[1].0.headers().contains_key("x-key"));
}

#[tokio::test]
async fn steps_are_asked_in_the_order_of_stage_and_rank() {
    let (crm, endpoint) = world();
    let hook = endpoint_row(&crm, 4, "key").await;
    let mut expected = Vec::new();
    for (stage, rank) in [(40, 1), (20, 2), (20, 1), (10, 9)] {
        let more = [("stage", Value::Int(stage)), ("rank", Value::Int(rank))];
        expected.push((stage, rank, step(&crm, "Create", "task", hook, &more).await.expect("ok")));
    }
    expected.sort_unstable();
    task(&crm, "Call").await.expect("made");
    let calls = endpoint.calls();
    let asked: Vec<Json> = calls
        .iter()
        .map(|(request, _)| {
            let body: Json = serde_json::from_slice(request.body()).expect("JSON");
            body["OwningExtension"]["Id"].clone()
        })
        .collect();
    let expected: Vec<Json> = expected.iter().map(|(_, _, id)| json!(id)).collect();
    assert_eq!(asked, expected);
}

#[tokio::test]
async fn what_this_crm_does_not_do_is_refused_by_its_column() {
    let (crm, _) = world();
    let hook = endpoint_row(&crm, 4, "key").await;
    let (_, of_task) = filter(&crm, "Delete", "task").await;
    for (column, value) in [
        ("mode", Value::Int(1)),
        ("stage", Value::Int(30)),
        ("supporteddeployment", Value::Int(2)),
        ("filteringattributes", text("subject, nothing")),
        ("sdkmessagefilterid", Value::lookup("sdkmessagefilter", of_task)),
    ] {
        let refused = step(&crm, "Update", "task", hook, &[(column, value)]).await;
        let error = refused.expect_err(column);
        assert!(error.is(code::INVALID_ARGUMENT), "{error}");
        assert!(error.message.contains(column), "{error}");
    }
    for (column, value) in [
        ("contract", Value::Int(7)),
        ("authtype", Value::Int(2)),
        ("messageformat", Value::Int(1)),
        ("url", text("http://hooks.contoso.example/")),
        ("url", text("https://127.0.0.1/")),
        ("url", text("https://169.254.169.254/")),
    ] {
        let changed = update("serviceendpoint", hook, row([(column, value)]));
        let error = crm.execute(changed, &crm.administrator()).await.expect_err(column);
        assert!(error.is(code::INVALID_ARGUMENT), "{error}");
        assert!(error.message.contains(column), "{error}");
    }
}

#[tokio::test]
async fn only_administrators_register_steps_and_only_they_leave_them_out() {
    let (crm, endpoint) = world();
    let step = registered(&crm, "Create", "task").await;
    let anna = user(&crm, "anna@contoso.test", Some("Salesperson")).await;
    let anna = earmark_embedded::Caller::user(anna.principal);
    for table in ["sdkmessageprocessingstep", "serviceendpoint", "sdkmessage"] {
        let error = crm.execute(Request::Query(Query::of(table)), &anna).await.expect_err(table);
        assert!(error.is(code::PRIVILEGE_DENIED), "{error}");
    }
    let bypass = Circumstances { bypass: true, ..Circumstances::default() };
    let request = || vec![create("task", row([("subject", text("Call"))]), Vec::new())];
    let refused = crm.execute_all_in(request(), &anna, bypass).await.expect_err("refused");
    assert!(refused.error.is(code::PRIVILEGE_DENIED), "{refused}");
    crm.execute_all_in(request(), &crm.administrator(), bypass).await.expect("made");
    assert!(endpoint.calls().is_empty());
    crm.execute_all_in(request(), &anna, Circumstances::default()).await.expect("made");
    let (_, body) = endpoint.call();
    assert_eq!(body["InitiatingUserId"], json!(anna.user));
    assert_eq!(body["OwningExtension"]["Id"], json!(step));
}

#[tokio::test]
async fn nobody_is_asked_about_what_the_caller_may_not_do() {
    let (crm, endpoint) = world();
    registered(&crm, "Create", "task").await;
    let nobody = user(&crm, "nobody@contoso.test", None).await;
    let caller = earmark_embedded::Caller::user(nobody.principal);
    let refused = made(&crm, &caller, "task", row([("subject", text("Call"))])).await;
    assert!(refused.expect_err("refused").is(code::PRIVILEGE_DENIED));
    assert!(endpoint.calls().is_empty());
}

#[tokio::test]
async fn a_refused_request_of_a_batch_is_named_and_leaves_nothing_of_it() {
    let (crm, endpoint) = world();
    registered(&crm, "Create", "task").await;
    endpoint.answers([status(200, "a/b", ""), status(400, "a/b", "")]);
    let one = |subject: &str| create("task", row([("subject", text(subject))]), Vec::new());
    let refused = crm.execute_all(vec![one("a"), one("b")], &crm.administrator()).await;
    let refused = refused.expect_err("refused");
    assert_eq!(refused.index, 1);
    let tasks = crm.execute(Request::Query(Query::of("task")), &crm.administrator()).await;
    let Ok(Response::Rows { rows, .. }) = tasks else { panic!("{tasks:?}") };
    assert!(rows.is_empty());
}

#[tokio::test]
async fn an_endpoint_in_use_stays_and_messages_are_the_crms_own() {
    let (crm, _) = world();
    let step = registered(&crm, "Create", "task").await;
    let hook = read(&crm, "sdkmessageprocessingstep", step).await.expect("read");
    let hook = hook["eventhandler"].as_id().expect("an endpoint");
    let delete = |table: &str, id| Request::Delete {
        table: table.to_owned(),
        key: Key::Id(id),
        if_match: earmark_embedded::IfMatch::Any,
    };
    let admin = crm.administrator();
    let error = crm.execute(delete("serviceendpoint", hook), &admin).await.expect_err("in use");
    assert!(error.is(code::CANNOT_DELETE_DUE_TO_ASSOCIATION), "{error}");
    crm.execute(delete("sdkmessageprocessingstep", step), &admin).await.expect("deleted");
    crm.execute(delete("serviceendpoint", hook), &admin).await.expect("deleted");
    let made = made(&crm, &admin, "sdkmessage", row([("name", text("Mine"))])).await;
    assert!(made.expect_err("refused").is(code::INVALID_OPERATION));
}

#[tokio::test]
async fn without_a_way_out_a_step_refuses_rather_than_being_left_out() {
    let crm = world::crm();
    registered(&crm, "Create", "task").await;
    let error = task(&crm, "Call").await.expect_err("refused");
    assert!(error.is(code::WEBHOOK_DISABLED), "{error}");
}

/// A plug-in that makes what it is called for.
#[derive(Default)]
struct Looping {
    crm: OnceLock<Weak<EmbeddedCrm>>,
    depths: Mutex<Vec<u64>>,
}

#[async_trait]
impl Transport for Looping {
    async fn send(&self, request: http::Request<Bytes>, _: &SendOptions) -> Answer {
        let body: Json = serde_json::from_slice(request.body()).expect("JSON");
        self.depths.lock().expect("not poisoned").push(body["Depth"].as_u64().expect("a depth"));
        let header = &request.headers()["x-ms-correlation-request-id"];
        let correlation = Some(header.to_str().expect("text").parse().expect("an id"));
        let circumstances = Circumstances { correlation, bypass: false };
        let crm = self.crm.get().and_then(Weak::upgrade).expect("a CRM");
        let again = vec![create("task", row([("subject", text("Again"))]), Vec::new())];
        let made = crm.execute_all_in(again, &crm.administrator(), circumstances).await;
        status(if made.is_ok() { 200 } else { 400 }, "text/plain", "")
    }
}

#[tokio::test]
async fn plug_ins_that_call_each_other_end_at_the_eighth() {
    let (crm, looping) = (world::crm(), Arc::<Looping>::default());
    looping.crm.set(Arc::downgrade(&crm)).expect("set once");
    crm.call_webhooks(Webhooks { transport: looping.clone(), loopback: false });
    registered(&crm, "Create", "task").await;
    let error = task(&crm, "Call").await.expect_err("refused");
    assert!(error.is(code::WEBHOOK_NON_SUCCESS), "{error}");
    assert_eq!(*looping.depths.lock().expect("not poisoned"), [1, 2, 3, 4, 5, 6, 7, 8]);
    let tasks = crm.execute(Request::Query(Query::of("task")), &crm.administrator()).await;
    let Ok(Response::Rows { rows, .. }) = tasks else { panic!("{tasks:?}") };
    assert!(rows.is_empty());
}
