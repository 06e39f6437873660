//! What a message says.

use crate::script::{SELECT, World, error, ok, world};
use earmark_mailbox_port::{Detail, ItemRead};
use earmark_model::{
    BodyKind, Failure, FailureClass, Importance, ItemContent, ItemHandle, ItemKind, MessageContent,
    limits,
};

const MESSAGE: &str = include_str!("../../fixtures/message_with_content.json");
const ATTACHMENTS: &str = include_str!("../../fixtures/attachments.json");
const PATH: &str = "/users/anna@example.test/messages/AAk1=";

async fn read(world: &World) -> Result<MessageContent, Failure> {
    let read =
        world.anna().item(ItemKind::Email, &ItemHandle::from("AAk1="), Detail::Content).await?;
    let ItemRead::Found { content: Some(content), .. } = read else { panic!("no content") };
    let ItemContent::Message(content) = *content else { panic!("no message") };
    Ok(content)
}

#[tokio::test]
async fn a_message_and_its_files_are_mapped_whole() {
    let world = world();
    world.warm().await;
    world.script.answers(ok(MESSAGE));
    world.script.answers(ok(ATTACHMENTS));
    world.script.answers(ok(r##"{"@odata.type":"#microsoft.graph.fileAttachment","id":"T2","name":"late.bin","contentBytes":"AAECAwQ"}"##));
    world.script.answers(ok("Subject: inner\r\n\r\nhello"));
    let content = read(&world).await.expect("content");
    assert_eq!(content.subject, "Offer");
    assert_eq!((content.body.kind, content.importance), (BodyKind::Html, Importance::High));
    assert_eq!(content.from.map(|from| from.address).as_deref(), Some("ana@example.test"));
    assert_eq!(content.sender.map(|from| from.address).as_deref(), Some("ben@example.test"));
    assert_eq!((content.to.len(), content.cc.len(), content.bcc.len()), (1, 0, 0));
    assert_eq!(content.in_reply_to.as_deref(), Some("<old@example.test>"));
    assert_eq!(content.conversation_index.as_deref(), Some("AQHb"));
    assert!(
        content.read_receipt_requested
            && !content.delivery_receipt_requested
            && content.has_transport
    );
    assert_eq!(content.size, 4711);
    let files: Vec<_> = content
        .attachments
        .iter()
        .map(|file| {
            (
                file.name.as_str(),
                file.content_type.as_str(),
                file.content_id.as_deref(),
                file.is_inline,
                file.size,
            )
        })
        .collect();
    assert_eq!(
        files,
        [
            ("logo.png", "image/png", Some("logo@1"), true, 3),
            ("late.bin", "application/octet-stream", None, false, 5),
            ("Forwarded.eml", "message/rfc822", None, false, 23),
        ]
    );
    assert_eq!(content.attachments[1].content.as_deref(), Some(&[0, 1, 2, 3, 4][..]));
    assert_eq!(
        world.script.lines(),
        [
            format!(
                "GET {PATH}?$select={SELECT},subject,body,sender,toRecipients,ccRecipients,bccRecipients,sentDateTime,importance,hasAttachments,conversationIndex,isReadReceiptRequested,isDeliveryReceiptRequested,internetMessageHeaders&$expand=singleValueExtendedProperties($filter=id eq 'Integer 0x0E08' or id eq 'String 0x1042')"
            ),
            format!("GET {PATH}/attachments"),
            format!("GET {PATH}/attachments/T2"),
            format!("GET {PATH}/attachments/T3/$value"),
        ]
    );
}

#[tokio::test]
async fn a_message_without_files_costs_one_request() {
    let world = world();
    world.warm().await;
    world.script.answers(ok(&MESSAGE.replace("CID:", "")));
    assert!(read(&world).await.expect("content").attachments.is_empty());
    assert_eq!(world.script.lines().len(), 1);
}

#[tokio::test]
async fn files_are_read_only_of_bearers_where_that_was_asked_for() {
    let world = world();
    let anna = world.warm().await;
    let message: serde_json::Value = serde_json::from_str(MESSAGE).expect("fixture");
    let bearing = message["categories"][0].as_str().expect("a category").to_uppercase();
    for (name, requests) in [(bearing.as_str(), 2), ("Nobody has this", 1)] {
        world.script.answers(ok(MESSAGE));
        if requests == 2 {
            world.script.answers(ok(r#"{"value":[]}"#));
        }
        let names = [earmark_model::CategoryName::new(name)];
        let handle = ItemHandle::from("AAk1=");
        let detail = Detail::ContentIfBearing(&names);
        let read = anna.item(ItemKind::Email, &handle, detail).await;
        let Ok(ItemRead::Found { content, .. }) = read else { panic!("{read:?}") };
        assert_eq!(content.is_some(), requests == 2, "{name}");
        assert_eq!(world.script.lines().len(), requests, "{name}");
    }
}

fn sized(size: u64) -> String {
    MESSAGE
        .replace("\"4711\"", &format!("\"{size}\""))
        .replace("\"hasAttachments\":false", "\"hasAttachments\":true")
}

#[tokio::test]
async fn a_large_message_is_read_file_by_file() {
    let world = world();
    world.warm().await;
    world.script.answers(ok(&sized(20_000_000)));
    world.script.answers(ok(r##"{"value":[{"@odata.type":"#microsoft.graph.fileAttachment","id":"T1","name":"big","size":19000000}]}"##));
    world.script.answers(ok(r#"{"id":"T1","name":"big","contentBytes":"AQ=="}"#));
    let content = read(&world).await.expect("content");
    assert_eq!(content.attachments[0].content.as_deref(), Some(&[1][..]));
    let lines = world.script.lines();
    assert_eq!(
        lines[1],
        format!("GET {PATH}/attachments?$select=id,name,size,contentType,isInline")
    );
    assert_eq!(lines.len(), 3);
}

#[tokio::test]
async fn beyond_the_largest_size_no_file_is_read() {
    let world = world();
    world.warm().await;
    let size = limits::MESSAGE_SIZE_MAX + 1;
    world.script.answers(ok(&sized(size)));
    world.script.answers(ok(r##"{"value":[{"@odata.type":"#microsoft.graph.fileAttachment","id":"T1","name":"huge","size":157286000}]}"##));
    let content = read(&world).await.expect("content");
    assert_eq!((content.size, content.attachments[0].size), (size, 157_286_000));
    assert_eq!(content.attachments[0].content, None);
    assert_eq!(world.script.lines().len(), 2);
}

#[tokio::test]
async fn files_that_turn_out_too_large_together_are_read_one_by_one() {
    let world = world();
    world.warm().await;
    world.script.answers(ok(&MESSAGE.replace("Integer 0xe08", "String 0x9999")));
    world.script.answers(Err(earmark_http::SendError::BodyTooLarge { limit: 1 }));
    world.script.answers(ok(r#"{"value":[{"id":"T1","name":"a","size":10}]}"#));
    world.script.answers(ok(r#"{"id":"T1","name":"a","contentBytes":"AQ=="}"#));
    let content = read(&world).await.expect("content");
    assert_eq!(content.attachments.len(), 1);
    assert_eq!(content.size, content.body.text.len() as u64 + 1);
}

#[tokio::test]
async fn a_missing_file_is_a_failure_and_not_a_missing_message() {
    let world = world();
    world.warm().await;
    world.script.answers(ok(MESSAGE));
    world.script.answers(ok(
        r##"{"value":[{"@odata.type":"#microsoft.graph.itemAttachment","id":"T3"}]}"##,
    ));
    world.script.answers(error(404, "ErrorItemNotFound"));
    assert_eq!(read(&world).await.expect_err("missing").code, "AttachmentMissing");
    world.script.answers(ok(MESSAGE));
    world.script.answers(ok(r#"{"value":[{"id":"T3","contentBytes":"***"}]}"#));
    assert_eq!(read(&world).await.expect_err("not base64").class, FailureClass::Bug);
}

#[tokio::test]
async fn a_message_that_vanishes_before_its_files_are_listed_is_gone() {
    let world = world();
    world.warm().await;
    for still_there in [false, true] {
        world.script.answers(ok(MESSAGE));
        world.script.answers(error(404, "ErrorItemNotFound"));
        world.script.answers(if still_there {
            ok(&crate::script::summary("AAk1=", "1", &[]))
        } else {
            error(404, "ErrorItemNotFound")
        });
        let handle = ItemHandle::from("AAk1=");
        match world.anna().item(ItemKind::Email, &handle, Detail::Content).await {
            Ok(read) => assert!(!still_there && read == ItemRead::Gone),
            Err(failure) => assert!(still_there && failure.code == "AttachmentsMissing"),
        }
    }
}
