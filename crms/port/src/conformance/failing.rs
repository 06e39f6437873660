//! When the CRM fails.

use super::bench::{Bench, Failing, draft};
use super::promoting::address;
use super::{Outcome, Verdict, done, equal, fails};
use crate::Promoted;
use earmark_model::{Cause, FailureClass};

const CANNOT: Verdict = Verdict::NotApplicable("the bench cannot make requests fail");

pub(super) async fn a_throttled_crm_says_until_when(bench: &dyn Bench) -> Outcome {
    if !bench.fail_next(Failing::Throttled).await? {
        return Ok(CANNOT);
    }
    let said = |class: &FailureClass| matches!(class, FailureClass::Throttled { until: Some(_) });
    fails(bench.crm().settings().await, said, "a throttled read")?;
    Ok(Verdict::Held)
}

pub(super) async fn an_outage_is_never_an_empty_answer(bench: &dyn Bench) -> Outcome {
    let person = bench.user(&address(bench, "outage")).await?;
    let (draft, link) = draft(bench, &person);
    done(bench.crm().promote(&draft, &link).await, "promote")?;
    if !bench.fail_next(Failing::Unavailable).await? {
        return Ok(CANNOT);
    }
    let down = |class: &FailureClass| *class == FailureClass::Unavailable;
    fails(bench.crm().links(person.mailbox).await, down, "reading links in an outage")?;
    equal(&done(bench.crm().links(person.mailbox).await, "links")?.len(), &1, "the links after")?;
    Ok(Verdict::Held)
}

pub(super) async fn a_refusal_by_a_plug_in_counts(bench: &dyn Bench) -> Outcome {
    let person = bench.user(&address(bench, "plugin")).await?;
    let (draft, link) = draft(bench, &person);
    if !bench.fail_next(Failing::PlugIn).await? {
        return Ok(CANNOT);
    }
    let answer = bench.crm().promote(&draft, &link).await;
    let cause = answer.as_ref().err().map(|failure| failure.cause);
    let refused = |class: &FailureClass| *class == FailureClass::Refused;
    fails(answer, refused, "a promotion that is refused")?;
    equal(&cause, &Some(Cause::PlugInRefused), "the cause")?;
    equal(&bench.look(draft.id).await?, &None, "the record")?;
    let answer = done(bench.crm().promote(&draft, &link).await, "promote later")?;
    equal(&answer, &Promoted::Created(draft.id), "the later answer")?;
    Ok(Verdict::Held)
}

pub(super) async fn a_promotion_whose_answer_was_lost_is_repeated_safely(
    bench: &dyn Bench,
) -> Outcome {
    let person = bench.user(&address(bench, "lost")).await?;
    let (draft, link) = draft(bench, &person);
    if !bench.fail_next(Failing::AnswerLost).await? {
        return Ok(CANNOT);
    }
    let unknown =
        |class: &FailureClass| matches!(class, FailureClass::Timeout | FailureClass::Unavailable);
    fails(bench.crm().promote(&draft, &link).await, unknown, "a promotion without an answer")?;
    let answer = done(bench.crm().promote(&draft, &link).await, "promote again")?;
    equal(&answer, &Promoted::AlreadyThere(draft.id), "the second answer")?;
    let links = done(bench.crm().links(person.mailbox).await, "links")?;
    equal(&links, &vec![(link, draft.id)], "the links")?;
    Ok(Verdict::Held)
}

pub(super) async fn an_unlink_whose_answer_was_lost_is_repeated_safely(
    bench: &dyn Bench,
) -> Outcome {
    let person = bench.user(&address(bench, "lost")).await?;
    let (draft, link) = draft(bench, &person);
    done(bench.crm().promote(&draft, &link).await, "promote")?;
    if !bench.fail_next(Failing::AnswerLost).await? {
        return Ok(CANNOT);
    }
    let unknown =
        |class: &FailureClass| matches!(class, FailureClass::Timeout | FailureClass::Unavailable);
    fails(bench.crm().unlink(&link, draft.id).await, unknown, "an unlink without an answer")?;
    done(bench.crm().unlink(&link, draft.id).await, "unlink again")?;
    let links = done(bench.crm().links(person.mailbox).await, "links")?;
    equal(&links, &Vec::new(), "the links")?;
    Ok(Verdict::Held)
}
