//! Servers that fail.

use super::meeting::day_after;
use super::{
    Bench, Desk, Errand, Failing, Mail, Meeting, Outcome, TRACKED, Verdict, done, ensure, equal,
    fails, names, push,
};
use crate::{Detail, Mailbox, PushTarget, Scope};
use earmark_model::{ActivityId, FailureClass, ItemHandle, ItemKind, Version};
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

/// What a case asks of a mailbox beside its mail.
pub(super) struct Others {
    event: ItemHandle,
    task: Option<ItemHandle>,
    push: Option<(String, PushTarget)>,
}

impl Others {
    /// An event, a task where the server has tasks, and a resource where it announces changes.
    pub(super) async fn make(desk: &Desk<'_>, name: &str) -> Result<Self, String> {
        let bench = desk.bench;
        let event = desk.meet(&Meeting::new(name, day_after(bench.now(), 1)?)).await?;
        let mut task = None;
        if bench.server().capabilities().tasks {
            let list = bench.make_task_list(&desk.address, name).await?;
            task = Some(bench.make_task(&desk.address, &list, &Errand::new(name)).await?);
        }
        let push = match push::target(bench) {
            Some(target) => {
                let resources = done(desk.mailbox.push_resources().await, "resources")?;
                resources.into_iter().next().map(|resource| (resource, target))
            }
            None => None,
        };
        Ok(Self { event, task, push })
    }

    /// No method of `mailbox` may answer anything good about them.
    pub(super) async fn fail(
        &self,
        mailbox: &dyn Mailbox,
        classes: &[FailureClass],
    ) -> Result<(), String> {
        let tracked = names(&[TRACKED]);
        for scope in [Scope::Calendar, Scope::Tasks] {
            fails(mailbox.bearing(scope, &tracked).await, classes, scope.as_str())?;
        }
        fails(mailbox.exceptions(&self.event).await, classes, "exceptions")?;
        let event = Some((ItemKind::Appointment, &self.event));
        let task = self.task.as_ref().map(|task| (ItemKind::Task, task));
        for (kind, handle) in [event, task].into_iter().flatten() {
            for detail in [Detail::Summary, Detail::Content, Detail::ContentIfBearing(&tracked)] {
                fails(mailbox.item(kind, handle, detail).await, classes, kind.as_str())?;
            }
            let two = [handle.clone(), handle.clone()];
            fails(mailbox.items(kind, &two).await, classes, kind.as_str())?;
            let base = Version::from("W/\"never\"");
            let write = mailbox.change_categories(kind, handle, &tracked, &[], &base).await;
            fails(write, classes, "a write")?;
        }
        if let Some(task) = &self.task {
            let activity = "0f1c9b5e-6d7a-4c8e-9b1f-2a3b4c5d6e7f".parse::<ActivityId>();
            let activity = activity.map_err(|error| error.to_string())?;
            fails(mailbox.put_back_link(task, activity).await, classes, "a back link")?;
        }
        Ok(())
    }

    /// No method about subscriptions may answer anything good.
    async fn fail_to_push(
        &self,
        mailbox: &dyn Mailbox,
        classes: &[FailureClass],
    ) -> Result<(), String> {
        let Some((resource, target)) = &self.push else { return Ok(()) };
        fails(mailbox.subscribe(resource, target).await, classes, "subscribing")?;
        fails(mailbox.renew("nothing", target.expires).await, classes, "renewing")?;
        fails(mailbox.subscriptions(&target.url).await, classes, "listing subscriptions")
    }
}

/// No method may answer anything good, and none may fail in a way that means something else.
async fn everything_fails(
    desk: &Desk<'_>,
    others: &Others,
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
    let base = Version::from("W/\"never\"");
    fails(desk.change(&handle, &["Red"], &[], &base).await, classes, "a write")?;
    others.fail(mailbox.as_ref(), classes).await?;
    others.fail_to_push(mailbox.as_ref(), classes).await
}

pub(super) async fn an_outage_is_never_an_empty_answer(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "outage").await?;
    let others = Others::make(&desk, "Other").await?;
    bench.fail_next(u32::MAX, Failing::Unavailable).await?;
    // A server may ask for a pause where another is silent: both are no answer.
    let out = [FailureClass::Unavailable, FailureClass::Throttled { until: None }];
    everything_fails(&desk, &others, "Offer", &out).await?;
    bench.heal().await?;
    let found = done(desk.mailbox.bearing(Scope::Mail, &names(&[TRACKED])).await, "bearing")?;
    equal(&found.len(), &1, "bearers after the outage")?;
    bench.fail_next(u32::MAX, Failing::AnswerLost).await?;
    let lost = [FailureClass::Timeout, FailureClass::Unavailable];
    everything_fails(&desk, &others, "Second offer", &lost).await?;
    Ok(Verdict::Held)
}

pub(super) async fn a_refused_credential_is_said_to_be(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "credential").await?;
    let others = Others::make(&desk, "Other").await?;
    bench.fail_next(u32::MAX, Failing::Unauthenticated).await?;
    everything_fails(&desk, &others, "Offer", &[FailureClass::Unauthenticated]).await?;
    bench.heal().await?;
    done(desk.mailbox.master_categories().await, "the master list afterwards")?;
    Ok(Verdict::Held)
}

pub(super) async fn nonsense_is_a_failure_and_never_a_panic(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "nonsense").await?;
    let others = Others::make(&desk, "Other").await?;
    bench.fail_next(u32::MAX, Failing::Nonsense).await?;
    let classes = [FailureClass::Bug, FailureClass::Unavailable];
    everything_fails(&desk, &others, "Offer", &classes).await?;
    bench.heal().await?;
    let found = done(desk.mailbox.bearing(Scope::Mail, &names(&[TRACKED])).await, "bearing")?;
    ensure(found.len() == 1, || format!("{} bearers afterwards", found.len()))?;
    Ok(Verdict::Held)
}
