//! Single items, series and exceptions.

use super::meeting::{day_after, in_zone};
use super::{Bench, Desk, Meeting, Outcome, TRACKED, Verdict, done, ensure, equal, names};
use crate::{Detail, ItemRead, Scope};
use earmark_model::{
    FolderRole, ItemHandle, ItemKind, ObservedItem, RecurrenceEnd, RecurrencePattern, SeriesMember,
};
use jiff::Span;
use jiff::civil::{Date, Weekday};
use std::collections::BTreeSet;

const KIND: ItemKind = ItemKind::Appointment;

impl Desk<'_> {
    pub(super) async fn meet(&self, meeting: &Meeting) -> Result<ItemHandle, String> {
        self.bench.make_event(&self.address, meeting).await
    }

    async fn bearing_events(&self, list: &[&str]) -> Result<Vec<ObservedItem>, String> {
        done(self.mailbox.bearing(Scope::Calendar, &names(list)).await, "bearing")
    }

    async fn exceptions(&self, master: &ItemHandle) -> Result<Vec<ObservedItem>, String> {
        done(self.mailbox.exceptions(master).await, "exceptions")
    }

    /// A series of five days that begins in `days` days, and its first day.
    pub(super) async fn daily(
        &self,
        days: i64,
        categories: &[&str],
    ) -> Result<(ItemHandle, Date), String> {
        let first = day_after(self.bench.now(), days)?;
        let pattern = RecurrencePattern::Daily { interval: 1 };
        let meeting = Meeting::new("Standing", first).with(categories);
        let meeting = meeting.repeated(pattern, RecurrenceEnd::After(5));
        Ok((self.meet(&meeting).await?, first))
    }

    async fn except(
        &self,
        master: &ItemHandle,
        day: Date,
        categories: &[&str],
    ) -> Result<ItemHandle, String> {
        let bench = self.bench;
        let handle =
            bench.make_exception(&self.address, master, day, "Standing, elsewhere").await?;
        bench.set_categories(&self.address, KIND, &handle, categories).await?;
        Ok(handle)
    }
}

fn handles(items: &[ObservedItem]) -> BTreeSet<ItemHandle> {
    items.iter().map(|item| item.handle.clone()).collect()
}

fn after(first: Date, days: i64) -> Date {
    first.saturating_add(Span::new().days(days))
}

pub(super) async fn bearers_in_the_calendar_are_found(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "calendar-bearers").await?;
    let mut wanted = BTreeSet::new();
    // Age does not matter for what is no exception.
    for days in [-800, -1, 0, 30, 900] {
        let meeting = Meeting::new("Single", day_after(bench.now(), days)?);
        wanted.insert(desk.meet(&meeting.clone().with(&["Red", TRACKED])).await?);
        desk.meet(&meeting.with(&["Red"])).await?;
    }
    let (series, _) = desk.daily(-500, &["TRACKED to dynamics 365"]).await?;
    wanted.insert(series);
    let (other, first) = desk.daily(10, &[]).await?;
    wanted.insert(desk.except(&other, after(first, 2), &[TRACKED]).await?);
    desk.except(&other, after(first, 3), &["Red"]).await?;
    let found = desk.bearing_events(&[TRACKED, "TRACKED to dynamics 365"]).await?;
    equal(&found.len(), &wanted.len(), "bearers")?;
    equal(&handles(&found), &wanted, "bearers")?;
    equal(&desk.bearing_events(&[]).await?.len(), &0, "bearers of no name")?;
    Ok(Verdict::Held)
}

pub(super) async fn many_bearers_in_the_calendar_come_completely(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "calendar-many").await?;
    let mut wanted = BTreeSet::new();
    // More than any page that a connector asks for.
    for number in 0..1_010 {
        let day = day_after(bench.now(), number % 100)?;
        wanted.insert(desk.meet(&Meeting::new("Many", day).with(&[TRACKED])).await?);
    }
    let found = handles(&desk.bearing_events(&[TRACKED]).await?);
    ensure(found == wanted, || format!("{} of {} bearers came", found.len(), wanted.len()))?;
    Ok(Verdict::Held)
}

pub(super) async fn an_occurrence_is_no_item(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "calendar-occurrence").await?;
    let (series, first) = desk.daily(1, &[TRACKED]).await?;
    let found = desk.bearing_events(&[TRACKED]).await?;
    equal(&handles(&found), &BTreeSet::from([series.clone()]), "bearers")?;
    equal(&desk.exceptions(&series).await?, &Vec::new(), "exceptions")?;
    let occurrence = bench.occurrence(&desk.address, &series, after(first, 1)).await?;
    for detail in [Detail::Summary, Detail::Content] {
        let read = desk.mailbox.item(KIND, &occurrence, detail).await;
        equal(&done(read, "reading an occurrence")?, &ItemRead::Gone, "an occurrence")?;
    }
    Ok(Verdict::Held)
}

pub(super) async fn a_calendar_item_shows_what_it_is(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "calendar-summary").await?;
    let day = day_after(bench.now(), 3)?;
    let categories = ["zebra", "Apple"];
    let single = desk.meet(&Meeting::new("Single", day).with(&categories)).await?;
    let (series, _) = desk.daily(3, &categories).await?;
    let mut uids = BTreeSet::new();
    for (handle, is_series) in [(single, false), (series, true)] {
        let item = desk.look_at(KIND, &handle).await?;
        equal(&(item.handle, item.kind), &(handle, KIND), "item")?;
        equal(&item.categories, &categories.map(str::to_owned).to_vec(), "categories")?;
        equal(&(item.folder, item.is_draft), &(FolderRole::Other, false), "folder and draft")?;
        equal(&(item.is_series, item.series), &(is_series, None), "series")?;
        equal(&item.is_organizer, &true, "organizer")?;
        ensure(item.created.is_some() && item.modified.is_some(), || "no times".to_owned())?;
        uids.insert(item.ical_uid.ok_or("an item without UID")?);
    }
    equal(&uids.len(), &2, "different UIDs")?;
    Ok(Verdict::Held)
}

pub(super) async fn both_copies_of_a_meeting_are_known_as_one(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "calendar-organizer").await?;
    let other = Desk::new(bench, "calendar-attendee").await?;
    let day = day_after(bench.now(), 3)?;
    let first_day = Weekday::Monday;
    let weekly = RecurrencePattern::Weekly { interval: 1, days: vec![day.weekday()], first_day };
    let single = Meeting::new("Together", day);
    let series = Meeting::new("Weekly together", day).repeated(weekly, RecurrenceEnd::After(4));
    for meeting in [single, series] {
        let (own, invited) = bench.invite(&desk.address, &other.address, &meeting).await?;
        let (own, invited) =
            (desk.look_at(KIND, &own).await?, other.look_at(KIND, &invited).await?);
        equal(&(own.is_organizer, invited.is_organizer), &(true, false), "organizer")?;
        ensure(own.ical_uid.is_some(), || "an item without UID".to_owned())?;
        equal(&own.ical_uid, &invited.ical_uid, "UID")?;
        equal(&own.is_series, &invited.is_series, "series")?;
    }
    Ok(Verdict::Held)
}

pub(super) async fn an_exception_shows_its_series(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "calendar-exception").await?;
    let (series, first) = desk.daily(5, &[]).await?;
    let day = after(first, 2);
    let exception = desk.except(&series, day, &[TRACKED]).await?;
    let nine = jiff::civil::Time::constant(9, 0, 0, 0);
    let original_start = in_zone(day.to_datetime(nine))?;
    let wanted = Some(SeriesMember { master: series.clone(), original_start });
    // Also for a server that has never seen the series.
    let restarted = bench.restarted();
    let elsewhere = restarted.open(&desk.address);
    let swept = done(elsewhere.bearing(Scope::Calendar, &names(&[TRACKED])).await, "bearing")?;
    let uid = desk.look_at(KIND, &series).await?.ical_uid;
    let by_id = desk.look_at(KIND, &exception).await?;
    let listed = desk.exceptions(&series).await?;
    for (way, found) in [("sweep", swept), ("read", vec![by_id]), ("list", listed)] {
        let [item] = found.as_slice() else { return Err(format!("{way}: {}", found.len())) };
        equal(&item.handle, &exception, way)?;
        equal(&item.series, &wanted, way)?;
        equal(&item.ical_uid, &uid, way)?;
        equal(&item.is_series, &false, way)?;
        equal(&item.categories, &vec![TRACKED.to_owned()], way)?;
    }
    Ok(Verdict::Held)
}

pub(super) async fn exceptions_come_at_any_time_and_with_any_category(
    bench: &dyn Bench,
) -> Outcome {
    let desk = Desk::new(bench, "calendar-exceptions").await?;
    let first = day_after(bench.now(), -40)?;
    let pattern = RecurrencePattern::Weekly {
        interval: 1,
        days: vec![first.weekday()],
        first_day: Weekday::Monday,
    };
    let meeting = Meeting::new("Weekly", first).with(&[TRACKED]);
    let series = desk.meet(&meeting.repeated(pattern, RecurrenceEnd::Never)).await?;
    let mut wanted = BTreeSet::new();
    for (weeks, categories) in [(1, &[][..]), (10, &[TRACKED]), (60, &["Red"])] {
        wanted.insert(desk.except(&series, after(first, 7 * weeks), categories).await?);
    }
    equal(&handles(&desk.exceptions(&series).await?), &wanted, "exceptions")?;
    let single = desk.meet(&Meeting::new("Single", first)).await?;
    equal(&desk.exceptions(&single).await?, &Vec::new(), "exceptions of a single item")?;
    bench.delete(&desk.address, KIND, &series).await?;
    equal(&desk.exceptions(&series).await?, &Vec::new(), "exceptions of a deleted series")?;
    let found = desk.bearing_events(&[TRACKED]).await?;
    equal(&found, &Vec::new(), "bearers after the series was deleted")?;
    Ok(Verdict::Held)
}

pub(super) async fn a_calendar_item_is_gone_only_when_it_is(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "calendar-gone").await?;
    let day = day_after(bench.now(), 1)?;
    let kept = desk.meet(&Meeting::new("Kept", day)).await?;
    let deleted = desk.meet(&Meeting::new("Deleted", day)).await?;
    bench.delete(&desk.address, KIND, &deleted).await?;
    desk.gone(KIND, &deleted).await?;
    let several = [deleted, kept.clone()];
    let read = done(desk.mailbox.items(KIND, &several).await, "reading several items")?;
    let [ItemRead::Gone, ItemRead::Found { item, .. }] = read.as_slice() else {
        return Err(format!("several items read as {read:?}"));
    };
    equal(&item.handle, &kept, "the item that is there")?;
    Ok(Verdict::Held)
}
