//! What a message says.

use super::{Attached, Bench, Desk, Mail, Outcome, Verdict, done, ensure, equal};
use crate::{Detail, ItemRead};
use earmark_model::{BodyKind, ItemContent, ItemHandle, ItemKind, MessageContent};

impl Desk<'_> {
    async fn content(&self, handle: &ItemHandle) -> Result<MessageContent, String> {
        let read = self.mailbox.item(ItemKind::Email, handle, Detail::Content).await;
        match done(read, "reading content")? {
            ItemRead::Found { content: Some(content), .. } => match *content {
                ItemContent::Message(content) => Ok(content),
                other => Err(format!("the content is not a message's: {other:?}")),
            },
            other => Err(format!("content was asked for and {other:?} answered")),
        }
    }
}

pub(super) async fn content_is_whole(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "content").await?;
    let mut mail = Mail::new("Größe des Angebots 🙂");
    mail.in_reply_to = Some("<Earlier.1@outside.test>".to_owned());
    mail.html = "<html><body><p>Guten Tag &amp; hallo</p></body></html>".to_owned();
    let content = desk.content(&desk.deliver(mail.clone()).await?).await?;
    equal(&content.subject, &mail.subject, "subject")?;
    equal(&content.body.kind, &BodyKind::Html, "kind of the body")?;
    let is_there = content.body.text.contains("Guten Tag");
    ensure(is_there, || "the body's text is missing".to_owned())?;
    let from = content.from.map(|from| from.address.to_lowercase());
    equal(&from, &Some(mail.from.to_lowercase()), "from")?;
    equal(&content.in_reply_to, &mail.in_reply_to, "in-reply-to")?;
    ensure(content.received.is_some(), || "received is missing".to_owned())?;
    ensure(content.has_transport, || "the transport header is missing".to_owned())?;
    ensure(content.size > 0, || "the size is missing".to_owned())?;
    equal(&content.attachments.len(), &0, "attachments")?;
    Ok(Verdict::Held)
}

pub(super) async fn attachments_come_with_their_bytes(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "attachments").await?;
    let file =
        |name: &str, content_type: &str, content_id: Option<&str>, bytes: Vec<u8>| Attached {
            name: name.to_owned(),
            content_type: content_type.to_owned(),
            content_id: content_id.map(str::to_owned),
            bytes,
        };
    let every_byte = (0..=255).cycle().take(100_000).collect();
    let mut mail = Mail::new("Files");
    mail.html = "<p>See <img src=\"cid:logo@1\"></p>".to_owned();
    mail.attachments = vec![
        file("Offer ü.pdf", "application/pdf", None, every_byte),
        file("logo.png", "image/png", Some("logo@1"), vec![1, 2, 3]),
    ];
    let content = desk.content(&desk.deliver(mail.clone()).await?).await?;
    same_files(&content, &mail.attachments)?;

    // Only a picture that the body shows: servers do not announce it as an attachment.
    mail.message_id = "<inline.only@outside.test>".to_owned();
    mail.attachments.remove(0);
    let content = desk.content(&desk.deliver(mail.clone()).await?).await?;
    same_files(&content, &mail.attachments)?;
    Ok(Verdict::Held)
}

fn same_files(content: &MessageContent, wanted: &[Attached]) -> Result<(), String> {
    equal(&content.attachments.len(), &wanted.len(), "attachments")?;
    for file in wanted {
        let found = content.attachments.iter().find(|found| found.name == file.name);
        let found = found.ok_or_else(|| format!("{} is missing", file.name))?;
        ensure(found.content.as_ref() == Some(&file.bytes), || {
            format!("the bytes of {} differ", file.name)
        })?;
        equal(&found.size, &(file.bytes.len() as u64), "size of an attachment")?;
        equal(&found.content_type, &file.content_type, "type of an attachment")?;
        equal(&found.content_id, &file.content_id, "content id")?;
        equal(&found.is_inline, &file.content_id.is_some(), "inline")?;
    }
    Ok(())
}

pub(super) async fn a_copy_that_never_travelled_has_no_transport(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "transport").await?;
    let mut mail = Mail::new("Own copy").lying_in(super::Folder::SentItems);
    mail.has_travelled = false;
    mail.from = desk.address.as_str().to_owned();
    let content = desk.content(&desk.deliver(mail).await?).await?;
    equal(&content.has_transport, &false, "transport")?;
    Ok(Verdict::Held)
}
