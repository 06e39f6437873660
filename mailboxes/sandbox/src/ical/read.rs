//! Through the components of a file.

use super::{
    fields::{self, Read},
    when::Zones,
};
use crate::store::{task::NewTask, user::User};
use calcard::{
    Entry, Parser,
    icalendar::{ICalendar, ICalendarComponentType},
};

/// Units: bytes of a file.
const SIZE_MAX: usize = 16 * 1024 * 1024;
/// Units: events and tasks of a file.
const COMPONENTS_MAX: usize = 10_000;

/// What a file has, and one line for each component that cannot be kept.
#[derive(Debug, Default)]
pub(crate) struct File {
    pub(crate) events: Vec<Read>,
    pub(crate) tasks: Vec<NewTask>,
    pub(crate) refusals: Vec<String>,
}

impl File {
    /// Units: events and tasks, those that were refused among them.
    pub(crate) fn count(&self) -> usize {
        self.events.len() + self.tasks.len() + self.refusals.len()
    }
}

/// Reads a file for the mailbox of `owner`.
pub(crate) fn read(raw: &[u8], owner: &User) -> File {
    let mut file = File::default();
    if raw.len() > SIZE_MAX {
        file.refusals.push("the calendar is larger than 16 MB".to_owned());
        return file;
    }
    let text = String::from_utf8_lossy(raw);
    let mut parser = Parser::new(&text);
    loop {
        match parser.entry() {
            Entry::ICalendar(calendar) => add(&calendar, owner, &mut file),
            Entry::Eof => break,
            Entry::TooManyComponents => {
                file.refusals.push("the calendar has too many components".to_owned());
                break;
            }
            // What stands between calendars says nothing about an event.
            Entry::VCard(_)
            | Entry::InvalidLine(_)
            | Entry::UnexpectedComponentEnd { .. }
            | Entry::UnterminatedComponent(_) => {}
            _ => {}
        }
        if file.count() > COMPONENTS_MAX {
            file = File::default();
            file.refusals
                .push(format!("the calendar has more than {COMPONENTS_MAX} events and tasks"));
            break;
        }
    }
    if file.count() == 0 {
        file.refusals.push(
            "no event was found: each one starts with a line `BEGIN:VEVENT` and ends with `END:VEVENT`"
                .to_owned(),
        );
    }
    file
}

fn add(calendar: &ICalendar, owner: &User, file: &mut File) {
    let zones = Zones::of(calendar);
    for component in &calendar.components {
        let number = file.count() + 1;
        let refused = |kind: &str, line: &str| format!("{kind} {number}: {line}");
        match component.component_type {
            ICalendarComponentType::VEvent => {
                match fields::event(calendar, component, &zones, owner, number) {
                    Ok(event) => file.events.push(event),
                    Err(line) => file.refusals.push(refused("event", &line)),
                }
            }
            ICalendarComponentType::VTodo => match fields::task(component, &zones) {
                Ok(task) => file.tasks.push(task),
                Err(line) => file.refusals.push(refused("task", &line)),
            },
            ICalendarComponentType::VJournal => {
                file.refusals.push(refused("journal", "a mailbox keeps no journals"));
            }
            ICalendarComponentType::VFreebusy | ICalendarComponentType::VAvailability => {
                file.refusals.push(refused(
                    "availability",
                    "a mailbox keeps no free and busy times of their own",
                ));
            }
            // Parts of other components, and what nobody knows.
            _ => {}
        }
        if file.count() > COMPONENTS_MAX {
            return;
        }
    }
}
