//! The faces of the pretend Exchange: Graph, the control API with the token endpoint, and the
//! import of calendars.

use super::world::{self, ANA};
use crate::faces::{control_code, drive, odata_code};
use crate::target::Target;
use axum::Router;
use serde_json::{Value, json};

/// Requests to Graph.
pub const GRAPH: Target = Target {
    name: "graph_face",
    about: "requests to the sandbox's Graph face, `$batch` and uploads among them",
    words: &[
        "\n====\n",
        "GET /v1.0/users/ana.ruiz@fabrikam.test/",
        "POST ",
        "PATCH ",
        "DELETE ",
        "messages",
        "/messages/delta",
        "mailFolders/inbox",
        "events",
        "calendarView?",
        "startDateTime=2026-01-01T00:00:00Z&endDateTime=2027-01-01T00:00:00Z",
        "todo/lists",
        "tasks",
        "/$value",
        "/attachments",
        "$filter=",
        "$select=",
        "$orderby=",
        "$expand=",
        "$top=",
        "$skip=",
        "$skiptoken=",
        "$deltatoken=",
        "$count=true",
        "$search=\"a\"",
        "categories/any(c:c eq 'x')",
        "receivedDateTime ge 2026-01-01T00:00:00Z",
        "$batch",
        "{\"requests\":[{\"id\":\"1\",\"method\":\"GET\",\"url\":\"/me\"}]}",
        "\"recurrence\":",
        "{\"pattern\":{\"type\":\"daily\",\"interval\":0},\"range\":{\"type\":\"noEnd\"}}",
        "\"start\":{\"dateTime\":\"2026-11-22T10:00:00\",\"timeZone\":\"UTC\"}",
        "\"attendees\":[",
        "\"toRecipients\":[",
        "\"emailAddress\":{",
        "\"categories\":[",
        "null",
        "{}",
        "[]",
        "Prefer: odata.maxpagesize=1\n",
        "Prefer: outlook.timezone=\"W. Europe Standard Time\"\n",
        "If-Match: W/\"1\"\n",
        "Content-Range: bytes 0-1/2\n",
        "subscriptions",
        "translateExchangeIds",
        "sendMail",
        "reply",
        "forward",
        "move",
        "createUploadSession",
        "messageRules",
        "masterCategories",
        "extensions",
        "singleValueExtendedProperties",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "contacts",
        "accept",
        "instances",
        "AAMk",
        "'",
        "(",
        ")",
    ],
    outside: &[],
    make: || {
        let runtime = world::runtime();
        let sandbox = runtime.block_on(world::sandbox());
        let router = Router::new().nest("/graph", sandbox.graph_router());
        // What stands before the face is none of it.
        let router = router.fallback(async || {
            (http::StatusCode::NOT_FOUND, axum::Json(json!({"error": {"code": "none"}})))
        });
        Box::new(move |input| runtime.block_on(drive(&router, "/graph", input, odata_code)))
    },
};

/// Requests to the control API and the token endpoint.
pub const CONTROL: Target = Target {
    name: "control",
    about: "requests to the sandbox's control API and its token endpoint",
    words: &[
        "\n====\n",
        "POST /sandbox/v1/",
        "users",
        "/import",
        "deliver",
        "faults",
        "quirks",
        "Content-Type: application/mbox\n",
        "Content-Type: message/rfc822\n",
        "PUT ",
        "GET ",
        "POST /login/demo/oauth2/v2.0/token",
        "grant_type=client_credentials",
        "&client_id=demo",
        "&client_secret=demo",
        "&client_assertion=",
        "&scope=https://graph.microsoft.com/.default",
        "[{\"target\":\"graph\",\"fault\":{\"status\":429}}]",
        "\"probability\":",
        "\"times\":",
        "\"delayMs\":",
        "\"retryAfter\":",
        "rcpt=a@b.test",
        "size=",
        "\"mail\":",
        "\"displayName\":",
        "\"kind\":\"user\"",
        "/categories/rename",
        "/rules/run",
        "/reset",
        "/subscriptions",
        "eyJhbGciOiJub25lIn0.",
        "{}",
        "null",
        "%00",
        "ana.ruiz@fabrikam.test",
    ],
    outside: &[],
    make: || {
        let runtime = world::runtime();
        let sandbox = runtime.block_on(world::sandbox());
        let router = Router::new()
            .nest("/sandbox/v1", sandbox.control_router(world::admin_check()))
            .nest("/login", sandbox.login_router());
        // Whatever nobody answers is of neither face.
        let router = router.fallback(async || {
            (http::StatusCode::NOT_FOUND, axum::Json(json!({"title": "Not Found"})))
        });
        Box::new(move |input| runtime.block_on(drive(&router, "", input, control_code)))
    },
};

/// A calendar file as the body of an import.
pub const CALENDAR: Target = Target {
    name: "calendar",
    about: "an iCalendar file: imported, or refused line by line, and then listed",
    words: &[
        "BEGIN:VCALENDAR\r\n",
        "END:VCALENDAR\r\n",
        "BEGIN:VEVENT\r\n",
        "END:VEVENT\r\n",
        "BEGIN:VTODO\r\n",
        "BEGIN:VTIMEZONE\r\n",
        "BEGIN:STANDARD\r\n",
        "TZOFFSETTO:+9999\r\n",
        "DTSTART:",
        "DTEND:",
        "20261122T100000Z",
        "00000000T000000",
        "99991231T235959Z",
        ";TZID=",
        "DURATION:P999999999D\r\n",
        "RRULE:FREQ=",
        "DAILY",
        "WEEKLY;BYDAY=MO,TU",
        "MONTHLY;BYMONTHDAY=31",
        "YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "SECONDLY",
        ";INTERVAL=0",
        ";COUNT=",
        ";UNTIL=",
        ";BYSETPOS=-1",
        "EXDATE:",
        "RDATE:",
        "RECURRENCE-ID:",
        "UID:",
        "ATTENDEE:mailto:",
        "ORGANIZER:mailto:",
        "CATEGORIES:",
        "SUMMARY:",
        "\r\n ",
        ";VALUE=DATE",
        "ENCODING=BASE64",
        "BEGIN:VALARM\r\n",
    ],
    outside: &[("EARMARK_CORPUS", "calendar")],
    make: || {
        let runtime = world::runtime();
        let sandbox = runtime.block_on(world::sandbox());
        let router = Router::new()
            .nest("/sandbox/v1", sandbox.control_router(world::admin_check()))
            .nest("/graph", sandbox.graph_router());
        Box::new(move |input| {
            let mut requests =
                format!("POST /sandbox/v1/users/{ANA}/import\ncontent-type: text/calendar\n\n")
                    .into_bytes();
            requests.extend_from_slice(input);
            for list in ["events", "calendarView?startDateTime=2026-11-01&endDateTime=2027-02-01"] {
                let line = format!("\n====\nGET /graph/v1.0/users/{ANA}/{list}\n\n");
                requests.extend_from_slice(line.as_bytes());
            }
            runtime.block_on(drive(&router, "", &requests, either_code))
        })
    },
};

fn either_code(body: &Value) -> Option<&str> {
    odata_code(body).or_else(|| control_code(body))
}
