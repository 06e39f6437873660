//! Table `activitymimeattachment`.

use super::column::{bigint, entity_name, flag, guid, key, lookup, named_flag, range, text, to};
use super::table::{Ownership, Table};

pub(super) static TABLE: Table = Table {
    logical: "activitymimeattachment",
    schema: "ActivityMimeAttachment",
    set: "activitymimeattachments",
    key: "activitymimeattachmentid",
    name: Some("filename"),
    type_code: 1001,
    is_activity: true,
    ownership: Ownership::User,
    privilege: Some("Activity"),
    alternate_keys: &[],
    address_columns: &[],
    is_view: false,
    columns: &[
        key("activitymimeattachmentid", "ActivityMimeAttachmentId"),
        guid("activitymimeattachmentidunique", "ActivityMimeAttachmentIdUnique"),
        text("activitysubject", "ActivitySubject", 2000).read_only(),
        text("anonymouslink", "AnonymousLink", 2000).read_only(),
        text("attachmentcontentid", "AttachmentContentId", 250),
        range("attachmentnumber", "AttachmentNumber", 0, 1000000000),
        text("body", "Body", 1073741823),
        text("filename", "FileName", 255),
        range("filesize", "FileSize", 0, 1000000000).read_only(),
        flag("isfollowed", "IsFollowed", false).read_only(),
        named_flag("ismanaged", "IsManaged", false, ["Unmanaged", "Managed"]).read_only(),
        text("mimetype", "MimeType", 256),
        lookup("objectid", "ObjectId", &[to("activitypointer", "objectid_activitypointer")])
            .required(),
        entity_name("objecttypecode", "ObjectTypeCode"),
        lookup("ownerid", "OwnerId", &[to("systemuser", "ownerid"), to("team", "ownerid")])
            .read_only(),
        lookup(
            "owningbusinessunit",
            "OwningBusinessUnit",
            &[to("businessunit", "owningbusinessunit")],
        )
        .read_only(),
        text("subject", "Subject", 2000),
        bigint("versionnumber", "VersionNumber").read_only(),
    ],
};
