//! Table `teammembership`.

use super::column::{bigint, guid, key};
use super::table::{Ownership, Table};

pub(super) static TABLE: Table = Table {
    logical: "teammembership",
    schema: "TeamMembership",
    set: "teammemberships",
    key: "teammembershipid",
    name: None,
    type_code: 23,
    is_activity: false,
    ownership: Ownership::Organization,
    privilege: Some("Team"),
    alternate_keys: &[],
    address_columns: &[],
    is_view: false,
    columns: &[
        guid("systemuserid", "SystemUserId").read_only(),
        guid("teamid", "TeamId").read_only(),
        key("teammembershipid", "TeamMembershipId"),
        bigint("versionnumber", "VersionNumber").read_only(),
    ],
};
