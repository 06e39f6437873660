//! What the Graph connector is answered: pages, items, errors, batches and tokens.
//!
//! The first part of an input names what is asked; each further one is an answer: a status,
//! headers, an empty line and a body. Answers of the token endpoint start with `token`. Where no
//! answer is left, nobody is there.

use super::{text, world};
use crate::faces::{SECRET, head_and_body, header_of, parts};
use crate::target::{Target, gist, shape};
use async_trait::async_trait;
use bytes::Bytes;
use earmark_graph::GraphServer;
use earmark_http::{SendError, SendOptions, Transport};
use earmark_mailbox_port::{
    CategoryWrite, Checkpoint, Detail, IdForm, ItemRead, Mailbox, MailboxServer, PushTarget, Scope,
};
use earmark_model::{
    ActivityId, CategoryColor, CategoryName, Failure, FailureClass, Instant, ItemHandle, ItemKind,
    MailboxAddress, Version,
};
use http::{Request, Response};
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use uuid::Uuid;

/// Answers to one question.
pub const ANSWERS: Target = Target {
    name: "graph_answers",
    about: "what the Graph connector is answered",
    words: &[
        "\n====\n",
        "200\n\n",
        "404\n\n",
        "429\nretry-after: 7\n\n",
        "token 200\n\n",
        "503\n\n",
        "{\"value\":[",
        "]}",
        "\"@odata.nextLink\":\"https://graph.example.test/v1.0/next\"",
        "\"@odata.nextLink\":\"https://evil.test/\"",
        "\"id\":\"A\"",
        "\"@odata.etag\":\"W/\\\"1\\\"\"",
        "\"categories\":[\"Tracked to Dynamics 365\"]",
        "\"parentFolderId\":\"F-inbox\"",
        "null",
        "\"isDraft\":false",
        "{\"responses\":[",
        "{\"id\":\"0\",\"status\":200,\"headers\":{},\"body\":",
        "{\"error\":{\"code\":\"ErrorItemNotFound\"}}",
        "\"innerError\":",
        "{}",
        "[]",
        "<html>",
        "date: Sun, 22 Nov 2026 10:15:00 GMT\n",
        "\"recurrence\":{\"pattern\":",
        "\"interval\":0",
        "\"start\":{\"dateTime\":\"2026-11-22T10:00:00.0000000\",\"timeZone\":\"UTC\"}",
        "\"type\":\"seriesMaster\"",
        "\"contentBytes\":\"AQID\"",
        "\"@odata.type\":",
        "\"#microsoft.graph.fileAttachment\"",
        "\"#microsoft.graph.itemAttachment\"",
        "\"receivedDateTime\":\"2026-11-22T09:00:00Z\"",
        "\"size\":",
        "{\"access_token\":\"t\",\"expires_in\":",
        "\"expirationDateTime\":",
        "\\ud800",
        "\"wellknownListName\":\"defaultList\"",
        "\"displayName\":",
        "bearing mail",
        "content mail",
        "content calendar",
        "content tasks",
        "bearing tasks",
    ],
    outside: &[],
    make: || {
        let runtime = world::runtime();
        Box::new(move |input| runtime.block_on(asked(input)))
    },
};

/// A word of the answers that no failure may repeat: content stays where it is.
const CONTENT: &str = "zirconium";

#[derive(Default)]
struct Script {
    answers: Mutex<VecDeque<Answer>>,
    tokens: Mutex<VecDeque<Answer>>,
    given: Mutex<Vec<Answer>>,
}

#[derive(Clone)]
struct Answer {
    status: u16,
    headers: http::HeaderMap,
    body: Bytes,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Script {
    fn of(parts: &[&[u8]]) -> Arc<Self> {
        let script = Self::default();
        for part in parts {
            let (lines, body) = head_and_body(part);
            let first = text(lines.first().copied().unwrap_or_default()).into_owned();
            let (list, status) = match first.strip_prefix("token") {
                Some(status) => (&script.tokens, status),
                None => (&script.answers, first.as_str()),
            };
            let status = status.trim().parse().ok().filter(|status| (200..600).contains(status));
            let headers = lines.iter().skip(1).filter_map(|line| header_of(line)).collect();
            let body = Bytes::copy_from_slice(body);
            locked(list).push_back(Answer { status: status.unwrap_or(200), headers, body });
        }
        Arc::new(script)
    }
}

#[async_trait]
impl Transport for Script {
    async fn send(
        &self,
        request: Request<Bytes>,
        options: &SendOptions,
    ) -> Result<Response<Bytes>, SendError> {
        let is_token = request.uri().host() == Some("login.example.test");
        let list = if is_token { &self.tokens } else { &self.answers };
        let answer = match locked(list).pop_front() {
            Some(answer) => answer,
            None if is_token => {
                let body = format!(r#"{{"access_token":"{SECRET}","expires_in":3599}}"#);
                let headers = http::HeaderMap::new();
                Answer { status: 200, headers, body: body.into() }
            }
            None => return Err(SendError::Connect { detail: "no answer is left".to_owned() }),
        };
        if answer.body.len() as u64 > options.body_max {
            return Err(SendError::BodyTooLarge { limit: options.body_max });
        }
        let mut response = Response::new(answer.body.clone());
        *response.status_mut() = answer.status.try_into().expect("checked before");
        response.headers_mut().extend(answer.headers.clone());
        if !is_token {
            locked(&self.given).push(answer);
        }
        Ok(response)
    }
}

/// What came of a question, as far as oracles look.
enum Outcome {
    /// A list, and how many there are.
    Listed(usize),
    /// Items by id, and how many of them are said to be gone.
    Read { gone: usize, found: usize },
    /// Something else was done.
    Done,
}

async fn asked(input: &[u8]) -> u64 {
    let parts = parts(input);
    let (question, answers) = parts.split_first().map_or((&[][..], &[][..]), |(a, b)| (*a, b));
    let script = Script::of(answers);
    let server = world::connector(script.clone());
    let anna = server.open(&MailboxAddress::new("anna@example.test"));
    let question = text(question).trim().to_owned();
    let outcome = ask(&question, &anna).await;
    let given = locked(&script.given).clone();
    check(&question, &outcome, &given);
    drop::<GraphServer>(server);
    match outcome {
        Ok(Outcome::Listed(count)) => {
            shape(("listed", question.len(), count.min(4), given.len().min(4)))
        }
        Ok(Outcome::Read { gone, found }) => {
            shape(("read", question.len(), gone.min(3), found.min(3)))
        }
        Ok(Outcome::Done) => shape(("done", question.len(), given.len().min(4))),
        Err(failure) => shape((failure.class.as_str(), gist(&failure.detail), given.len().min(4))),
    }
}

async fn ask(question: &str, anna: &Arc<dyn Mailbox>) -> Result<Outcome, Failure> {
    let names = [CategoryName::new("Tracked to Dynamics 365")];
    let handle = ItemHandle::from("A");
    let task = ItemHandle::from("L|A");
    let list = |count: usize| Ok(Outcome::Listed(count));
    let scope = |word: &str| match word {
        "calendar" => (Scope::Calendar, ItemKind::Appointment),
        "tasks" => (Scope::Tasks, ItemKind::Task),
        _ => (Scope::Mail, ItemKind::Email),
    };
    let (verb, word) = question.split_once(' ').unwrap_or((question, ""));
    let (scope, kind) = scope(word);
    let of_kind = if kind == ItemKind::Task { &task } else { &handle };
    match verb {
        "changes" => {
            let checkpoint = Checkpoint(format!("graph-mail-1:{}", world::NOW));
            list(anna.changes(Some(&checkpoint)).await?.changed.len())
        }
        "item" => Ok(read([anna.item(kind, of_kind, Detail::Summary).await?])),
        "content" => Ok(read([anna.item(kind, of_kind, Detail::Content).await?])),
        "items" => {
            let handles: Vec<ItemHandle> =
                (0..25).map(|number| ItemHandle(format!("{}{number}", of_kind.as_str()))).collect();
            let items = anna.items(kind, &handles).await?;
            assert_eq!(items.len(), handles.len(), "one answer for each handle");
            Ok(read(items))
        }
        "messages" => list(anna.messages(&["<a@b.test>".to_owned()]).await?.len()),
        "received" => list(anna.received(Instant::from_millis(0)).await?.len()),
        "translate" => {
            let ids = ["a".to_owned(), "b".to_owned()];
            let handles = anna.translate(IdForm::Ews, &ids).await?;
            assert_eq!(handles.len(), ids.len(), "one answer for each id");
            Ok(Outcome::Done)
        }
        "exceptions" => anna.exceptions(&handle).await.map(|_| Outcome::Done),
        "master" => list(anna.master_categories().await?.len()),
        "put" => anna
            .put_master_category(&names[0], CategoryColor::Preset(4))
            .await
            .map(|_| Outcome::Done),
        "change" => {
            let base = Version::from("W/\"1\"");
            let written = anna.change_categories(kind, of_kind, &names, &[], &base).await?;
            Ok(match written {
                CategoryWrite::Gone => Outcome::Read { gone: 1, found: 0 },
                _ => Outcome::Done,
            })
        }
        "link" => {
            let id = ActivityId(Uuid::from_u128(7));
            anna.put_back_link(&task, id).await.map(|_| Outcome::Done)
        }
        "subscriptions" => anna.subscriptions("https://a.test/").await.map(|_| Outcome::Done),
        "subscribe" => {
            let target = PushTarget {
                url: "https://a.test/".to_owned(),
                client_state: SECRET.to_owned(),
                expires: Instant::from_millis(world::NOW + 3_600_000),
            };
            anna.subscribe("users/anna/messages", &target).await.map(|_| Outcome::Done)
        }
        "renew" => {
            let until = Instant::from_millis(world::NOW + 3_600_000);
            anna.renew("s", until).await.map(|_| Outcome::Done)
        }
        _ => list(anna.bearing(scope, &names).await?.len()),
    }
}

fn read(items: impl IntoIterator<Item = ItemRead>) -> Outcome {
    let (mut gone, mut found) = (0, 0);
    for item in items {
        match item {
            ItemRead::Gone => gone += 1,
            ItemRead::Found { .. } => found += 1,
        }
    }
    Outcome::Read { gone, found }
}

/// What must hold of every outcome, whatever was answered.
fn check(question: &str, outcome: &Result<Outcome, Failure>, given: &[Answer]) {
    let good = |answer: &&Answer| (200..300).contains(&answer.status);
    match outcome {
        Ok(Outcome::Listed(0)) => {
            for answer in given.iter().filter(good) {
                assert!(is_list(&answer.body), "{question}: read as empty: {}", text(&answer.body));
            }
            assert!(!given.is_empty(), "{question}: nothing was asked");
        }
        Ok(Outcome::Read { gone, .. }) if *gone > 0 => {
            let says = |answer: &Answer| names_a_missing_item(&answer.body);
            assert!(given.iter().any(says), "{question}: gone without a word of it");
        }
        Ok(_) => {}
        Err(failure) => {
            let shown = format!("{failure:?} {failure}");
            assert!(!shown.contains(SECRET), "{question}: a secret is shown: {shown}");
            assert!(!failure.detail.contains(CONTENT), "{question}: content is shown: {shown}");
            let all_good = !given.is_empty() && given.iter().all(|answer| good(&answer));
            let is_list = given.iter().any(|answer| text(&answer.body).contains("\"status\""));
            if all_good && !is_list && failure.class == FailureClass::ItemGone {
                panic!("{question}: gone by an answer that was no error: {shown}");
            }
        }
    }
}

/// Whether a body is the page of a list, or a batch of answers.
fn is_list(body: &[u8]) -> bool {
    serde_json::from_slice::<Value>(body).is_ok_and(|json| {
        let holds = |name: &str| json.get(name).is_some_and(Value::is_array);
        holds("value") || holds("responses") || json.get("id").is_some()
    })
}

/// Whether an error, alone or within a batch, says that an item is not there.
fn names_a_missing_item(body: &[u8]) -> bool {
    let text = text(body).to_ascii_lowercase();
    let text: String = text.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    ["itemnotfound", "errorinvalididmalformed"].iter().any(|code| text.contains(code))
}
