//! What happened in the CRM.

use super::bench::{Bench, Person, draft};
use super::promoting::address;
use super::{Outcome, Verdict, done, ensure, equal, fails};
use crate::{CrmChange, CrmCheckpoint, CrmLink};
use earmark_model::{ActivityDraft, FailureClass};

async fn now(bench: &dyn Bench) -> Result<CrmCheckpoint, String> {
    let page = done(bench.crm().changes(None).await, "changes without a checkpoint")?;
    equal(&page.changes, &Vec::new(), "the changes without a checkpoint")?;
    Ok(page.next)
}

async fn since(bench: &dyn Bench, checkpoint: &CrmCheckpoint) -> Result<Vec<CrmChange>, String> {
    Ok(done(bench.crm().changes(Some(checkpoint)).await, "changes")?.changes)
}

async fn tracked(
    bench: &dyn Bench,
    name: &str,
) -> Result<(Person, ActivityDraft, CrmLink), String> {
    let person = bench.user(&address(bench, name)).await?;
    let (draft, link) = draft(bench, &person);
    done(bench.crm().promote(&draft, &link).await, "promote")?;
    Ok((person, draft, link))
}

pub(super) async fn without_a_checkpoint_the_feed_starts_now(bench: &dyn Bench) -> Outcome {
    let (_, draft, _) = tracked(bench, "start").await?;
    bench.edit_record(draft.id).await?;
    let checkpoint = now(bench).await?;
    equal(&since(bench, &checkpoint).await?, &Vec::new(), "the changes since now")?;
    Ok(Verdict::Held)
}

pub(super) async fn own_writes_are_not_told(bench: &dyn Bench) -> Outcome {
    let checkpoint = now(bench).await?;
    let (_, draft, link) = tracked(bench, "own").await?;
    let contact = bench.contact(&address(bench, "own")).await?;
    let crm = bench.crm();
    done(crm.link(&link, draft.id, Some(Some(&contact))).await, "link")?;
    done(crm.unlink(&link, draft.id).await, "unlink")?;
    equal(&since(bench, &checkpoint).await?, &Vec::new(), "the changes")?;
    Ok(Verdict::Held)
}

pub(super) async fn an_unlink_by_a_person_is_told(bench: &dyn Bench) -> Outcome {
    let (person, draft, link) = tracked(bench, "untracks").await?;
    let checkpoint = now(bench).await?;
    bench.unlink_there(&link).await?;
    let wanted = CrmChange::Unlinked { link, activity: draft.id };
    equal(&since(bench, &checkpoint).await?, &vec![wanted], "the changes")?;
    let links = done(bench.crm().links(person.mailbox).await, "links")?;
    equal(&links, &Vec::new(), "the links")?;
    Ok(Verdict::Held)
}

pub(super) async fn a_deletion_by_a_person_is_told(bench: &dyn Bench) -> Outcome {
    let (person, draft, _) = tracked(bench, "deletes").await?;
    let checkpoint = now(bench).await?;
    bench.delete_record(draft.id).await?;
    let changes = since(bench, &checkpoint).await?;
    let wanted = CrmChange::RecordDeleted { activity: draft.id };
    ensure(changes.contains(&wanted), || format!("the deletion is not told: {changes:?}"))?;
    let links = done(bench.crm().links(person.mailbox).await, "links")?;
    equal(&links, &Vec::new(), "the links")?;
    Ok(Verdict::Held)
}

pub(super) async fn an_edit_by_a_person_is_told(bench: &dyn Bench) -> Outcome {
    let (_, draft, _) = tracked(bench, "edits").await?;
    let checkpoint = now(bench).await?;
    bench.edit_record(draft.id).await?;
    let wanted = CrmChange::Edited { activity: draft.id };
    equal(&since(bench, &checkpoint).await?, &vec![wanted], "the changes")?;
    Ok(Verdict::Held)
}

pub(super) async fn a_repeated_checkpoint_tells_the_same(bench: &dyn Bench) -> Outcome {
    let (_, first, link) = tracked(bench, "repeats").await?;
    let (_, second, _) = tracked(bench, "repeats").await?;
    let checkpoint = now(bench).await?;
    bench.unlink_there(&link).await?;
    bench.delete_record(second.id).await?;
    let once = done(bench.crm().changes(Some(&checkpoint)).await, "changes")?;
    let again = done(bench.crm().changes(Some(&checkpoint)).await, "changes again")?;
    equal(&again.changes, &once.changes, "the changes")?;
    let wanted = CrmChange::Unlinked { link, activity: first.id };
    equal(&once.changes.first(), &Some(&wanted), "the first change")?;
    equal(&since(bench, &once.next).await?, &Vec::new(), "the changes after the page")?;
    Ok(Verdict::Held)
}

pub(super) async fn an_unknown_checkpoint_has_expired(bench: &dyn Bench) -> Outcome {
    let unknown = CrmCheckpoint("no such checkpoint".to_owned());
    let answer = bench.crm().changes(Some(&unknown)).await;
    fails(answer, |class| *class == FailureClass::CheckpointExpired, "an unknown checkpoint")?;
    Ok(Verdict::Held)
}

pub(super) async fn a_checkpoint_older_than_the_log_has_expired(bench: &dyn Bench) -> Outcome {
    let checkpoint = now(bench).await?;
    let (_, draft, _) = tracked(bench, "old").await?;
    bench.edit_record(draft.id).await?;
    if !bench.forget_changes().await? {
        return Ok(Verdict::NotApplicable("the bench cannot forget changes"));
    }
    let answer = bench.crm().changes(Some(&checkpoint)).await;
    fails(answer, |class| *class == FailureClass::CheckpointExpired, "an old checkpoint")?;
    let fresh = now(bench).await?;
    equal(&since(bench, &fresh).await?, &Vec::new(), "the changes since then")?;
    Ok(Verdict::Held)
}
