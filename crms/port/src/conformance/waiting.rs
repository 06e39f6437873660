//! Queues that records wait in.

use super::bench::{Bench, draft};
use super::promoting::address;
use super::{Outcome, Verdict, done, equal, fails};
use crate::Promoted;
use earmark_model::{ActivityId, FailureClass};
use uuid::Uuid;

pub(super) async fn a_new_record_waits_in_the_queues_of_its_draft(bench: &dyn Bench) -> Outcome {
    let person = bench.user(&address(bench, "waits")).await?;
    let first = bench.queue(&address(bench, "first")).await?.principal;
    let second = bench.queue(&address(bench, "second")).await?.principal;
    let (mut draft, link) = draft(bench, &person);
    draft.queues = vec![first, second];
    let mut wanted = draft.queues.clone();
    wanted.sort();
    for _ in 0..2 {
        done(bench.crm().promote(&draft, &link).await, "promote")?;
        let mut queues = bench.look_at_queues(draft.id).await?;
        queues.sort();
        equal(&queues, &wanted, "the queues")?;
    }
    Ok(Verdict::Held)
}

pub(super) async fn a_record_that_was_there_waits_in_the_queue_of_the_mailbox_once(
    bench: &dyn Bench,
) -> Outcome {
    let person = bench.user(&address(bench, "made")).await?;
    let queue = bench.queue(&address(bench, "later")).await?;
    let other = bench.queue(&address(bench, "other")).await?;
    let (made, link) = draft(bench, &person);
    done(bench.crm().promote(&made, &link).await, "promote")?;
    equal(&bench.look_at_queues(made.id).await?, &Vec::new(), "the queues before")?;
    let (mut later, later_link) = draft(bench, &queue);
    later.id = made.id;
    later.queues = vec![queue.principal, other.principal];
    for _ in 0..2 {
        let answer = done(bench.crm().promote(&later, &later_link).await, "promote the other")?;
        equal(&answer, &Promoted::AlreadyThere(made.id), "the answer")?;
        equal(&bench.look_at_queues(made.id).await?, &vec![queue.principal], "the queues")?;
    }
    Ok(Verdict::Held)
}

pub(super) async fn putting_into_queues_is_repeatable(bench: &dyn Bench) -> Outcome {
    let person = bench.user(&address(bench, "put")).await?;
    let queue = bench.queue(&address(bench, "into")).await?.principal;
    let (draft, link) = draft(bench, &person);
    done(bench.crm().promote(&draft, &link).await, "promote")?;
    for _ in 0..2 {
        done(bench.crm().put_in_queues(draft.id, &[queue]).await, "put in queues")?;
        equal(&bench.look_at_queues(draft.id).await?, &vec![queue], "the queues")?;
    }
    let missing =
        ActivityId(Uuid::from_u64_pair(0x0000_9015_0000_8000, (0x8 << 60) | bench.fresh()));
    fails(
        bench.crm().put_in_queues(missing, &[queue]).await,
        |class| *class == FailureClass::RecordGone,
        "putting a missing record into a queue",
    )?;
    Ok(Verdict::Held)
}
