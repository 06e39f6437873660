//! What the endpoint of a plug-in step answers.

use super::world;
use crate::faces::{SECRET, head_and_body, header_of};
use crate::target::{Target, gist, shape};
use async_trait::async_trait;
use bytes::Bytes;
use earmark_embedded::request::Op;
use earmark_embedded::{EmbeddedCrm, Filter, Query, Request, Response, Row, Value, Webhooks};
use earmark_http::{SendError, SendOptions, Transport};
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// A status line, headers, an empty line and a body.
pub const PLUG_INS: Target = Target {
    name: "plug_ins",
    about: "the answer of a plug-in step's endpoint",
    words: &[
        "200",
        "400",
        "500",
        "301",
        "content-type: application/problem+json\n",
        "\n\n",
        "{\"detail\":\"",
        "\"title\":",
        "location: http://169.254.169.254/\n",
        "\\u0000",
        "\\ud800",
        "null",
        "[[",
        "x",
    ],
    outside: &[],
    make: || {
        let runtime = world::runtime();
        let endpoint = Arc::<Endpoint>::default();
        let crm = runtime.block_on(registered(endpoint.clone()));
        Box::new(move |input| {
            endpoint.says(input);
            let row = row([("subject", Value::text("Call"))]);
            let create = Request::Create { table: "task".to_owned(), row, children: Vec::new() };
            let outcome = runtime.block_on(crm.execute(create, &crm.administrator()));
            let status = endpoint.status();
            match outcome {
                Ok(_) => {
                    assert!((200..300).contains(&status), "{status} counts as agreement");
                    shape(status)
                }
                Err(error) => {
                    assert!(!(200..300).contains(&status), "{status} counts as refusal");
                    assert!(!error.message.contains(SECRET), "a credential is shown");
                    assert!(!error.message.chars().any(char::is_control), "{:?}", error.message);
                    assert!(error.message.len() < 4_000, "{} bytes", error.message.len());
                    shape((status / 100, gist(&error.message)))
                }
            }
        })
    },
};

#[derive(Default)]
struct Endpoint {
    answer: Mutex<(u16, Vec<u8>)>,
}

impl Endpoint {
    fn says(&self, input: &[u8]) {
        let (lines, _) = head_and_body(input);
        let status =
            lines.first().and_then(|line| std::str::from_utf8(line).ok()?.trim().parse().ok());
        let status = status.filter(|status| (200..600).contains(status)).unwrap_or(400);
        *self.answer.lock().unwrap_or_else(PoisonError::into_inner) = (status, input.to_vec());
    }

    fn status(&self) -> u16 {
        self.answer.lock().unwrap_or_else(PoisonError::into_inner).0
    }
}

#[async_trait]
impl Transport for Endpoint {
    async fn send(
        &self,
        _: http::Request<Bytes>,
        options: &SendOptions,
    ) -> Result<http::Response<Bytes>, SendError> {
        let (status, input) = self.answer.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (lines, body) = head_and_body(&input);
        if body.len() as u64 > options.body_max {
            return Err(SendError::BodyTooLarge { limit: options.body_max });
        }
        let mut answer = http::Response::new(Bytes::copy_from_slice(body));
        *answer.status_mut() = status.try_into().expect("checked before");
        answer.headers_mut().extend(lines.iter().skip(1).filter_map(|line| header_of(line)));
        Ok(answer)
    }
}

fn row<const N: usize>(columns: [(&str, Value); N]) -> Row {
    columns.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

async fn made(crm: &Arc<EmbeddedCrm>, table: &str, row: Row) -> Uuid {
    let create = Request::Create { table: table.to_owned(), row, children: Vec::new() };
    match crm.execute(create, &crm.administrator()).await.expect("made") {
        Response::Created { id, .. } => id,
        other => panic!("{other:?}"),
    }
}

/// A CRM that asks an endpoint before each new task.
async fn registered(endpoint: Arc<Endpoint>) -> Arc<EmbeddedCrm> {
    let crm = world::crm().await;
    crm.call_webhooks(Webhooks { transport: endpoint, loopback: false });
    let hook = row([
        ("name", Value::text("Hook")),
        ("url", Value::text("https://hooks.contoso.example/step")),
        ("contract", Value::Int(8)),
        ("authtype", Value::Int(4)),
        ("authvalue", Value::text(SECRET)),
    ]);
    let hook = made(&crm, "serviceendpoint", hook).await;
    let of_message = Filter::Compare {
        column: vec!["sdkmessageid".to_owned(), "name".to_owned()],
        op: Op::Eq,
        value: Value::text("Create"),
    };
    let of_table = Filter::eq("primaryobjecttypecode", Value::text("task"));
    let query =
        Query { filter: Filter::And(vec![of_table, of_message]), ..Query::of("sdkmessagefilter") };
    let found = crm.execute(Request::Query(query), &crm.administrator()).await.expect("read");
    let Response::Rows { rows, .. } = found else { panic!("{found:?}") };
    let id = |name: &str| rows[0][name].as_id().expect("an id");
    let step = row([
        ("name", Value::text("Step")),
        ("stage", Value::Int(20)),
        ("sdkmessageid", Value::lookup("sdkmessage", id("sdkmessageid"))),
        ("sdkmessagefilterid", Value::lookup("sdkmessagefilter", id("sdkmessagefilterid"))),
        ("eventhandler", Value::lookup("serviceendpoint", hook)),
    ]);
    made(&crm, "sdkmessageprocessingstep", step).await;
    crm
}
