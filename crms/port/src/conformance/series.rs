//! Series: instances, exceptions, patterns that move.

use super::bench::{Bench, Person};
use super::drafts::{DAY, HOUR, appointment, date, day, exception, meeting, occurrence_id, series};
use super::meetings::{look_up, seen, wanted};
use super::promoting::address;
use super::seen::{AppointmentState, Closing, SeenAppointment, SeriesPart};
use super::{Outcome, Verdict, done, ensure, equal};
use crate::{CrmChange, CrmLink, Promoted, Updated};
use earmark_model::activity::Occurrence;
use earmark_model::calendar::{Recurrence, RecurrenceEnd, RecurrencePattern};
use earmark_model::{ActivityDraft, ActivityId, AppointmentContent, Field, Instant};
use jiff::civil::Weekday;

async fn tracked(
    bench: &dyn Bench,
    name: &str,
) -> Result<(Person, ActivityDraft, CrmLink), String> {
    let person = bench.user(&address(bench, name)).await?;
    let (draft, link) = series(bench, &person);
    let answer = done(bench.crm().promote(&draft, &link).await, "promote the series")?;
    equal(&answer, &Promoted::Created(draft.id), "the answer")?;
    Ok((person, draft, link))
}

/// The original starts of the five occurrences.
fn starts(draft: &ActivityDraft) -> Vec<Instant> {
    let first = meeting(&mut draft.clone()).start;
    (0..5).map(|index| first.plus(DAY * index)).collect()
}

async fn update(bench: &dyn Bench, draft: &ActivityDraft) -> Result<(), String> {
    equal(&done(bench.crm().update(draft, &[]).await, "update")?, &Updated::Done, "the answer")
}

async fn states(
    bench: &dyn Bench,
    draft: &ActivityDraft,
) -> Result<Vec<(Option<Instant>, AppointmentState)>, String> {
    let instances = bench.instances(draft.id).await?;
    Ok(instances.iter().map(|instance| (instance.original_start, instance.state)).collect())
}

/// What a person should see of the occurrence of a series.
fn instance(bench: &dyn Bench, draft: &ActivityDraft, start: Instant) -> SeenAppointment {
    let mut draft = draft.clone();
    let length = meeting(&mut draft).end.since(meeting(&mut draft).start);
    let id = occurrence_id(bench, &draft, start);
    SeenAppointment {
        id,
        start: Some(start),
        end: Some(start.plus(length)),
        part: SeriesPart::Instance,
        series: Some(draft.id),
        original_start: Some(start),
        ..wanted(&draft, AppointmentState::Busy)
    }
}

pub(super) async fn the_time_of_a_series_is_compared_and_kept_apart(bench: &dyn Bench) -> Outcome {
    let (_, mut draft, _) = tracked(bench, "series-time").await?;
    let times = async |draft: &ActivityDraft| {
        let both = done(bench.crm().compare(draft).await, "compare")?;
        let pair = both.fields.into_iter().find(|pair| pair.field == Field::Time);
        pair.ok_or_else(|| "a series is compared without its time".to_owned())
    };
    let before = times(&draft).await?;
    equal(&before.item, &before.record, "the time of what was just made")?;
    ensure(before.is_whole, || format!("{before:?}"))?;
    let (before, was) = (before.record, states(bench, &draft).await?);
    let changes: [fn(&mut AppointmentContent); 3] = [
        |series| (series.start, series.end) = (series.start.plus(HOUR), series.end.plus(HOUR)),
        |series| {
            let pattern = RecurrencePattern::Daily { interval: 2 };
            series.recurrence = series.recurrence.clone().map(|old| Recurrence { pattern, ..old });
        },
        |series| {
            let end = RecurrenceEnd::After(2);
            series.recurrence = series.recurrence.clone().map(|old| Recurrence { end, ..old });
        },
    ];
    let mut kept = before;
    for change in changes {
        change(meeting(&mut draft));
        let apart = times(&draft).await?;
        ensure(apart.item != apart.record, || format!("no change is seen: {apart:?}"))?;
        equal(&apart.record, &kept, "the time of the record")?;
        done(bench.crm().update(&draft, &[Field::Time]).await, "update without the time")?;
        equal(&times(&draft).await?, &apart, "what was kept apart")?;
        update(bench, &draft).await?;
        let both = times(&draft).await?;
        equal(&both.record, &apart.item, "the time of the record afterwards")?;
        equal(&both.item, &both.record, "both times")?;
        kept = both.record;
    }
    ensure(states(bench, &draft).await? != was, || "the instances stayed".to_owned())?;
    Ok(Verdict::Held)
}

pub(super) async fn a_series_is_made_with_its_instances(bench: &dyn Bench) -> Outcome {
    let person = bench.user(&address(bench, "series")).await?;
    let contact = bench.contact(&address(bench, "series")).await?;
    let (mut draft, link) = series(bench, &person);
    draft.regarding = Some(contact);
    let answer = done(bench.crm().promote(&draft, &link).await, "promote")?;
    equal(&answer, &Promoted::Created(draft.id), "the answer")?;
    let master =
        SeenAppointment { part: SeriesPart::Master, ..wanted(&draft, AppointmentState::Busy) };
    equal(&seen(bench, draft.id).await?, &master, "the series")?;
    let wanted: Vec<_> =
        starts(&draft).into_iter().map(|start| instance(bench, &draft, start)).collect();
    equal(&bench.instances(draft.id).await?, &wanted, "the instances")?;
    let answer = done(bench.crm().promote(&draft, &link).await, "promote again")?;
    equal(&answer, &Promoted::AlreadyThere(draft.id), "the second answer")?;
    equal(&bench.instances(draft.id).await?.len(), &5, "the number of instances")?;
    let links = done(bench.crm().links(person.mailbox).await, "links")?;
    equal(&links, &vec![(link, draft.id)], "the links")?;
    Ok(Verdict::Held)
}

pub(super) async fn a_cancelled_day_has_no_instance(bench: &dyn Bench) -> Outcome {
    let person = bench.user(&address(bench, "cancelled")).await?;
    let (mut draft, link) = series(bench, &person);
    let starts = starts(&draft);
    meeting(&mut draft).cancelled = vec![date(starts[1])];
    done(bench.crm().promote(&draft, &link).await, "promote")?;
    let busy = |start: Instant| (Some(start), AppointmentState::Busy);
    let before: Vec<_> = [0, 2, 3, 4].into_iter().map(|index: usize| busy(starts[index])).collect();
    equal(&states(bench, &draft).await?, &before, "the instances")?;
    meeting(&mut draft).cancelled.push(date(starts[3]));
    update(bench, &draft).await?;
    let mut after = before.clone();
    after[2].1 = AppointmentState::Cancelled;
    equal(&states(bench, &draft).await?, &after, "the instances after the update")?;
    let (changed, changed_link) = exception(bench, &draft, starts[4]);
    done(bench.crm().promote(&changed, &changed_link).await, "promote an exception")?;
    meeting(&mut draft).cancelled.push(date(starts[4]));
    update(bench, &draft).await?;
    let state = seen(bench, changed.id).await?.state;
    equal(&state, &AppointmentState::Cancelled, "the exception of a cancelled day")?;
    equal(
        &done(bench.crm().update(&changed, &[]).await, "update it")?,
        &Updated::Done,
        "the answer",
    )?;
    meeting(&mut draft).cancelled.clear();
    update(bench, &draft).await?;
    let all: Vec<_> = starts.into_iter().map(busy).collect();
    equal(&states(bench, &draft).await?, &all, "the instances that came back")?;
    Ok(Verdict::Held)
}

pub(super) async fn an_occurrence_that_is_there_joins_its_series(bench: &dyn Bench) -> Outcome {
    let person = bench.user(&address(bench, "joins")).await?;
    let (draft, link) = series(bench, &person);
    let start = starts(&draft)[2];
    let (mut alone, alone_link) = exception(bench, &draft, start);
    alone.occurrence = Some(Occurrence { original_start: start, series: None });
    let answer = done(bench.crm().promote(&alone, &alone_link).await, "promote the occurrence")?;
    equal(&answer, &Promoted::Created(alone.id), "the answer")?;
    let found = seen(bench, alone.id).await?;
    equal(&found.part, &SeriesPart::Single, "what it is")?;
    equal(&found.original_start, &Some(start), "its original start")?;
    done(bench.crm().promote(&draft, &link).await, "promote the series")?;
    let joined = SeenAppointment { part: SeriesPart::Exception, series: Some(draft.id), ..found };
    equal(&seen(bench, alone.id).await?, &joined, "the occurrence")?;
    equal(&bench.instances(draft.id).await?.len(), &5, "the number of instances")?;
    Ok(Verdict::Held)
}

pub(super) async fn an_exception_takes_the_place_of_its_instance(bench: &dyn Bench) -> Outcome {
    let (person, draft, link) = tracked(bench, "exception").await?;
    let start = starts(&draft)[1];
    let (changed, changed_link) = exception(bench, &draft, start);
    for what in ["promote the exception", "promote it again"] {
        let answer = done(bench.crm().promote(&changed, &changed_link).await, what)?;
        equal(&answer, &Promoted::AlreadyThere(changed.id), "the answer")?;
        let wanted = SeenAppointment {
            part: SeriesPart::Exception,
            series: Some(draft.id),
            original_start: Some(start),
            ..wanted(&changed, AppointmentState::Busy)
        };
        equal(&seen(bench, changed.id).await?, &wanted, "the exception")?;
    }
    equal(&bench.instances(draft.id).await?.len(), &5, "the number of instances")?;
    let mut links = done(bench.crm().links(person.mailbox).await, "links")?;
    links.sort();
    let mut wanted = vec![(link, draft.id), (changed_link, changed.id)];
    wanted.sort();
    equal(&links, &wanted, "the links")?;
    Ok(Verdict::Held)
}

pub(super) async fn an_update_makes_the_exception_of_a_linked_instance(
    bench: &dyn Bench,
) -> Outcome {
    let (_, mut draft, _) = tracked(bench, "linked").await?;
    let start = starts(&draft)[3];
    let (changed, changed_link) = exception(bench, &draft, start);
    done(bench.crm().link(&changed_link, changed.id, None).await, "link the exception")?;
    equal(&seen(bench, changed.id).await?, &instance(bench, &draft, start), "the instance")?;
    update(bench, &changed).await?;
    let wanted = SeenAppointment {
        part: SeriesPart::Exception,
        series: Some(draft.id),
        original_start: Some(start),
        ..wanted(&changed, AppointmentState::Busy)
    };
    equal(&seen(bench, changed.id).await?, &wanted, "the exception")?;
    meeting(&mut draft).location = "Elsewhere".to_owned();
    update(bench, &draft).await?;
    equal(&seen(bench, changed.id).await?, &wanted, "the exception after the series changed")?;
    Ok(Verdict::Held)
}

pub(super) async fn an_exception_without_an_instance_is_made(bench: &dyn Bench) -> Outcome {
    let (_, mut draft, _) = tracked(bench, "far").await?;
    let start = day(bench, 10_000);
    let (changed, link) = exception(bench, &draft, start);
    let answer = done(bench.crm().promote(&changed, &link).await, "promote the exception")?;
    equal(&answer, &Promoted::Created(changed.id), "the answer")?;
    let found = seen(bench, changed.id).await?;
    equal(&found.part, &SeriesPart::Exception, "what it is")?;
    equal(&found.series, &Some(draft.id), "its series")?;
    let uid = meeting(&mut draft).ical_uid.clone();
    let records = look_up(bench, &link, &uid, Some(start)).await?;
    equal(&records, &vec![changed.id], "what is found by its original start")?;
    Ok(Verdict::Held)
}

pub(super) async fn a_series_and_its_occurrences_are_found(bench: &dyn Bench) -> Outcome {
    let (_, mut draft, link) = tracked(bench, "finds").await?;
    let uid = meeting(&mut draft).ical_uid.clone();
    equal(&look_up(bench, &link, &uid, None).await?, &vec![draft.id], "by its UID")?;
    for start in starts(&draft) {
        let records = look_up(bench, &link, &uid, Some(start)).await?;
        equal(&records, &vec![occurrence_id(bench, &draft, start)], "by its original start")?;
        let records = look_up(bench, &link, &uid, Some(start.plus(HOUR))).await?;
        equal(&records, &Vec::new(), "by another start")?;
    }
    Ok(Verdict::Held)
}

pub(super) async fn an_update_of_a_series_reaches_its_instances(bench: &dyn Bench) -> Outcome {
    let (_, mut draft, _) = tracked(bench, "reaches").await?;
    let starts = starts(&draft);
    let (changed, changed_link) = exception(bench, &draft, starts[0]);
    done(bench.crm().promote(&changed, &changed_link).await, "promote the exception")?;
    let completed = occurrence_id(bench, &draft, starts[1]);
    bench.close_record(completed, Closing::Completed).await?;
    let kept = [seen(bench, changed.id).await?, seen(bench, completed).await?];
    let checkpoint = done(bench.crm().changes(None).await, "changes")?.next;
    let content = meeting(&mut draft);
    content.subject = "Another subject".to_owned();
    content.end = content.start.plus(HOUR * 2);
    draft.parties.pop();
    update(bench, &draft).await?;
    update(bench, &draft).await?;
    for wanted in kept {
        equal(&seen(bench, wanted.id).await?, &wanted, "the exception or the completed one")?;
    }
    for start in &starts[2..] {
        let wanted = instance(bench, &draft, *start);
        equal(&seen(bench, wanted.id).await?, &wanted, "an instance")?;
    }
    let changes = done(bench.crm().changes(Some(&checkpoint)).await, "changes")?.changes;
    equal(&changes, &Vec::new(), "what the feed tells of it")?;
    Ok(Verdict::Held)
}

pub(super) async fn a_moved_pattern_cancels_what_it_left_and_brings_back_what_returns(
    bench: &dyn Bench,
) -> Outcome {
    let (_, mut draft, _) = tracked(bench, "moved").await?;
    let starts = starts(&draft);
    let before = draft.clone();
    let content = meeting(&mut draft);
    if let Some(recurrence) = &mut content.recurrence {
        recurrence.pattern = RecurrencePattern::Daily { interval: 2 };
        recurrence.end = RecurrenceEnd::After(3);
    }
    update(bench, &draft).await?;
    let mut wanted: Vec<_> =
        starts.iter().map(|start| (Some(*start), AppointmentState::Busy)).collect();
    for index in [1, 3] {
        wanted[index].1 = AppointmentState::Cancelled;
    }
    equal(&states(bench, &draft).await?, &wanted, "the instances of every other day")?;
    update(bench, &before).await?;
    for one in &mut wanted {
        one.1 = AppointmentState::Busy;
    }
    equal(&states(bench, &draft).await?, &wanted, "the instances that came back")?;
    let mut later = before.clone();
    let content = meeting(&mut later);
    (content.start, content.end) = (content.start.plus(HOUR), content.end.plus(HOUR));
    update(bench, &later).await?;
    let found = states(bench, &later).await?;
    let at = |state| found.iter().filter(|(_, found)| *found == state).count();
    equal(&at(AppointmentState::Cancelled), &5, "the instances of the old hour")?;
    equal(&at(AppointmentState::Busy), &5, "the instances of the new hour")?;
    Ok(Verdict::Held)
}

pub(super) async fn an_endless_series_is_expanded_within_a_window(bench: &dyn Bench) -> Outcome {
    let person = bench.user(&address(bench, "endless")).await?;
    let (mut draft, link) = series(bench, &person);
    let first = meeting(&mut draft).start;
    if let Some(recurrence) = &mut meeting(&mut draft).recurrence {
        recurrence.pattern = RecurrencePattern::Weekly {
            interval: 1,
            days: vec![Weekday::Monday, Weekday::Thursday],
            first_day: Weekday::Sunday,
        };
        recurrence.end = RecurrenceEnd::Never;
    }
    done(bench.crm().promote(&draft, &link).await, "promote")?;
    let instances = bench.instances(draft.id).await?;
    ensure((2..2_000).contains(&instances.len()), || format!("{} instances", instances.len()))?;
    for instance in &instances {
        let at = instance.original_start.ok_or("an instance has no original start")?;
        let day = date(at);
        ensure(
            at >= first && [Weekday::Monday, Weekday::Thursday].contains(&day.weekday()),
            || format!("an instance lies on {day}"),
        )?;
    }
    Ok(Verdict::Held)
}

pub(super) async fn a_deleted_instance_is_not_made_again(bench: &dyn Bench) -> Outcome {
    let (_, mut draft, _) = tracked(bench, "deleted").await?;
    let starts = starts(&draft);
    bench.delete_record(occurrence_id(bench, &draft, starts[2])).await?;
    meeting(&mut draft).cancelled = vec![date(starts[4])];
    meeting(&mut draft).location = "Elsewhere".to_owned();
    update(bench, &draft).await?;
    meeting(&mut draft).cancelled.clear();
    update(bench, &draft).await?;
    let wanted: Vec<_> = [0, 1, 3, 4]
        .into_iter()
        .map(|index: usize| (Some(starts[index]), AppointmentState::Busy))
        .collect();
    equal(&states(bench, &draft).await?, &wanted, "the instances")?;
    Ok(Verdict::Held)
}

pub(super) async fn a_deleted_series_takes_its_instances_along(bench: &dyn Bench) -> Outcome {
    let (person, draft, _) = tracked(bench, "whole").await?;
    let starts = starts(&draft);
    let (changed, changed_link) = exception(bench, &draft, starts[0]);
    done(bench.crm().promote(&changed, &changed_link).await, "promote the exception")?;
    let checkpoint = done(bench.crm().changes(None).await, "changes")?.next;
    bench.delete_record(draft.id).await?;
    let told: Vec<ActivityId> = done(bench.crm().changes(Some(&checkpoint)).await, "changes")?
        .changes
        .into_iter()
        .filter_map(|change| match change {
            CrmChange::RecordDeleted { activity } => Some(activity),
            CrmChange::Unlinked { .. } | CrmChange::Edited { .. } => None,
        })
        .collect();
    equal(&told, &vec![changed.id, draft.id], "the deletions that are told")?;
    let ids: Vec<_> = starts.iter().map(|start| occurrence_id(bench, &draft, *start)).collect();
    let existing = done(bench.crm().existing(&ids).await, "existing")?;
    equal(&existing, &Vec::new(), "the instances that are there")?;
    let links = done(bench.crm().links(person.mailbox).await, "links")?;
    equal(&links, &Vec::new(), "the links")?;
    Ok(Verdict::Held)
}

pub(super) async fn unlinking_a_series_keeps_it_and_its_exceptions(bench: &dyn Bench) -> Outcome {
    let (person, draft, link) = tracked(bench, "unlinks").await?;
    let (changed, changed_link) = exception(bench, &draft, starts(&draft)[0]);
    done(bench.crm().promote(&changed, &changed_link).await, "promote the exception")?;
    let before = bench.instances(draft.id).await?;
    done(bench.crm().unlink(&link, draft.id).await, "unlink the series")?;
    equal(&bench.instances(draft.id).await?, &before, "the instances")?;
    let links = done(bench.crm().links(person.mailbox).await, "links")?;
    equal(&links, &vec![(changed_link, changed.id)], "the links")?;
    Ok(Verdict::Held)
}

pub(super) async fn a_single_meeting_has_no_instances(bench: &dyn Bench) -> Outcome {
    let person = bench.user(&address(bench, "single")).await?;
    let (draft, link) = appointment(bench, &person);
    done(bench.crm().promote(&draft, &link).await, "promote")?;
    equal(&bench.instances(draft.id).await?, &Vec::new(), "the instances")?;
    Ok(Verdict::Held)
}
