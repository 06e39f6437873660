//! All targets.

mod configuration;
mod crm_face;
mod graph_answers;
mod headers;
mod mailbox_faces;
mod messages;
mod notifications;
mod odata;
mod own_api;
mod plug_ins;
mod stored;
pub mod world;

use crate::target::Target;

/// All of them, in the order in which they are tried.
pub fn all() -> Vec<Target> {
    let mut all = vec![
        odata::FILTER,
        odata::QUERY,
        odata::BATCH,
        messages::MIME,
        messages::MBOX,
        headers::HEADERS,
        configuration::CONFIGURATION,
        stored::STORED,
        notifications::NOTIFICATIONS,
        graph_answers::ANSWERS,
        mailbox_faces::GRAPH,
        mailbox_faces::CONTROL,
        mailbox_faces::CALENDAR,
        crm_face::CRM,
        plug_ins::PLUG_INS,
        own_api::OWN,
    ];
    all.sort_by_key(|target| target.name);
    all
}

/// Bytes as the text that they mostly are.
fn text(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}
