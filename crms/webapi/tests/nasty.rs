//! Whatever comes over the network is answered, and never with an error of our own.

mod world;

use axum::body::Body;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use world::world;

fn piece() -> impl Strategy<Value = String> {
    let words = [
        "accounts",
        "emails",
        "EntityDefinitions",
        "(00000000-0000-0000-0000-000000000001)",
        "('",
        "')",
        "(",
        ")",
        "/",
        "//",
        "$ref",
        "$count",
        "$value",
        "$metadata",
        "$batch",
        "name",
        "_ownerid_value",
        "ownerid",
        "WhoAmI()",
        "%00",
        "%27",
        "%ff",
        "Microsoft.Dynamics.CRM.",
        "Account_Tasks",
        "?",
        "&",
        "$filter=",
        "$select=",
        "$expand=",
        "$orderby=",
        "$top=",
        "=",
        "name eq 'x'",
        " and ",
        "any(x:x/y eq 1)",
        "$skiptoken=",
        "<cookie pagenumber=\"2\" pagingcookie=\"x\"",
        "1",
        "-1",
        "99999999999999999999",
        "Microsoft.Dynamics.CRM.LastXDays(PropertyName='createdon',PropertyValue=999999)",
        "Microsoft.Dynamics.CRM.On(PropertyName='createdon',PropertyValue='9999-12-31')",
        "createdon gt 9999-12-31T23:59:59Z",
        "createdon lt 0001-01-01",
    ];
    prop_oneof![4 => prop::sample::select(words.to_vec()).prop_map(str::to_owned), 1 => "\\PC{0,6}"]
}

fn body() -> impl Strategy<Value = String> {
    let members = [
        "\"name\":\"x\"",
        "\"name\":null",
        "\"name\":{}",
        "\"Account_Tasks\":[{}]",
        "\"Account_Tasks\":[1]",
        "\"primarycontactid\":{}",
        "\"primarycontactid@odata.bind\":\"$1\"",
        "\"primarycontactid@odata.bind\":\"/contacts(\"",
        "\"@odata.id\":\"accounts(1)\"",
        "\"value\":[]",
        "\"Targets\":[{}]",
        "\"revenue\":1e308",
        "\"statecode\":99999999999",
        "\"createdon\":\"x\"",
        "\"ownerid\":null",
    ];
    let object = prop::collection::vec(prop::sample::select(members.to_vec()), 0..4)
        .prop_map(|members| format!("{{{}}}", members.join(",")));
    prop_oneof![4 => object, 1 => "\\PC{0,30}", 1 => Just(String::new())]
}

#[test]
fn no_request_makes_the_face_fail() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let world = runtime.block_on(world());
    let methods =
        prop::sample::select(vec!["GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS"]);
    let starts = [
        "",
        "accounts?$filter=",
        "contacts?$filter=createdon",
        "accounts?$expand=",
        "emails?",
        "contacts?sql=SELECT firstname FROM contact WHERE ",
        "contacts?fetchXml=<fetch><entity name=\"contact\">",
        "tasks?$orderby=",
        "accounts(00000000-0000-0000-0000-000000000001)/",
        "accounts(",
        "EntityDefinitions?",
        "EntityDefinitions(LogicalName='email')/",
    ];
    let starts = prop::sample::select(starts.to_vec());
    let paths = (starts, prop::collection::vec(piece(), 0..8))
        .prop_map(|(start, pieces)| format!("{start}{}", pieces.concat()));
    let prefers = prop::sample::select(vec![
        "return=representation",
        "odata.maxpagesize=1",
        "odata.include-annotations=\"*\"",
        ",;=\"",
    ]);
    let mut runner =
        TestRunner::new(Config { cases: 600, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&(methods, paths, body(), prefers), |(method, path, body, prefer)| {
        let encoded: String = path
            .bytes()
            .map(|byte| match byte {
                b'!'..=b'~' if !b"\"<>^`{|}\\#".contains(&byte) => char::from(byte).to_string(),
                byte => format!("%{byte:02X}"),
            })
            .collect();
        let request = http::Request::builder()
            .method(method)
            .uri(format!("/api/data/v9.2/{encoded}"))
            .header("authorization", "Bearer admin")
            .header("prefer", prefer)
            .header("content-type", "multipart/mixed;boundary=b")
            .body(Body::from(body));
        let Ok(request) = request else { return Ok(()) };
        let answer = runtime.block_on(world.send(request));
        prop_assert!(answer.status != 500, "{} {}: {}", method, encoded, answer.text);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
