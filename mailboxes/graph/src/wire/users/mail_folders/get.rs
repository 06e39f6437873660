//! `GET /users/{id}/mailFolders/{id or well-known name}`

use crate::wire::call::{Call, segment, user};

/// Reads where the folder lies. Answers a [`super::MailFolder`].
pub(crate) fn request(address: &str, folder: &str) -> Call {
    let folder = segment(folder);
    Call::get(format!("{}/mailFolders/{folder}?$select=id,parentFolderId", user(address)))
}
