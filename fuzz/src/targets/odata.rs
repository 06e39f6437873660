//! The grammar of OData: filters, query options with paths, and batches.

use super::text;
use crate::target::{Target, gist, shape};
use earmark_odata::json_batch::JsonBatch;
use earmark_odata::multipart::{BatchPart, BatchResponse, ResponsePart, parse_batch, print_batch};
use earmark_odata::{
    Evaluate, compare_by, matches, parse_filter, parse_path, parse_query, project,
};
use serde_json::{Value, json};

/// `$filter`.
pub const FILTER: Target = Target {
    name: "odata_filter",
    about: "a filter expression: read, evaluated, printed and read again",
    words: &[
        " and ",
        " or ",
        "not ",
        " eq ",
        " in ",
        "(",
        ")",
        "'",
        "''",
        "null",
        "any(x:x/",
        "all(x:",
        "contains(",
        "2026-11-22T10:00:00Z",
        "0001-01-01",
        "guid'",
        "datetime'",
        "1e9",
        "/",
        ",",
        "=",
        "[",
        "]",
        "a",
        "b/c",
        "00000000-0000-0000-0000-000000000001",
        "Microsoft.Dynamics.CRM.",
        "date(",
        "length(",
        "substring(",
        "cast(",
        "duration'P1D'",
        "12L",
        "-",
    ],
    outside: &[],
    make: || Box::new(filter),
};

/// Query options and paths.
pub const QUERY: Target = Target {
    name: "odata_query",
    about: "the options of an address, and a path",
    words: &[
        "$select=",
        "$filter=",
        "$expand=",
        "$orderby=",
        "$top=",
        "$skip=",
        "$count=true",
        "$skiptoken=",
        "$deltatoken=",
        "$search=",
        "&",
        "=",
        "%",
        "%27",
        "%28",
        "(",
        ")",
        ";",
        ",",
        "/",
        "$ref",
        "'",
        " desc",
        "a(b=1)",
        "+",
        "%ff",
        "?",
        "@p1=",
    ],
    outside: &[],
    make: || Box::new(query),
};

/// `$batch`, both forms.
pub const BATCH: Target = Target {
    name: "odata_batch",
    about: "a batch, multipart with the boundary `b` or JSON: read, printed and read again",
    words: &[
        "--b\r\n",
        "--b--",
        "--c\n",
        "Content-Type: multipart/mixed; boundary=c\n\n",
        "\n\n",
        "Content-ID: 1\n",
        "GET accounts HTTP/1.1\n",
        "Content-Type: application/http\n",
        "\r\n",
        "{\"requests\":[",
        "\"dependsOn\":[\"1\"]",
        "\"id\":\"1\"",
        "\"method\":\"GET\"",
        "$1",
    ],
    outside: &[],
    make: || Box::new(batch),
};

/// Units: requests of a batch.
const REQUESTS_MAX: usize = 100;

fn entity() -> Value {
    json!({
        "a": [1, "x", null, {"b": 2}], "b": {"c": "2026-01-01T00:00:00Z"}, "c": 1.5, "d": true,
        "e": null, "f": "Text", "g": -9_223_372_036_854_775_808_i64, "h": 1e300,
    })
}

fn filter(bytes: &[u8]) -> u64 {
    let text = text(bytes);
    match parse_filter(&text) {
        Ok(expr) => {
            let answers = [true, false].map(|ignore_case| {
                let answer = matches(&expr, &entity(), &Evaluate { ignore_case });
                answer.map_err(|error| gist(&error.to_string()))
            });
            let printed = expr.to_string();
            // What is printed is longer by parentheses, and may then be beyond a limit.
            match parse_filter(&printed) {
                Ok(again) => assert_eq!(again, expr, "{printed}"),
                Err(error) => {
                    let error = error.to_string();
                    let is_limit = ["longer than", "deeper than", "more than"]
                        .iter()
                        .any(|limit| error.contains(limit));
                    assert!(is_limit, "{printed} is not read again: {error}");
                }
            }
            shape((
                "ok",
                answers.map(|answer| answer.map_err(Some).ok()),
                std::mem::discriminant(&expr),
            ))
        }
        Err(error) => shape(gist(&error.to_string())),
    }
}

fn query(bytes: &[u8]) -> u64 {
    let text = text(bytes);
    let (path, options) = text.split_once('?').unwrap_or(("", &text));
    let path = parse_path(path).map(|path| path.len()).map_err(|error| gist(&error.to_string()));
    let options = match parse_query(options) {
        Ok(query) => {
            let order = compare_by(&query.order_by, &entity(), &json!({"c": "x"}));
            let mut shown = entity();
            project(&mut shown, &query.select);
            let told = (query.top.is_some(), query.expand.len(), query.filter.is_some());
            Ok((order as i8, shown.as_object().map(serde_json::Map::len), told))
        }
        Err(error) => Err(gist(&error.to_string())),
    };
    shape((path, options))
}

fn batch(bytes: &[u8]) -> u64 {
    let json = serde_json::from_slice::<JsonBatch>(bytes).map(|batch| {
        let printed = serde_json::to_vec(&batch).expect("a batch is JSON");
        let again: JsonBatch = serde_json::from_slice(&printed).expect("what was printed");
        assert_eq!(again, batch);
        batch.check(REQUESTS_MAX).map_err(|problem| gist(&problem))
    });
    if let Ok(checked) = json {
        return shape(checked);
    }
    match parse_batch("b", bytes, REQUESTS_MAX) {
        Ok(parts) => {
            let count: usize = parts.iter().map(BatchPart::len).sum();
            assert!(count <= REQUESTS_MAX, "{count} requests");
            let printed = print_batch("b", &parts.iter().map(echoed).collect::<Vec<_>>());
            assert!(printed.ends_with(b"--b--\r\n"));
            shape(parts.iter().map(BatchPart::len).take(4).collect::<Vec<_>>())
        }
        Err(error) => shape(gist(&error.to_string())),
    }
}

/// An answer that says what the request said.
fn echoed(part: &BatchPart) -> ResponsePart {
    let one = |request: &earmark_odata::multipart::BatchRequest| BatchResponse {
        content_id: request.content_id.clone(),
        status: 200,
        reason: request.method.clone(),
        headers: request.headers.clone(),
        body: request.body.clone(),
    };
    match part {
        BatchPart::Request(request) => ResponsePart::Response(one(request)),
        BatchPart::ChangeSet(requests) => ResponsePart::ChangeSet {
            boundary: "c".to_owned(),
            responses: requests.iter().map(one).collect(),
        },
    }
}
