//! `/users/{id}`

pub(crate) mod mail_folders;

pub(crate) mod messages;

pub(crate) mod outlook;
