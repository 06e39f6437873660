//! The Microsoft Graph face, grown from the documents.
//!
//! `face` takes a request off the wire, `request` understands it, `caller` says who asks; then
//! one file for each resource. A handler is a plain function over one transaction: it commits
//! when it answers a success and leaves no trace when it answers a refusal.

mod face;

mod request;

mod caller;

mod route;

mod users;

mod categories;

mod folder_view;
mod folders;
mod search_folders;

mod messages;
mod render;
mod write;

mod delta;

mod calendars;
mod event_body;
mod event_delta;
mod event_more;
mod event_view;
mod events;

mod reply;
mod send;
mod sharing;

mod attachments;
mod extensions;
mod upload;

mod rule_body;
mod rules;

mod translate;

mod listing;

mod todo;
mod todo_delta;
mod todo_lists;
mod todo_parts;
mod todo_recurrence;
mod todo_tasks;
mod todo_view;
mod todo_write;

mod contact_view;
mod contacts;

mod subscription_body;
mod subscriptions;

mod batch;

pub(crate) use event_body::{first_event, set_body};
pub(crate) use face::router;
pub(crate) use reply::reply_to_all;
pub(crate) use request::{Request, member, optional_text, text_member};
pub(crate) use subscriptions::shown as shown_subscription;
pub(crate) use upload::Uploads;
