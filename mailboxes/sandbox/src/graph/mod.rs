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

mod reply;
mod send;

mod attachments;
mod extensions;
mod upload;

mod translate;

mod batch;

pub(crate) use face::router;
pub(crate) use request::Request;
pub(crate) use upload::Uploads;
