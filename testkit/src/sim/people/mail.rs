//! Mail that arrives and leaves.

use super::{
    super::{
        log::By,
        plan::{Oddity, users},
        world::SimWorld,
    },
    TRACKED, allowed, refused, user,
};
use anyhow::{Context, Result};
use earmark_sandbox::{Address, Body, BodyType, Mark, MessageSummary, NewMessage};

/// A word in the subject that the plug-in refuses.
pub(super) const REFUSED_WORD: &str = "forbidden";

/// The users whose bits are set.
pub(super) fn some(bits: u8) -> Vec<&'static str> {
    let all = users().into_iter().enumerate();
    all.filter(|(at, _)| bits >> at & 1 == 1).map(|(_, user)| user).collect()
}

/// The message as it comes from outside.
fn incoming(to: &[&str], n: u64, oddity: Oddity) -> Result<NewMessage> {
    let (from, date) = match oddity {
        Oddity::OtherContent => ("lou@contoso.test", "Tue, 03 Feb 2026 09:30:00 +0000"),
        _ => ("kim@contoso.test", "Mon, 02 Mar 2026 08:00:00 +0000"),
    };
    let id = match oddity {
        Oddity::NoMessageId => None,
        Oddity::HugeMessageId => Some(format!("<{n}.{}@contoso.test>", "x".repeat(600))),
        Oddity::OddMessageId => Some(format!("<\"matter {n}\".<é>;@[contoso.test]>")),
        _ => Some(format!("<{n}@contoso.test>")),
    };
    let word = match oddity {
        Oddity::OtherContent => "Other matter",
        Oddity::Refused => REFUSED_WORD,
        _ => "Matter",
    };
    let mut text = format!(
        "Received: from contoso.test; {date}\r\nFrom: <{from}>\r\nTo: <{}>\r\n\
         Subject: {word} {n}\r\nDate: {date}\r\n",
        to.join(">, <"),
    );
    if let Some(id) = id {
        text.push_str(&format!("Message-ID: {id}\r\n"));
    }
    if oddity == Oddity::Keywords {
        text.push_str(&format!("Keywords: {TRACKED}, Sender's own\r\n"));
    }
    text.push_str("\r\nGood morning.\r\n");
    let parsed = earmark_sandbox::mime::parse(text.as_bytes());
    parsed.map_err(|refusal| anyhow::anyhow!("no message: {refusal}"))
}

/// A message that somebody here writes.
fn written(to: &[&str], n: u64) -> NewMessage {
    let address = |one: &&str| Address { name: String::new(), address: (*one).to_owned() };
    let nobody = ["kim@contoso.test"];
    let to = if to.is_empty() { &nobody[..] } else { to };
    NewMessage {
        subject: format!("Matter {n}"),
        body: Body { content_type: BodyType::Text, content: "Good morning.".to_owned() },
        to: to.iter().map(address).collect(),
        ..NewMessage::default()
    }
}

impl SimWorld {
    pub(super) async fn deliver(&self, to: u8, n: u64, oddity: u8) -> Result<()> {
        let oddity = Oddity::of(oddity);
        let to = some(to);
        if to.is_empty() {
            return Ok(());
        }
        let message = incoming(&to, n, oddity)?;
        let marks = self.marks().await?;
        if oddity == Oddity::NoMessageId {
            for user in to {
                self.sandbox.import(user, vec![message.clone()]).await.map_err(refused)?;
            }
        } else {
            let recipients = to.iter().map(|user| (*user).to_owned()).collect();
            allowed(self.sandbox.deliver(message, recipients).await)?;
        }
        self.tell_new(&marks, None).await
    }

    pub(super) async fn send(&self, index: usize, to: u8, n: u64) -> Result<()> {
        let sender = user(index);
        let marks = self.marks().await?;
        allowed(self.sandbox.send_message(sender, written(&some(to), n)).await)?;
        self.tell_new(&marks, Some(sender)).await
    }

    pub(super) async fn reply(&self, index: usize, n: u64) -> Result<()> {
        let Some((sender, item)) = self.picked(index, n).await? else { return Ok(()) };
        let marks = self.marks().await?;
        allowed(self.sandbox.reply_all(sender, &item.id, "Thank you.").await)?;
        self.tell_new(&marks, Some(sender)).await
    }

    pub(super) async fn draft(
        &self,
        index: usize,
        to: u8,
        n: u64,
        categorized: bool,
    ) -> Result<()> {
        let writer = user(index);
        let mut message = written(&some(to), n);
        if categorized {
            message.categories = vec![self.name_of_category(writer, false).await?];
        }
        let marks = self.marks().await?;
        self.sandbox.write_draft(writer, message).await.map_err(refused)?;
        self.tell_new(&marks, Some(writer)).await
    }

    pub(super) async fn send_draft(&self, index: usize, n: u64) -> Result<()> {
        let writer = user(index);
        let Some(draft) = self.nth_in(writer, "drafts", n).await? else { return Ok(()) };
        let marks = self.marks().await?;
        allowed(self.sandbox.send_draft(writer, &draft.id).await)?;
        self.tell_item(writer, draft).await?;
        self.tell_new(&marks, Some(writer)).await
    }

    /// The how-maniest message of a folder, counted round and round.
    pub(super) async fn nth_in(
        &self,
        user: &str,
        folder: &str,
        n: u64,
    ) -> Result<Option<MessageSummary>> {
        let mut items = self.sandbox.messages(user).await.map_err(refused)?;
        items.retain(|item| item.folder == folder);
        let count = u64::try_from(items.len())?;
        if count == 0 {
            return Ok(None);
        }
        Ok(Some(items.swap_remove(usize::try_from(n % count)?)))
    }

    /// Where every mailbox stands.
    pub(super) async fn marks(&self) -> Result<Vec<(&'static str, Mark)>> {
        let mut marks = Vec::new();
        for user in users() {
            marks.push((user, self.sandbox.mark(user).await.map_err(refused)?));
        }
        Ok(marks)
    }

    /// Tells what came into the mailboxes since; what is in Sent Items or Drafts came by its
    /// sender.
    pub(super) async fn tell_new(
        &self,
        marks: &[(&'static str, Mark)],
        sender: Option<&str>,
    ) -> Result<()> {
        for (user, mark) in marks {
            for item in self.sandbox.made_since(user, *mark).await.map_err(refused)? {
                let own = sender == Some(*user) && matches!(&*item.folder, "sentitems" | "drafts");
                let by = if own { By::Person } else { By::Server };
                self.tell_change(user, by, None, Some(item));
            }
        }
        Ok(())
    }

    /// Tells every difference between the messages of before and those of now.
    pub(super) async fn tell_difference(
        &self,
        user: &str,
        before: Vec<MessageSummary>,
    ) -> Result<()> {
        for item in before {
            self.tell_item(user, item).await.context("tell what an act changed")?;
        }
        Ok(())
    }
}
