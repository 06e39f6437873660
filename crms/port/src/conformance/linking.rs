//! Tying items to records.

use super::bench::{Bench, draft};
use super::promoting::{address, seen};
use super::{Outcome, Verdict, done, equal, fails};
use crate::CrmLink;
use earmark_model::{ActivityId, FailureClass, ItemHandle};
use uuid::Uuid;

pub(super) async fn several_items_share_one_record(bench: &dyn Bench) -> Outcome {
    let person = bench.user(&address(bench, "shared")).await?;
    let (draft, link) = draft(bench, &person);
    done(bench.crm().promote(&draft, &link).await, "promote")?;
    let copy = CrmLink { handle: ItemHandle(format!("{}-copy", link.handle)), ..link.clone() };
    done(bench.crm().link(&copy, draft.id, None).await, "link the copy")?;
    let links = done(bench.crm().links(person.mailbox).await, "links")?;
    equal(&links, &vec![(link, draft.id), (copy, draft.id)], "the links")?;
    Ok(Verdict::Held)
}

pub(super) async fn linking_to_a_missing_record_says_gone(bench: &dyn Bench) -> Outcome {
    let person = bench.user(&address(bench, "missing")).await?;
    let (draft, link) = draft(bench, &person);
    let answer = bench.crm().link(&link, draft.id, None).await;
    fails(answer, |class| *class == FailureClass::RecordGone, "linking to a missing record")?;
    equal(&done(bench.crm().links(person.mailbox).await, "links")?, &Vec::new(), "the links")?;
    Ok(Verdict::Held)
}

pub(super) async fn linking_is_repeatable_and_sets_the_regarding(bench: &dyn Bench) -> Outcome {
    let person = bench.user(&address(bench, "about")).await?;
    let contact = bench.contact(&address(bench, "about")).await?;
    let (draft, link) = draft(bench, &person);
    let crm = bench.crm();
    done(crm.promote(&draft, &link).await, "promote")?;
    for _ in 0..2 {
        done(crm.link(&link, draft.id, Some(Some(&contact))).await, "link with regarding")?;
        let regarding = seen(bench, draft.id).await?.regarding;
        equal(&regarding, &Some(contact.clone()), "the regarding")?;
    }
    done(crm.link(&link, draft.id, None).await, "link without a word about it")?;
    equal(&seen(bench, draft.id).await?.regarding, &Some(contact), "the regarding that stays")?;
    done(crm.link(&link, draft.id, Some(None)).await, "link and take it off")?;
    equal(&seen(bench, draft.id).await?.regarding, &None, "the regarding taken off")?;
    equal(&done(crm.links(person.mailbox).await, "links")?.len(), &1, "the number of links")?;
    Ok(Verdict::Held)
}

pub(super) async fn unlinking_keeps_the_record_and_other_links(bench: &dyn Bench) -> Outcome {
    let person = bench.user(&address(bench, "kept")).await?;
    let (draft, link) = draft(bench, &person);
    let crm = bench.crm();
    done(crm.promote(&draft, &link).await, "promote")?;
    let copy = CrmLink { handle: ItemHandle(format!("{}-copy", link.handle)), ..link.clone() };
    done(crm.link(&copy, draft.id, None).await, "link the copy")?;
    let before = seen(bench, draft.id).await?;
    done(crm.unlink(&link, draft.id).await, "unlink")?;
    equal(&seen(bench, draft.id).await?, &before, "the record")?;
    let links = done(crm.links(person.mailbox).await, "links")?;
    equal(&links, &vec![(copy, draft.id)], "the links")?;
    Ok(Verdict::Held)
}

pub(super) async fn unlinking_what_is_not_linked_succeeds(bench: &dyn Bench) -> Outcome {
    let person = bench.user(&address(bench, "never")).await?;
    let (draft, link) = draft(bench, &person);
    let crm = bench.crm();
    done(crm.unlink(&link, draft.id).await, "unlink from a record that is not there")?;
    done(crm.promote(&draft, &link).await, "promote")?;
    done(crm.unlink(&link, draft.id).await, "unlink")?;
    done(crm.unlink(&link, draft.id).await, "unlink again")?;
    Ok(Verdict::Held)
}

pub(super) async fn an_unlinked_item_can_be_linked_again(bench: &dyn Bench) -> Outcome {
    let person = bench.user(&address(bench, "back")).await?;
    let (draft, link) = draft(bench, &person);
    let crm = bench.crm();
    done(crm.promote(&draft, &link).await, "promote")?;
    done(crm.unlink(&link, draft.id).await, "unlink")?;
    done(crm.link(&link, draft.id, None).await, "link")?;
    bench.unlink_there(&link).await?;
    equal(&done(crm.links(person.mailbox).await, "links")?, &Vec::new(), "the links")?;
    done(crm.link(&link, draft.id, None).await, "link once more")?;
    let links = done(crm.links(person.mailbox).await, "links")?;
    equal(&links, &vec![(link, draft.id)], "the links at the end")?;
    Ok(Verdict::Held)
}

pub(super) async fn links_are_those_of_one_mailbox(bench: &dyn Bench) -> Outcome {
    let first = bench.user(&address(bench, "mine")).await?;
    let second = bench.user(&address(bench, "theirs")).await?;
    let (draft, link) = draft(bench, &first);
    let crm = bench.crm();
    done(crm.promote(&draft, &link).await, "promote")?;
    // The same handle in another mailbox is another item.
    let other = CrmLink { mailbox: second.mailbox, handle: link.handle.clone() };
    done(crm.link(&other, draft.id, None).await, "link in the other mailbox")?;
    let links = done(crm.links(first.mailbox).await, "links of the first")?;
    equal(&links, &vec![(link, draft.id)], "the links of the first")?;
    let links = done(crm.links(second.mailbox).await, "links of the second")?;
    equal(&links, &vec![(other, draft.id)], "the links of the second")?;
    Ok(Verdict::Held)
}

pub(super) async fn existing_answers_only_what_is_there(bench: &dyn Bench) -> Outcome {
    let person = bench.user(&address(bench, "exists")).await?;
    let (draft, link) = draft(bench, &person);
    let crm = bench.crm();
    done(crm.promote(&draft, &link).await, "promote")?;
    let nowhere =
        ActivityId(Uuid::from_u64_pair(0x00de_ad00_0000_8000, (0x8 << 60) | bench.fresh()));
    let existing = done(crm.existing(&[nowhere, draft.id]).await, "existing")?;
    equal(&existing, &vec![draft.id], "what is there")?;
    bench.delete_record(draft.id).await?;
    let existing = done(crm.existing(&[nowhere, draft.id]).await, "existing")?;
    equal(&existing, &Vec::new(), "what is left")?;
    equal(&done(crm.existing(&[]).await, "existing of nothing")?, &Vec::new(), "of nothing")?;
    Ok(Verdict::Held)
}
