//! What people do in their calendars.

use super::{
    super::{
        item::Item,
        plan::{Change, Kept, Repeat, What},
        world::SimWorld,
    },
    allowed, is_ours,
    mail::some,
    refused, user,
};
use anyhow::Result;
use earmark_model::{
    ItemKind,
    calendar::{Recurrence, RecurrenceEnd, RecurrencePattern},
};
use earmark_sandbox::{Address, Body, BodyType, EventChanges, EventSummary, NewAppointment};
use jiff::{Timestamp, civil::Weekday, tz::TimeZone};

/// Units: milliseconds.
const HOUR: i64 = 60 * 60 * 1_000;
const DAY: i64 = 24 * HOUR;

/// The zone in which people plan.
const ZONE: &str = "W. Europe Standard Time";

fn is_meeting(item: &Item) -> bool {
    item.kind == ItemKind::Appointment
}

impl SimWorld {
    pub(super) async fn act_in_calendar(&self, what: &What) -> Result<()> {
        match *what {
            What::Meet { user, with, n, kept, categorized } => {
                self.meet(user, with, n, Kept::of(kept), categorized).await
            }
            What::ChangeMeeting { user, item, change, n } => {
                let picked = self.picked_plan(user, item, is_meeting).await?;
                let Some((user, item)) = picked else { return Ok(()) };
                let Some(appointment) = item.appointment() else { return Ok(()) };
                let times = (appointment.start_ms, appointment.end_ms);
                self.change(user, &item.id, &item.subject, times, Change::of(change), n).await
            }
            What::ChangeTime { user, item, at, change, n } => {
                self.change_time(user, item, at, Change::of(change), n).await
            }
            What::ChangeSeries { user, item, way, n } => {
                self.change_series(user, item, Repeat::of(way), n).await
            }
            What::Answer { user, item, way } => {
                let attends = |item: &Item| item.appointment().is_some_and(|one| !one.is_organizer);
                let picked = self.picked_plan(user, item, attends).await?;
                let Some((user, item)) = picked else { return Ok(()) };
                let word = ["accept", "tentativelyAccept", "decline"][usize::from(way % 3)];
                let before = self.before().await?;
                allowed(self.sandbox.answer_event(user, &item.id, word).await)?;
                self.tell_since(before, user).await
            }
            What::DeleteMeeting { user, item } => {
                let picked = self.picked_plan(user, item, is_meeting).await?;
                let Some((user, item)) = picked else { return Ok(()) };
                self.delete_meeting(user, &item.id).await
            }
            What::MarkMeeting { user, item, assigns } => {
                let picked = self.picked_plan(user, item, is_meeting).await?;
                let Some((user, item)) = picked else { return Ok(()) };
                self.mark(user, &item, assigns).await
            }
            What::Delegate { user: owner, by, item, assigns } => {
                self.mark_as_delegate(owner, by, item, assigns).await
            }
            _ => Ok(()),
        }
    }

    async fn meet(
        &self,
        index: usize,
        with: u8,
        n: u64,
        kept: Kept,
        categorized: bool,
    ) -> Result<()> {
        let organizer = user(index);
        let mut categories = Vec::new();
        if categorized {
            categories.push(self.name_of_category(organizer, false).await?);
        }
        let others = some(with).into_iter().filter(|one| *one != organizer);
        let address = |one: &str| Address { name: String::new(), address: one.to_owned() };
        // Tomorrow or later, at a full hour.
        let today = self.now().as_millis().div_euclid(DAY) * DAY;
        let day = today + DAY * (1 + i64::try_from(n % 12)?);
        let (start_ms, end_ms) = match kept {
            Kept::AllDay => (day, day + DAY),
            _ => (day + 9 * HOUR, day + 10 * HOUR),
        };
        let new = NewAppointment {
            subject: format!("Meeting {n}"),
            body: Body { content_type: BodyType::Text, content: "Good morning.".to_owned() },
            location: format!("Room {}", n % 7),
            start_ms,
            end_ms,
            time_zone: if kept == Kept::AllDay { String::new() } else { ZONE.to_owned() },
            is_all_day: kept == Kept::AllDay,
            is_private: kept == Kept::Private,
            required: others.map(address).collect(),
            optional: Vec::new(),
            categories,
            recurrence: recurrence(kept, start_ms),
        };
        let before = self.before().await?;
        allowed(self.sandbox.create_event(organizer, new).await)?;
        self.tell_since(before, organizer).await
    }

    async fn change(
        &self,
        user: &str,
        id: &str,
        subject: &str,
        (start, end): (i64, i64),
        change: Change,
        n: u64,
    ) -> Result<()> {
        let by = i64::try_from(1 + n % 5)? * HOUR / 2;
        let changes = match change {
            Change::Subject => {
                // The number stays, by which it is known.
                let known = subject.split(" anew").next().unwrap_or(subject);
                let subject = Some(format!("{known} anew {n}"));
                EventChanges { subject, ..EventChanges::default() }
            }
            Change::Place => {
                let location = Some(format!("Hall {n}"));
                EventChanges { location, ..EventChanges::default() }
            }
            Change::Time => {
                EventChanges { times: Some((start + by, end + by)), ..EventChanges::default() }
            }
            Change::Assign | Change::Remove | Change::Delete => return Ok(()),
        };
        let before = self.before().await?;
        allowed(self.sandbox.change_event(user, id, changes).await)?;
        self.tell_since(before, user).await
    }

    async fn delete_meeting(&self, user: &str, id: &str) -> Result<()> {
        let before = self.before().await?;
        allowed(self.sandbox.delete_event(user, id).await)?;
        self.tell_since(before, user).await
    }

    /// Does something to one time of a series.
    async fn change_time(
        &self,
        index: usize,
        n: u64,
        at: u64,
        change: Change,
        number: u64,
    ) -> Result<()> {
        let is_series = |item: &Item| item.appointment().is_some_and(|one| one.is_series());
        let Some((user, series)) = self.picked_plan(index, n, is_series).await? else {
            return Ok(());
        };
        let mut times = self.times(user, &series).await?;
        let count = u64::try_from(times.len())?;
        if count == 0 {
            return Ok(());
        }
        let time = times.swap_remove(usize::try_from(at % count)?);
        match change {
            Change::Assign | Change::Remove => {
                self.mark(user, &Item::from(time), change == Change::Assign).await
            }
            Change::Delete => self.delete_meeting(user, &time.id).await,
            Change::Subject | Change::Place | Change::Time => {
                let when = (time.start_ms, time.end_ms);
                self.change(user, &time.id, &time.subject, when, change, number).await
            }
        }
    }

    /// The organizer has a series go on otherwise.
    async fn change_series(&self, index: usize, n: u64, way: Repeat, number: u64) -> Result<()> {
        let organizes =
            |item: &Item| item.appointment().is_some_and(|one| one.is_series() && one.is_organizer);
        let Some((user, series)) = self.picked_plan(index, n, organizes).await? else {
            return Ok(());
        };
        let known = series.appointment().and_then(|one| one.recurrence.clone());
        let Some(mut recurrence) = known else { return Ok(()) };
        let few = u32::try_from(1 + number % 3)?;
        match (way, &mut recurrence.pattern) {
            (
                Repeat::Interval,
                RecurrencePattern::Daily { interval } | RecurrencePattern::Weekly { interval, .. },
            ) => *interval = few,
            (Repeat::Times | Repeat::Interval, _) => recurrence.end = RecurrenceEnd::After(2 * few),
            (Repeat::Following, _) => recurrence.end = RecurrenceEnd::After(few),
        }
        let changes = EventChanges { recurrence: Some(recurrence), ..EventChanges::default() };
        let before = self.before().await?;
        allowed(self.sandbox.change_event(user, &series.id, changes).await)?;
        self.tell_since(before, user).await?;
        if way == Repeat::Following {
            let categorized = series.categories.iter().any(|name| is_ours(name));
            self.meet(index, 0, number, Kept::Weekly, categorized).await?;
        }
        Ok(())
    }

    /// A colleague assigns the category in somebody's calendar, by the name of the colleague's own
    /// list, or takes it off.
    async fn mark_as_delegate(&self, owner: usize, by: usize, n: u64, assigns: bool) -> Result<()> {
        let by = user(by);
        let Some((owner, item)) = self.picked_plan(owner, n, is_meeting).await? else {
            return Ok(());
        };
        if owner == by || self.home(owner)?.0 != self.home(by)?.0 {
            return Ok(());
        }
        let name = self.name_of_category(by, false).await?;
        self.mark_by(owner, &item, assigns, name).await
    }

    /// The times of a series, as the calendar shows them.
    async fn times(&self, user: &str, series: &Item) -> Result<Vec<EventSummary>> {
        let now = self.now().as_millis();
        let view = self.sandbox.calendar_view(user, now - 30 * DAY, now + 90 * DAY).await;
        let mut times = view.map_err(refused)?;
        times.retain(|time| time.series.as_deref() == Some(&series.id));
        Ok(times)
    }
}

fn recurrence(kept: Kept, start_ms: i64) -> Option<Recurrence> {
    let zone = TimeZone::get("Europe/Berlin").ok()?;
    let start = Timestamp::from_millisecond(start_ms).ok()?.to_zoned(zone).date();
    let (pattern, times) = match kept {
        Kept::Single | Kept::AllDay | Kept::Private => return None,
        Kept::Weekly => {
            let days = vec![start.weekday()];
            let first_day = Weekday::Monday;
            (RecurrencePattern::Weekly { interval: 1, days, first_day }, 5)
        }
        Kept::Daily => (RecurrencePattern::Daily { interval: 2 }, 4),
    };
    let end = RecurrenceEnd::After(times);
    Some(Recurrence { pattern, start, end, time_zone: ZONE.to_owned() })
}
