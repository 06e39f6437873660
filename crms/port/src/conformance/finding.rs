//! Finding records and people.

use super::bench::{Bench, draft};
use super::promoting::address;
use super::{Outcome, Verdict, done, ensure, equal};
use crate::{CrmLink, Lookup, LookupRequest, NaturalKey};
use earmark_model::{ActivityDraft, ActivityId, ItemKind, PrincipalId};
use uuid::Uuid;

fn request(draft: &ActivityDraft, link: &CrmLink) -> LookupRequest {
    LookupRequest {
        kind: ItemKind::Email,
        key: NaturalKey::MessageId(draft.message_id.clone()),
        id: draft.id,
        link: link.clone(),
        addresses: Vec::new(),
    }
}

async fn look_up(bench: &dyn Bench, request: &LookupRequest) -> Result<Lookup, String> {
    done(bench.crm().lookup(request).await, "lookup")
}

fn elsewhere(bench: &dyn Bench) -> ActivityId {
    ActivityId(Uuid::from_u64_pair(0x00e1_5e00_0000_8000, (0x8 << 60) | bench.fresh()))
}

pub(super) async fn a_record_is_found_by_message_id_with_and_without_brackets(
    bench: &dyn Bench,
) -> Outcome {
    let person = bench.user(&address(bench, "found")).await?;
    let (draft, link) = draft(bench, &person);
    done(bench.crm().promote(&draft, &link).await, "promote")?;
    let bare = draft.message_id.as_deref().unwrap_or_default().trim_matches(['<', '>']).to_owned();
    for spelling in [format!("<{bare}>"), bare] {
        let mut request = request(&draft, &link);
        request.id = elsewhere(bench);
        request.key = NaturalKey::MessageId(Some(spelling));
        let records = look_up(bench, &request).await?.records;
        equal(&records.len(), &1, "the number of records")?;
        let record = &records[0];
        equal(&record.id, &draft.id, "the record")?;
        equal(&record.direction, &draft.direction, "its direction")?;
        let earmark_model::ItemContent::Message(content) = &draft.content else {
            return Err("the bench drafts an email".to_owned());
        };
        equal(&record.sent, &content.sent, "when it was sent")?;
        let sender = content.from.as_ref().map(|from| from.address.to_lowercase());
        equal(&record.sender, &sender, "its sender")?;
    }
    Ok(Verdict::Held)
}

pub(super) async fn a_record_is_found_by_its_id(bench: &dyn Bench) -> Outcome {
    let person = bench.user(&address(bench, "id")).await?;
    let (draft, link) = draft(bench, &person);
    done(bench.crm().promote(&draft, &link).await, "promote")?;
    let mut request = request(&draft, &link);
    request.key = NaturalKey::MessageId(None);
    let records = look_up(bench, &request).await?.records;
    equal(&records.iter().map(|record| record.id).collect(), &vec![draft.id], "the records")?;
    Ok(Verdict::Held)
}

pub(super) async fn message_ids_that_differ_are_other_messages(bench: &dyn Bench) -> Outcome {
    let person = bench.user(&address(bench, "case")).await?;
    let (draft, link) = draft(bench, &person);
    done(bench.crm().promote(&draft, &link).await, "promote")?;
    let own = draft.message_id.clone().unwrap_or_default();
    for other in [own.to_uppercase(), own.replace("Message", "Messag%"), format!("{own}x")] {
        let mut request = request(&draft, &link);
        request.id = elsewhere(bench);
        request.key = NaturalKey::MessageId(Some(other));
        equal(&look_up(bench, &request).await?.records, &Vec::new(), "the records")?;
    }
    Ok(Verdict::Held)
}

pub(super) async fn an_item_knows_its_record(bench: &dyn Bench) -> Outcome {
    let person = bench.user(&address(bench, "item")).await?;
    let (draft, link) = draft(bench, &person);
    let request = request(&draft, &link);
    equal(&look_up(bench, &request).await?.linked_to, &None, "the record before")?;
    done(bench.crm().promote(&draft, &link).await, "promote")?;
    equal(&look_up(bench, &request).await?.linked_to, &Some(draft.id), "the record")?;
    done(bench.crm().unlink(&link, draft.id).await, "unlink")?;
    equal(&look_up(bench, &request).await?.linked_to, &None, "the record after")?;
    Ok(Verdict::Held)
}

async fn candidates(
    bench: &dyn Bench,
    addresses: &[&str],
) -> Result<std::collections::BTreeMap<String, Vec<crate::PartyCandidate>>, String> {
    let person = bench.user(&address(bench, "asker")).await?;
    let (draft, link) = draft(bench, &person);
    let mut request = request(&draft, &link);
    request.addresses = addresses.iter().map(|address| (*address).to_owned()).collect();
    Ok(look_up(bench, &request).await?.candidates)
}

pub(super) async fn candidates_come_by_address(bench: &dyn Bench) -> Outcome {
    let (first, second) = (address(bench, "one"), address(bench, "two"));
    let contact = bench.contact(&first).await?;
    let namesake = bench.contact(&first).await?;
    let user = bench.user(&second).await?;
    let found = candidates(bench, &[&first, &second]).await?;
    let records: Vec<_> =
        found.get(&first).into_iter().flatten().map(|found| found.record.clone()).collect();
    ensure(
        records.contains(&contact) && records.contains(&namesake) && records.len() == 2,
        || format!("the contacts of one address: {records:?}"),
    )?;
    let users: Vec<_> =
        found.get(&second).into_iter().flatten().map(|found| found.record.id).collect();
    equal(&users, &vec![user.principal.0], "the user of the other address")?;
    ensure(found.values().flatten().all(|found| found.is_active), || "one is inactive".to_owned())?;
    let owned = found.get(&first).into_iter().flatten().all(|found| found.owner.is_some());
    ensure(owned, || "a contact has no owner".to_owned())?;
    Ok(Verdict::Held)
}

pub(super) async fn a_disabled_user_is_never_a_candidate(bench: &dyn Bench) -> Outcome {
    let gone = address(bench, "gone");
    let user = bench.user(&gone).await?;
    bench.disable_user(PrincipalId(user.principal.0)).await?;
    equal(&candidates(bench, &[&gone]).await?.get(&gone), &None, "the candidates")?;
    Ok(Verdict::Held)
}

pub(super) async fn an_inactive_record_is_said_to_be_so(bench: &dyn Bench) -> Outcome {
    let old = address(bench, "old");
    let contact = bench.contact(&old).await?;
    bench.deactivate_contact(&contact).await?;
    let found = candidates(bench, &[&old]).await?;
    let states: Vec<bool> =
        found.get(&old).into_iter().flatten().map(|found| found.is_active).collect();
    equal(&states, &vec![false], "whether it is active")?;
    Ok(Verdict::Held)
}

pub(super) async fn an_address_without_candidates_is_absent(bench: &dyn Bench) -> Outcome {
    let nobody = address(bench, "nobody");
    equal(&candidates(bench, &[&nobody]).await?.len(), &0, "the number of addresses")?;
    Ok(Verdict::Held)
}

pub(super) async fn a_user_answers_for_its_own_mail_while_it_has_the_right(
    bench: &dyn Bench,
) -> Outcome {
    let name = address(bench, "answers");
    let user = bench.user(&name).await?;
    let before = candidates(bench, &[&name]).await?.remove(&name).unwrap_or_default();
    let told: Vec<_> = before.iter().map(|found| (found.mail_owner, found.may_own)).collect();
    equal(&told, &vec![(Some(user.principal), true)], "who answers for its mail")?;
    bench.strip_roles(user.principal).await?;
    let after = candidates(bench, &[&name]).await?.remove(&name).unwrap_or_default();
    let told: Vec<_> = after.iter().map(|found| (found.mail_owner, found.may_own)).collect();
    equal(&told, &vec![(Some(user.principal), false)], "who answers without a role")?;
    Ok(Verdict::Held)
}

pub(super) async fn the_owner_of_a_queue_answers_for_its_mail(bench: &dyn Bench) -> Outcome {
    let name = address(bench, "queue");
    let queue = bench.queue(&name).await?;
    for may_own in [true, false] {
        let found = candidates(bench, &[&name]).await?.remove(&name).unwrap_or_default();
        let told: Vec<_> =
            found.iter().map(|found| (found.record.id, found.mail_owner, found.may_own)).collect();
        let wanted = vec![(queue.principal.0, Some(queue.owner), may_own)];
        equal(&told, &wanted, "who answers for the mail of the queue")?;
        bench.strip_roles(queue.owner).await?;
    }
    Ok(Verdict::Held)
}

pub(super) async fn who_has_no_mailbox_answers_for_no_mail(bench: &dyn Bench) -> Outcome {
    let name = address(bench, "contact");
    bench.contact(&name).await?;
    let found = candidates(bench, &[&name]).await?.remove(&name).unwrap_or_default();
    let told: Vec<_> = found.iter().map(|found| (found.mail_owner, found.may_own)).collect();
    equal(&told, &vec![(None, false)], "who answers for the mail of a contact")?;
    Ok(Verdict::Held)
}
