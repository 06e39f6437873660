//! Single appointments: every field, found again, kept in step, left alone when closed.

use super::bench::Bench;
use super::drafts::{HOUR, appointment, attendee, date, day, meeting};
use super::promoting::address;
use super::seen::{AppointmentState, Closing, SeenAppointment, SeriesPart};
use super::{Outcome, Verdict, done, ensure, equal, fails};
use crate::{CrmLink, Lookup, LookupRequest, NaturalKey, Promoted, Updated};
use earmark_model::activity::{Party, PartyRole};
use earmark_model::calendar::{Recurrence, RecurrenceEnd, RecurrencePattern, ShowAs};
use earmark_model::{
    ActivityDraft, ActivityId, Body, BodyKind, FailureClass, Field, FieldPair, FieldValue,
    Importance, Instant, ItemKind,
};
use uuid::Uuid;

pub(super) async fn seen(bench: &dyn Bench, id: ActivityId) -> Result<SeenAppointment, String> {
    bench.look_at_appointment(id).await?.ok_or_else(|| "the appointment is not there".to_owned())
}

/// What a person should see of a draft.
pub(super) fn wanted(draft: &ActivityDraft, state: AppointmentState) -> SeenAppointment {
    let mut draft = draft.clone();
    let mut parties: Vec<_> = draft
        .parties
        .iter()
        .map(|party| (party.role, party.address.to_lowercase(), party.record.clone()))
        .collect();
    parties.sort();
    let (id, owner, regarding) = (draft.id, draft.owner, draft.regarding.clone());
    let content = meeting(&mut draft);
    let minutes = content.end.since(content.start).as_secs() / 60;
    SeenAppointment {
        id,
        subject: content.subject.clone(),
        description: content.body.text.clone(),
        location: content.location.clone(),
        start: Some(content.start),
        end: Some(content.end),
        minutes: i64::try_from(minutes).ok(),
        is_all_day: content.is_all_day,
        state,
        importance: content.importance,
        is_private: content.is_private,
        join_url: content.join_url.clone(),
        ical_uid: content.ical_uid.clone(),
        part: SeriesPart::Single,
        series: None,
        original_start: None,
        owner,
        regarding,
        parties,
    }
}

pub(super) async fn look_up(
    bench: &dyn Bench,
    link: &CrmLink,
    uid: &str,
    original_start: Option<Instant>,
) -> Result<Vec<ActivityId>, String> {
    let request = LookupRequest {
        kind: ItemKind::Appointment,
        key: NaturalKey::Appointment { ical_uid: uid.to_owned(), original_start },
        id: ActivityId(Uuid::from_u64_pair(0x00e1_5e00_0000_8001, (0x8 << 60) | bench.fresh())),
        link: link.clone(),
        addresses: Vec::new(),
    };
    let Lookup { records, .. } = done(bench.crm().lookup(&request).await, "lookup")?;
    Ok(records.iter().map(|record| record.id).collect())
}

pub(super) async fn an_appointment_has_every_field(bench: &dyn Bench) -> Outcome {
    let person = bench.user(&address(bench, "meeting")).await?;
    let contact = bench.contact(&address(bench, "meeting")).await?;
    let (mut draft, link) = appointment(bench, &person);
    draft.regarding = Some(contact);
    let answer = done(bench.crm().promote(&draft, &link).await, "promote")?;
    equal(&answer, &Promoted::Created(draft.id), "the answer")?;
    let found = seen(bench, draft.id).await?;
    equal(&found, &wanted(&draft, AppointmentState::Busy), "the appointment")?;
    let links = done(bench.crm().links(person.mailbox).await, "links")?;
    equal(&links, &vec![(link, draft.id)], "the links")?;
    let existing = done(bench.crm().existing(&[draft.id]).await, "existing")?;
    equal(&existing, &vec![draft.id], "what is there")?;
    Ok(Verdict::Held)
}

pub(super) async fn how_an_appointment_shows_is_its_state(bench: &dyn Bench) -> Outcome {
    let person = bench.user(&address(bench, "shows")).await?;
    for (show_as, state) in [
        (ShowAs::Free, AppointmentState::Free),
        (ShowAs::Tentative, AppointmentState::Tentative),
        (ShowAs::Busy, AppointmentState::Busy),
        (ShowAs::OutOfOffice, AppointmentState::OutOfOffice),
        (ShowAs::WorkingElsewhere, AppointmentState::Busy),
    ] {
        let (mut draft, link) = appointment(bench, &person);
        meeting(&mut draft).show_as = show_as;
        done(bench.crm().promote(&draft, &link).await, "promote")?;
        equal(&seen(bench, draft.id).await?.state, &state, "the state")?;
    }
    Ok(Verdict::Held)
}

pub(super) async fn text_that_does_not_fit_is_cut(bench: &dyn Bench) -> Outcome {
    let person = bench.user(&address(bench, "long")).await?;
    let (mut draft, link) = appointment(bench, &person);
    let content = meeting(&mut draft);
    content.subject = "ä".repeat(10_000);
    content.location = "Room ".repeat(1_000);
    content.body.text = "word ".repeat(400_000);
    let answer = done(bench.crm().promote(&draft, &link).await, "promote")?;
    equal(&answer, &Promoted::Created(draft.id), "the answer")?;
    let found = seen(bench, draft.id).await?;
    let begins = |whole: &str, part: &str| !part.is_empty() && whole.starts_with(part);
    let content = meeting(&mut draft);
    ensure(
        begins(&content.subject, &found.subject)
            && begins(&content.location, &found.location)
            && begins(&content.body.text, &found.description),
        || "the texts are not the beginnings of what was sent".to_owned(),
    )?;
    Ok(Verdict::Held)
}

pub(super) async fn an_appointment_is_found_by_its_uid(bench: &dyn Bench) -> Outcome {
    let person = bench.user(&address(bench, "uid")).await?;
    let (mut draft, link) = appointment(bench, &person);
    done(bench.crm().promote(&draft, &link).await, "promote")?;
    let uid = meeting(&mut draft).ical_uid.clone();
    equal(&look_up(bench, &link, &uid, None).await?, &vec![draft.id], "by its UID")?;
    for other in [uid.to_lowercase(), format!("{uid}x")] {
        equal(&look_up(bench, &link, &other, None).await?, &Vec::new(), "by another UID")?;
    }
    let start = meeting(&mut draft).start;
    equal(&look_up(bench, &link, &uid, Some(start)).await?, &Vec::new(), "as an occurrence")?;
    Ok(Verdict::Held)
}

pub(super) async fn two_mailboxes_share_one_meeting(bench: &dyn Bench) -> Outcome {
    let first = bench.user(&address(bench, "organizer")).await?;
    let second = bench.user(&address(bench, "attendee")).await?;
    let (draft, link) = appointment(bench, &first);
    done(bench.crm().promote(&draft, &link).await, "promote")?;
    let before = seen(bench, draft.id).await?;
    let other = CrmLink { mailbox: second.mailbox, ..link.clone() };
    let mut theirs = draft.clone();
    (theirs.mailbox, theirs.owner) = (second.mailbox, second.owner);
    for what in ["promote the other's", "promote it again"] {
        let answer = done(bench.crm().promote(&theirs, &other).await, what)?;
        equal(&answer, &Promoted::AlreadyThere(draft.id), "the answer")?;
    }
    equal(&seen(bench, draft.id).await?, &before, "the appointment")?;
    for (mailbox, link) in [(first.mailbox, link), (second.mailbox, other)] {
        let links = done(bench.crm().links(mailbox).await, "links")?;
        equal(&links, &vec![(link, draft.id)], "the links of each")?;
    }
    Ok(Verdict::Held)
}

pub(super) async fn an_update_makes_every_field_what_the_draft_says(bench: &dyn Bench) -> Outcome {
    let person = bench.user(&address(bench, "updates")).await?;
    let contact = bench.contact(&address(bench, "updates")).await?;
    let crm = bench.crm();
    let (mut draft, link) = appointment(bench, &person);
    draft.regarding = Some(contact);
    done(crm.promote(&draft, &link).await, "promote")?;
    let checkpoint = done(crm.changes(None).await, "changes")?.next;
    let content = meeting(&mut draft);
    content.subject = "Another subject".to_owned();
    content.body = Body { kind: BodyKind::Text, text: "Something else".to_owned() };
    content.location = String::new();
    content.start = day(bench, 12);
    content.end = day(bench, 13);
    content.is_all_day = true;
    content.show_as = ShowAs::Free;
    content.importance = Importance::Low;
    content.is_private = false;
    content.join_url = None;
    draft.parties.retain(|party| party.role != PartyRole::Optional);
    draft.parties[1].address = "newcomer@outside.test".to_owned();
    for what in ["update", "update again"] {
        equal(&done(crm.update(&draft, &[]).await, what)?, &Updated::Done, "the answer")?;
        let found = seen(bench, draft.id).await?;
        equal(&found, &wanted(&draft, AppointmentState::Free), "the appointment")?;
    }
    draft.parties.clear();
    equal(&done(crm.update(&draft, &[]).await, "update")?, &Updated::Done, "without parties")?;
    equal(&seen(bench, draft.id).await?.parties, &Vec::new(), "the parties")?;
    let changes = done(crm.changes(Some(&checkpoint)).await, "changes")?.changes;
    equal(&changes, &Vec::new(), "what the feed tells of it")?;
    let links = done(crm.links(person.mailbox).await, "links")?;
    equal(&links, &vec![(link, draft.id)], "the links")?;
    Ok(Verdict::Held)
}

pub(super) async fn both_sides_are_compared_and_kept_apart(bench: &dyn Bench) -> Outcome {
    let person = bench.user(&address(bench, "compared")).await?;
    let crm = bench.crm();
    let (mut draft, link) = appointment(bench, &person);
    done(crm.promote(&draft, &link).await, "promote")?;
    let both = done(crm.compare(&draft).await, "compare")?;
    ensure(!both.is_closed && both.modified <= bench.now(), || format!("{both:?}"))?;
    let fields: Vec<Field> = both.fields.iter().map(|pair| pair.field).collect();
    let wanted = [
        Field::Subject,
        Field::Body,
        Field::Location,
        Field::Time,
        Field::ShowAs,
        Field::Importance,
        Field::Attendees,
    ];
    equal(&fields, &wanted.to_vec(), "the fields")?;
    ensure(both.fields.iter().all(|pair| pair.item == pair.record), || format!("{both:?}"))?;
    // What is too long for the record is there as the record has it, and not whole.
    let (place, subject) = ("x".repeat(3_000), "Another subject".to_owned());
    meeting(&mut draft).location = place;
    meeting(&mut draft).subject.clone_from(&subject);
    let both = done(crm.compare(&draft).await, "compare")?;
    let differ = |pair: &&FieldPair| pair.item != pair.record;
    let apart: Vec<(Field, bool)> =
        both.fields.iter().filter(differ).map(|pair| (pair.field, pair.is_whole)).collect();
    equal(&apart, &vec![(Field::Subject, true), (Field::Location, false)], "what differs")?;
    let updated = crm.update(&draft, &[Field::Location]).await;
    equal(&done(updated, "update")?, &Updated::Done, "the answer")?;
    let both = done(crm.compare(&draft).await, "compare")?;
    let apart: Vec<Field> = both.fields.iter().filter(differ).map(|pair| pair.field).collect();
    equal(&apart, &vec![Field::Location], "what was kept apart")?;
    // So are attendees, who are no fields of the record.
    meeting(&mut draft).required.push(attendee("late@outside.test"));
    draft.parties.push(Party {
        role: PartyRole::Required,
        address: "late@outside.test".to_owned(),
        name: String::new(),
        record: None,
    });
    let parties = seen(bench, draft.id).await?.parties;
    for (keeping, is_kept) in
        [(&[Field::Location, Field::Attendees][..], true), (&[Field::Location], false)]
    {
        done(crm.update(&draft, keeping).await, "update")?;
        let both = done(crm.compare(&draft).await, "compare")?;
        let apart: Vec<Field> = both.fields.iter().filter(differ).map(|pair| pair.field).collect();
        equal(&apart, &keeping.to_vec(), "what was kept apart")?;
        let now = seen(bench, draft.id).await?.parties;
        equal(&(now == parties), &is_kept, "whether the parties are what they were")?;
    }
    bench.close_record(draft.id, Closing::Completed).await?;
    let both = done(crm.compare(&draft).await, "compare")?;
    ensure(both.is_closed, || "a closed record is told to be open".to_owned())?;
    let shown = both.fields.iter().find(|pair| pair.field == Field::ShowAs);
    let free = FieldValue::ShowAs(ShowAs::Free);
    equal(&shown.map(|pair| &pair.record), &Some(&free), "how a completed meeting shows")?;
    bench.delete_record(draft.id).await?;
    let gone = |class: &FailureClass| *class == FailureClass::RecordGone;
    fails(crm.compare(&draft).await, gone, "comparing a deleted record")?;
    Ok(Verdict::Held)
}

pub(super) async fn a_record_that_a_person_closed_takes_no_change(bench: &dyn Bench) -> Outcome {
    let person = bench.user(&address(bench, "closed")).await?;
    for closing in [Closing::Completed, Closing::Cancelled] {
        let (mut draft, link) = appointment(bench, &person);
        done(bench.crm().promote(&draft, &link).await, "promote")?;
        bench.close_record(draft.id, closing).await?;
        let before = seen(bench, draft.id).await?;
        meeting(&mut draft).subject = "Too late".to_owned();
        let answer = done(bench.crm().update(&draft, &[]).await, "update")?;
        equal(&answer, &Updated::Closed, "the answer")?;
        equal(&seen(bench, draft.id).await?, &before, "the appointment")?;
    }
    Ok(Verdict::Held)
}

pub(super) async fn updating_a_deleted_record_says_gone(bench: &dyn Bench) -> Outcome {
    let person = bench.user(&address(bench, "gone")).await?;
    let (draft, link) = appointment(bench, &person);
    done(bench.crm().promote(&draft, &link).await, "promote")?;
    bench.delete_record(draft.id).await?;
    let gone = |class: &FailureClass| *class == FailureClass::RecordGone;
    fails(bench.crm().update(&draft, &[]).await, gone, "updating a deleted record")?;
    equal(&bench.look_at_appointment(draft.id).await?, &None, "the record")?;
    Ok(Verdict::Held)
}

pub(super) async fn an_appointment_that_becomes_a_series_keeps_its_record(
    bench: &dyn Bench,
) -> Outcome {
    let person = bench.user(&address(bench, "becomes")).await?;
    let crm = bench.crm();
    let (mut draft, link) = appointment(bench, &person);
    done(crm.promote(&draft, &link).await, "promote")?;
    let start = meeting(&mut draft).start;
    meeting(&mut draft).recurrence = Some(Recurrence {
        pattern: RecurrencePattern::Daily { interval: 1 },
        start: date(start),
        end: RecurrenceEnd::After(3),
        time_zone: "UTC".to_owned(),
    });
    equal(&done(crm.update(&draft, &[]).await, "update")?, &Updated::Done, "the answer")?;
    equal(&seen(bench, draft.id).await?.part, &SeriesPart::Master, "what it is")?;
    equal(&bench.instances(draft.id).await?.len(), &3, "the number of instances")?;
    meeting(&mut draft).recurrence = None;
    meeting(&mut draft).start = start.plus(HOUR);
    equal(&done(crm.update(&draft, &[]).await, "update")?, &Updated::Done, "the answer")?;
    let found = seen(bench, draft.id).await?;
    equal(&found, &wanted(&draft, AppointmentState::Busy), "the appointment")?;
    let links = done(crm.links(person.mailbox).await, "links")?;
    equal(&links, &vec![(link, draft.id)], "the links")?;
    Ok(Verdict::Held)
}

pub(super) async fn another_appointment_of_the_same_user_at_that_time_is_a_conflict(
    bench: &dyn Bench,
) -> Outcome {
    let person = bench.user(&address(bench, "busy")).await?;
    let other = bench.user(&address(bench, "elsewhere")).await?;
    let (there, link) = appointment(bench, &person);
    done(bench.crm().promote(&there, &link).await, "promoting")?;
    let (mut draft, _) = appointment(bench, &person);
    let conflicts = async |draft: &ActivityDraft| {
        done(bench.crm().conflicts(draft).await, "looking for conflicts")
    };
    equal(&conflicts(&draft).await?, &vec![there.id], "who is busy then")?;
    equal(&conflicts(&there).await?, &Vec::new(), "the appointment itself")?;
    equal(&conflicts(&appointment(bench, &other).0).await?, &Vec::new(), "somebody else")?;
    meeting(&mut draft).show_as = ShowAs::Free;
    equal(&conflicts(&draft).await?, &Vec::new(), "who stays free")?;
    let later = meeting(&mut draft);
    later.show_as = ShowAs::Busy;
    (later.start, later.end) = (later.end, later.end.plus(HOUR));
    equal(&conflicts(&draft).await?, &Vec::new(), "the hour after")?;
    Ok(Verdict::Held)
}
