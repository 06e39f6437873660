//! Tests of mailboxes: asked for, postponed, ended.

use super::bench::{Bench, Person};
use super::organization::row;
use super::promoting::address;
use super::{Outcome, Verdict, done, ensure, equal};
use crate::{TestOutcome, TestRequest};
use earmark_model::{ChannelStatus, Instant, MailboxId};
use std::time::Duration;

const CANNOT: Outcome = Ok(Verdict::NotApplicable("nobody can ask for a test"));

async fn asked(bench: &dyn Bench, mailbox: MailboxId) -> Result<TestRequest, String> {
    let test = row(bench, mailbox).await?.test;
    test.ok_or_else(|| "no test is listed as asked for".to_owned())
}

async fn ended(
    bench: &dyn Bench,
    mailbox: MailboxId,
    when: Option<Instant>,
    incoming: ChannelStatus,
    act: ChannelStatus,
) -> Result<(), String> {
    let outcome = TestOutcome::Ended { incoming, act };
    done(bench.crm().record_test(mailbox, when, outcome).await, "recording a test")
}

async fn person(bench: &dyn Bench, name: &str) -> Result<Person, String> {
    bench.user(&address(bench, name)).await
}

pub(super) async fn a_test_that_was_asked_for_is_listed_until_it_ended(
    bench: &dyn Bench,
) -> Outcome {
    let person = person(bench, "tested").await?;
    let mailbox = person.mailbox;
    equal(&row(bench, mailbox).await?.test, &None, "a test that nobody asked for")?;
    if !bench.ask_for_test(mailbox, true).await? {
        return CANNOT;
    }
    let request = asked(bench, mailbox).await?;
    equal(&request.takes_over, &true, "the take-over")?;
    equal(&request.repeated, &0, "repetitions")?;
    for _ in 0..2 {
        let success = ChannelStatus::Success;
        ended(bench, mailbox, request.asked, success, success).await?;
        let row = row(bench, mailbox).await?;
        equal(&row.test, &None, "the test that ended")?;
        equal(&row.tested.incoming, &success, "incoming mail")?;
        equal(&row.tested.act, &success, "appointments, contacts and tasks")?;
        equal(&row.tested.outgoing, &ChannelStatus::NotRun, "outgoing mail")?;
        ensure(row.is_enabled, || format!("{:?}", row.disabled_because))?;
    }
    // A take-over is for one test only.
    bench.ask_for_test(mailbox, false).await?;
    equal(&asked(bench, mailbox).await?.takes_over, &false, "the take-over of the next test")?;
    Ok(Verdict::Held)
}

pub(super) async fn a_failed_channel_is_not_enabled(bench: &dyn Bench) -> Outcome {
    let person = person(bench, "failed").await?;
    let mailbox = person.mailbox;
    ended(bench, mailbox, None, ChannelStatus::Success, ChannelStatus::Failure).await?;
    let half = row(bench, mailbox).await?;
    ensure(half.is_enabled, || format!("{:?}", half.disabled_because))?;
    equal(&half.tested.act, &ChannelStatus::Failure, "appointments, contacts and tasks")?;
    ended(bench, mailbox, None, ChannelStatus::Failure, ChannelStatus::Failure).await?;
    let row = row(bench, mailbox).await?;
    ensure(!row.is_enabled && row.disabled_because.is_some(), || format!("{row:?}"))?;
    equal(&row.tested.incoming, &ChannelStatus::Failure, "incoming mail")?;
    Ok(Verdict::Held)
}

pub(super) async fn a_postponed_test_stays_asked_for(bench: &dyn Bench) -> Outcome {
    let mailbox = person(bench, "postponed").await?.mailbox;
    if !bench.ask_for_test(mailbox, true).await? {
        return CANNOT;
    }
    let request = asked(bench, mailbox).await?;
    let before = row(bench, mailbox).await?;
    let until = bench.now().plus(Duration::from_secs(60));
    let outcome = TestOutcome::Postponed { until, repeated: 1 };
    done(bench.crm().record_test(mailbox, request.asked, outcome).await, "postponing a test")?;
    let row = row(bench, mailbox).await?;
    let wanted = TestRequest { not_before: Some(until), repeated: 1, ..request };
    equal(&row.test, &Some(wanted), "the test")?;
    equal(&row.is_enabled, &before.is_enabled, "whether it is enabled")?;
    equal(&row.tested, &before.tested, "how the test before ended")?;
    Ok(Verdict::Held)
}

pub(super) async fn a_test_asked_for_anew_is_not_ended_by_the_one_before(
    bench: &dyn Bench,
) -> Outcome {
    let mailbox = person(bench, "anew").await?.mailbox;
    if !bench.ask_for_test(mailbox, false).await? {
        return CANNOT;
    }
    let first = asked(bench, mailbox).await?;
    bench.ask_for_test(mailbox, true).await?;
    let success = ChannelStatus::Success;
    ended(bench, mailbox, first.asked, success, success).await?;
    let second = asked(bench, mailbox).await?;
    equal(&second.takes_over, &true, "the take-over that was asked for anew")?;
    let until = bench.now().plus(Duration::from_secs(60));
    let late = TestOutcome::Postponed { until, repeated: 3 };
    done(bench.crm().record_test(mailbox, first.asked, late).await, "postponing the one before")?;
    equal(&asked(bench, mailbox).await?, &second, "the test that was asked for anew")?;
    Ok(Verdict::Held)
}
