//! C12: of the items that are linked to the record of a meeting, a series or a task, exactly one
//! gives it its fields: the organizer's copy where that is linked. At rest the record says what that
//! item says.
//!
//! Whoever takes over writes nothing, so that the record says what another copy said until the next
//! change: what is demanded is that the last change of the item came after it took over, and that
//! nobody forgot it. Records that CRM users changed are theirs.

use super::{
    Checker, Truth,
    rest::{Rest, RestMailbox, Step},
    story::series_key,
    truth::{Edited, ItemKey, instant, table_of},
};
use crate::sim::{
    item::{Appointment, Item, Says, Task},
    log::{Entry, Org},
};
use anyhow::{Context, Result, ensure};
use earmark_embedded::{Row, Value};
use earmark_model::{
    ActivityId, Baseline, CrmSide, Instant, ItemHandle, Link,
    calendar::{Recurrence, RecurrenceEnd, RecurrencePattern},
};
use earmark_sandbox::TaskStatus;
use earmark_tracking::{Rules, fields::field_source};

#[derive(Default)]
pub(super) struct FieldsFollow(u64);

/// An item that is linked to a record.
struct Linked<'a> {
    mailbox: &'a RestMailbox,
    item: &'a Item,
    link: &'a Link,
}

impl Checker for FieldsFollow {
    fn name(&self) -> &'static str {
        "C12"
    }

    fn on(&mut self, _: &Entry, _: &Truth) -> Result<()> {
        Ok(())
    }

    fn judge(&mut self, rest: &Rest, truth: &Truth) -> Result<()> {
        if rest.step == Step::WithoutLedger {
            return Ok(());
        }
        for ((organization, activity), row) in &rest.records {
            if matches!(table_of(row), "email" | "") {
                continue;
            }
            let Some(linked) = linked(rest, *organization, *activity, truth) else { continue };
            if let Some(source) = source(&linked)? {
                self.0 += 1;
                let is_due = is_due(source, (*organization, *activity), truth);
                let told = || format!("{} ({activity})", source.item.subject);
                if is_due {
                    says_the_same(source.item, row).with_context(told)?;
                }
            }
        }
        Ok(())
    }

    fn occasions(&self) -> u64 {
        self.0
    }
}

/// The items that are linked to a record; `None` where one of their mailboxes is not served.
fn linked<'a>(
    rest: &'a Rest,
    organization: Org,
    activity: ActivityId,
    truth: &Truth,
) -> Option<Vec<Linked<'a>>> {
    let mut all = Vec::new();
    for mailbox in rest.mailboxes.iter().filter(|it| it.organization == organization) {
        for (handle, records) in &mailbox.linked {
            if !records.contains(&activity) {
                continue;
            }
            let item = mailbox.items.iter().find(|item| item.id == handle.as_str());
            let link = mailbox.ledger.get(handle);
            let (Some(item), Some(link)) = (item, link) else { continue };
            if !mailbox.counts(truth) {
                return None;
            }
            all.push(Linked { mailbox, item, link });
        }
    }
    Some(all)
}

/// The one that gives the record its fields.
fn source<'a, 'b>(linked: &'b [Linked<'a>]) -> Result<Option<&'b Linked<'a>>> {
    let settled = |one: &&Linked<'_>| {
        one.link.baseline == Baseline::Tracked && one.link.crm == CrmSide::Linked
    };
    let settled: Vec<&Linked<'_>> = linked.iter().filter(settled).collect();
    let links: Vec<Link> = settled.iter().map(|one| one.link.clone()).collect();
    let Some(key) = field_source(&links, &Rules::all()) else { return Ok(None) };
    let mut sources = linked.iter().filter(|one| one.link.key == *key);
    let source = sources.next().context("the field source is none of the links")?;
    ensure!(sources.next().is_none(), "{} has two field sources", source.item.subject);
    let organizes = |one: &Linked<'_>| one.item.appointment().is_none_or(|it| it.is_organizer);
    let is_organized = settled.iter().any(|one| organizes(one));
    ensure!(
        organizes(source) || !is_organized,
        "{}: the copy of {} gives the fields, the organizer's is linked",
        source.item.subject,
        source.mailbox.user
    );
    Ok(Some(source))
}

/// Whether the record has to say what the item says.
fn is_due(source: &Linked<'_>, record: (Org, ActivityId), truth: &Truth) -> bool {
    let key = (source.mailbox.user.clone(), source.item.id.clone());
    let Some(story) = truth.stories.get(&key) else { return false };
    let Some(said) = story.said else { return false };
    let joined = truth.joined.get(&record).copied().unwrap_or_default();
    let edited = truth.edited.get(&record);
    let is_theirs =
        edited.is_some_and(|edited| !follows_edits(source, &story.key, edited, record, truth));
    let handle = ItemHandle::from(source.item.id.as_str());
    let waits = source.mailbox.held.contains(&handle) || source.link.failure.is_some();
    // A task that moved is another item, and says what it said before.
    let is_first = joined.times == 1 && story.born == said || said > joined.last;
    // What the service does not know before two cycles are over, it may learn after the change.
    let earlier = said.minus(truth.longest_cycle() * 2);
    // Under an old name nobody knows it after a loss.
    let (mailbox, item) = (source.mailbox, source.item);
    let bears = mailbox.bears(item) || mailbox.series_of(item).is_some_and(|it| mailbox.bears(it));
    // Found again after a loss, both keep what they have, field by field, until one changes.
    let is_since_born = |at| Truth::is_since(at, story.born);
    let begins_anew = truth
        .home(&source.mailbox.user)
        .is_some_and(|home| is_since_born(home.lost) || is_since_born(home.rolled_back));
    is_first
        && bears
        && !begins_anew
        && !is_theirs
        && !waits
        && !truth.is_open_since(&source.mailbox.user, earlier)
        && !has_taken_over(&key, earlier, truth)
}

/// Whether what CRM users changed is in the item as well, or gave way to what it says: nobody has to
/// agree first, nothing would be lost, and nothing hid the change from the service.
fn follows_edits(
    source: &Linked<'_>,
    key: &str,
    edited: &Edited,
    record: (Org, ActivityId),
    truth: &Truth,
) -> bool {
    let user = &source.mailbox.user;
    // Whoever is invited to a series is invited to its exceptions.
    let meeting = series_key(key).unwrap_or(key);
    let is_invited = |key: &str| series_key(key).unwrap_or(key) == meeting;
    let has_others =
        truth.stories.iter().any(|((other, _), story)| other != user && is_invited(&story.key));
    let is_whole = source.item.appointment().is_none_or(|appointment| {
        let is_exception = |item: &Item| item.series() == Some(&source.item.id);
        let is_alone = !source.mailbox.items.iter().any(is_exception);
        let taken = truth.records.get(&record).and_then(|row| row.get("deletedexceptionslist"));
        let takes_none = taken.and_then(Value::as_text).unwrap_or_default().is_empty();
        appointment.is_organizer && (!appointment.is_series() || is_alone && takes_none)
    });
    let joined = truth.joined.get(&record).copied().unwrap_or_default();
    // What a record says before the service knows that it made it is what the record began with.
    let handle = ItemHandle::from(source.item.id.as_str());
    let known = truth.remembered.get(&(source.mailbox.id, handle)).and_then(|known| known.settled);
    let is_later = edited
        .given
        .is_none_or(|given| given > joined.last && known.is_some_and(|known| given > known));
    let is_known = truth.home(user).is_some_and(|home| {
        !home.was_forgotten() && home.restored.is_none() && home.clock_set.is_none()
    });
    let feed_is_whole = !truth.faults.contains_key("Feed");
    !edited.was_closed && !has_others && is_whole && is_later && is_known && feed_is_whole
}

/// Another item of the record left its mailbox since, and may have given the fields until then.
fn has_taken_over(key: &ItemKey, since: Instant, truth: &Truth) -> bool {
    let Some(story) = truth.stories.get(key) else { return false };
    truth.stories.iter().any(|(other, one)| {
        let is_same = (one.organization, &one.key) == (story.organization, &story.key);
        is_same && other != key && Truth::is_since(one.discarded, since)
    })
}

/// How the subject of a meeting begins that its organizer called off.
const CALLED_OFF: &str = "Canceled: ";

/// The status of an appointment that is not held. Source: Dataverse, `appointment_statuscode`.
const CANCELED: i64 = 4;

fn says_the_same(item: &Item, row: &Row) -> Result<()> {
    let text = |name: &str| row.get(name).and_then(Value::as_text).unwrap_or_default();
    let told = |what: &str| format!("the record says otherwise than the item: {what}");
    ensure!(text("subject") == item.subject, told(text("subject")));
    match &item.says {
        Says::Appointment(appointment) => {
            says_appointment(appointment, item.subject.starts_with(CALLED_OFF), row)
        }
        Says::Task(task) => says_task(task, row),
        Says::Nothing => Ok(()),
    }
}

fn says_appointment(says: &Appointment, is_called_off: bool, row: &Row) -> Result<()> {
    let text = |name: &str| row.get(name).and_then(Value::as_text).unwrap_or_default();
    let flag = |name: &str| row.get(name).and_then(Value::as_bool).unwrap_or_default();
    let is_series = table_of(row) == "recurringappointmentmaster";
    let (start, end) =
        if is_series { ("starttime", "endtime") } else { ("scheduledstart", "scheduledend") };
    ensure!(text("location") == says.location, "the place is {}", text("location"));
    let times = (instant(row, start), instant(row, end));
    ensure!(times == (Some(says.start_ms), Some(says.end_ms)), "the time is {times:?}: {says:?}");
    ensure!(flag("isalldayevent") == says.is_all_day, "it lasts otherwise: {says:?}");
    ensure!(flag("ismapiprivate") == says.is_private, "private otherwise: {says:?}");
    if let Some(recurrence) = says.recurrence.as_ref().filter(|_| is_series) {
        repeats_as(recurrence, row)?;
    }
    // Called off by its organizer, whose copy may have told the CRM so first.
    if is_called_off && is_status(row, CANCELED).is_ok() {
        return Ok(());
    }
    let status = match says.show_as.as_str() {
        "free" => 1,
        "tentative" => 2,
        "oof" => 6,
        _ => 5,
    };
    is_status(row, status)
}

fn repeats_as(says: &Recurrence, row: &Row) -> Result<()> {
    let number = |name: &str| row.get(name).and_then(Value::as_int);
    if let RecurrencePattern::Daily { interval } | RecurrencePattern::Weekly { interval, .. } =
        &says.pattern
    {
        ensure!(number("interval") == Some(i64::from(*interval)), "the interval: {says:?}");
    }
    if let RecurrenceEnd::After(times) = says.end {
        ensure!(number("occurrences") == Some(i64::from(times)), "the times: {says:?}");
    }
    Ok(())
}

fn says_task(says: &Task, row: &Row) -> Result<()> {
    let end = instant(row, "scheduledend");
    ensure!(end == says.due_ms, "it is due at {end:?}: {says:?}");
    is_status(
        row,
        match says.status {
            TaskStatus::NotStarted => 2,
            TaskStatus::InProgress => 3,
            TaskStatus::WaitingOnOthers => 4,
            TaskStatus::Completed => 5,
            TaskStatus::Deferred => 7,
        },
    )
}

fn is_status(row: &Row, status: i64) -> Result<()> {
    let is = row.get("statuscode").and_then(Value::as_int);
    ensure!(is == Some(status), "the status is {is:?}, not {status}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{
        names::TRACKED,
        sample::{ANNA, BEN, SERVICE, Tale, meeting, meeting_row, task, task_row},
    };
    use super::*;

    /// Anna's item, linked to a record with these columns.
    fn at_rest(tale: &mut Tale, item: Item, row: Row) -> Rest {
        tale.arrives(ANNA, item.clone());
        tale.linked(SERVICE, ANNA, &item.id, true).expect("linked");
        let mut rest = tale.rest();
        rest.holds(ANNA, tale.tracked(ANNA, &item), item);
        rest.records.values_mut().for_each(|it| *it = row.clone());
        rest
    }

    #[test]
    fn a_record_that_says_otherwise_is_noticed() {
        let mut tale = Tale::to(FieldsFollow::default());
        let mut rest = at_rest(&mut tale, meeting("e1", 1, &[TRACKED]), meeting_row(1));
        tale.judge(&rest).expect("it says the same");
        assert_eq!(tale.occasions(), 1);
        for row in rest.records.values_mut() {
            row.insert("location".to_owned(), Value::text("elsewhere"));
        }
        assert!(tale.judge(&rest).is_err());
    }

    #[test]
    fn an_open_task_that_is_completed_is_noticed() {
        let mut tale = Tale::to(FieldsFollow::default());
        let rest = at_rest(&mut tale, task("t1", 1, &[TRACKED]), task_row(1));
        tale.judge(&rest).expect("it says the same");
        let mut tale = Tale::to(FieldsFollow::default());
        let rest = at_rest(&mut tale, task("t1", 1, &[TRACKED]).done(), task_row(1));
        assert!(tale.judge(&rest).is_err());
    }

    #[test]
    fn another_source_than_the_organizer_is_noticed() {
        let mut tale = Tale::to(FieldsFollow::default());
        let mut rest = at_rest(&mut tale, meeting("e1", 1, &[TRACKED]), meeting_row(1));
        let copy = meeting("e2", 1, &[TRACKED]).of_attendee();
        tale.arrives(BEN, copy.clone());
        tale.linked(SERVICE, BEN, "e2", true).expect("linked");
        let mut link = tale.tracked(BEN, &copy);
        rest.holds(BEN, link.clone(), copy.clone());
        tale.judge(&rest).expect("the organizer's copy gives the fields");
        link.is_organizer = true;
        link.linked_at = Some(earmark_model::Instant::from_millis(0));
        rest.holds(BEN, link, copy);
        assert!(tale.judge(&rest).is_err());
    }
}
