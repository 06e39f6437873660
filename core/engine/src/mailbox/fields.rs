//! The hash by which a change of an item's fields is told from any other change of the item.
//!
//! Invariant: equal fields give the equal hash for ever, because it is stored. Nothing that a
//! server changes without anybody's doing takes part: neither who was found for an address nor
//! how attendees answered, how line ends are written, nor in which order attendees stand.

use earmark_model::{
    Address, AppointmentContent, Body, BodyKind, FieldValue, Importance, Instant, ItemContent,
    Recurrence, RecurrenceEnd, RecurrencePattern, ShowAs, TaskContent, TaskStatus, WeekIndex,
};
use sha2::{Digest, Sha256};

/// Eight bytes of the hash of the fields that the record has of an item.
pub(super) fn hash(content: &ItemContent) -> u64 {
    let mut fields = Fields(Sha256::new());
    match content {
        // A message never changes once it is tracked.
        ItemContent::Message(message) => fields.put(&message.subject),
        ItemContent::Appointment(appointment) => fields.appointment(appointment),
        ItemContent::Task(task) => fields.task(task),
    }
    fields.first_eight()
}

/// Eight bytes of the hash of one field's value, which is stored as well.
pub(super) fn hash_value(value: &FieldValue) -> u64 {
    let mut fields = Fields(Sha256::new());
    match value {
        FieldValue::Text(text) => fields.put(text.trim()),
        FieldValue::Body(body) => fields.body(body),
        FieldValue::Time { start, end, is_all_day } => {
            fields.at(Some(*start));
            fields.at(Some(*end));
            fields.number(*is_all_day);
        }
        FieldValue::Series { start, end, is_all_day, recurrence } => {
            fields.at(Some(*start));
            fields.at(Some(*end));
            fields.number(*is_all_day);
            fields.recurrence(recurrence);
        }
        FieldValue::ShowAs(show_as) => fields.show_as(*show_as),
        FieldValue::Importance(importance) => fields.importance(*importance),
        FieldValue::Status(status) => fields.status(*status),
        FieldValue::At(at) => fields.at(*at),
        FieldValue::People { required, optional } => {
            fields.addresses(required);
            fields.addresses(optional);
        }
    }
    fields.first_eight()
}

struct Fields(Sha256);

impl Fields {
    fn first_eight(self) -> u64 {
        let digest = self.0.finalize();
        let mut bytes = [0_u8; 8];
        bytes.copy_from_slice(&digest[..8]);
        u64::from_be_bytes(bytes)
    }

    /// Each field goes in with its length in bytes before it.
    fn put(&mut self, field: &str) {
        self.0.update(u64::try_from(field.len()).unwrap_or(u64::MAX).to_be_bytes());
        self.0.update(field.as_bytes());
    }

    fn number(&mut self, number: impl Into<i64>) {
        self.put(&number.into().to_string());
    }

    fn at(&mut self, at: Option<Instant>) {
        self.put(&at.map(|at| at.as_millis().to_string()).unwrap_or_default());
    }

    fn body(&mut self, body: &Body) {
        self.number(match body.kind {
            BodyKind::Html => 0,
            BodyKind::Text => 1,
        });
        self.put(body.text.replace("\r\n", "\n").trim_end());
    }

    fn people(&mut self, people: &[Address]) {
        let mut people: Vec<(String, &str)> = people
            .iter()
            .map(|person| (person.address.trim().to_lowercase(), person.name.trim()))
            .collect();
        people.sort();
        self.number(i64::try_from(people.len()).unwrap_or(i64::MAX));
        for (address, name) in people {
            self.put(&address);
            self.put(name);
        }
    }

    /// Who somebody is says the address alone: a record has other names for the same people.
    fn addresses(&mut self, people: &[Address]) {
        let mut addresses: Vec<String> =
            people.iter().map(|person| person.address.trim().to_lowercase()).collect();
        addresses.sort();
        addresses.dedup();
        self.number(i64::try_from(addresses.len()).unwrap_or(i64::MAX));
        for address in addresses {
            self.put(&address);
        }
    }

    fn show_as(&mut self, show_as: ShowAs) {
        self.number(match show_as {
            ShowAs::Free => 0,
            ShowAs::Tentative => 1,
            ShowAs::Busy => 2,
            ShowAs::OutOfOffice => 3,
            ShowAs::WorkingElsewhere => 4,
        });
    }

    fn status(&mut self, status: TaskStatus) {
        self.number(match status {
            TaskStatus::NotStarted => 0,
            TaskStatus::InProgress => 1,
            TaskStatus::WaitingOnOthers => 2,
            TaskStatus::Completed => 3,
            TaskStatus::Deferred => 4,
        });
    }

    fn importance(&mut self, importance: Importance) {
        self.number(match importance {
            Importance::Low => 0,
            Importance::Normal => 1,
            Importance::High => 2,
        });
    }

    fn appointment(&mut self, appointment: &AppointmentContent) {
        self.put(&appointment.subject);
        self.body(&appointment.body);
        self.put(appointment.location.trim());
        self.at(Some(appointment.start));
        self.at(Some(appointment.end));
        self.number(appointment.is_all_day);
        self.put(&appointment.time_zone);
        self.show_as(appointment.show_as);
        self.importance(appointment.importance);
        self.number(appointment.is_private);
        self.people(appointment.organizer.as_slice());
        self.people(&appointment.required);
        self.people(&appointment.optional);
        self.put(appointment.join_url.as_deref().unwrap_or_default());
        match &appointment.recurrence {
            None => self.number(0),
            Some(recurrence) => self.recurrence(recurrence),
        }
        let mut cancelled: Vec<String> =
            appointment.cancelled.iter().map(ToString::to_string).collect();
        cancelled.sort();
        cancelled.dedup();
        self.put(&cancelled.join(","));
    }

    fn recurrence(&mut self, recurrence: &Recurrence) {
        self.put(&recurrence.start.to_string());
        self.put(&recurrence.time_zone);
        match recurrence.end {
            RecurrenceEnd::Never => self.put("never"),
            RecurrenceEnd::On(day) => self.put(&day.to_string()),
            RecurrenceEnd::After(count) => self.number(count),
        }
        self.pattern(&recurrence.pattern);
    }

    fn pattern(&mut self, pattern: &RecurrencePattern) {
        match pattern {
            RecurrencePattern::Daily { interval } => {
                self.put("daily");
                self.number(*interval);
            }
            RecurrencePattern::Weekly { interval, days, first_day } => {
                self.put("weekly");
                self.number(*interval);
                self.days(days.iter().map(|day| day.to_monday_zero_offset()));
                self.days(std::iter::once(first_day.to_monday_zero_offset()));
            }
            RecurrencePattern::AbsoluteMonthly { interval, day } => {
                self.put("monthly on a day");
                self.number(*interval);
                self.number(*day);
            }
            RecurrencePattern::RelativeMonthly { interval, days, index } => {
                self.put("monthly on a weekday");
                self.number(*interval);
                self.days(days.iter().map(|day| day.to_monday_zero_offset()));
                self.index(*index);
            }
            RecurrencePattern::AbsoluteYearly { interval, month, day } => {
                self.put("yearly on a day");
                self.number(*interval);
                self.number(*month);
                self.number(*day);
            }
            RecurrencePattern::RelativeYearly { interval, month, days, index } => {
                self.put("yearly on a weekday");
                self.number(*interval);
                self.number(*month);
                self.days(days.iter().map(|day| day.to_monday_zero_offset()));
                self.index(*index);
            }
        }
    }

    fn days(&mut self, days: impl Iterator<Item = i8>) {
        let mut days: Vec<i8> = days.collect();
        days.sort_unstable();
        days.dedup();
        self.put(&days.iter().map(ToString::to_string).collect::<Vec<_>>().join(","));
    }

    fn index(&mut self, index: WeekIndex) {
        self.number(match index {
            WeekIndex::First => 1,
            WeekIndex::Second => 2,
            WeekIndex::Third => 3,
            WeekIndex::Fourth => 4,
            WeekIndex::Last => 5,
        });
    }

    fn task(&mut self, task: &TaskContent) {
        self.put(&task.subject);
        self.body(&task.body);
        self.status(task.status);
        self.number(task.percent_complete.map_or(-1, i64::from));
        self.importance(task.importance);
        self.at(task.start);
        self.at(task.due);
        self.at(task.completed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task() -> TaskContent {
        TaskContent {
            subject: "Call Kim".to_owned(),
            body: Body { kind: BodyKind::Text, text: "about\r\nthe offer\r\n".to_owned() },
            status: TaskStatus::InProgress,
            percent_complete: Some(50),
            importance: Importance::Normal,
            start: None,
            due: Some(Instant::from_millis(1_772_438_400_000)),
            completed: None,
            back_link: None,
        }
    }

    fn of(task: &TaskContent) -> u64 {
        hash(&ItemContent::Task(task.clone()))
    }

    fn meeting(required: &[&str]) -> ItemContent {
        let someone =
            |address: &&str| Address { name: "Kim".to_owned(), address: (*address).to_owned() };
        ItemContent::Appointment(AppointmentContent {
            ical_uid: "040000008200E00074C5B7101A82E008".to_owned(),
            subject: "Offer".to_owned(),
            body: Body { kind: BodyKind::Html, text: "<p>hello</p>".to_owned() },
            location: "Room 7".to_owned(),
            start: Instant::from_millis(1_772_438_400_000),
            end: Instant::from_millis(1_772_442_000_000),
            is_all_day: false,
            time_zone: "Europe/Berlin".to_owned(),
            show_as: ShowAs::Busy,
            importance: Importance::Normal,
            is_private: false,
            is_organizer: true,
            organizer: None,
            required: required.iter().map(someone).collect(),
            optional: Vec::new(),
            join_url: None,
            recurrence: None,
            cancelled: Vec::new(),
        })
    }

    #[test]
    fn a_stored_hash_stays_what_it_was() {
        assert_eq!(of(&task()), STORED_TASK);
        assert_eq!(hash(&meeting(&["kim@contoso.test"])), STORED_MEETING);
    }

    /// Computed once; a change makes every linked item be read and written once more.
    const STORED_TASK: u64 = 10_019_847_422_102_705_965;
    const STORED_MEETING: u64 = 811_517_899_172_320_401;

    #[test]
    fn every_field_of_a_task_counts_but_not_the_record_that_it_carries() {
        let same = of(&task());
        let changes: [fn(&mut TaskContent); 8] = [
            |task| task.subject.push('!'),
            |task| task.body.text.push('!'),
            |task| task.status = TaskStatus::Completed,
            |task| task.percent_complete = None,
            |task| task.importance = Importance::High,
            |task| task.start = task.due,
            |task| task.due = None,
            |task| task.completed = task.due,
        ];
        for (place, change) in changes.into_iter().enumerate() {
            let mut changed = task();
            change(&mut changed);
            assert_ne!(of(&changed), same, "change {place}");
        }
        let carried = "11111111-1111-4111-8111-111111111111".parse().expect("valid");
        assert_eq!(of(&TaskContent { back_link: Some(carried), ..task() }), same);
    }

    #[test]
    fn line_ends_and_the_order_of_attendees_are_no_change() {
        let mut other = task();
        other.body.text = "about\nthe offer".to_owned();
        assert_eq!(of(&other), of(&task()));
        let (one, two) = ("kim@contoso.test", "Lee@Contoso.test");
        assert_eq!(hash(&meeting(&[one, two])), hash(&meeting(&["lee@contoso.test", one])));
        assert_ne!(hash(&meeting(&[one, two])), hash(&meeting(&[one])));
    }
}
