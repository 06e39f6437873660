//! Making records.

use super::bench::{Bench, Seen, draft};
use super::{Outcome, Verdict, done, ensure, equal, fails};
use crate::Promoted;
use earmark_model::activity::{PartyRole, RecordRef};
use earmark_model::{ActivityId, Direction, FailureClass};

pub(super) async fn seen(bench: &dyn Bench, id: ActivityId) -> Result<Seen, String> {
    bench.look(id).await?.ok_or_else(|| "the record is not there".to_owned())
}

pub(super) async fn a_promotion_makes_record_parties_attachments_and_link(
    bench: &dyn Bench,
) -> Outcome {
    let person = bench.user(&address(bench, "whole")).await?;
    let (draft, link) = draft(bench, &person);
    let answer = done(bench.crm().promote(&draft, &link).await, "promote")?;
    equal(&answer, &Promoted::Created(draft.id), "the answer")?;
    let seen = seen(bench, draft.id).await?;
    ensure(seen.subject.starts_with("Subject "), || "the subject is another".to_owned())?;
    equal(&seen.owner, &person.owner, "the owner")?;
    equal(&seen.direction, &Direction::Incoming, "the direction")?;
    let mut parties = seen.parties.clone();
    parties.sort();
    let mut wanted: Vec<_> = draft
        .parties
        .iter()
        .map(|party| (party.role, party.address.to_lowercase(), party.record.clone()))
        .collect();
    wanted.sort();
    equal(&parties, &wanted, "the parties")?;
    equal(&seen.attachments, &vec![("plan.txt".to_owned(), 4)], "the attachments")?;
    let links = done(bench.crm().links(person.mailbox).await, "links")?;
    equal(&links, &vec![(link, draft.id)], "the links")?;
    Ok(Verdict::Held)
}

pub(super) async fn a_repeated_promotion_makes_nothing_new(bench: &dyn Bench) -> Outcome {
    let person = bench.user(&address(bench, "again")).await?;
    let (draft, link) = draft(bench, &person);
    done(bench.crm().promote(&draft, &link).await, "promote")?;
    let before = seen(bench, draft.id).await?;
    let answer = done(bench.crm().promote(&draft, &link).await, "promote again")?;
    equal(&answer, &Promoted::AlreadyThere(draft.id), "the second answer")?;
    equal(&seen(bench, draft.id).await?, &before, "the record")?;
    let links = done(bench.crm().links(person.mailbox).await, "links")?;
    equal(&links.len(), &1, "the number of links")?;
    Ok(Verdict::Held)
}

pub(super) async fn promoting_onto_a_record_links_the_item_and_leaves_the_record(
    bench: &dyn Bench,
) -> Outcome {
    let first = bench.user(&address(bench, "first")).await?;
    let second = bench.user(&address(bench, "second")).await?;
    let (made, link) = draft(bench, &first);
    done(bench.crm().promote(&made, &link).await, "promote")?;
    let before = seen(bench, made.id).await?;
    let (mut other, other_link) = draft(bench, &second);
    other.id = made.id;
    let answer = done(bench.crm().promote(&other, &other_link).await, "promote the other")?;
    equal(&answer, &Promoted::AlreadyThere(made.id), "the answer")?;
    equal(&seen(bench, made.id).await?, &before, "the record")?;
    let links = done(bench.crm().links(second.mailbox).await, "links")?;
    equal(&links, &vec![(other_link, made.id)], "the links of the second mailbox")?;
    Ok(Verdict::Held)
}

pub(super) async fn a_refused_promotion_leaves_nothing(bench: &dyn Bench) -> Outcome {
    let person = bench.user(&address(bench, "bare")).await?;
    bench.strip_roles(person.principal).await?;
    let (draft, link) = draft(bench, &person);
    let refused = |class: &FailureClass| *class == FailureClass::Refused;
    fails(
        bench.crm().promote(&draft, &link).await,
        refused,
        "promoting for an owner without role",
    )?;
    equal(&bench.look(draft.id).await?, &None, "the record")?;
    let links = done(bench.crm().links(person.mailbox).await, "links")?;
    equal(&links, &Vec::new(), "the links")?;
    Ok(Verdict::Held)
}

pub(super) async fn direction_and_regarding_are_kept(bench: &dyn Bench) -> Outcome {
    let person = bench.user(&address(bench, "sent")).await?;
    let contact = bench.contact(&address(bench, "contact")).await?;
    let (mut draft, link) = draft(bench, &person);
    draft.direction = Direction::Outgoing;
    draft.regarding = Some(contact.clone());
    done(bench.crm().promote(&draft, &link).await, "promote")?;
    let seen = seen(bench, draft.id).await?;
    equal(&seen.direction, &Direction::Outgoing, "the direction")?;
    equal(&seen.regarding, &Some(contact), "the regarding")?;
    ensure(
        seen.parties.iter().any(|(role, _, record): &(PartyRole, String, Option<RecordRef>)| {
            *role == PartyRole::To && record.is_some()
        }),
        || "the resolved recipient has no record".to_owned(),
    )?;
    Ok(Verdict::Held)
}

/// An address that nobody had before.
pub(super) fn address(bench: &dyn Bench, name: &str) -> String {
    format!("{name}-{}@conformance.test", bench.fresh())
}
