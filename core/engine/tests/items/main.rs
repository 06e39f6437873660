//! Meetings, series and tasks through whole cycles of the engine, between a pretend mailbox
//! server and a pretend CRM.

/// Each promise with the rules that it needs: it holds with all rules, and breaks without any one
/// of these.
macro_rules! promises {
    ($($promise:ident needs [$($rule:ident),*];)*) => { $(
        mod $promise {
            #[tokio::test]
            async fn holds() {
                super::$promise(crate::world::World::new()).await;
            }

            $(#[tokio::test]
            #[should_panic]
            async fn $rule() {
                super::$promise(crate::world::World::without(stringify!($rule))).await;
            })*
        }
    )* };
}

mod crm;
mod mailbox;
mod world;

mod appointments;
mod parts;
mod renames;
mod series;
mod tasks;
mod workers;

use earmark_model::ItemContent;
pub use world::ORGANIZATION;

/// Changes what an item is called.
pub fn set_subject(content: &mut ItemContent, subject: &str) {
    let text = match content {
        ItemContent::Message(message) => &mut message.subject,
        ItemContent::Appointment(appointment) => &mut appointment.subject,
        ItemContent::Task(task) => &mut task.subject,
    };
    subject.clone_into(text);
}

/// What an item is called.
pub fn subject(content: &ItemContent) -> &str {
    match content {
        ItemContent::Message(message) => &message.subject,
        ItemContent::Appointment(appointment) => &appointment.subject,
        ItemContent::Task(task) => &task.subject,
    }
}
