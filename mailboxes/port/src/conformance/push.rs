//! Subscriptions and notifications.

use super::meeting::day_after;
use super::{Bench, Desk, Errand, Mail, Meeting, Outcome, Verdict, done, ensure, equal, fails};
use crate::{Happened, Notification, PushTarget, Renewal, Subscription};
use earmark_model::{FailureClass, Instant, ItemHandle, ItemKind};
use std::collections::BTreeSet;
use std::time::Duration;

const NO_PUSH: Outcome = Ok(Verdict::NotApplicable("the server announces nothing"));

const SECRET: &str = "k1.9f2c";

const HOUR: Duration = Duration::from_secs(60 * 60);

/// Where notifications go, in cases that need it.
pub(super) fn target(bench: &dyn Bench) -> Option<PushTarget> {
    let url = bench.push_url().filter(|_| bench.server().capabilities().push)?;
    let expires = bench.now().plus(HOUR * 2);
    Some(PushTarget { url, client_state: SECRET.to_owned(), expires })
}

impl Desk<'_> {
    /// One subscription for each resource that the server takes; for at least one.
    async fn subscribe_to_all(&self, target: &PushTarget) -> Result<Vec<Subscription>, String> {
        let resources = done(self.mailbox.push_resources().await, "resources")?;
        let again = done(self.mailbox.push_resources().await, "resources")?;
        equal(&again, &resources, "resources")?;
        let mut made = Vec::new();
        for resource in resources {
            match self.mailbox.subscribe(&resource, target).await {
                Ok(subscription) => {
                    equal(&subscription.resource, &resource, "resource")?;
                    made.push(subscription);
                }
                // A server may not take a part of what it has.
                Err(failure) if failure.class == FailureClass::ScopeUnreadable => {}
                Err(failure) => return Err(format!("subscribing failed: {failure}")),
            }
        }
        ensure(!made.is_empty(), || "nothing can be subscribed to".to_owned())?;
        Ok(made)
    }

    async fn listed(&self, url: &str) -> Result<BTreeSet<(String, String)>, String> {
        let listed = done(self.mailbox.subscriptions(url).await, "listing")?;
        Ok(listed.into_iter().map(|one| (one.id, one.resource)).collect())
    }

    async fn renewed(&self, id: &str, expires: Instant) -> Result<Renewal, String> {
        done(self.mailbox.renew(id, expires).await, "renewing")
    }
}

fn keys(subscriptions: &[Subscription]) -> BTreeSet<(String, String)> {
    subscriptions.iter().map(|one| (one.id.clone(), one.resource.clone())).collect()
}

/// What was delivered, as the server under test reads it.
async fn heard(bench: &dyn Bench) -> Result<Vec<Notification>, String> {
    let mut all = Vec::new();
    for body in bench.delivered().await? {
        all.extend(done(bench.server().read_notifications(&body), "reading a delivery")?);
    }
    Ok(all)
}

pub(super) async fn subscriptions_are_made_listed_renewed_and_ended(bench: &dyn Bench) -> Outcome {
    let Some(target) = target(bench) else { return NO_PUSH };
    let desk = Desk::new(bench, "push").await?;
    let other = Desk::new(bench, "push-other").await?;
    let made = desk.subscribe_to_all(&target).await?;
    let others = other.subscribe_to_all(&target).await?;
    for one in made.iter().chain(&others) {
        ensure(one.expires > bench.now(), || "it ended at once".to_owned())?;
    }
    equal(&desk.listed(&target.url).await?, &keys(&made), "subscriptions")?;
    equal(&other.listed(&target.url).await?, &keys(&others), "another mailbox's")?;
    let elsewhere = format!("{}/elsewhere", target.url);
    equal(&desk.listed(&elsewhere).await?, &BTreeSet::new(), "those to another address")?;

    let id = &made[0].id;
    let later = bench.now().plus(HOUR * 5);
    equal(&desk.renewed(id, later).await?, &Renewal::Until(later), "renewal")?;
    // As far as the server permits, and not a failure.
    let never = bench.now().plus(HOUR * 24 * 365);
    match desk.renewed(id, never).await? {
        Renewal::Until(until) => {
            ensure(until > later && until <= never, || format!("renewed until {until}"))?;
        }
        Renewal::Gone => return Err("a subscription reads as gone".to_owned()),
    }
    for _ in 0..2 {
        done(desk.mailbox.unsubscribe(id).await, "ending")?;
        equal(&desk.listed(&target.url).await?, &keys(&made[1..]), "those that are left")?;
        equal(&desk.renewed(id, later).await?, &Renewal::Gone, "renewal of an ended one")?;
    }
    Ok(Verdict::Held)
}

pub(super) async fn notifications_name_items_as_reads_do(bench: &dyn Bench) -> Outcome {
    let Some(target) = target(bench) else { return NO_PUSH };
    let desk = Desk::new(bench, "push-items").await?;
    let has_tasks = bench.server().capabilities().tasks;
    let list = match has_tasks {
        true => Some(bench.make_task_list(&desk.address, "Errands").await?),
        false => None,
    };
    let made = desk.subscribe_to_all(&target).await?;
    heard(bench).await?;
    let mut items: Vec<(ItemKind, ItemHandle)> = Vec::new();
    items.push((ItemKind::Email, desk.deliver(Mail::new("Offer")).await?));
    let meeting = Meeting::new("Meeting", day_after(bench.now(), 1)?);
    items.push((ItemKind::Appointment, desk.meet(&meeting).await?));
    if let Some(list) = list {
        let task = bench.make_task(&desk.address, &list, &Errand::new("Errand")).await?;
        items.push((ItemKind::Task, task));
    }
    let ids: BTreeSet<&str> = made.iter().map(|one| one.id.as_str()).collect();
    let mut told = BTreeSet::new();
    let mut is_something = false;
    for notification in heard(bench).await? {
        let id = notification.subscription.as_str();
        ensure(ids.contains(id), || "an unknown subscription".to_owned())?;
        equal(&notification.client_state.as_deref(), &Some(SECRET), "the secret")?;
        match notification.happened {
            Happened::Changed { kind, handle } => {
                let known = items.iter().any(|one| *one == (kind, handle.clone()));
                ensure(known, || format!("{kind:?} {handle} is none of the items"))?;
                desk.look_at(kind, &handle).await?;
                told.insert((kind, handle));
            }
            Happened::Something => is_something = true,
            other => return Err(format!("{other:?} was told")),
        }
    }
    // A part that cannot be subscribed to is silent, and some servers do not say what changed.
    let most = made.len().min(items.len());
    ensure(told.len() >= most || is_something, || format!("only {told:?} were told"))?;
    let (kind, handle) = items.swap_remove(0);
    bench.set_categories(&desk.address, kind, &handle, &["Red"]).await?;
    let again = heard(bench).await?;
    let wanted = Happened::Changed { kind, handle };
    let is_told =
        |one: &Notification| one.happened == wanted || one.happened == Happened::Something;
    ensure(again.iter().any(is_told), || "a change of categories was not told".to_owned())?;
    Ok(Verdict::Held)
}

pub(super) async fn an_ended_subscription_is_told_and_gone(bench: &dyn Bench) -> Outcome {
    let Some(target) = target(bench) else { return NO_PUSH };
    let desk = Desk::new(bench, "push-ended").await?;
    let made = desk.subscribe_to_all(&target).await?;
    heard(bench).await?;
    let id = &made[0].id;
    bench.end_subscription(id).await?;
    let told = heard(bench).await?;
    let is_told = told.iter().any(|one| {
        one.subscription == *id
            && one.happened == Happened::SubscriptionRemoved
            && one.client_state.as_deref() == Some(SECRET)
    });
    ensure(is_told, || format!("{told:?} was told"))?;
    equal(&desk.renewed(id, target.expires).await?, &Renewal::Gone, "renewal")?;
    equal(&desk.listed(&target.url).await?, &keys(&made[1..]), "those that are left")?;
    Ok(Verdict::Held)
}

pub(super) async fn a_nonsense_delivery_is_refused(bench: &dyn Bench) -> Outcome {
    if !bench.server().capabilities().push {
        return NO_PUSH;
    }
    let long = vec![b' '; 64 * 1024 * 1024];
    let bodies: [&[u8]; 8] =
        [b"", b"null", b"[]", b"{}", b"<html>", b"\xff\xfe", b"{\"value\":[7]}", &long];
    for body in bodies {
        let read = bench.server().read_notifications(body);
        let shown = String::from_utf8_lossy(&body[..body.len().min(20)]).into_owned();
        let failure = read.err().ok_or_else(|| format!("{shown:?} was taken for a delivery"))?;
        let is_refused = matches!(failure.class, FailureClass::Unacceptable { .. });
        ensure(is_refused, || format!("{shown:?} failed as {failure}"))?;
    }
    Ok(Verdict::Held)
}

pub(super) async fn an_unknown_mailbox_has_no_notifications(bench: &dyn Bench) -> Outcome {
    let Some(target) = target(bench) else { return NO_PUSH };
    let desk = Desk::new(bench, "push-known").await?;
    let resources = done(desk.mailbox.push_resources().await, "resources")?;
    let unknown = bench.unknown_mailbox();
    let mailbox = bench.server().open(&unknown);
    for resource in resources {
        let resource = resource.replace(desk.address.as_str(), unknown.as_str());
        let made = mailbox.subscribe(&resource, &target).await;
        fails(made, &[FailureClass::ScopeUnreadable], "subscribing")?;
    }
    Ok(Verdict::Held)
}
