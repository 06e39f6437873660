//! Table `queuemembership`.

use super::column::{bigint, guid, key};
use super::table::{Ownership, Table};

pub(super) static TABLE: Table = Table {
    logical: "queuemembership",
    schema: "QueueMembership",
    set: "queuememberships",
    key: "queuemembershipid",
    name: None,
    type_code: 1213,
    is_activity: false,
    ownership: Ownership::Organization,
    privilege: Some("Queue"),
    alternate_keys: &[],
    address_columns: &[],
    is_view: false,
    columns: &[
        guid("queueid", "QueueId").read_only(),
        key("queuemembershipid", "QueueMembershipId"),
        guid("systemuserid", "SystemUserId").read_only(),
        bigint("versionnumber", "VersionNumber").read_only(),
    ],
};
