//! `GET /users/{id}/mailFolders/{id or well-known name}`

use super::STAMP;
use crate::wire::call::{Call, literal, option, segment, user};

/// Reads where the folder lies. Answers a [`super::MailFolder`].
pub(crate) fn request(address: &str, folder: &str) -> Call {
    let folder = segment(folder);
    Call::get(format!("{}/mailFolders/{folder}?$select=id,parentFolderId", user(address)))
}

/// Reads the stamp of the Inbox. Answers a [`super::MailFolder`].
pub(crate) fn stamp(address: &str) -> Call {
    let filter = format!("singleValueExtendedProperties($filter=id eq {})", literal(STAMP));
    let expand = option("$expand", &filter);
    Call::get(format!("{}/mailFolders/inbox?$select=id&{expand}", user(address)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::call::Place;

    #[test]
    fn the_stamp_is_asked_for_by_its_id() {
        let wanted = "/users/anna@contoso.example/mailFolders/inbox?$select=id&$expand=\
            singleValueExtendedProperties($filter%3Did%20eq%20'String%20%7B7d0b4f0e-51c6-4c0b-9f5b-\
            3e0a5d8c2b61%7D%20Name%20EarmarkOrganization')";
        assert_eq!(stamp("anna@contoso.example").place, Place::Below(wanted.to_owned()));
    }
}
