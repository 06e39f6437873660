//! The feed of changes.

use super::{Bench, Desk, Folder, Mail, Outcome, TRACKED, Verdict, done, ensure, equal, fails};
use crate::{ChangePage, Checkpoint};
use earmark_model::{FailureClass, ItemHandle, ItemKind};
use std::time::Duration;

impl Desk<'_> {
    async fn changes(&self, checkpoint: Option<&Checkpoint>) -> Result<ChangePage, String> {
        done(self.mailbox.changes(checkpoint).await, "the feed")
    }
}

fn shows(page: &ChangePage, handle: &ItemHandle) -> Result<(), String> {
    let is_there = page.changed.iter().any(|item| item.handle == *handle);
    ensure(is_there, || format!("the feed does not show {handle}"))
}

pub(super) async fn without_a_checkpoint_the_feed_starts_now(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "feed-start").await?;
    desk.deliver(Mail::new("Before")).await?;
    let start = desk.changes(None).await?;
    equal(&start.changed.len(), &0, "items in a new feed")?;
    equal(&start.gone.len(), &0, "lost items in a new feed")?;
    let after = desk.deliver(Mail::new("After")).await?;
    shows(&desk.changes(Some(&start.next)).await?, &after)?;
    Ok(Verdict::Held)
}

pub(super) async fn a_delivery_and_a_category_change_show_in_the_feed(
    bench: &dyn Bench,
) -> Outcome {
    let desk = Desk::new(bench, "feed-category").await?;
    let old = desk.deliver(Mail::new("Old")).await?;
    bench.advance(Duration::from_secs(3600));
    let start = desk.changes(None).await?;
    bench.advance(Duration::from_secs(60));
    let new = desk.deliver(Mail::new("New")).await?;
    shows(&desk.changes(Some(&start.next)).await?, &new)?;
    if !bench.feed_shows_categories() {
        return Ok(Verdict::NotApplicable("a change of categories alone leaves no trace"));
    }
    bench.set_categories(&desk.address, ItemKind::Email, &old, &[TRACKED]).await?;
    let page = desk.changes(Some(&start.next)).await?;
    shows(&page, &old)?;
    let categories = page.changed.iter().rfind(|item| item.handle == old);
    let categories = categories.map(|item| item.categories.clone());
    equal(&categories, &Some(vec![TRACKED.to_owned()]), "categories in the feed")?;
    Ok(Verdict::Held)
}

pub(super) async fn the_feed_covers_every_folder(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "feed-folders").await?;
    let start = desk.changes(None).await?;
    let mut handles = Vec::new();
    for folder in Folder::ALL {
        handles.push(desk.deliver(Mail::new(&format!("In {folder:?}")).lying_in(folder)).await?);
    }
    let page = desk.changes(Some(&start.next)).await?;
    for handle in &handles {
        shows(&page, handle)?;
    }
    Ok(Verdict::Held)
}

pub(super) async fn a_repeated_checkpoint_loses_nothing(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "feed-repeat").await?;
    let start = desk.changes(None).await?;
    let one = desk.deliver(Mail::new("One")).await?;
    shows(&desk.changes(Some(&start.next)).await?, &one)?;
    let two = desk.deliver(Mail::new("Two")).await?;
    let again = desk.changes(Some(&start.next)).await?;
    shows(&again, &one)?;
    shows(&again, &two)?;
    let restarted = bench.restarted();
    let elsewhere = restarted.open(&desk.address).changes(Some(&start.next)).await;
    shows(&done(elsewhere, "the feed after a restart")?, &two)?;
    Ok(Verdict::Held)
}

pub(super) async fn a_checkpoint_never_passes_what_was_read(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "feed-order").await?;
    let mut checkpoint = desk.changes(None).await?.next;
    for number in 0..5 {
        let handle = desk.deliver(Mail::new(&format!("Number {number}"))).await?;
        let page = desk.changes(Some(&checkpoint)).await?;
        shows(&page, &handle)?;
        checkpoint = page.next;
        // Some in the same instant, some later, one after a long quiet.
        bench.advance(Duration::from_secs([0, 1, 0, 86_400, 0][number % 5]));
    }
    Ok(Verdict::Held)
}

pub(super) async fn an_unknown_checkpoint_has_expired(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "feed-unknown").await?;
    for text in ["", "nonsense", "another-version:1"] {
        let checkpoint = Checkpoint(text.to_owned());
        let page = desk.mailbox.changes(Some(&checkpoint)).await;
        fails(page, &[FailureClass::CheckpointExpired], "the feed")?;
    }
    Ok(Verdict::Held)
}

pub(super) async fn an_expired_checkpoint_is_said_to_be(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "feed-expired").await?;
    let start = desk.changes(None).await?;
    if !bench.expire_checkpoints(&desk.address).await? {
        return Ok(Verdict::NotApplicable("the server keeps no checkpoints"));
    }
    let page = desk.mailbox.changes(Some(&start.next)).await;
    fails(page, &[FailureClass::CheckpointExpired], "the feed")?;
    Ok(Verdict::Held)
}
