//! Category writes to calendar items and tasks, with the promises that mail has.

use super::meeting::day_after;
use super::{Bench, Desk, Errand, Meeting, Outcome, TRACKED, Verdict, done, ensure, equal, names};
use crate::CategoryWrite;
use earmark_model::{CategoryName, ItemHandle, ItemKind, Version};

/// One item of each kind beside mail that can be marked.
struct Marked {
    what: &'static str,
    kind: ItemKind,
    handle: ItemHandle,
}

/// A single item, a series, an exception and a task, each with `categories`.
async fn one_of_each(desk: &Desk<'_>, categories: &[&str]) -> Result<Vec<Marked>, String> {
    let bench = desk.bench;
    let kind = ItemKind::Appointment;
    let mut all = Vec::new();
    let day = day_after(bench.now(), 2)?;
    let handle = desk.meet(&Meeting::new("Single", day).with(categories)).await?;
    all.push(Marked { what: "a single item", kind, handle });
    let (handle, _) = desk.daily(2, categories).await?;
    all.push(Marked { what: "a series", kind, handle });
    let (series, first) = desk.daily(2, &["of the series"]).await?;
    let handle = bench.make_exception(&desk.address, &series, first, "Exception").await?;
    bench.set_categories(&desk.address, kind, &handle, categories).await?;
    all.push(Marked { what: "an exception", kind, handle });
    if bench.server().capabilities().tasks {
        let list = bench.make_task_list(&desk.address, "Errands").await?;
        let errand = Errand::new("Errand").with(categories);
        let handle = bench.make_task(&desk.address, &list, &errand).await?;
        all.push(Marked { what: "a task", kind: ItemKind::Task, handle });
    }
    Ok(all)
}

impl Desk<'_> {
    async fn mark(
        &self,
        item: &Marked,
        add: &[&str],
        remove: &[&str],
        base: &Version,
    ) -> Result<CategoryWrite, String> {
        let (add, remove): (Vec<CategoryName>, Vec<_>) = (names(add), names(remove));
        let write = self.mailbox.change_categories(item.kind, &item.handle, &add, &remove, base);
        done(write.await, &format!("a write to {}", item.what))
    }

    async fn has(&self, item: &Marked, wanted: &[&str]) -> Result<(), String> {
        let found = self.bench.categories(&self.address, item.kind, &item.handle).await?;
        let found: Vec<&str> = found.iter().map(String::as_str).collect();
        equal(&found, &wanted.to_vec(), item.what)
    }
}

pub(super) async fn every_kind_is_written_in_one_step(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "mark").await?;
    for item in one_of_each(&desk, &["zebra", "tracked to dynamics 365", "Apple"]).await? {
        let base = desk.look_at(item.kind, &item.handle).await?.version;
        let write = desk.mark(&item, &["Blue"], &[TRACKED], &base).await?;
        desk.has(&item, &["zebra", "Apple", "Blue"]).await?;
        let version = desk.look_at(item.kind, &item.handle).await?.version;
        equal(&write, &CategoryWrite::Done(version.clone()), item.what)?;
        ensure(version != base, || format!("the version of {} stayed", item.what))?;
        // On the version that the write made, and once more without anything to do.
        let write = desk.mark(&item, &[TRACKED], &["BLUE"], &version).await?;
        ensure(matches!(write, CategoryWrite::Done(_)), || format!("it answered {write:?}"))?;
        let write = desk.mark(&item, &[TRACKED], &["BLUE"], &version).await?;
        ensure(matches!(write, CategoryWrite::Done(_)), || format!("it answered {write:?}"))?;
        desk.has(&item, &["zebra", "Apple", TRACKED]).await?;
    }
    Ok(Verdict::Held)
}

pub(super) async fn an_old_version_of_every_kind_is_stale(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "mark-stale").await?;
    for item in one_of_each(&desk, &["Red"]).await? {
        let base = desk.look_at(item.kind, &item.handle).await?.version;
        let handle = &item.handle;
        bench.set_categories(&desk.address, item.kind, handle, &["Red", "Blue"]).await?;
        let write = desk.mark(&item, &[TRACKED], &[], &base).await?;
        equal(&write, &CategoryWrite::Stale, item.what)?;
        desk.has(&item, &["Red", "Blue"]).await?;
        let now = desk.look_at(item.kind, handle).await?.version;
        ensure(now != base, || format!("the version of {} stayed", item.what))?;
    }
    Ok(Verdict::Held)
}

pub(super) async fn another_client_in_between_is_stale_for_every_kind(
    bench: &dyn Bench,
) -> Outcome {
    let desk = Desk::new(bench, "mark-race").await?;
    for item in one_of_each(&desk, &["Red"]).await? {
        let base = desk.look_at(item.kind, &item.handle).await?.version;
        if !bench.before_next_write(&desk.address, item.kind, &item.handle, "Blue").await? {
            return Ok(Verdict::NotApplicable("another client cannot be timed"));
        }
        let write = desk.mark(&item, &[TRACKED], &[], &base).await?;
        equal(&write, &CategoryWrite::Stale, item.what)?;
        desk.has(&item, &["Red", "Blue"]).await?;
    }
    Ok(Verdict::Held)
}

pub(super) async fn a_missing_item_of_every_kind_is_gone(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "mark-gone").await?;
    for item in one_of_each(&desk, &["Red"]).await? {
        let base = desk.look_at(item.kind, &item.handle).await?.version;
        bench.delete(&desk.address, item.kind, &item.handle).await?;
        let write = desk.mark(&item, &[TRACKED], &[], &base).await?;
        equal(&write, &CategoryWrite::Gone, item.what)?;
        desk.gone(item.kind, &item.handle).await?;
    }
    Ok(Verdict::Held)
}
