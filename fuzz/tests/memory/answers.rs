//! What the connector holds of answers that are too large, too many or without end.

use crate::{MB, within};
use async_trait::async_trait;
use bytes::Bytes;
use earmark_fuzz::targets::world;
use earmark_http::{SendError, SendOptions, Transport};
use earmark_mailbox_port::{Detail, ItemRead, Mailbox, MailboxServer, Scope};
use earmark_model::{
    CategoryName, Failure, FailureClass, ItemContent, ItemHandle, ItemKind, MailboxAddress,
    ObservedItem, limits,
};
use http::{Request, Response};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

type Answer = Box<dyn Fn(u64, &str) -> Bytes + Send + Sync>;

/// Answers each request by its number and its address.
struct Server(AtomicU64, Answer);

#[async_trait]
impl Transport for Server {
    async fn send(
        &self,
        request: Request<Bytes>,
        options: &SendOptions,
    ) -> Result<Response<Bytes>, SendError> {
        if request.uri().host() == Some("login.example.test") {
            let token = r#"{"access_token":"t","expires_in":3599}"#;
            return Ok(Response::new(Bytes::from_static(token.as_bytes())));
        }
        let number = self.0.fetch_add(1, Ordering::Relaxed);
        let body = (self.1)(number, &request.uri().to_string());
        match body.len() as u64 > options.body_max {
            true => Err(SendError::BodyTooLarge { limit: options.body_max }),
            false => Ok(Response::new(body)),
        }
    }
}

fn mailbox(answer: impl Fn(u64, &str) -> Bytes + Send + Sync + 'static) -> Arc<dyn Mailbox> {
    let server = Arc::new(Server(AtomicU64::new(0), Box::new(answer)));
    world::connector(server).open(&MailboxAddress::new("anna@example.test"))
}

fn bearing(mailbox: &Arc<dyn Mailbox>) -> Result<Vec<ObservedItem>, Failure> {
    let names = [CategoryName::new("Tracked to Dynamics 365")];
    world::runtime().block_on(mailbox.bearing(Scope::Mail, &names))
}

fn refused(held_max: u64, what: &str, mailbox: &Arc<dyn Mailbox>, code: &str) {
    let failure = within(held_max, what, || bearing(mailbox)).expect_err(what);
    assert_eq!((failure.class, failure.code.as_str()), (FailureClass::Bug, code), "{what}");
}

#[test]
fn a_page_of_a_million_entries_is_refused_before_it_is_held() {
    let page = Bytes::from(format!(r#"{{"value":[{}]}}"#, vec!["{}"; 1_000_000].join(",")));
    let mailbox = mailbox(move |_, _| page.clone());
    refused(64 * MB, "a million entries", &mailbox, "ListTooLong");
}

#[test]
fn a_page_of_forty_megabytes_is_refused() {
    let page = Bytes::from(format!(r#"{{"value":[],"x":"{}"}}"#, "x".repeat(40 << 20)));
    let mailbox = mailbox(move |_, _| page.clone());
    refused(MB, "a large page", &mailbox, "AnswerTooLarge");
}

#[test]
fn a_chain_of_pages_without_end_is_left() {
    let link = |number: u64| format!("https://graph.example.test/v1.0/next/{number}");
    let small = mailbox(move |number, _| {
        Bytes::from(format!(r#"{{"value":[],"@odata.nextLink":"{}"}}"#, link(number)))
    });
    refused(16 * MB, "small pages", &small, "EndlessPages");
    let padding = "x".repeat(15 << 20);
    let large = mailbox(move |number, _| {
        Bytes::from(format!(
            r#"{{"value":[],"x":"{padding}","@odata.nextLink":"{}"}}"#,
            link(number)
        ))
    });
    refused(64 * MB, "large pages", &large, "ListTooLong");
    let circle = mailbox(|_, _| {
        let page = r#"{"value":[],"@odata.nextLink":"https://graph.example.test/v1.0/next"}"#;
        Bytes::from_static(page.as_bytes())
    });
    refused(MB, "a circle", &circle, "EndlessPages");
}

#[test]
fn a_deep_answer_is_refused() {
    for open in ["[", r#"{"value":"#, r#"{"error":{"innerError":"#] {
        let deep = Bytes::from(open.repeat(500_000));
        let mailbox = mailbox(move |_, _| deep.clone());
        refused(4 * MB, open, &mailbox, "MalformedAnswer");
    }
}

#[test]
fn the_answers_of_a_batch_stay_text_until_their_shape_is_known() {
    let odd = vec![r#"{"":0}"#; 4_000_000].join(",");
    let batch =
        Bytes::from(format!(r#"{{"responses":[{{"id":"0","status":200,"body":[{odd}]}}]}}"#));
    let held = batch.len() as u64 * 2 + MB;
    let mailbox = mailbox(move |_, _| batch.clone());
    let handles: Vec<ItemHandle> = (0..2).map(|number| ItemHandle(format!("A{number}"))).collect();
    let items = || world::runtime().block_on(mailbox.items(ItemKind::Email, &handles));
    let failure = within(held, "a batch", items).expect_err("a part is missing");
    assert_eq!(failure.code, "MissingBatchResponse");
}

const MESSAGE: &str = r#"{"@odata.etag":"W/\"1\"","id":"A","categories":[],"parentFolderId":"F","isDraft":false,"hasAttachments":true,"singleValueExtendedProperties":[{"id":"Integer 0xe08","value":"9000000"}]}"#;

#[test]
fn attachments_that_are_larger_than_the_server_said_are_not_kept() {
    let sixty = "A".repeat(80 << 20);
    let attachment = format!(
        r##"{{"@odata.type":"#microsoft.graph.fileAttachment","id":"T","contentBytes":"{sixty}"}}"##
    );
    drop(sixty);
    let attachment = Bytes::from(attachment);
    let mailbox = mailbox(move |number, address| match number {
        0 => Bytes::from_static(MESSAGE.as_bytes()),
        _ if address.contains("/attachments/") => attachment.clone(),
        _ if address.contains("/attachments") => {
            let one = r##"{"@odata.type":"#microsoft.graph.fileAttachment","id":"T","size":5}"##;
            Bytes::from(format!(r#"{{"value":[{}]}}"#, [one; 50].join(",")))
        }
        _ => folders(),
    });
    let handle = ItemHandle::from("A");
    let read =
        || world::runtime().block_on(mailbox.item(ItemKind::Email, &handle, Detail::Content));
    let read = within(400 * MB, "attachments", read).expect("read");
    let ItemRead::Found { content: Some(content), .. } = read else { panic!("{read:?}") };
    let ItemContent::Message(content) = *content else { panic!("no message") };
    assert_eq!(content.attachments.len(), 50);
    assert!(content.attachments.iter().all(|one| one.content.is_none()));
    assert!(content.size > limits::MESSAGE_SIZE_MAX, "{}", content.size);
}

fn folders() -> Bytes {
    let folder = |number: usize| {
        format!(
            r#"{{"id":"{number}","status":200,"body":{{"id":"F{number}","parentFolderId":"R"}}}}"#
        )
    };
    let folders: Vec<String> = (0..20).map(folder).collect();
    Bytes::from(format!(
        r#"{{"responses":[{}],"id":"F","parentFolderId":null}}"#,
        folders.join(",")
    ))
}

#[test]
fn a_delivery_of_notifications_is_bounded() {
    let server = world::connector(world::Deaf::shared());
    let large = format!(r#"{{"value":[],"x":"{}"}}"#, "x".repeat(5 << 20));
    let deep = "[".repeat(1_000_000);
    for body in [large.as_bytes(), deep.as_bytes()] {
        let failure = within(MB, "a delivery", || server.read_notifications(body));
        assert!(failure.is_err());
    }
}
