//! Category writes.

use super::{Bench, Desk, Failing, Mail, Outcome, TRACKED, Verdict, done, ensure, equal, names};
use crate::{CategoryWrite, MailboxServer};
use earmark_model::{ItemHandle, ItemKind, Version};

const UNDELIVERABLE: &str = "Tracked to Dynamics 365 (Undeliverable)";

/// Units: repetitions after an unknown outcome until an answer is known.
const REPETITIONS: usize = 6;

impl Desk<'_> {
    async fn with(&self, categories: &[&str]) -> Result<(ItemHandle, Version), String> {
        let handle = self.deliver(Mail::new("Offer").with(categories)).await?;
        let version = self.look(&handle).await?.version;
        Ok((handle, version))
    }

    /// A write that must be done, and the names that it must leave.
    async fn write(
        &self,
        categories: &[&str],
        add: &[&str],
        remove: &[&str],
        wanted: &[&str],
    ) -> Result<(ItemHandle, Version), String> {
        let (handle, base) = self.with(categories).await?;
        let what = format!("adding {add:?} to and removing {remove:?} from {categories:?}");
        match done(self.change(&handle, add, remove, &base).await, &what)? {
            CategoryWrite::Done(version) => {
                same_names(&self.outside(&handle).await?, wanted)?;
                Ok((handle, version))
            }
            other => Err(format!("{what} answered {other:?}")),
        }
    }
}

fn same_names(found: &[String], wanted: &[&str]) -> Result<(), String> {
    equal(&found.iter().map(String::as_str).collect::<Vec<_>>(), &wanted.to_vec(), "names")
}

fn stale(write: &CategoryWrite) -> Result<(), String> {
    equal(write, &CategoryWrite::Stale, "the answer")
}

pub(super) async fn adding_and_removing_keeps_other_names_and_their_order(
    bench: &dyn Bench,
) -> Outcome {
    let desk = Desk::new(bench, "write-order").await?;
    desk.write(&["zebra", "Apple"], &[TRACKED], &[], &["zebra", "Apple", TRACKED]).await?;
    desk.write(&["zebra", TRACKED, "Apple"], &[], &[TRACKED], &["zebra", "Apple"]).await?;
    desk.write(&[TRACKED], &[], &[TRACKED], &[]).await?;
    desk.write(&[], &["O'Neill & ü"], &[], &["O'Neill & ü"]).await?;
    Ok(Verdict::Held)
}

pub(super) async fn a_name_is_removed_in_any_case(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "write-case").await?;
    desk.write(&["Red", "tracked to dynamics 365"], &[], &[TRACKED], &["Red"]).await?;
    Ok(Verdict::Held)
}

pub(super) async fn a_name_that_is_there_in_any_case_is_not_added(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "write-there").await?;
    let there = "TRACKED TO dynamics 365";
    let (handle, version) = desk.write(&[there], &[TRACKED], &[], &[there]).await?;
    equal(&desk.look(&handle).await?.version, &version, "version")?;
    Ok(Verdict::Held)
}

pub(super) async fn a_swap_is_one_step(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "write-swap").await?;
    let wanted = ["Red", "Blue", UNDELIVERABLE];
    desk.write(&["Red", TRACKED, "Blue"], &[UNDELIVERABLE], &[TRACKED], &wanted).await?;
    Ok(Verdict::Held)
}

pub(super) async fn a_write_answers_the_version_that_it_made(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "write-version").await?;
    let (handle, version) = desk.write(&[], &[TRACKED], &[], &[TRACKED]).await?;
    equal(&desk.look(&handle).await?.version, &version, "version")?;
    let next = desk.change(&handle, &["Red"], &[], &version).await;
    let next = done(next, "a write on the version that a write made")?;
    ensure(matches!(next, CategoryWrite::Done(_)), || format!("it answered {next:?}"))?;
    same_names(&desk.outside(&handle).await?, &[TRACKED, "Red"])?;
    Ok(Verdict::Held)
}

pub(super) async fn a_write_on_an_old_version_is_stale(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "write-stale").await?;
    let (handle, base) = desk.with(&["Red"]).await?;
    bench.set_categories(&desk.address, ItemKind::Email, &handle, &["Red", "Blue"]).await?;
    stale(&done(desk.change(&handle, &[TRACKED], &[], &base).await, "a late write")?)?;
    same_names(&desk.outside(&handle).await?, &["Red", "Blue"])?;
    // The same when the newer version was read in the meantime.
    let newer = desk.look(&handle).await?.version;
    stale(&done(desk.change(&handle, &[TRACKED], &[], &base).await, "a late write")?)?;
    let write = done(desk.change(&handle, &[TRACKED], &[], &newer).await, "a write")?;
    ensure(matches!(write, CategoryWrite::Done(_)), || format!("it answered {write:?}"))?;
    same_names(&desk.outside(&handle).await?, &["Red", "Blue", TRACKED])?;
    Ok(Verdict::Held)
}

pub(super) async fn another_client_between_read_and_write_loses_nothing(
    bench: &dyn Bench,
) -> Outcome {
    let desk = Desk::new(bench, "write-race").await?;
    let (handle, base) = desk.with(&["Red"]).await?;
    if !bench.before_next_write(&desk.address, ItemKind::Email, &handle, "Blue").await? {
        return Ok(Verdict::NotApplicable("another client cannot be timed"));
    }
    // A server without memory has to read first, which makes the gap.
    let restarted = bench.restarted();
    let mailbox = restarted.open(&desk.address);
    let add = names(&[TRACKED]);
    let write = mailbox.change_categories(ItemKind::Email, &handle, &add, &[], &base).await;
    stale(&done(write, "a write in a race")?)?;
    same_names(&desk.outside(&handle).await?, &["Red", "Blue"])?;
    Ok(Verdict::Held)
}

pub(super) async fn nothing_to_do_is_done_on_any_version(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "write-nothing").await?;
    let (handle, base) = desk.with(&[]).await?;
    bench.set_categories(&desk.address, ItemKind::Email, &handle, &[TRACKED]).await?;
    let version = desk.look(&handle).await?.version;
    let write = done(desk.change(&handle, &[TRACKED], &["Red"], &base).await, "a write")?;
    equal(&write, &CategoryWrite::Done(version.clone()), "the answer")?;
    equal(&desk.look(&handle).await?.version, &version, "version")?;
    Ok(Verdict::Held)
}

pub(super) async fn a_repeated_write_is_done_or_stale(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "write-repeat").await?;
    let (handle, base) = desk.with(&["Red"]).await?;
    for _ in 0..3 {
        let write = done(desk.change(&handle, &[TRACKED], &[], &base).await, "a write")?;
        ensure(write != CategoryWrite::Gone, || "the item reads as gone".to_owned())?;
        same_names(&desk.outside(&handle).await?, &["Red", TRACKED])?;
    }
    Ok(Verdict::Held)
}

pub(super) async fn a_write_to_a_missing_item_says_gone(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "write-gone").await?;
    let (handle, base) = desk.with(&["Red"]).await?;
    bench.delete(&desk.address, ItemKind::Email, &handle).await?;
    let write = done(desk.change(&handle, &[TRACKED], &[], &base).await, "a write")?;
    equal(&write, &CategoryWrite::Gone, "the answer")?;
    Ok(Verdict::Held)
}

pub(super) async fn a_write_needs_no_memory(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "write-memory").await?;
    let (handle, base) = desk.with(&["Red"]).await?;
    let restarted: Box<dyn MailboxServer> = bench.restarted();
    let mailbox = restarted.open(&desk.address);
    let add = names(&[TRACKED]);
    let write = mailbox.change_categories(ItemKind::Email, &handle, &add, &[], &base).await;
    let write = done(write, "a write after a restart")?;
    ensure(matches!(write, CategoryWrite::Done(_)), || format!("it answered {write:?}"))?;
    same_names(&desk.outside(&handle).await?, &["Red", TRACKED])?;
    Ok(Verdict::Held)
}

pub(super) async fn a_write_whose_answer_was_lost_is_repeated_safely(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "write-lost").await?;
    let (handle, mut base) = desk.with(&["Red"]).await?;
    bench.fail_next(1, Failing::AnswerLost).await?;
    let mut was_lost = false;
    for _ in 0..REPETITIONS {
        match desk.change(&handle, &[TRACKED], &[], &base).await {
            Err(_) => was_lost = true,
            Ok(CategoryWrite::Stale) => base = desk.look(&handle).await?.version,
            Ok(CategoryWrite::Gone) => return Err("the item reads as gone".to_owned()),
            Ok(CategoryWrite::Done(version)) => {
                ensure(was_lost, || "no answer was lost".to_owned())?;
                same_names(&desk.outside(&handle).await?, &["Red", TRACKED])?;
                equal(&desk.look(&handle).await?.version, &version, "version")?;
                return Ok(Verdict::Held);
            }
        }
    }
    Err("repeating the write does not end".to_owned())
}
