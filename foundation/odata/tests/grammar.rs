//! Texts that clients send, and what they are read into.

use earmark_odata::multipart::{
    BatchPart, BatchResponse, ResponsePart, boundary, parse_batch, print_batch,
};
use earmark_odata::{
    Compare, Evaluate, Expr, Literal, compare_by, matches, parse_filter, parse_path, parse_query,
    project,
};
use serde_json::{Value, json};

fn holds(filter: &str, entity: &Value) -> bool {
    let expr = parse_filter(filter).expect(filter);
    matches(&expr, entity, &Evaluate { ignore_case: true }).expect(filter)
}

#[test]
fn filters_hold_for_the_entities_they_describe() {
    let message = json!({
        "subject": "Offer for Contoso", "importance": "high", "isRead": false, "size": 12, "none": null,
        "received": "2026-03-01T10:00:00.0000000Z", "owner": "6f0f9a4e-0000-4000-8000-00000000000a",
        "categories": ["Red", "Tracked to Dynamics 365"],
        "from": {"emailAddress": {"address": "anna@contoso.example"}},
        "to": [{"name": "bo", "tags": ["x"]}, {"name": "cy", "tags": []}],
        "start": {"dateTime": "2026-03-01T10:00:00.0000000"},
    });
    for filter in [
        "subject eq 'offer for contoso'",
        "not (isRead eq true)",
        "not isRead",
        "isRead eq false and (size gt 11 or size lt 3)",
        "from/emailAddress/address eq 'anna@contoso.example'",
        "categories/any(c:c eq 'Tracked to Dynamics 365')",
        "categories/any()",
        "categories/$count eq 2",
        "to/any(t:t/tags/any(x:x eq 'x') and t/name eq 'bo')",
        "to/all(t:length(t/name) eq 2)",
        "received ge 2026-03-01T10:00:00Z and received lt 2026-03-01T12:00:00+01:00",
        "received eq '2026-03-01T10:00:00Z'",
        "start/dateTime eq '2026-03-01T10:00:00'",
        "date(received) eq 2026-03-01",
        "year(received) eq 2026",
        "owner eq 6f0f9a4e-0000-4000-8000-00000000000A",
        "contains(subject,'CONTOSO') and startswith(tolower(subject),'offer')",
        "importance in ('low','high')",
        "missing eq null and subject ne null and none eq null",
        "indexof(subject,'for') eq 6 and substring(subject,0,5) eq 'Offer'",
        "concat('a','b') eq 'AB'",
    ] {
        assert!(holds(filter, &message), "{filter}");
    }
    for filter in [
        "missing gt 1",
        "contains(missing,'a')",
        "not contains(missing,'a')",
        "categories/all(c:c eq 'Red')",
        "size in (1,2)",
        "subject eq null",
    ] {
        assert!(!holds(filter, &message), "{filter}");
    }
}

#[test]
fn named_arguments_come_as_comparisons_and_lists() {
    let expr = parse_filter(
        "Microsoft.Dynamics.CRM.In(PropertyName='statecode',PropertyValues=['0',\"1\"])",
    )
    .expect("a namespaced function");
    let Expr::Call { function, arguments } = expr else {
        panic!("not a call");
    };
    assert_eq!(function, "Microsoft.Dynamics.CRM.In");
    let [Expr::Compare { op: Compare::Eq, right, .. }, Expr::In { list, .. }] =
        arguments.as_slice()
    else {
        panic!("wrong arguments");
    };
    assert_eq!(**right, Expr::Literal(Literal::Text("statecode".into())));
    assert_eq!(list.len(), 2);
}

#[test]
fn errors_say_where_and_what() {
    for (filter, part) in [
        ("name eq", "missing at the end"),
        ("name eq 'x", "unterminated"),
        ("name eq 'x' extra", "'extra'"),
        ("a/tolower(b)", "tolower"),
        ("x/all()", "all"),
        ("a eq 1.2.3", "1.2.3"),
        ("a eq 2026-13-45T00:00:00Z", "2026-13-45"),
        ("", "missing at the end"),
    ] {
        let error = parse_filter(filter).expect_err(filter);
        assert!(error.message.contains(part), "{filter}: {error}");
    }
    let error = parse_query("$top=-1").expect_err("negative");
    assert!(error.message.contains("$top"));
    assert!(parse_query("$top=1&top=2").is_err());
    assert!(parse_query("$count=maybe").is_err());
    assert!(parse_query("$filter=%ff").is_err());
    assert!(parse_query("$orderby=name sideways").is_err());
}

#[test]
fn limits_hold() {
    assert!(parse_filter(&format!("{}a{}", "(".repeat(64), ")".repeat(64))).is_ok());
    assert!(parse_filter(&format!("{}a{}", "(".repeat(65), ")".repeat(65))).is_err());
    assert!(parse_filter(&"not ".repeat(5_000)).is_err());
    let terms = |count: usize| vec!["a"; count].join(" and ");
    assert!(parse_filter(&terms(2_000)).is_ok());
    assert!(parse_filter(&terms(2_001)).is_err());
    assert!(parse_filter(&" ".repeat(40_000)).is_err());
    let nested = |depth: usize| format!("{}x{}", "x($expand=".repeat(depth), ")".repeat(depth));
    assert!(parse_query(&format!("$expand={}", nested(15))).is_ok());
    assert!(parse_query(&format!("$expand={}", nested(16))).is_err());
    assert!(parse_path(&"a/".repeat(65)).is_err());
}

#[test]
fn query_options_are_read_with_and_without_the_dollar() {
    let query = parse_query(
        "$select=subject,from/name&FILTER=size%20gt%201&$orderby=received+desc,subject&%24top=5&skip=2&$count=true\
         &$expand=owner($select=name;$expand=unit/$ref),parties($filter=a eq 'x;y,(';$top=2)&$skiptoken=a%2Bb&startDateTime=2026-01-01&$levels=2",
    )
    .expect("a query");
    assert_eq!(query.select, ["subject", "from/name"]);
    assert_eq!(query.filter_text.as_deref(), Some("size gt 1"));
    assert_eq!(query.order_by.len(), 2);
    assert!(query.order_by[0].descending && !query.order_by[1].descending);
    assert_eq!((query.top, query.skip, query.count), (Some(5), Some(2), true));
    assert_eq!(query.expand.len(), 2);
    assert!(query.expand[0].query.expand[0].reference);
    assert_eq!(query.expand[1].query.top, Some(2));
    assert_eq!(query.skip_token.as_deref(), Some("a+b"));
    assert_eq!(query.custom["startDateTime"], "2026-01-01");
    assert_eq!(query.custom["$levels"], "2");
}

#[test]
fn an_unencoded_plus_of_an_offset_is_understood() {
    let query = parse_query("$filter=at ge 2026-03-01T10:00:00+01:00 and b eq 1").expect("a query");
    let same = parse_filter("at ge 2026-03-01T09:00:00Z and b eq 1").expect("a filter");
    assert_eq!(query.filter, Some(same));
}

#[test]
fn paths_are_segments_with_keys() {
    let segments =
        parse_path("/Users('a%27%27b@c.example')/messages/AAMk%3D/microsoft.graph.delta()/$value")
            .expect("a path");
    let names: Vec<&str> = segments.iter().map(|segment| segment.name.as_str()).collect();
    assert_eq!(names, ["Users", "messages", "AAMk=", "microsoft.graph.delta", "$value"]);
    assert_eq!(segments[0].keys[0].value, Literal::Text("a'b@c.example".into()));
    assert!(segments[3].parenthesised && segments[3].keys.is_empty());

    let segments = parse_path("accounts%28name=%27a%2Fb%27,revenue=5%29/name").expect("a path");
    assert_eq!(segments.len(), 2);
    assert_eq!(segments[0].keys[0].name.as_deref(), Some("name"));
    assert_eq!(segments[0].keys[0].value, Literal::Text("a/b".into()));
    assert_eq!(segments[0].keys[1].value, Literal::Int(5));

    let segments = parse_path("emails(6f0f9a4e-0000-4000-8000-00000000000a)").expect("a path");
    assert!(std::matches!(segments[0].keys[0].value, Literal::Guid(_)));
    assert!(parse_path("emails(").is_err());
    assert!(parse_path("emails(1 2)").is_err());
    assert!(parse_path("%ff").is_err());
}

#[test]
fn ordering_puts_null_first_and_projection_keeps_annotations() {
    let order = parse_query("$orderby=n desc,name").expect("an order").order_by;
    let mut rows = [
        json!({"name": "b"}),
        json!({"n": 1, "name": "B"}),
        json!({"n": 2}),
        json!({"n": 1, "name": "a"}),
    ];
    rows.sort_by(|a, b| compare_by(&order, a, b));
    assert_eq!(rows[0]["n"], 2);
    assert_eq!(rows[1]["name"], "a");
    assert_eq!(rows[3], json!({"name": "b"}));

    let mut entity =
        json!({"@odata.etag": "W/1", "id": "1", "a": 1, "a@x.y": 2, "b": 3, "b@x.y": 4});
    project(&mut entity, &["a".to_owned()]);
    assert_eq!(entity, json!({"@odata.etag": "W/1", "id": "1", "a": 1, "a@x.y": 2}));
}

const BATCH: &str = "preamble\r\n--batch_1\r\nContent-Type: multipart/mixed;boundary=\"changeset_1\"\r\n\r\n\
--changeset_1\nContent-Type: application/http\nContent-Transfer-Encoding:binary\nContent-ID: 1\n\n\
POST /api/data/v9.2/tasks HTTP/1.1\nContent-Type: application/json;type=entry\n\n{\"subject\":\"a\"}\n\
--changeset_1--\r\n\r\n--batch_1\r\nContent-Type: application/http\r\n\r\nGET accounts?$top=1 HTTP/1.1\r\nAccept: application/json\r\n\r\n\r\n--batch_1--\r\n";

#[test]
fn a_batch_is_read_whatever_its_line_ends() {
    assert_eq!(boundary("multipart/mixed; boundary=\"batch_1\"").as_deref(), Some("batch_1"));
    let parts = parse_batch("batch_1", BATCH.as_bytes(), 1000).expect("a batch");
    let [BatchPart::ChangeSet(changes), BatchPart::Request(get)] = parts.as_slice() else {
        panic!("wrong parts: {parts:?}");
    };
    assert_eq!(changes[0].content_id.as_deref(), Some("1"));
    assert_eq!(changes[0].body, b"{\"subject\":\"a\"}");
    assert_eq!((get.method.as_str(), get.target.as_str()), ("GET", "accounts?$top=1"));
    let spaced = BATCH.replace("$top=1", "$filter=name eq 'A B'");
    let parts = parse_batch("batch_1", spaced.as_bytes(), 1000).expect("a batch");
    let Some(BatchPart::Request(request)) = parts.get(1) else { panic!("{parts:?}") };
    assert_eq!(request.target, "accounts?$filter=name eq 'A B'");
    assert!(parse_batch("batch_1", BATCH.as_bytes(), 1).is_err());
    assert!(parse_batch("batch_1", &BATCH.as_bytes()[..BATCH.len() - 8], 1000).is_err());
    let many = format!("--b\r\n{}\r\nGET a\r\n--b--", "a:b\r\n".repeat(101));
    let error = parse_batch("b", many.as_bytes(), 10).expect_err("too many headers");
    assert!(error.to_string().contains("more than 100 headers"), "{error}");
    let set = "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n";
    let eleven = format!("{set}{}--c--\r\n--b--", "--c\r\n\r\nGET a\r\n".repeat(11));
    let error = parse_batch("b", eleven.as_bytes(), 10).expect_err("too many requests");
    assert!(error.to_string().contains("more than 10 requests"), "{error}");
    assert!(parse_batch("b", b"--b\r\nno colon\r\n\r\n--b--", 10).is_err());
}

#[test]
fn a_batch_answer_is_printed_with_its_boundaries() {
    let response = BatchResponse {
        content_id: Some("1".into()),
        status: 204,
        reason: "No Content".into(),
        headers: vec![("OData-Version".into(), "4.0".into())],
        body: Vec::new(),
    };
    let parts = [ResponsePart::ChangeSet { boundary: "c".into(), responses: vec![response] }];
    let text = String::from_utf8(print_batch("b", &parts)).expect("text");
    assert_eq!(
        text,
        "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\nContent-Type: application/http\r\n\
         Content-Transfer-Encoding: binary\r\nContent-ID: 1\r\n\r\nHTTP/1.1 204 No Content\r\nOData-Version: 4.0\r\n\r\n\r\n\
         --c--\r\n--b--\r\n"
    );
}
