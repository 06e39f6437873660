//! What the organization says about itself.

use super::bench::Bench;
use super::promoting::address;
use super::{Outcome, Verdict, done, ensure, equal};
use crate::{DeliveryMethod, Health, MailboxOwner, MailboxRow, SyncError};
use earmark_model::{Instant, MailboxAddress, MailboxId};
use std::time::Duration;

pub(super) async fn row(bench: &dyn Bench, mailbox: MailboxId) -> Result<MailboxRow, String> {
    let snapshot = done(bench.crm().settings().await, "settings")?;
    let found = snapshot.mailboxes.into_iter().find(|row| row.id == mailbox);
    found.ok_or_else(|| "the mailbox is not listed".to_owned())
}

pub(super) async fn mailboxes_are_listed_by_address(bench: &dyn Bench) -> Outcome {
    let name = address(bench, "Listed");
    let person = bench.user(&name).await?;
    let snapshot = done(bench.crm().settings().await, "settings")?;
    equal(&snapshot.organization, &bench.crm().organization(), "the organization")?;
    let addresses: Vec<_> = snapshot.mailboxes.iter().map(|row| row.address.clone()).collect();
    let mut sorted = addresses.clone();
    sorted.sort();
    equal(&addresses, &sorted, "the order")?;
    let row = row(bench, person.mailbox).await?;
    equal(&row.address, &MailboxAddress::new(&name), "the address")?;
    equal(&row.owner, &MailboxOwner::User(person.principal), "the owner")?;
    equal(&row.incoming, &DeliveryMethod::ServerSideSynchronization, "the delivery method")?;
    ensure(row.is_enabled && row.disabled_because.is_none(), || format!("{row:?}"))?;
    Ok(Verdict::Held)
}

pub(super) async fn a_mailbox_that_is_not_enabled_says_why(bench: &dyn Bench) -> Outcome {
    let person = bench.user(&address(bench, "rejected")).await?;
    bench.reject_mailbox(person.mailbox).await?;
    let row = row(bench, person.mailbox).await?;
    ensure(!row.is_enabled, || "the mailbox is still enabled".to_owned())?;
    ensure(row.disabled_because.is_some(), || "it does not say why".to_owned())?;
    Ok(Verdict::Held)
}

pub(super) async fn a_queue_is_named_with_its_owner(bench: &dyn Bench) -> Outcome {
    let queue = bench.queue(&address(bench, "queue")).await?;
    let row = row(bench, queue.mailbox).await?;
    let wanted = MailboxOwner::Queue { queue: queue.principal, owner: queue.owner };
    equal(&row.owner, &wanted, "the owner")?;
    equal(&row.owner.record_owner(), &queue.owner, "the owner of its records")?;
    Ok(Verdict::Held)
}

pub(super) async fn a_watermark_is_kept_with_its_mailbox_and_only_goes_forward(
    bench: &dyn Bench,
) -> Outcome {
    let person = bench.user(&address(bench, "watermark")).await?;
    let other = bench.user(&address(bench, "without-watermark")).await?;
    let before = row(bench, other.mailbox).await?.process_received_after;
    let later = Instant::from_millis(4_000_000_000_000);
    let earlier = later.minus(Duration::from_secs(60));
    for given in [earlier, later, later, earlier] {
        done(bench.crm().keep_watermark(person.mailbox, given).await, "keeping the watermark")?;
    }
    let kept = row(bench, person.mailbox).await?.process_received_after;
    equal(&kept, &Some(later), "the watermark")?;
    let untouched = row(bench, other.mailbox).await?.process_received_after;
    equal(&untouched, &before, "the watermark of another mailbox")?;
    Ok(Verdict::Held)
}

pub(super) async fn how_a_mailbox_does_is_kept_with_it(bench: &dyn Bench) -> Outcome {
    let person = bench.user(&address(bench, "health")).await?;
    let at = Instant::from_millis(4_000_000_000_000);
    let text = "It cannot be read.".to_owned();
    let failing = Health {
        last_success: Some(at),
        error: Some(SyncError { number: 3003, text, since: at.plus(Duration::from_secs(60)) }),
    };
    let later = Some(at.plus(Duration::from_secs(120)));
    for given in [failing.clone(), failing, Health { last_success: later, error: None }] {
        done(bench.crm().record_health(person.mailbox, &given).await, "keeping how it does")?;
        equal(&row(bench, person.mailbox).await?.health, &given, "how the mailbox does")?;
    }
    let nobody = MailboxId(uuid::Uuid::from_u128(7));
    done(bench.crm().record_health(nobody, &Health::default()).await, "a mailbox that is gone")?;
    Ok(Verdict::Held)
}
