//! Servers that fail.

use super::{
    Bench, Desk, Failing, Mail, Outcome, TRACKED, Verdict, done, ensure, equal, fails, names,
};
use crate::{Detail, Scope};
use earmark_model::{FailureClass, ItemKind};
use std::time::Duration;

pub(super) async fn a_throttled_mailbox_waits_without_sending(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "throttled").await?;
    let other = Desk::new(bench, "not-throttled").await?;
    let handle = desk.deliver(Mail::new("Offer")).await?;
    desk.look(&handle).await?;
    done(other.mailbox.master_categories().await, "the master list")?;
    bench.fail_next(1, Failing::Throttled { seconds: 30 }).await?;
    let until = bench.now().plus(Duration::from_secs(30));
    let throttled = [FailureClass::Throttled { until: Some(until) }];
    let read = desk.mailbox.item(ItemKind::Email, &handle, Detail::Summary).await;
    fails(read, &throttled, "a read")?;

    let before = bench.requests().await;
    let again = bench.server().open(&desk.address).bearing(Scope::Mail, &names(&[TRACKED])).await;
    fails(again, &throttled, "a read during the pause")?;
    equal(&bench.requests().await, &before, "requests during the pause")?;
    done(other.mailbox.master_categories().await, "another mailbox's master list")?;

    bench.advance(Duration::from_secs(31));
    desk.look(&handle).await?;
    Ok(Verdict::Held)
}

/// No method may answer anything good, and none may fail in a way that means something else.
async fn everything_fails(
    desk: &Desk<'_>,
    mail: &str,
    classes: &[FailureClass],
) -> Result<(), String> {
    let handle = desk.bench.deliver(&desk.address, &Mail::new(mail).with(&[TRACKED])).await?;
    let kind = ItemKind::Email;
    let handles = [handle.clone(), handle.clone()];
    let mailbox = &desk.mailbox;
    fails(mailbox.changes(None).await, classes, "the feed")?;
    fails(mailbox.bearing(Scope::Mail, &names(&[TRACKED])).await, classes, "bearing")?;
    fails(mailbox.item(kind, &handle, Detail::Summary).await, classes, "an item")?;
    fails(mailbox.item(kind, &handle, Detail::Content).await, classes, "its content")?;
    fails(mailbox.items(kind, &handles).await, classes, "several items")?;
    fails(mailbox.master_categories().await, classes, "the master list")?;
    let base = earmark_model::Version::from("W/\"never\"");
    fails(desk.change(&handle, &["Red"], &[], &base).await, classes, "a write")
}

pub(super) async fn an_outage_is_never_an_empty_answer(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "outage").await?;
    bench.fail_next(u32::MAX, Failing::Unavailable).await?;
    // A server may ask for a pause where another is silent: both are no answer.
    let out = [FailureClass::Unavailable, FailureClass::Throttled { until: None }];
    everything_fails(&desk, "Offer", &out).await?;
    bench.heal().await?;
    let found = done(desk.mailbox.bearing(Scope::Mail, &names(&[TRACKED])).await, "bearing")?;
    equal(&found.len(), &1, "bearers after the outage")?;
    bench.fail_next(u32::MAX, Failing::AnswerLost).await?;
    let lost = [FailureClass::Timeout, FailureClass::Unavailable];
    everything_fails(&desk, "Second offer", &lost).await?;
    Ok(Verdict::Held)
}

pub(super) async fn a_refused_credential_is_said_to_be(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "credential").await?;
    bench.fail_next(u32::MAX, Failing::Unauthenticated).await?;
    everything_fails(&desk, "Offer", &[FailureClass::Unauthenticated]).await?;
    bench.heal().await?;
    done(desk.mailbox.master_categories().await, "the master list afterwards")?;
    Ok(Verdict::Held)
}

pub(super) async fn nonsense_is_a_failure_and_never_a_panic(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "nonsense").await?;
    bench.fail_next(u32::MAX, Failing::Nonsense).await?;
    let classes = [FailureClass::Bug, FailureClass::Unavailable];
    everything_fails(&desk, "Offer", &classes).await?;
    bench.heal().await?;
    let found = done(desk.mailbox.bearing(Scope::Mail, &names(&[TRACKED])).await, "bearing")?;
    ensure(found.len() == 1, || format!("{} bearers afterwards", found.len()))?;
    Ok(Verdict::Held)
}
